"""Pairs of series with a known relation, or with none but what everything shares: memory, season, trend, weekends."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def persistent(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> Floats:
    """AR(1) along the last axis with a variance of 1; rho of 1 is a random walk."""
    burn = 200
    noise = rng.standard_normal((*shape[:-1], shape[-1] + burn))
    for t in range(1, noise.shape[-1]):
        noise[..., t] += rho * noise[..., t - 1]
    if rho == 1:
        return noise[..., burn:] - noise[..., burn : burn + 1]
    return np.sqrt(1 - rho**2) * noise[..., burn:]


def unrelated(kind: str, rng: np.random.Generator, k: int, n: int, step: int) -> tuple[Floats, Floats]:
    """k leading and k following series without any relation."""
    days = step * np.arange(n)
    if kind == "random_walk":
        return persistent(rng, (k, n), 1.0), persistent(rng, (k, n), 1.0)
    if kind == "strong_memory":
        return persistent(rng, (k, n), 0.95), persistent(rng, (k, n), 0.95)
    if kind == "season_and_trend":
        year = 2 * np.sin(2 * np.pi * days / 365.25)
        up = days / 365.0
        return persistent(rng, (k, n), 0.6) + year + up, persistent(rng, (k, n), 0.6) + year - up
    if kind == "shared_weekend":
        weekend = -3.0 * (days % 7 >= 5)
        return persistent(rng, (k, n), 0.6) + weekend, persistent(rng, (k, n), 0.6) + weekend
    return rng.standard_normal((k, n)), rng.standard_normal((k, n))


def related(
    rng: np.random.Generator,
    k: int,
    n: int,
    lag: int,
    r: float,
    memory: tuple[float, float] = (0.6, 0.6),
    off: int = 0,
) -> tuple[Floats, Floats]:
    """k pairs in which the first moves `lag` periods before the second; r is the correlation once both are prewhitened.

    In the last `off` periods the relation is switched off.
    """
    lead = persistent(rng, (k, n + lag), memory[0])
    own = persistent(rng, (k, n), memory[1])
    slope = r / np.sqrt(1 - r**2) * np.sqrt(1 - memory[1] ** 2) / np.sqrt(1 - memory[0] ** 2)
    on = np.ones(n)
    if off:
        on[-off:] = 0.0
    return lead[:, lag:], own + slope * on * lead[:, :n]
