"""From an interval to a verdict: is it beyond noise, is it relevant, and may it be ascribed to the change?"""

from dataclasses import dataclass

from ocem.domain.comparison import Note, Verdict
from ocem.domain.kpi import Direction
from ocem.stats.result import Estimate, Refusal

NOT_ENOUGH = frozenset(
    {
        "too_few_weeks_before",
        "too_few_weeks_after",
        "too_few_answers",
        "too_few_cells",
        "all_missing",
        "no_variation",
        "too_short_without_comparison",
        "not_estimable",
    }
)
"""Refusals that more data would lift; the others say that the windows cannot be compared at all."""


@dataclass(frozen=True)
class Decision:
    """A verdict, why, and how many more weeks an inconclusive one needs (None: cannot say, or more than two years)."""

    verdict: Verdict
    reasons: tuple[Note, ...]
    weeks_needed: int | None = None


def decide(
    found: Estimate | Refusal,
    direction: Direction,
    relevance: float | None,
    has_comparison: bool | None = None,
    waiting: bool = True,
) -> Decision:
    """Conclude from an estimate, or from a refusal.

    The whole interval inside the relevance threshold is a finding of its own and goes before a change that is
    significant but too small to matter. Otherwise the interval must lie wholly on one side of zero; whether it
    also clears the threshold is said in the reason. Without a comparison group a change has no known cause.

    Parameters
    ----------
    found : Estimate or Refusal
    direction : Direction
        Which way is good.
    relevance : float or None
        Smallest change worth having, in the KPI's unit, above 0; counts and sums per week. None: not declared.
    has_comparison : bool, optional
        Default: what the estimate says.
    waiting : bool
        Whether to say how many more weeks an inconclusive result needs, which costs more than all the rest.

    Returns
    -------
    Decision
        Reason codes: inside_relevance, clear_gain, gain_of_uncertain_size, clear_loss, loss_of_uncertain_size,
        no_comparison_group, interval_too_wide, relevance_not_declared, and the codes of refusals.

    References
    ----------
    Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657-680, for the equivalence reading; the estimate's own
    (95 %) interval is used, which is stricter than the 90 % of two one-sided tests.

    Examples
    --------
    >>> decide(Refusal("no_baseline"), Direction.UP, 0.03).verdict.value
    'not_comparable'
    """
    if isinstance(found, Refusal):
        verdict = Verdict.NOT_ENOUGH_DATA if found.code in NOT_ENOUGH else Verdict.NOT_COMPARABLE
        return Decision(verdict, (Note(found.code, dict(found.values)),))
    alone = not (found.has_comparison if has_comparison is None else has_comparison)
    sign = 1.0 if direction is Direction.UP else -1.0
    worst, best = sorted((sign * found.absolute_low, sign * found.absolute_high))
    if relevance is not None and relevance > 0 and -relevance < worst and best < relevance:
        return Decision(Verdict.NO_RELEVANT_CHANGE, (Note("inside_relevance", {"relevance": relevance}),))
    if worst > 0:
        return _moved(Verdict.IMPROVED, "gain", worst, relevance, alone)
    if best < 0:
        return _moved(Verdict.WORSENED, "loss", -best, relevance, alone)
    return _inconclusive(found, relevance, waiting)


def _moved(verdict: Verdict, what: str, least: float, relevance: float | None, alone: bool) -> Decision:
    """A change beyond noise of at least `least`, on the good or the bad side."""
    clear = relevance is not None and least > relevance
    size = Note(f"clear_{what}" if clear else f"{what}_of_uncertain_size", {"least": least, "relevance": relevance})
    if alone:
        return Decision(Verdict.CHANGED_CAUSE_UNKNOWN, (Note("no_comparison_group"), size))
    return Decision(verdict, (size,))


def _inconclusive(found: Estimate, relevance: float | None, waiting: bool) -> Decision:
    if relevance is None or not relevance > 0:
        return Decision(Verdict.INCONCLUSIVE, (Note("relevance_not_declared"),))
    weeks = found.weeks_needed(relevance) if waiting else None
    values = {"relevance": relevance, "mde": found.mde, "weeks_needed": weeks}
    return Decision(Verdict.INCONCLUSIVE, (Note("interval_too_wide", values),), weeks)
