"""Did the way of counting change? What looks like a broken export, a lost tag or a new default rather than customers.

Three tests on the weekly rows behind a KPI: a touchpoint from which nothing more arrives, a jump in the share of rows
without a member, and a step that nearly all touchpoints take in the same week, which customers never do.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.store.series import WeeklyCube

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

USUAL_ROWS = 10.0
"""Median rows a week from which silence says something."""
SILENT_WEEKS = 3
UNKNOWN_JUMP = 0.05
"""Change in the share of rows without a member that customers do not explain."""
AROUND = 6
"""Weeks on either side of a step; their upper quartile is the level, which a closure of four weeks does not move."""
LASTING = 12
"""Weeks after which a step must still be there, which a closure or a campaign is not."""
SMALLEST_STEP = 0.26
"""Logarithm of the smallest step looked for: 30 % more, or a quarter less."""
FEWEST_PLACES = 4
ALIKE = 0.9
"""Share of the touchpoints that move the same way."""
BEYOND = 3.0
"""How far beyond the usual a step is, in robust standard deviations of all weeks' steps."""
YEAR = 52


def tracking_notes(cube: WeeklyCube, inside: Bools, outside: Bools, baseline: Bools, evaluation: Bools) -> list[Note]:
    """Return what speaks for a break in the counting between the windows or within them.

    Parameters
    ----------
    inside, outside : bool arrays (k,)
        Cells that are compared, and those of the comparison group.
    baseline, evaluation : bool arrays (T,)
        Weeks of the windows.
    """
    rows = cube.sums["n"]
    places, by_place = _by(cube.touchpoints, rows, inside | outside)
    last = int(np.flatnonzero(evaluation)[-1]) + 1 if evaluation.any() else 0
    notes = [
        Note("touchpoint_silent", {"touchpoint": places[at], "day": _day(cube, week), "weeks": weeks})
        for at, week, weeks in _silences(by_place[:, :last], baseline[:last])
        if places[at]
    ]
    notes += list(_unknown(cube, rows, inside, baseline, evaluation))
    everywhere, by_all = _by(cube.touchpoints, rows, np.ones(len(rows), bool))
    step = common_step(by_all[[bool(key) for key in everywhere], :last], baseline[:last])
    if step is not None:
        notes.append(Note("level_shift_everywhere", {"day": _day(cube, step[0]), "change": float(np.expm1(step[1]))}))
    return notes


def _day(cube: WeeklyCube, week: int) -> object:
    return cube.weeks[week].astype(object)


def _by(names: NDArray[np.str_], rows: Floats, which: Bools) -> tuple[list[str], Floats]:
    keys = sorted(set(names[which].tolist()))
    return keys, np.array([rows[which & (names == key)].sum(axis=0) for key in keys]).reshape(len(keys), rows.shape[1])


def _silences(rows: Floats, baseline: Bools) -> Iterator[tuple[int, int, int]]:
    """Places that stopped: where, the first silent week, and how many weeks of silence up to the last one."""
    if not baseline.any() or not rows.shape[1]:
        return
    usual = np.median(rows[:, baseline], axis=1)
    for at in np.flatnonzero(usual >= USUAL_ROWS):
        spoken = np.flatnonzero(rows[at] > 0)
        silent = rows.shape[1] - 1 - int(spoken[-1]) if spoken.size else 0
        if silent >= SILENT_WEEKS:
            yield int(at), rows.shape[1] - silent, silent


def _unknown(cube: WeeklyCube, rows: Floats, inside: Bools, baseline: Bools, evaluation: Bools) -> Iterator[Note]:
    """Dimensions in which the share of rows without a member jumped."""
    for dimension, names in cube.dimensions().items():
        # rows that lost their segment or touchpoint have left the perimeter: all cells are looked at
        blank = names == ""
        if not blank.any() or not inside.any():
            continue
        shares = [
            float(rows[blank][:, window].sum() / max(rows[:, window].sum(), 1.0)) for window in (baseline, evaluation)
        ]
        if abs(shares[1] - shares[0]) >= UNKNOWN_JUMP:
            yield Note(f"unknown_{dimension}", {"before": shares[0], "after": shares[1]})


def common_step(rows: Floats, baseline: Bools) -> tuple[int, float] | None:
    """Find the week in which nearly all places took the same step and kept it: the week and the step of the logarithm.

    What the same week of the year before did is the season's and is taken off.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> rows = rng.poisson(400.0, (6, 90)).astype(float)
    >>> common_step(rows, np.arange(90) < 52) is None
    True
    >>> rows[:, 60:] = np.round(rows[:, 60:] * 0.6)
    >>> week, step = common_step(rows, np.arange(90) < 52)
    >>> abs(week - 60) <= 2, round(step, 1)
    (True, -0.5)
    """
    n_weeks = rows.shape[1]
    if not baseline.any():
        return None
    enough = np.median(rows[:, baseline], axis=1) >= USUAL_ROWS
    if enough.sum() < FEWEST_PLACES or n_weeks < AROUND + LASTING:
        return None
    level = np.log(np.maximum(rows[enough], 0.5))
    weeks = np.arange(AROUND, n_weeks - LASTING + 1)
    usual = np.quantile(np.lib.stride_tricks.sliding_window_view(level, AROUND, axis=1), 0.75, axis=2).T
    before, soon, later = (usual[weeks + shift] for shift in (-AROUND, 0, LASTING - AROUND))
    step, kept = _less_season(soon - before), _less_season(later - before)
    middle, lasting = np.median(step, axis=1), np.median(kept, axis=1)
    # where the season can be taken off, steps are sought there alone
    sought = np.arange(len(weeks)) >= (YEAR if len(weeks) > YEAR + LASTING else 0)
    spread = 1.4826 * float(np.median(np.abs(middle[sought] - np.median(middle[sought]))))
    alike = np.maximum((step > 0).mean(axis=1), (step < 0).mean(axis=1))
    found = sought & (weeks > int(np.flatnonzero(baseline)[0])) & (alike >= ALIKE)
    found &= (np.abs(middle) >= SMALLEST_STEP) & (np.abs(middle) > BEYOND * spread)
    found &= (middle * lasting > 0) & (np.abs(lasting) >= 0.6 * np.abs(middle))
    if not found.any():
        return None
    best = int(np.argmax(np.where(found, np.abs(middle), 0.0)))
    return int(weeks[best]), float(middle[best])


def _less_season(step: Floats) -> Floats:
    """Take off the step of the same week a year before, where there is one, (weeks, places)."""
    out = step.copy()
    out[YEAR:] -= step[:-YEAR] if len(step) > YEAR else 0.0
    return out
