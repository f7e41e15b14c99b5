"""Series that are an AR(1) with independent noise of each week on top: their normal equations, for many at once.

The Kalman filter of a level that is forgotten: each week's surprise, in standard deviations, is what whitening leaves.
How much a surprise moves the level hangs on which weeks are there, not on what they hold: series that have the same
weeks share it, and the design's own surprises with it.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

AT_ONCE = 128
"""Series that run through the weeks together; more do not stay near the processor."""
FEWEST_ALIKE = 8
"""Series with the same weeks from which they run by themselves."""


def hidden_equations(y: Floats, design: Floats, used: Bools, models: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the normal equations at given persistences and shares of noise.

    Parameters
    ----------
    y, used : arrays (k, T)
    design : array (T, p)
    models : array (g, 2)
        Persistence, and the share of a week's variance that is noise.

    Returns
    -------
    tuple of arrays
        X'V^-1 X (g, k, p, p), X'V^-1 y (g, k, p), y'V^-1 y (g, k), and minus half the log determinant of V (g, k).

    References
    ----------
    Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., section 4.3.
    """
    (k, p), n_models = (len(y), design.shape[1]), len(models)
    left, right = np.empty((n_models, k, p, p)), np.empty((n_models, k, p))
    square, log_jacobian = np.empty((n_models, k)), np.empty((n_models, k))
    for rows in _together(used):
        found = _equations(y[rows], design, used[rows], models)
        left[:, rows], right[:, rows], square[:, rows], log_jacobian[:, rows] = found
    return left, right, square, log_jacobian


def _together(used: Bools) -> list[NDArray[np.int64]]:
    """Put the series in parts: those with the same weeks by themselves where they are many, the others mixed."""
    order = np.lexsort(np.packbits(used, axis=1).T)
    starts = np.flatnonzero(np.r_[True, (used[order][1:] != used[order][:-1]).any(axis=1)])
    groups = np.split(order, starts[1:]) if len(order) else []
    if len(groups) > 1:
        mixed = [rows for rows in groups if len(rows) < FEWEST_ALIKE]
        groups = [rows for rows in groups if len(rows) >= FEWEST_ALIKE]
        groups += [np.concatenate(mixed)] if mixed else []
    return [rows[at : at + AT_ONCE] for rows in groups for at in range(0, len(rows), AT_ONCE)]


def _equations(y: Floats, design: Floats, used: Bools, models: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Equations of series that run through the weeks together, the columns of the design beside them."""
    (k, n_weeks), p, n_models = y.shape, design.shape[1], len(models)
    alike = bool((used == used[0]).all())
    if alike:
        spread, gain = _known_filter(used[:1].tobytes(), models.tobytes(), n_models)
        surprises = _surprises(np.hstack([design, y.T])[:, None], gain, models[:, :1]) / np.sqrt(spread)
    else:
        spread, gain = _filter(used, models)
        columns = np.hstack([np.repeat(design, k, axis=1), y.T])[:, None]
        surprises = _surprises(columns, np.tile(gain, p + 1), models[:, :1]) / np.tile(np.sqrt(spread), p + 1)
    seen = (used[:1] if alike else used).T[:, None].astype(float)
    log_jacobian = np.broadcast_to(-0.5 * (seen * np.log(spread)).sum(axis=0), (n_models, k))
    if alike:
        across, down = np.split((surprises * seen).transpose(1, 2, 0), [p], axis=1)
        left = np.broadcast_to(np.matmul(across, across.transpose(0, 2, 1))[:, None], (n_models, k, p, p))
        right = np.matmul(down, across.transpose(0, 2, 1))
    else:
        parts = (surprises.reshape(n_weeks, n_models, p + 1, k) * seen[:, :, None]).transpose(1, 3, 2, 0)
        across, down = parts[:, :, :p], parts[:, :, p]
        left = np.matmul(across, across.transpose(0, 1, 3, 2))
        right = np.matmul(across, down[..., None])[..., 0]
    return left, right, np.einsum("gkt,gkt->gk", down, down), log_jacobian


@lru_cache(maxsize=128)
def _known_filter(used: bytes, models: bytes, n_models: int) -> tuple[Floats, Floats]:
    """Return the filter of one pattern of weeks, which many questions share."""
    pattern = np.frombuffer(used, dtype=bool)[None]
    return _filter(pattern, np.frombuffer(models).reshape(n_models, 2))


def _filter(used: Bools, models: Floats) -> tuple[Floats, Floats]:
    """Variance of each week's surprise, and how much of it the next week's level keeps: (T, g, k) each."""
    rho, noise = models[:, :1], models[:, 1:]
    n_weeks = used.shape[1]
    seen = used.T.astype(float)
    spread = np.empty((n_weeks, len(models), len(used)))
    forgets, fresh = rho**2, (1.0 - rho**2) * (1.0 - noise)
    variance = np.broadcast_to(1.0 - noise, spread.shape[1:])
    for week in range(n_weeks):
        np.add(variance, noise, out=spread[week])
        variance = forgets * (variance - seen[week] * variance * variance / spread[week]) + fresh
    return spread, rho * (1.0 - noise / spread) * seen[:, None]


def _surprises(values: Floats, gain: Floats, rho: Floats) -> Floats:
    """What the weeks before did not foretell of `values`, (T, 1, columns) to (T, g, columns)."""
    pushed, kept = gain * values, rho - gain
    level = np.zeros(pushed.shape)
    for week in range(len(level) - 1):
        np.multiply(kept[week], level[week], out=level[week + 1])
        level[week + 1] += pushed[week]
    return np.subtract(values, level, out=level)
