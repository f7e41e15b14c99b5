"""How a journey's conversion is shared among the touchpoints on its path.

Removal effects say what the chain of transitions would lose without a touchpoint; they say nothing of what customers
would do instead. They are shown beside the simple rules (first, last, linear, position), never alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]

START, CONVERTED, LOST = 0, 1, 2
"""States of the chain before the touchpoints."""


@dataclass(frozen=True)
class Journey:
    """One path of touchpoints in order, and how many customers on it converted and did not."""

    path: tuple[str, ...]
    converted: float
    lost: float = 0.0


@dataclass(frozen=True)
class Removal:
    """Outcome of the first-order chain.

    `p_convert` is the chance to convert from the start; `effects` the share of it that is lost without a touchpoint;
    `shares` the effects scaled to sum 1, which is how conversions are attributed.
    """

    p_convert: float
    effects: dict[str, float]
    shares: dict[str, float]


def _check(journeys: Sequence[Journey]) -> None:
    for journey in journeys:
        weights = (journey.converted, journey.lost)
        if not journey.path or min(weights) < 0 or not np.isfinite(weights).all():
            raise StatsInputError(
                N_("A journey needs a path and counts of at least 0; found {path} with {converted} and {lost}."),
                path=" > ".join(journey.path),
                converted=journey.converted,
                lost=journey.lost,
            )
    if not sum(journey.converted for journey in journeys) > 0:
        raise StatsInputError(
            N_("No journey of {count} converted: there is nothing to attribute."), count=len(journeys)
        )


def markov_removal(journeys: Sequence[Journey]) -> Removal:
    """Removal effect of each touchpoint in the first-order Markov chain of the journeys, exactly.

    The chance to convert solves (I - Q) p = r, Q the transitions among touchpoints and r those into conversion; without
    a touchpoint its row and column are taken out, so that whoever reaches it is lost.

    References
    ----------
    Anderl, Becker, von Wangenheim & Schumann (2016), Int. J. Research in Marketing 33, 457-474.

    Examples
    --------
    >>> found = markov_removal([Journey(("c1", "c2", "c3"), 1), Journey(("c1",), 0, 1), Journey(("c2", "c3"), 0, 1)])
    >>> round(found.p_convert, 4), {name: round(share, 4) for name, share in found.shares.items()}
    (0.3333, {'c1': 0.2, 'c2': 0.4, 'c3': 0.4})
    """
    _check(journeys)
    names = sorted({name for journey in journeys for name in journey.path})
    flows = _flows(journeys, {name: i + 3 for i, name in enumerate(names)})
    totals = flows.sum(axis=1, keepdims=True)
    moves = np.divide(flows, totals, out=np.zeros_like(flows), where=totals > 0)
    whole = _p_convert(moves, list(range(3, len(moves))))
    without = [_p_convert(moves, [j for j in range(3, len(moves)) if j != i + 3]) for i in range(len(names))]
    effects = {name: 1.0 - p / whole for name, p in zip(names, without, strict=True)}
    total = sum(effects.values())
    return Removal(whole, effects, {name: effect / total for name, effect in effects.items()})


def _flows(journeys: Sequence[Journey], index: dict[str, int]) -> Floats:
    """Count transitions between start, outcomes and touchpoints."""
    flows = np.zeros((len(index) + 3, len(index) + 3))
    for journey in journeys:
        states = [START, *(index[name] for name in journey.path)]
        for here, there in pairwise(states):
            flows[here, there] += journey.converted + journey.lost
        flows[states[-1], CONVERTED] += journey.converted
        flows[states[-1], LOST] += journey.lost
    return flows


def _p_convert(moves: Floats, kept: list[int]) -> float:
    """Chance to convert from the start when only the kept touchpoints exist."""
    states = [START, *kept]
    among = moves[np.ix_(states, states)]
    chances = np.linalg.solve(np.eye(len(states)) - among, moves[states, CONVERTED])
    return float(chances[0])


def _first(path: tuple[str, ...]) -> Floats:
    return np.array([1.0] + [0.0] * (len(path) - 1))


def _last(path: tuple[str, ...]) -> Floats:
    return np.array([0.0] * (len(path) - 1) + [1.0])


def _linear(path: tuple[str, ...]) -> Floats:
    return np.full(len(path), 1.0 / len(path))


def _position(path: tuple[str, ...]) -> Floats:
    """40 % to the first, 40 % to the last, the rest evenly to those between; two share evenly."""
    if len(path) < 3:
        return _linear(path)
    credit = np.full(len(path), 0.2 / (len(path) - 2))
    credit[[0, -1]] = 0.4
    return credit


RULES: dict[str, Callable[[tuple[str, ...]], Floats]] = {
    "first": _first,
    "last": _last,
    "linear": _linear,
    "position": _position,
}


def attribute(journeys: Sequence[Journey], model: str = "markov") -> dict[str, float]:
    """Share the conversions among touchpoints, shares summing to 1.

    Parameters
    ----------
    model : str
        ``markov`` (removal effects), ``first``, ``last``, ``linear`` or ``position`` (40 / 20 / 40).

    Examples
    --------
    >>> journeys = [Journey(("sito", "telefono"), 3), Journey(("sito",), 1)]
    >>> attribute(journeys, "last")
    {'sito': 0.25, 'telefono': 0.75}
    """
    if model == "markov":
        return markov_removal(journeys).shares
    if model not in RULES:
        raise StatsInputError(
            N_("No model is called {model}; there are {models}."), model=model, models=", ".join(["markov", *RULES])
        )
    _check(journeys)
    credit: dict[str, float] = dict.fromkeys(sorted({name for j in journeys for name in j.path}), 0.0)
    for journey in journeys:
        for name, share in zip(journey.path, RULES[model](journey.path), strict=True):
            credit[name] += float(share) * journey.converted
    total = sum(credit.values())
    return {name: value / total for name, value in credit.items()}
