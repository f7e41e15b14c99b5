import warnings

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.interval import MeanSums, RatioSums, ratio, ratio_change, relative_change, welch
from ocem.stats.net_promoter import Answers, nps, nps_difference
from ocem.stats.rate import rate_ratio
from ocem.stats.share import newcombe, wilson


def mean_sums(values: np.ndarray) -> MeanSums:
    return MeanSums(len(values), float(values.sum()), float((values**2).sum()))


def ratio_sums(y: np.ndarray, x: np.ndarray) -> RatioSums:
    return RatioSums(len(y), *(float(v) for v in (y.sum(), x.sum(), y @ y, x @ x, x @ y)))


@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (1, 10), (10, 100), (81, 263), (999, 1000), (5, 5)])
def test_wilson_is_that_of_scipy(successes, trials):
    from scipy.stats import binomtest

    theirs = binomtest(successes, trials).proportion_ci(method="wilson")
    ours = wilson(successes, trials)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_published_intervals(counts, low, high):
    found = newcombe(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=6e-5)


def test_welch_from_sums_is_welch_from_values():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    one, two = rng.normal(10, 2, 30), rng.normal(11, 5, 45)
    theirs = ttest_ind(two, one, equal_var=False)
    ours = welch(mean_sums(one), mean_sums(two))
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ours.df == pytest.approx(theirs.df, rel=1e-9)
    interval = theirs.confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_sums_of_parts_say_what_the_whole_says():
    rng = np.random.default_rng(2)
    one, two = rng.normal(10, 2, 30), rng.normal(11, 5, 45)
    halves = mean_sums(one[:11]) + mean_sums(one[11:])
    assert welch(halves, mean_sums(two)).p_value == pytest.approx(welch(mean_sums(one), mean_sums(two)).p_value)
    y, x = rng.gamma(2, 3, 40), rng.gamma(4, 1, 40)
    parts = ratio_sums(y[:7], x[:7]) + ratio_sums(y[7:], x[7:])
    assert ratio(parts).standard_error == pytest.approx(ratio(ratio_sums(y, x)).standard_error)


def test_relative_change_covers_the_truth_in_skewed_data():
    # 2,000 samples of 400 exponential values, true change 0.2: Monte Carlo error 0.5 points
    rng = np.random.default_rng(4)
    one, two = rng.exponential(1.0, (2000, 400)), rng.exponential(1.2, (2000, 400))
    found = [relative_change(mean_sums(a), mean_sums(b)) for a, b in zip(one, two, strict=True)]
    assert np.mean([f.low <= 0.2 <= f.high for f in found]) == pytest.approx(0.95, abs=0.015)


def test_the_error_of_a_ratio_is_that_of_a_regression_through_the_origin_in_the_limit():
    # by hand: y - R x = (0, -1, 1), so n / (n - 1) * 2 / 36 = 1/12
    found = ratio(ratio_sums(np.array([2.0, 3, 7]), np.array([1.0, 2, 3])))
    assert found.standard_error == pytest.approx((1 / 12) ** 0.5)


def test_change_of_a_ratio_counts_customers_not_rows():
    # customers differ in size and rate; 1,500 samples of two groups without a difference
    rng = np.random.default_rng(6)
    false = 0
    for _ in range(1500):
        x = rng.poisson(8, (2, 80)) + 1.0
        y = rng.poisson(x * rng.gamma(4, 0.25, (2, 80))).astype(float)
        found = ratio_change(ratio_sums(y[0], x[0]), ratio_sums(y[1], x[1]))
        false += found.low > 0 or found.high < 0
    assert false / 1500 == pytest.approx(0.05, abs=0.017)


def test_nps_of_few_answers_covers_as_it_says():
    # exact coverage over all outcomes of n = 10 with chances .75 / .2 / .05; plain Wald covers 78 % (Rocks 2016)
    from scipy.stats import multinomial

    covered = 0.0
    for promoters in range(11):
        for passives in range(11 - promoters):
            outcome = [promoters, passives, 10 - promoters - passives]
            found = nps(Answers(*outcome))
            covered += multinomial.pmf(outcome, 10, [0.75, 0.2, 0.05]) * (found.low <= 0.7 <= found.high)
    assert covered == pytest.approx(0.938, abs=0.005)


def test_the_difference_of_two_scores_is_that_of_means_of_minus_one_zero_and_one():
    # variance p + d - (p - d)^2 over n: 5/9 / 324 and (200/300 - (40/300)^2) / 300
    found = nps_difference(Answers(120, 100, 80), Answers(162, 108, 54))
    error = (5 / 9 / 324 + (200 / 300 - (40 / 300) ** 2) / 300) ** 0.5
    assert found.standard_error == pytest.approx(error)
    assert found.estimate == pytest.approx(0.2)


def test_rate_ratio_is_the_quasi_poisson_regression():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import statsmodels.api as sm

    rng = np.random.default_rng(9)
    exposure = rng.uniform(50, 90, 30)
    after = np.arange(30) >= 18
    counts = rng.poisson(rng.gamma(10, exposure * np.where(after, 0.6, 0.5) / 10)).astype(float)
    model = sm.GLM(counts, sm.add_constant(after.astype(float)), sm.families.Poisson(), offset=np.log(exposure))
    theirs = model.fit(scale="X2")
    ours = rate_ratio(counts[~after], exposure[~after], counts[after], exposure[after])
    assert np.log(ours.estimate) == pytest.approx(theirs.params[1], abs=1e-8)
    assert ours.dispersion == pytest.approx(theirs.scale, rel=1e-7)
    assert (np.log(ours.low), np.log(ours.high)) == pytest.approx(tuple(theirs.conf_int()[1]), abs=1e-7)


def test_impossible_numbers_are_named():
    with pytest.raises(StatsInputError, match="11 of 10"):
        wilson(11, 10)
    with pytest.raises(StatsInputError, match=r"confidence.*1\.5"):
        wilson(1, 10, confidence=1.5)
    with pytest.raises(StatsInputError):
        welch(MeanSums(1, 3, 9), MeanSums(5, 3, 9))
    with pytest.raises(StatsInputError):
        relative_change(MeanSums(5, 0, 9), MeanSums(5, 3, 9))
    with pytest.raises(StatsInputError):
        nps(Answers(0, 0, 0))
    with pytest.raises(StatsInputError):
        rate_ratio([1, 2], [1, 0], [1], [1])


def test_means_without_spread_have_an_interval_of_no_width():
    found = welch(MeanSums(5, 10, 20), MeanSums(5, 10, 20))
    assert (found.low, found.high, found.p_value) == (0.0, 0.0, 1.0)
