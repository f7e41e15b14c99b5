"""Before and after, per objective and per cell of its perimeter."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Comparison, Effect, Note, Sensitivity, Verdict, WeekPoint, WindowFigure
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.objective import Initiative, Objective
from ocem.domain.perimeter import Cell, Dimension, Perimeter
from ocem.evaluation.scope import Scope, by_member, scope_of, total
from ocem.evaluation.view import View, intersect
from ocem.evaluation.window import CohortScope, baseline_days, cohorts, evaluation_days, whole_weeks
from ocem.stats.beforeafter import Cohort, estimate, estimate_staggered
from ocem.stats.multiplicity import benjamini_hochberg
from ocem.stats.result import Estimate, Refusal
from ocem.stats.series import GroupSeries
from ocem.stats.standard import standardise
from ocem.stats.verdict import decide
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import SourceReach, last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.objective import BaselineRecord
from ocem.store.series import WeeklyCube, data_span, weekly_cube

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
TOTALS = (KpiKind.COUNT, KpiKind.SUM)
MIX_WEEKLY_ROWS = 5
"""Rows a week and segment, at the median, from which the mix of segments is held still."""
RELEVANCE_OF_OTHERS = 0.05
"""Threshold for KPIs an objective sets none for, as a share of the baseline."""


@dataclass(frozen=True)
class _Declared:
    """What is read once for all comparisons of a call."""

    reaches: list[SourceReach]
    kpis: dict[str, tuple[int, Kpi]]
    initiatives: dict[str, Initiative]
    segments: tuple[str, ...]
    baselines: dict[str, BaselineRecord]


def _declared(con: Cursor) -> _Declared:
    return _Declared(
        source_reaches(con),
        {kpi.key: (number, kpi) for number, kpi in kpi_store.numbered_kpis(con)},
        {item.key: item for item in objective_store.list_initiatives(con)},
        tuple(member.key for member in list_members(con, Dimension.SEGMENT)),
        objective_store.first_baselines(con),
    )


@dataclass(frozen=True)
class _Subject:
    """All that is known before one cell is compared."""

    objective: Objective
    initiative: Initiative
    kpi: Kpi
    cube: WeeklyCube
    segments: tuple[str, ...]
    first: date
    last_finished: date
    frozen: BaselineRecord | None


def compare(
    database: Database,
    objective: str | None = None,
    kpi: str | None = None,
    by: str | None = None,
    view: View | None = None,
    checks: bool = True,
) -> list[Comparison]:
    """Compare before and after for one objective or all, in whole and by member of one dimension.

    Parameters
    ----------
    objective : str, optional
        Key of one objective; default all.
    kpi : str, optional
        Another KPI than the objective's own.
    by : {"segment", "touchpoint", "phase"}, optional
        Also compare each member of this dimension, after the whole.
    view : View, optional
        Cells to look at; objectives with no cell in view are left out.
    checks : bool
        Whether the whole carries placebo go-lives and the slope before; members never do.

    Returns
    -------
    list of Comparison
        p-values adjusted by Benjamini-Hochberg over the list.
    """
    with database.cursor() as con:
        chosen = [objective_store.find_objective(con, objective)] if objective else objective_store.list_objectives(con)
        declared = _declared(con)
        found: list[Comparison] = []
        for item in chosen:
            found.extend(_compare_objective(con, declared, item, kpi, by, view, checks))
    return adjust(found)


def adjust(found: list[Comparison]) -> list[Comparison]:
    """Add Benjamini-Hochberg q-values over comparisons that are shown together."""
    q_values = benjamini_hochberg([item.p_value for item in found])
    return [replace(item, q_value=q_value) for item, q_value in zip(found, q_values, strict=True)]


def _compare_objective(
    con: Cursor,
    declared: _Declared,
    objective: Objective,
    kpi_key: str | None,
    by: str | None,
    view: View | None,
    checks: bool,
) -> list[Comparison]:
    perimeter = intersect(objective.perimeter, view) if view else objective.perimeter
    if perimeter is None:
        return []
    key = kpi_key or objective.kpi
    if key not in declared.kpis:
        kpi_store.find_kpi(con, key)  # refuses with the known keys
    number, kpi = declared.kpis[key]
    facts = {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())
    last_finished = last_finished_day(declared.reaches, facts)
    first, _ = data_span(con, number)
    whole = Cell()
    if first is None or last_finished is None or first > last_finished:
        return [_silent(objective, kpi, whole, Verdict.NOT_ENOUGH_DATA, Note("no_data", {"kpi": kpi.key}))]
    subject = _Subject(
        objective,
        declared.initiatives[objective.initiative],
        kpi,
        weekly_cube(con, number, first, last_finished),
        declared.segments,
        first,
        last_finished,
        declared.baselines.get(objective.key),
    )
    found = [_compare_cell(subject, perimeter, objective.comparison, whole, checks)]
    if by:
        keys = perimeter.members(by) or _members_in(subject.cube, perimeter, by)
        for key in keys:
            cell = Cell(**{by: key})
            group = objective.comparison.narrowed(by, key) if objective.comparison and by != "segment" else None
            found.append(_compare_cell(subject, perimeter.narrowed(by, key), group or objective.comparison, cell))
    return found


def _members_in(cube: WeeklyCube, perimeter: Perimeter, dimension: str) -> tuple[str, ...]:
    names = cube.dimensions()[dimension][cube.inside(perimeter)]
    return tuple(sorted({name for name in names.tolist() if name}))


def _silent(objective: Objective, kpi: Kpi, cell: Cell, verdict: Verdict, *reasons: Note) -> Comparison:
    """Return a finding that shows no number, with the reasons why."""
    nothing = WindowFigure(None, None, 0, None, None)
    return Comparison(
        objective.key,
        kpi.key,
        cell,
        kpi.kind.value,
        kpi.unit,
        kpi.direction.value,
        nothing,
        nothing,
        verdict,
        reasons=reasons,
        target=objective.target if kpi.key == objective.kpi else None,
    )


def figure(kpi: Kpi, sums: dict[str, Floats], weeks: NDArray[np.datetime64], mask: Bools) -> WindowFigure:
    """Return a KPI over the weeks of a mask: a ratio is sum over sum, a count or sum is per week."""
    if not mask.any():
        return WindowFigure(None, None, 0, None, None)
    total = {name: float(values[mask].sum()) for name, values in sums.items()}
    if kpi.kind in TOTALS:
        value: float | None = total["numerator"] / int(mask.sum())
    else:
        value = total["numerator"] / total["denominator"] if total["denominator"] else None
    first, last = weeks[mask][0].astype(object), (weeks[mask][-1] + 6).astype(object)
    n = total["n"] if kpi.kind in TOTALS else total["denominator"]
    return WindowFigure(first, last, 7 * int(mask.sum()), n, value)


def weekly_group(kpi: Kpi, sums: dict[str, Floats]) -> GroupSeries:
    """Return weekly sums in the form the statistics take."""
    log = sums["numerator_log"] if kpi.kind is KpiKind.DURATION else None
    if kpi.kind in TOTALS:
        return GroupSeries(sums["numerator"], None, sums["n"])
    n = sums["denominator"] if kpi.kind is KpiKind.RATIO else sums["n"]
    return GroupSeries(sums["numerator"], sums["denominator"], n, log)


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


@dataclass(frozen=True)
class _Windows:
    baseline: Bools
    evaluation: Bools
    history: Bools


def _windows(subject: _Subject, scope: CohortScope, first_go_live: date) -> _Windows:
    weeks = subject.cube.weeks
    baseline = whole_weeks(weeks, *baseline_days(subject.objective, first_go_live))
    history = whole_weeks(weeks, subject.first, scope.go_live - timedelta(days=1))
    evaluation = whole_weeks(weeks, *evaluation_days(subject.objective, scope.go_live, subject.last_finished))
    return _Windows(baseline & history, evaluation, history)


def _compare_cell(
    subject: _Subject, perimeter: Perimeter, comparison: Perimeter | None, cell: Cell, checks: bool = False
) -> Comparison:
    """Compare one set of cells with its past and, when there is one, with the group nobody touched."""
    objective, kpi, cube = subject.objective, subject.kpi, subject.cube
    scopes = cohorts(perimeter, subject.initiative, subject.segments)
    if not scopes:
        return _silent(objective, kpi, cell, Verdict.NOT_COMPARABLE, Note("no_go_live", {}))
    first_go_live = scopes[0].go_live
    live = tuple(scope for scope in scopes if scope.go_live <= subject.last_finished)
    if not live:
        note = Note("not_live_yet", {"go_live": first_go_live})
        return _silent(objective, kpi, cell, Verdict.NOT_ENOUGH_DATA, note)
    blocked = _blocked(subject, first_go_live)
    if blocked:
        return _silent(objective, kpi, cell, Verdict.NOT_COMPARABLE, blocked)
    windows = [_windows(subject, scope, first_go_live) for scope in live]
    result, raw = _estimate(subject, live, windows, comparison, checks)
    treated = scope_of(cube, kpi, None)
    for item in live:
        treated = treated | scope_of(cube, kpi, item.perimeter)
    sums = total(cube, treated)
    evaluation = np.logical_or.reduce([item.evaluation for item in windows])
    before = figure(kpi, sums, cube.weeks, windows[0].baseline)
    after = _evaluation_figure(kpi, cube, live, windows, evaluation)
    warnings = _warnings(subject, scopes, live, first_go_live)
    is_whole = _is_whole(subject, perimeter, live)
    if isinstance(result, Refusal):
        decision = decide(result, kpi.direction, None)
        silent = _silent(objective, kpi, cell, decision.verdict, *decision.reasons)
        return replace(silent, warnings=warnings, go_live=first_go_live)
    relevance = relevance_in_unit(objective, kpi, before.value)
    decision = decide(result, kpi.direction, relevance)
    sensitivities = _sensitivities(result, raw)
    return Comparison(
        objective=objective.key,
        kpi=kpi.key,
        cell=cell,
        kind=kpi.kind.value,
        unit=kpi.unit,
        direction=kpi.direction.value,
        baseline=_frozen_figure(subject, is_whole, cell, before),
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
        warnings=(
            warnings
            + result.warnings
            + _mix_warning(result, raw, relevance)
            + _restated(subject, is_whole, cell, before)
        ),
        frozen=_ex_ante(subject.frozen, first_go_live),
        relevance=relevance,
        target=objective.target if kpi.key == objective.kpi and perimeter == objective.perimeter else None,
        sensitivities=sensitivities,
        weeks=_path(kpi, cube.weeks, sums, result, evaluation),
        go_live=first_go_live,
    )


def _estimate(
    subject: _Subject,
    live: tuple[CohortScope, ...],
    windows: list[_Windows],
    comparison: Perimeter | None,
    checks: bool,
) -> tuple[Estimate | Refusal, Estimate | Refusal | None]:
    """Estimate with the mix of segments held still where there is one; second, the same with the mix as it fell."""
    if comparison is None and len(live) > 1:
        live, windows = _as_one(live, windows)
    pairs = [_cohort(subject, scope, item, comparison) for scope, item in zip(live, windows, strict=True)]
    mixed = any(pair[1] is not None for pair in pairs)
    raw = _run(subject, [pair[0] for pair in pairs], windows, checks and not mixed)
    if not mixed:
        return raw, None
    return _run(subject, [pair[1] or pair[0] for pair in pairs], windows, checks), raw


def _as_one(live: tuple[CohortScope, ...], windows: list[_Windows]) -> tuple[tuple[CohortScope, ...], list[_Windows]]:
    """Treat staged go-lives without a comparison group as one: before the first day, judged after the last."""
    segments = tuple(key for scope in live for key in scope.perimeter.segments or ())
    scope = replace(live[0], perimeter=replace(live[0].perimeter, segments=segments or None))
    evaluation = np.logical_and.reduce([item.evaluation for item in windows])
    return (scope,), [replace(windows[0], evaluation=evaluation)]


def _cohort(
    subject: _Subject, scope: CohortScope, windows: _Windows, comparison: Perimeter | None
) -> tuple[Cohort, Cohort | None]:
    """Return the cohort as it fell and, where segments mix, with the baseline's mix held still."""
    cube, kpi = subject.cube, subject.kpi
    at = int(np.searchsorted(cube.weeks + 6, np.datetime64(scope.go_live, "D")))
    inside, outside = scope_of(cube, kpi, scope.perimeter), scope_of(cube, kpi, comparison)
    group = weekly_group(kpi, total(cube, outside)) if outside else None
    raw = Cohort(weekly_group(kpi, total(cube, inside)), group, at)
    fixed_in = _segments_standardised(kpi, cube, inside, windows.baseline)
    fixed_out = _segments_standardised(kpi, cube, outside, windows.baseline) if group else None
    if fixed_in is None and fixed_out is None:
        return raw, None
    return raw, Cohort(fixed_in or raw.inside, (fixed_out or group) if group else None, at)


def _run(subject: _Subject, cohorts_: list[Cohort], windows: list[_Windows], checks: bool) -> Estimate | Refusal:
    weeks, kind = subject.cube.weeks, subject.kpi.kind
    if len(cohorts_) == 1:
        only = windows[0]
        return estimate(kind, cohorts_[0], weeks, only.baseline, only.evaluation, history=only.history, checks=checks)
    return estimate_staggered(
        kind,
        cohorts_,
        weeks,
        [item.baseline for item in windows],
        [item.evaluation for item in windows],
        histories=[item.history for item in windows],
        checks=checks,
    )


def _evaluation_figure(
    kpi: Kpi, cube: WeeklyCube, live: tuple[CohortScope, ...], windows: list[_Windows], any_week: Bools
) -> WindowFigure:
    """Return the KPI over each cohort's own judged weeks, together."""
    if len(live) == 1 or not any_week.any():
        inside = scope_of(cube, kpi, live[0].perimeter)
        return figure(kpi, total(cube, inside), cube.weeks, windows[0].evaluation)
    sums = {name: np.zeros(len(cube.weeks)) for name in cube.sums}
    for scope, item in zip(live, windows, strict=True):
        for name, values in total(cube, scope_of(cube, kpi, scope.perimeter)).items():
            sums[name] += np.where(item.evaluation, values, 0.0)
    return figure(kpi, sums, cube.weeks, any_week)


def relevance_in_unit(objective: Objective, kpi: Kpi, before: float | None) -> float:
    """Return the relevance threshold in the KPI's unit."""
    if kpi.key != objective.kpi:
        return RELEVANCE_OF_OTHERS * abs(before or 1.0)
    if objective.relevance_kind == "relative":
        return objective.relevance * abs(before or 1.0)
    return objective.relevance


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


def _sensitivities(result: Estimate, raw: Estimate | Refusal | None) -> tuple[Sensitivity, ...]:
    """Return the same effect by other routes: the mix as it fell, invented go-lives before the real one."""
    found = []
    if isinstance(raw, Estimate):
        found.append(Sensitivity("raw_mix", {}, effect_of(raw)))
    for placebo in result.placebos:
        values = {
            "weeks_before": result.path is not None and int(placebo.week),
            "low": placebo.low,
            "high": placebo.high,
            "p_value": placebo.p_value,
            "scale": result.scale.value,
        }
        found.append(Sensitivity("placebo", values, None))
    if result.pre_trend is not None:
        trend = result.pre_trend
        values = {"per_year": trend.per_year, "low": trend.low, "high": trend.high, "scale": result.scale.value}
        found.append(Sensitivity("pre_trend", values, None))
    return tuple(found)


def _mix_warning(result: Estimate, raw: Estimate | Refusal | None, relevance: float) -> tuple[Note, ...]:
    """Warn when most of what one sees is a different mix of segments."""
    if not isinstance(raw, Estimate) or abs(raw.absolute - result.absolute) < relevance / 2:
        return ()
    return (Note("mix_shift", {"raw": raw.absolute, "fixed": result.absolute}),)


def _blocked(subject: _Subject, first_go_live: date) -> Note | None:
    """Return why before and after cannot be compared at all, or None."""
    group = subject.objective.comparison
    if group is not None and group.segments is not None:
        touched = [item.segment for item in subject.initiative.go_lives if item.segment in group.segments]
        if touched:
            return Note("comparison_treated", {"segments": touched})
    record = subject.frozen
    same_kpi = record is not None and record.figures.get("kpi") == subject.kpi.key
    changed = record is not None and record.figures.get("kpi_version") != subject.kpi.version
    if same_kpi and changed and _ex_ante(record, first_go_live):
        return Note("definition_changed", {"kpi": subject.kpi.key, "version": subject.kpi.version})
    return None


def _ex_ante(record: BaselineRecord | None, first_go_live: date) -> bool:
    """Say whether the baseline was frozen before anything went live."""
    return record is not None and record.frozen_at.date() < first_go_live


def _warnings(
    subject: _Subject, scopes: tuple[CohortScope, ...], live: tuple[CohortScope, ...], first_go_live: date
) -> tuple[Note, ...]:
    found = []
    if not _ex_ante(subject.frozen, first_go_live):
        found.append(Note("no_ex_ante_benchmark" if subject.frozen is None else "frozen_after_go_live", {}))
    waiting = [scope for scope in scopes if scope not in live]
    if waiting:
        keys = [key for scope in waiting for key in scope.perimeter.segments or ()]
        found.append(Note("segments_not_live_yet", {"segments": keys}))
    declared = set(subject.objective.perimeter.segments or subject.segments)
    own = {item.segment for item in subject.initiative.go_lives}
    if None not in own and declared - own:
        found.append(Note("segments_without_go_live", {"segments": sorted(declared - own)}))
    return tuple(found)


def _is_whole(subject: _Subject, perimeter: Perimeter, live: tuple[CohortScope, ...]) -> bool:
    """Say whether figures stand for all that the baseline was frozen for: no filter, no segment left out."""
    if perimeter != subject.objective.perimeter:
        return False
    if any(scope.perimeter.segments is None for scope in live):
        return True
    compared = {key for scope in live for key in scope.perimeter.segments or ()}
    return set(perimeter.segments or subject.segments) <= compared


def _frozen_figure(subject: _Subject, is_whole: bool, cell: Cell, before: WindowFigure) -> WindowFigure:
    """Return the frozen baseline of the whole where there is one: it is the figure of record."""
    record = subject.frozen
    if record is None or cell != Cell() or record.figures.get("kpi") != subject.kpi.key:
        return before
    if not is_whole:
        return before
    frozen = record.figures
    return replace(before, n=frozen["n"], value=frozen["value"])


def _restated(subject: _Subject, is_whole: bool, cell: Cell, before: WindowFigure) -> tuple[Note, ...]:
    """Warn when data imported later changed the days of a frozen baseline."""
    record = subject.frozen
    if record is None or cell != Cell() or record.figures.get("kpi") != subject.kpi.key or before.value is None:
        return ()
    if not is_whole:
        return ()
    frozen = record.figures["value"]
    window = record.figures["window"]
    if frozen is None or before.first is None or before.last is None:
        return ()
    if [before.first.isoformat(), before.last.isoformat()] != window:
        return ()
    if abs(before.value - frozen) <= 1e-9 * max(abs(frozen), 1e-9):
        return ()
    return (Note("baseline_restated", {"frozen": frozen, "now": before.value}),)


def _path(
    kpi: Kpi, weeks: NDArray[np.datetime64], sums: dict[str, Floats], result: Estimate, evaluation: Bools
) -> tuple[WeekPoint, ...]:
    """Return the chart's weeks: what was seen and, after go-live, what was to be expected."""
    if kpi.kind in TOTALS:
        value = sums["numerator"]
    else:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(sums["denominator"] > 0, sums["numerator"] / sums["denominator"], np.nan)
    path = result.path

    def at(values: Floats | None, index: int) -> float | None:
        return None if values is None or not np.isfinite(values[index]) else float(values[index])

    return tuple(
        WeekPoint(
            weeks[index].astype(object),
            at(value, index),
            at(path.expected if path else None, index),
            at(path.low if path else None, index),
            at(path.high if path else None, index),
            at(path.comparison if path else None, index),
        )
        for index in range(len(weeks))
    )
