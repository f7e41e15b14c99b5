"""Days as few runs, written as a condition: rows lie in the order of days, so what lies outside is never read."""

from collections.abc import Iterable
from datetime import date, timedelta

from duckdb import DuckDBPyConnection

MOST_RUNS = 64
"""More runs than this are joined across the shortest gaps between them."""


def runs_of(days: Iterable[date], most: int = MOST_RUNS) -> list[tuple[date, date]]:
    """Join days that follow one another; where that leaves too many runs, also those with short gaps between them.

    Examples
    --------
    >>> runs = runs_of([date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 9)])
    >>> [(first.day, last.day) for first, last in runs]
    [(1, 2), (9, 9)]
    """
    ordered = sorted(set(days))
    gap = timedelta(days=1)
    while True:
        runs: list[tuple[date, date]] = []
        for day in ordered:
            if runs and day - runs[-1][1] <= gap:
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        if len(runs) <= most:
            return runs
        gap *= 2


def among(con: DuckDBPyConnection, days: str, column: str = "day") -> str:
    """Return the condition that a column holds one of the days a query gives, or lies close to them.

    It says which stored rows need to be read and is no filter by itself.
    """
    runs = runs_of(row[0] for row in con.execute(days).fetchall() if row[0] is not None)
    parts = [f"{column} BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in runs]
    return f"({' OR '.join(parts)})" if parts else "FALSE"
