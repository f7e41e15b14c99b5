"""A KPI's sums by day in one perimeter, and the day from which its facts are known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocem.domain.fact import FactKind
from ocem.domain.perimeter import Perimeter
from ocem.store.database import Cursor
from ocem.store.series import perimeter_condition

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DailySums:
    """Sums of one KPI by day, arrays over all days from `first`; zero where nothing happened."""

    first: date
    n: Floats
    numerator: Floats
    denominator: Floats


def daily_sums(con: Cursor, kpi_id: int, above: Perimeter, below: Perimeter, first: date, last: date) -> DailySums:
    """Sum a KPI's aggregates by day: the numerator over one set of cells, the denominator over another."""
    top, top_values = perimeter_condition(con, above)
    base, base_values = perimeter_condition(con, below)
    found = con.execute(
        f"SELECT date_diff('day', CAST(? AS DATE), day) AS at,\n"
        f"       coalesce(sum(n) FILTER (WHERE {top}), 0) AS n,\n"
        f"       coalesce(sum(numerator) FILTER (WHERE {top}), 0) AS numerator,\n"
        f"       coalesce(sum(denominator) FILTER (WHERE {base}), 0) AS denominator\n"
        f"FROM daily WHERE kpi_id = ? AND day BETWEEN ? AND ?\nGROUP BY day",
        [first, *top_values, *top_values, *base_values, kpi_id, first, last],
    ).fetchnumpy()
    at = np.asarray(found["at"], dtype=int)
    sums = {name: np.zeros(max((last - first).days + 1, 0)) for name in ("n", "numerator", "denominator")}
    for name, values in sums.items():
        values[at] = np.asarray(found[name], dtype=float)
    return DailySums(first, sums["n"], sums["numerator"], sums["denominator"])


def known_from(con: Cursor, kpi_id: int, facts: Iterable[FactKind]) -> date | None:
    """Return the first day of which a KPI can be known: all its facts have begun.

    A series that comes already aggregated begins with its own first value, not with that of another series.
    """
    days: list[date] = []
    for fact in facts:
        if fact in (FactKind.MEASURE, FactKind.COST):
            query = "SELECT min(day) FROM daily WHERE kpi_id = ? AND fact = ?"
            row = con.execute(query, [kpi_id, fact.value]).fetchone()
        else:
            query = "SELECT min(first_day) FROM import_batch WHERE status = 'live' AND fact = ?"
            row = con.execute(query, [fact.value]).fetchone()
        if row is None or row[0] is None:
            return None
        days.append(row[0])
    return max(days) if days else None
