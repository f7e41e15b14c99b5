"""Looking every week: one interval for all looks, and what it costs."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import ndtr

from ocem.domain.kpi import KpiKind
from ocem.stats.beforeafter import Cohort, Estimate, Frame, GroupSeries, Judged, Options, estimate_all
from ocem.stats.looking import GROWTHS, HEIGHTS, LOOKS, Looks

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


def passing(height: float, information: np.ndarray, points: int = 121) -> float:
    """Chance that a random walk, seen at these information times, ever lies beyond the height: week by week."""
    at, weight = np.polynomial.legendre.leggauss(points)
    at, weight = at * height, weight * height
    density, total = np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi), 2 * ndtr(-height)
    for then, now in pairwise(information):
        kept, own = np.sqrt(then / now), np.sqrt(1 - then / now)
        total += (density * weight * (ndtr((-height - kept * at) / own) + ndtr((kept * at - height) / own))).sum()
        moves = np.exp(-(((at[:, None] - kept * at) / own) ** 2) / 2) / (own * np.sqrt(2 * np.pi))
        density = moves @ (density * weight)
    return float(total)


@pytest.mark.parametrize(("growth", "height"), [(1.0, 2.5), (2.0, 3.0), (2.565, 4.0)])
def test_the_table_of_looks_is_that_of_the_recursion(growth, height):
    weeks = np.arange(4.0, 53.0)
    lengths = np.geomspace(0.1, 1e5, 4000)
    known = weeks * lengths[:, None] / (weeks + lengths[:, None])
    information = known[np.abs(np.log(known[:, -1] / known[:, 0]) - growth).argmin()]
    expected = passing(height, information) / (2 * ndtr(-height))
    found = LOOKS[GROWTHS.tolist().index(growth), HEIGHTS.tolist().index(height)]
    assert found == pytest.approx(expected, abs=0.02)


def test_interval_and_p_value_of_a_look_agree():
    for seed in range(20):
        found = look(seed, 13, every_week=True)
        assert (found.low > 0 or found.high < 0) == (found.p_value < 0.05)


def test_a_p_value_at_the_boundary_is_the_error_that_is_allowed():
    for looks in (Looks(0.3, 4), Looks(1.7, 13), Looks(2.5, 52), Looks(2.5, 80)):
        assert looks.p_value(looks.tail(0.95)) == pytest.approx(0.05, rel=1e-6)


def test_looks_that_add_little_cost_little():
    tails = [Looks(growth, 13).tail(0.95) for growth in (0.0, 1.0, 2.0)]
    assert tails[0] == pytest.approx(0.04)
    assert tails == sorted(tails, reverse=True)


def test_the_stated_detectable_change_counts_the_looks():
    plain, widened = look(3, 13, every_week=False), look(3, 13, every_week=True)
    assert widened.mde / plain.mde > 1.2
    assert widened.detectable_after(13) / plain.detectable_after(13) > 1.2


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
