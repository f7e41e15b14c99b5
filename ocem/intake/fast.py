"""The cheap reading of the common case. What it does not accept is read again the careful way, never refused here.

A line is accepted here only if its bytes look calm (`ocem.intake.lines.Cutter`), it has the right number of cells,
and every mapped cell is written in the one way the sample showed. Both ways of reading give the same value for it.

Lists of words are spelled as CASE, not as IN: the engine turns a long IN into a join that carries every column.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ocem.intake.reading import (
    FALSE_WORDS,
    PLACEHOLDER_DAYS,
    TRUE_WORDS,
    Column,
    fold_sql,
    folded_values,
    literal,
)


@dataclass(frozen=True)
class FastColumn:
    """SQL for a value, and for the condition under which it is right.

    In the condition ``{x}`` stands for the value. A moment's value is the local time stamp and `zone` is where its
    clock stands; ``{shift}`` is then what `calendar_sql` says about its day, NULL for a day that needs care.
    """

    value: str
    ok: str
    zone: str | None = None


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
    """Return the strptime format in which nearly all samples are written, or None.

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


def calendar_sql(zone: str) -> str:
    """SELECT of one row a plain day of a zone: the day and the microseconds its clock is ahead of UTC.

    Days on which the clock changes and placeholder days are left out: they need care.
    """
    odd_days = ", ".join(f"DATE {literal(day)}" for day in PLACEHOLDER_DAYS)
    moments = {"opens": "0 SECOND", "noon": "12 HOUR", "closes": "86399 SECOND", "next": "1 DAY"}
    ahead = ", ".join(
        f"epoch_us(day + INTERVAL {after}) - epoch_us(timezone({literal(zone)}, day + INTERVAL {after})) AS {name}"
        for name, after in moments.items()
    )
    return (
        f"SELECT day::DATE AS day, noon AS ahead FROM (SELECT day, {ahead} FROM range(TIMESTAMP '1901-01-01', "
        "TIMESTAMP '2101-01-01', INTERVAL 1 DAY) r(day)) "
        f"WHERE opens = noon AND noon = closes AND closes = next AND day NOT IN ({odd_days})"
    )


def fast_column(column: Column, cell: str, samples: Sequence[str]) -> FastColumn | None:
    """Return the cheap reading of a column, or None when its sample is not written in a simple way."""
    if column.apostrophe:
        return None
    makers = {"date": _date, "datetime": _date, "amount": _number, "int": _whole, "flag": _flag, "rate": _never}
    if column.type in ("score", "duration"):
        return _counted(column, cell)
    return makers.get(column.type, _text)(column, cell, samples)


def _never(column: Column, cell: str, samples: Sequence[str]) -> None:
    return None


def _given(column: Column, condition: str, cell: str) -> str:
    return condition if column.required else f"({cell} = '' OR {condition})"


def _date(column: Column, cell: str, samples: Sequence[str]) -> FastColumn | None:
    pattern = column.date_format or date_format(samples, column.date_order)
    if pattern is None or (column.assumed and not pattern.startswith("%Y")):
        return None
    timed = "%H" in pattern
    if timed != (column.type == "datetime") or (timed and column.source_zone != column.zone):
        return None
    stamp = f"try_strptime({cell}, {literal(pattern)})"
    if not timed:
        odd_days = ", ".join(f"DATE {literal(day)}" for day in PLACEHOLDER_DAYS)
        plausible = f"{{x}} BETWEEN DATE '1901-01-01' AND DATE '2100-12-31' AND {{x}} NOT IN ({odd_days})"
        plausible += f" AND strlen({cell}) = 8" if pattern == "%Y%m%d" else ""
        return FastColumn(f"{stamp}::DATE", _given(column, f"({plausible})", cell))
    return FastColumn(stamp, _given(column, "{shift} IS NOT NULL", cell), zone=column.source_zone)


def _number(column: Column, cell: str, samples: Sequence[str]) -> FastColumn | None:
    if column.args[:1] == ("find",):
        return None
    kind = "DOUBLE" if column.args[:1] == ("double",) else "DECIMAL(18,4)"
    group = {",": ".", ".": ","}.get(column.decimal or "", "")
    grouped = bool(group) and any(group in text for text in samples)
    if column.decimal is None:  # digits alone are the same number in every format
        digits, pattern = cell, "-?[0-9]{1,14}"
    else:
        digits = f"replace({cell}, {literal(group)}, '')" if grouped else cell
        digits = f"replace({digits}, ',', '.')" if column.decimal == "," else digits
        named = rf"|[1-9][0-9]{{0,2}}(?:\{group}[0-9]{{3}})+" if grouped else ""
        places = "{1,4}" if kind != "DOUBLE" else "+"
        pattern = rf"-?(?:[0-9]+{named})(?:\{column.decimal}[0-9]{places})?"
    ok = f"({{x}} IS NOT NULL AND regexp_full_match({cell}, {literal(pattern)}))"
    if column.decimal is not None and not grouped and kind != "DOUBLE" and _in_cents(samples, column.decimal):
        # written back it must be the same text, which costs less than a pattern
        digits = f"replace({cell}, ',', '.')" if column.decimal == "," else cell
        return FastColumn(f"try_cast({digits} AS DECIMAL(16,2))", _given(column, f"{{x}}::VARCHAR = {digits}", cell))
    return FastColumn(f"try_cast({digits} AS {kind})", _given(column, ok, cell))


def _in_cents(samples: Sequence[str], decimal: str) -> bool:
    """Say whether nearly all amounts are written with two decimals."""
    filled = [text for text in samples if text.strip()]
    cents = re.compile(rf"-?\d+{re.escape(decimal)}\d\d")
    return bool(filled) and sum(1 for text in filled if cents.fullmatch(text)) >= 0.9 * len(filled)


def _whole(column: Column, cell: str, samples: Sequence[str]) -> FastColumn:
    # written back it must be the same text: 12.6 and 1e3 are cast without complaint
    return FastColumn(f"try_cast({cell} AS BIGINT)", _given(column, f"{{x}}::VARCHAR = {cell}", cell))


def _counted(column: Column, cell: str) -> FastColumn | None:
    """Scores and durations that are plain digits: written back they are the same text."""
    whole = f"try_cast({cell} AS INTEGER)"
    ok = f"{{x}} >= 0 AND {whole}::VARCHAR = {cell}"
    if column.type == "score":
        inside = f"{ok} AND {{x}} BETWEEN {column.low} AND {column.high}" if column.low is not None else ok
        return FastColumn(f"{whole}::DOUBLE", _given(column, f"({inside})", cell))
    unit = column.args[0] if column.args else "seconds"
    factor = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}.get(unit)
    if factor is None:
        return None
    value = f"{whole}::DOUBLE" + ("" if factor == 1 else f" * {factor}")
    return FastColumn(value, _given(column, f"({ok})", cell))


_LISTED = 64
"""Spellings of the sample that are looked up before the rest is folded."""


def _listed(samples: Sequence[str], words: Mapping[str, str]) -> str:
    """WHEN branches for the spellings seen in the sample, the commonest first: most cells are one of few texts."""
    common = [text for text, _ in Counter(samples).most_common(_LISTED)]
    found = {text: words.get(" ".join(text.lower().split())) for text in common}
    return "".join(f"WHEN {literal(text)} THEN {value} " for text, value in found.items() if value is not None)


def _flag(column: Column, cell: str, samples: Sequence[str]) -> FastColumn:
    words = folded_values(column) or {**dict.fromkeys(TRUE_WORDS, "true"), **dict.fromkeys(FALSE_WORDS, "false")}
    spellings = {spelling: key for word, key in words.items() for spelling in (word, word.upper(), word.capitalize())}
    seen = _listed(samples, {word: "true" if key == "true" else "false" for word, key in words.items()})
    cases = " ".join(f"WHEN {literal(word)} THEN {key == 'true'}" for word, key in spellings.items())
    value = f"CASE {cell} {seen}{cases} END"
    return FastColumn(value, _given(column, "{x} IS NOT NULL", cell))


def _text(column: Column, cell: str, samples: Sequence[str]) -> FastColumn:
    """Texts of calm lines: nothing to trim, only null words to leave out and contacts to screen."""
    nulls = [word for word in column.null_words if not word.startswith(("#", "-"))]
    longest = max((len(word) for word in nulls), default=0)
    listed = " ".join(f"WHEN {literal(word)} THEN NULL" for word in ("", *nulls))
    value = f"CASE WHEN strlen({cell}) > {longest} THEN {cell} ELSE CASE lower({cell}) {listed} ELSE {cell} END END"
    if column.values:
        words = folded_values(column)
        folded = fold_sql(cell) if any(" " in word for word in words) else f"lower({cell})"
        cases = " ".join(f"WHEN {literal(word)} THEN {literal(key)}" for word, key in words.items())
        empty = " ".join(f"WHEN {literal(word)} THEN NULL" for word in ("", *nulls) if word not in words)
        value = f"CASE {folded} {cases} {empty} ELSE {cell} END"
        if seen := _listed(samples, {word: literal(key) for word, key in words.items()}):
            value = f"CASE {cell} {seen}ELSE {value} END"
    ok = "{x} IS NOT NULL" if column.required else "true"
    if column.screened:
        ok += f" AND NOT contains({cell}, '@')"
    if column.screened == "all":
        ok += f" AND NOT regexp_matches({cell}, '[0-9][0-9 ./()-]{{7,}}[0-9]')"
    return FastColumn(value, f"({ok})")
