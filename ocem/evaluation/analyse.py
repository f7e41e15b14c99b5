"""Before and after for any table in a file: how a statistician checks the program against published cases."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Comparison, WindowFigure
from ocem.domain.kpi import Direction, KpiKind
from ocem.domain.perimeter import Cell
from ocem.errors import N_, Refused
from ocem.evaluation.comparison import effect_of
from ocem.evaluation.window import whole_weeks
from ocem.stats.beforeafter import Cohort, estimate
from ocem.stats.result import Estimate, Refusal
from ocem.stats.series import GroupSeries
from ocem.stats.verdict import decide
from ocem.store.table import read_columns

Bools = NDArray[np.bool_]
TOTALS = (KpiKind.COUNT, KpiKind.SUM)
_UNITS = {KpiKind.SHARE: "share", KpiKind.TOP2: "share", KpiKind.NPS: "points", KpiKind.COUNT: "count"}
KIND_NAMES = {"csat": KpiKind.TOP2, "ces": KpiKind.MEAN}


@dataclass(frozen=True)
class Table:
    """What to read from a file and how to understand it; days are inclusive."""

    path: Path
    when: str
    value: str
    go_live: date
    kind: KpiKind
    direction: Direction
    weight: str | None = None
    group: str | None = None
    treated: str | None = None
    baseline: tuple[date, date] | None = None
    evaluation: tuple[date, date] | None = None
    threshold: float | None = None
    method: str = "auto"


def kind_named(name: str) -> KpiKind:
    """Return the kind a word means; ``csat`` and ``ces`` are top-2-box and mean."""
    return KIND_NAMES[name] if name in KIND_NAMES else KpiKind(name)


def _weekly(table: Table, columns: dict[str, np.ndarray], rows: Bools, weeks: NDArray[np.datetime64]) -> GroupSeries:
    """Add rows up by week: a value is a numerator where there is a weight, else one observation."""
    when, value = columns[table.when][rows], columns[table.value][rows]
    usable = np.isfinite(value)
    if table.weight:
        usable &= np.isfinite(columns[table.weight][rows])
    at = ((when - weeks[0]).astype(int)) // 7
    at, value = at[usable], value[usable]

    def add(numbers: np.ndarray) -> np.ndarray:
        return np.bincount(at, weights=numbers, minlength=len(weeks)).astype(float)

    rows_behind = add(np.ones(len(value)))
    if table.kind in TOTALS:
        return GroupSeries(np.where(rows_behind > 0, add(value), np.nan), None, rows_behind)
    if table.weight:
        weight = columns[table.weight][rows][usable]
        log = add(weight * np.log(np.where(value > 0, value / weight, 1.0))) if table.kind is KpiKind.DURATION else None
        return GroupSeries(add(value), add(weight), add(weight), log)
    if table.kind is KpiKind.NPS:
        value = (value >= 9).astype(float) - (value <= 6)
    log = add(np.log(np.where(value > 0, value, 1.0))) if table.kind is KpiKind.DURATION else None
    return GroupSeries(add(value), rows_behind, rows_behind, log)


def _figure(table: Table, series: GroupSeries, weeks: NDArray[np.datetime64], mask: Bools) -> WindowFigure:
    if not mask.any():
        return WindowFigure(None, None, 0, None, None)
    top = float(np.nansum(series.numerator[mask]))
    n = float(np.nansum(series.n[mask])) if series.n is not None else None
    base = float(np.nansum(series.denominator[mask])) if series.denominator is not None else float(mask.sum())
    first, last = weeks[mask][0].astype(object), (weeks[mask][-1] + 6).astype(object)
    return WindowFigure(first, last, 7 * int(mask.sum()), n, top / base if base else None)


def analyse(table: Table) -> Comparison:
    """Compare before and after for the rows of a file, summed by week.

    Raises
    ------
    Refused
        If there is no usable row, or the group's treated value does not occur.
    """
    wanted = {table.when: "day", table.value: "number"}
    wanted |= {table.weight: "number"} if table.weight else {}
    wanted |= {table.group: "text"} if table.group else {}
    columns = read_columns(table.path, wanted)
    known = ~np.isnat(columns[table.when])
    if not known.any():
        raise Refused(N_("{file}: no row has a day in column {column}."), file=table.path.name, column=table.when)
    inside = known.copy()
    if table.group:
        inside &= columns[table.group] == (table.treated or "")
        if not inside.any():
            raise Refused(
                N_("{file}: no row has {value} in column {column}."),
                file=table.path.name, value=table.treated or "", column=table.group,
            )  # fmt: skip
    days = columns[table.when][known]
    first, last = days.min().astype(object), days.max().astype(object)
    monday = days.min() - np.timedelta64(first.weekday(), "D")
    weeks = monday + 7 * np.arange((days.max() - monday).astype(int) // 7 + 1)
    series = _weekly(table, columns, inside, weeks)
    outside = known & ~inside
    group = _weekly(table, columns, outside, weeks) if outside.any() else None
    before = np.datetime64(table.go_live, "D")
    history = (weeks + 6 < before) & (weeks >= np.datetime64(first, "D"))
    baseline = whole_weeks(weeks, *table.baseline) & (weeks < before) if table.baseline else history
    after = (
        whole_weeks(weeks, *table.evaluation)
        if table.evaluation
        else (weeks >= before) & (weeks + 6 <= np.datetime64(last, "D"))
    )
    at = int(np.searchsorted(weeks + 6, before))
    result = estimate(
        table.kind, Cohort(series, group, at), weeks, baseline, after, history=history, method=table.method
    )
    return _comparison(table, result, _figure(table, series, weeks, baseline), _figure(table, series, weeks, after))


def _comparison(
    table: Table, result: Estimate | Refusal, baseline: WindowFigure, evaluation: WindowFigure
) -> Comparison:
    """Return the finding; a refusal shows no number."""
    decision = decide(result, table.direction, table.threshold)
    nothing = WindowFigure(None, None, 0, None, None)
    silent = Comparison(
        objective=None,
        kpi=table.value,
        cell=Cell(),
        kind=table.kind.value,
        unit=_UNITS.get(table.kind, "ratio"),
        direction=table.direction.value,
        baseline=nothing,
        evaluation=nothing,
        verdict=decision.verdict,
        reasons=decision.reasons,
        go_live=table.go_live,
    )
    if isinstance(result, Refusal):
        return silent
    return replace(
        silent,
        baseline=baseline,
        evaluation=evaluation,
        effect=effect_of(result),
        expected_without=result.expected_without,
        p_value=result.p_value,
        mde=result.mde,
        weeks_needed=decision.weeks_needed,
        method=result.method.value,
        grade=result.grade.value,
        warnings=result.warnings,
        relevance=table.threshold,
    )
