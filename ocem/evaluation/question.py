"""What is asked of one set of cells: which groups, in which weeks, against whom."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import WindowFigure
from ocem.domain.event import Event
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.objective import Initiative, Objective
from ocem.domain.perimeter import Cell, Perimeter
from ocem.evaluation.scope import Scope, by_member, scope_of, total
from ocem.evaluation.window import (
    CohortScope,
    baseline_days,
    cohorts,
    evaluation_days,
    evaluation_end,
    whole_weeks,
)
from ocem.stats.beforeafter import Cohort, Frame, Judged
from ocem.stats.series import GroupSeries
from ocem.stats.standard import standardise
from ocem.store.objective import BaselineRecord
from ocem.store.series import WeeklyCube

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
TOTALS = (KpiKind.COUNT, KpiKind.SUM)
MIX_WEEKLY_ROWS = 5
"""Rows a week and segment, at the median, from which the mix of segments is held still."""
RELEVANCE_OF_OTHERS = 0.05
"""Threshold for KPIs an objective sets none for, as a share of the baseline."""


@dataclass(frozen=True)
class Subject:
    """All that is known before any cell of an objective is compared."""

    objective: Objective
    initiative: Initiative
    kpi: Kpi
    cube: WeeklyCube
    segments: tuple[str, ...]
    first: date
    last_finished: date
    frozen: BaselineRecord | None
    others: tuple[Initiative, ...] = ()
    """Initiatives other than the objective's own."""
    events: tuple[Event, ...] = ()
    medians: Callable[[Perimeter], GroupSeries] | None = field(default=None, repr=False, compare=False)
    """Weekly medians of some cells, where the KPI has any."""
    answer_weeks: Callable[[Perimeter, date, date], float | None] | None = field(
        default=None, repr=False, compare=False
    )
    """Weeks over which the mean answer of some cells and days is counted, where the KPI is made of answers."""

    @property
    def is_provisional(self) -> bool:
        """Whether the evaluation fixed in the objective is still running."""
        end = evaluation_end(self.objective)
        return end is not None and self.last_finished < end

    @property
    def is_open(self) -> bool:
        """Whether no evaluation was fixed, so that every week is a look at the result."""
        return self.objective.evaluation_last is None


@dataclass(frozen=True)
class Question:
    """One set of cells with the groups that went live in it.

    `raw` are the groups as they fell, `fixed` the same with the baseline's mix of segments held still (None where there
    is no mix to hold); `scopes` are all go-lives of the perimeter, `live` those that have happened.
    """

    cell: Cell
    perimeter: Perimeter
    comparison: Perimeter | None
    scopes: tuple[CohortScope, ...]
    live: tuple[CohortScope, ...]
    raw: tuple[Judged, ...]
    fixed: tuple[Judged, ...] | None
    sums: dict[str, Floats]
    before: WindowFigure
    after: WindowFigure
    evaluation: Bools

    @property
    def asked(self) -> tuple[Judged, ...]:
        """The groups whose effect is the answer."""
        return self.fixed or self.raw


def figure(kpi: Kpi, sums: dict[str, Floats], weeks: NDArray[np.datetime64], mask: Bools) -> WindowFigure:
    """Return a KPI over the weeks of a mask: a ratio is sum over sum, a count or sum is per week."""
    if not mask.any():
        return WindowFigure(None, None, 0, None, None)
    total_of = {name: float(values[mask].sum()) for name, values in sums.items()}
    if kpi.kind in TOTALS:
        value: float | None = total_of["numerator"] / int(mask.sum())
    else:
        value = total_of["numerator"] / total_of["denominator"] if total_of["denominator"] else None
    first, last = weeks[mask][0].astype(object), (weeks[mask][-1] + 6).astype(object)
    n = total_of["n"] if kpi.kind in TOTALS else total_of["denominator"]
    return WindowFigure(first, last, 7 * int(mask.sum()), n, value)


def weekly_group(kpi: Kpi, sums: dict[str, Floats]) -> GroupSeries:
    """Return weekly sums in the form the statistics take."""
    log = sums["numerator_log"] if kpi.kind is KpiKind.DURATION else None
    if kpi.kind in TOTALS:
        return GroupSeries(sums["numerator"], None, sums["n"])
    n = sums["denominator"] if kpi.kind is KpiKind.RATIO else sums["n"]
    return GroupSeries(sums["numerator"], sums["denominator"], n, log)


def relevance_in_unit(objective: Objective, kpi: Kpi, before: float | None) -> float:
    """Return the relevance threshold in the KPI's unit."""
    if kpi.key != objective.kpi:
        return RELEVANCE_OF_OTHERS * abs(before or 1.0)
    if objective.relevance_kind == "relative":
        return objective.relevance * abs(before or 1.0)
    return objective.relevance


def frame_of(subject: Subject, scope: CohortScope, first_go_live: date) -> Frame:
    """Return the weeks in which a cohort is compared."""
    weeks = subject.cube.weeks
    baseline = whole_weeks(weeks, *baseline_days(subject.objective, first_go_live))
    history = whole_weeks(weeks, subject.first, scope.go_live - timedelta(days=1))
    evaluation = whole_weeks(weeks, *evaluation_days(subject.objective, scope.go_live, subject.last_finished))
    at = int(np.searchsorted(weeks + 6, np.datetime64(scope.go_live, "D")))
    return Frame(at, weeks, baseline & history, evaluation, history)


def live_scopes(subject: Subject, perimeter: Perimeter) -> tuple[tuple[CohortScope, ...], tuple[CohortScope, ...]]:
    """Return the go-lives of a perimeter, and those among them that have happened."""
    scopes = cohorts(perimeter, subject.initiative, subject.segments)
    return scopes, tuple(scope for scope in scopes if scope.go_live <= subject.last_finished)


def question_of(subject: Subject, perimeter: Perimeter, comparison: Perimeter | None, cell: Cell) -> Question:
    """Put the question about one set of cells; some of its go-lives must have happened."""
    cube, kpi = subject.cube, subject.kpi
    scopes, live = live_scopes(subject, perimeter)
    frames = [frame_of(subject, scope, scopes[0].go_live) for scope in live]
    judged, windows = _as_one(live, frames) if comparison is None and len(live) > 1 else (live, frames)
    outside = scope_of(cube, kpi, comparison)
    pairs = [_cohort(subject, scope, frame, outside) for scope, frame in zip(judged, windows, strict=True)]
    raw = tuple(Judged(pair[0], frame) for pair, frame in zip(pairs, windows, strict=True))
    fixed = None
    if any(pair[1] is not None for pair in pairs):
        fixed = tuple(Judged(pair[1] or pair[0], frame) for pair, frame in zip(pairs, windows, strict=True))
    treated = scope_of(cube, kpi, None)
    for item in live:
        treated = treated | scope_of(cube, kpi, item.perimeter)
    sums = total(cube, treated)
    evaluation = np.logical_or.reduce([item.evaluation for item in frames])
    return Question(
        cell,
        perimeter,
        comparison,
        scopes,
        live,
        raw,
        fixed,
        sums,
        figure(kpi, sums, cube.weeks, frames[0].baseline),
        _evaluation_figure(subject, live, frames, evaluation),
        evaluation,
    )


def as_bare(judged: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """Ask for the estimates alone, without checks and paths."""
    return tuple(replace(one, bare=True) for one in judged)


def _as_one(live: tuple[CohortScope, ...], frames: list[Frame]) -> tuple[tuple[CohortScope, ...], list[Frame]]:
    """Treat staged go-lives without a comparison group as one: before the first day, judged after the last."""
    segments = tuple(dict.fromkeys(key for scope in live for key in scope.perimeter.segments or ()))
    scope = replace(live[0], perimeter=replace(live[0].perimeter, segments=segments or None))
    evaluation = np.logical_and.reduce([item.evaluation for item in frames])
    return (scope,), [replace(frames[0], evaluation=evaluation)]


def _cohort(subject: Subject, scope: CohortScope, frame: Frame, outside: Scope) -> tuple[Cohort, Cohort | None]:
    """Return the cohort as it fell and, where segments mix, with the baseline's mix held still."""
    cube, kpi = subject.cube, subject.kpi
    inside = scope_of(cube, kpi, scope.perimeter)
    group = weekly_group(kpi, total(cube, outside)) if outside else None
    raw = Cohort(weekly_group(kpi, total(cube, inside)), group, frame.go_live_week)
    fixed_in = _segments_standardised(kpi, cube, inside, frame.baseline)
    fixed_out = _segments_standardised(kpi, cube, outside, frame.baseline) if group else None
    if fixed_in is None and fixed_out is None:
        return raw, None
    return raw, Cohort(fixed_in or raw.inside, (fixed_out or group) if group else None, frame.go_live_week)


def _segments_standardised(kpi: Kpi, cube: WeeklyCube, scope: Scope, baseline: Bools) -> GroupSeries | None:
    """Return the group with the segment mix of the baseline held still, or None where there is no mix to hold.

    Customers' segments are not an effect of an initiative; the touchpoints they choose are, so only the mix of
    segments is held.
    """
    if kpi.kind in TOTALS:
        return None
    keys, by_segment = by_member(cube, "segment", scope)
    weights = by_segment["denominator"][:, baseline].sum(axis=1)
    enough = (
        np.median(by_segment["denominator"][:, baseline], axis=1) >= MIX_WEEKLY_ROWS if baseline.any() else weights > 0
    )
    if len(keys) < 2 or not enough.all() or not weights.sum() > 0:
        return None
    log = by_segment["numerator_log"] if kpi.kind is KpiKind.DURATION else None
    reference = baseline if baseline.any() else np.ones(len(cube.weeks), dtype=bool)
    return standardise(
        by_segment["numerator"], by_segment["denominator"], reference, n=by_segment["n"], numerator_log=log
    ).series


def _evaluation_figure(
    subject: Subject, live: tuple[CohortScope, ...], frames: list[Frame], any_week: Bools
) -> WindowFigure:
    """Return the KPI over each cohort's own judged weeks, together."""
    kpi, cube = subject.kpi, subject.cube
    if len(live) == 1 or not any_week.any():
        inside = scope_of(cube, kpi, live[0].perimeter)
        return figure(kpi, total(cube, inside), cube.weeks, frames[0].evaluation)
    sums = {name: np.zeros(len(cube.weeks)) for name in cube.sums}
    for scope, frame in zip(live, frames, strict=True):
        for name, values in total(cube, scope_of(cube, kpi, scope.perimeter)).items():
            sums[name] += np.where(frame.evaluation, values, 0.0)
    return figure(kpi, sums, cube.weeks, any_week)
