"""Did the KPI change with the go-live, by how much, and how sure can one be?

From weekly sums of a group (and of one that nobody touched) to an `Estimate`, or to a `Refusal` with its reason. The
two groups are compared week by week on the KPI's scale; the weekly difference is explained by a constant and a step
at the go-live (and a trend of its own where history is long), with errors that remember last week
(`ocem.stats.glsar`). Without a comparison group the series itself is explained by step, trend and yearly season,
which tells a change but not its cause.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.kpi import KpiKind
from ocem.errors import N_, StatsInputError
from ocem.stats.analysis import Analysis, Frame, Options, analyse
from ocem.stats.cells import cells_say_more, estimate_cells
from ocem.stats.design import WEEKLY, Pace
from ocem.stats.plan import plan_evaluation
from ocem.stats.result import Estimate, Method, Refusal
from ocem.stats.screening import check_confidence
from ocem.stats.series import GroupSeries, sums_of
from ocem.stats.staggered import Part, combine
from ocem.stats.standard import Standardised, standardise
from ocem.stats.weekly import Detectable
from ocem.stats.windows import find_windows

__all__ = [
    "Cohort",
    "Estimate",
    "Frame",
    "GroupSeries",
    "Judged",
    "Options",
    "Refusal",
    "Standardised",
    "estimate",
    "estimate_all",
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


@dataclass(frozen=True)
class Judged:
    """A cohort and the weeks in which it is judged; a `bare` one gets no checks and no path."""

    cohort: Cohort
    frame: Frame
    bare: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for groups that can be estimated together."""
        frame, inside, other = self.frame, self.cohort.inside, self.cohort.comparison
        masks = [None if mask is None else mask.tobytes() for mask in (frame.baseline, frame.evaluation, frame.history)]
        shapes = [
            None if group is None else tuple(getattr(group, f.name) is None for f in fields(group))
            for group in (inside, other)
        ]
        return (frame.go_live_week, np.ndim(inside.numerator), *masks, *shapes)


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
    pace: Pace = WEEKLY,
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
    pace : Pace
        How long a "week" is, for data that come in other periods.

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
    frame = Frame(cohort.go_live_week, weeks, baseline, evaluation, history)
    options = Options(method, confidence, checks, pace=pace)
    return estimate_all(kind, [[Judged(cohort, frame)]], options)[0]


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
    frame = Frame(go_live_week, weeks, baseline, evaluation, history)
    options = Options(method, confidence, checks, paths=checks)
    return analyse(KpiKind(kind), inside, comparison, frame, options).found


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
    past = list(baselines) if histories is None else list(histories)
    judged = [
        Judged(cohort, Frame(cohort.go_live_week, weeks, *windows))
        for cohort, *windows in zip(cohorts, baselines, evaluations, past, strict=True)
    ]
    return estimate_all(kind, [judged], Options(method, confidence, checks), weights, staggered=True)[0]


def estimate_all(
    kind: KpiKind,
    questions: Sequence[Sequence[Judged]],
    options: Options,
    weights: Sequence[float] | None = None,
    *,
    staggered: bool = False,
) -> list[Estimate | Refusal]:
    """Answer many questions about one KPI in one go; each is a go-live, or several whose effects are averaged.

    Parameters
    ----------
    questions : sequence of sequences of Judged
        The groups judged together in each question.
    weights : sequence of float, optional
        Of the groups of every question, in their average; default the share of the baseline.
    staggered : bool
        Whether a question about a single group is an average too.

    Returns
    -------
    list of Estimate or Refusal
        One per question. A group that cannot be estimated is left out of its average with the warning
        ``cohorts_left_out``; where none is left, the first one's refusal.
    """
    kind = KpiKind(kind)
    for question in questions:
        if not question or (weights is not None and (len(weights) != len(question) or min(weights) <= 0)):
            raise StatsInputError(
                N_("{cohorts} cohorts and weights {weights}: one cohort at least, and a weight above 0 for each."),
                cohorts=len(question),
                weights=weights,
            )
    answers = _answers(kind, [one for question in questions for one in question], options)
    found: list[Estimate | Refusal] = []
    for question in questions:
        own, answers = answers[: len(question)], answers[len(question) :]
        if len(question) == 1 and not staggered:
            found.append(own[0].found if isinstance(own[0], Part) else own[0])
        else:
            found.append(_average(kind, question, own, weights, options))
    return found


def _average(
    kind: KpiKind,
    question: Sequence[Judged],
    answers: Sequence[Part | Estimate | Refusal],
    weights: Sequence[float] | None,
    options: Options,
) -> Estimate | Refusal:
    """Average the answers about groups that went live at different times, on one scale."""
    if len({answer.found.scale for answer in answers if isinstance(answer, Part)}) > 1:
        answers = _answers(kind, question, replace(options, index=True))
    parts = [answer for answer in answers if isinstance(answer, Part)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    if not parts:
        return refused[0] if refused else Refusal("not_estimable")
    chosen = None if weights is None else [w for w, a in zip(weights, answers, strict=True) if isinstance(a, Part)]
    found = combine(kind, parts, chosen, options.confidence)
    if not refused:
        return found
    codes = tuple(refusal.code for refusal in refused)
    return found.with_warnings(Note("cohorts_left_out", {"count": len(codes), "of": len(question), "codes": codes}))


def _answers(kind: KpiKind, asked: Sequence[Judged], options: Options) -> list[Part | Estimate | Refusal]:
    """Estimate each group, those that share their frame together."""
    found: list[Part | Estimate | Refusal | None] = [None] * len(asked)
    together: dict[tuple[Any, ...], list[int]] = {}
    for i, one in enumerate(asked):
        by_cells = _change_per_cell(kind, one, options)
        if by_cells is None:
            together.setdefault(one.key, []).append(i)
        else:
            found[i] = by_cells
    for rows in together.values():
        first = asked[rows[0]]
        inside = _stacked([asked[i].cohort.inside for i in rows])
        others = [asked[i].cohort.comparison for i in rows]
        known = [other for other in others if other is not None]
        bare = np.array([asked[i].bare for i in rows])
        analysis = analyse(kind, inside, _stacked(known) if known else None, first.frame, options, bare)
        for place, i in enumerate(rows):
            found[i] = _part(kind, asked[i], analysis, place)
    return [answer for answer in found if answer is not None]


def _stacked(groups: Sequence[GroupSeries]) -> GroupSeries:
    """Put single groups, (T,), side by side."""
    columns = [
        [getattr(group, name) for group in groups] for name in ("numerator", "denominator", "n", "numerator_log")
    ]
    return GroupSeries(*(None if column[0] is None else np.array(column, dtype=float) for column in columns))  # type: ignore[arg-type]


def _part(kind: KpiKind, asked: Judged, analysis: Analysis, row: int) -> Part | Estimate | Refusal:
    """Return one answer with what an average needs to know of it."""
    found = analysis.found[row]
    if isinstance(found, Refusal):
        return found
    fit, i = analysis.places[row]
    if not isinstance(found.detectable_after, Detectable):
        return Refusal("not_estimable")
    return Part(
        found=found,
        mde=float(fit.mde[i]),
        future=found.detectable_after,
        influence=lambda: fit.influence(i),
        innovations=np.nan_to_num(fit.glsar.innovations[i]),
        unit=float(analysis.units[row]),
        inside=sums_of(kind, asked.cohort.inside),
        baseline=asked.frame.baseline,
        evaluation=asked.frame.evaluation,
        looks=fit.looks_at(i, found.n_weeks_after),
    )


def _change_per_cell(kind: KpiKind, asked: Judged, options: Options) -> Estimate | Refusal | None:
    """Compare the cells behind the groups where they say more than the weekly difference; else None."""
    cohort, frame = asked.cohort, asked.frame
    if cohort.inside_cells is None or cohort.comparison_cells is None:
        return None
    windows = find_windows(frame.weeks, frame.baseline, frame.evaluation, frame.history, frame.go_live_week)
    if isinstance(windows, Refusal):
        return None
    n_cells = len(np.atleast_2d(cohort.comparison_cells.numerator))
    asked_for = options.method == Method.POOLED_CELLS
    if not asked_for and not (options.method == "auto" and cells_say_more(n_cells, int(windows.before.sum()))):
        return None
    return estimate_cells(
        kind,
        cohort.inside_cells,
        cohort.comparison_cells,
        windows,
        cohort.inside,
        frame.baseline,
        options.confidence,
    )
