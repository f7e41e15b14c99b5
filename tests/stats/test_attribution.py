import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.attribution import Journey, attribute, markov_removal

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
        attribute(THREE, "u-shaped")
