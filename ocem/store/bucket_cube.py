"""KPIs' sums by cell and bucket of customers over a span of weeks."""

from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocem.store.bucket import BUCKETS
from ocem.store.database import Cursor, Database
from ocem.store.series import WeeklyCube, member_names, named_cells

Places = dict[str, tuple[int | None, int | None]]
"""For each fact: at which place of its list the numerator and the denominator stand."""
_SUMS = """
SELECT (CAST(touchpoint_id AS BIGINT) * 65536 + phase_id) * 65536 + segment_id AS cell, bucket, {sums}
FROM customer_bucket WHERE fact = ? AND week BETWEEN ? AND ? GROUP BY ALL
"""
_NOTHING = np.empty(0, dtype="datetime64[D]")


def bucket_cubes(con: Cursor, kpi_ids: Iterable[int], first: date, last: date) -> dict[int, WeeklyCube]:
    """Sum KPIs by cell and bucket over the weeks whose Mondays lie between two days; those without rows are left out.

    The sums have the shape (cells, buckets): buckets stand where a weekly cube has its weeks. Every fact is read once,
    however many KPIs use it.
    """
    asked = set(kpi_ids)
    places: dict[int, Places] = {}
    for fact, number, above, below in con.execute("SELECT fact, kpi_id, above, below FROM bucket_sum").fetchall():
        if number in asked:
            places.setdefault(number, {})[fact] = (above, below)
    facts = sorted({fact for place in places.values() for fact in place})
    read = {
        fact: _read(con, fact, [place[fact] for place in places.values() if fact in place], first, last)
        for fact in facts
    }
    cells = np.unique(np.concatenate([codes for codes, _ in read.values()])) if read else np.empty(0, dtype=np.int64)
    if not len(cells):
        return {}
    touchpoints, phases, segments = named_cells(member_names(con), cells)
    found = {}
    for number, place in places.items():
        inside = np.isin(cells, np.concatenate([read[fact][0] for fact in place]))
        sums = {name: np.zeros((len(cells), BUCKETS)) for name in ("numerator", "denominator")}
        for fact, positions in place.items():
            at = np.searchsorted(cells, read[fact][0])
            for values, position in zip(sums.values(), positions, strict=True):
                if position is not None:
                    values[at] += read[fact][1][position]
        kept = {name: values[inside] for name, values in sums.items()}
        for values in kept.values():
            values.flags.writeable = False
        found[number] = WeeklyCube(_NOTHING, touchpoints[inside], phases[inside], segments[inside], kept)
    return found


def _read(
    con: Cursor, fact: str, positions: list[tuple[int | None, int | None]], first: date, last: date
) -> tuple[NDArray[np.int64], dict[int, NDArray[np.float64]]]:
    """Return the cells of a fact and, by place, sums of shape (cells, buckets)."""
    wanted = sorted({place for pair in positions for place in pair if place is not None})
    sums = ", ".join(f"sum(sums[{place}]) AS s_{place}" for place in wanted)
    found = con.execute(_SUMS.format(sums=sums), [fact, first, last]).fetchnumpy()
    cells, at = np.unique(np.asarray(found["cell"], dtype=np.int64), return_inverse=True)
    bucket = np.asarray(found["bucket"], dtype=int)
    by_place = {place: np.zeros((len(cells), BUCKETS)) for place in wanted}
    for place, values in by_place.items():
        values[at, bucket] = np.asarray(found[f"s_{place}"], dtype=float)
    return cells, by_place


def known_bucket_cubes(database: Database, kpi_ids: tuple[int, ...], first: date, last: date) -> dict[int, WeeklyCube]:
    """Return what `bucket_cubes` says, read once for the data as they are."""

    def read() -> dict[int, WeeklyCube]:
        with database.cursor() as con:
            return bucket_cubes(con, kpi_ids, first, last)

    return database.keep("bucket cubes", read, kpi_ids, first, last)
