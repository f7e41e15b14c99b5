"""What moves everything is not a link: common movements are taken out, and what is left is asked."""

import numpy as np
import pytest

from ocem.stats.common_movement import FEWEST_OTHERS, beyond_common, common_movement
from ocem.stats.link import Cleaned, Timeline, best_lag, clean, profiles
from tests.stats.link_worlds import persistent, related

WEEKS, SERIES = 130, 14
MAX_LAG = 8
WORLDS = ("same_week", "two_weeks_apart", "each_at_its_own_delay", "two_markets")


def market_world(rng: np.random.Generator, kind: str, n: int = WEEKS) -> tuple[np.ndarray, np.ndarray]:
    """Fourteen series that share one market or two and nothing else: what each feels of it, and its own movement."""
    own = np.vstack([persistent(rng, (1, n), rho) for rho in rng.uniform(0.2, 0.85, SERIES)])
    if kind == "none":
        return np.zeros_like(own), own
    if kind == "two_markets":
        markets, size = persistent(rng, (2, n), 0.6), rng.uniform(0.2, 0.55, (SERIES, 2))
        size[:2] = 0.5
        return size @ markets, np.sqrt(1.0 - (size**2).sum(axis=1))[:, None] * own
    delays = {
        "same_week": np.zeros(SERIES, dtype=int),
        "two_weeks_apart": 2 * (np.arange(SERIES) % 2),
        "each_at_its_own_delay": np.concatenate([[0], rng.integers(0, 5, SERIES - 1)]),
    }[kind]
    market = persistent(rng, (1, n + 4), 0.6)[0]
    return 0.6 * np.vstack([market[4 - d : 4 - d + n] for d in delays.tolist()]), 0.8 * own


def rows(item: Cleaned, at: list[int]) -> Cleaned:
    return Cleaned(item.values[at], item.used[at], item.scale[at], item.reason[at], item.n_columns)


def called(values: np.ndarray) -> tuple[int | None, int | None]:
    """Return the lag at which the first two series are called a link, with the common movement and without; or None."""
    cleaned = clean(values, Timeline(7.0 * np.arange(values.shape[1]), 7))
    one, two = rows(cleaned, [0]), rows(cleaned, [1])
    best = best_lag(profiles(one, two, MAX_LAG), 0, MAX_LAG)
    if best.p_value.item() >= 0.05:
        return None, None
    lag = best.lag.item()
    shared = common_movement(rows(cleaned, list(range(2, len(values)))))
    assert shared is not None
    if not len(shared.movements):
        return lag, lag
    alone = beyond_common(one, two, shared, 0, MAX_LAG)
    return lag, int(alone.p_value.argmin()) if alone.p_value.min() < 0.05 else None


def planted(rng: np.random.Generator, kind: str, r: float, n: int = WEEKS) -> np.ndarray:
    """A world in which the first series moves the second two weeks later, whatever market both feel."""
    felt, own = market_world(rng, kind, n)
    lead, follow = related(rng, 1, n, 2, r)
    size = own[:2].std(axis=1)
    own[0], own[1] = size[0] * lead[0] / lead[0].std(), size[1] * follow[0] / follow[0].std()
    return felt + own


@pytest.mark.slow
@pytest.mark.parametrize("kind", WORLDS)
def test_series_that_only_share_a_market_are_no_link_once_it_is_taken_out(kind: str) -> None:
    """Called a link in 8 of 10 worlds by themselves, in 2 or 3 of 100 without what the others share."""
    found = [called(sum(market_world(np.random.default_rng([61, i]), kind))) for i in range(20)]
    assert sum(raw is not None for raw, _alone in found) >= 11
    assert sum(alone is not None for _raw, alone in found) <= 3


@pytest.mark.slow
def test_a_link_of_its_own_stays_and_is_seen_at_its_delay_behind_a_market_of_the_same_week() -> None:
    """By themselves the two seem to move in the same week in most worlds; their own delay is two weeks."""
    found = [called(planted(np.random.default_rng([62, i]), "same_week", 0.5)) for i in range(20)]
    assert sum(raw == 2 for raw, _alone in found) <= 13
    assert sum(alone == 2 for _raw, alone in found) >= 15


def test_series_that_share_nothing_have_no_common_movement_and_too_few_cannot_tell() -> None:
    worlds = [sum(market_world(np.random.default_rng([63, i]), "none", 104)) for i in range(4)]
    timeline = Timeline(7.0 * np.arange(104), 7)
    found = [common_movement(clean(values, timeline)) for values in worlds]
    assert sum(len(item.movements) for item in found if item is not None) <= 1
    assert common_movement(clean(worlds[0][: FEWEST_OTHERS - 1], timeline)) is None
