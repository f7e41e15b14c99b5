"""Stable KPIs without a store: weekly series of known autocorrelation, charted as the agenda charts them."""

from datetime import date, timedelta

import numpy as np

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Aggregate, Direction, Kpi, KpiKind, Level, Measure
from ocem.evaluation.control_chart import Watched
from ocem.evaluation.signal import Record, draw
from ocem.stats.xmr import LOCKED_FROM
from tests.reference.xmr_alarm_rates import autoregressive

FIRST = date(2025, 9, 1)  # a Monday; no week of the following 72 is closed, because every week has as many rows
N = 1000.0


def kpi(key: str, kind: KpiKind = KpiKind.MEAN) -> Kpi:
    below = Measure(FactKind.RESPONSE, Aggregate.COUNT)
    above = Measure(FactKind.RESPONSE, Aggregate.SUM, "score")
    return Kpi(key, kind, above, below, "score", Direction.UP, Level.OUTCOME, "x", key, key, "", "")


def record(series: np.ndarray, first: date = FIRST) -> Record:
    """Stand in for what is read from a store: one mean a row of `series`, of shape (n_kpis, n_weeks)."""
    n_kpis, n_weeks = series.shape
    watched = tuple(Watched(f"k{i}", i, kpi(f"k{i}")) for i in range(n_kpis))
    days = tuple(first + timedelta(weeks=i) for i in range(n_weeks))
    rows = np.full(n_weeks, N)
    sums = {
        item.key: (
            {"n": rows, "numerator": series[i] * rows, "denominator": rows, "numerator_log": np.zeros(n_weeks)},
            None,
        )
        for i, item in enumerate(watched)
    }
    last = days[-1] + timedelta(days=6)
    return Record(
        np.array(days, dtype="datetime64[D]"),
        watched,
        sums,
        dict.fromkeys(sums, last),
        dict.fromkeys(sums, first),
        {},
        days,
        np.zeros(n_weeks, bool),
        np.zeros(n_weeks, bool),
    )


def panel(rng: np.random.Generator, correlation: float, n_kpis: int = 60, n_weeks: int = 52) -> np.ndarray:
    """Draw stable KPIs with the weeks that set their limits and the weeks after."""
    return np.stack([autoregressive(rng, LOCKED_FROM + n_weeks, correlation) for _ in range(n_kpis)])


def news_and_expected(series: np.ndarray) -> tuple[float, float]:
    """Return the mean number of new items a week after the limits are set, and what the agenda prints."""
    found = record(series)
    charts = draw(found, found.days[-1])
    weeks = series.shape[1] - LOCKED_FROM
    news = sum(bool(point.news) for chart in charts for point in chart.points[LOCKED_FROM:])
    return news / weeks, sum(chart.expected_news for chart in charts)
