"""Did the KPI change with the go-live, by how much, and how sure can one be?

From weekly sums of a group (and of one that nobody touched) to an `Estimate`, or to a `Refusal` with its reason. The
two groups are compared week by week on the KPI's scale; the weekly difference is explained by a constant and a step
at the go-live (and a trend of its own where history is long), with errors that remember last week
(`ocem.stats.glsar`). Without a comparison group the series itself is explained by step, trend and yearly season,
which tells a change but not its cause.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.kpi import KpiKind
from ocem.errors import N_, StatsInputError
from ocem.stats.analysis import analyse
from ocem.stats.cells import cells_say_more, estimate_cells
from ocem.stats.plan import plan_evaluation
from ocem.stats.result import Estimate, Method, Refusal
from ocem.stats.screening import check_confidence
from ocem.stats.series import GroupSeries, sums_of
from ocem.stats.staggered import Part, combine
from ocem.stats.standard import Standardised, standardise
from ocem.stats.weekly import Detectable
from ocem.stats.windows import Windows, find_windows

__all__ = [
    "Cohort",
    "Estimate",
    "GroupSeries",
    "Refusal",
    "Standardised",
    "estimate",
    "estimate_many",
    "estimate_staggered",
    "plan_evaluation",
    "standardise",
]

Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Cohort:
    """What went live together.

    `inside` and `comparison` are weekly sums of whole groups, (T,); `go_live_week` is the index of the first treated
    week (the week that contains the go-live day). `inside_cells` and `comparison_cells`, (cells, T), are the cells
    behind the groups: with a short history the change per cell says more than the weekly difference.
    """

    inside: GroupSeries
    comparison: GroupSeries | None
    go_live_week: int
    inside_cells: GroupSeries | None = None
    comparison_cells: GroupSeries | None = None


def estimate(
    kind: KpiKind,
    cohort: Cohort,
    weeks: Days,
    baseline: Bools,
    evaluation: Bools,
    *,
    history: Bools | None = None,
    method: str = "auto",
    confidence: float = 0.95,
    checks: bool = True,
) -> Estimate | Refusal:
    """Estimate the effect of a go-live on one KPI of one group.

    Parameters
    ----------
    kind : KpiKind
    cohort : Cohort
        Weekly sums inside and in the comparison group (None: there is none), and the first treated week.
    weeks : array (T,) of datetime64[D]
        Consecutive Mondays.
    baseline, evaluation : bool array (T,)
        The weeks of the two windows; weeks in neither (a wash-in, unfinished weeks) do not enter the fit.
    history : bool array (T,), optional
        Further weeks before the go-live from which the model may learn season, trend and noise. Give all there are:
        the design is chosen by their number. `baseline_value` is over the baseline alone.
    method : str
        ``auto`` or a name in `ocem.stats.result.Method`.
    confidence : float
        Of every interval.
    checks : bool
        Whether to add placebo go-lives and the slope before; they cost several times the estimate itself.

    Returns
    -------
    Estimate or Refusal

    Raises
    ------
    StatsInputError
        If the arrays do not fit each other or the weeks are not consecutive.

    Examples
    --------
    >>> rng = np.random.default_rng(7)
    >>> weeks = np.datetime64("2024-01-01") + 7 * np.arange(70)
    >>> post = np.arange(70) >= 60
    >>> calls = rng.poisson(1000 * np.exp(-0.2 * post)).astype(float)
    >>> others = rng.poisson(3000, 70).astype(float)
    >>> cohort = Cohort(GroupSeries(calls), GroupSeries(others), 60)
    >>> found = estimate(KpiKind.COUNT, cohort, weeks, ~post, post)
    >>> found.grade.value, round(found.relative, 2), found.relative_high < 0
    ('A', -0.19, True)
    """
    check_confidence(confidence)
    windows = find_windows(weeks, baseline, evaluation, history, cohort.go_live_week)
    cells = cohort.inside_cells, cohort.comparison_cells
    if isinstance(windows, Windows) and cells[0] and cells[1] and _by_cells(cells[1], windows, method):
        return estimate_cells(KpiKind(kind), cells[0], cells[1], windows, cohort.inside, baseline, confidence)
    found = analyse(
        KpiKind(kind),
        cohort.inside,
        cohort.comparison,
        cohort.go_live_week,
        weeks,
        baseline,
        evaluation,
        history,
        method,
        confidence,
        checks,
        paths=True,
    )
    return found.found[0]


def estimate_many(
    kind: KpiKind,
    inside: GroupSeries,
    comparison: GroupSeries | None,
    go_live_week: int,
    weeks: Days,
    baseline: Bools,
    evaluation: Bools,
    *,
    history: Bools | None = None,
    method: str = "auto",
    confidence: float = 0.95,
    checks: bool = True,
) -> list[Estimate | Refusal]:
    """Estimate k effects of one kind that share go-live and windows; as `estimate` one by one, but in one go.

    Parameters
    ----------
    inside : GroupSeries
        Weekly sums, (k, T).
    comparison : GroupSeries or None
        Weekly sums, (k, T), or (T,) for one group that serves all.
    checks : bool
        Whether to add placebo go-lives, the slope before and the weekly path.

    Other parameters are those of `estimate`.
    """
    return analyse(
        KpiKind(kind),
        inside,
        comparison,
        go_live_week,
        weeks,
        baseline,
        evaluation,
        history,
        method,
        confidence,
        checks,
        paths=checks,
    ).found


def estimate_staggered(
    kind: KpiKind,
    cohorts: Sequence[Cohort],
    weeks: Days,
    baselines: Sequence[Bools],
    evaluations: Sequence[Bools],
    *,
    histories: Sequence[Bools] | None = None,
    weights: Sequence[float] | None = None,
    method: str = "auto",
    confidence: float = 0.95,
    checks: bool = True,
) -> Estimate | Refusal:
    """Estimate the mean effect of a go-live that came to groups at different times.

    Each cohort is estimated against its own comparison (a group that is never touched serves all), then the effects
    are averaged with fixed weights; see `ocem.stats.staggered`.

    Parameters
    ----------
    cohorts : sequence of Cohort
    baselines, evaluations, histories : sequences of bool arrays (T,)
        One per cohort, as in `estimate`.
    weights : sequence of float, optional
        One per cohort; default its share of the baseline.
    checks : bool
        As in `estimate`.

    Returns
    -------
    Estimate or Refusal
        A cohort that cannot be estimated is left out with the warning ``cohorts_left_out`` (values then cover the
        others); if none is left, the first cohort's refusal.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> weeks = np.datetime64("2024-01-01") + 7 * np.arange(90)
    >>> week, never = np.arange(90), GroupSeries(rng.poisson(4000, 90).astype(float))
    >>> live = [60, 72]
    >>> cohorts = [Cohort(GroupSeries(rng.poisson(900 * 1.1 ** (week >= g)).astype(float)), never, g) for g in live]
    >>> found = estimate_staggered(
    ...     KpiKind.COUNT, cohorts, weeks, [week < g for g in live], [(week >= g) & (week < g + 12) for g in live]
    ... )
    >>> found.method.value, round(found.relative, 2)
    ('staggered_ar1', 0.1)
    """
    kind = KpiKind(kind)
    past = list(baselines) if histories is None else list(histories)
    if not cohorts or (weights is not None and (len(weights) != len(cohorts) or min(weights) <= 0)):
        raise StatsInputError(
            N_("{cohorts} cohorts and weights {weights}: one cohort at least, and a weight above 0 for each."),
            cohorts=len(cohorts),
            weights=weights,
        )
    asked = [_Asked(*one) for one in zip(cohorts, baselines, evaluations, past, strict=True)]
    answers = [_answer(kind, one, weeks, method, confidence, checks) for one in asked]
    if len({answer.found.scale for answer in answers if isinstance(answer, Part)}) > 1:
        answers = [
            _answer(kind, one, weeks, method, confidence, checks, index=True) if isinstance(answer, Part) else answer
            for one, answer in zip(asked, answers, strict=True)
        ]
    parts = [answer for answer in answers if isinstance(answer, Part)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    if not parts:
        return refused[0]
    chosen = None if weights is None else [w for w, a in zip(weights, answers, strict=True) if isinstance(a, Part)]
    found = combine(kind, parts, chosen, confidence)
    if not refused:
        return found
    codes = tuple(refusal.code for refusal in refused)
    return found.with_warnings(Note("cohorts_left_out", {"count": len(codes), "of": len(cohorts), "codes": codes}))


@dataclass(frozen=True)
class _Asked:
    cohort: Cohort
    baseline: Bools
    evaluation: Bools
    history: Bools


def _answer(
    kind: KpiKind, asked: _Asked, weeks: Days, method: str, confidence: float, checks: bool, index: bool = False
) -> Part | Refusal:
    """Estimate one cohort, with what the average needs to know of it."""
    cohort = asked.cohort
    analysis = analyse(
        kind,
        cohort.inside,
        cohort.comparison,
        cohort.go_live_week,
        weeks,
        asked.baseline,
        asked.evaluation,
        asked.history,
        method,
        confidence,
        checks,
        paths=True,
        index=index,
    )
    found = analysis.found[0]
    if isinstance(found, Refusal):
        return found
    fit = analysis.fits[0]
    if not isinstance(found.detectable_after, Detectable):
        return Refusal("not_estimable")
    return Part(
        found=found,
        mde=float(fit.mde[0]),
        future=found.detectable_after,
        influence=fit.influence(0),
        innovations=np.nan_to_num(fit.glsar.innovations[0]),
        unit=float(analysis.units[0]),
        inside=sums_of(kind, cohort.inside),
        baseline=asked.baseline,
        evaluation=asked.evaluation,
    )


def _by_cells(comparison_cells: GroupSeries, windows: Windows, method: str) -> bool:
    """Say whether the cells behind the groups are to be compared instead of the weekly difference."""
    n_cells = len(np.atleast_2d(comparison_cells.numerator))
    return method == Method.POOLED_CELLS or (method == "auto" and cells_say_more(n_cells, int(windows.before.sum())))
