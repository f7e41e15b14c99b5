"""How a column's numbers and dates are written, by proof: a value that reads one way only decides, or she is asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ocem.domain.batch import Question
from ocem.intake.date_reading import NUMERIC_DATE, date_text
from ocem.intake.number_reading import number_pattern, number_steps
from ocem.intake.reading import BLANKS, NUMBER_MARK, Column, text_steps

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


def kind_of_format(column: Column) -> str | None:
    """Return which format a column's values are read with: ``number_format``, ``date_order`` or None."""
    if column.type in ASKED_NUMBERS and column.args[:1] != ("hms",):
        return "number_format"
    return "date_order" if column.type in ("date", "datetime") else None


def undecided(column: Column) -> str | None:
    """Return the kind of question a column may need: a format that neither profile nor evidence has decided."""
    kind = kind_of_format(column)
    decided = column.decimal if kind == "number_format" else column.date_order
    return kind if decided is None else None


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
    day_first, month_first = (  # a day that no month has proves nothing
        f"({day} >= 13 AND {month} BETWEEN 1 AND 12 AND "
        f"{day} <= CASE WHEN {month} = 2 THEN 29 WHEN {month} IN (4, 6, 9, 11) THEN 30 ELSE 31 END)"
        for day, month in (("da", "db"), ("db", "da"))
    )
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
