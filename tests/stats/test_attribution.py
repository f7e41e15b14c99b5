import time
from itertools import pairwise

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.attribution import MODELS, attribute, attribute_with_intervals
from ocem.stats.path import Journey, Paths
from ocem.stats.removal import markov_removal

THREE = [Journey(("c1", "c2", "c3"), 1), Journey(("c1",), 0, 1), Journey(("c2", "c3"), 0, 1)]


def test_the_three_path_example_is_exact():
    # from the start half the conversions pass c1 (2 of 3 start there, 1 of 2 goes on), all pass c2 and c3
    found = markov_removal(THREE)
    assert found.p_convert == pytest.approx(1 / 3, abs=1e-12)
    assert found.effects == pytest.approx({"c1": 0.5, "c2": 1.0, "c3": 1.0}, abs=1e-12)
    assert found.shares == pytest.approx({"c1": 0.2, "c2": 0.4, "c3": 0.4}, abs=1e-12)


def test_the_linear_solve_agrees_with_walking_the_chain():
    rng = np.random.default_rng(4)
    names = ["sito", "telefono", "agente", "portale"]
    journeys = [
        Journey(tuple(rng.choice(names, rng.integers(1, 6))), float(rng.integers(0, 9)), float(rng.integers(1, 9)))
        for _ in range(40)
    ]
    found = markov_removal(journeys)
    # the chain reproduces the observed rate: every step of a journey is a transition that was counted
    rate = sum(j.converted for j in journeys) / sum(j.converted + j.lost for j in journeys)
    assert found.p_convert == pytest.approx(rate, rel=1e-10)
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert all(0 <= effect <= 1 for effect in found.effects.values())


@pytest.mark.parametrize(
    ("model", "shares"),
    [
        # a > b > c converts 8 times, b twice, by hand
        ("first", {"a": 0.8, "b": 0.2, "c": 0.0}),
        ("last", {"a": 0.0, "b": 0.2, "c": 0.8}),
        ("linear", {"a": 8 / 30, "b": 14 / 30, "c": 8 / 30}),
        ("position", {"a": 0.32, "b": 0.36, "c": 0.32}),
    ],
)
def test_simple_rules_by_hand(model, shares):
    journeys = [Journey(("a", "b", "c"), 8, 5), Journey(("b",), 2)]
    assert attribute(journeys, model) == pytest.approx(shares)


def test_markov_is_the_default_model():
    assert attribute(THREE) == markov_removal(THREE).shares


def test_what_cannot_be_attributed_is_refused():
    with pytest.raises(StatsInputError, match="converted"):
        attribute([Journey(("a",), 0, 3)])
    with pytest.raises(StatsInputError):
        attribute([Journey((), 1)])
    with pytest.raises(StatsInputError, match="position"):
        attribute(THREE, "horoscope")


def walked(journeys: list[Journey], without: str | None = None) -> float:
    """Chance to convert, by following the chain of transitions step by step until nearly nobody is under way.

    A second implementation: counts in dictionaries, probabilities pushed along, no matrix.
    """
    flows: dict[str, dict[str, float]] = {}
    for journey in journeys:
        steps = ["(start)", *journey.path]
        for here, there in pairwise(steps):
            row = flows.setdefault(here, {})
            row[there] = row.get(there, 0.0) + journey.converted + journey.lost
        row = flows.setdefault(steps[-1], {})
        row["(won)"] = row.get("(won)", 0.0) + journey.converted
        row["(lost)"] = row.get("(lost)", 0.0) + journey.lost
    under_way, won = {"(start)": 1.0}, 0.0
    while sum(under_way.values()) > 1e-15:
        ahead: dict[str, float] = {}
        for here, mass in under_way.items():
            total = sum(flows[here].values())
            for there, count in flows[here].items():
                if there == "(won)":
                    won += mass * count / total
                elif there != "(lost)" and there != without:
                    ahead[there] = ahead.get(there, 0.0) + mass * count / total
        under_way = ahead
    return won


@pytest.mark.parametrize("seed", range(5))
def test_removal_effects_equal_those_of_a_walk_on_random_paths(seed):
    rng = np.random.default_rng(seed)
    names = [f"t{i}" for i in range(int(rng.integers(2, 9)))]
    journeys = [
        Journey(tuple(rng.choice(names, rng.integers(1, 8))), float(rng.integers(0, 5)), float(rng.integers(0, 20)))
        for _ in range(60)
    ]
    journeys.append(Journey((names[0],), 1.0))
    found = markov_removal(journeys)
    whole = walked(journeys)
    effects = {name: 1 - walked(journeys, name) / whole for name in found.effects}
    assert found.p_convert == pytest.approx(whole, abs=1e-9)
    assert found.effects == pytest.approx(effects, abs=1e-9)
    assert found.shares == pytest.approx({k: v / sum(effects.values()) for k, v in effects.items()}, abs=1e-9)


def test_repeats_in_a_row_change_neither_removal_effects_nor_first_and_last():
    """Whoever stays at a touchpoint leaves it with the same chances: a loop on the spot is no information."""
    once = [Journey(("a", "b", "c"), 3, 2), Journey(("b", "a"), 1, 4)]
    often = [Journey(("a", "a", "b", "c", "c"), 3, 2), Journey(("b", "b", "b", "a"), 1, 4)]
    for model in ("markov", "first", "last"):
        assert attribute(often, model) == pytest.approx(attribute(once, model), abs=1e-12)


def test_a_path_that_comes_back_is_followed():
    # a > b > a: from a on, 1 of 3 moves goes to b, 1 converts, 1 is lost; p(a) = 1/3 + 1/3 p(a) = 1/2
    found = markov_removal([Journey(("a", "b", "a"), 1, 0), Journey(("a",), 0, 1)])
    assert found.p_convert == pytest.approx(0.5)
    # without b only the direct third is left: 1 - (1/3) / (1/2)
    assert found.effects == pytest.approx({"a": 1.0, "b": 1 / 3})


def test_decay_halves_the_credit_with_each_step_back():
    # weights 1, 2, 4 of 7
    assert attribute([Journey(("a", "b", "c"), 1)], "decay") == pytest.approx({"a": 1 / 7, "b": 2 / 7, "c": 4 / 7})


@pytest.mark.parametrize(("name", "model"), [("U-shaped", "position"), ("last click", "last"), ("MARKOV", "markov")])
def test_models_answer_to_their_usual_names(name, model):
    assert attribute(THREE, name) == attribute(THREE, model)


def test_intervals_hold_the_shares_and_are_the_same_each_time():
    journeys = [Journey(("a", "b"), 30, 50), Journey(("b",), 20, 60), Journey(("c", "a"), 10, 30)]
    for model in MODELS:
        found = attribute_with_intervals(journeys, model)
        assert found == attribute_with_intervals(journeys, model)
        assert {name: c.share for name, c in found.credits.items()} == pytest.approx(attribute(journeys, model))
        assert all(c.low <= c.share <= c.high for c in found.credits.values())
        assert sum(c.value for c in found.credits.values()) == pytest.approx(60.0)


def test_the_interval_of_a_plain_share_is_the_binomial_one():
    """First touch with one-step paths is a share of 400 conversions: 0.3 +- 1.96 sqrt(0.3 0.7 / 400) = 0.255..0.345."""
    found = attribute_with_intervals([Journey(("a",), 120), Journey(("b",), 280)], "first").credits["a"]
    assert (found.low, found.high) == pytest.approx((0.2551, 0.3449), abs=0.008)  # Monte Carlo of 1,000 draws


def test_random_groups_of_journeys_say_what_single_journeys_say(monkeypatch):
    rng = np.random.default_rng(8)
    names = ["a", "b", "c", "d"]
    journeys = [
        Journey(tuple(rng.choice(names, rng.integers(1, 5))), float(rng.integers(1, 9)), 5.0) for _ in range(300)
    ]
    exact = attribute_with_intervals(journeys).credits
    monkeypatch.setattr("ocem.stats.attribution.EXACT_KINDS", 0)
    grouped = attribute_with_intervals(journeys).credits
    for name in names:
        widths = [credit[name].high - credit[name].low for credit in (exact, grouped)]
        assert widths[1] == pytest.approx(widths[0], rel=0.2)


def test_groups_that_resemble_each_other_widen_the_interval():
    """Ten customers with forty equal journeys each are ten observations, not four hundred."""
    journeys = [Journey(("a",), 40.0) for _ in range(5)] + [Journey(("b",), 40.0) for _ in range(5)]
    alone = attribute_with_intervals(journeys, "first").credits["a"]
    together = attribute_with_intervals(journeys, "first", group=np.arange(10)).credits["a"]
    # spread of a share of 400 and of 10: sqrt(40) times
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(np.sqrt(40), rel=0.2)


def test_values_follow_the_rule_and_add_up():
    journeys = [Journey(("a", "b"), 1), Journey(("b",), 1)]
    found = attribute_with_intervals(journeys, "last", value=np.array([10.0, 90.0]), group=np.array([0, 1]))
    assert found.credits["b"].value == 100.0
    linear = attribute_with_intervals(journeys, "linear", value=np.array([10.0, 90.0]), group=np.array([0, 1]))
    assert {name: credit.value for name, credit in linear.credits.items()} == {"a": 5.0, "b": 95.0}


def test_one_touchpoint_gets_everything_and_nothing_is_undefined():
    found = attribute_with_intervals([Journey(("a", "a"), 2, 3)])
    assert (found.credits["a"].share, found.credits["a"].low, found.credits["a"].high) == (1.0, 1.0, 1.0)


def test_a_hundred_thousand_paths_take_no_time():
    """Arrays, not rows: about 0.2 s of processor time, so a second even on a busy machine."""
    rng = np.random.default_rng(9)
    lengths = rng.integers(1, 8, 100_000)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    won = (rng.random(100_000) < 0.2).astype(float)
    paths = Paths(tuple("abcdefgh"), rng.integers(0, 8, starts[-1]), starts, won, 1 - won)
    began = time.process_time()
    assert sum(markov_removal(paths).shares.values()) == pytest.approx(1.0)
    assert time.process_time() - began < 2.0
