"""Numbers, shares, money, days and durations as a locale writes them (CLDR by Babel)."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

NBSP = "\u00a0"
MINUS = "\u2212"
NOTHING = "\u2013"


@lru_cache(maxsize=64)
def _pattern(digits: int, fixed: bool) -> str:
    decimals = "0" * digits if fixed else "#" * digits
    return "#,##0" + (f".{decimals}" if digits else "")


def number(locale: str, value: float, digits: int = 0, signed: bool = False, fixed: bool = True) -> str:
    """Write a number with the locale's separators and a true minus sign.

    Examples
    --------
    >>> number("it", 1234.5, 1), number("en_GB", -0.04, 1), number("it", 3.2, 1, signed=True)
    ('1.234,5', '0.0', '+3,2')
    """
    rounded = round(value, digits) + 0.0
    text = str(format_decimal(abs(rounded), format=_pattern(digits, fixed), locale=locale))
    if rounded < 0:
        return MINUS + text
    return "+" + text if signed and rounded > 0 else text


def percent(locale: str, share: float, digits: int = 1, signed: bool = False) -> str:
    """Write a share (0 to 1) as percent; Italian sets no space before the sign.

    Examples
    --------
    >>> percent("it", 0.2731)
    '27,3%'
    """
    return number(locale, share * 100, digits, signed) + "%"


def money(locale: str, euros: float, digits: int = 0, signed: bool = False) -> str:
    r"""Write euros where the language puts the sign: after the amount in Italian, before it in English.

    Examples
    --------
    >>> money("it", 1234.5, 2), money("en_GB", -3)
    ('1.234,50\xa0€', '−€3')
    """
    text = number(locale, euros, digits, signed)
    if Locale.parse(locale).language == "it":
        return f"{text}{NBSP}€"
    sign = text[0] if text[0] in (MINUS, "+") else ""
    return f"{sign}€{text[len(sign) :]}"


def compact(locale: str, value: float, signed: bool = False) -> str:
    r"""Write a large number shortly, by thousands or millions; small ones as they are.

    Examples
    --------
    >>> compact("it", 2_345_000), compact("en_GB", 12_300), compact("it", 940)
    ('2,3\xa0Mln', '12.3\xa0k', '940')
    """
    italian = Locale.parse(locale).language == "it"
    for size, unit in ((1e9, "Mrd" if italian else "bn"), (1e6, "Mln" if italian else "m"), (1e4, "k")):
        if abs(value) >= size:
            scale = 1e3 if size == 1e4 else size
            digits = 0 if abs(value) / scale >= 100 else 1
            return f"{number(locale, value / scale, digits, signed)}{NBSP}{unit}"
    return number(locale, value, 0, signed)


@lru_cache(maxsize=8192)
def day(locale: str, value: date) -> str:
    """Write a day in full: 16 nov 2026."""
    return str(format_date(value, format="d MMM y", locale=locale))


@lru_cache(maxsize=8192)
def day_short(locale: str, value: date) -> str:
    """Write a day without its year: 16 nov."""
    return str(format_skeleton("dMMM", value, locale=locale))


def month(locale: str, value: date) -> str:
    """Write a month: nov 2026."""
    return str(format_date(value, format="MMM y", locale=locale))


def moment(locale: str, value: datetime) -> str:
    """Write a day and a time: 16 nov 2026, 09:30."""
    return str(format_datetime(value, format="d MMM y, HH:mm", locale=locale, tzinfo=value.tzinfo))


@lru_cache(maxsize=8192)
def days_span(locale: str, first: date, last: date) -> str:
    """Write inclusive days without repeating what both share.

    Examples
    --------
    >>> days_span("it", date(2026, 11, 16), date(2026, 11, 22))
    '16–22 nov 2026'
    """
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{NOTHING}{day(locale, last)}" if first != last else day(locale, last)
    start = day_short(locale, first) if first.year == last.year else day(locale, first)
    return f"{start} {NOTHING} {day(locale, last)}"


def week(value: date) -> tuple[int, date, date]:
    """Return the ISO week number of a day, the week's Monday and its Sunday."""
    monday = value - timedelta(days=value.weekday())
    return value.isocalendar().week, monday, monday + timedelta(days=6)


def listed(locale: str, items: list[str]) -> str:
    """Join words as the language does: a, b e c."""
    return str(format_list(items, style="standard", locale=locale)) if items else ""


def month_names(locale: str) -> list[str]:
    """Return the twelve short month names, January first."""
    names = Locale.parse(locale).months["stand-alone"]["abbreviated"]
    return [str(names[number]) for number in range(1, 13)]
