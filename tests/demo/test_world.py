"""The demo company's expected values: what is true of them can be said without drawing a single row."""

from datetime import date

import numpy as np
import pytest

from ocem.demo.calendar import FIRST_DAY, LAST_DAY, N_DAYS, N_WEEKS, build_calendar, day_index
from ocem.demo.truth import (
    BASELINE,
    FIRST_GO_LIVE,
    GUARDRAILS,
    LOG_RATIO,
    PLANTED,
    Planted,
    expected_sums,
    objective_truth,
)
from ocem.demo.world import SEGMENT_KEYS, UNTREATED, WAVE_1, WAVE_2, World, build_world, segment_index, stream_index


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def planted(objective: str) -> Planted:
    return next(item for item in PLANTED if item.objective == objective)


def test_the_demo_spans_157_whole_weeks_from_monday_to_sunday():
    assert FIRST_DAY.weekday() == 0
    assert LAST_DAY.weekday() == 6
    assert N_WEEKS * 7 == N_DAYS == 1099  # 2023-11-13 .. 2026-11-15, both ends counted


def test_easter_monday_is_a_closed_monday_in_each_year():
    calendar = build_calendar()
    # Gregorian Easter: 31 March 2024, 20 April 2025, 5 April 2026.
    for monday in (date(2024, 4, 1), date(2025, 4, 21), date(2026, 4, 6)):
        assert calendar.weekday[day_index(monday)] == 6


def test_august_and_christmas_weeks_bring_less_than_half_the_orders(world):
    weekly = world.orders.with_.sum(axis=(0, 1)).reshape(-1, 7).sum(axis=1)
    common = np.median(weekly)
    for closed in (date(2024, 8, 12), date(2024, 12, 23), date(2025, 8, 11), date(2025, 12, 29), date(2026, 8, 10)):
        assert weekly[day_index(closed) // 7] < common / 2


def test_both_worlds_are_the_same_until_the_first_go_live(world):
    before = slice(0, day_index(FIRST_GO_LIVE))
    for pair in (world.contacts, world.orders, world.lead_time, world.email_wait, world.satisfaction, world.ease):
        np.testing.assert_array_equal(pair.with_[..., before], pair.without[..., before])


def test_segments_nobody_touched_are_the_same_in_both_worlds(world):
    untouched = segment_index(UNTREATED)
    for pair in (world.contacts, world.orders, world.lead_time, world.email_wait, world.satisfaction):
        np.testing.assert_array_equal(pair.with_[..., untouched, :], pair.without[..., untouched, :])


@pytest.mark.parametrize(("segment", "go_live"), [("officine", WAVE_1), ("pmi", WAVE_2)])
def test_calls_rise_for_eight_weeks_and_then_fall(world, segment, go_live):
    streams = stream_index(touchpoint=("contact_center",), direction=("inbound",))
    at = SEGMENT_KEYS.index(segment)
    with_, without = (pair[streams, at].sum(axis=0) for pair in (world.contacts.with_, world.contacts.without))
    start = day_index(go_live)
    change = np.log(with_[start:] / without[start:])
    assert change[14:42].min() > 0.10
    assert change[70:].max() < -0.20


def test_shocks_persist_from_day_to_day(world):
    # The lead time's shocks carry neither trend nor season: their autocorrelation is the AR(1) parameter, 0.6.
    series = world.lead_time.without[0, 2]
    centred = series - series.mean()
    # Standard error of a lag-1 autocorrelation of 1,099 points at 0.6 is about 0.024; 4 of them are allowed.
    assert abs((centred[1:] * centred[:-1]).mean() / (centred**2).mean() - 0.6) < 0.1


@pytest.mark.parametrize("item", [item for item in PLANTED if item.nature in ("null", "mix_only", "season_only")])
def test_where_nothing_was_planted_both_worlds_agree(world, item):
    sums = expected_sums(world, item.kpi)
    inside = segment_index(item.segments)
    if sums.denominator is None:
        np.testing.assert_array_equal(sums.numerator.with_[inside], sums.numerator.without[inside])
        return
    with_ = sums.numerator.with_[inside] / np.maximum(sums.denominator.with_[inside], 1e-12)
    without = sums.numerator.without[inside] / np.maximum(sums.denominator.without[inside], 1e-12)
    np.testing.assert_allclose(with_, without, rtol=1e-9)


def test_a_plain_before_and_after_would_call_mix_and_season_successes(world):
    mix = objective_truth(world, planted("esperienza_omogenea"))
    season = objective_truth(world, planted("preventivi_dal_sito"))
    # Their relevance thresholds are 0.10 points and 10 %.
    assert mix["effect"] == season["effect"] == 0.0
    assert mix["apparent_change"] > 0.10
    assert season["apparent_change"] > np.log(1.10)


def test_coherence_is_flat_within_every_segment(world):
    item = planted("esperienza_omogenea")
    sums = expected_sums(world, "coherence")
    for key in item.segments:
        at = segment_index((key,))
        value = []
        for first, last in (item.baseline, item.evaluation):
            days = slice(day_index(first), day_index(last) + 1)
            value.append(sums.numerator.with_[at, days].sum() / sums.denominator.with_[at, days].sum())
        # Persistent moods leave about 0.01 over a year; the threshold of the objective is 0.10.
        assert abs(value[1] - value[0]) < 0.04


@pytest.mark.parametrize("item", [item for item in (*PLANTED, *GUARDRAILS) if item.nature == "effect"])
def test_the_difference_to_untouched_segments_shows_the_planted_effect(world, item):
    """Difference in differences of expected values: only persistent shocks stand between it and the truth."""
    truth = objective_truth(world, item)["effect"]
    sums = expected_sums(world, item.kpi)

    def change(segments: tuple[str, ...]) -> float:
        at, value = segment_index(segments), []
        for first, last in (item.baseline, item.evaluation):
            days = slice(day_index(first), day_index(last) + 1)
            top = sums.numerator.with_[at, days].sum()
            value.append(top / (sums.denominator.with_[at, days].sum() if sums.denominator else days.stop - days.start))
        return float(np.log(value[1] / value[0]) if item.scale == LOG_RATIO else value[1] - value[0])

    found = change(item.segments) - change(item.comparison)
    # Shocks of a cell (spread 0.05, persistence 0.6) average to below 0.01 over 32 weeks; orders and contacts add up.
    assert abs(found - truth) < max(0.15 * abs(truth), 0.002)


def test_the_share_of_complaints_rises_because_the_other_contacts_fall(world):
    guard = next(item for item in GUARDRAILS if item.kpi == "complaints_share")
    assert objective_truth(world, guard)["effect"] > 0.005


def test_every_window_is_made_of_whole_weeks():
    for item in (*PLANTED, *GUARDRAILS):
        for first, last in (item.baseline, item.evaluation):
            assert (first.weekday(), last.weekday()) == (0, 6)
    assert ((BASELINE[1] - BASELINE[0]).days + 1) / 7 == 52
    assert BASELINE[1] < FIRST_GO_LIVE
