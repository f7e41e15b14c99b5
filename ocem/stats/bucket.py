"""Errors of ratios of sums that follow customers: every customer's rows lie in one of a few buckets, which add up.

Rows of one customer resemble one another, so rows counted one by one say too much. Sums by bucket of customers add up
over weeks and cells like any other sum, and leaving out one bucket at a time tells how far the ratio moves with the
customers who happen to be there.

References
----------
Kott (2001), The delete-a-group jackknife, J. Off. Stat. 17, 521-526; Wolter (2007), Introduction to Variance
Estimation, 2nd ed., sections 2.4 and 4.2.
"""

from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from ocem.stats.interval import Interval, normal_quantile
from ocem.stats.net_promoter import Answers, nps
from ocem.stats.share import wilson

Floats = NDArray[np.float64]
FEWEST_DF = 4.0
"""Degrees of freedom that are never gone below: an interval of a dozen errors' width says nothing."""


@dataclass(frozen=True)
class Pulls:
    """Ratios of k groups, (k,), how far each bucket pulls them, (k, B), and what a bucket weighs, (k, B)."""

    value: Floats
    pull: Floats
    weight: Floats


@dataclass(frozen=True)
class Errors:
    """Estimates of k groups with standard errors and degrees of freedom, (k,); NaN where fewer than two buckets."""

    value: Floats
    standard_error: Floats
    df: Floats

    def half_width(self, confidence: float = 0.95) -> Floats:
        """Half of each interval."""
        from scipy.special import stdtrit

        return np.asarray(stdtrit(self.df, 0.5 + confidence / 2.0) * self.standard_error, dtype=float)


def pulls(above: Floats, below: Floats) -> Pulls:
    """Say how far the ratio of two sums moves when a bucket is left out.

    Parameters
    ----------
    above, below : array (..., B)
        Sums by bucket: the numerator and the denominator.

    Examples
    --------
    Without the last of three buckets the ratio is 5 / 3 instead of 2:

    >>> found = pulls(np.array([2.0, 3.0, 7.0]), np.array([1.0, 2.0, 3.0]))
    >>> float(found.value), round(float(found.pull[2]), 4)
    (2.0, 0.3333)
    """
    whole = below.sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = above.sum(axis=-1, keepdims=True) / whole
        rest = whole - below
        pull = np.where(rest > 0, (above - value * below) / rest, np.nan)
    return Pulls(value[..., 0], pull, below)


def levels(above: Floats, below: Floats, is_share: bool = False) -> Errors:
    """Return ratios of sums with errors that follow customers.

    Degrees of freedom are those of as many equal buckets as the unequal ones are worth, by their denominators or by
    their numerators, whichever is fewer; of a share the rarer side is looked at. So a share of a few percent that few
    customers make is not told too well.

    Examples
    --------
    >>> found = levels(np.array([[2.0, 3.0, 7.0]]), np.array([[1.0, 2.0, 3.0]]))
    >>> round(float(found.standard_error[0]), 4), float(found.df[0])
    (0.3402, 4.0)
    """
    one = pulls(above, below)
    rarer = above
    if is_share:
        rarer = np.where(one.value[..., None] > 0.5, below - above, above)
    return _errors(one.value, one.pull, one.weight, rarer)


def changes(before: tuple[Floats, Floats], after: tuple[Floats, Floats]) -> Errors:
    """Return after minus before; a customer who is in both lies in the same bucket, so what stays cancels.

    Parameters
    ----------
    before, after : pair of arrays (..., B)
        Sums by bucket: the numerator and the denominator.
    """
    one, two = pulls(*before), pulls(*after)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [item.weight / item.weight.sum(axis=-1, keepdims=True) for item in (one, two)]
    return _errors(two.value - one.value, two.pull - one.pull, shares[0] + shares[1])


def _errors(value: Floats, pull: Floats, *weights: Floats) -> Errors:
    there = (weights[0] != 0) | (pull != 0)
    filled = there.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = (filled - 1) / filled * np.sum(pull**2, axis=-1)
    told = (filled > 1) & np.isfinite(squares)
    error = np.sqrt(np.where(told, squares, np.nan))
    df = np.maximum(np.min([_worth(weight) for weight in weights], axis=0) - 1.0, FEWEST_DF)
    return Errors(value, error, np.where(told, df, np.nan))


def _worth(weight: Floats) -> Floats:
    """As many equal buckets as unequal ones are worth; all of them where none weighs anything."""
    squares = np.sum(weight**2, axis=-1)
    alone = np.full(squares.shape, float(weight.shape[-1]))
    return np.asarray(np.divide(np.sum(np.abs(weight), axis=-1) ** 2, squares, out=alone, where=squares > 0))


def share(successes: float, trials: float, error: float, df: float, confidence: float = 0.95) -> Interval:
    """Interval for a share whose rows are worth fewer, because they are of the same customers; never more.

    Wilson's interval for as many independent rows as would have this standard error.

    References
    ----------
    Korn & Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data, Survey Methodology 24, 193-201.

    Examples
    --------
    >>> found = share(30, 100, 0.09, 30)
    >>> round(found.low, 2), round(found.high, 2)
    (0.15, 0.5)
    """
    value = successes / trials
    worth = trials / _inflation(value * (1.0 - value) / trials, error, df, confidence)
    found = wilson(value * worth, worth, confidence)
    return Interval(value, found.low, found.high)


def score(answers: Answers, error: float, df: float, confidence: float = 0.95) -> Interval:
    """Interval for a net promoter score whose answers are worth fewer; never more.

    Examples
    --------
    >>> found = score(Answers(50, 30, 20), 0.1, 30)
    >>> round(found.estimate, 2), round(found.low, 2), round(found.high, 2)
    (0.3, 0.09, 0.48)
    """
    by = _inflation(answers.variance / answers.n, error, df, confidence)
    found = nps(Answers(answers.promoters / by, answers.passives / by, answers.detractors / by), confidence)
    return Interval(answers.score, found.low, found.high)


def ratio(value: float, error: float, df: float, confidence: float = 0.95) -> Interval:
    """Interval for a mean or a ratio: around its logarithm where it is above zero, as amounts and durations are.

    Examples
    --------
    >>> found = ratio(100.0, 10.0, 30)
    >>> round(found.low, 1), round(found.high, 1)
    (81.5, 122.7)
    """
    half = float(Errors(np.array(value), np.array(error), np.array(df)).half_width(confidence))
    if value > 0:
        return Interval(value, value * exp(-half / value), value * exp(half / value))
    return Interval(value, value - half, value + half)


def _inflation(independent: float, error: float, df: float, confidence: float) -> float:
    """By how much rows are worth less than independent ones, the uncertainty of the error itself included."""
    from scipy.special import stdtrit

    if not independent > 0:
        return 1.0
    wider = float(stdtrit(df, 0.5 + confidence / 2.0)) / normal_quantile(confidence)
    return max(error**2 / independent, 1.0) * wider**2
