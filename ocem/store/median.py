"""Weekly medians of a duration, read from the facts: the daily sums hold no median."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Perimeter
from ocem.store.aggregate import median_query, source_view
from ocem.store.database import Cursor

Floats = NDArray[np.float64]


def has_medians(kpi: Kpi) -> bool:
    """Whether a KPI has medians that may be shown: durations, but not of answers, whose small cells are protected."""
    return kpi.kind is KpiKind.DURATION and kpi.numerator.fact is not FactKind.RESPONSE


def weekly_medians(con: Cursor, kpi: Kpi, perimeter: Perimeter, first: date, last: date) -> tuple[Floats, Floats]:
    """Return the median of each week and the rows behind it, from the Monday of `first` to the Sunday of `last`.

    Weeks without rows are NaN.
    """
    monday = first - timedelta(days=first.weekday())
    n_weeks = (last - monday).days // 7 + 1
    query = median_query(kpi, source_view(kpi.numerator.fact))
    keys = [perimeter.members(dimension) for dimension in ("touchpoint", "phase", "segment")]
    lists = [None if named is None else list(named) for named in keys]
    sunday = monday + timedelta(days=7 * n_weeks - 1)
    found = con.execute(query.sql, [monday, *query.values, *lists, monday, sunday]).fetchnumpy()
    middle, rows = np.full(n_weeks, np.nan), np.zeros(n_weeks)
    week = np.asarray(found["week"], dtype=int)
    middle[week] = np.asarray(found["middle"], dtype=float)
    rows[week] = np.asarray(found["n"], dtype=float)
    return middle, rows
