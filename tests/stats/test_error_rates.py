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
@pytest.mark.parametrize("kind", list(MAKERS))
def test_closures_in_either_window_are_no_effect(kind, go_live, others_closed_to, comparison):
    # evaluations of eight weeks that hold nothing special, August, the end of August, and Christmas
    closing(kind, go_live, others_closed_to, comparison)


@pytest.mark.parametrize("wash_in", [4, 8])
@pytest.mark.parametrize("kind", list(MAKERS))
def test_a_wash_in_does_not_cry_wolf(kind, wash_in):
    found = quiet(kind, World(go_live=112), True, wash_in=wash_in, history=60)
    assert found.alarms <= 0.11


@pytest.mark.parametrize("history", [20, 30, 52, 60])
def test_shorter_histories_do_not_cry_wolf(history):
    assert quiet(KpiKind.COUNT, World(go_live=112), True, history=history).alarms <= 0.11


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


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "null",
        "null_market_shock",
        "null_diff_trend",
        "null_conversion",
        "null_duration",
        "null_nps",
        "step",
        "step_duration",
    ],
)
def test_worlds_with_known_truth(stats_truth, name):
    scenario = stats_truth.SCENARIOS[name]
    panels = [stats_truth.panel(scenario, seed, frame=False, only=scenario.kpi) for seed in range(60)]
    found = rates([answer(panel) for panel in panels], [panel.truth["value"] for panel in panels])
    assert found.answered == 60
    assert found.coverage >= 0.85
    if name.startswith("null"):
        assert found.alarms <= 0.15


@pytest.mark.slow
def test_a_market_shock_is_an_alarm_only_without_a_comparison_group(stats_truth):
    scenario = stats_truth.SCENARIOS["null_market_shock"]
    panels = [stats_truth.panel(scenario, seed, frame=False, only=scenario.kpi) for seed in range(30)]
    alone = [answer(panel, comparison=False) for panel in panels]
    assert rates(alone, [0.0] * 30).alarms > 0.5
    assert not any(one.has_comparison for one in alone)


KINDS = {
    "interactions": KpiKind.COUNT,
    "conversion": KpiKind.SHARE,
    "rev_per_interaction": KpiKind.RATIO,
    "duration": KpiKind.DURATION,
    "nps": KpiKind.NPS,
    "csat": KpiKind.TOP2,
    "ces": KpiKind.MEAN,
}


def answer(panel, comparison: bool = True):
    """Estimate of a panel: the perimeter against the same touchpoint in other segments, eight weeks after."""
    inside = panel.arrays["inside"]
    others = ~inside & inside.any(axis=1)[:, None]
    week = np.arange(panel.scenario.days // 7)
    go_live = panel.scenario.launch // 7
    cohort = Cohort(weekly(panel, inside), weekly(panel, others) if comparison else None, go_live)
    days = np.datetime64(panel.scenario.start) + 7 * week
    after = (week >= go_live) & (week < go_live + 8)
    return estimate(KINDS[panel.scenario.kpi], cohort, days, week < go_live, after)


def weekly(panel, cells: np.ndarray) -> GroupSeries:
    """Weekly sums of some cells for the KPI of the panel."""

    def total(*names: str) -> np.ndarray:
        days = sum(panel.arrays[name][cells].sum(axis=0).astype(float) for name in names)
        return days.reshape(-1, 7).sum(axis=1)

    if panel.scenario.kpi == "interactions":
        return GroupSeries(total("interactions"))
    if panel.scenario.kpi == "conversion":
        return GroupSeries(total("conversions"), total("interactions"))
    if panel.scenario.kpi == "rev_per_interaction":
        return GroupSeries(total("revenue"), total("interactions"))
    if panel.scenario.kpi == "duration":
        return GroupSeries(total("dur_sum"), total("dur_n"), None, total("dur_sumlog"))
    if panel.scenario.kpi == "nps":
        answers = total("nps_pro", "nps_pas", "nps_det")
        return GroupSeries(total("nps_pro") - total("nps_det"), answers)
    if panel.scenario.kpi == "csat":
        return GroupSeries(total("csat_top2"), total("csat_n"))
    return GroupSeries(total("ces_sum"), total("ces_n"))
