"""Looking every week without paying for it: intervals that hold at all looks together.

Whoever looks at a result each week and stops when it pleases has many chances of a false alarm. Robbins' normal mixture
gives one boundary for all looks: with n weeks judged, the z of a look must pass
sqrt((n + r) / n * (ln((n + r) / r) + 2 ln(1 / alpha))). The boundary is lowest around `BEST_AT` weeks.

References
----------
Robbins (1970), Ann. Math. Stat. 41, 1397-1409; Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), Ann. Stat. 52,
2613-2640, for its use with estimated variances.
"""

from math import exp, log, sqrt

BEST_AT = 13
"""Judged weeks at which the boundary costs least."""


def _mixture(alpha: float) -> float:
    """Weight of the prior in weeks that puts the lowest boundary at `BEST_AT`."""
    return BEST_AT / (2.0 * log(1.0 / alpha) + log(1.0 + 2.0 * log(1.0 / alpha)))


def every_week_boundary(weeks: int, confidence: float = 0.95) -> float:
    """How large the z of a look after so many judged weeks must be.

    Examples
    --------
    >>> [round(every_week_boundary(n), 2) for n in (4, 13, 52)]
    [3.19, 3.04, 3.13]
    """
    alpha = 1.0 - confidence
    r, n = _mixture(alpha), max(weeks, 1)
    return sqrt((n + r) / n * (log((n + r) / r) + 2.0 * log(1.0 / alpha)))


def every_week_tail(weeks: int, confidence: float = 0.95) -> float:
    """Two-sided probability of the boundary for a single look: what the interval of this look leaves out."""
    from scipy.special import ndtr

    return float(2.0 * ndtr(-every_week_boundary(weeks, confidence)))


def every_week_p_value(p_value: float, weeks: int, confidence: float = 0.95) -> float:
    """Turn the p-value of one look into one that holds at every look: one over the mixture's likelihood ratio.

    Examples
    --------
    >>> round(every_week_p_value(0.05, 13), 2), round(every_week_p_value(1e-6, 13), 6)
    (0.54, 7.3e-05)
    """
    from scipy.special import ndtri

    z = -float(ndtri(max(p_value, 1e-300) / 2.0))
    r, n = _mixture(1.0 - confidence), max(weeks, 1)
    return min(1.0, sqrt((n + r) / r) * exp(-z * z * n / (2.0 * (n + r))))
