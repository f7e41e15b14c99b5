"""Days and moments in the plain spelling, many at once: figures in the one order that the sample shows.

What is read here has the value that `ocem.intake.date_reading` gives it; the hours around a change of
the clock, placeholder days and any other spelling are left to that.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from ocem.intake.cells import Block, Places, Read, given_or_all
from ocem.intake.reading import PLACEHOLDER_DAYS, Column, literal
from ocem.store.database import Cursor

FIRST, LAST = 1901, 2100
"""Years that are read plainly."""
_EPOCH = date(1970, 1, 1).toordinal()
_START = date(FIRST, 1, 1).toordinal() - _EPOCH
_N_DAYS = date(LAST, 12, 31).toordinal() - _EPOCH - _START + 1
_MICROSECONDS = 1_000_000
_HOUR = 3600 * _MICROSECONDS
_DAY = 86_400
_CARE = np.int64(-(2**62))

DATE_SHAPES: tuple[tuple[str, str], ...] = (
    (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d"),
    (r"\d{1,2}/\d{1,2}/\d{4}", "{0}/{1}/%Y"),
    (r"\d{1,2}-\d{1,2}-\d{4}", "{0}-{1}-%Y"),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", "{0}.{1}.%Y"),
    (r"\d{8}", "%Y%m%d"),
)
TIME_SHAPES: tuple[tuple[str, str], ...] = (
    ("", ""),
    (r" \d{1,2}:\d{2}", " %H:%M"),
    (r" \d{1,2}:\d{2}:\d{2}", " %H:%M:%S"),
    (r"T\d{2}:\d{2}:\d{2}", "T%H:%M:%S"),
    (r" \d{1,2}\.\d{2}\.\d{2}", " %H.%M.%S"),
)


def date_format(samples: Sequence[str], date_order: str | None) -> str | None:
    """Return the format in which nearly all samples are written, or None.

    Examples
    --------
    >>> date_format(["31/12/2025 10:15", "1/1/2026 9:00"], "DMY")
    '%d/%m/%Y %H:%M'
    >>> date_format(["31/12/25"], "DMY") is None
    True
    """
    filled = [text.strip() for text in samples if text.strip()]
    if not filled:
        return None
    order = ("%m", "%d") if date_order == "MDY" else ("%d", "%m")
    for shape, pattern in DATE_SHAPES:
        for time_shape, time_pattern in TIME_SHAPES:
            whole = re.compile(shape + time_shape)
            if sum(1 for text in filled if whole.fullmatch(text)) >= 0.9 * len(filled):
                return pattern.format(*order) + time_pattern
    return None


def _months() -> tuple[np.ndarray, np.ndarray]:
    """First day of every month that is read plainly, and how many days it has."""
    starts = [date(year, month, 1).toordinal() - _EPOCH for year in range(FIRST, LAST + 1) for month in range(1, 13)]
    ends = [*starts[1:], _START + _N_DAYS]
    return np.array(starts, np.int64), np.array(ends, np.int64) - starts


_MONTH_START, _MONTH_DAYS = _months()
_ODD_DAYS = [date.fromisoformat(day).toordinal() - _EPOCH - _START for day in PLACEHOLDER_DAYS]


@dataclass(frozen=True)
class Clock:
    """How many microseconds the clock of a zone is ahead of UTC, by days since the first that is read plainly.

    `ahead` has a mark for `days` on which some moments need care: the days around a change, and placeholder days. Of
    these it is known what holds before and after, and from and until which second care is needed.
    """

    ahead: np.ndarray
    days: np.ndarray
    before: np.ndarray
    after: np.ndarray
    care_from: np.ndarray
    care_until: np.ndarray

    def at(self, day: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how far the clock is ahead at moments, or a mark where they need care."""
        found: np.ndarray = self.ahead.take(day)
        rows = np.flatnonzero(found == _CARE)
        if len(rows):
            at, second = np.searchsorted(self.days, day[rows]), second[rows]
            late = np.where(second >= self.care_until[at], self.after[at], _CARE)
            found[rows] = np.where(second < self.care_from[at], self.before[at], late)
        return found


_CLOCKS: dict[str, Clock] = {}


def clock_of(con: Cursor, zone: str) -> Clock:
    """Return the clock of a zone as the engine knows it; it is worked out once."""
    if zone not in _CLOCKS:
        _CLOCKS[zone] = _clock(con, zone)
    return _CLOCKS[zone]


def _clock(con: Cursor, zone: str) -> Clock:
    """Find the changes of a clock between noon and noon, then by the hour; care reaches as far as the clock jumps."""
    noon = _ahead(con, zone, np.arange(_N_DAYS) * 24 + 12)
    turns = np.flatnonzero(np.diff(noon))
    days = np.unique(np.clip(turns[:, None] + np.arange(-1, 3), 0, _N_DAYS - 1))
    hours = _ahead(con, zone, (days[:, None] * 24 + np.arange(25)).ravel()).reshape(-1, 25)
    care: dict[int, tuple[int, int]] = {day: (0, _DAY) for day in _ODD_DAYS if day >= 0}
    for row, hour in zip(*np.nonzero(np.diff(hours, axis=1)), strict=True):
        jump = -(-abs(int(hours[row, hour + 1] - hours[row, hour])) // _HOUR)
        first, last = int(hour) - jump, int(hour) + 1 + jump
        for beside in range(first // 24, -(-last // 24)):
            day = int(days[row]) + beside
            known = care.get(day, (_DAY, 0))
            begin, end = max(first - 24 * beside, 0) * 3600, min(last - 24 * beside, 24) * 3600
            care[day] = (min(known[0], begin), max(known[1], end))
    listed = np.array(sorted(day for day in care if 0 <= day < _N_DAYS), np.int64)
    opens, closes = (_ahead(con, zone, listed * 24 + hour) for hour in (0, 24))
    noon[listed] = _CARE
    begins, ends = np.array([care[day] for day in listed.tolist()]).T
    return Clock(noon, listed, opens, closes, begins, ends)


def _ahead(con: Cursor, zone: str, hours: np.ndarray) -> np.ndarray:
    """Return how far a clock is ahead at so many hours after the first day, as it shows them."""
    con.register("hours", pa.table({"number": np.arange(len(hours)), "hour": hours}))
    at = f"TIMESTAMP '{FIRST}-01-01' + to_hours(hour)"
    found = con.sql(
        f"SELECT epoch_us({at}) - epoch_us(timezone({literal(zone)}, {at})) AS ahead FROM hours ORDER BY number"
    ).to_arrow_table()
    con.unregister("hours")
    return np.array(found.column(0).combine_chunks(), np.int64)


@dataclass(frozen=True)
class PlainDates:
    """A column of days or moments: `steps` are the parts of its format, `clock` is that of moments."""

    steps: tuple[tuple[str, int, int], ...]
    clock: Clock | None

    def read(self, block: Block, begin: Places, end: Places) -> Read:
        """Read cells as days since 1970, or as microseconds UTC with the local day beside."""
        given = end > begin
        at, right = begin, np.ones(len(begin), bool)
        parts: dict[str, np.ndarray] = {}
        for name, fewest, sign in self.steps:
            parts[name], at, read = _figures(block, at, 4 if name == "Y" else 2, fewest)
            right &= read
            if sign:
                right &= block.byte(at) == sign
                at = at + 1
        right &= at == end
        day, exists = _day_of(parts)
        right &= exists
        blank = ~given
        if self.clock is None:
            return Read(day + _START, given_or_all(given), right | blank, day + _START)
        seconds = np.zeros(len(begin), np.int64)
        for name, limit, weight in (("H", 24, 3600), ("M", 60, 60), ("S", 60, 1)):
            if name in parts:
                right &= parts[name] < limit
                seconds += parts[name] * weight
        ahead = self.clock.at(day, seconds)
        right &= ahead != _CARE
        moment = ((day + _START) * _DAY + seconds) * _MICROSECONDS - ahead
        return Read(moment, given_or_all(given), right | blank, day + _START)

    def array(self, values: np.ndarray, given: np.ndarray | None) -> pa.Array:
        """Return values as a column of the stored type."""
        mask = None if given is None else ~given
        if self.clock is None:
            return pa.array(values.astype(np.int32), pa.int32(), mask=mask).view(pa.date32())
        return pa.array(values, pa.int64(), mask=mask).view(pa.timestamp("us", "UTC"))


def _figures(block: Block, at: Places, most: int, fewest: int) -> tuple[np.ndarray, Places, np.ndarray]:
    """Read figures from each place on: their number, the place after them, and whether there were enough."""
    value = block.byte(at).astype(np.int64) - 48
    right = (value >= 0) & (value < 10)
    for n in range(1, most):
        figure = block.byte(at + n).astype(np.int64) - 48
        is_figure = (figure >= 0) & (figure < 10)
        if n < fewest:
            right &= is_figure
            value = value * 10 + figure
        else:
            value = np.where(is_figure, value * 10 + figure, value)
            return value, at + n + is_figure, right
    return value, at + most, right


def _day_of(parts: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return days counted from the first that is read plainly, and which of them exist."""
    year, month, day = parts["Y"], parts["m"], parts["d"]
    right = (year >= FIRST) & (year <= LAST) & (month >= 1) & (month <= 12) & (day >= 1)
    index = np.where(right, (year - FIRST) * 12 + month - 1, 0)
    right &= day <= _MONTH_DAYS.take(index)
    found = np.clip(_MONTH_START.take(index) - _START + day - 1, 0, _N_DAYS - 1)
    for odd in _ODD_DAYS:
        right &= found != odd
    return found, right


def plain_dates(con: Cursor, column: Column, samples: Sequence[str], target: pa.DataType) -> PlainDates | None:
    """Return the plain reading of a column of days or moments into a stored type, or None where it needs care."""
    pattern = column.date_format or date_format(samples, column.date_order)
    if pattern is None or (column.assumed and not pattern.startswith("%Y")):
        return None
    timed = "%H" in pattern
    if timed and column.source_zone != column.zone:
        return None
    moments = pa.types.is_timestamp(target)
    if moments != (column.type == "datetime") or (moments and not timed and column.args[:1] != ("day",)):
        return None
    if moments and column.source_zone != column.zone:
        return None
    return PlainDates(_steps(pattern), clock_of(con, column.zone) if moments else None)


def _steps(pattern: str) -> tuple[tuple[str, int, int], ...]:
    """Return the parts of a format: name, fewest figures, the sign that follows or 0."""
    found = re.findall(r"%([YmdHMS])([^%]?)", pattern)
    compact = "%Y%m%d" in pattern
    fewest = {"Y": 4, "M": 2, "S": 2, "m": 2 if compact else 1, "d": 2 if compact else 1, "H": 1}
    return tuple((name, fewest[name], ord(sign) if sign else 0) for name, sign in found)
