"""Effects drawn together: arithmetic, agreement with a library, and coverage."""

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.shrinkage import shrink

# Rubin's eight schools (Rubin 1981, J. Educ. Stat. 6, 377-401): effects and standard errors of coaching
SCHOOLS = [28.0, 8, -3, 7, -1, 1, 18, 12], [15.0, 10, 16, 11, 9, 11, 10, 18]


def test_schools_that_differ_by_chance_alone_all_get_the_common_mean():
    found = shrink(*SCHOOLS)
    # the weighted mean of the eight schools is 7.69 with standard error 4.07, and Q = 4.71 < 7 degrees of freedom
    assert found.between == 0.0
    assert found.centre == pytest.approx(7.69, abs=0.01)
    assert found.centre_error == pytest.approx(4.07, abs=0.01)
    assert found.effect == pytest.approx([found.centre] * 8)


@pytest.mark.parametrize("method", ["paule_mandel", "dersimonian_laird"])
def test_the_spread_is_that_of_the_library(method):
    from statsmodels.stats.meta_analysis import combine_effects

    rng = np.random.default_rng(4)
    effects, errors = rng.normal(0.2, 0.4, 12), rng.uniform(0.1, 0.3, 12)
    theirs = combine_effects(effects, errors**2, method_re="pm" if method == "paule_mandel" else "dl")
    ours = shrink(effects, errors, method=method)
    assert ours.between**2 == pytest.approx(theirs.tau2, rel=1e-4)
    assert ours.centre == pytest.approx(theirs.mean_effect_re, rel=1e-4)


def test_the_sum_of_shrunken_effects_covers_the_sum_of_the_true_ones():
    rng = np.random.default_rng(11)
    held = []
    for _ in range(400):
        true = rng.normal(0.0, 0.1, 30)
        errors = rng.uniform(0.05, 0.2, 30)
        found = shrink(true + errors * rng.standard_normal(30), errors)
        held.append(found.total_low <= true.sum() <= found.total_high)
    # 400 draws: Monte Carlo error 1.1 points
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


def test_a_single_effect_or_none_is_answered_or_refused():
    assert shrink([0.3], [0.1]).effect == pytest.approx([0.3])
    for effects, errors in (([], []), ([1.0], [0.0]), ([np.nan], [1.0]), ([1.0, 2.0], [1.0])):
        with pytest.raises(StatsInputError):
            shrink(effects, errors)
