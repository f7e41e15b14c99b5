import numpy as np
import pytest

from ocem.stats.false_alarm import counts, false_alarm_rate, pooled_correlations
from ocem.stats.xmr import xmr
from tests.reference.xmr_alarm_rates import autoregressive


@pytest.mark.parametrize("correlation", [0.0, 0.3])
def test_the_table_holds_what_stable_series_do(correlation):
    # 300 series of 52 weeks after a baseline of 20: some 340 and 880 news, so a Monte Carlo error of 5 % at most;
    # the table itself was made from 900 series (3 %)
    rng = np.random.default_rng(21)
    news = sum(
        counts(point)
        for _ in range(300)
        for point in xmr(autoregressive(rng, 72, correlation), baseline_points=20).points[20:]
    )
    assert news / (300 * 52) == pytest.approx(false_alarm_rate(20, correlation), rel=0.15)


def test_more_weeks_behind_the_limits_mean_fewer_false_alarms():
    rates = [false_alarm_rate(n, 0.0) for n in (20, 26, 39, 52)]
    assert rates == sorted(rates, reverse=True)


def test_weeks_that_resemble_each_other_mean_more():
    rates = [false_alarm_rate(20, r) for r in (-0.2, 0.0, 0.3, 0.6)]
    assert rates == sorted(rates)


def test_measured_correlations_lose_their_bias_and_their_noise():
    # independent series of 20 points: measured correlations average -1/20, and scatter by chance alone
    rng = np.random.default_rng(5)
    measured = [xmr(rng.standard_normal(20)).autocorrelation for _ in range(400)]
    assert np.mean(measured) == pytest.approx(-0.05, abs=0.03)
    pooled = pooled_correlations(measured, [20] * 400)
    assert np.mean(pooled) == pytest.approx(0.0, abs=0.03)
    assert np.std(pooled) < 0.05


def test_nothing_charted_gives_nothing():
    assert len(pooled_correlations([], [])) == 0
