"""The company's calendar: ISO weeks, the same days a year before, months, elapsed days, Italian holidays.

A week is matched with the week 364 days earlier: the same weekdays, whatever the numbers of the weeks, so that years of
53 weeks (2020, 2026) push nothing out of step. Months are matched with the same month a year before. A running month,
quarter or year is matched with equally many days from its beginning a year before. No two of these rules give the same
days; every matched span is therefore shown with its dates.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from ocem.errors import N_, WrongUse

YEAR_OF_WEEKS = timedelta(days=364)
_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """Inclusive days."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=i) for i in range(self.days))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def day_of(value: np.datetime64) -> date:
    """Return the day that NumPy holds.

    Examples
    --------
    >>> day_of(np.datetime64("2026-03-02"))
    datetime.date(2026, 3, 2)
    """
    found: date = value.astype("datetime64[D]").astype(object)
    return found


def week_span(day: date) -> Span:
    """Return the week of a day, Monday to Sunday."""
    monday = monday_of(day)
    return Span(monday, monday + timedelta(days=6))


def week_name(day: date) -> str:
    """Name the ISO week of a day.

    Examples
    --------
    >>> week_name(date(2027, 1, 1)), week_name(date(2026, 11, 16))
    ('2026-W53', '2026-W47')
    """
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def week_named(text: str) -> date:
    """Return the Monday of a week written as 2026-W47.

    Raises
    ------
    WrongUse
        If it is not written so, or the year has no such week.

    Examples
    --------
    >>> week_named("2026-W53")
    datetime.date(2026, 12, 28)
    """
    found = _WEEK.fullmatch(text.strip())
    if found is None:
        raise WrongUse(N_("{value} is not a week; write it as 2026-W47."), value=text)
    year, week = int(found[1]), int(found[2])
    if not 1 <= week <= weeks_in_year(year):
        raise WrongUse(N_("{year} has {weeks} weeks; there is no week {week}."), year=str(year),
                       weeks=weeks_in_year(year), week=week)  # fmt: skip
    return date.fromisocalendar(year, week, 1)


def weeks_in_year(year: int) -> int:
    """Return 52 or 53: the number of the week that holds 28 December.

    Examples
    --------
    >>> [weeks_in_year(year) for year in (2019, 2020, 2025, 2026)]
    [52, 53, 52, 53]
    """
    return date(year, 12, 28).isocalendar().week


def same_weekdays_a_year_before(span: Span) -> Span:
    """Return the days 364 days earlier."""
    return Span(span.first - YEAR_OF_WEEKS, span.last - YEAR_OF_WEEKS)


def trailing_weeks(day: date, n: int) -> tuple[Span, ...]:
    """Return n weeks in order, the last of them the week of a day."""
    last = monday_of(day)
    return tuple(week_span(last - timedelta(weeks=back)) for back in range(n - 1, -1, -1))


def month_span(day: date) -> Span:
    """Return the month of a day."""
    first = day.replace(day=1)
    return Span(first, _next_month(first) - timedelta(days=1))


def trailing_months(day: date, n: int) -> tuple[Span, ...]:
    """Return the last n months that are complete on a day, in order.

    Examples
    --------
    >>> trailing_months(date(2026, 11, 22), 2)[-1].last
    datetime.date(2026, 10, 31)
    """
    end = month_span(day)
    last = end if end.last <= day else month_span(end.first - timedelta(days=1))
    months = [last]
    while len(months) < n:
        months.append(month_span(months[-1].first - timedelta(days=1)))
    return tuple(reversed(months))


def same_month_a_year_before(month: Span) -> Span:
    """Return the same calendar month a year before."""
    return month_span(month.first.replace(year=month.first.year - 1))


def month_to_date(day: date) -> Span:
    """Return the days of a day's month up to it."""
    return Span(day.replace(day=1), day)


def quarter_to_date(day: date) -> Span:
    """Return the days of a day's quarter up to it."""
    return Span(date(day.year, 3 * ((day.month - 1) // 3) + 1, 1), day)


def year_to_date(day: date) -> Span:
    """Return the days of a day's year up to it."""
    return Span(date(day.year, 1, 1), day)


def equally_long_a_year_before(elapsed: Span) -> Span:
    """Return as many days from the same beginning a year before, so that a leap day lengthens neither side.

    Examples
    --------
    >>> equally_long_a_year_before(Span(date(2024, 1, 1), date(2024, 3, 1))).last
    datetime.date(2023, 3, 2)
    """
    first = elapsed.first.replace(year=elapsed.first.year - 1)
    return Span(first, first + timedelta(days=elapsed.days - 1))


def holidays_in(span: Span) -> tuple[date, ...]:
    """Return the Italian public holidays of a span, Sundays that are nothing else left out."""
    known: set[date] = set()
    for year in range(span.first.year, span.last.year + 1):
        known |= _holidays(year)
    return tuple(sorted(day for day in known if day in span))


def working_days(span: Span) -> int:
    """Return the days from Monday to Friday that are no public holiday.

    Examples
    --------
    >>> working_days(Span(date(2026, 4, 6), date(2026, 4, 12)))
    4
    """
    closed = set(holidays_in(span))
    return sum(day.weekday() < 5 and day not in closed for day in span)


def easter(year: int) -> date:
    """Return Easter Sunday, by the anonymous Gregorian algorithm (Nature, 20 April 1876, letters as there).

    Examples
    --------
    >>> easter(2025), easter(2026)
    (datetime.date(2025, 4, 20), datetime.date(2026, 4, 5))
    """
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = divmod(h + el - 7 * m + 114, 31)
    return date(year, month, day + 1)


def same_week_from_easter(week: Span) -> Span | None:
    """Return the week of the year before that lies equally far from Easter.

    None where Easter touches neither the week nor the week 364 days earlier: there the plain match is right.
    """
    year = week.last.year
    shift = easter(year) - easter(year - 1)
    if shift == YEAR_OF_WEEKS:
        return None
    touched = _has_easter(week) or _has_easter(same_weekdays_a_year_before(week))
    return Span(week.first - shift, week.last - shift) if touched else None


def _has_easter(week: Span) -> bool:
    sunday = easter(week.last.year)
    return sunday in week or sunday + timedelta(days=1) in week


def _next_month(first: date) -> date:
    return first.replace(year=first.year + 1, month=1) if first.month == 12 else first.replace(month=first.month + 1)


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("IT", years=year))
