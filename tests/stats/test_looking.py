"""Looking every week: one interval for all looks, and what it costs."""

import numpy as np
import pytest

from ocem.domain.kpi import KpiKind
from ocem.stats.beforeafter import Cohort, Estimate, Frame, GroupSeries, Judged, Options, estimate_all
from ocem.stats.looking import every_week_boundary, every_week_p_value, every_week_tail

WEEK = np.arange(112)
DAYS = np.datetime64("2023-01-02") + 7 * WEEK


def look(seed: int, weeks: int, every_week: bool) -> Estimate:
    rng = np.random.default_rng(seed)
    groups = [GroupSeries(rng.poisson(size, len(WEEK)).astype(float)) for size in (400, 4000)]
    frame = Frame(60, DAYS, WEEK < 60, (WEEK >= 60) & (60 + weeks > WEEK))
    options = Options(checks=False, paths=False, every_week=every_week)
    (found,) = estimate_all(KpiKind.COUNT, [[Judged(Cohort(*groups, 60), frame)]], options)
    assert isinstance(found, Estimate)
    return found


def test_the_boundary_is_lowest_where_it_was_asked_to_be():
    heights = [every_week_boundary(weeks) for weeks in (2, 5, 13, 30, 104)]
    assert heights.index(min(heights)) == 2


def test_interval_and_p_value_of_a_look_agree():
    for seed in range(20):
        found = look(seed, 13, every_week=True)
        assert (found.low > 0 or found.high < 0) == (found.p_value < 0.05)


def test_a_p_value_at_the_boundary_is_the_error_that_is_allowed():
    for weeks in (4, 13, 52):
        assert every_week_p_value(every_week_tail(weeks), weeks) == pytest.approx(0.05, rel=1e-9)


def test_the_widened_interval_holds_the_plain_one():
    plain, widened = look(3, 13, every_week=False), look(3, 13, every_week=True)
    assert widened.low < plain.low < plain.high < widened.high
    assert widened.estimate == plain.estimate


@pytest.mark.slow
def test_a_year_of_looks_is_seldom_wrong_when_widened_and_often_when_not():
    alarms = {True: 0, False: 0}
    for every_week in alarms:
        for seed in range(60):
            looks = [look(seed, weeks, every_week) for weeks in range(4, 53, 4)]
            alarms[every_week] += any(one.low > 0 or one.high < 0 for one in looks)
    # 60 series: 5 % are 3, and 8 or more of 60 happen in 1 %
    assert alarms[True] <= 7
    assert alarms[False] > alarms[True]
