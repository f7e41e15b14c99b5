"""KPIs as documents."""

from collections.abc import Mapping
from typing import Any

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Aggregate, Condition, Direction, Kpi, KpiKind, Level, Measure
from ocem.errors import N_, DefinitionError
from ocem.store.definition.reading import Document, choice, required

UNITS = ("share", "points", "eur", "seconds", "hours", "days", "count", "score", "ratio")


def parse_measure(subject: str, document: Document) -> Measure:
    """Read one measure of a KPI."""
    where = []
    for column, wanted in (document.get("where") or {}).items():
        if isinstance(wanted, Mapping):
            where.append(Condition(column, None, wanted.get("low"), wanted.get("high")))
        elif isinstance(wanted, bool):
            where.append(Condition(column, (wanted,)))
        else:
            where.append(Condition(column, tuple(wanted) if isinstance(wanted, list | tuple) else (str(wanted),)))
    return Measure(
        choice(subject, "fact", required(subject, document, "fact"), FactKind),
        choice(subject, "aggregate", required(subject, document, "aggregate"), Aggregate),
        document.get("column"),
        tuple(where),
    )


def measure_document(measure: Measure) -> dict[str, Any]:
    """Write one measure back as a document."""
    where: dict[str, Any] = {}
    for item in measure.where:
        if item.values is None:
            where[item.column] = {k: v for k, v in (("low", item.low), ("high", item.high)) if v is not None}
        elif len(item.values) == 1 and isinstance(item.values[0], bool):
            where[item.column] = item.values[0]
        else:
            where[item.column] = list(item.values)
    document: dict[str, Any] = {"fact": measure.fact.value, "aggregate": measure.aggregate.value}
    if measure.column:
        document["column"] = measure.column
    if where:
        document["where"] = where
    return document


def parse_kpi(key: str, document: Document) -> Kpi:
    """Read a KPI; unit, direction, level, owner and both languages are required.

    Raises
    ------
    DefinitionError
        Naming what is missing or not one of the known words.
    """
    subject = f"kpi.{key}"
    unit = required(subject, document, "unit")
    if unit not in UNITS:
        raise DefinitionError(
            N_("{subject}: {name} is {value}; it must be one of {known}."),
            subject=subject,
            name="unit",
            value=str(unit),
            known=", ".join(UNITS),
        )
    denominator = document.get("denominator")
    return Kpi(
        key=key,
        kind=choice(subject, "kind", required(subject, document, "kind"), KpiKind),
        numerator=parse_measure(subject, required(subject, document, "numerator")),
        denominator=parse_measure(subject, denominator) if denominator else None,
        unit=unit,
        direction=choice(subject, "direction", required(subject, document, "direction"), Direction),
        level=choice(subject, "level", required(subject, document, "level"), Level),
        owner=required(subject, document, "owner"),
        label_it=required(subject, document, "label_it"),
        label_en=required(subject, document, "label_en"),
        description_it=required(subject, document, "description_it"),
        description_en=required(subject, document, "description_en"),
    )


def kpi_document(kpi: Kpi) -> dict[str, Any]:
    """Write a KPI back as a document."""
    document: dict[str, Any] = {
        "kind": kpi.kind.value,
        "unit": kpi.unit,
        "direction": kpi.direction.value,
        "level": kpi.level.value,
        "owner": kpi.owner,
        "label_it": kpi.label_it,
        "label_en": kpi.label_en,
        "description_it": kpi.description_it,
        "description_en": kpi.description_en,
        "numerator": measure_document(kpi.numerator),
    }
    if kpi.denominator:
        document["denominator"] = measure_document(kpi.denominator)
    return document
