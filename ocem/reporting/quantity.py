"""KPI values, differences and intervals in the KPI's own unit."""

from math import floor, log10

from ocem.domain.comparison import Comparison, Effect
from ocem.i18n import Words, formats

NARROW = "\u202f"
MAX_DIGITS = {
    "share": 2,
    "points": 1,
    "eur": 2,
    "seconds": 0,
    "minutes": 1,
    "hours": 1,
    "days": 1,
    "count": 1,
    "score": 2,
    "ratio": 3,
}
SHOWN_TIMES = {"share": 100.0, "points": 100.0}
"""What is kept from 0 to 1 (or -1 to 1) and shown times a hundred."""


def digits_for(size: float | None, unit: str) -> int:
    """Return the decimals worth showing for something uncertain by `size`: the last stands for a third of it or less.

    Examples
    --------
    >>> digits_for(0.031, "share"), digits_for(0.008, "share"), digits_for(0.31, "hours")
    (0, 1, 1)
    """
    shown = abs(size or 0.0) * SHOWN_TIMES.get(unit, 1.0)
    if shown == 0:
        return min(1, MAX_DIGITS.get(unit, 2))
    return max(0, min(-floor(log10(shown / 3)), MAX_DIGITS.get(unit, 2)))


def digits_of(comparison: Comparison) -> int:
    """Return the decimals for a comparison: as fine as its uncertainty, and so fine that no end of it reads as zero."""
    unit, effect = comparison.unit, comparison.effect
    if effect is None:
        return value_digits(comparison.baseline.value or comparison.evaluation.value, unit)
    digits = digits_for((effect.high - effect.low) / 2 or effect.absolute, unit)
    times = SHOWN_TIMES.get(unit, 1.0)
    while digits < MAX_DIGITS.get(unit, 2) and any(
        round(end * times, digits) == 0 for end in (effect.low, effect.high)
    ):
        digits += 1
    return digits


def value_digits(amount: float | None, unit: str) -> int:
    """Return the decimals for a value without an interval: three significant digits at most.

    Examples
    --------
    >>> value_digits(0.273, "share"), value_digits(4.123, "ratio"), value_digits(0.3, "share")
    (1, 2, 0)
    """
    shown = abs(amount or 0.0) * SHOWN_TIMES.get(unit, 1.0)
    most = full_digits(amount, unit)
    return next((n for n in range(most) if abs(round(shown, n) - shown) < 10.0**-most / 2), most)


def full_digits(amount: float | None, unit: str) -> int:
    """Return the decimals with which a value shows three significant digits, zeros at the end included.

    Examples
    --------
    >>> full_digits(0.3, "share"), full_digits(7.0, "ratio"), full_digits(0.0, "score")
    (1, 2, 0)
    """
    shown = abs(amount or 0.0) * SHOWN_TIMES.get(unit, 1.0)
    return max(0, min(2 - floor(log10(shown)), MAX_DIGITS.get(unit, 2))) if shown else 0


def value(words: Words, amount: float | None, unit: str, digits: int | None = None) -> str:
    """Write a KPI's value with its unit.

    Examples
    --------
    >>> value(Words("it"), 0.273, "share"), value(Words("en"), 0.31, "points")
    ('27,3%', '31')
    """
    if amount is None:
        return formats.NOTHING
    shown = value_digits(amount, unit) if digits is None else digits
    return _with_unit(words, amount, unit, shown, signed=False)


def difference(words: Words, amount: float | None, unit: str, digits: int | None = None) -> str:
    r"""Write a change of a KPI: shares in points, everything else in the unit, always with its sign.

    Examples
    --------
    >>> difference(Words("it"), 0.0912, "share", 1)
    '+9,1\xa0pt'
    """
    if amount is None:
        return formats.NOTHING
    shown = value_digits(amount, unit) if digits is None else digits
    if unit in ("share", "points"):
        points = words.gettext("pt")
        return f"{words.number(amount * 100, shown, signed=True)}{formats.NBSP}{points}"
    return _with_unit(words, amount, unit, shown, signed=True)


def interval(words: Words, effect: Effect, unit: str, digits: int) -> str:
    r"""Write the interval of a change with one unit at its end.

    Examples
    --------
    >>> interval(Words("it"), Effect(0.09, 0.06, 0.12), "share", 1)
    'da +6,0 a +12,0\xa0pt'
    """
    return words.gettext(
        "{low} to {high}",
        low=bare(words, effect.low, unit, digits),
        high=difference(words, effect.high, unit, digits),
    )


def bare(words: Words, amount: float, unit: str, digits: int) -> str:
    """Write a signed change without its unit."""
    return words.number(amount * SHOWN_TIMES.get(unit, 1.0), digits, signed=True)


def threshold(words: Words, amount: float | None, unit: str) -> str:
    """Write a threshold: like a difference, without a sign."""
    if amount is None:
        return formats.NOTHING
    if unit in ("share", "points"):
        return difference(words, abs(amount), unit).removeprefix("+")
    return value(words, abs(amount), unit)


def unit_word(words: Words, unit: str) -> str:
    """Name a unit for an axis or a form field."""
    _ = words.gettext
    return {
        "share": _("percent"),
        "points": _("points, -100 to 100"),
        "eur": _("euro"),
        "seconds": _("seconds"),
        "minutes": _("minutes"),
        "hours": _("hours"),
        "days": _("days"),
        "count": _("number"),
        "score": _("score"),
        "ratio": _("ratio"),
    }.get(unit, unit)


def entered(words: Words, unit: str) -> tuple[float, str]:
    """Return how a person types values of a unit: what to multiply by, and the name of what is typed."""
    if unit == "seconds":
        return 1 / 60, words.gettext("minutes")
    return SHOWN_TIMES.get(unit, 1.0), unit_word(words, unit)


def axis(unit: str) -> dict[str, str | float]:
    """Return how a Plotly axis writes the unit; `times` is what values are multiplied by."""
    times = SHOWN_TIMES.get(unit, 1.0)
    suffix = {"share": "%", "eur": " €", "hours": " h", "minutes": " min", "seconds": " s"}.get(unit, "")
    return {"times": times, "suffix": suffix}


def _with_unit(words: Words, amount: float, unit: str, digits: int, signed: bool) -> str:
    _, nb = words.gettext, formats.NBSP
    match unit:
        case "share":
            return words.percent(amount, digits, signed)
        case "points":
            return words.number(amount * 100, digits, signed)
        case "eur" if abs(amount) >= 10_000:
            text = formats.compact(words.locale, amount, signed)
            if words.lang == "it":
                return f"{text}{nb}€"
            digits_from = next(place for place, letter in enumerate(text) if letter.isdigit())
            return f"{text[:digits_from]}€{text[digits_from:]}"
        case "eur":
            return words.money(amount, 2 if digits and abs(amount) < 100 else 0, signed)
        case "seconds" if not signed and abs(amount) >= 180:
            return _minutes(words, amount)
        case "seconds":
            return f"{words.number(amount, digits, signed)}{nb}s"
        case "minutes":
            return f"{words.number(amount, digits, signed)}{nb}min"
        case "hours":
            return f"{words.number(amount, digits, signed)}{nb}h"
        case "days":
            day = _("d")
            return f"{words.number(amount, digits, signed)}{nb}{day}"
        case "count":
            return words.number(amount, digits if abs(amount) < 100 else 0, signed)
    return words.number(amount, digits, signed)


def _minutes(words: Words, seconds: float) -> str:
    """Write a single long duration; comparisons are turned as a whole by `ocem.reporting.readable`."""
    if abs(seconds) >= 7200:
        return f"{words.number(seconds / 3600, 1)}{formats.NBSP}h"
    return f"{words.number(seconds / 60, 1)}{formats.NBSP}min"
