"""How often a shift of three standard deviations is among the first items of the agenda in its first week.

    python tests/reference/xmr_planted_shift.py [COMPANIES]

60 stable Gaussian KPIs of 52 weeks, limits from the first 20; the last week of one of them is shifted. Three ways to
rank are compared: signals alone, by their distance from the centre; signals first and then what lies inside its limits;
and the agenda's own, both together by how surprising they are. Above them the best that any ranking of equally
important KPIs could do: that with known centre, spread and no correlation.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ocem.domain.kpi import Direction
from ocem.domain.objective import MacroObjective, Objective
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.agenda import rank_of, ranked
from ocem.evaluation.control_chart import ControlChart
from ocem.evaluation.signal import Record, draw
from ocem.stats.xmr import LOCKED_FROM
from tests.evaluation.stable_charts import panel, record

WEEKS = 52
SHIFT = 3.0
PLANTED = "k7"
N_KPIS = 60


def aimed(found: Record, importance: int) -> Record:
    """Give the planted KPI an objective of some importance; the others have none, which counts as 2."""
    goal = Objective(
        "goal", "Goal", "Goal", MacroObjective.CUSTOMER_EXPERIENCE, PLANTED, Perimeter(), "x", Direction.UP, 0.1,
        "absolute", None, "x", importance=importance,
    )  # fmt: skip
    watched = tuple(replace(item, objective=goal) if item.key == PLANTED else item for item in found.watched)
    return replace(found, watched=watched)


def company(rng: np.random.Generator, correlation: float, importance: int) -> tuple[ControlChart, ...]:
    """Draw one company with its shift, charted in the week of the shift."""
    series = panel(rng, correlation, N_KPIS, WEEKS - LOCKED_FROM)
    series[int(PLANTED[1:]), -1] += SHIFT
    found = aimed(record(series), importance)
    return draw(found, found.days[-1])


def place(charts: list[ControlChart]) -> int:
    """Return the planted KPI's place from 0 on; behind all where it is not there."""
    keys = [chart.watched.key for chart in charts]
    return keys.index(PLANTED) if PLANTED in keys else N_KPIS


def places(charts: tuple[ControlChart, ...]) -> tuple[int, int, int]:
    """Return the place by signals alone, by signals first, and on the agenda."""
    news = [chart for chart in charts if chart.is_news]
    alone = sorted(news, key=lambda chart: -abs(chart.last.distance))
    agenda = list(ranked(charts).values())
    first = sorted(news, key=rank_of, reverse=True) + [chart for chart in agenda if not chart.is_news]
    return place(alone), place(first), place(agenda)


def best_possible(rng: np.random.Generator, n: int = 200_000) -> float:
    """Return how often the shifted week is among the three furthest of 60 when centre and spread are known."""
    others = np.abs(rng.standard_normal((n, N_KPIS - 1)))
    third = np.partition(others, -3, axis=1)[:, -3]
    return float((np.abs(SHIFT + rng.standard_normal(n)) > third).mean())


if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"best possible among equals: {best_possible(np.random.default_rng(0)):.3f}")
    print("correlation importance  signals alone  signals first  agenda  agenda, first five")
    for correlation in (0.0, 0.3):
        for importance in (2, 3, 4, 5):
            rng = np.random.default_rng([5, importance, int(10 * correlation)])
            found = np.array([places(company(rng, correlation, importance)) for _ in range(n)])
            shares = [*(found < 3).mean(axis=0), (found[:, 2] < 5).mean()]
            told = "  ".join(f"{share:13.3f}" for share in shares)
            print(f"{correlation:11.1f} {importance:10d}  {told}", flush=True)
