"""A control chart for any table in a file: how a statistician checks the program against published cases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.errors import N_, Refused, WrongUse
from ocem.stats.xmr import Chart, p_prime, u_prime, xmr
from ocem.store.table import read_columns

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ChartTable:
    """What to read from a file; `value` is the numerator and `weight` the denominator of shares and rates."""

    path: Path
    when: str
    value: str
    weight: str | None = None
    kind: KpiKind = KpiKind.MEAN
    baseline_points: int | None = None
    screen: bool = False


@dataclass(frozen=True)
class FileChart:
    """The chart, its kind (``xmr``, ``p_prime``, ``u_prime``) and what each point is called."""

    chart: Chart
    kind: str
    when: tuple[str, ...]


def chart_file(table: ChartTable) -> FileChart:
    """Chart the rows of a file, one point a period, in order of time.

    Rows of the same period are added up (counts, sums, shares, rates) or averaged (means). Periods are put in order as
    days or numbers where all are such, else kept in the order of the file.

    Raises
    ------
    Refused
        If no row has a value.
    WrongUse
        If the limits are to come from fewer than two points, or a share has no denominators.
    """
    if table.baseline_points is not None and table.baseline_points < 2:
        raise WrongUse(N_("Limits need at least two points; found {found}."), found=table.baseline_points)
    wanted = {table.when: "text", table.value: "number"} | ({table.weight: "number"} if table.weight else {})
    columns = read_columns(table.path, wanted)
    value = columns[table.value]
    weight = columns[table.weight] if table.weight else np.ones(len(value))
    if not np.isfinite(value).any():
        raise Refused(N_("{file}: column {column} holds no number."), file=table.path.name, column=table.value)
    names, at = _periods(columns[table.when])
    if table.kind is KpiKind.COUNT and (value < 0).any():
        raise Refused(N_("{file}: column {column} holds counts below 0."), file=table.path.name, column=table.value)
    usable = np.isfinite(value) & np.isfinite(weight)
    top = np.bincount(at[usable], weights=value[usable], minlength=len(names))
    below = np.bincount(at[usable], weights=weight[usable], minlength=len(names))
    there = np.bincount(at[usable], minlength=len(names)) > 0
    kind, chart = _chart(table, np.where(there, top, np.nan), np.where(there, below, np.nan))
    return FileChart(chart, kind, names)


def _periods(when: NDArray[np.str_]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the names of the periods in order, and the period of each row."""
    found = list(dict.fromkeys(when.tolist()))
    for read in (date.fromisoformat, float):
        ordered = _sorted_as(read, found)
        if ordered is not None:
            found = ordered
            break
    place = {name: i for i, name in enumerate(found)}
    return tuple(found), np.array([place[name] for name in when.tolist()], dtype=np.int64)


def _sorted_as(read: Callable[[str], date | float], names: list[str]) -> list[str] | None:
    try:
        return sorted(names, key=lambda name: read(name))
    except ValueError:
        return None


def _chart(table: ChartTable, top: Floats, below: Floats) -> tuple[str, Chart]:
    points, screen, kind = table.baseline_points, table.screen, table.kind
    if kind in (KpiKind.SHARE, KpiKind.TOP2):
        if table.weight is None:
            raise WrongUse(N_("A share needs its denominators: name their column with --weight."))
        return "p_prime", p_prime(top, below, points, screen)
    whole = bool(np.all(np.mod(top[np.isfinite(top)], 1.0) == 0) and np.all(top[np.isfinite(top)] >= 0))
    if table.weight and kind in (KpiKind.RATIO, KpiKind.COUNT) and whole:
        return "u_prime", u_prime(top, below, points, screen)
    if kind in (KpiKind.COUNT, KpiKind.SUM) and table.weight is None:
        floor = 0.0 if kind is KpiKind.COUNT else -np.inf
        return "xmr", xmr(top, points, screen, floor=floor)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(below > 0, top / below, np.nan)
    bounds = (-1.0, 1.0) if kind is KpiKind.NPS and table.weight else (-np.inf, np.inf)
    return "xmr", xmr(values, points, screen, floor=bounds[0], ceiling=bounds[1])
