"""Periods of a table in a file: days, weeks, months, quarters, years or numbers, found from how they are written."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, Refused, WrongUse

Whole = NDArray[np.int64]
_MONTH = re.compile(r"(\d{4})[-/ ]?M?(?<=[-/M ])(\d{1,2})", re.IGNORECASE)
_WEEK = re.compile(r"(\d{4})[- ]?W(\d{1,2})", re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_OTHER_DAY = re.compile(r"(\d{4})(?:/(\d{1,2})/(\d{1,2})|(\d{2})(\d{2}))")
_QUARTER = re.compile(r"(?:Q([1-4])[ -]?(\d{4})|(\d{4})[ -]?Q([1-4]))", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FIRST_YEAR, LAST_YEAR = 1700, 2200
FURTHEST = 10**12
"""Number of a period beyond which it cannot be reckoned with."""
MOST_PERIODS = 100_000
"""Periods between the first and the last beyond which a column is no time."""


@dataclass(frozen=True)
class Periods:
    """When each row happened: `at` (n,) counts periods from an arbitrary start, -1 where the cell is empty.

    `pace` is ``day``, ``week``, ``month``, ``quarter``, ``year`` or ``period`` (numbers without a calendar).
    """

    pace: str
    at: Whole
    offset: int

    def place(self, text: str) -> int:
        """Return the period that a day, month, quarter, year or number lies in."""
        return _place(text, self.pace) - self.offset

    def first_day(self, at: int) -> date | None:
        """Return the first day of a period; None where periods are plain numbers."""
        number = at + self.offset
        match self.pace:
            case "day":
                return date.fromordinal(number)
            case "week":
                return date.fromordinal(7 * number + 1)
            case "month":
                return date(number // 12, number % 12 + 1, 1)
            case "quarter":
                return date(number // 4, 3 * (number % 4) + 1, 1)
            case "year":
                return date(number, 1, 1)
        return None

    def last_day(self, at: int) -> date | None:
        """Return the last day of a period."""
        following = self.first_day(at + 1)
        return None if following is None else following - timedelta(days=1)


def read_periods(columns: list[NDArray[np.str_]], every: str | None = None) -> Periods:
    """Understand one column of periods, or two (year and month).

    Parameters
    ----------
    every : str, optional
        The pace, where the writing leaves it open; days are added up to weeks unless it says ``day``.

    Examples
    --------
    >>> found = read_periods([np.array(["2002-01", "2002-03"])])
    >>> found.pace, found.at.tolist(), found.first_day(1)
    ('month', [0, 2], datetime.date(2002, 2, 1))
    """
    texts = as_iso(columns[0]) if len(columns) == 1 else _year_and_month(columns)
    known = np.array([bool(text.strip()) for text in texts.tolist()])
    if not known.any():
        raise WrongUse(N_("The column of periods is empty."))
    pace = every or _pace_of(texts[known])
    numbers = np.array([_place(text, pace) if text.strip() else 0 for text in texts.tolist()], dtype=np.int64)
    offset = int(numbers[known].min())
    if numbers[known].max() - offset >= MOST_PERIODS:
        first, last = (str(texts[known][at]) for at in (numbers[known].argmin(), numbers[known].argmax()))
        raise Refused(
            N_("From {first} to {last} there are more than {most} periods."), first=first, last=last, most=MOST_PERIODS
        )
    return Periods(pace, np.where(known, numbers - offset, -1), offset)


def _year_and_month(columns: list[NDArray[np.str_]]) -> NDArray[np.str_]:
    pairs = zip(columns[0].tolist(), columns[1].tolist(), strict=True)
    return np.array([f"{int(float(a)):04d}-{int(float(b)):02d}" if a and b else "" for a, b in pairs])


def as_iso(texts: NDArray[np.str_]) -> NDArray[np.str_]:
    """Write days as 2026-11-16, also those of 16/11/2026, 2026/11/16, 20261116 and weeks of 2026-W47."""
    distinct = sorted({text.strip() for text in texts.tolist()} - {""})
    if distinct and all(_SLASHED.fullmatch(text) for text in distinct):
        parts = [tuple(map(int, found.groups())) for text in distinct if (found := _SLASHED.fullmatch(text))]
        day_first, month_first = any(a > 12 for a, _, _ in parts), any(b > 12 for _, b, _ in parts)
        if day_first == month_first:
            raise WrongUse(
                N_("{value} may be a day and month or a month and day; write it as 2026-11-16."), value=distinct[0]
            )
        told = {t: f"{y:04d}-{b:02d}-{a:02d}" if day_first else f"{y:04d}-{a:02d}-{b:02d}" for t, (a, b, y) in
                zip(distinct, parts, strict=True)}  # fmt: skip
    else:
        told = {text: _iso_of(text) for text in distinct}
    return np.array([told.get(text.strip(), "") for text in texts.tolist()])


def _iso_of(text: str) -> str:
    week, day = _WEEK.fullmatch(text), _OTHER_DAY.fullmatch(text)
    try:
        if week:
            return date.fromisocalendar(int(week[1]), int(week[2]), 1).isoformat()
        if day:
            return date(int(day[1]), int(day[2] or day[4]), int(day[3] or day[5])).isoformat()
    except ValueError as error:
        if day and day[4]:
            return text  # eight digits that are no day are a number
        raise WrongUse(N_("{value} is not a day, month, quarter, year or number."), value=text) from error
    return text


def _pace_of(texts: NDArray[np.str_]) -> str:
    distinct = sorted(set(texts.tolist()))
    if all(_DAY.match(text) for text in distinct):
        return _pace_of_days([date.fromisoformat(text[:10]) for text in distinct])
    if all(_QUARTER.fullmatch(text) for text in distinct):
        return "quarter"
    if all(_MONTH.fullmatch(text) for text in distinct):
        return "month"
    try:
        numbers = [float(text) for text in distinct]
    except ValueError as error:
        raise WrongUse(N_("{value} is not a day, month, quarter, year or number."), value=distinct[0]) from error
    return "year" if all(FIRST_YEAR <= number <= LAST_YEAR for number in numbers) else "period"


def _pace_of_days(days: list[date]) -> str:
    """Months, quarters and years written by their first day; everything else is added up by week."""
    steps = {(b - a).days for a, b in pairwise(days)}
    if not steps or min(steps) < 28 or len({day.day for day in days}) > 1:
        return "week"
    months = [12 * day.year + day.month for day in days]
    if len({day.month for day in days}) == 1 and len(days) > 1:
        return "year"
    return "quarter" if len({month % 3 for month in months}) == 1 and len(days) > 2 else "month"


def _place(text: str, pace: str) -> int:
    """Number of the period that a text names; a day lies in its week, month, quarter or year."""
    text = _iso_of(text.strip())
    if slashed := _SLASHED.fullmatch(text):
        a, b = int(slashed[1]), int(slashed[2])
        if a <= 12 and b <= 12 and a != b:
            raise WrongUse(N_("{value} may be a day and month or a month and day; write it as 2026-11-16."), value=text)
        text = f"{slashed[3]}-{min(a, b) if b <= 12 else a:02d}-{max(a, b):02d}"
    try:
        number = _number_of(text, pace)
    except (ValueError, OverflowError) as error:
        raise WrongUse(N_("{value} is not a day, month, quarter, year or number."), value=text) from error
    if abs(number) > FURTHEST:
        raise WrongUse(N_("{value} is not a day, month, quarter, year or number."), value=text)
    return number


def _number_of(text: str, pace: str) -> int:
    quarter, month = _QUARTER.fullmatch(text), _MONTH.fullmatch(text)
    if pace == "period":
        return round(float(text))
    if quarter:
        number = 4 * int(quarter[2] or quarter[3]) + int(quarter[1] or quarter[4]) - 1
        return number if pace == "quarter" else _of_day(date(number // 4, 3 * (number % 4) + 1, 1), pace)
    if month:
        return _of_day(date(int(month[1]), int(month[2]), 1), pace)
    if _DAY.match(text):
        return _of_day(date.fromisoformat(text[:10]), pace)
    return _of_day(date(round(float(text)), 1, 1), pace)


def _of_day(day: date, pace: str) -> int:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(day)
    match pace:
        case "day":
            return day.toordinal()
        case "week":
            return (day.toordinal() - 1) // 7
        case "month":
            return 12 * day.year + day.month - 1
        case "quarter":
            return 4 * day.year + (day.month - 1) // 3
    return day.year
