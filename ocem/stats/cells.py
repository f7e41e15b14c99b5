"""Short history, many cells: one before/after change per cell, compared between the cells inside and outside.

Each cell counts once, so weeks that repeat each other cannot pretend to be many (Donald & Lang 2007, Rev. Econ.
Stat. 89, 221-233): estimate = mean change inside - mean change outside, pooled variance, t with cells - 2 degrees
of freedom.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.kpi import KpiKind
from ocem.errors import N_, StatsInputError
from ocem.stats.closure import find_closures
from ocem.stats.design import CELLS_FROM, FEWEST_CELLS, SHORTEST_AFTER, YEAR
from ocem.stats.effect import StepEstimate, Window, describe, window_value
from ocem.stats.power import minimum_detectable
from ocem.stats.result import Estimate, Grade, Method, Refusal, Scale
from ocem.stats.series import LOG_KINDS, GroupSeries, Sums, sums_of
from ocem.stats.windows import Windows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEWEST_ROWS = 10
"""Rows that a cell needs in each window; cells with fewer are left out."""


def cells_say_more(comparison_cells: int, weeks_before: int) -> bool:
    """Say whether, for this history, the change per cell is sounder than one weekly difference.

    Examples
    --------
    >>> cells_say_more(24, 20), cells_say_more(24, 60), cells_say_more(4, 20)
    (True, False, False)
    """
    return comparison_cells >= FEWEST_CELLS and CELLS_FROM <= weeks_before < YEAR


@dataclass(frozen=True)
class _Change:
    """Change of each usable cell on the scale, and how many cells were left out."""

    values: Floats
    left_out: int


def estimate_cells(
    kind: KpiKind,
    inside: GroupSeries,
    comparison: GroupSeries,
    windows: Windows,
    whole: GroupSeries,
    baseline: Bools | None = None,
    confidence: float = 0.95,
) -> Estimate | Refusal:
    """Compare the changes of the cells inside with those of the cells nobody touched.

    Parameters
    ----------
    inside, comparison : GroupSeries
        Weekly sums of the cells, (cells, T).
    windows : Windows
        Weeks before and after; weeks in which the whole of either group was closed do not count.
    whole : GroupSeries
        Weekly sums of the group inside, (T,), for the values in the KPI's unit.
    baseline : bool array (T,), optional
        The weeks of the baseline value; default all weeks before.

    Raises
    ------
    StatsInputError
        If cells and windows differ in length.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> week = np.arange(28)
    >>> windows = Windows(week < 20, week >= 20, 20)
    >>> cells = rng.poisson(400, (14, 28)).astype(float)
    >>> cells[:2, 20:] *= 1.3
    >>> inside, rest = GroupSeries(cells[:2]), GroupSeries(cells[2:])
    >>> found = estimate_cells(KpiKind.COUNT, inside, rest, windows, GroupSeries(cells[:2].sum(axis=0)))
    >>> round(found.relative, 2), found.df
    (0.3, 12.0)
    """
    cells_in, cells_out, group = (sums_of(kind, one) for one in (inside, comparison, whole))
    lengths = {one.n.shape[1] for one in (cells_in, cells_out, group)} | {len(windows.before)}
    if len(lengths) > 1:
        raise StatsInputError(N_("Cells, their group and the windows differ in weeks: {lengths}."), lengths=lengths)
    open_weeks = windows.fitted & ~_closed(cells_in, windows) & ~_closed(cells_out, windows)
    before, after = windows.before & open_weeks, windows.after & open_weeks
    short = _too_short(before, after)
    if short is not None:
        return short
    changes = [_changes(kind, cells, before, after) for cells in (cells_in, cells_out)]
    n_in, n_out = (len(change.values) for change in changes)
    if n_in < 1 or n_in + n_out < FEWEST_CELLS or n_out < 3:
        return Refusal("too_few_cells", {"inside": n_in, "comparison": n_out, "needed": FEWEST_CELLS})
    values = [
        float(window_value(group, w)[0]) for w in (windows.before if baseline is None else baseline, windows.after)
    ]
    found = _compare(kind, changes[0], changes[1], values, confidence)
    if isinstance(found, Refusal):
        return found
    counted = replace(found, n_weeks_before=int(before.sum()), n_weeks_after=int(after.sum()))
    return counted.with_warnings(*_warnings(changes, int(before.sum())))


def _closed(cells: Sums, windows: Windows) -> Bools:
    closed: Bools = find_closures(np.nansum(cells.n, axis=0, keepdims=True), windows.go_live_week)[0]
    return closed


def _too_short(before: Bools, after: Bools) -> Refusal | None:
    if before.sum() < CELLS_FROM:
        return Refusal("too_few_weeks_before", {"weeks": int(before.sum()), "needed": CELLS_FROM})
    if after.sum() < SHORTEST_AFTER:
        return Refusal("too_few_weeks_after", {"weeks": int(after.sum()), "needed": SHORTEST_AFTER, "closed": 0})
    return None


def _changes(kind: KpiKind, cells: Sums, before: Bools, after: Bools) -> _Change:
    """Change of each cell between the windows on the kind's scale; thin cells are left out."""
    levels = []
    enough = np.ones(len(cells.numerator), bool)
    for window in (before, after):
        level = window_value(cells, window)
        if cells.numerator_log is not None:
            level = window_value(replace(cells, numerator=cells.numerator_log), window)
        elif kind in LOG_KINDS:
            level = np.log(np.where(level > 0, level, np.nan))
        levels.append(level)
        enough &= np.where(window & np.isfinite(cells.n), cells.n, 0.0).sum(axis=1) >= FEWEST_ROWS
    change = levels[1] - levels[0]
    enough &= np.isfinite(change)
    return _Change(change[enough], int((~enough).sum()))


def pooled_difference(inside: Floats, outside: Floats, confidence: float = 0.95) -> StepEstimate:
    """Difference of two means with one variance for both, as Student's two-sample t.

    Examples
    --------
    >>> found = pooled_difference(np.array([4.0, 6]), np.array([1.0, 2, 3]))
    >>> found.step, round(found.error, 4), found.df
    (3.0, 1.0541, 3.0)
    """
    df = float(len(inside) + len(outside) - 2)
    squares = ((inside - inside.mean()) ** 2).sum() + ((outside - outside.mean()) ** 2).sum()
    error = np.sqrt(squares / df * (1.0 / len(inside) + 1.0 / len(outside)))
    return StepEstimate(float(inside.mean() - outside.mean()), float(error), df, confidence)


def _compare(
    kind: KpiKind, inside: _Change, outside: _Change, values: list[float], confidence: float
) -> Estimate | Refusal:
    pooled = pooled_difference(inside.values, outside.values, confidence)
    if not pooled.error > 1e-12 * max(1.0, float(np.abs(outside.values).max())):
        return Refusal("no_variation")
    if not np.isfinite(values).all():
        return Refusal("all_missing")
    window = Window(values[0], values[1], Scale.LOG if kind in LOG_KINDS else Scale.IDENTITY)
    mde = float(minimum_detectable(np.array(pooled.error), np.array(pooled.df), confidence))
    found = describe(kind, pooled, window, Method.POOLED_CELLS, Grade.B, mde)
    return found if found.is_finite else Refusal("not_estimable")


def _warnings(changes: list[_Change], weeks_before: int) -> tuple[Note, ...]:
    notes = [Note("short_history", {"weeks": weeks_before})] if weeks_before < YEAR else []
    left_out = sum(change.left_out for change in changes)
    if left_out:
        notes.append(Note("cells_left_out", {"count": left_out}))
    return tuple(notes)
