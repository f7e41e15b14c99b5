"""A change is split exactly, whatever the numbers; parts that contradict the whole are noticed."""

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.decomposition import disagrees, split_ratio, split_sum


@pytest.mark.parametrize("seed", range(20))
def test_mix_and_rate_add_up_to_the_change(seed: int) -> None:
    rng = np.random.default_rng(seed)
    below = rng.integers(0, 500, (6, 2)).astype(float)
    below[0] = [0, 40]  # a part that is there only afterwards
    above = below * rng.random((6, 2))
    found = split_ratio(above, below)
    whole = above.sum(axis=0) / below.sum(axis=0)
    assert found.change == pytest.approx(whole[1] - whole[0], abs=1e-12)
    assert found.mix.sum() + found.rate.sum() == pytest.approx(found.change, abs=1e-12)


def test_a_change_within_the_parts_alone_is_all_rate() -> None:
    """Weights stay at 1/4 and 3/4; both parts gain two points."""
    found = split_ratio(np.array([[10.0, 12.0], [60.0, 66.0]]), np.array([[100.0, 100.0], [300.0, 300.0]]))
    assert found.mix.tolist() == [0.0, 0.0]
    assert found.rate.tolist() == pytest.approx([0.25 * 0.02, 0.75 * 0.02])


def test_a_change_of_weights_alone_is_all_mix() -> None:
    """Rates stay 0.1 and 0.5; the second part grows from half to three quarters: 0.3 to 0.4."""
    found = split_ratio(np.array([[10.0, 5.0], [50.0, 75.0]]), np.array([[100.0, 50.0], [100.0, 150.0]]))
    assert found.change == pytest.approx(0.1)
    assert found.rate.tolist() == pytest.approx([0.0, 0.0])
    assert found.mix.sum() == pytest.approx(0.1)


def test_berkeleys_admissions_are_recognised_as_simpsons_paradox() -> None:
    """Bickel, Hammel & O'Connell (1975), departments A and F: each admits women more often, both together less.

    Men 512 of 825 and 22 of 373, women 89 of 108 and 24 of 341.
    """
    found = split_ratio(np.array([[512.0, 89.0], [22.0, 24.0]]), np.array([[825.0, 108.0], [373.0, 341.0]]))
    assert found.change < 0 < found.rate.sum()
    assert disagrees(found)


def test_parts_of_a_sum_have_no_mix() -> None:
    found = split_sum(np.array([[100.0, 40.0], [0.0, 10.0]]), np.array([10.0, 5.0]))
    assert found.before == 10.0 and found.after == 10.0
    assert found.rate.tolist() == [-2.0, 2.0]
    assert not found.mix.any()


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(StatsInputError):
        split_ratio(np.array([[1.0, 1.0]]), np.array([[0.0, 10.0]]))
    with pytest.raises(StatsInputError):
        split_ratio(np.zeros((2, 2)), np.array([[0.0, 1.0], [0.0, 1.0]]))
    with pytest.raises(StatsInputError):
        split_ratio(np.array([[np.nan, 1.0]]), np.ones((1, 2)))
