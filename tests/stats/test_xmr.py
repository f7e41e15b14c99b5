import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.xmr import Signal, p_prime, u_prime, xmr

NHSR = np.array([1.0, 2, 1, 2, 10, *([1, 2] * 6), 1])
FLOWRATE = np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
ALTERNATING = np.array([9.0, 11.0] * 10)
"""Mean 10, every moving range 2: limits 10 -+ 5.32, half-way 2.66."""


def signals(values, **options):
    return [set(point.signals) for point in xmr(np.asarray(values, dtype=float), **options).points]


def test_the_flowrate_chart_of_the_nist_handbook():
    # NIST/SEMATECH e-Handbook, section 6.3.2.2: mean 50.81, mean range 1.8778, limits 55.8041 and 45.8159 (3 / 1.128)
    chart = xmr(FLOWRATE)
    assert chart.centre == pytest.approx(50.81, abs=1e-9)
    assert chart.mean_range == pytest.approx(1.8778, abs=1e-4)
    assert (chart.upper, chart.lower) == pytest.approx((55.8041, 45.8159), abs=2e-3)
    assert chart.range_limit == pytest.approx(6.134, abs=1e-2)


def test_the_series_of_the_nhsr_vignette_with_and_without_screening():
    # NHSRplotthedots, vignette on deviations: mean 1.94; limits 6.95 and -3.06, screened 4.6 and -0.72
    plain, screened = xmr(NHSR), xmr(NHSR, screen=True)
    assert plain.centre == pytest.approx(1.94, abs=5e-3)
    assert (plain.upper, plain.lower) == pytest.approx((6.95, -3.06), abs=5e-3)
    assert (screened.upper, screened.lower) == pytest.approx((4.6, -0.72), abs=5e-3)


def test_limits_are_never_rounded_before_a_point_is_tested():
    # a rate of 2 % with deviations of 0.1 points: two decimals would put every point outside
    values = 0.02 + 0.001 * np.array([1.0, -1] * 10)
    assert not any(found & {Signal.OUTSIDE} for found in signals(values))


def test_a_point_outside_and_the_jump_to_it_are_signals():
    found = signals([*ALTERNATING, 16.0], baseline_points=20)
    assert found[-1] == {Signal.OUTSIDE}
    found = signals([*ALTERNATING, 9.0, 16.0], baseline_points=20)
    assert found[-1] == {Signal.OUTSIDE, Signal.RANGE}


def test_three_of_four_near_one_limit():
    # half-way to the upper limit is 12.66
    assert signals([*ALTERNATING, 13.0, 10.5, 13.0, 13.0], baseline_points=20)[-1] == {Signal.NEAR_LIMIT}
    assert signals([*ALTERNATING, 13.0, 7.0, 13.0, 7.2], baseline_points=20)[-1] == set()


def test_eight_in_a_row_on_one_side():
    run = [10.5] * 7
    assert Signal.RUN not in signals([*ALTERNATING[:-1], *run], baseline_points=19)[-1]
    assert Signal.RUN in signals([*ALTERNATING[:-1], *run, 10.5], baseline_points=19)[-1]


def test_a_point_on_the_centre_neither_prolongs_nor_breaks_a_run():
    values = [*ALTERNATING, *[10.5] * 4, 10.0, *[10.5] * 3, 9.5]
    found = signals(values, baseline_points=20)
    assert Signal.RUN in found[-2]  # the 11 before, four, three: eight, without the one on the centre
    assert Signal.RUN not in found[24]
    assert Signal.RUN not in found[-1]


def test_only_the_first_point_of_a_signal_is_new():
    chart = xmr(np.array([*ALTERNATING, 16.0, 16.2]), baseline_points=20)
    assert chart.points[20].new_signals == (Signal.OUTSIDE,)
    assert chart.points[21].signals == (Signal.OUTSIDE,)
    assert chart.points[21].new_signals == ()


def test_limits_are_locked_from_twenty_points():
    assert xmr(ALTERNATING).locked
    assert not xmr(ALTERNATING[:19]).locked


def test_the_side_of_a_bound_that_cannot_be_passed_is_not_tested():
    counts = np.array([0.0, 3.0] * 10)  # mean 1.5, limits 1.5 -+ 7.98
    chart = xmr(np.array([*counts, 0.0, 0.0, 0.0, 0.0]), baseline_points=20, floor=0.0)
    assert chart.lower == 0.0
    assert chart.points[-1].signals == ()


def test_a_period_without_a_value_keeps_its_place():
    chart = xmr(np.array([*ALTERNATING, np.nan, 16.0]), baseline_points=20)
    assert chart.points[20].value is None
    assert chart.points[21].signals == (Signal.OUTSIDE,)


def test_a_flat_series_has_limits_on_its_centre_and_no_signal():
    chart = xmr(np.full(12, 4.0))
    assert (chart.lower, chart.upper) == (4.0, 4.0)
    assert all(point.signals == () for point in chart.points)


def test_limits_of_shares_follow_their_denominators():
    # with equal denominators p' has the limits of the XmR chart of the shares (3 / 1.128 instead of 2.66)
    rng = np.random.default_rng(1)
    k = rng.binomial(100, 0.2, 24).astype(float)
    same = p_prime(k, np.full(24, 100.0))
    assert same.upper - same.centre == pytest.approx(3 / 1.128 * np.abs(np.diff(k / 100)).mean())
    wide = p_prime(np.array([*k, 5.0]), np.array([*np.full(24, 100.0), 25.0]), baseline_points=24)
    half = wide.points[-1].upper - wide.centre
    assert half == pytest.approx(2 * (wide.points[0].upper - wide.centre))


def test_small_weeks_of_a_share_do_not_cry_wolf():
    # a constant rate of 20 %, weeks of 30 to 300 answers, locked on 20: 400 charts of 20 further weeks
    rng = np.random.default_rng(3)
    outside = {"xmr": 0, "p_prime": 0}
    small = 0
    for _ in range(400):
        n = rng.choice([30.0, 300.0], 40)
        k = rng.binomial(n.astype(int), 0.2).astype(float)
        charts = {"xmr": xmr(k / n, baseline_points=20), "p_prime": p_prime(k, n, baseline_points=20)}
        for name, chart in charts.items():
            outside[name] += sum(
                Signal.OUTSIDE in p.signals for p, m in zip(chart.points[20:], n[20:], strict=True) if m == 30
            )
        small += int((n[20:] == 30).sum())
    assert outside["p_prime"] / small < 0.02
    assert outside["xmr"] / small > 2 * outside["p_prime"] / small


def test_input_that_cannot_be_charted_is_named():
    with pytest.raises(StatsInputError, match="found 1"):
        xmr(np.array([3.0, np.nan]))
    with pytest.raises(StatsInputError):
        p_prime(np.array([3.0, 4.0]), np.array([2.0, 5.0]))


def test_rates_of_counts_follow_their_denominators():
    # Laney u' by hand on four weeks: u = 77/31; the first three set the limits: u = 62/31 = 2, z by sqrt(2 / n)
    chart = u_prime(np.array([20.0, 24, 18, 30]), np.array([10.0, 12, 9, 10]), baseline_points=3)
    z = np.array([0.0, 0.0, 0.0])
    assert chart.centre == pytest.approx(2.0)
    assert np.abs(np.diff(z)).mean() == 0.0
    assert Signal.OUTSIDE in chart.points[3].signals  # no variation at all in the baseline: any change is outside
    noisy = u_prime(np.array([20.0, 30, 18, 22]), np.array([10.0, 12, 9, 10]))
    u = 90 / 41
    z = (np.array([2.0, 2.5, 2.0, 2.2]) - u) / np.sqrt(u / np.array([10.0, 12, 9, 10]))
    half = 3 * np.abs(np.diff(z)).mean() / 1.128 * np.sqrt(u / 10)
    assert noisy.points[0].upper == pytest.approx(u + half)


def test_a_rate_of_two_percent_with_small_deviations_is_not_flagged():
    # 2.0 % stored as 0.020, standard deviation 0.0015: limits rounded to two decimals would flag nearly every point
    values = 0.020 + 0.0015 * np.random.default_rng(4).standard_normal(60)
    flagged = [point for point in xmr(values, baseline_points=20).points if Signal.OUTSIDE in point.signals]
    assert len(flagged) <= 2


def test_points_outside_are_no_news_while_a_run_on_their_side_holds():
    chart = xmr(np.array([*ALTERNATING, *[11.5] * 8, 17.0, 11.0]), baseline_points=20)
    run = chart.points[26]  # the last 11 of the baseline counts too
    assert Signal.RUN in run.new_signals
    assert chart.points[28].signals[0] is Signal.OUTSIDE
    assert Signal.OUTSIDE not in chart.points[28].new_signals


def test_the_way_back_from_a_single_point_outside_is_no_news():
    chart = xmr(np.array([*ALTERNATING, 9.0, 18.0, 9.0]), baseline_points=20)
    assert Signal.OUTSIDE in chart.points[21].new_signals
    assert chart.points[22].signals == (Signal.RANGE,)
    assert chart.points[22].new_signals == ()


def test_a_gap_does_not_make_a_signal_new_again():
    chart = xmr(np.array([*ALTERNATING, 16.0, np.nan, 16.2]), baseline_points=20)
    assert chart.points[22].signals == (Signal.OUTSIDE,)
    assert chart.points[22].new_signals == ()


def test_distances_are_in_standard_deviations_of_the_chart():
    # limits 10 -+ 5.32, so one standard deviation is 1.7733
    chart = xmr(np.array([*ALTERNATING, 15.32]), baseline_points=20)
    assert chart.points[20].distance == pytest.approx(3.0)
