"""Error rates of the link test, as stated in docs/links.md: false links, a shared market, power, fading after the end.

    .venv/bin/python -m tests.reference.link_error_rates [PAIRS]

About a minute of CPU for 400 pairs.
"""

import sys
import time

import numpy as np

from ocem.stats.fading import recent
from ocem.stats.link import Timeline, best_lag, clean, profiles
from tests.stats.link_worlds import related, unrelated
from tests.stats.test_common_movement import WORLDS, called, market_world, planted


def weekly(n: int) -> Timeline:
    """n whole weeks."""
    return Timeline(7.0 * np.arange(n), 7)


def false_links(kind: str, n: int, step: int, max_lag: int, order: int, pairs: int) -> tuple[float, float]:
    """Share of unrelated pairs called a link, and called led by the outcome."""
    timeline = Timeline(step * np.arange(float(n)), step)
    ahead, behind = [], []
    for seed in range(max(pairs // 20, 1)):
        lead, follow = unrelated(kind, np.random.default_rng([51, n, seed]), 20, n, step)
        one, two = clean(lead, timeline), clean(follow, timeline)
        found = profiles(one, two, max_lag, order)
        ahead.append((best_lag(found, 0, max_lag).p_value < 0.05).mean())
        behind.append((best_lag(found, -max_lag, -1).p_value < 0.05).mean())
    return float(np.mean(ahead)), float(np.mean(behind))


def power(n: int, r: float, memory: tuple[float, float], pairs: int) -> float:
    """Share of planted links of lag two that are found at lag two."""
    lead, follow = related(np.random.default_rng([52, n]), pairs, n, 2, r, memory)
    found = 0
    for one, two in zip(lead, follow, strict=True):
        best = best_lag(profiles(clean(one, weekly(n)), clean(two, weekly(n)), 8), 0, 8)
        found += bool(best.p_value.item() < 0.05 and best.lag.item() == 2)
    return found / pairs


def faded(r: float, off: int, pairs: int) -> float:
    """Share of links called faded so many weeks after they were switched off, out of 156 weeks."""
    lead, follow = related(np.random.default_rng([53, off]), pairs, 156, 2, r, off=off)
    count = 0
    for one, two in zip(lead, follow, strict=True):
        found = recent(clean(one, weekly(156)), clean(two, weekly(156)), 0, 8)
        count += found is not None and found.has_faded
    return count / pairs


def market(kind: str, pairs: int) -> tuple[float, float]:
    """Share of pairs that only share a market called a link, by themselves and without what twelve others share."""
    found = [called(sum(market_world(np.random.default_rng([54, i]), kind))) for i in range(pairs)]
    return sum(raw is not None for raw, _alone in found) / pairs, sum(
        alone is not None for _raw, alone in found
    ) / pairs


def power_in_market(kind: str, r: float, n: int, pairs: int) -> tuple[float, float]:
    """Share of planted links of lag two found at lag two, by themselves and without what twelve others share."""
    found = [called(planted(np.random.default_rng([55, i]), kind, r, n)) for i in range(pairs)]
    return sum(raw == 2 for raw, _alone in found) / pairs, sum(alone == 2 for _raw, alone in found) / pairs


def main(pairs: int) -> None:
    """Print the tables."""
    began = time.process_time()
    print("unrelated pairs: called a link / called led by the outcome, percent")
    for kind in ("noise", "random_walk", "strong_memory", "season_and_trend"):
        rates = [false_links(kind, n, 7, 8, 6, pairs) for n in (60, 104, 156)]
        print(
            f"  {kind:18}",
            *(f"{n} weeks {100 * a:.1f} / {100 * b:.1f}" for n, (a, b) in zip((60, 104, 156), rates, strict=True)),
        )
    for kind in ("random_walk", "shared_weekend"):
        a, b = false_links(kind, 1096, 1, 28, 14, pairs)
        print(f"  {kind:18} 1096 days, lags 0-28: {100 * a:.1f} / {100 * b:.1f}")
    print("planted lag of two weeks found at lag two, percent")
    for n in (104, 156):
        for memory in ((0.6, 0.6), (0.85, 0.6), (0.3, 0.8)):
            rates = [power(n, r, memory, max(pairs // 2, 50)) for r in (0.3, 0.4, 0.5)]
            print(
                f"  {n} weeks, memory {memory}:",
                *(f"r {r}: {100 * p:.0f}" for r, p in zip((0.3, 0.4, 0.5), rates, strict=True)),
            )
    print("pairs that share a market only, 130 weeks: called a link / still so without what others share, percent")
    for kind in WORLDS:
        a, b = market(kind, max(pairs // 2, 50))
        print(f"  {kind}: {100 * a:.1f} / {100 * b:.1f}")
    print(
        "planted lag of two weeks beside twelve others: found at lag two / still so without what others share, percent"
    )
    for kind, r, n in (("none", 0.4, 104), ("none", 0.5, 130), ("same_week", 0.5, 130), ("two_weeks_apart", 0.5, 130)):
        a, b = power_in_market(kind, r, n, max(pairs // 2, 50))
        print(f"  {kind}, r {r}, {n} weeks: {100 * a:.0f} / {100 * b:.0f}")
    print("faded so many weeks after the end (0 = still holds), percent")
    for r in (0.4, 0.5, 0.6):
        rates = [faded(r, off, max(pairs // 2, 50)) for off in (0, 26, 39, 52, 65)]
        print(f"  r {r}:", *(f"{off}: {100 * p:.0f}" for off, p in zip((0, 26, 39, 52, 65), rates, strict=True)))
    print(f"{time.process_time() - began:.0f} CPU seconds")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
