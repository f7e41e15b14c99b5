"""Weekly sums of groups, made ready for a comparison: thin weeks merged, closures set aside, values on a scale.

Sums come as (T,) for one group or (k, T) for k; everything below works on (k, T).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.errors import N_, StatsInputError
from ocem.stats.closure import find_closures
from ocem.stats.result import Scale
from ocem.stats.windows import Windows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MANY = 1e9
"""Rows behind a sum that does not tell."""
THIN_WEEK = 5
"""Answers below which a week is merged with the next one."""
LOG_KINDS = frozenset({KpiKind.COUNT, KpiKind.SUM, KpiKind.RATIO, KpiKind.DURATION})
TOTAL_KINDS = frozenset({KpiKind.COUNT, KpiKind.SUM})
"""Kinds without a denominator: a week without rows is a week with the value zero."""


@dataclass(frozen=True)
class GroupSeries:
    """Weekly sums of one group over consecutive finished weeks; NaN where the group has no data.

    Parameters
    ----------
    numerator : array (T,) or (k, T)
        Sum over the week: promoters minus detractors for NPS, seconds for a duration, the count itself for counts.
    denominator : array or None
        What the numerator is divided by; None for counts and sums.
    n : array or None
        Rows behind the week, for thin weeks and closures; default the denominator, or the count itself. A sum
        without it is taken to have rows enough, and its closures are not found.
    numerator_log : array or None
        Sum of the logarithms, for durations.
    """

    numerator: Floats
    denominator: Floats | None = None
    n: Floats | None = None
    numerator_log: Floats | None = None

    def __post_init__(self) -> None:
        shapes = {f.name: np.shape(v) for f in fields(self) if (v := getattr(self, f.name)) is not None}
        if len(set(shapes.values())) > 1 or len(next(iter(shapes.values()))) not in (1, 2):
            raise StatsInputError(N_("Weekly sums of one group differ in shape: {shapes}."), shapes=shapes)


@dataclass(frozen=True)
class Sums:
    """Weekly sums of k groups, (k, T): totals have the denominator 1, infinities are missing, `n` is always there."""

    numerator: Floats
    denominator: Floats
    n: Floats
    numerator_log: Floats | None = None

    def mapped(self, change: Callable[[Floats], Floats]) -> "Sums":
        """Return the sums with the same change made to each array."""
        logs = None if self.numerator_log is None else change(self.numerator_log)
        return Sums(change(self.numerator), change(self.denominator), change(self.n), logs)

    def rows(self, which: NDArray[np.int64]) -> "Sums":
        """Return some of the k groups."""
        return self.mapped(lambda values: values[which])

    def widened(self, k: int) -> "Sums":
        """Let one group stand for k."""
        if len(self.numerator) == k:
            return self
        return self.mapped(lambda values: np.broadcast_to(values, (k, values.shape[1])))

    def arrays(self) -> list[Floats]:
        """Return the arrays that are there, `n` first."""
        logs = [] if self.numerator_log is None else [self.numerator_log]
        return [self.n, self.numerator, self.denominator, *logs]

    @property
    def present(self) -> Bools:
        """Weeks in which the group has a value."""
        there: Bools = np.isfinite(self.numerator) & (np.nan_to_num(self.denominator) > 0)
        return there

    @property
    def value(self) -> Floats:
        """Value of each week in the KPI's unit, NaN where there is none."""
        blank = np.full(self.numerator.shape, np.nan)
        value: Floats = np.divide(self.numerator, self.denominator, out=blank, where=self.present)
        return value


def sums_of(kind: KpiKind, series: GroupSeries) -> Sums:
    """Make the series of one kind complete.

    Raises
    ------
    StatsInputError
        If a kind other than a count or a sum has no denominator.
    """
    numerator = _finite(series.numerator)
    if kind in TOTAL_KINDS:
        denominator = np.where(np.isfinite(numerator), 1.0, np.nan)
        rows = series.n if series.n is not None else (numerator if kind is KpiKind.COUNT else MANY * denominator)
        return Sums(numerator, denominator, _rows(rows, numerator))
    if series.denominator is None:
        raise StatsInputError(N_("A KPI of kind {kind} needs a denominator."), kind=str(kind))
    denominator = _finite(series.denominator)
    rows = denominator if series.n is None else series.n
    logs = series.numerator_log if kind is KpiKind.DURATION else None
    return Sums(numerator, denominator, _rows(rows, numerator), None if logs is None else _finite(logs))


def _rows(rows: Floats, numerator: Floats) -> Floats:
    """Rows a week: 0 where only they are missing, missing where the group has no data."""
    known = _finite(rows)
    return np.where(np.isfinite(known) | np.isnan(numerator), known, 0.0)


def _finite(values: Floats) -> Floats:
    stacked = np.atleast_2d(np.asarray(values, dtype=float))
    return np.where(np.isfinite(stacked), stacked, np.nan)


@dataclass(frozen=True)
class Prepared:
    """k comparisons on their scales.

    `level` and `reference` (k, T) are inside and comparison on the scale (reference 0 without a comparison), `y`
    their difference; `value` and `comparison_value` (k, T) are what was seen, in the KPI's unit; `unit` (k,) turns
    one unit of an index into the KPI's unit (1 on other scales); `shift` (k,) is how far the log of a mean duration
    lies above its mean log; `closed`, `used` and `present` (k, T); `merged` (k,) counts weeks merged into the next.
    """

    kind: KpiKind
    scale: tuple[Scale, ...]
    level: Floats
    reference: Floats
    y: Floats
    value: Floats
    comparison_value: Floats
    unit: Floats
    shift: Floats
    used: Bools
    closed: Bools
    merged: NDArray[np.int64]
    index_possible: Bools
    present: Bools

    @property
    def is_log(self) -> Bools:
        """Which of the k are compared by logarithms."""
        return np.array([one is Scale.LOG for one in self.scale])

    def in_unit(self, level: Floats, rows: NDArray[np.int64]) -> Floats:
        """Bring levels (len(rows), T) of these rows back to the KPI's unit."""
        is_log = self.is_log[rows, None]
        with np.errstate(over="ignore"):
            raised = np.exp(np.where(is_log, level, 0.0) + self.shift[rows, None])
        return np.where(is_log, raised, level * self.unit[rows, None])


def prepare(
    kind: KpiKind,
    inside: Sums,
    comparison: Sums | None,
    windows: Windows,
    index: bool = False,
    closures: bool = True,
) -> Prepared:
    """Merge thin weeks, set closures aside and put both groups on the KPI's scale.

    Parameters
    ----------
    inside, comparison : Sums
        (k, T); the comparison may have one row for all.
    index : bool
        Whether to compare by index even where logarithms would do (kinds on the log scale only).
    closures : bool
        Whether to look for weeks in which a group was shut.
    """
    closed = find_closures(inside.n, windows.go_live_week) if closures else np.zeros(inside.n.shape, bool)
    groups = [inside]
    if comparison is not None:
        if closures:
            closed = closed | find_closures(comparison.n, windows.go_live_week)
        groups.append(comparison.widened(len(closed)))
    values = [group.value for group in groups]
    present = np.logical_and.reduce([np.isfinite(value) for value in values])
    candidates = present & ~closed & windows.fitted
    merged = np.zeros(len(closed), dtype=np.int64)
    if kind not in TOTAL_KINDS:
        groups, candidates, merged = _merge_thin(groups, candidates, windows)
    by_index = _wants_index(kind, groups, candidates) | (index and kind in LOG_KINDS)
    before = candidates & windows.before
    means = [_mean_before(group, before) for group in groups]
    levels = [_level(kind, group, by_index, mean) for group, mean in zip(groups, means, strict=True)]
    reference = levels[1] if len(groups) == 2 else np.zeros_like(levels[0])
    y = levels[0] - reference
    used = candidates & np.isfinite(y)
    plain = Scale.LOG if kind in LOG_KINDS else Scale.IDENTITY
    return Prepared(
        kind=kind,
        scale=tuple(Scale.INDEX if one else plain for one in by_index),
        level=levels[0],
        reference=reference,
        y=y,
        value=values[0],
        comparison_value=values[1] if len(groups) == 2 else np.full_like(values[0], np.nan),
        unit=np.where(by_index, means[0], 1.0),
        shift=_shift(groups[0], levels[0], used & windows.before),
        used=used,
        closed=closed & windows.fitted,
        merged=merged,
        index_possible=(np.array(means) > 0).all(axis=0) | ~by_index,
        present=present,
    )


def _merge_thin(groups: list[Sums], candidates: Bools, windows: Windows) -> tuple[list[Sums], Bools, NDArray[np.int64]]:
    """Add weeks with fewer than `THIN_WEEK` answers to the next week of the same window.

    The sum stands in the last of the merged weeks; the others, and a remainder that never fills up, are not used.
    """
    thin = np.logical_or.reduce([candidates & (group.n < THIN_WEEK) for group in groups])
    concerned = np.flatnonzero(thin.any(axis=1))
    if not concerned.size:
        return groups, candidates, np.zeros(len(candidates), dtype=np.int64)
    whole = [group.mapped(np.array) for group in groups]
    parts = [group.rows(concerned) for group in whole]
    out = candidates.copy()
    out[concerned] = _accumulate(parts, candidates[concerned], windows)
    for group, part in zip(whole, parts, strict=True):
        for target, values in zip(group.arrays(), part.arrays(), strict=True):
            target[concerned] = values
    return whole, out, (candidates & ~out).sum(axis=1)


def _accumulate(groups: list[Sums], candidates: Bools, windows: Windows) -> Bools:
    """Run through the weeks, carrying thin ones forward (changes the sums in place); return the weeks kept."""
    kept = np.zeros_like(candidates)
    columns = [values for group in groups for values in group.arrays()]
    counts = np.cumsum([0] + [len(group.arrays()) for group in groups])[:-1]
    carried = np.zeros((len(columns), len(candidates)))
    for week in range(candidates.shape[1]):
        if week and (windows.before[week], windows.after[week]) != (windows.before[week - 1], windows.after[week - 1]):
            carried[:] = 0.0
        here = candidates[:, week]
        carried += [np.where(here, values[:, week], 0.0) for values in columns]
        full = here & (carried[counts] >= THIN_WEEK).all(axis=0)
        for values, carry in zip(columns, carried, strict=True):
            values[full, week] = carry[full]
        carried[:, full] = 0.0
        kept[:, week] = full
    return kept


def _wants_index(kind: KpiKind, groups: list[Sums], used: Bools) -> Bools:
    """Say which series cannot be compared by logarithms: values of zero or less, or totals of very few rows."""
    wants = np.zeros(len(used), bool)
    if kind not in LOG_KINDS:
        return wants
    for group in groups:
        if group.numerator_log is None:
            wants |= (used & ~(np.nan_to_num(group.value) > 0)).any(axis=1)
        if kind in TOTAL_KINDS:
            wants |= (used & (group.n < THIN_WEEK)).any(axis=1)
    return wants


def _mean_before(group: Sums, before: Bools) -> Floats:
    mean: Floats = np.where(before, np.nan_to_num(group.value), 0.0).sum(axis=1) / np.maximum(before.sum(axis=1), 1)
    return mean


def _level(kind: KpiKind, group: Sums, index: Bools, mean: Floats) -> Floats:
    """Weekly level on the scale, NaN where it has none."""
    value = group.value
    if kind not in LOG_KINDS:
        return value
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log(value) if group.numerator_log is None else group.numerator_log / group.denominator
        level = np.where(index[:, None], value / mean[:, None], level)
    return np.where(np.isfinite(level), level, np.nan)


def _shift(group: Sums, level: Floats, before: Bools) -> Floats:
    """How far the log of the weekly mean lies above the weekly mean of logs, on average over the weeks before."""
    if group.numerator_log is None:
        return np.zeros(len(level))
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.log(group.value) - level
    fit = before & np.isfinite(distance)
    shift: Floats = np.where(fit, np.nan_to_num(distance), 0.0).sum(axis=1) / np.maximum(fit.sum(axis=1), 1)
    return shift
