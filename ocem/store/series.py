"""Weekly and windowed sums read from the daily aggregates; never from the raw rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

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
SELECT kpi_id, (CAST(touchpoint_id AS BIGINT) * 65536 + phase_id) * 65536 + segment_id AS cell,
       CAST(floor(date_diff('day', CAST(? AS DATE), day) / 7) AS INTEGER) AS week,
       {", ".join(f"sum({name}) AS {name}" for name in SUMS)}
FROM daily
WHERE list_contains(?, kpi_id) AND kpi_id BETWEEN ? AND ? AND day BETWEEN ? AND ?
  AND coalesce(list_contains(?, segment_id), TRUE)
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
    con: Cursor, kpi_id: int, first: date, last: date, segments: tuple[str, ...] | None = None
) -> WeeklyCube:
    """Sum a KPI's aggregates by cell and week, from the Monday of `first` to the Sunday of `last`.

    With `segments` only the cells of these are read.
    """
    return weekly_cubes(con, [kpi_id], first, last, segments)[kpi_id]


def weekly_cubes(
    con: Cursor, kpi_ids: Sequence[int], first: date, last: date, segments: tuple[str, ...] | None = None
) -> dict[int, WeeklyCube]:
    """Sum several KPIs' aggregates in one reading; see `weekly_cube`."""
    monday = first - timedelta(days=first.weekday())
    n_weeks = (last - monday).days // 7 + 1
    sunday = monday + timedelta(days=7 * n_weeks - 1)
    inside = None if segments is None else member_ids(con, "segment", segments)
    asked = [monday, list(kpi_ids), min(kpi_ids), max(kpi_ids), monday, sunday, inside]
    found = {name: np.asarray(values) for name, values in con.execute(_CUBE, asked).fetchnumpy().items()}
    keys = member_names(con)
    weeks = np.datetime64(monday, "D") + 7 * np.arange(n_weeks)
    cubes = {}
    for kpi_id in kpi_ids:
        mine = found["kpi_id"] == kpi_id
        cells, at = np.unique(found["cell"][mine].astype(np.int64), return_inverse=True)
        week = found["week"][mine].astype(int)
        sums = {name: np.zeros((len(cells), n_weeks)) for name in SUMS}
        for name, values in sums.items():
            values[at, week] = found[name][mine].astype(float)
        cubes[kpi_id] = WeeklyCube(weeks, *named_cells(keys, cells), sums)
    return cubes


def named_cells(
    names: dict[tuple[str, int], str], cells: NDArray[np.int64]
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.str_]]:
    """Return the keys of touchpoints, phases and segments of some cells."""
    touchpoints, phases, segments = (
        np.array([names[dimension, number] for number in numbers.tolist()], dtype=str)
        for dimension, numbers in (
            ("touchpoint", cells // 65536**2),
            ("phase", cells // 65536 % 65536),
            ("segment", cells % 65536),
        )
    )
    return touchpoints, phases, segments


def known_cube(database: Database, kpi_id: int, first: date, last: date) -> WeeklyCube:
    """Return what `weekly_cube` says, read once for the data as they are; nobody writes into its arrays."""
    return known_cubes(database, (kpi_id,), first, last)[kpi_id]


def known_cubes(database: Database, kpi_ids: Sequence[int], first: date, last: date) -> dict[int, WeeklyCube]:
    """Return what `weekly_cube` says of several KPIs; those not yet known are read in one go."""
    together: dict[int, WeeklyCube] = {}

    def read(kpi_id: int) -> WeeklyCube:
        if kpi_id not in together:
            with database.cursor() as con:
                together.update(weekly_cubes(con, [one for one in kpi_ids if one not in known], first, last))
            for cube in together.values():
                for values in cube.sums.values():
                    values.flags.writeable = False
        return together[kpi_id]

    known: dict[int, WeeklyCube] = {}
    for kpi_id in kpi_ids:
        known[kpi_id] = database.keep("weekly cube", partial(read, kpi_id), kpi_id, first, last)
    return known


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
