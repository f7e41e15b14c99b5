import numpy as np
import pytest

from ocem.domain.kpi import KpiKind
from ocem.errors import StatsInputError
from ocem.stats.beforeafter import Cohort, GroupSeries, estimate, standardise

WEEK = np.arange(100)
BEFORE, AFTER = WEEK < 80, WEEK >= 80


def test_an_apparent_success_that_is_only_mix_disappears():
    # 10 % online among small customers, 50 % among large ones throughout; after the go-live the large ones order more
    rng = np.random.default_rng(1)
    days = np.datetime64("2024-01-01") + 7 * WEEK
    orders = rng.poisson(np.array([np.where(AFTER, 400, 700), np.where(AFTER, 600, 300)])).astype(float)
    online = rng.binomial(orders.astype(int), np.array([[0.1], [0.5]])).astype(float)
    others = GroupSeries(rng.binomial(1000, 0.3, 100).astype(float), np.full(100, 1000.0))
    raw = GroupSeries(online.sum(axis=0), orders.sum(axis=0))
    fixed = standardise(online, orders, BEFORE).series
    moved = estimate(KpiKind.SHARE, Cohort(raw, others, 80), days, BEFORE, AFTER)
    stayed = estimate(KpiKind.SHARE, Cohort(fixed, others, 80), days, BEFORE, AFTER)
    assert moved.absolute == pytest.approx(0.12, abs=0.02)
    assert stayed.low < 0 < stayed.high
    assert abs(stayed.absolute) < 0.02


def test_with_the_mix_of_the_week_the_fixed_value_is_the_raw_one():
    orders = np.array([[30.0, 30.0], [10.0, 10.0]])
    online = np.array([[3.0, 6.0], [5.0, 2.0]])
    fixed = standardise(online, orders, np.array([True, False]))
    assert fixed.weights.tolist() == [0.75, 0.25]
    np.testing.assert_allclose(fixed.series.numerator, online.sum(axis=0))
    np.testing.assert_allclose(fixed.series.denominator, orders.sum(axis=0))


def test_a_small_empty_cell_takes_its_own_reference_value():
    # the small cell (5 % of the mix) has 0.8 in the reference weeks and nothing in the last
    orders = np.array([[95.0, 95, 95], [5, 5, 0]])
    online = np.array([[19.0, 19, 38], [4, 4, 0]])
    found = standardise(online, orders, np.array([True, True, False]))
    value = found.series.numerator / found.series.denominator
    assert value.tolist() == pytest.approx([0.23, 0.23, 0.95 * 0.4 + 0.05 * 0.8])
    assert (found.filled_weeks, found.dropped_weeks) == (1, 0)


def test_a_week_without_a_large_cell_is_left_out():
    orders = np.array([[70.0, 70, 70], [30, 30, 0]])
    found = standardise(orders / 2, orders, np.array([True, True, False]))
    assert np.isnan(found.series.denominator[2])
    assert (found.filled_weeks, found.dropped_weeks) == (0, 1)


def test_durations_keep_their_logarithms():
    n = np.array([[10.0, 30.0], [30.0, 10.0]])
    logs = n * np.array([[np.log(20.0)], [np.log(80.0)]])
    found = standardise(n * [[25.0], [100.0]], n, np.array([True, False]), numerator_log=logs)
    level = found.series.numerator_log / found.series.denominator
    assert level.tolist() == pytest.approx([0.25 * np.log(20) + 0.75 * np.log(80)] * 2)


def test_a_mix_without_weight_is_an_error_of_the_caller():
    with pytest.raises(StatsInputError, match="weights"):
        standardise(np.ones((2, 3)), np.ones((2, 3)), np.zeros(3, bool))
    with pytest.raises(StatsInputError, match="weights"):
        standardise(np.ones((2, 3)), np.ones((2, 3)), np.ones(3, bool), weights=np.array([1.0, -1.0]))
    with pytest.raises(StatsInputError, match="weeks"):
        standardise(np.ones((2, 3)), np.ones((2, 4)), np.ones(3, bool))
