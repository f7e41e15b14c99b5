"""From a KPI's definition to SQL: the only place that builds a statement from what people declare.

Every identifier is checked against the fields of its fact first; every value is bound, never pasted.
"""

from dataclasses import dataclass, field
from typing import Any

from ocem.domain.fact import FACT_FIELDS, FactKind, FieldType
from ocem.domain.kpi import Aggregate, Condition, Kpi, KpiKind, Measure
from ocem.errors import N_, DefinitionError

_DERIVED: dict[FactKind, dict[str, str]] = {
    FactKind.INTERACTION: {"self_service": "flag", "medium": "text", "control": "text"},
    FactKind.SALE: {"self_service": "flag", "medium": "text", "control": "text", "lead_time_days": "number"},
    FactKind.RESPONSE: {},
    FactKind.MEASURE: {},
    FactKind.COST: {},
}
_NUMERIC = {FieldType.AMOUNT, FieldType.INT, FieldType.SCORE, FieldType.DURATION, FieldType.RATE}


def columns_of(fact: FactKind) -> dict[str, str]:
    """Return the columns a definition may name and what each holds: ``text``, ``number`` or ``flag``."""
    named: dict[str, str] = {"touchpoint": "text", "segment": "text", "phase": "text"}
    for item in FACT_FIELDS[fact]:
        if item.type in _NUMERIC:
            named[item.name] = "number"
        elif item.type is FieldType.FLAG:
            named[item.name] = "flag"
        elif item.type in (FieldType.TEXT, FieldType.MEMBER):
            named.setdefault(item.name, "text")
    named.pop("comment", None)
    named.pop("dmu_role", None)
    return named | _DERIVED[fact]


@dataclass
class Expression:
    """A piece of SQL and the values its placeholders take, in order."""

    sql: str
    values: list[Any] = field(default_factory=list)


def check_kpi(kpi: Kpi) -> None:
    """Refuse a definition that names what is not there or lacks what its kind needs.

    Raises
    ------
    DefinitionError
        Naming the KPI, what was found and what would be right.
    """
    for measure in filter(None, (kpi.numerator, kpi.denominator)):
        _check_measure(kpi.key, measure)
    needs_denominator = kpi.kind in (KpiKind.SHARE, KpiKind.TOP2, KpiKind.RATIO)
    if needs_denominator and kpi.denominator is None:
        raise DefinitionError(N_("KPI {kpi}: the kind {kind} needs a denominator."), kpi=kpi.key, kind=kpi.kind.value)
    is_share = kpi.kind in (KpiKind.SHARE, KpiKind.TOP2)
    if is_share and kpi.denominator is not None and kpi.numerator.fact is not kpi.denominator.fact:
        raise DefinitionError(
            N_("KPI {kpi}: a share counts rows of one fact, found {first} over {second}."),
            kpi=kpi.key,
            first=kpi.numerator.fact.value,
            second=kpi.denominator.fact.value,
        )
    wants_sum = kpi.kind in (KpiKind.SUM, KpiKind.MEAN, KpiKind.DURATION, KpiKind.NPS)
    if wants_sum and kpi.numerator.aggregate is not Aggregate.SUM:
        raise DefinitionError(
            N_('KPI {kpi}: the kind {kind} sums a column; give the numerator aggregate = "sum" and a column.'),
            kpi=kpi.key,
            kind=kpi.kind.value,
        )


def _check_measure(kpi_key: str, measure: Measure) -> None:
    columns = columns_of(measure.fact)
    if measure.aggregate is Aggregate.SUM and columns.get(measure.column or "") != "number":
        raise DefinitionError(
            N_("KPI {kpi}: {column} is not a number of {fact}. Numbers there: {known}."),
            kpi=kpi_key,
            column=str(measure.column),
            fact=measure.fact.value,
            known=", ".join(sorted(name for name, kind in columns.items() if kind == "number")),
        )
    for condition in measure.where:
        if condition.column not in columns:
            raise DefinitionError(
                N_("KPI {kpi}: {fact} has no column {column}. Columns there: {known}."),
                kpi=kpi_key,
                fact=measure.fact.value,
                column=condition.column,
                known=", ".join(sorted(columns)),
            )
        if condition.values is None and columns[condition.column] != "number":
            raise DefinitionError(
                N_("KPI {kpi}: {column} is not a number, so it cannot lie between two values."),
                kpi=kpi_key,
                column=condition.column,
            )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _condition(condition: Condition) -> Expression:
    column = _quoted(condition.column)
    if condition.values is not None:
        marks = ", ".join("?" for _ in condition.values)
        return Expression(f"{column} IN ({marks})", list(condition.values))
    parts, values = [], []
    if condition.low is not None:
        parts.append(f"{column} >= ?")
        values.append(condition.low)
    if condition.high is not None:
        parts.append(f"{column} <= ?")
        values.append(condition.high)
    return Expression(" AND ".join(parts) or f"{column} IS NOT NULL", list(values))


def where_expression(measure: Measure) -> Expression:
    """Return the condition that a measure's rows satisfy, with its values bound."""
    pieces = [_condition(item) for item in measure.where]
    if measure.column is not None:
        pieces.append(Expression(f"{_quoted(measure.column)} IS NOT NULL"))
    if not pieces:
        return Expression("TRUE")
    return Expression(
        " AND ".join(f"({piece.sql})" for piece in pieces), [value for piece in pieces for value in piece.values]
    )


_ZERO = Expression("0.0")


def _count(where: Expression) -> Expression:
    return Expression(f"CAST(count(*) FILTER ({_keyword(where)}) AS DOUBLE)", where.values)


def _keyword(where: Expression) -> str:
    return f"WHERE {where.sql}"


def _sum(value: str, where: Expression) -> Expression:
    return Expression(f"coalesce(CAST(sum({value}) FILTER ({_keyword(where)}) AS DOUBLE), 0.0)", where.values)


SUMS = ("n", "numerator", "denominator", "numerator_sq", "numerator_log", "numerator_log_sq")


def sums_of(kpi: Kpi, fact: FactKind) -> dict[str, Expression] | None:
    """Return the additive sums this KPI takes from one fact, or None if it takes nothing from it.

    A ratio over two facts takes its numerator from one and its denominator from the other; both land in rows of
    their own and add up later.
    """
    numerator, denominator = kpi.numerator, kpi.denominator
    sums = dict.fromkeys(SUMS, _ZERO)
    own = numerator.fact is fact
    below = denominator is not None and denominator.fact is fact
    if not own and not below:
        return None
    where = where_expression(numerator)
    column = _quoted(numerator.column) if numerator.column else None
    number = f"CAST({column} AS DOUBLE)"
    if kpi.kind is KpiKind.COUNT:
        return sums | {"n": _count(where), "numerator": _count(where)}
    if kpi.kind is KpiKind.SUM:
        square = _sum(f"{number} * {number}", where)
        return sums | {"n": _count(where), "numerator": _sum(str(column), where), "numerator_sq": square}
    if kpi.kind in (KpiKind.SHARE, KpiKind.TOP2):
        assert denominator is not None
        base = _count(where_expression(denominator))
        hits = _count(where)
        return sums | {"n": base, "numerator": hits, "denominator": base, "numerator_sq": hits}
    if kpi.kind is KpiKind.NPS:
        promoter, detractor = f"CAST({column} >= 9 AS INTEGER)", f"CAST({column} <= 6 AS INTEGER)"
        base = _count(where)
        return sums | {
            "n": base,
            "numerator": _sum(f"{promoter} - {detractor}", where),
            "denominator": base,
            "numerator_sq": _sum(f"{promoter} + {detractor}", where),
        }
    if kpi.kind in (KpiKind.MEAN, KpiKind.DURATION):
        base = _count(where)
        sums |= {
            "n": base,
            "numerator": _sum(str(column), where),
            "denominator": base,
            "numerator_sq": _sum(f"{number} * {number}", where),
        }
        if kpi.kind is KpiKind.DURATION:
            positive = Expression(f"({where.sql}) AND {column} > 0", where.values)
            sums["n"] = _count(positive)
            sums["numerator_log"] = _sum(f"ln({number})", positive)
            sums["numerator_log_sq"] = _sum(f"ln({number}) * ln({number})", positive)
        return sums
    if own:
        top = _sum(str(column), where) if numerator.aggregate is Aggregate.SUM else _count(where)
        sums |= {"n": _count(where), "numerator": top}
    if below:
        assert denominator is not None
        base_where = where_expression(denominator)
        base_column = _quoted(denominator.column) if denominator.column else None
        sums["denominator"] = _sum(str(base_column), base_where) if base_column else _count(base_where)
    return sums
