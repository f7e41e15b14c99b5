"""Links: chance is not called one, a planted one is found at its lag, one that was switched off fades.

The full table of rates: tests/reference/link_error_rates.py.
"""

import csv
import time
from pathlib import Path

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.fading import GONE, recent, stopped
from ocem.stats.link import Cleaned, Timeline, best_lag, clean, profiles
from tests.stats.link_worlds import related, unrelated

SHARED = Path(__file__).parents[3] / "shared" / "stats_cases"
WEEKS = 104


def weekly(n: int = WEEKS) -> Timeline:
    return Timeline(7.0 * np.arange(n), 7)


def pairwise(lead: np.ndarray, follow: np.ndarray, timeline: Timeline, max_lag: int, order: int = 6) -> np.ndarray:
    """p-value of each pair (row by row), lags 0..max_lag."""
    one, two = clean(lead, timeline), clean(follow, timeline)
    found = profiles(one, two, max_lag, order)
    return best_lag(found, 0, max_lag).p_value


@pytest.mark.parametrize("kind", ["random_walk", "strong_memory", "season_and_trend", "noise"])
def test_unrelated_weekly_series_are_rarely_linked(kind: str) -> None:
    """At 5 % nominal the rate of 5 x 400 pairs is 3-5 %; blocks of 20 x 20 pairs share series, hence the slack."""
    hits = []
    for seed in range(5):
        lead, follow = unrelated(kind, np.random.default_rng([21, seed]), 20, WEEKS, 7)
        hits.append((pairwise(lead, follow, weekly(), 8) < 0.05).mean())
    assert np.mean(hits) <= 0.08


def test_daily_series_that_share_the_weekend_are_rarely_linked() -> None:
    lead, follow = unrelated("shared_weekend", np.random.default_rng(22), 20, 730, 1)
    p = pairwise(lead, follow, Timeline(np.arange(730.0), 1), 14, order=14)
    assert (p < 0.05).mean() <= 0.09


@pytest.mark.parametrize("memory", [(0.6, 0.6), (0.85, 0.6), (0.3, 0.8)])
def test_a_planted_lag_of_two_weeks_is_found_at_its_lag(memory: tuple[float, float]) -> None:
    """Correlation 0.5 over 104 weeks: found in 97-100 % of 150 pairs."""
    lead, follow = related(np.random.default_rng(23), 40, WEEKS, 2, 0.5, memory)
    found = 0
    for one, two in zip(lead, follow, strict=True):
        best = best_lag(profiles(clean(one, weekly()), clean(two, weekly()), 8), 0, 8)
        found += bool(best.p_value.item() < 0.05 and best.lag.item() == 2)
    assert found >= 36


def test_the_interval_of_r_holds_the_planted_correlation() -> None:
    lead, follow = related(np.random.default_rng(24), 60, 156, 2, 0.5)
    held = 0
    for one, two in zip(lead, follow, strict=True):
        best = best_lag(profiles(clean(one, weekly(156)), clean(two, weekly(156)), 8), 0, 8)
        held += bool(best.low.item() <= 0.5 <= best.high.item())
    assert held >= 56  # the interval holds for all nine lags together, so it is wider than 95 %


def test_an_outcome_that_moves_first_is_seen_at_negative_lags() -> None:
    lead, follow = related(np.random.default_rng(25), 1, 156, 3, 0.6)
    found = profiles(clean(follow[0], weekly(156)), clean(lead[0], weekly(156)), 8)
    assert best_lag(found, -8, -1).lag.item() == -3
    assert best_lag(found, -8, -1).p_value.item() < 1e-6
    assert abs(best_lag(found, 0, 8).r.item()) < 0.5 * abs(best_lag(found, -8, -1).r.item())


def test_a_link_that_was_switched_off_a_year_ago_fades_and_one_that_holds_does_not() -> None:
    """Correlation 0.5, 156 weeks: faded in 86 % of 150 pairs after a year, in 0 % while it holds."""
    rates = {}
    for off in (0, 52):
        lead, follow = related(np.random.default_rng(26), 40, 156, 2, 0.5, off=off)
        faded = 0
        for one, two in zip(lead, follow, strict=True):
            found = recent(clean(one, weekly(156)), clean(two, weekly(156)), 0, 8)
            assert found is not None
            faded += found.has_faded
        rates[off] = faded / 40
    assert rates[0] <= 0.05
    assert rates[52] >= 0.75


def test_a_strong_link_switched_off_half_a_year_ago_has_mostly_faded() -> None:
    """Correlation 0.6, 156 weeks: faded in 68 % of 200 pairs after 26 weeks, in 1 % while it holds."""
    lead, follow = related(np.random.default_rng(30), 40, 156, 2, 0.6, off=26)
    found = [
        recent(clean(one, weekly(156)), clean(two, weekly(156)), 0, 8) for one, two in zip(lead, follow, strict=True)
    ]
    assert sum(item is not None and item.has_faded for item in found) >= 20


def test_the_cumulative_sum_starts_anew_while_the_link_is_there() -> None:
    lead, follow = related(np.random.default_rng(31), 1, 156, 2, 0.6)
    one, two = clean(lead[0], weekly(156)), clean(follow[0], weekly(156))
    last_year = np.arange(156) >= 104
    assert stopped(one, two, 2, 0.6, last_year) < GONE
    backwards = clean(-follow[0], weekly(156))  # the same link, upside down: nothing of the old one is left
    assert stopped(one, backwards, 2, 0.6, last_year) > 10 * GONE


def test_missing_weeks_leave_a_link_where_it_is() -> None:
    lead, follow = related(np.random.default_rng(27), 1, 156, 2, 0.6)
    follow[0, [10, 40, 41, 90, 130]] = np.nan
    best = best_lag(profiles(clean(lead[0], weekly(156)), clean(follow[0], weekly(156)), 8), 0, 8)
    assert best.lag.item() == 2 and best.p_value.item() < 0.001


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (np.zeros(WEEKS), "no_variation"),
        (np.full(WEEKS, 7.0), "no_variation"),
        (np.where(np.arange(WEEKS) % 2 == 0, np.nan, np.arange(WEEKS) ** 1.5), "too_short"),
        (np.where(np.arange(WEEKS) < 60, np.nan, np.sin(np.arange(WEEKS) * 1.3)), "too_short"),
    ],
)
def test_a_series_that_says_nothing_is_refused_without_nan(series: np.ndarray, reason: str) -> None:
    found = clean(series, weekly())
    assert found.reason.tolist() == [reason]
    best = best_lag(profiles(found, found, 4), 0, 4)
    assert np.isfinite([best.r.item(), best.p_value.item(), best.low.item(), best.high.item()]).all()


def test_series_of_another_length_are_refused() -> None:
    with pytest.raises(StatsInputError):
        clean(np.ones((2, 50)), weekly())


def test_scaling_a_series_changes_no_correlation_and_scales_the_slope() -> None:
    lead, follow = related(np.random.default_rng(28), 1, WEEKS, 2, 0.5)
    plain = profiles(clean(lead[0], weekly()), clean(follow[0], weekly()), 4)
    scaled = profiles(clean(1e6 * lead[0] + 5, weekly()), clean(follow[0], weekly()), 4)
    np.testing.assert_allclose(plain.r, scaled.r, atol=1e-9)
    np.testing.assert_allclose(plain.slope, 1e6 * scaled.slope, rtol=1e-6, atol=1e-12)


@pytest.mark.slow
def test_all_pairs_of_300_and_30_daily_series_are_screened_in_seconds() -> None:
    """Three years, lags 0 to 28; 2.6 CPU seconds measured."""
    rng = np.random.default_rng(29)
    timeline = Timeline(np.arange(1096.0), 1)
    began = time.process_time()
    one = clean(rng.standard_normal((300, 1096)).cumsum(axis=1), timeline)
    two = clean(rng.standard_normal((30, 1096)).cumsum(axis=1), timeline)
    best = best_lag(profiles(one, two, 28, 14), 0, 28)
    assert time.process_time() - began < 10
    assert (best.p_value < 0.05).mean() <= 0.07


def test_sales_follow_their_leading_indicator_by_three_periods() -> None:
    """Box & Jenkins' series M as in Brockwell & Davis, example 10.1.1: the first lag beyond the bound is 3, r 0.676.

    Differenced once and prewhitened by MA(1) there, by an autoregression here, hence the tolerance on r.
    """
    path = SHARED / "lag_bjsales.csv"
    if not path.exists():
        pytest.skip(f"no published series beside the project ({path.name})")
    rows = list(csv.reader(path.read_text().splitlines()))
    table = np.array([[float(cell) for cell in row[-2:]] for row in rows[1:]])
    names = rows[0][-2:]
    sales, lead = (table[:, names.index(name)] for name in sorted(names, key=lambda n: "lead" in n.lower()))
    one, two = (_only_centred(np.diff(series)) for series in (lead, sales))
    found = profiles(one, two, 12, twice=False)
    r = found.r[0, 0, found.lags >= 0]
    beyond = np.flatnonzero(np.abs(r) > 1.96 / np.sqrt(len(sales) - 1))
    assert beyond[0] == 3
    assert r[3] == pytest.approx(0.676, abs=0.08)


def _only_centred(series: np.ndarray) -> Cleaned:
    """A stationary series needs no trend or season taken out."""
    values = (series - series.mean()) / series.std()
    return Cleaned(values[None], np.ones((1, len(values)), dtype=bool), np.array([series.std()]), np.array([""]), 1)
