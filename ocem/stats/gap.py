"""Figures of answers with intervals that count respondents, not answers; gaps between groups and changes of gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from ocem.errors import N_, StatsInputError
from ocem.stats.interval import Contrast, RatioSums, ratio
from ocem.stats.net_promoter import Answers, nps
from ocem.stats.share import wilson


@dataclass(frozen=True)
class Level:
    """A mean, share or score with its standard error, degrees of freedom and 95% interval."""

    value: float
    low: float
    high: float
    standard_error: float
    df: float


def level(sums: RatioSums, least: float, most: float, share: bool = False, score: bool = False) -> Level:
    """Mean value of an answer, with an interval over respondents who may answer several times.

    Parameters
    ----------
    sums : RatioSums
        Over respondents: x = answers, y = sum of the answers' values.
    least, most : float
        Ends of the scale; the interval is cut there.
    share, score : bool
        The values are 0 and 1, or -1, 0 and 1. When they never differ, the interval is Wilson's or the adjusted Wald's
        for that many respondents instead of a point.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 6.3; see `ocem.stats.interval.ratio`.

    Examples
    --------
    Three respondents with one, two and three answers that sum to 2, 3 and 7:

    >>> found = level(RatioSums(3, y=12, x=6, yy=62, xx=14, xy=29), 1, 5)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (2.0, 1, 3.242)
    """
    found = ratio(sums)
    if found.standard_error > 0:
        low, high = max(found.low, least), min(found.high, most)
        return Level(found.estimate, low, high, found.standard_error, found.df)
    if share:
        flat = wilson(round(found.estimate * sums.n), sums.n)
    elif score:
        n = round(abs(found.estimate) * sums.n)
        flat = nps(Answers(n if found.estimate > 0 else 0, sums.n - n, n if found.estimate < 0 else 0))
    else:
        return Level(found.estimate, found.estimate, found.estimate, 0.0, found.df)
    return Level(found.estimate, flat.low, flat.high, (flat.high - flat.low) / 3.92, found.df)


def difference(one: Level, two: Level) -> Contrast:
    """Second minus first of two independent groups, with Welch's degrees of freedom.

    References
    ----------
    Welch (1947), Biometrika 34, 28-35.

    Examples
    --------
    >>> one, two = Level(3.0, 2.8, 3.2, 0.1, 50), Level(3.5, 3.3, 3.7, 0.1, 50)
    >>> found = difference(one, two)
    >>> round(found.estimate, 2), round(found.low, 3), round(found.high, 3)
    (0.5, 0.219, 0.781)
    """
    return combine([(-1.0, one), (1.0, two)])


def combine(terms: Sequence[tuple[float, Level]]) -> Contrast:
    """Sum of independent figures times their signs: a gap has two terms, a change of a gap four.

    Raises
    ------
    StatsInputError
        Without terms.
    """
    from scipy.special import stdtr, stdtrit

    if not terms:
        raise StatsInputError(N_("Nothing to combine."))
    estimate = sum(weight * item.value for weight, item in terms)
    parts = [(weight * item.standard_error) ** 2 for weight, item in terms]
    error = sqrt(sum(parts))
    if error == 0:
        return Contrast(estimate, estimate, estimate, 0.0, float("inf"), 1.0 if estimate == 0 else 0.0)
    df = sum(parts) ** 2 / sum(part**2 / item.df for part, (_weight, item) in zip(parts, terms, strict=True))
    half = error * float(stdtrit(df, 0.975))
    p_value = 2.0 * float(stdtr(df, -abs(estimate) / error))
    return Contrast(estimate, estimate - half, estimate + half, error, df, p_value)
