"""One export file before it is written: its rows, its period and the habits of its system."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from ocem.demo.calendar import FIRST_DAY, LAST_DAY, day_index
from ocem.demo.world import WAVE_1
from ocem.demo.writing import Dirt, Style


@dataclass(frozen=True)
class Part:
    """A file to be written; with `sheet` it is a workbook, otherwise text in `style`."""

    name: str
    profile: str
    table: pa.Table
    first: date
    last: date
    style: Style = field(default_factory=Style)
    dirt: Dirt | None = None
    sheet: str | None = None


def cut(part: Part, day: np.ndarray, starts: Sequence[date] = (WAVE_1,), dirty: Sequence[int] = (0,)) -> Iterator[Part]:
    """Cut a table whose rows are sorted by day into files that begin on the given days.

    Parameters
    ----------
    part : Part
        Its `name` has one placeholder, filled with the first month of each file (2024-01).
    starts : sequence of date
        First day of the second, third ... file.
    dirty : sequence of int
        Which files get the part's dirt.
    """
    firsts = [FIRST_DAY, *starts]
    ends = [*starts, LAST_DAY + timedelta(days=1)]
    for i, (first, end) in enumerate(zip(firsts, ends, strict=True)):
        low, high = np.searchsorted(day, [day_index(first), day_index(end)])
        if low == high:
            continue
        yield replace(
            part,
            name=part.name.format(first.strftime("%Y-%m")),
            table=part.table.slice(int(low), int(high - low)),
            first=first,
            last=end - timedelta(days=1),
            dirt=part.dirt if i in dirty else None,
        )
