"""Intervals for shares and for the difference of two.

Rows of a window count as independent, see `ocem.stats.interval`.
"""

from math import sqrt

import numpy as np

from ocem.errors import N_, StatsInputError
from ocem.stats.interval import Interval, normal_quantile


def _check_counts(successes: float, trials: float) -> None:
    if not (np.isfinite(successes) and np.isfinite(trials)):
        raise StatsInputError(N_("Counts that are missing or without bounds make no share."))
    if not (trials > 0 and 0 <= successes <= trials and np.isfinite(trials)):
        raise StatsInputError(
            N_("{successes} of {trials} is not a share: at least one trial, and no more successes than trials."),
            successes=successes,
            trials=trials,
        )


def wilson(successes: float, trials: float, confidence: float = 0.95) -> Interval:
    """Interval for a share, sound for small counts and for shares near 0 or 1.

    Parameters
    ----------
    successes, trials : float
        Counts in one window, 0 <= successes <= trials, trials > 0.
    confidence : float
        Coverage over repeated samples, in (0, 1).

    Returns
    -------
    Interval
        Shares in [0, 1], not percent.

    Raises
    ------
    StatsInputError
        If the counts cannot be a share.

    References
    ----------
    Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.

    Examples
    --------
    >>> found = wilson(10, 100)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0552, 0.1744)
    """
    _check_counts(successes, trials)
    z2 = normal_quantile(confidence) ** 2
    share = successes / trials
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    low = 0.0 if successes == 0 else max(centre - half, 0.0)
    high = 1.0 if successes == trials else min(centre + half, 1.0)
    return Interval(share, low, high)


def newcombe(
    successes_1: float, trials_1: float, successes_2: float, trials_2: float, confidence: float = 0.95
) -> Interval:
    """Interval for the difference of two independent shares, first minus second, from their Wilson intervals.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> found = newcombe(56, 70, 48, 80)
    >>> round(found.estimate, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    one, two = wilson(successes_1, trials_1, confidence), wilson(successes_2, trials_2, confidence)
    difference = one.estimate - two.estimate
    low = difference - sqrt((one.estimate - one.low) ** 2 + (two.high - two.estimate) ** 2)
    high = difference + sqrt((one.high - one.estimate) ** 2 + (two.estimate - two.low) ** 2)
    return Interval(difference, low, high)
