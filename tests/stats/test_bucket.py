"""Errors that follow customers: leaving buckets out one by one, and whether the intervals hold the truth."""

import numpy as np
import pytest

from ocem.stats import bucket
from ocem.stats.interval import RatioSums, ratio
from ocem.stats.share import wilson
from tests.reference.customer_buckets import World, rates


def test_the_error_is_that_of_leaving_out_one_bucket_after_the_other() -> None:
    rng = np.random.default_rng(1)
    above, below = rng.gamma(2.0, 10.0, 32), rng.gamma(3.0, 5.0, 32)
    without = np.array([(above.sum() - a) / (below.sum() - b) for a, b in zip(above, below, strict=True)])
    by_hand = np.sqrt(31 / 32 * np.sum((without - above.sum() / below.sum()) ** 2))
    found = bucket.levels(above, below)
    assert float(found.standard_error) == pytest.approx(by_hand, rel=1e-12)
    assert float(found.df) == pytest.approx(above.sum() ** 2 / np.sum(above**2) - 1)  # the more unequal side


def test_with_equal_buckets_it_is_the_linearised_error_of_a_ratio() -> None:
    above = np.random.default_rng(2).normal(30.0, 3.0, 32)
    below = np.full(32, 10.0)
    linear = ratio(RatioSums(32, above.sum(), below.sum(), np.sum(above**2), np.sum(below**2), np.sum(above * below)))
    found = bucket.levels(above, below)
    assert float(found.standard_error) == pytest.approx(linear.standard_error, rel=1e-12)
    assert float(found.df) == pytest.approx(linear.df, rel=0.02)  # 31 but for how the numerators differ


def test_of_a_share_the_rarer_side_says_how_few_customers_tell() -> None:
    failed = np.zeros(32)
    failed[:2] = 5.0
    below = np.full(32, 100.0)
    for above in (failed, below - failed):
        assert float(bucket.levels(above, below, is_share=True).df) == bucket.FEWEST_DF


def test_what_stays_with_the_customers_is_no_change() -> None:
    rng = np.random.default_rng(3)
    above, below = rng.gamma(2.0, 10.0, (4, 32)), rng.gamma(3.0, 5.0, (4, 32))
    found = bucket.changes((above, below), (2.0 * above, 2.0 * below))
    assert np.allclose(found.value, 0.0)
    assert np.allclose(found.standard_error, 0.0, atol=1e-12)


def test_one_bucket_alone_tells_no_error() -> None:
    found = bucket.levels(np.array([3.0, 0.0]), np.array([4.0, 0.0]))
    assert float(found.value) == 0.75
    assert np.isnan(found.standard_error)


def test_an_interval_is_never_narrower_than_the_one_by_rows() -> None:
    close, by_rows = bucket.share(30, 100, 0.001, 31), wilson(30, 100)
    assert close.low <= by_rows.low
    assert close.high >= by_rows.high


@pytest.mark.slow
@pytest.mark.parametrize("kpi", ["share", "nps", "mean", "ratio"])
def test_intervals_hold_the_truth_where_rows_of_a_customer_are_alike(kpi: str) -> None:
    """Of 200 panels at least 90% and at most 8% alarms; rows counted one by one hold it in two of three."""
    found = rates(World(kpi, "gamma", 0.2, 300), 200)
    assert found["32"].covers >= 90
    assert found["32"].alarms <= 8
    assert found["rows"].covers < 80
