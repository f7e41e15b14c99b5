"""The net promoter score and the difference of two.

Rows of a window count as independent, see `ocem.stats.interval`.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from ocem.errors import N_, StatsInputError
from ocem.stats.interval import Contrast, Interval, contrast, normal_quantile


@dataclass(frozen=True)
class Answers:
    """Answers to the question whether one would recommend: 9-10, 7-8 and 0-6 out of 10; they add up."""

    promoters: float
    passives: float
    detractors: float

    def __add__(self, other: "Answers") -> "Answers":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Answers(*(one + two for one, two in pairs))

    @property
    def n(self) -> float:
        """Number of answers."""
        return self.promoters + self.passives + self.detractors

    @property
    def score(self) -> float:
        """Promoters minus detractors over answers, -1 to 1."""
        return (self.promoters - self.detractors) / self.n

    @property
    def variance(self) -> float:
        """Variance of one answer, taken as -1, 0 or 1."""
        return (self.promoters + self.detractors) / self.n - self.score**2


def _check_answers(answers: Answers) -> None:
    values = list(vars(answers).values())
    if not (np.isfinite(values).all() and min(values) >= 0 and answers.n > 0):
        raise StatsInputError(
            N_("Promoters, passives and detractors are counts, at least one above 0; found {found}."), found=values
        )


def nps(answers: Answers, confidence: float = 0.95) -> Interval:
    """Net promoter score with the adjusted Wald interval: three answers are added (3/4, 3/2, 3/4).

    The estimate is the plain score; at n = 10 the plain Wald interval covers 78-90 % where this one covers 94-96 %.

    References
    ----------
    Rocks (2016), Am. Statistician 70, 365-372.

    Examples
    --------
    >>> found = nps(Answers(162, 108, 54))
    >>> round(found.estimate, 4), round(found.low, 4), round(found.high, 4)
    (0.3333, 0.2495, 0.4111)
    """
    _check_answers(answers)
    padded = answers + Answers(0.75, 1.5, 0.75)
    half = normal_quantile(confidence) * sqrt(padded.variance / padded.n)
    return Interval(answers.score, max(padded.score - half, -1.0), min(padded.score + half, 1.0))


def nps_difference(one: Answers, two: Answers, confidence: float = 0.95) -> Contrast:
    """Difference of two independent scores, second minus first (Wald).

    Examples
    --------
    >>> found = nps_difference(Answers(120, 100, 80), Answers(162, 108, 54))
    >>> round(found.estimate, 3), round(found.low, 5), round(found.p_value, 6)
    (0.2, 0.07795, 0.001319)
    """
    for answers in (one, two):
        _check_answers(answers)
    error = sqrt(one.variance / one.n + two.variance / two.n)
    return contrast(two.score - one.score, error, float("inf"), confidence)
