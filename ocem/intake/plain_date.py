"""Days and moments in the plain spelling, many at once: figures in the one order that the sample shows.

What is read here has the value that `ocem.intake.date_reading` gives it; days on which a clock changes, placeholder
days and any other spelling are left to that.
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


def clock_ahead(con: Cursor, zone: str) -> np.ndarray:
    """Return for every day how many microseconds its clock is ahead of UTC, or a mark where that changes within it."""
    moments = {"opens": "0 SECOND", "noon": "12 HOUR", "closes": "86399 SECOND", "next": "1 DAY"}
    ahead = ", ".join(
        f"epoch_us(day + INTERVAL {after}) - epoch_us(timezone({literal(zone)}, day + INTERVAL {after})) AS {name}"
        for name, after in moments.items()
    )
    found = con.sql(
        f"SELECT CASE WHEN opens = noon AND noon = closes AND closes = next THEN noon ELSE {_CARE} END AS ahead "
        f"FROM (SELECT day, {ahead} FROM range(TIMESTAMP '{FIRST}-01-01', TIMESTAMP '{LAST + 1}-01-01', "
        "INTERVAL 1 DAY) r(day)) ORDER BY day"
    ).to_arrow_table()
    clock: np.ndarray = found.column(0).combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64)
    clock[[day for day in _ODD_DAYS if day >= 0]] = _CARE
    return clock


@dataclass(frozen=True)
class PlainDates:
    """A column of days or moments: `steps` are the parts of its format, `ahead` its clock for moments."""

    steps: tuple[tuple[str, int, int], ...]
    ahead: np.ndarray | None

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
        if self.ahead is None:
            return Read(day + _START, given_or_all(given), right | blank, day + _START)
        seconds = np.zeros(len(begin), np.int64)
        for name, limit, weight in (("H", 24, 3600), ("M", 60, 60), ("S", 60, 1)):
            if name in parts:
                right &= parts[name] < limit
                seconds += parts[name] * weight
        ahead = self.ahead.take(day)
        right &= ahead != _CARE
        moment = ((day + _START) * 86_400 + seconds) * _MICROSECONDS - ahead
        return Read(moment, given_or_all(given), right | blank, day + _START)

    def array(self, values: np.ndarray, given: np.ndarray | None) -> pa.Array:
        """Return values as a column of the stored type."""
        mask = None if given is None else ~given
        if self.ahead is None:
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
    return PlainDates(_steps(pattern), clock_ahead(con, column.zone) if moments else None)


def _steps(pattern: str) -> tuple[tuple[str, int, int], ...]:
    """Return the parts of a format: name, fewest figures, the sign that follows or 0."""
    found = re.findall(r"%([YmdHMS])([^%]?)", pattern)
    compact = "%Y%m%d" in pattern
    fewest = {"Y": 4, "M": 2, "S": 2, "m": 2 if compact else 1, "d": 2 if compact else 1, "H": 1}
    return tuple((name, fewest[name], ord(sign) if sign else 0) for name, sign in found)
