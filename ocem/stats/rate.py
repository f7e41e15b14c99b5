"""Rates of events and the ratio of two, with over-dispersion."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.interval import contrast


@dataclass(frozen=True)
class RateRatio:
    """Rate in the second group over the rate in the first, with the dispersion that widened its interval."""

    estimate: float
    low: float
    high: float
    p_value: float
    dispersion: float


def rate_ratio(
    counts_1: Sequence[float] | NDArray[np.float64],
    exposure_1: Sequence[float] | NDArray[np.float64],
    counts_2: Sequence[float] | NDArray[np.float64],
    exposure_2: Sequence[float] | NDArray[np.float64],
    confidence: float = 0.95,
) -> RateRatio:
    """Ratio of two rates from periods or units of each group, with over-dispersion (quasi-Poisson).

    Parameters
    ----------
    counts_1, counts_2 : sequences
        Events per unit (week, customer); exposure is what they are counted against (days, visits).

    Notes
    -----
    Poisson regression of the counts on the group with offset log(exposure) has a closed form: the rates are
    sum(counts) / sum(exposure). The variance of the log ratio, 1 / sum(counts_1) + 1 / sum(counts_2), is multiplied by
    Pearson's chi-square over its degrees of freedom, which is left as it is when below 1.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed., section 6.2; Lopez Bernal et al. (2017), Int. J.
    Epidemiol. 46, 348-355.

    Examples
    --------
    >>> found = rate_ratio([10, 14, 12, 4], [1, 1, 1, 1], [20, 22, 13, 25], [1, 1, 1, 1])
    >>> round(found.estimate, 3), round(found.dispersion, 3)
    (2.0, 1.583)
    """
    groups = [_rates(counts_1, exposure_1), _rates(counts_2, exposure_2)]
    df = sum(len(counts) for counts, _ in groups) - 2
    if df < 1:
        raise StatsInputError(N_("A dispersion needs at least three periods or units; found {found}."), found=df + 2)
    chi2 = sum(float(((c - e * c.sum() / e.sum()) ** 2 / (e * c.sum() / e.sum())).sum()) for c, e in groups)
    (counts_a, exposed_a), (counts_b, exposed_b) = groups
    step = log(counts_b.sum() / exposed_b.sum()) - log(counts_a.sum() / exposed_a.sum())
    error = sqrt(chi2 / df * (1 / counts_a.sum() + 1 / counts_b.sum()))
    found = contrast(step, error, float("inf"), confidence)
    return RateRatio(exp(found.estimate), exp(found.low), exp(found.high), found.p_value, chi2 / df)


def _rates(
    counts: Sequence[float] | NDArray[np.float64], exposure: Sequence[float] | NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    c, e = np.asarray(counts, dtype=float), np.asarray(exposure, dtype=float)
    if c.shape != e.shape or not ((c >= 0) & (e > 0) & np.isfinite(c) & np.isfinite(e)).all() or not c.sum() > 0:
        raise StatsInputError(
            N_("A rate needs counts of at least 0, one of them above 0, and an exposure above 0 for each.")
        )
    return c, e
