"""Would the same analysis have found something before anything happened? Placebo go-lives and the slope before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.stats.design import SHORTEST, STEP, YEAR, Calendar
from ocem.stats.glsar import fit_weekly
from ocem.stats.power import t_degrees
from ocem.stats.result import Method, PlaceboEstimate, Slope
from ocem.stats.series import Prepared
from ocem.stats.windows import Windows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

PLACEBOS = 4
LONGEST_PLACEBO = 13
"""Weeks after a placebo go-live at most, so that several fit into the history."""
FEWEST_AFTER = 3


@dataclass(frozen=True)
class Checks:
    """Per series: its placebo estimates, latest first, and the slope before."""

    placebos: list[tuple[PlaceboEstimate, ...]]
    slopes: list[Slope | None]


def check_history(
    calendar: Calendar, method: Method, prepared: Prepared, windows: Windows, rows: NDArray[np.int64], confidence: float
) -> Checks:
    """Repeat the analysis at earlier days and measure the drift before the go-live, for some of the prepared series."""
    y, used = prepared.y[rows], prepared.used[rows]
    placebos: list[list[PlaceboEstimate]] = [[] for _ in rows]
    for go_live in placebo_weeks(windows):
        before, after = placebo_windows(windows, go_live)
        design = calendar.columns(method, np.arange(len(before), dtype=float), after.astype(float))
        fit = _step_of(y, design, used & (before | after), STEP, confidence)
        enough = (used & after).sum(axis=1) >= FEWEST_AFTER
        for i in np.flatnonzero(fit.ok & enough):
            placebos[i].append(
                PlaceboEstimate(go_live, *(float(v[i]) for v in (fit.value, fit.low, fit.high, fit.p_value)))
            )
    return Checks([tuple(one) for one in placebos], _slopes(calendar, method, y, used & windows.before, confidence))


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

    fit = fit_weekly(y, design, used)
    value, error = fit.params[:, column], np.sqrt(fit.covariance[:, column, column])
    df = t_degrees(design, used, np.nan_to_num(fit.rho), column)
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
    fit = _step_of(y, design, used, 1, confidence)
    return [
        Slope(*(float(v[i]) for v in (fit.value, fit.low, fit.high, fit.p_value))) if fit.ok[i] else None
        for i in range(len(y))
    ]
