"""Would the same analysis have found something before anything happened, and did only the perimeter move?

Placebo go-lives, the slope before, the last weeks before the go-live, the comparison group on its own, and whether the
effect still grows.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ocem.stats.design import SHORTEST, STEP, YEAR, Calendar
from ocem.stats.marginal import fit_marginal
from ocem.stats.result import Method, PlaceboEstimate, Slope
from ocem.stats.series import Prepared
from ocem.stats.windows import Windows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PLACEBOS = 4
LONGEST_PLACEBO = 13
"""Weeks after a placebo go-live at most, so that several fit into the history."""
FEWEST_AFTER = 3


JUST_BEFORE = 4
"""Weeks before the go-live in which people may act on what they know is coming."""
QUARTER = 13
"""Weeks before the go-live whose level may have been the reason to act."""
LONGEST_LEAD = 0.4
"""Share of the history that such weeks may make up."""
SHORTEST_RAMP = 8
"""Judged weeks from which a growing effect can be told from a step."""


@dataclass(frozen=True)
class History:
    """What else moved in one series: its placebo estimates, latest first, and shifts (None: cannot be told).

    `slope` is the drift before the go-live, `just_before` and `quarter_before` are how far the last weeks before it lay
    off the history, `comparison` is the step of the comparison group taken alone, `ramp` how much the effect grew over
    four weeks.
    """

    placebos: tuple[PlaceboEstimate, ...]
    slope: Slope | None
    just_before: Slope | None
    quarter_before: Slope | None
    comparison: Slope | None
    ramp: Slope | None


@dataclass(frozen=True)
class Checks:
    """The same for k series."""

    placebos: list[tuple[PlaceboEstimate, ...]]
    slopes: list[Slope | None]
    just_before: list[Slope | None]
    quarter_before: list[Slope | None]
    comparison: list[Slope | None]
    ramp: list[Slope | None]

    def of(self, i: int) -> History:
        """Return what belongs to one series."""
        return History(*(getattr(self, column.name)[i] for column in fields(self)))


def check_history(
    calendar: Calendar, method: Method, prepared: Prepared, windows: Windows, rows: NDArray[np.int64], confidence: float
) -> Checks:
    """Repeat the analysis at earlier days and measure what else moved, for some of the prepared series."""
    y, used = prepared.y[rows], prepared.used[rows]
    return Checks(
        _placebos(calendar, method, y, used, windows, confidence),
        _slopes(calendar, method, y, used & windows.before, confidence),
        _leads(calendar, method, y, used & windows.before, JUST_BEFORE, confidence),
        _leads(calendar, method, y, used & windows.before, QUARTER, confidence),
        _comparison_alone(calendar, prepared.reference[rows], used, windows, confidence),
        _ramps(calendar, method, y, used, windows, confidence),
    )


def _placebos(
    calendar: Calendar, method: Method, y: Floats, used: Bools, windows: Windows, confidence: float
) -> list[tuple[PlaceboEstimate, ...]]:
    placebos: list[list[PlaceboEstimate]] = [[] for _ in y]
    for go_live in placebo_weeks(windows):
        before, after = placebo_windows(windows, go_live)
        design = calendar.columns(method, np.arange(len(before), dtype=float), after.astype(float))
        fit = _step_of(y, design, used & (before | after), STEP, confidence)
        enough = (used & after).sum(axis=1) >= FEWEST_AFTER
        for i in np.flatnonzero(fit.ok & enough):
            placebos[i].append(
                PlaceboEstimate(go_live, *(float(v[i]) for v in (fit.value, fit.low, fit.high, fit.p_value)))
            )
    return [tuple(one) for one in placebos]


def _leads(
    calendar: Calendar, method: Method, y: Floats, before: Bools, weeks: int, confidence: float
) -> list[Slope | None]:
    """How far the last weeks before the go-live lay off the rest of the history."""
    positions = np.arange(before.shape[1])
    last = (positions >= calendar.go_live_week - weeks) & (positions < calendar.go_live_week)
    if last.sum() > LONGEST_LEAD * before.any(axis=0).sum():
        return [None] * len(y)
    design = calendar.columns(method, positions.astype(float), last.astype(float))
    return _read(_step_of(y, design, before, STEP, confidence), (before & last).sum(axis=1) >= FEWEST_AFTER)


def _comparison_alone(
    calendar: Calendar, reference: Floats, used: Bools, windows: Windows, confidence: float
) -> list[Slope | None]:
    """Step of the comparison group by itself, beside its trend and season; where history can tell them apart."""
    enough = (used & windows.before).sum(axis=1) >= calendar.pace.alone_from
    if not enough.any() or not reference.any():
        return [None] * len(reference)
    positions = np.arange(used.shape[1], dtype=float)
    design = calendar.columns(Method.INTERRUPTED, positions, windows.after.astype(float))
    return _read(_step_of(np.nan_to_num(reference), design, used, STEP, confidence), enough)


def _ramps(
    calendar: Calendar, method: Method, y: Floats, used: Bools, windows: Windows, confidence: float
) -> list[Slope | None]:
    """Growth of the effect over four judged weeks, beside the step."""
    judged = np.flatnonzero(windows.after)
    if len(judged) < SHORTEST_RAMP:
        return [None] * len(y)
    positions = np.arange(used.shape[1], dtype=float)
    design = calendar.columns(method, positions, windows.after.astype(float))
    growth = np.where(windows.after, (positions - judged.mean()) / JUST_BEFORE, 0.0)
    found = _step_of(y, np.column_stack([design, growth]), used, design.shape[1], confidence)
    return _read(found, (used & windows.after).sum(axis=1) >= SHORTEST_RAMP)


def placebo_weeks(windows: Windows) -> list[int]:
    """Choose up to four earlier go-lives, evenly spaced and not overlapping where history allows.

    Examples
    --------
    >>> week = np.arange(60)
    >>> placebo_weeks(Windows(week < 52, week >= 52, 52))
    [44, 38, 32, 26]
    """
    history = np.flatnonzero(windows.before)
    length = _placebo_length(windows)
    last, first = len(history) - windows.wash_in - length, max(SHORTEST, len(history) // 2)
    if last < first:
        return []
    step = min(length, (last - first) // (PLACEBOS - 1))
    return [int(history[last - i * step]) for i in range(PLACEBOS if step else 1)]


def _placebo_length(windows: Windows) -> int:
    judged = np.flatnonzero(windows.after)
    return int(min(judged[-1] - judged[0] + 1, LONGEST_PLACEBO, max(windows.before.sum() // 4, FEWEST_AFTER)))


def placebo_windows(windows: Windows, go_live: int) -> tuple[Bools, Bools]:
    """Windows of the same shape around an earlier go-live, inside the real history."""
    position = np.arange(len(windows.before))
    start = go_live + windows.wash_in
    after = windows.before & (position >= start) & (position < start + _placebo_length(windows))
    return windows.before & (position < go_live), after


@dataclass(frozen=True)
class _Coefficient:
    value: Floats
    low: Floats
    high: Floats
    p_value: Floats
    ok: Bools


def _step_of(y: Floats, design: Floats, used: Bools, column: int, confidence: float) -> _Coefficient:
    """Fit and read one coefficient with its interval; not ok where the noise is nil."""
    from scipy.special import stdtr, stdtrit

    found = fit_marginal(y, design, used, column)
    fit, error, df = found.fit, found.error, found.df
    value = found.value
    half = stdtrit(df, 0.5 + confidence / 2.0) * error
    ok = fit.ok & (error > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2.0 * stdtr(df, -np.abs(value / error))
    return _Coefficient(value, value - half, value + half, p_value, ok)


def _slopes(calendar: Calendar, method: Method, y: Floats, used: Bools, confidence: float) -> list[Slope | None]:
    """Drift per 52 weeks of each series before the go-live; of a series alone, beside its season."""
    positions = np.arange(used.shape[1], dtype=float)
    if method is Method.INTERRUPTED:
        design = np.delete(calendar.columns(method, positions, np.zeros(len(positions))), STEP, axis=1)
    else:
        design = np.column_stack([np.ones(len(positions)), (positions - calendar.go_live_week) / YEAR])
    return _read(_step_of(y, design, used, 1, confidence), np.ones(len(y), bool))


def _read(fit: _Coefficient, enough: Bools) -> list[Slope | None]:
    """Return each series' coefficient where there is one."""
    return [
        Slope(*(float(v[i]) for v in (fit.value, fit.low, fit.high, fit.p_value))) if fit.ok[i] and enough[i] else None
        for i in range(len(enough))
    ]
