"""Do two series still go together once what moves many series at once is taken out of both?

A market that rises lifts sales, calls and visits, some in the same week and some weeks later: two of them then move
together with nothing between them. Movements are found in the other series, each of which may feel one with a delay of
its own, and one that the same series would show by chance if each were moved along the calendar by itself does not
count. A movement is known from a dozen series only so well: what its doubt alone would leave between two series is no
link either.
"""

from dataclasses import dataclass

import numpy as np

from ocem.stats.link import MAX_ORDER, Best, Cleaned, Floats, Ints, best_lag, profiles

FEWEST_OTHERS = 6
"""Other series under which a common movement cannot be seen."""
LONGEST_DELAY = 4
"""Periods by which a series may feel a movement earlier or later than the others."""
MOST = 3
"""Movements looked for."""
ROUNDS = 4
DRAWS = 39
"""Rotated worlds, all of which a movement must surpass: a chance of 1 in 40 where there is none."""


@dataclass(frozen=True)
class Common:
    """What many series share: `movements` (k, T) with a variance of 1, k = 0 where nothing is.

    `doubt` (k,) is the variance of each movement's error, from how many series it is known and how closely.
    """

    movements: Floats
    doubt: Floats


def common_movement(others: Cleaned) -> Common | None:
    """Find what many series share, each with its own delay; None when there are too few of them."""
    left = others.values[others.usable]
    if len(left) < FEWEST_OTHERS:
        return None
    rng = np.random.default_rng(0)
    movements, doubt = [], []
    for _ in range(MOST):
        movement, delays, felt = _strongest(np.concatenate([left[None], _rotated(left, rng)]))
        strength = (felt**2).sum(axis=1)
        if strength[0] <= strength[1:].max():
            break
        bounded = np.clip(felt[0] ** 2, 0.0, 0.9)
        movements.append(movement[0])
        doubt.append(1.0 / (1.0 + (bounded / (1.0 - bounded)).sum()))
        left = left - felt[0][:, None] * _moved(np.broadcast_to(movement[0], left.shape), delays[0])
        left = left / np.maximum(left.std(axis=1, keepdims=True), 1e-12)
    return Common(np.array(movements).reshape(len(movements), left.shape[1]), np.array(doubt))


def _strongest(worlds: Floats) -> tuple[Floats, Ints, Floats]:
    """Return the movement that most series feel, each one's delay, and its correlation with each at that delay.

    `worlds` is (worlds, series, periods); the answers are (worlds, periods) and twice (worlds, series).
    """
    weight = np.linalg.eigh(worlds @ worlds.swapaxes(1, 2))[1][..., -1]
    aligned = worlds
    for _ in range(ROUNDS + 1):
        movement = np.einsum("wst,ws->wt", aligned, weight)
        movement /= np.maximum(np.sqrt((movement**2).mean(axis=1, keepdims=True)), 1e-12)
        delays, felt = _felt(worlds, movement)
        weight = felt / np.maximum(1.0 - felt**2, 0.1)
        aligned = _moved(worlds, -delays)
    return movement, delays, felt


def _felt(worlds: Floats, movement: Floats) -> tuple[Ints, Floats]:
    """Return the delay at which each series feels its world's movement most, and the correlation there."""
    n = worlds.shape[2]
    around = np.pad(movement, ((0, 0), (LONGEST_DELAY, LONGEST_DELAY)))
    delayed = np.lib.stride_tricks.sliding_window_view(around, n, axis=1)[:, ::-1]
    at_delay = worlds @ delayed.swapaxes(1, 2) / n
    best = np.abs(at_delay).argmax(axis=2)
    return best - LONGEST_DELAY, np.take_along_axis(at_delay, best[..., None], axis=2)[..., 0]


def _moved(values: Floats, delays: Ints) -> Floats:
    """Move each series along: at period t stands what was at t - delay, 0 where nothing was."""
    n = values.shape[-1]
    around = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(LONGEST_DELAY, LONGEST_DELAY)])
    return np.asarray(np.take_along_axis(around, LONGEST_DELAY - delays[..., None] + np.arange(n), axis=-1))


def _rotated(values: Floats, rng: np.random.Generator) -> Floats:
    """Move each series along the calendar by itself: its own memory stays, what it shares with others goes."""
    m, n = values.shape
    shifts = rng.integers(n // 8, n - n // 8, (DRAWS, m, 1))
    worlds = np.broadcast_to(values, (DRAWS, m, n))
    return np.asarray(np.take_along_axis(worlds, (np.arange(n) - shifts) % n, axis=2))


def beyond_common(
    lead: Cleaned, follow: Cleaned, common: Common, first: int, last: int, max_order: int = MAX_ORDER
) -> Best:
    """Correlate one pair at the lags first..last, both without the common movements: arrays (lags,).

    p-values are of a relation beyond what the doubt about the movements would leave, adjusted for all the lags.
    """
    from scipy.special import ndtr

    x, left_in_x = _without(lead, common)
    y, left_in_y = _without(follow, common)
    found = profiles(x, y, max(abs(first), abs(last), 1), max_order)
    lags = [best_lag(found, lag, lag).at(0, 0) for lag in range(first, last + 1)]
    r, n = (np.array([getattr(item, name).item() for item in lags]) for name in ("r", "n"))
    leftover = min(float(np.sqrt(left_in_x * left_in_y)), 0.9)
    z = (np.arctanh(np.minimum(np.abs(r), 0.9999999)) - np.arctanh(leftover)) * np.sqrt(np.maximum(n - 3.0, 1.0))
    p_value = np.minimum(2.0 * ndtr(-z) * len(lags), 1.0)
    slope, low, high = (np.array([getattr(item, name).item() for item in lags]) for name in ("slope", "low", "high"))
    return Best(np.arange(first, last + 1), r, n, slope, p_value, low, high)


def _without(item: Cleaned, common: Common) -> tuple[Cleaned, float]:
    """Take the movements out of one series at its own delays; and the part of it that may be left, relative to it."""
    values, used = item.values[0], item.used[0]
    columns, explained, doubtful = [np.ones(len(values))], 0.0, 0.0
    for movement, doubt in zip(common.movements, common.doubt.tolist(), strict=True):
        delays, felt = _felt(values[None, None], movement[None])
        columns.append(_moved(movement[None], delays[0])[0])
        explained += felt.item() ** 2
        doubtful += felt.item() ** 2 * doubt
    design = np.column_stack(columns)
    params = np.linalg.lstsq(design[used], values[used], rcond=None)[0]
    left = np.where(used, values - design @ params, 0.0)[None]
    n_columns = item.n_columns + len(common.movements)
    return Cleaned(left, item.used, item.scale, item.reason, n_columns), doubtful / max(1.0 - explained, 0.05)
