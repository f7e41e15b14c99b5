"""Weekly and windowed sums read from the daily aggregates; never from the raw rows."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.perimeter import Perimeter
from ocem.store.aggregate import SUMS
from ocem.store.database import Cursor, Database
from ocem.store.member import member_ids

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WeeklyCube:
    """Sums of one KPI by cell and whole week (Monday to Sunday).

    `touchpoints`, `phases` and `segments` name the cells, arrays of length k; each of `sums` has shape (k, n_weeks),
    zero where nothing happened. `weeks` are Mondays.
    """

    weeks: NDArray[np.datetime64]
    touchpoints: NDArray[np.str_]
    phases: NDArray[np.str_]
    segments: NDArray[np.str_]
    sums: dict[str, Floats]

    def inside(self, perimeter: Perimeter) -> NDArray[np.bool_]:
        """Say for every cell whether it lies in the perimeter."""
        mask = np.ones(len(self.touchpoints), dtype=bool)
        for dimension, names in self.dimensions().items():
            keys = perimeter.members(dimension)
            if keys is not None:
                mask &= np.isin(names, keys)
        return mask

    def dimensions(self) -> dict[str, NDArray[np.str_]]:
        """Return the cells' member keys by dimension."""
        return {"touchpoint": self.touchpoints, "phase": self.phases, "segment": self.segments}

    def total(self, mask: NDArray[np.bool_]) -> dict[str, Floats]:
        """Add up the cells of a mask, one array of weeks a sum."""
        return {name: values[mask].sum(axis=0) for name, values in self.sums.items()}


_CUBE = f"""
SELECT (CAST(touchpoint_id AS BIGINT) * 65536 + phase_id) * 65536 + segment_id AS cell,
       CAST(floor(date_diff('day', CAST(? AS DATE), day) / 7) AS INTEGER) AS week,
       {", ".join(f"sum({name}) AS {name}" for name in SUMS)}
FROM daily
WHERE kpi_id = ? AND day BETWEEN ? AND ?
GROUP BY ALL
"""


def member_names(con: Cursor) -> dict[tuple[str, int], str]:
    """Return the key of every member, by dimension and number."""
    rows = con.execute("SELECT dimension, id, key FROM member").fetchall()
    return {(dimension, number): key for dimension, number, key in rows}


def first_days(con: Cursor) -> dict[int, date]:
    """Return the first day with sums of every KPI that has any."""
    return dict(con.execute("SELECT kpi_id, min(day) FROM daily GROUP BY kpi_id").fetchall())


def weekly_cube(
    con: Cursor, kpi_id: int, first: date, last: date, names: dict[tuple[str, int], str] | None = None
) -> WeeklyCube:
    """Sum a KPI's aggregates by cell and week, from the Monday of `first` to the Sunday of `last`.

    `names` are those of `member_names`, where they have been read already.
    """
    monday = first - timedelta(days=first.weekday())
    n_weeks = (last - monday).days // 7 + 1
    sunday = monday + timedelta(days=7 * n_weeks - 1)
    found = con.execute(_CUBE, [monday, kpi_id, monday, sunday]).fetchnumpy()
    cells, at = np.unique(np.asarray(found["cell"], dtype=np.int64), return_inverse=True)
    week = np.asarray(found["week"], dtype=int)
    sums = {name: np.zeros((len(cells), n_weeks)) for name in SUMS}
    for name in SUMS:
        sums[name][at, week] = np.asarray(found[name], dtype=float)
    keys = member_names(con) if names is None else names

    def named(dimension: str, numbers: NDArray[np.int64]) -> NDArray[np.str_]:
        return np.array([keys[dimension, int(number)] for number in numbers], dtype=str)

    return WeeklyCube(
        np.datetime64(monday, "D") + 7 * np.arange(n_weeks),
        named("touchpoint", cells // 65536**2),
        named("phase", cells // 65536 % 65536),
        named("segment", cells % 65536),
        sums,
    )


def known_cube(database: Database, kpi_id: int, first: date, last: date) -> WeeklyCube:
    """Return what `weekly_cube` says, read once for the data as they are; nobody writes into its arrays."""

    def read() -> WeeklyCube:
        with database.cursor() as con:
            found = weekly_cube(con, kpi_id, first, last)
        for values in found.sums.values():
            values.flags.writeable = False
        return found

    return database.keep("weekly cube", read, kpi_id, first, last)


_ID = {"touchpoint": "touchpoint_id", "phase": "phase_id", "segment": "segment_id"}


def perimeter_condition(con: Cursor, perimeter: Perimeter) -> tuple[str, list[object]]:
    """Return the SQL condition on `daily` for a perimeter, and its values."""
    parts: list[str] = []
    values: list[object] = []
    for dimension, column in _ID.items():
        keys = perimeter.members(dimension)
        if keys is not None:
            parts.append(f"list_contains(?, {column})")
            values.append(member_ids(con, dimension, keys))
    return " AND ".join(parts) or "TRUE", values


def data_span(con: Cursor, kpi_id: int | None = None) -> tuple[date | None, date | None]:
    """Return the first and last day with sums, of one KPI or of all."""
    row = con.execute("SELECT min(day), max(day) FROM daily WHERE ? IS NULL OR kpi_id = ?", [kpi_id, kpi_id]).fetchone()
    return (row[0], row[1]) if row else (None, None)
