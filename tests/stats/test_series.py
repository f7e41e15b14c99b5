import numpy as np
import pytest

from ocem.domain.kpi import KpiKind
from ocem.errors import StatsInputError
from ocem.stats.closure import find_closures
from ocem.stats.result import Scale
from ocem.stats.series import GroupSeries, prepare, sums_of
from ocem.stats.windows import Windows


def windows(n_weeks: int, go_live: int, wash_in: int = 0) -> Windows:
    week = np.arange(n_weeks)
    return Windows(week < go_live, week >= go_live + wash_in, go_live)


def prepared(kind, inside, comparison, at):
    return prepare(kind, sums_of(kind, inside), None if comparison is None else sums_of(kind, comparison), at)


def test_a_closure_takes_the_reduced_weeks_beside_it_along():
    volume = np.full((1, 80), 300.0)
    volume[0, 30:35] = [240, 120, 10, 100, 260]
    volume[0, 60] = 250  # reduced, but beside no closure
    assert np.flatnonzero(find_closures(volume, 70)[0]).tolist() == [30, 31, 32, 33, 34]


def test_a_lasting_fall_after_the_go_live_is_no_closure():
    volume = np.full((1, 80), 300.0)
    volume[0, 70:] = 60
    assert not find_closures(volume, 70).any()


def test_a_season_is_no_closure():
    week = np.arange(156)
    assert not find_closures(400 * np.exp(0.5 * np.sin(2 * np.pi * week / 52))[None], 120).any()


def test_few_rows_by_chance_are_no_closure():
    volume = np.random.default_rng(1).poisson(6.0, (50, 156)).astype(float)
    assert find_closures(volume, 120).mean() < 0.001


def test_a_closure_that_fills_the_evaluation_is_known_from_the_year_before():
    volume = np.full((1, 116), 300.0)
    volume[0, 58:62] = [200, 30, 30, 200]
    volume[0, 110:114] = [200, 30, 30, 200]
    volume[0, 114:] = 30
    closed = np.flatnonzero(find_closures(volume, 109)[0])
    assert set(range(110, 114)) <= set(closed)


def test_thin_weeks_are_added_to_the_next_and_never_across_the_go_live():
    answers = np.array([2.0, 2, 2, 8, 3, 1, 9, 3])
    score = np.array([1.0, 2, 3, 4, 5, 6, 7, 8])
    ready = prepared(KpiKind.MEAN, GroupSeries(score, answers), None, windows(8, 6))
    # 2 + 2 + 2 answers fill week 2; 3 + 1 never fill up before the go-live; the last 3 have no next week
    assert np.flatnonzero(ready.used[0]).tolist() == [2, 3, 6]
    assert ready.y[0, [2, 3, 6]].tolist() == pytest.approx([6 / 6, 4 / 8, 7 / 9])
    assert ready.merged.tolist() == [5]


def test_weeks_thin_in_either_group_are_merged_in_both():
    inside = GroupSeries(np.full(6, 4.0), np.array([8.0, 8, 8, 8, 8, 8]))
    comparison = GroupSeries(np.full(6, 3.0), np.array([9.0, 2, 9, 9, 9, 9]))
    ready = prepared(KpiKind.SHARE, inside, comparison, windows(6, 4))
    assert np.flatnonzero(ready.used[0]).tolist() == [0, 2, 3, 4, 5]
    assert ready.y[0, 2] == pytest.approx(8 / 16 - 6 / 11)


def test_counts_of_nothing_are_compared_by_index():
    inside = GroupSeries(np.array([10.0, 12, 8, 10, 0, 0]))
    comparison = GroupSeries(np.array([100.0, 120, 80, 100, 100, 100]))
    ready = prepared(KpiKind.COUNT, inside, comparison, windows(6, 4))
    assert ready.scale == (Scale.INDEX,)
    assert ready.y[0].tolist() == pytest.approx([0, 0, 0, 0, -1, -1])
    assert ready.unit.tolist() == [10.0]


def test_large_counts_are_compared_by_logarithms():
    inside = GroupSeries(np.array([10.0, 12, 8, 10, 20, 20]))
    ready = prepared(KpiKind.COUNT, inside, GroupSeries(np.full(6, 50.0)), windows(6, 4))
    assert ready.scale == (Scale.LOG,)
    assert ready.y[0, 4] == pytest.approx(np.log(20 / 50))


def test_durations_are_compared_by_their_mean_logarithm():
    n = np.full(6, 20.0)
    logs = np.log(60.0) * n
    series = GroupSeries(90.0 * n, n, None, logs)
    ready = prepared(KpiKind.DURATION, series, None, windows(6, 4))
    assert ready.y[0].tolist() == pytest.approx([np.log(60.0)] * 6)
    # the weekly mean of 90 lies log(90 / 60) above the geometric mean
    assert ready.in_unit(ready.level, np.array([0]))[0].tolist() == pytest.approx([90.0] * 6)


def test_infinite_and_missing_weeks_are_not_there():
    inside = GroupSeries(np.array([1.0, np.inf, 3, 4, np.nan, 6]), np.array([10.0, 10, 0, 10, 10, 10]))
    ready = prepared(KpiKind.SHARE, inside, None, windows(6, 4))
    assert np.flatnonzero(ready.present[0]).tolist() == [0, 3, 5]


def test_a_share_without_a_denominator_is_an_error_of_the_caller():
    with pytest.raises(StatsInputError, match="share"):
        sums_of(KpiKind.SHARE, GroupSeries(np.ones(5)))


def test_sums_of_different_length_are_an_error_of_the_caller():
    with pytest.raises(StatsInputError, match="numerator"):
        GroupSeries(np.ones(5), np.ones(6))
