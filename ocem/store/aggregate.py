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
    """A piece of SQL, the values its placeholders take, in order, and the one column it tests, where it tests one."""

    sql: str
    values: list[Any] = field(default_factory=list)
    column: str | None = None


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
        pieces.append(Expression(f"{_quoted(measure.column)} IS NOT NULL"))
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
        return Expression(f"coalesce(CAST(sum({each}) FILTER (WHERE {test}) AS DOUBLE), 0.0)", values)


def weight_of(fact: FactKind) -> str | None:
    """Return the column that says for how much a row counts, None where every row counts for one."""
    return "weight" if fact is FactKind.RESPONSE else None


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
    column = _quoted(numerator.column) if numerator.column else None
    number = f"CAST({column} AS DOUBLE)"
    rows = Part(None, where)
    if kpi.kind is KpiKind.COUNT:
        return {"n": rows, "numerator": rows}
    if kpi.kind is KpiKind.SUM:
        return {"n": rows, "numerator": Part(column, where), "numerator_sq": Part(f"{number} * {number}", where)}
    if kpi.kind in (KpiKind.SHARE, KpiKind.TOP2):
        assert denominator is not None
        base = Part(None, where_pieces(denominator))
        return {"n": base, "numerator": rows, "denominator": base, "numerator_sq": rows}
    if kpi.kind is KpiKind.NPS:
        promoter, detractor = f"CAST({column} >= 9 AS INTEGER)", f"CAST({column} <= 6 AS INTEGER)"
        return {
            "n": rows,
            "numerator": Part(f"{promoter} - {detractor}", where),
            "denominator": rows,
            "numerator_sq": Part(f"{promoter} + {detractor}", where),
        }
    if kpi.kind in (KpiKind.MEAN, KpiKind.DURATION):
        found = {
            "n": rows,
            "numerator": Part(column, where),
            "denominator": rows,
            "numerator_sq": Part(f"{number} * {number}", where),
        }
        if kpi.kind is KpiKind.DURATION:
            positive = (*where, Expression(f"{column} > 0"))
            logarithm = f"CASE WHEN {column} > 0 THEN ln({number}) END"
            found["n"] = Part(None, positive)
            found["numerator_log"] = Part(logarithm, positive)
            found["numerator_log_sq"] = Part(f"{logarithm} * {logarithm}", positive)
        return found
    found = {}
    if own:
        top = Part(column, where) if numerator.aggregate is Aggregate.SUM else rows
        found |= {"n": rows, "numerator": top}
    if below:
        assert denominator is not None
        base_column = _quoted(denominator.column) if denominator.column else None
        found["denominator"] = Part(base_column, where_pieces(denominator))
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
FEW_VALUES = frozenset(
    {"kind", "direction", "outcome", "resolved_first", "is_reorder", "is_new_customer", "is_cross_sell", "is_up_sell"}
    | {"voice", "question", "round", "name", "cost_kind"}
)
"""Columns with few different values: rows are grouped by them as they are."""
_WORD = 60
"""Conditions in one whole number."""
_MEMBERS = "\n".join(
    f"  JOIN member {alias} ON {alias}.dimension = '{dimension}' AND {alias}.id = r.{dimension}_id"
    for dimension, alias in (("touchpoint", "t"), ("segment", "s"), ("phase", "p"))
)


class Rollup:
    """All sums of a fact in two steps: rows to combinations of what the conditions ask, then combinations to sums.

    The many rows are read once: grouped by cell and by the columns with few values as they are, every value summed
    once; other conditions are written as bits of one whole number. The many filtered sums are taken over the few groups
    that remain, where a condition on the touchpoint is asked once a group instead of once a row.

    Parameters
    ----------
    weight : str, optional
        Column that says for how much a row counts; without one every row counts for one.
    """

    def __init__(self, weight: str | None = None) -> None:
        self._weight = weight
        self._keys: dict[str, None] = {}
        self._bits: dict[tuple[str, tuple[Any, ...]], int] = {}
        self._tests: dict[tuple[str, tuple[Any, ...]], str] = {}
        self._values: dict[str, str] = {}
        self._sums: dict[str, str] = {}

    def column(self, part: Part | None) -> str:
        """Return the column that holds a sum, shared by all who ask for the same; a zero where there is no sum."""
        if part is None:
            return "0.0"
        column = "n_rows" if part.value is None else self._values.setdefault(part.value, f"v_{len(self._values)}")
        test = " AND ".join(self._test(part.where))
        total = f"sum({column})" + (f" FILTER (WHERE {test})" if test else "")
        return self._sums.setdefault(f"coalesce(CAST({total} AS DOUBLE), 0.0)", f"a_{len(self._sums)}")

    def _test(self, where: tuple[Expression, ...]) -> list[str]:
        tests: list[str] = []
        masks: dict[int, int] = {}
        for piece in where:
            known = (piece.sql, tuple(piece.values))
            if piece.column in FEW_VALUES or piece.column in OF_MEMBERS:
                if piece.column in FEW_VALUES:
                    self._keys[str(piece.column)] = None
                tests.append(self._tests.setdefault(known, f"c_{len(self._tests)}"))
            else:
                bit = self._bits.setdefault(known, len(self._bits))
                masks[bit // _WORD] = masks.get(bit // _WORD, 0) | 1 << bit % _WORD
        return tests + [f"(met_{word} & {mask}) = {mask}" for word, mask in masks.items()]

    def query(self, source: str, cell: tuple[str, ...]) -> Expression:
        """Return the statement: one row a cell, the columns asked for. `source` may end in a WHERE clause."""
        bits = list(self._bits)
        words = [bits[start : start + _WORD] for start in range(0, len(bits), _WORD)]
        met = [
            " + ".join(f"CAST(coalesce({sql}, FALSE) AS BIGINT) * {1 << place}" for place, (sql, _) in enumerate(word))
            for word in words
        ]
        keys = [*cell, *self._keys, *(f"met_{number}" for number in range(len(words)))]
        marked = [*cell, *self._keys, *(f"{text} AS met_{number}" for number, text in enumerate(met))]
        times = f" * {self._weight}" if self._weight else ""
        marked += [self._weight] if self._weight else []
        marked += [f"({text}){times} AS {name}" for text, name in self._values.items()]
        rows = f"sum({self._weight})" if self._weight else "count(*)"
        grouped = [*keys, f"{rows} AS n_rows", *(f"sum({name}) AS {name}" for name in self._values.values())]
        members = [f"{text} AS {name}" for name, text in OF_MEMBERS.items()]
        tested = [f"coalesce({sql}, FALSE) AS {name}" for (sql, _), name in self._tests.items()]
        sums = [f"{text} AS {name}" for text, name in self._sums.items()]
        sql = (
            f"SELECT {', '.join([*cell, *sums])}\nFROM (SELECT {', '.join(['*', *tested])}\n"
            f"FROM (SELECT {', '.join(['r.*', *members])}\nFROM (SELECT {', '.join(grouped)}\n"
            f"  FROM (SELECT {', '.join(marked)} FROM {source})\n  GROUP BY {', '.join(keys)}) r\n{_MEMBERS}))\n"
            f"GROUP BY {', '.join(cell)}"
        )
        values = [value for _, given in self._tests for value in given]
        return Expression(sql, values + [value for _, given in bits for value in given])


def median_query(kpi: Kpi, source: str) -> Expression:
    """Return the statement of a KPI's weekly medians: one row a week, its median and the rows behind it.

    Parameters come after the bound values of the definition: the keys of touchpoints, phases and segments (lists, NULL
    for all), then the Monday from which weeks are counted, the first and the last day.
    """
    column = _quoted(str(kpi.numerator.column))
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
