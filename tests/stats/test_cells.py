import numpy as np
import pytest

from ocem.domain.kpi import KpiKind
from ocem.stats.beforeafter import Cohort, GroupSeries, estimate
from ocem.stats.cells import estimate_cells, pooled_difference
from ocem.stats.windows import Windows

WEEK = np.arange(28)
DAYS = np.datetime64("2025-01-06") + 7 * WEEK
BEFORE, AFTER = WEEK < 20, WEEK >= 20
WINDOWS = Windows(BEFORE, AFTER, 20)


def cells(rng: np.random.Generator, k: int) -> np.ndarray:
    level = np.exp(rng.normal(5, 0.6, (k, 1)))
    return rng.poisson(level * np.exp(rng.normal(0, 0.08, (k, 28)))).astype(float)


def whole(part: np.ndarray) -> GroupSeries:
    return GroupSeries(part.sum(axis=0))


def test_the_pooled_difference_is_students_t():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    inside, outside = rng.normal(1, 1, 4), rng.normal(0, 1, 20)
    theirs = ttest_ind(inside, outside)
    ours = pooled_difference(inside, outside)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    interval = theirs.confidence_interval(0.95)
    assert (ours.step - ours.half_width, ours.step + ours.half_width) == pytest.approx((interval.low, interval.high))


def test_with_a_short_history_and_many_cells_the_cells_are_compared():
    rng = np.random.default_rng(2)
    inside, outside = cells(rng, 3), cells(rng, 20)
    cohort = Cohort(whole(inside), whole(outside), 20, GroupSeries(inside), GroupSeries(outside))
    found = estimate(KpiKind.COUNT, cohort, DAYS, BEFORE, AFTER)
    assert (found.method, found.grade, found.df) == ("pooled_cells", "B", 21)
    assert found.evaluation_value == pytest.approx(inside[:, 20:].sum(axis=0).mean())
    weekly = estimate(KpiKind.COUNT, cohort, DAYS, BEFORE, AFTER, method="difference_ar1")
    assert weekly.method == "difference_ar1"


def test_with_few_cells_the_weekly_difference_is_taken():
    rng = np.random.default_rng(3)
    inside, outside = cells(rng, 3), cells(rng, 6)
    cohort = Cohort(whole(inside), whole(outside), 20, GroupSeries(inside), GroupSeries(outside))
    assert estimate(KpiKind.COUNT, cohort, DAYS, BEFORE, AFTER).method == "difference_ar1"
    asked = estimate(KpiKind.COUNT, cohort, DAYS, BEFORE, AFTER, method="pooled_cells")
    assert asked.code == "too_few_cells"


def test_cells_with_hardly_a_row_are_left_out_and_said():
    rng = np.random.default_rng(4)
    outside = cells(rng, 14)
    outside[0] = 0
    outside[0, 5] = 3
    inside = cells(rng, 2)
    found = estimate_cells(KpiKind.COUNT, GroupSeries(inside), GroupSeries(outside), WINDOWS, whole(inside))
    assert found.df == 13
    assert {note.code for note in found.warnings} == {"short_history", "cells_left_out"}


def test_cells_that_do_not_differ_leave_nothing_to_measure_against():
    same = np.full((12, 28), 50.0)
    found = estimate_cells(KpiKind.COUNT, GroupSeries(same[:2]), GroupSeries(same[2:]), WINDOWS, whole(same[:2]))
    assert found.code == "no_variation"


def test_changes_of_cells_cry_wolf_as_often_as_they_say():
    # 600 worlds with a market that moves for all: nominal 5 %, Monte Carlo error 0.9 points
    false = 0
    for seed in range(600):
        rng = np.random.default_rng([5, seed])
        market = np.exp(0.2 * np.sin((WEEK - seed) / 8))
        part = rng.poisson(cells(rng, 22) * market).astype(float)
        found = estimate_cells(KpiKind.COUNT, GroupSeries(part[:2]), GroupSeries(part[2:]), WINDOWS, whole(part[:2]))
        false += found.low > 0 or found.high < 0
    assert 0.02 <= false / 600 <= 0.08
