"""Input that cannot be compared gets a reason; never a traceback, never a figure that is not a number."""

import numpy as np
import pytest

from ocem.domain.comparison import Verdict
from ocem.domain.kpi import Direction, KpiKind
from ocem.errors import StatsInputError
from ocem.stats.beforeafter import Cohort, GroupSeries, Refusal, estimate, estimate_staggered
from ocem.stats.verdict import decide

WEEK = np.arange(100)
DAYS = np.datetime64("2023-01-02") + 7 * WEEK
BEFORE, AFTER = WEEK < 80, WEEK >= 80
RNG = np.random.default_rng(11)
COUNTS = GroupSeries(RNG.poisson(200, 100).astype(float))
OTHERS = GroupSeries(RNG.poisson(900, 100).astype(float))
N = RNG.poisson(60, 100).astype(float)
SHARE = GroupSeries(RNG.binomial(N.astype(int), 0.4).astype(float), N)
OTHER_SHARE = GroupSeries(RNG.binomial(500, 0.4, 100).astype(float), np.full(100, 500.0))


def code(kind, inside, comparison, go_live=80, before=BEFORE, after=AFTER, days=DAYS):
    found = estimate(kind, Cohort(inside, comparison, go_live), days, before, after)
    assert isinstance(found, Refusal), found
    assert decide(found, Direction.UP, 0.1).verdict in (Verdict.NOT_ENOUGH_DATA, Verdict.NOT_COMPARABLE)
    return found.code


NOTHING = np.zeros(100, bool)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((0, BEFORE, AFTER), "go_live_outside_data"),
        ((100, BEFORE, AFTER), "go_live_outside_data"),
        ((-5, BEFORE, AFTER), "go_live_outside_data"),
        ((80, NOTHING, AFTER), "no_baseline"),
        ((80, BEFORE, NOTHING), "too_few_weeks_after"),
        ((80, BEFORE, AFTER & (WEEK < 83)), "too_few_weeks_after"),
        ((80, BEFORE, WEEK >= 70), "overlapping_windows"),
        ((80, BEFORE & (WEEK < 60), WEEK >= 70), "windows_on_wrong_side"),
        ((60, BEFORE, AFTER), "windows_on_wrong_side"),
        ((80, BEFORE & (WEEK >= 70), AFTER), "too_few_weeks_before"),
    ],
)
def test_windows_that_cannot_be_compared(windows, expected):
    assert code(KpiKind.COUNT, COUNTS, OTHERS, *windows) == expected


@pytest.mark.parametrize("comparison", [True, False])
def test_one_point(comparison):
    one = GroupSeries(np.array([3.0]), np.array([5.0]))
    day, window = DAYS[:1], np.array([True])
    assert code(KpiKind.SHARE, one, one if comparison else None, 0, window, ~window, day) == "go_live_outside_data"


def test_no_point():
    none = GroupSeries(np.array([]), np.array([]))
    window = np.array([], dtype=bool)
    assert code(KpiKind.SHARE, none, None, 0, window, window, DAYS[:0]) == "go_live_outside_data"


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_series(value):
    constant = GroupSeries(np.full(100, 10 * value), np.full(100, 10.0))
    assert code(KpiKind.MEAN, constant, constant) == "no_variation"
    assert code(KpiKind.MEAN, constant, None) == "no_variation"


def test_a_constant_count():
    assert code(KpiKind.COUNT, GroupSeries(np.full(100, 40.0)), GroupSeries(np.full(100, 90.0))) == "no_variation"


def test_counts_that_were_never_there():
    assert code(KpiKind.COUNT, GroupSeries(np.zeros(100)), OTHERS) == "not_positive"


def test_all_missing():
    missing = GroupSeries(np.full(100, np.nan))
    assert code(KpiKind.COUNT, missing, OTHERS) == "all_missing"
    assert code(KpiKind.COUNT, GroupSeries(np.full(100, np.inf)), OTHERS) == "all_missing"
    assert code(KpiKind.COUNT, COUNTS, missing) == "comparison_missing"


def test_weights_of_zero():
    weightless = GroupSeries(SHARE.numerator, np.zeros(100))
    assert code(KpiKind.SHARE, weightless, OTHER_SHARE) == "no_baseline"


def test_negative_weights():
    negative = GroupSeries(SHARE.numerator, np.where(WEEK == 50, -4.0, N))
    assert code(KpiKind.SHARE, negative, OTHER_SHARE) == "negative_weights"
    assert code(KpiKind.SHARE, SHARE, negative) == "negative_weights"
    assert code(KpiKind.COUNT, GroupSeries(np.where(WEEK == 3, -1.0, COUNTS.numerator)), OTHERS) == "negative_weights"


def test_too_few_answers():
    few = np.where(BEFORE, 8.0, 0.4)
    assert code(KpiKind.TOP2, GroupSeries(few / 2, few), OTHER_SHARE) == "too_few_answers"


def test_a_baseline_without_data():
    late = GroupSeries(np.where(BEFORE, np.nan, COUNTS.numerator))
    assert code(KpiKind.COUNT, late, OTHERS) == "no_baseline"


def test_an_evaluation_without_data():
    early = GroupSeries(np.where(BEFORE, COUNTS.numerator, np.nan))
    assert code(KpiKind.COUNT, early, OTHERS) == "too_few_weeks_after"


def test_a_history_that_starts_late_counts_from_where_it_starts():
    late = GroupSeries(np.where(WEEK < 70, np.nan, COUNTS.numerator))
    found = estimate(KpiKind.COUNT, Cohort(late, OTHERS, 80), DAYS, BEFORE, AFTER)
    assert found == Refusal("too_few_weeks_before", {"weeks": 10, "needed": 16})


def test_negative_amounts_are_compared_or_refused():
    margin = GroupSeries(RNG.normal(-50, 5, 100), None, np.full(100, 30.0))
    gains = GroupSeries(RNG.normal(50, 40, 100), None, np.full(100, 30.0))
    others = GroupSeries(RNG.normal(500, 40, 100), None, np.full(100, 30.0))
    assert code(KpiKind.SUM, margin, others) == "not_positive"
    found = estimate(KpiKind.SUM, Cohort(gains, others, 80), DAYS, BEFORE, AFTER)
    assert found.scale == "index"
    assert np.isfinite([found.absolute_low, found.absolute_high]).all()


def test_days_out_of_order_or_doubled_are_errors_of_the_caller():
    swapped = DAYS.copy()
    swapped[[3, 4]] = swapped[[4, 3]]
    doubled = DAYS.copy()
    doubled[4] = doubled[3]
    for days in (swapped, doubled):
        with pytest.raises(StatsInputError, match="seven days"):
            estimate(KpiKind.COUNT, Cohort(COUNTS, OTHERS, 80), days, BEFORE, AFTER)


def test_masks_and_groups_of_another_length_are_errors_of_the_caller():
    with pytest.raises(StatsInputError, match="99"):
        estimate(KpiKind.COUNT, Cohort(COUNTS, OTHERS, 80), DAYS, BEFORE[:99], AFTER)
    with pytest.raises(StatsInputError, match="99"):
        estimate(KpiKind.COUNT, Cohort(GroupSeries(COUNTS.numerator[:99]), OTHERS, 80), DAYS, BEFORE, AFTER)
    with pytest.raises(StatsInputError, match="confidence"):
        estimate(KpiKind.COUNT, Cohort(COUNTS, OTHERS, 80), DAYS, BEFORE, AFTER, confidence=95)


def test_an_evaluation_that_is_all_closed_says_so():
    volume = COUNTS.numerator.copy()
    volume[84:86] = 5
    after = AFTER & (WEEK < 86)
    found = estimate(KpiKind.COUNT, Cohort(GroupSeries(volume), OTHERS, 80), DAYS, BEFORE, after & (WEEK >= 82))
    assert found == Refusal("too_few_weeks_after", {"weeks": 2, "needed": 4, "closed": 2})


def test_cohorts_none_of_which_can_be_estimated_give_the_first_reason():
    missing = GroupSeries(np.full(100, np.nan))
    cohorts = [Cohort(missing, OTHERS, 80), Cohort(missing, OTHERS, 85)]
    found = estimate_staggered(KpiKind.COUNT, cohorts, DAYS, [BEFORE, BEFORE], [AFTER, WEEK >= 85])
    assert found == Refusal("all_missing")


def test_a_huge_noise_does_not_overflow():
    wild = GroupSeries(10.0 ** RNG.uniform(-150, 150, 100), np.full(100, 50.0))
    found = estimate(KpiKind.RATIO, Cohort(wild, OTHER_SHARE, 80), DAYS, BEFORE, AFTER)
    if isinstance(found, Refusal):
        assert found.code == "not_estimable"
    else:
        assert np.isfinite([found.absolute_low, found.absolute_high, found.mde]).all()


def test_weights_of_cohorts_must_be_as_many_as_the_cohorts_and_positive():
    cohorts = [Cohort(COUNTS, OTHERS, 80), Cohort(COUNTS, OTHERS, 80)]
    for weights in ([1.0], [1.0, 0.0]):
        with pytest.raises(StatsInputError, match="cohorts"):
            estimate_staggered(KpiKind.COUNT, cohorts, DAYS, [BEFORE] * 2, [AFTER] * 2, weights=weights)
    with pytest.raises(StatsInputError, match="cohorts"):
        estimate_staggered(KpiKind.COUNT, [], DAYS, [], [])


def test_the_same_group_twice_is_not_two_witnesses():
    # two cohorts with the same weeks: the average knows no more than one of them
    cohorts = [Cohort(COUNTS, OTHERS, 80), Cohort(COUNTS, OTHERS, 80)]
    one = estimate(KpiKind.COUNT, cohorts[0], DAYS, BEFORE, AFTER)
    twice = estimate_staggered(KpiKind.COUNT, cohorts, DAYS, [BEFORE] * 2, [AFTER] * 2)
    assert twice.standard_error == pytest.approx(one.standard_error)


def test_rows_that_are_missing_beside_a_value_make_the_week_thin():
    rows = np.where(WEEK % 2 == 0, np.nan, N)
    found = estimate(KpiKind.SHARE, Cohort(GroupSeries(SHARE.numerator, N, rows), OTHER_SHARE, 80), DAYS, BEFORE, AFTER)
    assert found.n_weeks_before == 40
    assert "thin_weeks_merged" in {note.code for note in found.warnings}
