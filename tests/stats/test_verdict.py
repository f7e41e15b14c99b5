from dataclasses import replace

import pytest

from ocem.domain.comparison import Verdict
from ocem.domain.kpi import Direction, KpiKind
from ocem.stats.effect import StepEstimate, Window, describe
from ocem.stats.result import Estimate, Grade, Method, Refusal, Scale
from ocem.stats.verdict import NOT_ENOUGH, decide


def estimate_between(low: float, high: float, comparison: bool = True) -> Estimate:
    """An estimate of a share whose effect lies between two ends."""
    step = StepEstimate((low + high) / 2, (high - low) / 2 / 1.96, 1e9, 0.95)
    window = Window(0.3, 0.4, Scale.IDENTITY)
    found = describe(KpiKind.SHARE, step, window, Method.DIFFERENCE, Grade.A, 0.05)
    return replace(found, absolute_low=low, absolute_high=high, has_comparison=comparison)


@pytest.mark.parametrize(
    ("low", "high", "verdict", "reason"),
    [
        (0.04, 0.08, Verdict.IMPROVED, "clear_gain"),
        (0.01, 0.08, Verdict.IMPROVED, "gain_of_uncertain_size"),
        (-0.08, -0.04, Verdict.WORSENED, "clear_loss"),
        (-0.08, -0.01, Verdict.WORSENED, "loss_of_uncertain_size"),
        (-0.02, 0.02, Verdict.NO_RELEVANT_CHANGE, "inside_relevance"),
        (0.005, 0.02, Verdict.NO_RELEVANT_CHANGE, "inside_relevance"),
        (-0.05, 0.01, Verdict.INCONCLUSIVE, "interval_too_wide"),
        (-0.01, 0.05, Verdict.INCONCLUSIVE, "interval_too_wide"),
        (0.0, 0.05, Verdict.INCONCLUSIVE, "interval_too_wide"),
    ],
)
def test_the_interval_and_the_threshold_decide(low, high, verdict, reason):
    found = decide(estimate_between(low, high), Direction.UP, 0.03)
    assert found.verdict is verdict
    assert found.reasons[0].code == reason


MIRROR = {
    Verdict.IMPROVED: Verdict.WORSENED,
    Verdict.WORSENED: Verdict.IMPROVED,
    "clear_gain": "clear_loss",
    "clear_loss": "clear_gain",
    "gain_of_uncertain_size": "loss_of_uncertain_size",
    "loss_of_uncertain_size": "gain_of_uncertain_size",
}


@pytest.mark.parametrize(("low", "high"), [(0.04, 0.08), (0.01, 0.08), (-0.08, -0.01), (-0.02, 0.02), (-0.05, 0.01)])
def test_the_other_direction_mirrors_the_verdict(low, high):
    up = decide(estimate_between(low, high), Direction.UP, 0.03)
    down = decide(estimate_between(low, high), Direction.DOWN, 0.03)
    assert down.verdict is MIRROR.get(up.verdict, up.verdict)
    assert down.reasons[0].code == MIRROR.get(up.reasons[0].code, up.reasons[0].code)


@pytest.mark.parametrize(("low", "high"), [(0.04, 0.08), (0.01, 0.3), (-0.3, -0.04)])
def test_without_a_comparison_group_no_change_has_a_known_cause(low, high):
    for direction in Direction:
        found = decide(estimate_between(low, high, comparison=False), direction, 0.03)
        assert found.verdict is Verdict.CHANGED_CAUSE_UNKNOWN
        assert found.reasons[0].code == "no_comparison_group"
    assert decide(estimate_between(low, high), Direction.UP, 0.03, False).verdict is Verdict.CHANGED_CAUSE_UNKNOWN


def test_no_relevant_change_needs_no_comparison_group():
    assert decide(estimate_between(-0.01, 0.01, False), Direction.UP, 0.03).verdict is Verdict.NO_RELEVANT_CHANGE


def test_without_a_threshold_nothing_is_called_irrelevant():
    found = decide(estimate_between(-0.001, 0.001), Direction.UP, None)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reasons[0].code == "relevance_not_declared"


def test_an_inconclusive_verdict_says_how_many_weeks_would_do():
    # sixteen weeks and more would show a change of 0.03
    waiting = replace(estimate_between(-0.05, 0.04), n_weeks_after=6, detectable_after=lambda weeks: 0.12 / weeks**0.5)
    found = decide(waiting, Direction.UP, 0.03)
    assert found.weeks_needed == 10
    never = replace(waiting, detectable_after=lambda weeks: 0.05)
    assert decide(never, Direction.UP, 0.03).weeks_needed is None


def test_a_refusal_is_a_finding_with_its_reason():
    assert decide(Refusal("no_baseline"), Direction.UP, 0.03).verdict is Verdict.NOT_COMPARABLE
    for code in NOT_ENOUGH:
        found = decide(Refusal(code, {"weeks": 3}), Direction.DOWN, None)
        assert found.verdict is Verdict.NOT_ENOUGH_DATA
        assert found.reasons[0].code == code
        assert found.reasons[0].values == {"weeks": 3}
