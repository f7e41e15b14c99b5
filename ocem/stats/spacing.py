"""How far apart weeks are, and what an AR(1) process says about two weeks that far apart.

Weeks that are missing keep their place in time. Across a hole of g weeks the difference is taken as
``y_t - rho**g y_{t-g}`` and weighted by ``sqrt((1 - rho**2) / (1 - rho**(2 g)))``, which is what an AR(1) process
says about two points g weeks apart.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Spacing:
    """How far each used week is from the used week before it: `gap` (k, T), 0 where there is none."""

    used: Bools
    gap: NDArray[np.int64]

    @property
    def lengths(self) -> list[int]:
        """Distinct gaps that occur, shortest first."""
        return [int(g) for g in np.unique(self.gap) if g > 0]


def find_spacing(used: Bools) -> Spacing:
    """Measure the distance from each used week to the one before it.

    Examples
    --------
    >>> find_spacing(np.array([[True, True, False, False, True]])).gap.tolist()
    [[0, 1, 0, 0, 3]]
    """
    n_weeks = used.shape[1]
    last = np.maximum.accumulate(np.where(used, np.arange(n_weeks), -1), axis=1)
    before = np.concatenate([np.full((used.shape[0], 1), -1), last[:, :-1]], axis=1)
    return Spacing(used, np.where(used & (before >= 0), np.arange(n_weeks) - before, 0))


def gap_weight2(rho: Floats, gap: int) -> Floats:
    """Precision of a step over `gap` weeks (0: of a first week) relative to one over one week, for an AR(1)."""
    if gap == 1:
        return np.ones_like(rho)
    if gap == 0:
        return 1.0 - rho**2
    return (1.0 - rho**2) / (1.0 - rho ** (2 * gap))


def later(values: Floats, gap: int) -> Floats:
    """Shift along the last axis so that position t holds the value of t - gap."""
    return np.concatenate([np.zeros_like(values[..., :gap]), values[..., :-gap]], axis=-1)


def whiten(values: Floats, rho: Floats, spacing: Spacing, first: bool) -> Floats:
    """Take the AR(1) out of (k, T) values: what each week adds to what the week before it foretold.

    `first` keeps the first used week, scaled to the variance of the others.
    """
    out = np.full(values.shape, np.nan)
    if first:
        out = np.where(spacing.used & (spacing.gap == 0), np.sqrt(gap_weight2(rho, 0))[:, None] * values, out)
    for gap in spacing.lengths:
        step = np.sqrt(gap_weight2(rho, gap))[:, None] * (values - (rho**gap)[:, None] * later(values, gap))
        out = np.where(spacing.gap == gap, step, out)
    return out
