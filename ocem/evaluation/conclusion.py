"""From an estimate to a finding: verdict, effect, reasons; a refusal shows no number."""

from dataclasses import replace

from ocem.domain.comparison import Comparison, Effect, Note, Verdict, WindowFigure
from ocem.domain.kpi import Direction
from ocem.stats.result import Estimate, Refusal
from ocem.stats.verdict import decide

NOTHING = WindowFigure(None, None, 0, None, None)


def effect_of(result: Estimate) -> Effect:
    """Return an estimate's effect in the KPI's unit."""
    return Effect(
        result.absolute,
        result.absolute_low,
        result.absolute_high,
        result.relative,
        result.relative_low,
        result.relative_high,
        result.confidence,
    )


def silent(blank: Comparison, verdict: Verdict, *reasons: Note) -> Comparison:
    """Return a finding that shows no number, with the reasons why."""
    return replace(blank, baseline=NOTHING, evaluation=NOTHING, verdict=verdict, reasons=reasons)


def conclude(
    blank: Comparison,
    result: Estimate | Refusal,
    before: WindowFigure,
    after: WindowFigure,
    relevance: float | None,
    waiting: bool = True,
) -> Comparison:
    """Fill a finding from its estimate.

    Parameters
    ----------
    blank : Comparison
        Whose it is, with unit, direction, go-live and, where it is `provisional`, the end of the evaluation.
    before, after : WindowFigure
        The KPI over the windows.
    relevance : float or None
        Smallest change worth having, in the KPI's unit.
    waiting : bool
        Whether an inconclusive finding says how many more weeks it needs, which costs more than all the rest.
    """
    decision = decide(result, Direction(blank.direction), relevance, waiting=waiting and not blank.provisional)
    if isinstance(result, Refusal):
        return silent(blank, decision.verdict, *decision.reasons)
    found = replace(
        blank,
        baseline=before,
        evaluation=after,
        verdict=decision.verdict,
        effect=effect_of(result),
        expected_without=None if after.value is None else after.value - result.absolute,
        p_value=result.p_value,
        mde=result.mde,
        weeks_needed=decision.weeks_needed,
        method=result.method.value,
        grade=result.grade.value,
        reasons=decision.reasons,
        warnings=blank.warnings + result.warnings,
        relevance=relevance,
    )
    return _provisional(found) if blank.provisional else found


def _provisional(found: Comparison) -> Comparison:
    """Take the verdict back until the evaluation is over: what is seen before may still turn."""
    note = Note("provisional", {"until": found.evaluation_ends})
    return replace(found, verdict=Verdict.INCONCLUSIVE, reasons=(note,), p_value=None, weeks_needed=None)
