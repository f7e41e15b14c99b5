"""The calendar against arithmetic of another kind: Julian day numbers and Gauss's weekday, no `datetime` inside."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocem.errors import WrongUse
from ocem.evaluation import calendar
from ocem.evaluation.calendar import Span

DAYS = st.dates(date(1995, 1, 1), date(2090, 12, 31))


def julian(day: date) -> int:
    """Julian day number (Fliegel and Van Flandern, 1968)."""
    a = (14 - day.month) // 12
    y, m = day.year + 4800 - a, day.month + 12 * a - 3
    return day.day + (153 * m + 2) // 5 + 365 * y + y // 4 - y // 100 + y // 400 - 32045


def first_monday(year: int) -> int:
    """Julian day of the Monday of week 1: the week with 4 January in it."""
    fourth = julian(date(year, 1, 4))
    return fourth - fourth % 7


def iso(day: date) -> tuple[int, int]:
    """ISO year and week by counting days from the first Monday of the year."""
    number = julian(day)
    year = next(y for y in (day.year + 1, day.year, day.year - 1) if first_monday(y) <= number)
    return year, (number - first_monday(year)) // 7 + 1


def long_year(year: int) -> bool:
    """Whether a year has 53 weeks: 31 December or the day a year before is a Thursday or Wednesday (ISO 8601)."""

    def p(y: int) -> int:
        return (y + y // 4 - y // 100 + y // 400) % 7

    return p(year) == 4 or p(year - 1) == 3


@given(DAYS)
def test_weeks_bear_the_numbers_another_arithmetic_gives(day: date) -> None:
    year, week = iso(day)
    assert calendar.week_name(day) == f"{year}-W{week:02d}"
    monday = calendar.week_named(f"{year}-W{week:02d}")
    assert julian(monday) == first_monday(year) + 7 * (week - 1)
    assert calendar.week_span(day) == Span(monday, monday + timedelta(days=6))


@given(st.integers(1995, 2090))
def test_years_have_the_weeks_another_arithmetic_gives(year: int) -> None:
    assert calendar.weeks_in_year(year) == 52 + long_year(year)


@pytest.mark.parametrize("year", [2015, 2020, 2026, 2032])
def test_known_long_years_have_fifty_three_weeks(year: int) -> None:
    assert calendar.weeks_in_year(year) == 53


@given(DAYS)
def test_a_matched_week_has_the_same_weekdays_and_no_week_is_matched_twice(day: date) -> None:
    week = calendar.week_span(day)
    past = calendar.same_weekdays_a_year_before(week)
    assert (past.first.weekday(), past.days) == (0, 7)
    assert julian(week.first) - julian(past.first) == 364
    later = calendar.same_weekdays_a_year_before(calendar.week_span(week.last + timedelta(days=1)))
    assert later.first == past.last + timedelta(days=1)


def test_a_fifty_third_week_is_matched_by_weekdays_and_not_by_its_number() -> None:
    # 2026 has a week 53 that 2025 lacks; matching by number would push 2027 one week out of step.
    assert calendar.same_weekdays_a_year_before(calendar.week_span(date(2026, 12, 30))).first == date(2025, 12, 29)
    assert calendar.same_weekdays_a_year_before(calendar.week_span(date(2027, 1, 6))).first == date(2026, 1, 5)
    # 16 August 2021 stands in week 33; the same weekdays of the August closure of 2020 are its week 34.
    assert calendar.week_name(date(2021, 8, 16)) == "2021-W33"
    assert calendar.week_name(calendar.same_weekdays_a_year_before(calendar.week_span(date(2021, 8, 16))).first) == (
        "2020-W34"
    )


@given(DAYS, st.integers(1, 30))
def test_trailing_weeks_are_consecutive_and_end_with_the_day(day: date, n: int) -> None:
    weeks = calendar.trailing_weeks(day, n)
    assert len(weeks) == n and day in weeks[-1]
    assert all(one.last + timedelta(days=1) == two.first for one, two in pairwise(weeks))


@given(DAYS, st.integers(1, 30))
def test_trailing_months_are_complete_and_consecutive(day: date, n: int) -> None:
    months = calendar.trailing_months(day, n)
    assert len(months) == n and months[-1].last <= day
    assert (day - months[-1].last).days < 31
    assert all(one.last + timedelta(days=1) == two.first for one, two in pairwise(months))
    assert all(month.first.day == 1 and (month.last + timedelta(days=1)).day == 1 for month in months)


@given(DAYS)
def test_elapsed_days_are_equally_many_on_both_sides(day: date) -> None:
    for span in (calendar.month_to_date(day), calendar.quarter_to_date(day), calendar.year_to_date(day)):
        past = calendar.equally_long_a_year_before(span)
        assert span.last == day and julian(past.last) - julian(past.first) == julian(day) - julian(span.first)
        assert (past.first.month, past.first.day) == (span.first.month, span.first.day)
        assert past.first.year == span.first.year - 1


def test_a_leap_day_lengthens_neither_side() -> None:
    # 31 + 29 = 60 days of 2024; 60 days of 2023 end on 1 March.
    assert calendar.equally_long_a_year_before(Span(date(2024, 1, 1), date(2024, 2, 29))).last == date(2023, 3, 1)


@given(st.integers(1995, 2090))
def test_easter_is_where_another_library_puts_it(year: int) -> None:
    from dateutil.easter import easter

    assert calendar.easter(year) == easter(year)
    assert calendar.easter(year).weekday() == 6


def test_the_week_of_easter_has_a_partner_as_far_from_easter() -> None:
    # Easter: 20 April 2025, 5 April 2026.
    week = calendar.week_span(date(2026, 4, 5))
    assert calendar.same_week_from_easter(week) == calendar.week_span(date(2025, 4, 20))
    after = calendar.week_span(date(2026, 4, 6))
    assert calendar.same_week_from_easter(after) == calendar.week_span(date(2025, 4, 21))
    assert calendar.same_week_from_easter(calendar.week_span(date(2026, 6, 10))) is None


def test_working_days_leave_holidays_out() -> None:
    assert calendar.working_days(Span(date(2026, 4, 6), date(2026, 4, 12))) == 4  # Easter Monday
    assert calendar.working_days(Span(date(2025, 4, 7), date(2025, 4, 13))) == 5
    assert date(2026, 8, 15) in calendar.holidays_in(Span(date(2026, 8, 10), date(2026, 8, 16)))


@pytest.mark.parametrize("text", ["2025-W53", "2026-W00", "2026-W54", "26-W01", "settimana 3", "2026-47", ""])
def test_what_is_no_week_is_refused(text: str) -> None:
    with pytest.raises(WrongUse):
        calendar.week_named(text)
