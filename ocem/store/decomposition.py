"""Sums of a KPI by cell over windows of days."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocem.store.aggregate import SUMS
from ocem.store.database import Cursor
from ocem.store.series import WeeklyCube

_WINDOW = f"""
SELECT (CAST(touchpoint_id AS BIGINT) * 65536 + phase_id) * 65536 + segment_id AS cell,
       {", ".join(f"sum({name}) AS {name}" for name in SUMS)}
FROM daily
WHERE kpi_id = ? AND day BETWEEN ? AND ?
GROUP BY ALL
"""


def window_cube(con: Cursor, kpi_id: int, windows: list[tuple[date, date]]) -> WeeklyCube:
    """Sum a KPI's aggregates by cell over some windows of inclusive days; `weeks` are the windows' first days."""
    parts = [con.execute(_WINDOW, [kpi_id, first, last]).fetchnumpy() for first, last in windows]
    found = [np.asarray(part["cell"], dtype=np.int64) for part in parts]
    cells = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    sums = {name: np.zeros((len(cells), len(windows))) for name in SUMS}
    for i, (part, at) in enumerate(zip(parts, found, strict=True)):
        for name in SUMS:
            sums[name][np.searchsorted(cells, at), i] = np.asarray(part[name], dtype=float)
    keys = {
        (dimension, number): key
        for dimension, number, key in con.execute("SELECT dimension, id, key FROM member").fetchall()
    }

    def named(dimension: str, numbers: NDArray[np.int64]) -> NDArray[np.str_]:
        return np.array([keys[dimension, int(number)] for number in numbers], dtype=str)

    return WeeklyCube(
        np.array([first for first, _ in windows], dtype="datetime64[D]"),
        named("touchpoint", cells // 65536**2),
        named("phase", cells // 65536 % 65536),
        named("segment", cells % 65536),
        sums,
    )
