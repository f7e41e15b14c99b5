"""Intervals cover and quiet worlds stay quiet: what examples cannot show.

With n worlds the share of false alarms at nominal 5 % has a Monte Carlo error of sqrt(.05 * .95 / n): 1.3 points for
300, 2.8 for 60. Bounds are three of these above 7 %, the worst that is claimed.
"""

import importlib.util
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from ocem.domain.kpi import KpiKind
from ocem.stats.beforeafter import Cohort, Estimate, GroupSeries, estimate, estimate_many
from tests.reference import stats_error_rates as measured
from tests.stats.worlds import MAKERS, World

WORLDS = 300
TRUTH = Path(__file__).parents[2].parent / "shared" / "stats_truth.py"


@dataclass(frozen=True)
class Rates:
    """How often intervals excluded nothing going on, and held the truth."""

    alarms: float
    coverage: float
    answered: int


def rates(found: list, truth: list[float]) -> Rates:
    pairs = [(one, value) for one, value in zip(found, truth, strict=True) if isinstance(one, Estimate)]
    alarms = np.mean([one.low > 0 or one.high < 0 for one, _ in pairs])
    coverage = np.mean([one.low <= value <= one.high for one, value in pairs])
    return Rates(float(alarms), float(coverage), len(pairs))


def many(series: list[GroupSeries]) -> GroupSeries:
    below = None if series[0].denominator is None else np.array([one.denominator for one in series])
    return GroupSeries(np.array([one.numerator for one in series]), below)


def quiet(kind: KpiKind, world: World, comparison: bool, after: int = 8, wash_in: int = 0, history: int = 999) -> Rates:
    """Rates over worlds; counts have the truth of the world, shares are asked only where nothing happens."""
    week = np.arange(world.weeks)
    days = np.datetime64(world.first) + 7 * week
    pairs = [MAKERS[kind](world, seed) for seed in range(WORLDS)]
    before = (week < world.go_live) & (week >= world.go_live - history)
    start = world.go_live + wash_in
    found = estimate_many(
        kind,
        many([inside for inside, _ in pairs]),
        many([others for _, others in pairs]) if comparison else None,
        world.go_live,
        days,
        before,
        (week >= start) & (week < start + after),
        checks=False,
    )
    return rates(found, [world.effect] * WORLDS)


def closing(kind: KpiKind, go_live: int, others_closed_to: float, comparison: bool) -> None:
    found = quiet(kind, World(go_live=go_live, others_closed_to=others_closed_to), comparison)
    assert found.answered == WORLDS
    assert found.alarms <= 0.11


CLOSING = (KpiKind.COUNT, KpiKind.SHARE)
"""Kinds whose closures are tried in every month."""


@pytest.mark.parametrize(
    ("kind", "go_live", "others_closed_to", "comparison"),
    [
        (KpiKind.COUNT, 130, 1.0, True),
        (KpiKind.COUNT, 148, 0.05, False),
        (KpiKind.SHARE, 137, 1.0, True),
    ],
)
def test_august_or_christmas_in_the_evaluation_is_no_effect(kind, go_live, others_closed_to, comparison):
    closing(kind, go_live, others_closed_to, comparison)


@pytest.mark.slow
@pytest.mark.parametrize("comparison", [True, False])
@pytest.mark.parametrize("others_closed_to", [0.05, 1.0])
@pytest.mark.parametrize("go_live", [110, 130, 137, 148], ids=["February", "June", "August", "November"])
@pytest.mark.parametrize("kind", CLOSING)
def test_closures_in_either_window_are_no_effect(kind, go_live, others_closed_to, comparison):
    # evaluations of eight weeks that hold nothing special, August, the end of August, and Christmas
    closing(kind, go_live, others_closed_to, comparison)


@pytest.mark.parametrize("wash_in", [4, 8])
@pytest.mark.parametrize("kind", CLOSING)
def test_a_wash_in_does_not_cry_wolf(kind, wash_in):
    found = quiet(kind, World(go_live=112), True, wash_in=wash_in, history=60)
    assert found.alarms <= 0.11


@pytest.mark.parametrize("history", [20, 30, 52, 60])
def test_shorter_histories_do_not_cry_wolf(history):
    assert quiet(KpiKind.COUNT, World(go_live=112), True, history=history).alarms <= 0.11


@pytest.mark.slow
def test_a_step_is_covered_and_found_as_often_as_the_detectable_change_says():
    world = World(go_live=112, closed_to=1.0, others_closed_to=1.0)
    plain = [
        estimate(KpiKind.COUNT, Cohort(*MAKERS[KpiKind.COUNT](world, seed), 112), *_windows(world))
        for seed in range(40)
    ]
    mde = float(np.log1p(np.mean([one.mde / one.expected_without for one in plain])))
    found = quiet(KpiKind.COUNT, replace(world, effect=mde), True)
    assert found.coverage >= 0.91
    assert found.alarms == pytest.approx(0.8, abs=0.08)


def _windows(world: World) -> tuple:
    week = np.arange(world.weeks)
    return (
        np.datetime64(world.first) + 7 * week,
        week < world.go_live,
        (week >= world.go_live) & (week < world.go_live + 8),
    )


@pytest.fixture(scope="module")
def stats_truth():
    if not TRUTH.exists():
        pytest.skip(f"the generator with known truth is not here: {TRUTH}")
    spec = importlib.util.spec_from_file_location("stats_truth", TRUTH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["stats_truth"] = module
    spec.loader.exec_module(module)
    return module


PANELS = 100
KNOWN = ["null", "null_ar9", "null_market_shock", "null_diff_trend", "null_conversion", "null_duration", "null_rpi"]
KNOWN += ["null_nps", "null_csat", "null_ces", "step", "step_conversion", "step_duration", "step_nps"]


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOWN)
def test_a_hundred_panels_of_each_world_with_known_truth(stats_truth, name):
    # 100 panels: Monte Carlo error 2.2 points at 5 %; bounds three of these beyond 7 % and 92 %
    panels = measured.draw(stats_truth, stats_truth.SCENARIOS[name], PANELS)
    found = measured.rates(measured.answers(panels), panels.truth)
    assert found.answered == PANELS
    assert found.coverage >= 0.85
    if name.startswith("null"):
        assert found.alarms <= 0.14


@pytest.mark.slow
def test_a_market_shock_is_an_alarm_only_without_a_comparison_group(stats_truth):
    panels = measured.draw(stats_truth, stats_truth.SCENARIOS["null_market_shock"], 30)
    alone = measured.answers(panels, alone=True)
    assert measured.rates(alone, panels.truth).alarms > 0.5
    assert not any(one.has_comparison for one in alone)


@pytest.mark.slow
def test_a_change_of_the_stated_size_is_found_in_four_cases_of_five(stats_truth):
    panels = measured.draw(stats_truth, stats_truth.SCENARIOS["null_duration"], 200)
    stated = [measured.on_scale(one) for one in measured.answers(panels)]
    moved = panels.shifted(np.full(200, np.mean(stated)), panels.launch)
    # 200 panels: Monte Carlo error 2.8 points at 80 %
    assert measured.rates(measured.answers(moved), moved.truth).alarms == pytest.approx(0.8, abs=0.09)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(measured.OTHERS))
def test_every_other_kind_of_kpi_is_quiet_and_covered(name):
    # 150 panels: Monte Carlo error 1.8 points at 5 %; bounds three of these beyond 7 % and 92 %
    quiet, moved = measured.other_kind(name, 150, 60)
    assert quiet.alarms <= 0.124
    assert moved.coverage >= 0.866 or not name.startswith(LOG_EFFECT)
    assert moved.alarms > 3 * quiet.alarms


LOG_EFFECT = ("sums", "scores", "counts, strongly", "medians")
"""Worlds whose step is known on the scale of the estimate."""
