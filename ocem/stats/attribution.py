"""How conversions are shared among the touchpoints on the paths that led to them.

Removal effects say what the chain of transitions would lose without a touchpoint; they say nothing of what customers
would do instead. They are shown beside the simple rules (first, last, linear, position, decay), never alone.

Everything is a function of additive sums (transitions, or credit by touchpoint), so the bootstrap resamples the sums of
groups of paths and never walks the paths again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

START, CONVERTED, LOST = 0, 1, 2
"""States of the chain before the touchpoints."""
FIRST_TOUCHPOINT = 3

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
CHUNK = 64


@dataclass(frozen=True)
class Journey:
    """One path of touchpoints in order, and how many customers on it converted and did not."""

    path: tuple[str, ...]
    converted: float
    lost: float = 0.0


@dataclass(frozen=True)
class Paths:
    """Many paths as flat arrays.

    Path i is ``names[codes[starts[i]:starts[i + 1]]]``; it was walked `converted[i]` times with and `lost[i]` times
    without a conversion. `starts` has one entry more than there are paths.
    """

    names: tuple[str, ...]
    codes: Ints
    starts: Ints
    converted: Floats
    lost: Floats

    @classmethod
    def of(cls, journeys: Sequence[Journey]) -> "Paths":
        """Flatten journeys."""
        names = sorted({name for journey in journeys for name in journey.path})
        index = {name: i for i, name in enumerate(names)}
        lengths = [len(journey.path) for journey in journeys]
        return cls(
            tuple(names),
            np.array([index[name] for journey in journeys for name in journey.path], dtype=np.int64),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.array([journey.converted for journey in journeys], dtype=float),
            np.array([journey.lost for journey in journeys], dtype=float),
        )

    @property
    def lengths(self) -> Ints:
        """Steps of each path."""
        return np.diff(self.starts)

    @property
    def of_step(self) -> Ints:
        """The path each step belongs to."""
        return np.repeat(np.arange(len(self.converted)), self.lengths)


@dataclass(frozen=True)
class Removal:
    """Outcome of the first-order chain.

    `p_convert` is the chance to convert from the start; `effects` the share of it that is lost without a touchpoint;
    `shares` the effects scaled to sum 1, which is how conversions are attributed.
    """

    p_convert: float
    effects: dict[str, float]
    shares: dict[str, float]


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


def _check(paths: Paths) -> None:
    wrong = (paths.lengths == 0) | ~(paths.converted >= 0) | ~(paths.lost >= 0)
    wrong |= ~np.isfinite(paths.converted) | ~np.isfinite(paths.lost)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise StatsInputError(
            N_("A journey needs a path and counts of at least 0; found {path} with {converted} and {lost}."),
            path=" > ".join(paths.names[code] for code in paths.codes[paths.starts[at] : paths.starts[at + 1]]) or "-",
            converted=float(paths.converted[at]),
            lost=float(paths.lost[at]),
        )
    if not paths.converted.sum() > 0:
        raise StatsInputError(
            N_("No journey of {count} converted: there is nothing to attribute."), count=len(paths.converted)
        )


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


@dataclass(frozen=True)
class _Transitions:
    """Every step of a chain as (path, from, to) with states numbered as in START, CONVERTED, LOST, touchpoints."""

    pairs: Ints
    """Distinct (from, to) as one number, from * n_states + to."""
    of_pair: Ints
    path: Ints
    outcome: Ints
    """0 = walked by all, 1 = by those who convert, 2 = by those who do not."""
    n_states: int


def _transitions(paths: Paths) -> _Transitions:
    n_states = len(paths.names) + FIRST_TOUCHPOINT
    state = paths.codes + FIRST_TOUCHPOINT
    lengths, owner = paths.lengths, paths.of_step
    first = np.zeros(len(state), dtype=bool)
    first[paths.starts[:-1]] = True
    here = np.where(first, START, np.concatenate([[START], state[:-1]]))
    last = state[paths.starts[1:] - 1]
    every = np.arange(len(lengths))
    flat = np.concatenate([here * n_states + state, last * n_states + CONVERTED, last * n_states + LOST])
    pairs, of_pair = _distinct(flat, n_states**2)
    outcome = np.concatenate([np.zeros(len(state), dtype=np.int64), np.ones_like(every), np.full_like(every, 2)])
    return _Transitions(pairs, of_pair, np.concatenate([owner, every, every]), outcome, n_states)


def _distinct(values: Ints, n_possible: int) -> tuple[Ints, Ints]:
    """Return the distinct values and each value's place among them, without sorting where they are few."""
    if n_possible > len(values) + CHUNK:
        found, at = np.unique(values, return_inverse=True)
        return found.astype(np.int64), at.astype(np.int64)
    seen = np.bincount(values, minlength=n_possible) > 0
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[values]


def _pair_sums(found: _Transitions, converted: Floats, lost: Floats, group: Ints, n_groups: int) -> Floats:
    """Count transitions by group of paths: (n_groups, n_pairs)."""
    by_outcome = np.stack([converted + lost, converted, lost])
    weight = by_outcome[found.outcome, found.path]
    n_pairs = len(found.pairs)
    flat = np.bincount(group[found.path] * n_pairs + found.of_pair, weights=weight, minlength=n_groups * n_pairs)
    return np.asarray(flat, dtype=float).reshape(n_groups, n_pairs)


def _removal(found: _Transitions, sums: Floats) -> tuple[Floats, Floats]:
    """Return the chance to convert (b,) and removal effects (b, n_touchpoints) for each row of pair sums.

    With N = (I - Q)^-1, a walk from the start ever reaches touchpoint k with chance (s N)_k / N_kk and converts from
    there with chance (N r)_k: their product is what is lost when k is taken away.
    """
    n = found.n_states
    flat = np.zeros((len(sums), n * n))
    flat[:, found.pairs] = sums
    flows = flat.reshape(-1, n, n)
    totals = flows.sum(axis=2, keepdims=True)
    moves = np.divide(flows, totals, out=np.zeros_like(flows), where=totals > 0)
    touch = slice(FIRST_TOUCHPOINT, None)
    visits = np.linalg.inv(np.eye(n - FIRST_TOUCHPOINT) - moves[:, touch, touch])
    converts = np.einsum("bij,bj->bi", visits, moves[:, touch, CONVERTED])
    start = moves[:, START, touch]
    reached = np.einsum("bi,bij->bj", start, visits) / np.einsum("bii->bi", visits)
    whole = np.einsum("bi,bi->b", start, converts)
    effects = np.divide(reached * converts, whole[:, None], out=np.zeros_like(converts), where=whole[:, None] > 0)
    return whole, np.clip(effects, 0.0, 1.0)


def _shares(effects: Floats) -> Floats:
    total = effects.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(effects, total, out=np.zeros_like(effects), where=total > 0))


def markov_removal(journeys: Sequence[Journey] | Paths) -> Removal:
    """Removal effect of each touchpoint in the first-order Markov chain of the journeys, exactly.

    The chance to convert solves (I - Q) p = r, Q the transitions among touchpoints and r those into conversion; without
    a touchpoint whoever would reach it is lost.

    References
    ----------
    Anderl, Becker, von Wangenheim & Schumann (2016), Int. J. Research in Marketing 33, 457-474.

    Examples
    --------
    >>> found = markov_removal([Journey(("c1", "c2", "c3"), 1), Journey(("c1",), 0, 1), Journey(("c2", "c3"), 0, 1)])
    >>> round(found.p_convert, 4), {name: round(share, 4) for name, share in found.shares.items()}
    (0.3333, {'c1': 0.2, 'c2': 0.4, 'c3': 0.4})
    """
    paths = journeys if isinstance(journeys, Paths) else Paths.of(journeys)
    _check(paths)
    found = _transitions(paths)
    everything = np.zeros(len(paths.converted), dtype=np.int64)
    whole, effects = _removal(found, _pair_sums(found, paths.converted, paths.lost, everything, 1))
    shares = _shares(effects)[0]
    return Removal(
        float(whole[0]),
        dict(zip(paths.names, effects[0].tolist(), strict=True)),
        dict(zip(paths.names, shares.tolist(), strict=True)),
    )


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
    _check(paths)
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
        found = _transitions(paths)
        sums = _pair_sums(found, paths.converted, paths.lost, sample.group, n_groups)
        parts = [_removal(found, sample.weights[at : at + CHUNK] @ sums)[1] for at in range(0, len(value), CHUNK)]
        shares = _shares(np.concatenate(parts))
        values = shares * value[:, None]
    else:
        credit, owner = _rule_credit(paths, model), paths.of_step
        at = sample.group[owner] * n + paths.codes
        by_count = np.bincount(at, weights=credit * paths.converted[owner], minlength=n_groups * n)
        by_value = np.bincount(at, weights=credit * sample.value[owner], minlength=n_groups * n)
        shares = _shares(sample.weights @ by_count.reshape(n_groups, n))
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
    _check(paths)
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
