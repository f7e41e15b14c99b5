"""Textbook answers for two samples drawn at random: t, paired, ranks, shares side by side, and one share alone.

For checking published figures. Between two periods of one series they are wrong far more often than they say.
"""

from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.interval import Contrast, Interval, contrast
from ocem.stats.share import wilson

Floats = NDArray[np.float64]
MOST_PAIRS = 4_000_000
"""Pairs of rows up to which every difference is looked at."""
SMALL = 50
"""Rows in the larger sample below which ranks are counted exactly."""


def pooled_t(one: Floats, two: Floats, confidence: float = 0.95) -> Contrast:
    """Difference of two means, second minus first, with one variance for both (Student 1908).

    Examples
    --------
    >>> found = pooled_t(np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 8]))
    >>> round(found.estimate, 2), round(found.standard_error, 4), found.df
    (2.5, 1.2583, 6.0)
    """
    _at_least(2, one, two)
    df = float(len(one) + len(two) - 2)
    squares = float(((one - one.mean()) ** 2).sum() + ((two - two.mean()) ** 2).sum())
    error = sqrt(squares / df * (1.0 / len(one) + 1.0 / len(two)))
    return contrast(float(two.mean() - one.mean()), error, df, confidence)


def paired_t(changes: Floats, confidence: float = 0.95) -> Contrast:
    """Mean of changes within units."""
    _at_least(2, changes)
    error = float(changes.std(ddof=1)) / sqrt(len(changes))
    return contrast(float(changes.mean()), error, float(len(changes) - 1), confidence)


def rank_shift(one: Floats, two: Floats, confidence: float = 0.95) -> Contrast:
    """How far the second sample lies above the first: the median of all differences, with the interval of ranks.

    For skewed durations, where a mean follows the longest few. The p-value is that of Wilcoxon's rank sum: exact below
    50 rows without ties, else normal with correction for continuity and ties. The interval takes the differences that
    the same distribution cuts off.

    References
    ----------
    Hodges & Lehmann (1963), Ann. Math. Stat. 34, 598-611; Hollander & Wolfe (1999), Nonparametric Statistical Methods,
    2nd ed., sections 4.1-4.3.

    Examples
    --------
    >>> slow = np.array([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    >>> fast = np.array([1.15, 0.88, 0.90, 0.74, 1.21])
    >>> found = rank_shift(fast, slow)
    >>> round(found.estimate, 3), round(found.p_value, 4)
    (0.305, 0.2544)
    """
    from scipy.special import ndtr, ndtri

    _at_least(2, one, two)
    if len(one) * len(two) > MOST_PAIRS:
        raise StatsInputError(
            N_("{pairs} pairs of rows are too many for ranks; take a sample."), pairs=len(one) * len(two)
        )
    differences = np.sort(np.subtract.outer(two, one).ravel())
    middle = len(differences) / 2.0
    total = len(one) + len(two)
    _, ties = np.unique(np.concatenate([one, two]), return_counts=True)
    variance = len(differences) / 12.0 * (total + 1 - float((ties**3 - ties).sum()) / (total * (total - 1)))
    if not variance > 0:
        raise StatsInputError(N_("Without any variation there is nothing to test."))
    above = float((differences > 0).sum() + 0.5 * (differences == 0).sum())
    z = float(ndtri(0.5 + confidence / 2.0))
    if max(len(one), len(two)) < SMALL and ties.max() == 1:
        below = np.cumsum(_rank_sums(len(one), len(two)))
        p_value = min(1.0, 2.0 * float(below[int(min(above, 2 * middle - above))]))
        cut = max(int(np.searchsorted(below, (1.0 - confidence) / 2.0)), 1) - 1
    else:
        off = above - middle
        p_value = min(1.0, 2.0 * float(ndtr(-abs(off - 0.5 * np.sign(off)) / sqrt(variance))))
        cut = max(int(np.floor(middle - z * sqrt(variance))), 0)
    low, high = float(differences[cut]), float(differences[-1 - cut])
    shift = float(np.median(differences))
    return Contrast(shift, low, high, (high - low) / (2.0 * z), float("inf"), p_value)


def _rank_sums(n: int, m: int) -> Floats:
    """Chance of each number of pairs, 0 to n m, in which the second sample lies above, when nothing differs."""
    counts = np.zeros((n + 1, n * m + 1))
    counts[0, 0] = 1.0
    for rank in range(1, n + m + 1):
        for taken in range(min(rank, n), 0, -1):
            # the taken-th smallest of the first sample at this rank has rank - taken of the second below it
            shift = rank - taken
            if shift <= m:
                counts[taken, shift:] += counts[taken - 1, : n * m + 1 - shift]
    return np.asarray(counts[n] / counts[n].sum(), dtype=float)


def median_difference(one: Floats, two: Floats, confidence: float = 0.95) -> Contrast:
    """Difference of two medians, second minus first, each error from its order statistics.

    References
    ----------
    Bonett & Price (2002), J. Educ. Behav. Stat. 27, 145-154, after McKean & Schrader (1984).

    Examples
    --------
    >>> found = median_difference(np.arange(1.0, 22), np.arange(11.0, 32))
    >>> found.estimate, round(found.standard_error, 2)
    (10.0, 3.19)
    """
    _at_least(5, one, two)
    parts = [_median_error(group) for group in (one, two)]
    error = sqrt(sum(part**2 for part in parts))
    return contrast(float(np.median(two) - np.median(one)), error, float("inf"), confidence)


def _median_error(group: Floats) -> float:
    from scipy.special import ndtri
    from scipy.stats import binom

    n, ordered = len(group), np.sort(group)
    cut = max(round((n + 1) / 2.0 - sqrt(n)), 1)
    outside = float(binom.cdf(cut - 1, n, 0.5))
    return float(ordered[n - cut] - ordered[cut - 1]) / (2.0 * -float(ndtri(outside)))


def one_share(successes: float, trials: float, method: str, confidence: float = 0.95) -> Interval:
    """Interval for one share: ``wilson``, ``wilson_continuity``, ``agresti_coull``, ``exact``, ``jeffreys``, ``wald``.

    References
    ----------
    Brown, Cai & DasGupta (2001), Statistical Science 16, 101-133; Clopper & Pearson (1934), Biometrika 26, 404-413;
    Newcombe (1998), Statistics in Medicine 17, 857-872, method 4, for the correction for continuity.

    Examples
    --------
    >>> [round(one_share(81, 263, name).low, 4) for name in ("wilson", "exact", "wald")]
    [0.2553, 0.2527, 0.2522]
    """
    from scipy.special import betaincinv, ndtri

    plain = wilson(successes, trials, confidence)
    share, z, tail = plain.estimate, float(ndtri(0.5 + confidence / 2.0)), (1.0 - confidence) / 2.0
    x, n = successes, trials
    match method:
        case "wilson":
            return plain
        case "wald":
            half = z * sqrt(share * (1 - share) / n)
            ends = share - half, share + half
        case "agresti_coull":
            centre = (x + z * z / 2) / (n + z * z)
            half = z * sqrt(centre * (1 - centre) / (n + z * z))
            ends = centre - half, centre + half
        case "exact":
            low = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, tail))
            ends = low, 1.0 if x == n else float(betaincinv(x + 1, n - x, 1 - tail))
        case "jeffreys":
            low = 0.0 if x == 0 else float(betaincinv(x + 0.5, n - x + 0.5, tail))
            ends = low, 1.0 if x == n else float(betaincinv(x + 0.5, n - x + 0.5, 1 - tail))
        case "wilson_continuity":
            below = z * sqrt(max(z * z - 2 - 1 / n + 4 * share * (n * (1 - share) + 1), 0.0))
            beyond = z * sqrt(max(z * z + 2 - 1 / n + 4 * share * (n * (1 - share) - 1), 0.0))
            scale, base = 2 * (n + z * z), 2 * x + z * z
            low = 0.0 if x == 0 else (base - 1 - below) / scale
            ends = low, 1.0 if x == n else (base + 1 + beyond) / scale
        case _:
            raise StatsInputError(N_("No interval for a share is called {name}."), name=method)
    return Interval(share, max(ends[0], 0.0), min(ends[1], 1.0))


def shares_difference(x1: float, n1: float, x2: float, n2: float, method: str, confidence: float = 0.95) -> Contrast:
    """Difference of two shares, second minus first: ``wald`` or ``agresti_caffo`` (one success and failure more each).

    References
    ----------
    Agresti & Caffo (2000), The American Statistician 54, 280-288.

    Examples
    --------
    >>> found = shares_difference(48, 80, 56, 70, "wald")
    >>> round(found.low, 4), round(found.high, 4)
    (0.0575, 0.3425)
    """
    more = {"wald": 0.0, "agresti_caffo": 1.0}.get(method)
    if more is None:
        raise StatsInputError(N_("No interval for a share is called {name}."), name=method)
    wilson(x1, n1), wilson(x2, n2)  # refuses what is no share
    parts = [((x + more) / (n + 2 * more), n + 2 * more) for x, n in ((x1, n1), (x2, n2))]
    error = sqrt(sum(p * (1 - p) / n for p, n in parts))
    return contrast(parts[1][0] - parts[0][0], error, float("inf"), confidence)


def shares_ratio(
    x1: float, n1: float, x2: float, n2: float, odds: bool, confidence: float = 0.95
) -> tuple[float, float, float, float]:
    """Ratio of two shares (or of their odds), second over first, its interval and the error of its logarithm.

    References
    ----------
    Katz, Baptista, Azen & Pike (1978), Biometrics 34, 469-474; Woolf (1955), Ann. Hum. Genet. 19, 251-253.

    Examples
    --------
    >>> [round(value, 3) for value in shares_ratio(189, 11034, 104, 11037, False)[:3]]
    [0.55, 0.434, 0.698]
    """
    if min(x1, x2) <= 0 or (odds and (x1 >= n1 or x2 >= n2)):
        raise StatsInputError(N_("A ratio of shares needs successes, and for odds failures too, in both groups."))
    wilson(x1, n1), wilson(x2, n2)
    if odds:
        middle = log(x2 / (n2 - x2)) - log(x1 / (n1 - x1))
        error = sqrt(1 / x1 + 1 / (n1 - x1) + 1 / x2 + 1 / (n2 - x2))
    else:
        middle, error = log(x2 / n2) - log(x1 / n1), sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
    found = contrast(middle, error, float("inf"), confidence)
    return exp(middle), exp(found.low), exp(found.high), error


def _at_least(rows: int, *groups: Floats) -> None:
    if any(len(group) < rows or not np.isfinite(group).all() for group in groups):
        raise StatsInputError(
            N_("Sums over {rows} rows: at least {least} and finite sums are needed."),
            rows=min(len(group) for group in groups),
            least=rows,
        )
