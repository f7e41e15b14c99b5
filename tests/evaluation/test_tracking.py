"""A break in the counting is told from what customers do."""

import numpy as np
import pytest

from ocem.evaluation.tracking import common_step, tracking_notes
from ocem.store.series import WeeklyCube

WEEKS = 104
WEEK = np.arange(WEEKS)
BASELINE, EVALUATION = WEEK < 78, WEEK >= 84
PLACES = ("portale", "telefono", "email", "venditore", "fiera")


def cube(seed: int = 1, level: float = 60.0) -> WeeklyCube:
    """Two segments at five touchpoints, with a season of their own and a closure in August of both years."""
    rng = np.random.default_rng(seed)
    cells = [(place, segment) for place in PLACES for segment in ("pmi", "officine")]
    season = 0.2 * np.sin(2 * np.pi * WEEK / 52.18)
    market = np.cumsum(0.03 * rng.standard_normal(WEEKS)) * 0.5
    shut = np.isin(WEEK % 52, (32, 33))
    own = 0.1 * rng.standard_normal((len(cells), WEEKS))
    rows = rng.poisson(level * np.exp(season + market + own) * np.where(shut, 0.1, 1.0)).astype(float)
    names = np.array(cells)
    return WeeklyCube(
        np.datetime64("2024-01-01") + 7 * WEEK,
        names[:, 0], np.array(["acquisto"] * len(cells)), names[:, 1], {"n": rows},
    )  # fmt: skip


def codes(world: WeeklyCube) -> list[str]:
    inside = world.segments == "pmi"
    return [note.code for note in tracking_notes(world, inside, ~inside, BASELINE, EVALUATION)]


def test_a_sound_year_with_season_and_closures_raises_nothing():
    # 60 companies: one false alarm in a hundred would be seen twice in 12 % of such tests
    alarms = [code for seed in range(60) for code in codes(cube(seed))]
    assert len(alarms) <= 1, alarms


def test_a_touchpoint_that_falls_silent_is_named_with_its_week():
    world = cube()
    world.sums["n"][world.touchpoints == "telefono", 95:] = 0.0
    inside = world.segments == "pmi"
    (note,) = tracking_notes(world, inside, ~inside, BASELINE, EVALUATION)
    assert (note.code, note.values["touchpoint"], note.values["weeks"]) == ("touchpoint_silent", "telefono", 9)
    assert note.values["day"].isoformat() == "2025-10-27"


def test_a_closure_of_two_weeks_is_no_silence():
    world = cube()
    world.sums["n"][world.touchpoints == "telefono", 102:] = 0.0
    assert codes(world) == []


@pytest.mark.parametrize("factor", [0.6, 1.6])
def test_a_step_of_all_touchpoints_at_once_is_a_change_of_what_is_counted(factor):
    found = 0
    for seed in range(20):
        world = cube(seed)
        world.sums["n"][:, 86:] *= factor
        found += "level_shift_everywhere" in codes(world)
    assert found >= 16


def test_a_step_of_one_touchpoint_is_not():
    world = cube()
    world.sums["n"][world.touchpoints == "portale", 86:] *= 2.0
    assert codes(world) == []


def test_rows_that_lose_their_segment_are_noticed():
    world = cube()
    blank = WeeklyCube(
        world.weeks,
        np.append(world.touchpoints, "portale"), np.append(world.phases, "acquisto"), np.append(world.segments, ""),
        {"n": np.vstack([world.sums["n"], np.where(WEEK >= 86, 150.0, 0.0)])},
    )  # fmt: skip
    assert "unknown_segment" in codes(blank)


def test_too_few_touchpoints_say_nothing_about_all():
    rows = np.full((3, WEEKS), 100.0)
    rows[:, 86:] *= 0.5
    assert common_step(rows, BASELINE) is None
