"""Intervals from sums, for what was seen in a window: means and ratios of sums, alone and compared.

Shares, scores and rates are in `ocem.stats.share`, `ocem.stats.net_promoter` and `ocem.stats.rate`. All of them take
the rows of a window as independent. Between two periods that is rarely so (`ocem.stats.beforeafter` is for that); they
describe one window, or two groups drawn at random.
"""

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from ocem.errors import N_, StatsInputError


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Contrast:
    """A difference, ratio or relative change with standard error, interval and two-sided p-value.

    `standard_error` is on the scale of the estimate, of its logarithm for rate ratios; `df` is infinite where the
    normal distribution is used.
    """

    estimate: float
    low: float
    high: float
    standard_error: float
    df: float
    p_value: float


@dataclass(frozen=True)
class MeanSums:
    """Sufficient statistics of a mean: rows, sum and sum of squares; windows and cells add up.

    Examples
    --------
    >>> both = MeanSums(2, 3.0, 5.0) + MeanSums(1, 3.0, 9.0)
    >>> both.mean, both.variance
    (2.0, 1.0)
    """

    n: float
    total: float
    squares: float

    def __add__(self, other: "MeanSums") -> "MeanSums":
        return MeanSums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """Total over rows."""
        return self.total / self.n

    @property
    def variance(self) -> float:
        """Sample variance, denominator n - 1."""
        return max((self.squares - self.total**2 / self.n) / (self.n - 1), 0.0)


@dataclass(frozen=True)
class RatioSums:
    """Sufficient statistics of a ratio of sums y / x over n independent units (customers); they add up."""

    n: float
    y: float
    x: float
    yy: float
    xx: float
    xy: float

    def __add__(self, other: "RatioSums") -> "RatioSums":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return RatioSums(*(one + two for one, two in pairs))


def normal_quantile(confidence: float) -> float:
    """Return the normal quantile that a two-sided interval of this coverage reaches to.

    Raises
    ------
    StatsInputError
        If the confidence does not lie between 0 and 1.
    """
    from scipy.special import ndtri

    if not 0 < confidence < 1:
        raise StatsInputError(N_("A confidence lies between 0 and 1; found {confidence}."), confidence=confidence)
    return float(ndtri(0.5 + confidence / 2.0))


def _check_rows(least: int, *groups: MeanSums | RatioSums) -> None:
    for group in groups:
        if not (np.isfinite(list(vars(group).values())).all() and group.n >= least):
            raise StatsInputError(
                N_("Sums over {rows} rows: at least {least} and finite sums are needed."),
                rows=group.n,
                least=least,
            )


def contrast(estimate: float, error: float, df: float, confidence: float) -> Contrast:
    """Return an estimate with its t interval and p-value; the normal where degrees of freedom are without bound."""
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    tail = 0.5 + confidence / 2.0
    half = error * float(ndtri(tail) if np.isinf(df) else stdtrit(df, tail))
    if error > 0:
        t = -abs(estimate) / error
        p_value = 2.0 * float(ndtr(t) if np.isinf(df) else stdtr(df, t))
    else:
        p_value = 1.0 if estimate == 0 else 0.0
    return Contrast(estimate, estimate - half, estimate + half, error, df, p_value)


def _welch_df(part_1: float, part_2: float, n_1: float, n_2: float) -> float:
    """Satterthwaite's degrees of freedom for two variances of means."""
    if part_1 + part_2 == 0:
        return n_1 + n_2 - 2.0
    return (part_1 + part_2) ** 2 / (part_1**2 / (n_1 - 1) + part_2**2 / (n_2 - 1))


def welch(one: MeanSums, two: MeanSums, confidence: float = 0.95) -> Contrast:
    """Difference of two means, second minus first, with unequal variances.

    References
    ----------
    Welch (1947), Biometrika 34, 28-35.

    Examples
    --------
    >>> found = welch(MeanSums(3407, 1396.87, 52377.9767), MeanSums(3461, 2422.7, 134698.29))
    >>> round(found.estimate, 5), round(found.low, 5), round(found.p_value, 5)
    (0.29, 0.04538, 0.02016)
    """
    _check_rows(2, one, two)
    part_1, part_2 = one.variance / one.n, two.variance / two.n
    df = _welch_df(part_1, part_2, one.n, two.n)
    return contrast(two.mean - one.mean, sqrt(part_1 + part_2), df, confidence)


def relative_change(one: MeanSums, two: MeanSums, confidence: float = 0.95) -> Contrast:
    """Relative change of a mean, second over first minus one, by the delta method.

    The variance is v2 / m1**2 + v1 m2**2 / m1**4; degrees of freedom are those of the difference.

    References
    ----------
    Deng, Knoblich & Lu (2018), KDD '18, 233-242.

    Examples
    --------
    >>> found = relative_change(MeanSums(3407, 1396.87, 52377.9767), MeanSums(3461, 2422.7, 134698.29))
    >>> round(found.estimate, 5), round(found.low, 5), round(found.high, 5)
    (0.70732, -0.03526, 1.44989)
    """
    _check_rows(2, one, two)
    if one.mean == 0:
        raise StatsInputError(N_("A change relative to a mean of 0 has no value."))
    part_1, part_2 = one.variance / one.n, two.variance / two.n
    error = sqrt(part_2 / one.mean**2 + part_1 * two.mean**2 / one.mean**4)
    return contrast(two.mean / one.mean - 1.0, error, _welch_df(part_1, part_2, one.n, two.n), confidence)


def ratio(sums: RatioSums, confidence: float = 0.95) -> Contrast:
    """Ratio of two sums over the same independent units, by linearisation.

    The variance is n / (n - 1) * sum (y_i - R x_i)**2 / X**2, which needs only the sums of squares and of the product;
    t with n - 1 degrees of freedom. The p-value is for a ratio of 0.

    References
    ----------
    Deng, Knoblich & Lu (2018), KDD '18, 233-242; Cochran (1977), Sampling Techniques, 3rd ed., section 6.3.

    Examples
    --------
    Three customers with y = 2, 3, 7 and x = 1, 2, 3:

    >>> found = ratio(RatioSums(3, y=12, x=6, yy=62, xx=14, xy=29))
    >>> found.estimate, round(found.standard_error, 4)
    (2.0, 0.2887)
    """
    _check_rows(2, sums)
    if sums.x == 0:
        raise StatsInputError(N_("A ratio over a sum of 0 has no value."))
    value = sums.y / sums.x
    squares = max(sums.yy - 2 * value * sums.xy + value**2 * sums.xx, 0.0)
    error = sqrt(sums.n / (sums.n - 1) * squares) / abs(sums.x)
    return contrast(value, error, sums.n - 1.0, confidence)


def ratio_change(one: RatioSums, two: RatioSums, confidence: float = 0.95) -> Contrast:
    """Relative change of a ratio of sums, second over first minus one, intervals on the log scale.

    `standard_error` is that of the logarithm.

    Raises
    ------
    StatsInputError
        If a ratio is not above 0.
    """
    first, second = ratio(one, confidence), ratio(two, confidence)
    if not (first.estimate > 0 and second.estimate > 0):
        raise StatsInputError(
            N_("Ratios of {first} and {second}: both must be above 0."), first=first.estimate, second=second.estimate
        )
    part_1, part_2 = ((found.standard_error / found.estimate) ** 2 for found in (first, second))
    on_log = contrast(
        log(second.estimate / first.estimate),
        sqrt(part_1 + part_2),
        _welch_df(part_1, part_2, one.n, two.n),
        confidence,
    )
    change, low, high = (exp(end) - 1.0 for end in (on_log.estimate, on_log.low, on_log.high))
    return Contrast(change, low, high, on_log.standard_error, on_log.df, on_log.p_value)
