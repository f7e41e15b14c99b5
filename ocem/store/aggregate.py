"""From a KPI's definition to SQL: the only place that builds a statement from what people declare.

Every identifier is checked against the fields of its fact first; every value is bound, never pasted.
"""

import re
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
_PLAIN = re.compile("[a-z][a-z0-9_]*")
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
    """A piece of SQL, the values its placeholders take, in order, and the one column it tests, where it tests one.

    `present` names a column of which it only asks whether there is a value.
    """

    sql: str
    values: list[Any] = field(default_factory=list)
    column: str | None = None
    present: str | None = None


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


def _named(column: str) -> str:
    """Return a column's name for a statement; never in double quotes, which to some engines mean a text."""
    if not _PLAIN.fullmatch(column):
        raise ValueError(column)
    return column


def _condition(condition: Condition) -> Expression:
    column = _named(condition.column)
    if condition.values is not None:
        marks = ", ".join("?" for _ in condition.values)
        return Expression(f"{column} IN ({marks})", list(condition.values), condition.column)
    parts, values = [], []
    if condition.low is not None:
        parts.append(f"{column} >= ?")
        values.append(condition.low)
    if condition.high is not None:
        parts.append(f"{column} <= ?")
        values.append(condition.high)
    return Expression(" AND ".join(parts) or f"{column} IS NOT NULL", list(values), condition.column)


def where_pieces(measure: Measure) -> tuple[Expression, ...]:
    """Return the conditions that a measure's rows satisfy, one by one, with their values bound."""
    pieces = [_condition(item) for item in measure.where]
    if measure.column is not None:
        name = _named(measure.column)
        pieces.append(Expression(f"{name} IS NOT NULL", present=name))
    return tuple(pieces)


SUMS = ("n", "numerator", "denominator", "numerator_sq", "numerator_log", "numerator_log_sq")


@dataclass(frozen=True)
class Part:
    """One additive sum: of `value` (an SQL expression; the rows are counted where it is None) over the rows that meet
    every condition.
    """

    value: str | None
    where: tuple[Expression, ...]

    def expression(self, weight: str | None = None) -> Expression:
        """Return the sum as one filtered aggregate over the rows, each counted by its weight if there is one."""
        test = " AND ".join(f"({piece.sql})" for piece in self.where) or "TRUE"
        values = [value for piece in self.where for value in piece.values]
        if self.value is None and weight is None:
            return Expression(f"CAST(count(*) FILTER (WHERE {test}) AS DOUBLE)", values)
        each = f"({self.value}) * {weight}" if self.value and weight else self.value or weight
        return Expression(f"coalesce(CAST(sum({each}) FILTER (WHERE {test}) AS DOUBLE), 0e0)", values)


def weight_of(fact: FactKind) -> str | None:
    """Return the column that says for how much a row counts, None where every row counts for one."""
    return "weight" if fact is FactKind.RESPONSE else None


def source_view(fact: FactKind) -> str:
    """Return the view whose rows count: of answers only those that enough others gave too, over their block's weeks."""
    return "response_spread" if fact is FactKind.RESPONSE else f"{fact.value}_live"


def source_rows(fact: FactKind) -> str:
    """Return the rows of `source_view` without the names of their cell, which a rollup looks up once a cell."""
    if fact is FactKind.RESPONSE:
        return source_view(fact)
    more = ", date_diff('day', lead_day, day) AS lead_time_days" if fact is FactKind.SALE else ""
    return f"(SELECT *{more} FROM {fact.value} WHERE superseded_by IS NULL)"


def parts_of(kpi: Kpi, fact: FactKind) -> dict[str, Part] | None:
    """Return the additive sums this KPI takes from one fact by their names in `SUMS`; what is missing is zero.

    None if it takes nothing from the fact. A ratio over two facts takes its numerator from one and its denominator from
    the other; both land in rows of their own and add up later.
    """
    numerator, denominator = kpi.numerator, kpi.denominator
    own = numerator.fact is fact
    below = denominator is not None and denominator.fact is fact
    if not own and not below:
        return None
    where = where_pieces(numerator)
    given = tuple(_condition(item) for item in numerator.where)  # a value that is missing adds nothing by itself
    column = _named(numerator.column) if numerator.column else None
    number = f"CAST({column} AS DOUBLE)"
    rows = Part(None, where)
    if kpi.kind is KpiKind.COUNT:
        return {"n": rows, "numerator": rows}
    if kpi.kind is KpiKind.SUM:
        return {"n": rows, "numerator": Part(column, given), "numerator_sq": Part(f"{number} * {number}", given)}
    if kpi.kind in (KpiKind.SHARE, KpiKind.TOP2):
        assert denominator is not None
        base = Part(None, where_pieces(denominator))
        return {"n": base, "numerator": rows, "denominator": base, "numerator_sq": rows}
    if kpi.kind is KpiKind.NPS:
        promoter, detractor = f"CAST({column} >= 9 AS INTEGER)", f"CAST({column} <= 6 AS INTEGER)"
        return {
            "n": rows,
            "numerator": Part(f"{promoter} - {detractor}", given),
            "denominator": rows,
            "numerator_sq": Part(f"{promoter} + {detractor}", given),
        }
    if kpi.kind in (KpiKind.MEAN, KpiKind.DURATION):
        found = {
            "n": rows,
            "numerator": Part(column, given),
            "denominator": rows,
            "numerator_sq": Part(f"{number} * {number}", given),
        }
        if kpi.kind is KpiKind.DURATION:
            logarithm = f"CASE WHEN {column} > 0 THEN ln({number}) END"
            found["n"] = Part(None, (*given, Expression(f"{column} > 0")))
            found["numerator_log"] = Part(logarithm, given)
            found["numerator_log_sq"] = Part(f"{logarithm} * {logarithm}", given)
        return found
    found = {}
    if own:
        top = Part(column, given) if numerator.aggregate is Aggregate.SUM else rows
        found |= {"n": rows, "numerator": top}
    if below:
        assert denominator is not None
        base_column = _named(denominator.column) if denominator.column else None
        asked = where_pieces(denominator) if base_column is None else tuple(map(_condition, denominator.where))
        found["denominator"] = Part(base_column, asked)
    return found


_ZERO = Expression("0.0")


def sums_of(kpi: Kpi, fact: FactKind) -> dict[str, Expression] | None:
    """Return the same sums as filtered aggregates over the rows of the fact, every name of `SUMS` given."""
    parts = parts_of(kpi, fact)
    if parts is None:
        return None
    weight = weight_of(fact)
    return {name: parts[name].expression(weight) if name in parts else _ZERO for name in SUMS}


OF_MEMBERS = {"touchpoint": "t.key", "segment": "s.key", "phase": "p.key"} | {
    name: f"t.{name}" for name in ("self_service", "medium", "control")
}
"""What a row takes from the members of its cell."""
_MEMBERS = "\n".join(
    f"  JOIN member {alias} ON {alias}.dimension = '{dimension}' AND {alias}.id = r.{dimension}_id"
    for dimension, alias in (("touchpoint", "t"), ("segment", "s"), ("phase", "p"))
)


class Rollup:
    """All sums of a fact from one reading of its rows, every sum taken once however many KPIs ask for it.

    Rows are grouped by their cell and nothing else; what a condition leaves out counts nothing in its sum. A condition
    on the touchpoint, phase or segment is asked once a cell instead of once a row. No sum needs distinct values, so the
    memory is that of the cells.

    Parameters
    ----------
    weight : str, optional
        Column that says for how much a row counts; without one every row counts for one.
    """

    def __init__(self, weight: str | None = None) -> None:
        self._weight = weight
        self._of_rows: dict[tuple[str, tuple[Any, ...]], str] = {}
        self._tests: dict[tuple[str, tuple[Any, ...]], str] = {}
        self._sums: dict[str, str] = {}

    def column(self, part: Part | None) -> str:
        """Return the column that holds a sum, shared by all who ask for the same; a zero where there is no sum."""
        if part is None:
            return "0.0"
        of_cell = [piece for piece in part.where if piece.column in OF_MEMBERS]
        tests = [self._tests.setdefault(_known(piece), f"c_{len(self._tests)}") for piece in of_cell]
        total = self._of_row(part.value, [piece for piece in part.where if piece.column not in OF_MEMBERS])
        if tests:
            total = f"CASE WHEN {' AND '.join(tests)} THEN {total} END"
        return self._sums.setdefault(f"coalesce(CAST({total} AS DOUBLE), 0e0)", f"a_{len(self._sums)}")

    def _of_row(self, value: str | None, where: list[Expression]) -> str:
        """Return the column that holds a sum over the rows of a cell, whatever the cell."""
        test = " AND ".join(f"({piece.sql})" for piece in where)
        each = f"({value}) * {self._weight}" if value and self._weight else value or self._weight
        if each is not None:
            total = f"sum(CASE WHEN {test} THEN {each} END)" if test else f"sum({each})"
        elif len(where) == 1 and where[0].present:
            total = f"count({where[0].present})"
        else:
            total = f"sum(CAST({test} AS INTEGER))" if test else "count(*)"  # half the time of a filtered count
        values = tuple(value for piece in where for value in piece.values)
        return self._of_rows.setdefault((total, values), f"r_{len(self._of_rows)}")

    def query(self, source: str, cell: tuple[str, ...]) -> Expression:
        """Return the statement: one row a cell, the columns asked for. `source` may end in a WHERE clause."""
        summed = [f"{text} AS {name}" for (text, _), name in self._of_rows.items()]
        members = [f"{text} AS {name}" for name, text in OF_MEMBERS.items()]
        tested = [f"{sql} AS {name}" for (sql, _), name in self._tests.items()]
        sums = [f"{text} AS {name}" for text, name in self._sums.items()]
        sql = (
            f"SELECT {', '.join([*cell, *sums])}\nFROM (SELECT {', '.join(['*', *tested])}\n"
            f"FROM (SELECT {', '.join(['r.*', *members])}\nFROM (SELECT {', '.join([*cell, *summed])}\n"
            f"  FROM {source}\n  GROUP BY {', '.join(cell)}) r\n{_MEMBERS}))"
        )
        values = [value for _, given in self._tests for value in given]
        return Expression(sql, values + [value for _, given in self._of_rows for value in given])


def _known(piece: Expression) -> tuple[str, tuple[Any, ...]]:
    return piece.sql, tuple(piece.values)


def median_query(kpi: Kpi, source: str) -> Expression:
    """Return the statement of a KPI's weekly medians: one row a week, its median and the rows behind it.

    Parameters come after the bound values of the definition: the keys of touchpoints, phases and segments (lists, NULL
    for all), then the Monday from which weeks are counted, the first and the last day.
    """
    column = _named(str(kpi.numerator.column))
    pieces = where_pieces(kpi.numerator)
    members = ", ".join(f"{text} AS {name}" for name, text in OF_MEMBERS.items())
    test = " AND ".join(f"({piece.sql})" for piece in pieces) or "TRUE"
    inside = " AND ".join(f"(coalesce(list_contains(?, {name}), TRUE))" for name in ("touchpoint", "phase", "segment"))
    sql = (
        "SELECT CAST(floor(date_diff('day', CAST(? AS DATE), day) / 7) AS INTEGER) AS week,\n"
        f"       median(CAST({column} AS DOUBLE)) AS middle, count(*) AS n\n"
        f"FROM (SELECT r.*, {members} FROM {source} r\n{_MEMBERS})\n"
        f"WHERE {test} AND {inside} AND day BETWEEN ? AND ?\nGROUP BY week"
    )
    return Expression(sql, [value for piece in pieces for value in piece.values])
