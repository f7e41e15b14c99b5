"""Weekly worlds with closures: a business that shuts in August and at Christmas, with a known step or nothing at all.

Own generator, from the description of such series alone: trend, yearly season, persistence shared and own, counts with
over-dispersion, days closed from 5 to 26 August and from 23 December to 7 January.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.stats.series import GroupSeries

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Two groups of cells over `weeks` weeks; `effect` is on the latent log or logit scale from `go_live` on."""

    weeks: int = 156
    go_live: int = 120
    first: str = "2023-01-02"
    level: float = 400.0
    cells: int = 3
    persistence: float = 0.4
    sd: float = 0.06
    shared_sd: float = 0.06
    season: float = 0.12
    growth: float = 0.06
    closed_to: float = 0.05
    """Volume of a closed day as a share of an open one, inside."""
    others_closed_to: float = 0.05
    """The same in the comparison group: 1 for customers abroad, who do not shut."""
    effect: float = 0.0


def open_share(first: str, weeks: int, closed_to: float) -> Floats:
    """Share of a full week's volume that is there, given the volume of a closed day."""
    days = np.datetime64(first) + np.arange(7 * weeks)
    in_year = (days - days.astype("datetime64[Y]")).astype(int)
    closed = ((in_year >= 216) & (in_year <= 237)) | (in_year >= 356) | (in_year <= 6)
    return np.where(closed, closed_to, 1.0).reshape(weeks, 7).mean(axis=1)


def _persistent(rng: np.random.Generator, shape: tuple[int, ...], rho: float, sd: float) -> Floats:
    noise = rng.standard_normal(shape) * sd
    for week in range(1, shape[-1]):
        noise[..., week] = rho * noise[..., week - 1] + np.sqrt(1 - rho**2) * noise[..., week]
    return noise


def _group(rng: np.random.Generator, world: World, shared: Floats, closed_to: float, treated: bool) -> Floats:
    week = np.arange(world.weeks)
    latent = np.log(world.level) + shared + _persistent(rng, (world.cells, world.weeks), world.persistence, world.sd)
    if treated:
        latent = latent + world.effect * (week >= world.go_live)
    mean = np.exp(latent) * open_share(world.first, world.weeks, closed_to)
    return rng.poisson(rng.gamma(200.0, mean / 200.0)).astype(float)


def counts(world: World, seed: int) -> tuple[GroupSeries, GroupSeries]:
    """Weekly counts inside and in the comparison group."""
    rng = np.random.default_rng([17, seed])
    week = np.arange(world.weeks)
    year = world.season * np.sin(2 * np.pi * (week - 10) / 52.18)
    shared = year + world.growth * week / 52 + _persistent(rng, (world.weeks,), world.persistence, world.shared_sd)
    inside = _group(rng, world, shared, world.closed_to, True).sum(axis=0)
    outside = _group(rng, world, shared, world.others_closed_to, False).sum(axis=0)
    return GroupSeries(inside), GroupSeries(outside)


def shares(world: World, seed: int) -> tuple[GroupSeries, GroupSeries]:
    """Weekly successes out of the counts, with a mood of their own and other customers while most are shut."""
    rng = np.random.default_rng([18, seed])
    mood = _persistent(rng, (world.weeks,), world.persistence, 0.1)
    groups = []
    for group, closed_to, treated in zip(
        counts(world, seed), (world.closed_to, world.others_closed_to), (1, 0), strict=True
    ):
        holiday = 0.4 * (1 - open_share(world.first, world.weeks, closed_to))
        own = _persistent(rng, (world.weeks,), world.persistence, 0.1)
        step = treated * world.effect * (np.arange(world.weeks) >= world.go_live)
        chance = 1 / (1 + np.exp(1.0 - mood - own - holiday - step))
        groups.append(GroupSeries(rng.binomial(group.numerator.astype(int), chance).astype(float), group.numerator))
    return groups[0], groups[1]


def amounts(world: World, seed: int) -> tuple[GroupSeries, GroupSeries]:
    """Weekly sums of skewed amounts, one for each of the counts."""
    rng = np.random.default_rng([20, seed])
    groups = [group.numerator for group in counts(world, seed)]
    return tuple(GroupSeries(rng.gamma(0.8 * n + 1e-12) * 100.0 / 0.8, None, n) for n in groups)  # type: ignore[return-value]


def market_shares(world: World, seed: int) -> tuple[GroupSeries, GroupSeries]:
    """Own sales over the market's, a ratio of sums: the market moves own sales too."""
    rng = np.random.default_rng([21, seed])
    groups = []
    for group in counts(world, seed):
        rivals = np.exp(_persistent(rng, (world.weeks,), world.persistence, 0.05)) * 4.0 * world.level * world.cells
        own = group.numerator
        groups.append(GroupSeries(own, own + rng.poisson(rivals).astype(float)))
    return groups[0], groups[1]


def scores(world: World, seed: int) -> tuple[GroupSeries, GroupSeries]:
    """Weekly sums of weights times scores over weights: answers that count for more or for less."""
    rng = np.random.default_rng([22, seed])
    mood = _persistent(rng, (world.weeks,), world.persistence, 0.1)
    groups = []
    for group, treated in zip(counts(world, seed), (1, 0), strict=True):
        n = np.maximum(group.numerator * 0.1, 0).astype(int)
        weight = rng.gamma(4.0 * np.maximum(n, 1e-9), 0.25)
        effective = np.maximum(n / 1.25, 1e-9)  # weights with a variation of a half leave four answers of five
        own = _persistent(rng, (world.weeks,), world.persistence, 0.1)
        step = treated * world.effect * (np.arange(world.weeks) >= world.go_live)
        mean = 5.0 + mood + own + step + 1.3 * rng.standard_normal(world.weeks) / np.sqrt(effective)
        groups.append(GroupSeries(weight * mean, weight, n.astype(float)))
    return groups[0], groups[1]


def medians(world: World, seed: int) -> tuple[GroupSeries, GroupSeries]:
    """Weekly medians of skewed durations, one for each of the counts; the effect is on the log of a duration."""
    rng = np.random.default_rng([23, seed])
    mood = _persistent(rng, (world.weeks,), world.persistence, 0.05)
    step = world.effect * (np.arange(world.weeks) >= world.go_live)
    groups = []
    for group, treated in zip(counts(replace(world, effect=0.0), seed), (1, 0), strict=True):
        centre = 5.0 + mood + treated * step + _persistent(rng, (world.weeks,), world.persistence, 0.05)
        n = group.numerator.astype(int)
        middle = [np.median(rng.lognormal(c, 0.9, k)) if k else np.nan for c, k in zip(centre, n, strict=True)]
        groups.append(GroupSeries(np.array(middle), np.where(n > 0, 1.0, np.nan), n.astype(float)))
    return groups[0], groups[1]


MAKERS = {
    KpiKind.COUNT: counts,
    KpiKind.SHARE: shares,
    KpiKind.SUM: amounts,
    KpiKind.RATIO: market_shares,
    KpiKind.MEAN: scores,
}


def staggered_counts(world: World, seed: int, go_lives: list[int]) -> tuple[list[GroupSeries], GroupSeries]:
    """Weekly counts of groups that go live one after the other, and of one that never does."""
    rng = np.random.default_rng([19, seed])
    week = np.arange(world.weeks)
    year = world.season * np.sin(2 * np.pi * (week - 10) / 52.18)
    shared = year + world.growth * week / 52 + _persistent(rng, (world.weeks,), world.persistence, world.shared_sd)
    inside = [
        _group(rng, replace(world, go_live=go_live), shared, world.closed_to, True).sum(axis=0) for go_live in go_lives
    ]
    outside = _group(rng, world, shared, world.others_closed_to, False).sum(axis=0)
    return [GroupSeries(one) for one in inside], GroupSeries(outside)
