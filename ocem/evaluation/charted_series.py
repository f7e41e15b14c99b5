"""The series a KPI is charted as: itself, or its difference to a group or to the year before.

Counts and sums have a season: each week is set against the same week a year before (minus 364 days), once 72 weeks are
there. An objective with a comparison group is charted as the difference to that group. Shares and rates of counts get
limits that follow their denominators (p', u'). Everything else is charted as it is (XmR).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Aggregate, Kpi, KpiKind
from ocem.evaluation.control_chart import Watched
from ocem.stats.xmr import LOCKED_FROM, Chart, p_prime, u_prime, xmr

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Sums = dict[str, Floats]
TOTALS = (KpiKind.COUNT, KpiKind.SUM)
FEWEST_POINTS = 6
"""Points from which provisional limits are drawn."""
YEAR = 52
YEAR_ROUTE_FROM = YEAR + LOCKED_FROM
"""Weeks of history from which counts are set against the year before."""
SPARSE = 0.6
"""What has rows in fewer weeks than this is not measured by the week: a cost by the month is no zero in between."""


@dataclass(frozen=True)
class Charted:
    """A series on the scale it is charted on, and the way back to the KPI's unit."""

    route: str
    values: Floats
    back: Callable[[Floats, slice], Floats]
    rule: Callable[[slice, int], Chart]
    kind: str = "xmr"


def value_of(kpi: Kpi, sums: Sums, begin: int) -> Floats:
    """Return the KPI by week, NaN where nothing was measured."""
    top, below = sums["numerator"], sums["denominator"]
    if kpi.kind in TOTALS:
        return np.full(len(top), np.nan) if _is_sparse(sums["n"], begin) else top
    if _is_sparse(below, begin) and not _is_sparse(top, begin):
        return np.full(len(top), np.nan)  # a week's margin over a month's cost
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, top / below, np.nan)


def _is_sparse(values: Floats, begin: int) -> bool:
    """Say whether something happens in so few weeks that it is not measured by the week."""
    there = values[begin:] != 0
    return len(there) > 0 and bool(there.mean() < SPARSE)


def charted_as(item: Watched, inside: Sums, outside: Sums | None, value: Floats, usable: Bools, begin: int) -> Charted:
    """Choose how the KPI is charted and return the series on that scale."""
    kpi = item.kpi
    shown = np.where(usable, value, np.nan)
    if outside is not None:
        other = value_of(kpi, outside, begin)
        found = _against("difference", kpi, shown, other)
        if np.isfinite(found.values).sum() >= FEWEST_POINTS:
            return found
    if kpi.kind in TOTALS and len(value) - begin >= YEAR_ROUTE_FROM:
        before = np.concatenate([np.full(YEAR, np.nan), shown[:-YEAR]])
        return _against("year", kpi, shown, before)
    return _raw(kpi, inside, shown)


def _against(route: str, kpi: Kpi, shown: Floats, other: Floats) -> Charted:
    """Chart the difference to another series: of logarithms for amounts, of values for shares and scores."""
    both = np.isfinite(shown) & np.isfinite(other)
    as_log = kpi.unit not in ("share", "points", "score") and bool((shown[both] > 0).all() and (other[both] > 0).all())
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.log(shown) - np.log(other) if as_log else shown - other
    values = np.where(both, values, np.nan)

    def back(limits: Floats, part: slice) -> Floats:
        with np.errstate(invalid="ignore"):
            found: Floats = np.exp(limits) * other[part] if as_log else limits + other[part]
        return found

    return Charted(route, values, back, lambda part, points: xmr(values[part], baseline_points=points))


def _raw(kpi: Kpi, sums: Sums, shown: Floats) -> Charted:
    """Chart the KPI as it is: p' or u' for shares and rates of counts, else individual values."""
    top = np.where(np.isfinite(shown), sums["numerator"], np.nan)
    below = np.where(np.isfinite(shown), sums["denominator"], np.nan)

    def same(limits: Floats, part: slice) -> Floats:
        return limits

    if _counted(kpi):
        if kpi.unit == "share" and not (top > below).any():
            return Charted("raw", shown, same, lambda part, n: p_prime(top[part], below[part], n), "p_prime")
        if kpi.unit != "share":
            return Charted("raw", shown, same, lambda part, n: u_prime(top[part], below[part], n), "u_prime")
    if kpi.kind is KpiKind.DURATION and not (shown <= 0).any():
        log = np.log(shown)
        return Charted("raw", log, lambda limits, part: np.exp(limits), lambda part, n: xmr(log[part], n))
    floor, ceiling = _bounds(kpi)
    return Charted("raw", shown, same, lambda part, n: xmr(shown[part], n, floor=floor, ceiling=ceiling))


def _counted(kpi: Kpi) -> bool:
    """Say whether a KPI is a count over a count, so that chance follows from the denominator."""
    if kpi.kind in (KpiKind.SHARE, KpiKind.TOP2):
        return True
    if kpi.kind is not KpiKind.RATIO or kpi.denominator is None:
        return False
    sides = (kpi.numerator, kpi.denominator)
    measured = all(side.fact is FactKind.MEASURE for side in sides) and kpi.unit == "share"
    return measured or all(side.aggregate is Aggregate.COUNT for side in sides)


def _bounds(kpi: Kpi) -> tuple[float, float]:
    if kpi.kind is KpiKind.NPS:
        return -1.0, 1.0
    if kpi.unit == "share" and kpi.kind in (KpiKind.SHARE, KpiKind.TOP2, KpiKind.MEAN):
        return 0.0, 1.0
    if kpi.kind is KpiKind.COUNT:
        return 0.0, np.inf
    return -np.inf, np.inf
