"""How a column's numbers and dates are written, by proof: a value that reads one way only decides, or she is asked."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from ocem.domain.batch import FieldMapping, Question, SourceProfile
from ocem.domain.fact import FactKind, FieldType, fact_field
from ocem.errors import N_, DefinitionError
from ocem.intake.date_reading import NUMERIC_DATE, date_text
from ocem.intake.dialect import Layout, fold
from ocem.intake.number_reading import number_pattern, number_steps
from ocem.intake.reading import BLANKS, NULL_WORDS, NUMBER_MARK, Column, text_steps

DECIMAL_COMMA, DECIMAL_POINT = "comma", "dot"
ASKED_NUMBERS = ("amount", "int", "duration")


@dataclass
class Facts:
    """What a pass over a column found: values readable one way only, both ways alike, both ways differently."""

    first_only: int = 0
    second_only: int = 0
    differ: int = 0
    apostrophes: int = 0
    filled: int = 0
    year_first: int = 0
    """Days such as 25/12/31 that only read with the year first lie not years ahead."""
    samples: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Facts") -> None:
        """Add what another chunk found."""
        self.first_only += other.first_only
        self.second_only += other.second_only
        self.differ += other.differ
        self.apostrophes += other.apostrophes
        self.filled += other.filled
        self.year_first += other.year_first
        self.samples = (self.samples + other.samples)[:4]


def answer_key(field_name: str | None, kind: str) -> str:
    """Return how an answer is named on the command line: ``FIELD.KIND``, or ``KIND`` for the whole file."""
    return f"{field_name}.{kind}" if field_name else kind


def columns_of(
    profile: SourceProfile, layout: Layout, answers: Mapping[str, str]
) -> tuple[tuple[Column, ...], tuple[Column, ...], tuple[Question, ...]]:
    """Return the columns and survey questions of a profile in a layout, and what must be asked about the header."""
    asked: list[Question] = []
    columns = []
    for name, mapping in profile.fields.items():
        index = _index_of(name, mapping.column, mapping.index, layout, answers, asked)
        if index is not None:
            columns.append(_column(profile, name, mapping, index, layout, answers))
    questions = []
    for item in profile.questions:
        index = _index_of(item.question, item.column, item.index, layout, answers, asked)
        if index is not None:
            mapping = FieldMapping(f"score:{item.low:g}-{item.high:g}")
            questions.append(_column(profile, item.question, mapping, index, layout, answers))
    return tuple(columns), tuple(questions), tuple(asked)


def _index_of(
    name: str,
    column: str | None,
    index: int | None,
    layout: Layout,
    answers: Mapping[str, str],
    asked: list[Question],
) -> int | None:
    """Find a mapped column; a missing or repeated header is a question, `-` as the answer leaves the field out."""
    answer = answers.get(answer_key(name, "header"))
    if answer == "-":
        return None
    if answer is not None and answer.startswith("#") and answer[1:].isdigit():
        return int(answer[1:]) - 1
    wanted = answer if answer is not None else column
    if wanted is None:
        if index is not None and index < layout.width:
            return index
        asked.append(_header_question(name, layout, range(layout.width), f"#{(index or 0) + 1}"))
        return None
    folded = fold(wanted)
    found = [i for i, header in enumerate(layout.header) if fold(header) == folded]
    if len(found) == 1:
        return found[0]
    asked.append(_header_question(name, layout, found or _likeliest(folded, layout), wanted))
    return None


def _likeliest(wanted: str, layout: Layout) -> list[int]:
    """All columns, those whose names come nearest to a missing one first."""

    def likeness(index: int) -> float:
        name = fold(layout.header[index])
        near = difflib.SequenceMatcher(None, wanted, name).ratio()
        return -round(max(near, 0.8 if name and (name.startswith(wanted) or wanted.startswith(name)) else 0.0), 1)

    return sorted(range(layout.width), key=likeness)


def _header_question(name: str, layout: Layout, found: Sequence[int], column: str) -> Question:
    return Question(name, "header", (*(f"#{i + 1}" for i in found), "-"), column)


_REFINEMENTS = {
    "date": r"(?!)",
    "datetime": r"day",
    "text": r"(?!)",
    "member": r"(?!)",
    "customer": r"(?!)",
    "flag": r"(?!)",
    "int": r"(?!)",
    "amount": r"find|double",
    "score": r"-?\d+(?:\.\d+)?-\d+(?:\.\d+)?|int",
    "rate": r"percent|fraction",
    "duration": r"hms|ms|seconds|minutes|hours|days",
}
"""The types a mapping may name, and the refinements each may have after a colon."""


def check_type(name: str, type_: str) -> None:
    """Refuse a mapping whose type is not known.

    Raises
    ------
    DefinitionError
        Naming the field, what was written and what may be written.

    Examples
    --------
    >>> check_type("score", "score:0-10:int")
    """
    base, *args = type_.split(":")
    if base not in _REFINEMENTS:
        raise DefinitionError(
            N_("Field {field}: {type} is no type of column. Known types: {types}."),
            field=name,
            type=type_,
            types=", ".join(_REFINEMENTS),
        )
    if not all(re.fullmatch(_REFINEMENTS[base], part) for part in args):
        raise DefinitionError(
            N_("Field {field}: columns of type {base} are not refined as {type}."), field=name, base=base, type=type_
        )


def _column(
    profile: SourceProfile,
    name: str,
    mapping: FieldMapping,
    index: int,
    layout: Layout,
    answers: Mapping[str, str],
) -> Column:
    formats = profile.formats
    check_type(name, mapping.type)
    base, *args = mapping.type.split(":")
    base, args = _suited(profile.fact, name, base, args)
    zone = formats.get("timezone") or "Europe/Rome"
    hints = _header_hints(layout, index)
    low, high = _range(args)
    decimal = formats.get(f"{name}.decimal") or formats.get("decimal")
    thousands = formats.get(f"{name}.thousands", formats.get("thousands"))
    answer = answers.get(answer_key(name, "number_format"))
    if answer is not None:
        decimal, thousands = _number_answer(answer)
    order = answers.get(answer_key(name, "date_order")) or formats.get(f"{name}.date_order")
    return Column(
        field=name,
        type=base,
        index=index,
        header=layout.header[index] if index < layout.width else f"#{index + 1}",
        args=tuple(args),
        required=name in profile.required or _is_day(profile.fact, name),
        decimal=decimal,
        thousands=thousands,
        date_order=order or hints.get("date_order") or formats.get("date_order"),
        source_zone=formats.get("source_timezone") or hints.get("zone") or zone,
        zone=zone,
        null_words=tuple(dict.fromkeys([*NULL_WORDS, *(word.lower() for word in formats.get("null_words") or ())])),
        values=mapping.values,
        screened=_screened(profile.fact, name),
        low=low,
        high=high,
    )


def _screened(fact: FactKind, name: str) -> str:
    """Comments lose e-mail addresses and telephone numbers, other stored texts e-mail addresses."""
    known = fact_field(fact, name)
    if known is None or known.type is not FieldType.TEXT:
        return ""
    return "all" if name == "comment" else "mail"


def _is_day(fact: FactKind, name: str) -> bool:
    known = fact_field(fact, name)
    return known is not None and known.required


_READ_AS = {
    FieldType.DATE: ("date", "datetime"),
    FieldType.DATETIME: ("datetime", "date"),
    FieldType.INT: ("int",),
    FieldType.AMOUNT: ("amount", "int", "duration", "score", "rate"),
    FieldType.SCORE: ("score", "int", "amount"),
    FieldType.DURATION: ("duration", "int", "amount"),
    FieldType.RATE: ("rate",),
    FieldType.FLAG: ("flag",),
}
"""The types of column that can fill a fact's field; texts are filled by any."""


def _suited(fact: FactKind, name: str, base: str, args: list[str]) -> tuple[str, list[str]]:
    """Bring a mapping's type in line with the fact's field: a day for a moment is read as a moment at midnight."""
    known = fact_field(fact, name)
    if known is not None:
        if base not in (allowed := _READ_AS.get(known.type, (base,))):
            raise DefinitionError(
                N_("Field {field}: a column of type {type} cannot fill it. Types that can: {types}."),
                field=name,
                type=base,
                types=", ".join(allowed),
            )
        if known.type is FieldType.DATETIME and base == "date":
            return "datetime", ["day"]
        if known.type is FieldType.DATE and base == "datetime":
            return "date", args
        if fact is FactKind.MEASURE and name in ("numerator", "denominator") and base == "amount":
            return "amount", ["double"]
        if known.type is FieldType.CUSTOMER:
            return "customer", args
    return base, args


def _range(args: Sequence[str]) -> tuple[float | None, float | None]:
    for part in args:
        match = re.fullmatch(r"(-?\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)", part)
        if match:
            return float(match[1]), float(match[2])
    return None, None


def _number_answer(answer: str) -> tuple[str, str]:
    if answer in (DECIMAL_COMMA, ","):
        return ",", "."
    if answer in (DECIMAL_POINT, "."):
        return ".", ","
    raise DefinitionError(
        N_("{answer} is no answer about numbers. Answer {first} or {second}."),
        answer=answer,
        first=DECIMAL_COMMA,
        second=DECIMAL_POINT,
    )


_ZONE_IN_HEADER = re.compile(r"[(\[]\s*(UTC|GMT|[A-Z][a-z]+/[A-Z][A-Za-z_]+)\s*[)\]]|\b(UTC)\s*$")
_ZONE_IN_JSON = re.compile(r'"timeZone"\s*:\s*"([^"]+)"')
_DATE_FORMAT_IN_HEADER = re.compile(r"dateformat=([dMy]+)", re.IGNORECASE)


@cache
def _zones() -> frozenset[str]:
    """Return the names of all time zones; listing them walks a folder of files."""
    return frozenset(available_timezones())


def _header_hints(layout: Layout, index: int) -> dict[str, str]:
    """What the header itself says about a column: its time zone, the order of day and month."""
    hints: dict[str, str] = {}
    texts = [row[index] for row in (layout.header, *layout.below) if index < len(row)]
    for text in texts:
        for match in (_ZONE_IN_HEADER.search(text), _ZONE_IN_JSON.search(text)):
            said = next(iter(filter(None, match.groups())), "") if match else ""
            if said and said in _zones():
                hints["zone"] = said
        if match := _DATE_FORMAT_IN_HEADER.search(text):
            hints["date_order"] = "MDY" if match[1].startswith("M") else "DMY"
    return hints


def undecided(column: Column) -> str | None:
    """Return the kind of question a column may need: ``number_format``, ``date_order`` or None."""
    if column.type in ASKED_NUMBERS and column.decimal is None and column.args[:1] != ("hms",):
        return "number_format"
    if column.type in ("date", "datetime") and column.date_order is None:
        return "date_order"
    return None


_TELLING_NUMBER = re.compile(r"[.,]\d")
_TELLING_DATE = re.compile(r"(?<!\d)\d{1,2}[/.\-\s]\d{1,2}[/.\-\s]\d{2,4}(?!\d)")


def needs_no_decision(column: Column, cells: Sequence[str]) -> bool:
    """Say whether no cell of a sample is written in a way that formats read differently."""
    telling = _TELLING_NUMBER if undecided(column) == "number_format" else _TELLING_DATE
    return not any(telling.search(cell) for cell in cells if not cell.startswith(NUMBER_MARK))


def facts_sql(column: Column, number: int) -> str:
    """SQL over ``cells`` (line, cells) that returns one row: the counts of `Facts` and the first telling values."""
    text = " FROM cells"
    for level in text_steps(column, number):
        text = f" FROM (SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in level.items())}{text})"
    kind = undecided(column)
    year_first = "false"
    if kind == "number_format":
        one, two, differ, text = _number_sql(column, number, text)
    elif kind == "date_order":
        one, two, differ, text = _date_sql(number, text)
        year_first = _year_first_sql(number)
    else:
        one = two = differ = "false"
    telling = f"({one} OR {two} OR {differ} OR {year_first})"
    raw = f"cells[{column.index + 1}]"
    return (
        f"SELECT count(*) FILTER ({one}), count(*) FILTER ({two}), count(*) FILTER ({differ}), "
        f"count(*) FILTER (starts_with({raw}, '''')), count(*) FILTER (t_{number} IS NOT NULL), "
        f"count(*) FILTER ({year_first}), "
        f"list({{'line': line, 'text': t_{number}}} ORDER BY line) FILTER ({telling} AND line <= 100000)[:4]{text}"
    )


def _number_sql(column: Column, number: int, text: str) -> tuple[str, str, str, str]:
    for level in number_steps(column, number):
        text = f" FROM (SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in level.items())}{text})"
    body = f"b_{number}"
    comma = f"regexp_full_match({body}, '{number_pattern(',', '.')}')"
    point = f"regexp_full_match({body}, '{number_pattern('.', ',')}')"
    if column.type == "int":
        comma = f"({comma} AND NOT regexp_matches({body}, ',\\d*[1-9]'))"
        point = f"({point} AND NOT regexp_matches({body}, '\\.\\d*[1-9]'))"
        # 1.000 would be an integer with a decimal point too, but nobody writes whole numbers with decimals
        comma = f"({comma} AND NOT regexp_full_match({body}, '\\d{{1,3}}(,\\d{{3}})+'))"
        point = f"({point} AND NOT regexp_full_match({body}, '\\d{{1,3}}(\\.\\d{{3}})+'))"
    known = f"{body} <> '' AND t_{number} IS NOT NULL AND NOT starts_with(t_{number}, '{NUMBER_MARK}')"
    marked = f"regexp_matches({body}, '[.,]')"
    return (
        f"({known} AND {comma} AND NOT {point})",
        f"({known} AND {point} AND NOT {comma})",
        f"({known} AND {comma} AND {point} AND {marked})",
        text,
    )


def _date_sql(number: int, text: str) -> tuple[str, str, str, str]:
    parts = f"regexp_extract({date_text(f't_{number}')}, '{NUMERIC_DATE}', ['a', 'b', 'y', 'r'])"
    text = f" FROM (SELECT *, {parts} AS u_{number}{text})"
    text = f" FROM (SELECT *, try_cast(u_{number}.a AS INT) AS da, try_cast(u_{number}.b AS INT) AS db{text})"
    day_first = "(da BETWEEN 13 AND 31 AND db BETWEEN 1 AND 12)"
    month_first = "(db BETWEEN 13 AND 31 AND da BETWEEN 1 AND 12)"
    return day_first, month_first, "(da BETWEEN 1 AND 12 AND db BETWEEN 1 AND 12 AND da <> db)", text


def _year_first_sql(number: int) -> str:
    """Condition on a day with two-digit parts: its year, read last, lies years ahead, and read first it does not."""
    last = f"try_cast(u_{number}.y AS INT)"
    day = (
        f"try_cast(CASE WHEN da >= 70 THEN '19' ELSE '20' END || u_{number}.a || '-' || lpad(u_{number}.b, 2, '0') "
        f"|| '-' || u_{number}.y AS DATE)"
    )
    ahead = "year(current_date) + 1"
    return (
        f"(strlen(u_{number}.a) = 2 AND strlen(u_{number}.y) = 2 AND {last} < 70 AND 2000 + {last} > {ahead} "
        f"AND coalesce(year({day}) <= {ahead}, false))"
    )


def decide(column: Column, facts: Facts) -> Column | Question:
    """Return the column with its format decided, or the question that remains."""
    if facts.filled >= 2 and facts.apostrophes >= facts.filled:
        column = replace(column, apostrophe=True)
    kind = undecided(column)
    if kind is None:
        return column
    if facts.year_first:
        choices = ("YMD", "DMY", "MDY") if facts.second_only or facts.differ else ("YMD", "DMY")
        return Question(column.field, kind, choices, column.header, samples_of(column, kind, facts))
    conflict = facts.first_only > 0 and facts.second_only > 0
    open_ = facts.first_only == 0 and facts.second_only == 0 and facts.differ > 0
    if conflict or open_:
        choices = (DECIMAL_COMMA, DECIMAL_POINT) if kind == "number_format" else ("DMY", "MDY")
        return Question(column.field, kind, choices, column.header, samples_of(column, kind, facts))
    if kind == "number_format":
        if facts.first_only:
            return replace(column, decimal=",", thousands=".")
        return replace(column, decimal=".", thousands=",") if facts.second_only else column
    if facts.first_only:
        return replace(column, date_order="DMY")
    return replace(column, date_order="MDY") if facts.second_only else column


def samples_of(column: Column, kind: str, facts: Facts) -> tuple[dict[str, Any], ...]:
    """Both readings of her own values: ``{"line", "value", choice: reading, ...}``."""
    samples = []
    for line, text in facts.samples[:3]:
        if kind == "number_format":
            readings = {DECIMAL_COMMA: read_number(text, ","), DECIMAL_POINT: read_number(text, ".")}
        else:
            orders = ("YMD", "DMY", "MDY") if facts.year_first else ("DMY", "MDY")
            readings = {order: read_day(text, order) for order in orders}
        samples.append({"line": line, "value": text, **readings})
    return tuple(samples)


def read_number(text: str, decimal: str) -> str | None:
    """Read a number for a sample beside a question.

    Examples
    --------
    >>> read_number("1.234", ","), read_number("1.234", ".")
    ('1234', '1.234')
    """
    match = re.search(r"[-−]?\d[\d.,'’ \u00a0\u202f]*", text)
    if not match:
        return None
    other = "." if decimal == "," else ","
    body = match[0].strip(BLANKS).replace("−", "-")
    if not re.fullmatch(
        rf"-?(?:\d+|\d{{1,3}}(?:[{re.escape(other)}'’ \u00a0\u202f]\d{{3}})+)(?:{re.escape(decimal)}\d+)?", body
    ):
        return None
    return re.sub(rf"[{re.escape(other)}'’ \u00a0\u202f]", "", body).replace(decimal, ".")


def read_day(text: str, order: str) -> str | None:
    """Read the day of a numeric date for a sample beside a question.

    Examples
    --------
    >>> read_day("01/02/2026", "DMY"), read_day("01/02/2026", "MDY"), read_day("25/12/31", "YMD")
    ('2026-02-01', '2026-01-02', '2025-12-31')
    """
    match = re.search(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})", text)
    if not match:
        return None
    parts = dict(zip(order, (int(part) for part in match.groups()), strict=True))
    year = parts["Y"] + (0 if parts["Y"] > 99 else 1900 if parts["Y"] >= 70 else 2000)
    if not (1 <= parts["M"] <= 12 and 1 <= parts["D"] <= 31):
        return None
    return f"{year:04d}-{parts['M']:02d}-{parts['D']:02d}"
