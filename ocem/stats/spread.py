"""How differently groups live the same thing: the spread between their true means, apart from the noise in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]
FEWEST = 3
"""Groups below which a spread between them says nothing."""


@dataclass(frozen=True)
class Spread:
    """Standard deviation between groups, its 95% interval, and the mean of the groups."""

    value: float
    low: float
    high: float
    mean: float
    n_groups: int


def between(means: Sequence[float], errors: Sequence[float], confidence: float = 0.95) -> Spread:
    """Spread of the groups' true means (tau), with the Q-profile interval.

    The estimate is Paule and Mandel's: the tau at which Q = sum (y - mean)^2 / (v + tau^2) equals k - 1; the interval
    holds the values of tau at which Q lies between the quantiles of chi-square with k - 1 degrees of freedom.

    Parameters
    ----------
    means, errors : sequences
        One a group: its mean and the standard error of that mean, which must be above 0.

    Raises
    ------
    StatsInputError
        With fewer than three groups, or an error that is not above 0.

    References
    ----------
    Paule & Mandel (1982), J. Res. Natl. Bur. Stand. 87, 377-385; Viechtbauer (2007), Statistics in Medicine 26, 37-52.

    Examples
    --------
    >>> found = between([3.2, 3.9, 4.1, 3.0], [0.05, 0.05, 0.05, 0.05])
    >>> round(found.value, 2), round(found.mean, 2), found.low < 0.53 < found.high
    (0.53, 3.55, True)
    >>> round(between([3.5, 3.52, 3.49], [0.1, 0.1, 0.1]).value, 3)
    0.0
    """
    from scipy.stats import chi2

    y, v = np.asarray(means, dtype=float), np.asarray(errors, dtype=float) ** 2
    if len(y) < FEWEST or len(y) != len(v) or not (np.isfinite(y) & (v > 0)).all():
        raise StatsInputError(
            N_("A spread needs at least {least} groups with an error above 0; found {found}."),
            least=FEWEST,
            found=len(y),
        )
    df = len(y) - 1
    tail = (1 - confidence) / 2
    tau2, low, high = (_solve(y, v, q) for q in (df, float(chi2.ppf(1 - tail, df)), float(chi2.ppf(tail, df))))
    weights = 1 / (v + tau2)
    return Spread(sqrt(tau2), sqrt(low), sqrt(high), float((weights * y).sum() / weights.sum()), len(y))


def _q(y: Floats, v: Floats, tau2: float) -> float:
    weights = 1 / (v + tau2)
    mean = (weights * y).sum() / weights.sum()
    return float((weights * (y - mean) ** 2).sum())


def _solve(y: Floats, v: Floats, wanted: float) -> float:
    """Return the tau squared at which Q, which falls as it grows, equals `wanted`; 0 when Q is below it already."""
    from scipy.optimize import brentq

    if _q(y, v, 0.0) <= wanted:
        return 0.0
    high = max(float(np.var(y)), float(v.max()), 1e-12)
    while _q(y, v, high) > wanted:
        high *= 4
    return float(brentq(lambda tau2: _q(y, v, tau2) - wanted, 0.0, high, xtol=1e-14))


@dataclass(frozen=True)
class SpreadChange:
    """Second spread minus first, with its interval."""

    value: float
    low: float
    high: float


def change(before: Spread, after: Spread) -> SpreadChange:
    """Change of the spread, with the interval built from both intervals (MOVER).

    References
    ----------
    Zou & Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> found = change(Spread(0.5, 0.3, 0.9, 3.5, 5), Spread(0.2, 0.1, 0.5, 3.6, 5))
    >>> round(found.value, 2), round(found.low, 3), round(found.high, 3)
    (-0.3, -0.712, 0.061)
    """
    value = after.value - before.value
    low = value - sqrt((after.value - after.low) ** 2 + (before.high - before.value) ** 2)
    high = value + sqrt((after.high - after.value) ** 2 + (before.value - before.low) ** 2)
    return SpreadChange(value, low, high)
