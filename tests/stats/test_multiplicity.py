import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocem.errors import StatsInputError
from ocem.stats.multiplicity import benjamini_hochberg


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_values_are_scipys(p_values):
    from scipy.stats import false_discovery_control

    np.testing.assert_allclose(benjamini_hochberg(p_values), false_discovery_control(p_values), rtol=1e-12)


def test_the_published_example_rejects_four():
    # Benjamini & Hochberg (1995), section 3.1: 15 hypotheses, Bonferroni rejects 3, theirs 4
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    adjusted = benjamini_hochberg(p)
    assert sum(q <= 0.05 for q in adjusted) == 4
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)


def test_comparisons_without_a_number_do_not_count():
    assert benjamini_hochberg([0.01, None, 0.04]) == [0.02, None, 0.04]
    assert benjamini_hochberg([]) == []


def test_a_p_value_outside_its_range_is_named():
    with pytest.raises(StatsInputError, match=r"1\.2"):
        benjamini_hochberg([0.5, 1.2])
