"""The columns of a profile in the layout at hand: found by name or place, typed, with the formats known for them."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from zoneinfo import available_timezones

from ocem.domain.batch import FieldMapping, Question, SourceProfile
from ocem.domain.fact import FactKind, FieldType, fact_field
from ocem.errors import N_, DefinitionError
from ocem.intake.evidence import DECIMAL_COMMA, DECIMAL_POINT, answer_key
from ocem.intake.layout import Layout
from ocem.intake.look import fold
from ocem.intake.reading import NULL_WORDS, Column


def columns_of(
    profile: SourceProfile, layout: Layout, answers: Mapping[str, str]
) -> tuple[tuple[Column, ...], tuple[Column, ...], tuple[Question, ...]]:
    """Return the columns and survey questions of a profile in a layout, and what must be asked about the header."""
    asked: list[Question] = []
    columns = []
    for name, mapping in profile.fields.items():
        index = _index_of(name, mapping.column, mapping.index, layout, answers, asked)
        if index is not None:
            column = _column(profile, name, mapping, index, layout, answers)
            columns.append(_with_cells_beside(column, mapping, layout, answers, asked))
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


def _with_cells_beside(
    column: Column, mapping: FieldMapping, layout: Layout, answers: Mapping[str, str], asked: list[Question]
) -> Column:
    """Point at the cells that hold a value's time of day and its currency, where these stand apart."""
    beside = {
        part: _index_of(f"{column.field}.{part}", header, None, layout, answers, asked) if header else None
        for part, header in (("time", mapping.time), ("currency", mapping.currency))
    }
    return replace(column, time_index=beside["time"], currency_index=beside["currency"])


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
        currency=answers.get(answer_key(name, "currency")) or formats.get(f"{name}.currency"),
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
