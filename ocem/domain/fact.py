"""The five kinds of fact a file can hold, and the fields of each."""

from dataclasses import dataclass
from enum import StrEnum


class FactKind(StrEnum):
    """What one row of a file says."""

    INTERACTION = "interaction"
    SALE = "sale"
    RESPONSE = "response"
    MEASURE = "measure"
    COST = "cost"


class FieldType(StrEnum):
    """How a cell is read. Profiles refine scores, rates and durations, e.g. ``score:0-10:int``, ``duration:hms``."""

    DATE = "date"
    DATETIME = "datetime"
    TEXT = "text"
    INT = "int"
    AMOUNT = "amount"
    SCORE = "score"
    DURATION = "duration"
    RATE = "rate"
    FLAG = "flag"
    CUSTOMER = "customer"
    """Text that is replaced by a keyed pseudonym before anything is stored."""
    MEMBER = "member"
    """Text naming a member of a dimension (touchpoint, phase, segment, dmu_role)."""


@dataclass(frozen=True)
class FactField:
    """One field of a fact."""

    name: str
    type: FieldType
    required: bool = False


def _fields(*items: tuple[str, FieldType] | tuple[str, FieldType, bool]) -> tuple[FactField, ...]:
    return tuple(FactField(*item) for item in items)


_T = FieldType
FACT_FIELDS: dict[FactKind, tuple[FactField, ...]] = {
    FactKind.INTERACTION: _fields(
        ("occurred_at", _T.DATETIME, True),
        ("customer", _T.CUSTOMER),
        ("touchpoint", _T.MEMBER),
        ("segment", _T.MEMBER),
        ("phase", _T.MEMBER),
        ("dmu_role", _T.MEMBER),
        ("kind", _T.TEXT),
        ("direction", _T.TEXT),
        ("outcome", _T.TEXT),
        ("duration_s", _T.DURATION),
        ("wait_s", _T.DURATION),
        ("cost_eur", _T.AMOUNT),
        ("resolved_first", _T.FLAG),
        ("external_id", _T.TEXT),
    ),
    FactKind.SALE: _fields(
        ("order_day", _T.DATE, True),
        ("lead_day", _T.DATE),
        ("customer", _T.CUSTOMER),
        ("touchpoint", _T.MEMBER),
        ("segment", _T.MEMBER),
        ("phase", _T.MEMBER),
        ("amount_eur", _T.AMOUNT),
        ("margin_eur", _T.AMOUNT),
        ("n_lines", _T.INT),
        ("is_reorder", _T.FLAG),
        ("is_new_customer", _T.FLAG),
        ("is_cross_sell", _T.FLAG),
        ("is_up_sell", _T.FLAG),
        ("external_id", _T.TEXT),
    ),
    FactKind.RESPONSE: _fields(
        ("answered_at", _T.DATETIME, True),
        ("voice", _T.TEXT),
        ("customer", _T.CUSTOMER),
        ("touchpoint", _T.MEMBER),
        ("segment", _T.MEMBER),
        ("phase", _T.MEMBER),
        ("question", _T.TEXT, True),
        ("score", _T.SCORE),
        ("comment", _T.TEXT),
        ("round", _T.TEXT),
        ("external_id", _T.TEXT),
    ),
    FactKind.MEASURE: _fields(
        ("day", _T.DATE, True),
        ("name", _T.TEXT, True),
        ("touchpoint", _T.MEMBER),
        ("segment", _T.MEMBER),
        ("phase", _T.MEMBER),
        ("numerator", _T.AMOUNT),
        ("denominator", _T.AMOUNT),
        ("external_id", _T.TEXT),
    ),
    FactKind.COST: _fields(
        ("day", _T.DATE, True),
        ("touchpoint", _T.MEMBER),
        ("cost_kind", _T.TEXT),
        ("amount_eur", _T.AMOUNT, True),
        ("external_id", _T.TEXT),
    ),
}

DAY_FIELD: dict[FactKind, str] = {
    FactKind.INTERACTION: "occurred_at",
    FactKind.SALE: "order_day",
    FactKind.RESPONSE: "answered_at",
    FactKind.MEASURE: "day",
    FactKind.COST: "day",
}
"""The field that says when a fact happened."""


def fact_field(fact: FactKind, name: str) -> FactField | None:
    """Return the field of a fact that bears this name, or None."""
    return next((field for field in FACT_FIELDS[fact] if field.name == name), None)
