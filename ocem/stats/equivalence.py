"""Equivalence tests, the size of samples before a launch, and intervals that may be looked at any time."""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.interval import Contrast, MeanSums

Floats = NDArray[np.float64]

FEWEST = 2
"""Observations in each group without which there is no spread."""


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided tests: the difference of means, its error and degrees of freedom, and the larger p-value."""

    difference: float
    error: float
    df: float
    p_value: float


def equivalence(one: Floats, two: Floats, margin: float, equal_variances: bool = False) -> Equivalence:
    """Ask whether the difference of two means, first minus second, lies inside (-margin, margin).

    References
    ----------
    Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657-680.

    Examples
    --------
    >>> a, b = np.array([4.0, 7, 8, 6, 3, 2]), np.array([6.0, 8, 7, 10, 11, 9])
    >>> round(equivalence(a, b, 10.0, equal_variances=True).p_value, 7)
    0.0001793
    """
    from scipy.special import stdtr

    if min(len(one), len(two)) < 2 or not margin > 0:
        raise StatsInputError(N_("An equivalence test needs two values in each group and a margin above 0."))
    difference = float(one.mean() - two.mean())
    parts = [float(group.var(ddof=1)) / len(group) for group in (one, two)]
    if equal_variances:
        df = float(len(one) + len(two) - 2)
        squares = ((one - one.mean()) ** 2).sum() + ((two - two.mean()) ** 2).sum()
        error = sqrt(float(squares) / df * (1.0 / len(one) + 1.0 / len(two)))
    else:
        error = sqrt(sum(parts))
        df = sum(parts) ** 2 / sum(part**2 / (len(g) - 1) for part, g in zip(parts, (one, two), strict=True))
    if not error > 0:
        raise StatsInputError(N_("Without any variation there is nothing to test."))
    above = float(stdtr(df, -(difference + margin) / error))
    below = float(stdtr(df, (difference - margin) / error))
    return Equivalence(difference, error, df, max(above, below))


def power_of_means(n: float, delta: float, sd: float, alpha: float = 0.05) -> float:
    """Power of a two-sided t test with n values in each of two groups, both tails counted.

    Examples
    --------
    >>> round(power_of_means(22.021, 1.0, 1.0), 4)
    0.9
    """
    from scipy.stats import nct, t

    _check_observations(n)
    df = 2.0 * (n - 1.0)
    bound = float(t.isf(alpha / 2.0, df))
    shift = abs(delta) / sd * sqrt(n / 2.0)
    return float(nct.sf(bound, df, shift))


def sample_size_of_means(power: float, delta: float, sd: float, alpha: float = 0.05) -> float:
    """Values needed in each group; not rounded.

    Examples
    --------
    >>> round(sample_size_of_means(0.9, 1.0, 1.0), 4)
    22.0211
    """
    return _smallest(lambda n: power_of_means(n, delta, sd, alpha), power)


def power_of_shares(n: float, first: float, second: float, alpha: float = 0.05) -> float:
    """Power of a two-sided test of two shares with n trials each, one tail counted.

    Examples
    --------
    >>> round(power_of_shares(50, 0.5, 0.75), 4)
    0.7402
    """
    from scipy.special import ndtr, ndtri

    for share in (first, second):
        if not 0 <= share <= 1:
            raise StatsInputError(N_("A share lies between 0 and 1; found {share}."), share=share)
    _check_observations(n)
    mean = (first + second) / 2.0
    null = sqrt(2.0 * mean * (1.0 - mean))
    alternative = sqrt(first * (1.0 - first) + second * (1.0 - second))
    if not alternative > 0:
        return float(sqrt(n) * abs(second - first) > -ndtri(alpha / 2.0) * null)
    return float(ndtr((sqrt(n) * abs(second - first) + ndtri(alpha / 2.0) * null) / alternative))


def sample_size_of_shares(power: float, first: float, second: float, alpha: float = 0.05) -> float:
    """Trials needed in each group; not rounded.

    Examples
    --------
    >>> round(sample_size_of_shares(0.9, 0.5, 0.75), 4)
    76.7069
    """
    return _smallest(lambda n: power_of_shares(n, first, second, alpha), power)


def _check_observations(n: float) -> None:
    if not n >= FEWEST:
        raise StatsInputError(N_("Two groups need at least {least} observations each; found {n}."), least=FEWEST, n=n)


def _smallest(power_at: "object", power: float) -> float:
    from scipy.optimize import brentq

    if not 0 < power < 1:
        raise StatsInputError(N_("A power lies between 0 and 1; found {power}."), power=power)
    try:
        return float(brentq(lambda n: power_at(n) - power, 2.0 + 1e-9, 1e9, xtol=1e-9))  # type: ignore[operator]
    except ValueError as error:
        raise StatsInputError(N_("No number of observations gives this power.")) from error


def any_time_change(one: MeanSums, two: MeanSums, tuning: float = 1000.0, confidence: float = 0.95) -> Contrast:
    """Relative change of a mean with an interval that holds at every look (asymptotic confidence sequence).

    For groups drawn at random only: it takes rows as independent. `tuning` is about the number of rows at which the
    interval is narrowest.

    References
    ----------
    Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Ann. Stat. 52, 2613-2640.

    Examples
    --------
    >>> found = any_time_change(MeanSums(3000, 1396.87, 52377.9767), MeanSums(3461, 2422.7, 134698.29))
    >>> [round(value, 5) for value in (found.estimate, found.low, found.high)]
    [0.50336, -0.55844, 1.56516]
    """
    alpha = 1.0 - confidence
    change = two.mean / one.mean - 1.0
    error2 = two.variance / two.n / one.mean**2 + one.variance / one.n * two.mean**2 / one.mean**4
    n = one.n + two.n
    rho = sqrt((-2.0 * log(alpha) + log(-2.0 * log(alpha) + 1.0)) / tuning)
    half = sqrt(n * error2) * sqrt(2.0 * (n * rho**2 + 1.0) * log(sqrt(n * rho**2 + 1.0) / alpha) / (n * rho) ** 2)
    z2 = change**2 / error2
    p_value = min(1.0, sqrt(n * rho**2 + 1.0) * exp(-z2 * n * rho**2 / (2.0 * (n * rho**2 + 1.0))))
    return Contrast(change, change - half, change + half, sqrt(error2), float("inf"), p_value)
