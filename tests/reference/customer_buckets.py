"""Whether errors that follow customers hold what they promise: the tables of "Errors that follow customers".

    python tests/reference/customer_buckets.py [PANELS] [--seed N] [--write benchmarks/RESULTS.md]

Customers differ in how often they are seen (all alike; gamma, a tenth of them making half of the rows; lognormal, a
tenth making two thirds) and in what they answer (share of the variance that lies between them: .05, .2, .5). Every
panel draws new customers over two windows of 13 weeks, five rows each in a window on average. Intervals of one window
must hold the truth in 92-98%, a change must be called in 3-7% where customers stay as they are.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.comparisons import put
from ocem.stats import bucket
from ocem.stats.interval import Interval
from ocem.stats.net_promoter import Answers, nps
from ocem.stats.share import wilson

Sums = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Numerator, denominator and sum of squares of the numerator's rows, by customer or by bucket."""
HEADING = "## Errors that follow customers"
KPIS = ("share", "rare share", "nps", "mean", "ratio")
TRUTH = {"share": 0.3, "rare share": 0.02, "nps": 0.15, "mean": 1.0, "ratio": 1.0 / 0.3}
ANSWERS = np.array([0.4, 0.35, 0.25])
SHAPE = 1.5
"""Of the gamma distribution of amounts within a customer."""
COUNTS = (32, 64, 128)
EXACT = 0
"""Every customer a bucket."""


@dataclass(frozen=True)
class World:
    """One kind of KPI, how unequally customers are seen, how alike a customer's rows are, how many customers."""

    kpi: str
    activity: str
    alike: float
    customers: int
    staying: float = 1.0
    """Share of the customers who are there in both windows; the others are in one."""


def windows(rng: np.random.Generator, world: World, panels: int) -> list[Sums]:
    """Sums by customer in both windows, (panels, customers)."""
    shape = (panels, world.customers)
    if world.activity == "alike":
        seen = np.full(shape, 5.0)
    elif world.activity == "gamma":
        seen = rng.gamma(0.5, 10.0, shape)
    else:
        seen = 5.0 * np.exp(rng.normal(0.0, 1.5, shape) - 1.125)
    when = rng.random(shape)
    both, early = when < world.staying, when < (1.0 + world.staying) / 2.0
    like = _traits(rng, world, shape)
    return [_rows(rng, world, rng.poisson(seen * there), like) for there in (early, both | ~early)]


def _traits(rng: np.random.Generator, world: World, shape: tuple[int, int]) -> np.ndarray:
    """What every customer is like: the chance of a success or of each answer, or the scale of the amounts."""
    k = (1.0 - world.alike) / world.alike
    if world.kpi == "nps":
        drawn = rng.gamma(ANSWERS * k, 1.0, (*shape, 3)) + 1e-300
        return drawn / drawn.sum(axis=2, keepdims=True)
    if world.kpi == "mean":
        spread = world.alike / SHAPE / (1.0 - world.alike - world.alike / SHAPE)
        return rng.gamma(1.0 / spread, spread, shape)
    p = 1.0 / TRUTH["ratio"] if world.kpi == "ratio" else TRUTH[world.kpi]
    return rng.beta(p * k, (1.0 - p) * k, shape)


def _rows(rng: np.random.Generator, world: World, n: np.ndarray, like: np.ndarray) -> Sums:
    if world.kpi == "nps":
        promoters = rng.binomial(n, like[..., 0])
        low = np.clip(like[..., 2] / np.maximum(1.0 - like[..., 0], 1e-12), 0.0, 1.0)
        detractors = rng.binomial(n - promoters, low)
        found = promoters - detractors, n, promoters + detractors
    elif world.kpi == "mean":
        # within a customer the square of an amount is (1 + 1 / shape) times the square of its mean
        total = rng.gamma(np.maximum(n * SHAPE, 1e-9)) * like / SHAPE * (n > 0)
        found = total, n, n * like**2 * (1.0 + 1.0 / SHAPE)
    else:
        hits = rng.binomial(n, like)
        found = (n, hits, n) if world.kpi == "ratio" else (hits, n, hits)
    return tuple(np.asarray(values, dtype=float) for values in found)  # type: ignore[return-value]


def in_buckets(rng: np.random.Generator, sums: list[Sums], count: int) -> list[Sums]:
    """Add customers up by bucket, the same one in both windows."""
    if count == EXACT:
        return sums
    panels = len(sums[0][0])
    at = (np.arange(panels)[:, None] * count + rng.integers(0, count, sums[0][0].shape)).ravel()
    return [
        tuple(np.bincount(at, values.ravel(), panels * count).reshape(panels, count) for values in window)
        for window in sums
    ]  # type: ignore[return-value]


def shown(world: World, sums: tuple[float, float, float], error: float, df: float) -> Interval:
    """Return the interval that a page shows."""
    above, below, squares = sums
    if world.kpi in ("share", "rare share"):
        return bucket.share(round(above), round(below), error, df)
    if world.kpi == "nps":
        promoters = (squares + above) / 2.0
        return bucket.score(Answers(promoters, below - squares, squares - promoters), error, df)
    return bucket.ratio(above / below, error, df)


def by_rows(world: World, sums: tuple[float, float, float]) -> Interval:
    """Return the interval that takes every row for a customer of its own."""
    above, below, squares = sums
    if world.kpi in ("share", "rare share"):
        return wilson(round(above), round(below))
    if world.kpi == "nps":
        promoters = (squares + above) / 2.0
        return nps(Answers(promoters, below - squares, squares - promoters))
    value = above / below
    if world.kpi == "ratio":  # rows are contacts, some of them orders: sum (1 - R order)^2
        variance = (above - 2.0 * value * below + value**2 * below) / below**2
    else:
        variance = (squares / below - value**2) / below
    return bucket.ratio(value, max(variance, 0.0) ** 0.5, below)


@dataclass(frozen=True)
class Rates:
    """Percent of panels: interval holds the truth, change called; and the width against the exact errors' width."""

    covers: float
    alarms: float
    width: float


def rates(world: World, panels: int, seed: int = 0) -> dict[str, Rates]:
    """Measure all methods in one world: `rows`, the counts of buckets, and every customer apart."""
    rng = np.random.default_rng([seed, *(ord(letter) for letter in str(world))])
    sums = windows(rng, world, panels)
    apart = {str(count or "exact"): in_buckets(rng, sums, count) for count in (*COUNTS, EXACT)}
    whole = [np.stack([values.sum(axis=1) for values in window], axis=1) for window in sums]
    fine = np.flatnonzero((whole[0][:, :2].min(axis=1) > 0) & (whole[1][:, :2].min(axis=1) > 0))
    intervals = {"rows": [by_rows(world, tuple(whole[0][i])) for i in fine]}
    alarms = {"rows": _alarms_by_rows(world, intervals["rows"], [by_rows(world, tuple(whole[1][i])) for i in fine])}
    for name, (before, after) in apart.items():
        level = bucket.levels(before[0], before[1], "share" in world.kpi)
        intervals[name] = [shown(world, tuple(whole[0][i]), level.standard_error[i], level.df[i]) for i in fine]
        change = bucket.changes(before[:2], after[:2])
        alarms[name] = (np.abs(change.value) > change.half_width())[fine]
    truth = TRUTH[world.kpi]
    reference = median(item.high - item.low for item in intervals["exact"])
    return {
        name: Rates(
            100.0 * float(np.mean([item.low <= truth <= item.high for item in found])),
            100.0 * float(np.mean(alarms[name])),
            median(item.high - item.low for item in found) / reference,
        )
        for name, found in intervals.items()
    }


def _alarms_by_rows(world: World, before: list[Interval], after: list[Interval]) -> np.ndarray:
    """Both windows taken for independent, each with the half width of its interval."""
    apart = [abs(two.estimate - one.estimate) for one, two in zip(before, after, strict=True)]
    reach = [
        (((one.high - one.low) / 2.0) ** 2 + ((two.high - two.low) / 2.0) ** 2) ** 0.5
        for one, two in zip(before, after, strict=True)
    ]
    return np.array(apart) > np.array(reach)


def worlds() -> list[World]:
    """Return the worlds of the table."""
    found = []
    for kpi in KPIS:
        for activity in ("alike", "gamma", "lognormal"):
            found += [World(kpi, activity, alike, 300) for alike in (0.05, 0.2, 0.5)]
            found += [World(kpi, activity, 0.2, customers) for customers in (60, 2000)]
        found.append(World(kpi, "gamma", 0.2, 300, staying=0.5))
    return [replace(one, alike=0.4) if one.kpi == "mean" and one.alike == 0.5 else one for one in found]


def section(panels: int, seed: int = 0) -> list[str]:
    """Measure and write the section, line by line."""
    names = ("rows", "32", "64", "128", "exact")
    lines = [
        HEADING,
        "",
        f"`python tests/reference/customer_buckets.py {panels} --write benchmarks/RESULTS.md` writes this section:",
        f"{panels} panels a row, five rows a customer and window. Coverage of 95% intervals of one window, changes",
        "called between two windows in which nothing changed (nominal 5%), width against the exact errors'. `rows`",
        "takes every row for a customer of its own, numbers are buckets of customers, `exact` are single customers.",
        "",
        "| KPI | seen | alike | customers | in both windows | coverage % of "
        + ", ".join(names)
        + " | changes called % | width of rows, 32 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    kept: dict[str, list[Rates]] = {name: [] for name in names}
    for world in worlds():
        found = rates(world, panels, seed)
        for name in names:
            kept[name].append(found[name])
        coverage = ", ".join(f"{found[name].covers:.1f}" for name in names)
        alarms = ", ".join(f"{found[name].alarms:.1f}" for name in names)
        lines.append(
            f"| {world.kpi} | {world.activity} | {world.alike:g} | {world.customers} | {world.staying:.0%} "
            f"| {coverage} | {alarms} | {found['rows'].width:.2f}, {found['32'].width:.2f} |"
        )
        print(lines[-1], flush=True)
    spans = "; ".join(
        f"{name} {min(r.covers for r in all_of):.1f}-{max(r.covers for r in all_of):.1f}% and "
        f"{min(r.alarms for r in all_of):.1f}-{max(r.alarms for r in all_of):.1f}%"
        for name, all_of in kept.items()
    )
    return [*lines, "", f"From the lowest to the highest, coverage and changes called: {spans}."]


def main() -> None:
    """Read the arguments, measure and print the section."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("panels", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0, help="another one draws other customers")
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    lines = section(asked.panels, asked.seed)
    print(lines[-1])
    if asked.write:
        put(asked.write, HEADING, lines)


if __name__ == "__main__":
    main()
