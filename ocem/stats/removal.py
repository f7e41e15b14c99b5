"""What a chain of transitions would lose without one of its touchpoints, exactly.

Everything is a function of additive sums of transitions, so that a bootstrap resamples sums of groups of paths.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocem.errors import N_, StatsInputError
from ocem.stats.path import Floats, Ints, Journey, Paths, check

START, CONVERTED, LOST = 0, 1, 2
"""States of the chain before the touchpoints."""
FIRST_TOUCHPOINT = 3
MOST_TOUCHPOINTS = 1000
"""Touchpoints up to which a chain is solved: time grows with their third power."""
SPARSE = 64
"""Values beyond those that occur from which sorting them is quicker than counting all that could."""
CELLS = 4_000_000
"""Cells of transition matrices that are worked on at once."""


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
class Transitions:
    """Every step of a chain as (path, from, to) with states numbered as in START, CONVERTED, LOST, touchpoints."""

    pairs: Ints
    """Distinct (from, to) as one number, from * n_states + to."""
    of_pair: Ints
    path: Ints
    outcome: Ints
    """0 = walked by all, 1 = by those who convert, 2 = by those who do not."""
    n_states: int


def transitions(paths: Paths) -> Transitions:
    """Unroll paths into steps of the chain."""
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
    return Transitions(pairs, of_pair, np.concatenate([owner, every, every]), outcome, n_states)


def _distinct(values: Ints, n_possible: int) -> tuple[Ints, Ints]:
    """Return the distinct values and each value's place among them, without sorting where they are few."""
    if n_possible > len(values) + SPARSE:
        found, at = np.unique(values, return_inverse=True)
        return found.astype(np.int64), at.astype(np.int64)
    seen = np.bincount(values, minlength=n_possible) > 0
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[values]


def pair_sums(found: Transitions, converted: Floats, lost: Floats, group: Ints, n_groups: int) -> Floats:
    """Count transitions by group of paths: (n_groups, n_pairs)."""
    by_outcome = np.stack([converted + lost, converted, lost])
    weight = by_outcome[found.outcome, found.path]
    n_pairs = len(found.pairs)
    flat = np.bincount(group[found.path] * n_pairs + found.of_pair, weights=weight, minlength=n_groups * n_pairs)
    return np.asarray(flat, dtype=float).reshape(n_groups, n_pairs)


def removal_effects(found: Transitions, sums: Floats) -> tuple[Floats, Floats]:
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


def shares_of(effects: Floats) -> Floats:
    """Scale effects to sum 1."""
    total = effects.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(effects, total, out=np.zeros_like(effects), where=total > 0))


def require_solvable(paths: Paths) -> None:
    """Refuse more touchpoints than a chain can be solved for in reasonable time and memory."""
    if len(paths.names) > MOST_TOUCHPOINTS:
        raise StatsInputError(
            N_(
                "Removal effects are worked out for up to {most} touchpoints; found {found}. Put rare ones together, "
                "or take another model."
            ),
            most=MOST_TOUCHPOINTS,
            found=len(paths.names),
        )


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
    check(paths)
    require_solvable(paths)
    found = transitions(paths)
    everything = np.zeros(len(paths.converted), dtype=np.int64)
    whole, effects = removal_effects(found, pair_sums(found, paths.converted, paths.lost, everything, 1))
    shares = shares_of(effects)[0]
    return Removal(
        float(whole[0]),
        dict(zip(paths.names, effects[0].tolist(), strict=True)),
        dict(zip(paths.names, shares.tolist(), strict=True)),
    )
