"""How conversions are shared among the touchpoints on the paths that led to them.

Removal effects say what the chain of transitions would lose without a touchpoint; they say nothing of what customers
would do instead. They are shown beside the simple rules (first, last, linear, position, decay), never alone.

Everything is a function of additive sums (transitions, or credit by touchpoint), so the bootstrap resamples the sums of
groups of paths and never walks the paths again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocem.errors import N_, StatsInputError
from ocem.stats.path import Floats, Ints, Journey, Paths, check
from ocem.stats.removal import (
    CELLS,
    Removal,
    markov_removal,
    pair_sums,
    removal_effects,
    require_solvable,
    shares_of,
    transitions,
)

RULES = ("first", "last", "linear", "position", "decay")
MODELS = ("markov", *RULES)
ALIASES = {
    "removal": "markov", "markov_1": "markov", "markov1": "markov", "markov_chain": "markov",
    "first_touch": "first", "first_click": "first", "first_interaction": "first",
    "last_touch": "last", "last_click": "last", "last_interaction": "last",
    "linear_touch": "linear", "even": "linear", "uniform": "linear",
    "position_based": "position", "u_shape": "position", "u_shaped": "position", "ushaped": "position",
    "time_decay": "decay",
}  # fmt: skip
"""Other names that people use for a model."""

DRAWS = 1000
FEWEST_DRAWS = 50
ARITHMETIC = 2e9
"""Draws times touchpoints cubed that are spent on an interval."""
EXACT_KINDS = 2000
"""Up to so many kinds of path every journey is resampled; beyond, random groups of journeys are."""
RANDOM_GROUPS = 256
MOST_JOURNEYS = 5_000_000
"""Up to so many journeys are dealt into random groups one by one; beyond, whole rows are."""
HALF_LIFE_STEPS = 1.0
"""Steps back from the end at which the decay rule gives half the credit."""


@dataclass(frozen=True)
class Credit:
    """What one touchpoint gets: a share (0 to 1) and a value, each with the bounds of its bootstrap interval."""

    share: float
    low: float
    high: float
    value: float
    value_low: float
    value_high: float
    removal: float | None = None


@dataclass(frozen=True)
class Attribution:
    """One model's answer; `draws` are the bootstrap draws in which something converted."""

    model: str
    credits: dict[str, Credit]
    converted: float
    lost: float
    p_convert: float
    draws: int


def model_named(name: str) -> str:
    """Return the model that a name means.

    Examples
    --------
    >>> model_named("Last-Click")
    'last'
    """
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    found = ALIASES.get(plain, plain)
    if found not in MODELS:
        known = ", ".join(MODELS)
        raise StatsInputError(N_("No model is called {model}; there are {models}."), model=name, models=known)
    return found


def _rule_credit(paths: Paths, model: str) -> Floats:
    """Return each step's part of its path's conversion; the parts of a path sum to 1."""
    length = np.repeat(paths.lengths, paths.lengths)
    place = np.arange(len(paths.codes)) - np.repeat(paths.starts[:-1], paths.lengths)
    if model == "first":
        return np.asarray(place == 0, dtype=float)
    if model == "last":
        return np.asarray(place == length - 1, dtype=float)
    if model == "linear":
        return 1.0 / length
    if model == "decay":
        weight = np.exp2((place - length + 1) / HALF_LIFE_STEPS)
        return np.asarray(weight / np.bincount(paths.of_step, weights=weight)[paths.of_step])
    edge = (place == 0) | (place == length - 1)
    inner = 0.2 / np.maximum(length - 2, 1)
    return np.where(length < 3, 1.0 / length, np.where(edge, 0.4, inner))


def attribute(journeys: Sequence[Journey] | Paths, model: str = "markov") -> dict[str, float]:
    """Share the conversions among touchpoints, shares summing to 1.

    Parameters
    ----------
    model : str
        ``markov`` (removal effects), ``first``, ``last``, ``linear``, ``position`` (40 % to the first, 40 % to the
        last, the rest evenly between; two share evenly) or ``decay`` (half the credit for each step further back).

    Examples
    --------
    >>> journeys = [Journey(("sito", "telefono"), 3), Journey(("sito",), 1)]
    >>> attribute(journeys, "last")
    {'sito': 0.25, 'telefono': 0.75}
    """
    paths = journeys if isinstance(journeys, Paths) else Paths.of(journeys)
    model = model_named(model)
    if model == "markov":
        return markov_removal(paths).shares
    check(paths)
    credit = _rule_credit(paths, model) * paths.converted[paths.of_step]
    total = np.bincount(paths.codes, weights=credit, minlength=len(paths.names)) / paths.converted.sum()
    return dict(zip(paths.names, total.tolist(), strict=True))


@dataclass(frozen=True)
class _Sample:
    """Paths in groups that are drawn together, and how often each draw takes each group: (draws, n_groups)."""

    paths: Paths
    value: Floats
    group: Ints
    weights: Floats


def _times(rng: np.random.Generator, n_groups: int, draws: int) -> Floats:
    return rng.multinomial(n_groups, np.full(n_groups, 1.0 / n_groups), size=draws).astype(float)


def _by_group(paths: Paths, value: Floats, group: Ints, draws: int, rng: np.random.Generator) -> _Sample:
    """Whole groups (customers) are drawn with replacement."""
    return _Sample(paths, value, group, _times(rng, int(group.max()) + 1, draws))


def _by_journey(paths: Paths, draws: int, rng: np.random.Generator) -> _Sample:
    """Single journeys are drawn with replacement: exactly where the kinds of path are few, else in random groups."""
    every = np.arange(len(paths.converted))
    row, won = np.concatenate([every, every]), np.repeat([1.0, 0.0], len(every))
    count = np.concatenate([paths.converted, paths.lost])
    row, won, count = row[count > 0], won[count > 0], count[count > 0]
    whole = bool((count == np.rint(count)).all())
    if whole and len(count) <= EXACT_KINDS:
        group = np.arange(len(count))
        weights = rng.multinomial(int(count.sum()), count / count.sum(), size=draws) / count
    else:
        if whole and count.sum() <= MOST_JOURNEYS:
            row, won = np.repeat(row, count.astype(np.int64)), np.repeat(won, count.astype(np.int64))
            count = np.ones(len(row))
        n_groups = min(RANDOM_GROUPS, len(count))
        group = rng.permutation(len(count)) % n_groups
        weights = _times(rng, n_groups, draws)
    return _Sample(_take(paths, row, won * count, (1.0 - won) * count), won * count, group, weights)


def _take(paths: Paths, rows: Ints, converted: Floats, lost: Floats) -> Paths:
    """Return paths picked by number, each as often as it is named."""
    lengths = paths.lengths[rows]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    at = np.repeat(paths.starts[:-1][rows] - starts[:-1], lengths) + np.arange(starts[-1])
    return Paths(paths.names, paths.codes[at], starts, converted, lost)


def _drawn(sample: _Sample, model: str) -> tuple[Floats, Floats]:
    """Return the shares (draws, n_touchpoints) and values of the draws in which something converted."""
    paths, n = sample.paths, len(sample.paths.names)
    n_groups = sample.weights.shape[1]
    value = sample.weights @ np.bincount(sample.group, weights=sample.value, minlength=n_groups)
    if model == "markov":
        found = transitions(paths)
        sums = pair_sums(found, paths.converted, paths.lost, sample.group, n_groups)
        step = max(CELLS // found.n_states**2, 1)
        parts = [removal_effects(found, sample.weights[at : at + step] @ sums)[1] for at in range(0, len(value), step)]
        shares = shares_of(np.concatenate(parts))
        values = shares * value[:, None]
    else:
        credit, owner = _rule_credit(paths, model), paths.of_step
        at = sample.group[owner] * n + paths.codes
        by_count = np.bincount(at, weights=credit * paths.converted[owner], minlength=n_groups * n)
        by_value = np.bincount(at, weights=credit * sample.value[owner], minlength=n_groups * n)
        shares = shares_of(sample.weights @ by_count.reshape(n_groups, n))
        values = sample.weights @ by_value.reshape(n_groups, n)
    usable = shares.sum(axis=1) > 0
    return shares[usable], values[usable]


def attribute_with_intervals(
    journeys: Sequence[Journey] | Paths,
    model: str = "markov",
    *,
    value: Floats | None = None,
    group: Ints | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> Attribution:
    """Share conversions among touchpoints, with bootstrap intervals.

    Parameters
    ----------
    value : array, optional
        What the conversions of each path were worth together; default their number. Needs `group`.
    group : array of int, optional
        The group (a customer, or a bucket of customers) of each path, from 0: groups are resampled whole, because one
        customer's journeys resemble each other. Without it journeys are resampled one by one.
    confidence : float
        Coverage of the percentile intervals.

    Returns
    -------
    Attribution
        Credits by touchpoint name. The values of a rule are each path's value shared by that rule; for the chain, the
        whole value times the share.

    Raises
    ------
    StatsInputError
        If a path is empty, a count is negative or not finite, nothing converted, or no model bears the name.
    """
    paths = journeys if isinstance(journeys, Paths) else Paths.of(journeys)
    model = model_named(model)
    check(paths)
    if model == "markov":
        require_solvable(paths)
    n = len(paths.names)
    worth = paths.converted if value is None else value
    draws = int(np.clip(ARITHMETIC / n**3, FEWEST_DRAWS, DRAWS))
    rng = np.random.default_rng(seed)
    sample = _by_journey(paths, draws, rng) if group is None else _by_group(paths, worth, group, draws, rng)
    shares, values = _drawn(sample, model)
    removal = markov_removal(paths) if model == "markov" else None
    share, own = _point(paths, worth, model, removal)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(shares, tails, axis=0) if len(shares) else (share, share)
    value_low, value_high = np.quantile(values, tails, axis=0) if len(values) else (own, own)
    found = {
        name: Credit(
            float(share[i]),
            float(min(low[i], share[i])),
            float(max(high[i], share[i])),
            float(own[i]),
            float(min(value_low[i], own[i])),
            float(max(value_high[i], own[i])),
            removal.effects[name] if removal else None,
        )
        for i, name in enumerate(paths.names)
    }
    won, lost = float(paths.converted.sum()), float(paths.lost.sum())
    # The chain of the observed transitions converts as often as the journeys did.
    return Attribution(model, found, won, lost, removal.p_convert if removal else won / (won + lost), len(shares))


def _point(paths: Paths, worth: Floats, model: str, removal: Removal | None) -> tuple[Floats, Floats]:
    """Return each touchpoint's share and value without resampling."""
    if removal is not None:
        share = np.array([removal.shares[name] for name in paths.names])
        return share, share * worth.sum()
    together = np.zeros(len(paths.converted), dtype=np.int64)
    shares, values = _drawn(_Sample(paths, worth, together, np.ones((1, 1))), model)
    return shares[0], values[0]
