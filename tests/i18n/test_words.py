"""Sentences and values are written as each language writes them (expected: CLDR 46, Italian and British English)."""

from datetime import date, datetime

import pytest

from ocem.errors import NotFound
from ocem.i18n import Words, formats

IT, EN = Words("it"), Words("en")


def test_an_unknown_language_falls_back_to_italian():
    assert Words("de").lang == "it"


def test_numbers_follow_the_language():
    assert IT.number(1234567.891, 2) == "1.234.567,89"
    assert EN.number(1234567.891, 2) == "1,234,567.89"


def test_a_negative_number_has_a_true_minus_and_zero_has_no_sign():
    assert IT.number(-0.5, 1) == "−0,5"
    assert IT.number(-0.04, 1, signed=True) == "0,0"
    assert EN.number(3, signed=True) == "+3"


def test_percent_stands_beside_the_number():
    assert IT.percent(0.2731) == "27,3%"
    assert EN.percent(-0.05, 0, signed=True) == "−5%"


def test_euros_stand_where_the_language_puts_them():
    assert IT.money(1234.5, 2) == "1.234,50\u00a0€"
    assert EN.money(1234.5, 2) == "€1,234.50"
    assert EN.money(-3) == "−€3"


def test_a_span_of_days_does_not_repeat_what_both_ends_share():
    assert IT.span(date(2026, 11, 16), date(2026, 11, 22)) == "16–22 nov 2026"
    assert IT.span(date(2026, 9, 28), date(2026, 11, 1)) == "28 set – 1 nov 2026"
    assert EN.span(date(2025, 12, 29), date(2026, 1, 4)) == "29 Dec 2025 – 4 Jan 2026"
    assert IT.span(None, date(2026, 1, 4)) == "–"


def test_lists_end_with_an_and():
    assert IT.listed(["uno", "due", "tre"]) == "uno, due e tre"
    assert EN.listed(["one", "two", "three"]) == "one, two and three"


@pytest.mark.parametrize(
    ("value", "italian"),
    [
        (None, "–"),
        (True, "sì"),
        (1500, "1.500"),
        (0.25, "0,25"),
        (date(2026, 3, 1), "1 mar 2026"),
        (datetime(2026, 3, 1, 9, 5), "1 mar 2026, 09:05"),
        (("a", "b"), "a e b"),
    ],
)
def test_values_of_sentences_are_written_by_their_type(value, italian):
    assert IT.show(value) == italian


def test_an_error_is_said_in_the_readers_language_and_logged_in_english():
    error = NotFound("No objective is called {key}.", key="riordini")
    assert IT.error(error) == "Nessun obiettivo si chiama riordini."
    assert str(error) == "No objective is called riordini."


def test_a_value_that_is_missing_shows_its_name_instead_of_breaking_the_page():
    assert EN.gettext("{n} of {total}", n=3) == "3 of {total}"


def test_one_and_many_differ():
    one, many = "{n} objective", "{n} objectives"
    assert [IT.ngettext(one, many, n) for n in (1, 2)] == ["1 obiettivo", "2 obiettivi"]


def test_weeks_are_iso_weeks():
    assert formats.week(date(2026, 11, 18)) == (47, date(2026, 11, 16), date(2026, 11, 22))
