"""The spread between groups against a published example, and that its interval covers."""

from math import log, sqrt

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.gap import Level, combine, difference, level
from ocem.stats.interval import RatioSums
from ocem.stats.spread import between

# Thirteen trials of BCG vaccination (Colditz et al. 1994), cases and non-cases among vaccinated and controls.
BCG = (
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
)  # fmt: skip


def test_the_q_profile_interval_is_that_of_the_published_example():
    """Viechtbauer's package metafor gives for these trials 0.1197 to 1.1115 for tau squared."""
    means = [log(a / (a + b)) - log(c / (c + d)) for a, b, c, d in BCG]
    errors = [sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) for a, b, c, d in BCG]
    found = between(means, errors)
    assert found.low**2 == pytest.approx(0.1197, abs=5e-5)
    assert found.high**2 == pytest.approx(1.1115, abs=5e-5)
    assert found.value**2 == pytest.approx(0.3181, abs=5e-4)


def test_the_interval_covers_the_true_spread():
    """500 worlds of six touchpoints with a true spread of 0.3: 95% within three Monte Carlo errors (about 3 points)."""
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(500):
        errors = rng.uniform(0.05, 0.2, 6)
        seen = rng.normal(0, 0.3, 6) + rng.normal(0, errors)
        found = between(seen.tolist(), errors.tolist())
        covered += found.low <= 0.3 <= found.high
    assert 0.92 <= covered / 500 <= 0.98


def test_two_groups_have_no_spread():
    with pytest.raises(StatsInputError):
        between([1.0, 2.0], [0.1, 0.1])


def test_a_gap_and_its_change_carry_every_error():
    """Independent errors of 0.3 and 0.4 make 0.5; four of 0.5 make 1."""
    one, two = Level(1.0, 0, 2, 0.3, 1e9), Level(3.0, 2, 4, 0.4, 1e9)
    gap = difference(one, two)
    assert (gap.estimate, gap.standard_error) == (2.0, pytest.approx(0.5))
    four = combine([(sign, Level(1.0, 0, 2, 0.5, 1e9)) for sign in (1, -1, -1, 1)])
    assert four.estimate == 0 and four.standard_error == pytest.approx(1.0)


def test_a_share_without_variation_has_an_interval_all_the_same():
    """Ten of ten satisfied respondents: Wilson's lower end is 0.722."""
    found = level(RatioSums(10, 10, 10, 10, 10, 10), 0, 1, share=True)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.722, abs=5e-4)


def test_respondents_with_many_answers_widen_the_interval():
    """Ten people of ten answers each who never change their mind: the same mean, an interval as for ten answers."""
    rng = np.random.default_rng(1)
    scores = rng.integers(1, 6, 10).astype(float)
    many = level(RatioSums(10, 10 * scores.sum(), 100, 100 * (scores**2).sum(), 1000, 100 * scores.sum()), 1, 5)
    few = level(RatioSums(10, scores.sum(), 10, (scores**2).sum(), 10, scores.sum()), 1, 5)
    assert (many.low, many.high) == pytest.approx((few.low, few.high))
