"""How often a stable chart brings news by chance: the table in `ocem/stats/false_alarm.py`.

    python tests/reference/xmr_alarm_rates.py [SERIES]

Gaussian AR(1) series; news are those an agenda counts, a jump alone is none. Locked limits: the first n points are the
baseline, news are counted over the 52 points after. Provisional limits: all n points are the baseline, news are counted
at the last one. `year` charts each week's difference to the same week a year before.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ocem.stats.false_alarm import CORRELATIONS, counts
from ocem.stats.xmr import LOCKED_FROM, xmr

POINTS = (6, 10, 16, 20, 26, 39, 52)
WEEKS = 52
WARM_UP = 30


def autoregressive(rng: np.random.Generator, n: int, correlation: float) -> np.ndarray:
    """Draw one series of unit variance."""
    noise = rng.standard_normal(n + WARM_UP) * np.sqrt(1 - correlation**2)
    found = np.empty(n + WARM_UP)
    found[0] = noise[0] / np.sqrt(1 - correlation**2)
    for i in range(1, len(found)):
        found[i] = correlation * found[i - 1] + noise[i]
    return found[WARM_UP:]


def news(values: np.ndarray, n: int) -> tuple[int, int]:
    """Return how many points brought news, and of how many."""
    points = xmr(values, baseline_points=n).points
    points = points[n - 1 : n] if n < LOCKED_FROM else points[n:]
    return sum(counts(point) for point in points), len(points)


def rate(kind: str, n: int, correlation: float, series: int, seed: int = 0) -> float:
    """Return the share of points with news."""
    rng = np.random.default_rng([seed, n, int(100 * (correlation + 1))])
    found = weeks = 0
    for _ in range(series if n >= LOCKED_FROM else 12 * series):
        length = n + (WEEKS if n >= LOCKED_FROM else 0)
        values = autoregressive(rng, length + (WEEKS if kind == "year" else 0), correlation)
        if kind == "year":
            values = values[WEEKS:] - values[:-WEEKS]
        one, of = news(values, n)
        found, weeks = found + one, weeks + of
    return found / weeks


if __name__ == "__main__":
    series = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    for kind in ("plain", "year"):
        print(kind, "correlations", CORRELATIONS)
        for n in POINTS if kind != "year" else (52,):
            print(f"    {n}: ({', '.join(f'{rate(kind, n, c, series):.4f}' for c in CORRELATIONS)}),", flush=True)
