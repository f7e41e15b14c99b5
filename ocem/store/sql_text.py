"""The same questions as text that a person can read and run elsewhere."""

from dataclasses import dataclass
from datetime import date

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Perimeter
from ocem.store.aggregate import Expression, source_view, sums_of
from ocem.store.database import Cursor
from ocem.store.series import perimeter_condition

Window = tuple[str, date, date]


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


def _written(expression: Expression) -> str:
    """Put the values into a statement as literals, for reading only; the program itself binds them."""
    parts = expression.sql.split("?")
    filled = [parts[0]]
    for value, rest in zip(expression.values, parts[1:], strict=True):
        filled.append(_literal(value) + rest)
    return "".join(filled)


def written(expression: Expression) -> str:
    """Write a statement with its values as literals, for reading only."""
    return _written(expression)


def _windows(windows: list[Window]) -> str:
    rows = ", ".join(f"('{name}', {_literal(first)}, {_literal(last)})" for name, first, last in windows)
    return f"(VALUES {rows or '(NULL, NULL, NULL)'}) w(name, first_day, last_day)"


def baseline_query(con: Cursor, number: int, kpi: Kpi, perimeter: Perimeter, windows: list[Window]) -> str:
    """Return the query that gives a KPI's figures over its windows from the daily sums."""
    where = _written(Expression(*perimeter_condition(con, perimeter)))
    n = "sum(n) AS n"
    if kpi.kind in (KpiKind.COUNT, KpiKind.SUM):
        value = "sum(numerator) / (any_value(w.last_day - w.first_day + 1) / 7.0) AS value_per_week"
    elif kpi.per_sale:
        # what is divided by sales is divided by all sales of the segments in scope, wherever they were placed
        sales = Perimeter(segments=perimeter.segments)
        value = f"sum(numerator) FILTER (WHERE {where}) / sum(denominator) AS value"
        n, where = "sum(denominator) AS n", _written(Expression(*perimeter_condition(con, sales)))
    else:
        value = "sum(numerator) / sum(denominator) AS value"
    return (
        f"-- {kpi.key}, version {kpi.version}: whole weeks, sums over sums\n"
        f"SELECT w.name, w.first_day, w.last_day, {n}, {value}\n"
        f"FROM {_windows(windows)}\n"
        "JOIN daily ON daily.day BETWEEN w.first_day AND w.last_day\n"
        f"WHERE kpi_id = {number}\n  AND {where}\n"
        "GROUP BY ALL\nORDER BY w.first_day"
    )


@dataclass(frozen=True)
class Span:
    """Inclusive days over which some cells are counted: one part of a named window."""

    name: str
    first: date
    last: date
    perimeters: tuple[Perimeter, ...]


def staged_query(con: Cursor, number: int, kpi: Kpi, spans: list[Span]) -> str:
    """Return the query that gives a KPI's figures where every go-live is judged over weeks of its own."""
    parts = []
    for span in spans:
        where = _any_of(con, span.perimeters)
        counted, above = "sum(n)", "sum(numerator)"
        if kpi.per_sale:
            counted, above = "sum(denominator)", f"sum(numerator) FILTER (WHERE {where})"
            where = _any_of(con, tuple(Perimeter(segments=item.segments) for item in span.perimeters))
        elif kpi.kind not in (KpiKind.COUNT, KpiKind.SUM):
            counted = "sum(denominator)"
        parts.append(
            f"    SELECT '{span.name}' AS name,\n"
            f"           {_literal(span.first)} AS first_day, {_literal(span.last)} AS last_day,\n"
            f"           {counted} AS n, {above} AS numerator, sum(denominator) AS denominator\n"
            f"    FROM daily WHERE kpi_id = {number} AND day BETWEEN {_literal(span.first)} AND {_literal(span.last)}\n"
            f"      AND {where}"
        )
    value = "sum(numerator) / sum(denominator) AS value"
    if kpi.kind in (KpiKind.COUNT, KpiKind.SUM):
        value = "sum(numerator) / ((max(last_day) - min(first_day) + 1) / 7.0) AS value_per_week"
    return (
        f"-- {kpi.key}, version {kpi.version}: every go-live over its own whole weeks, sums over sums\n"
        f"SELECT name, min(first_day) AS first_day, max(last_day) AS last_day, sum(n) AS n, {value}\n"
        "FROM (\n" + "\n    UNION ALL\n".join(parts) + ")\nGROUP BY name\nORDER BY first_day"
    )


def _any_of(con: Cursor, perimeters: tuple[Perimeter, ...]) -> str:
    conditions = dict.fromkeys(_written(Expression(*perimeter_condition(con, item))) for item in perimeters)
    return " OR ".join(f"({item})" for item in conditions).join("()")


def _scope(perimeter: Perimeter) -> list[str]:
    """Return a perimeter as readable conditions on live facts."""
    found = []
    for dimension in ("touchpoint", "phase", "segment"):
        keys = perimeter.members(dimension)
        if keys is not None:
            found.append(f"f.{dimension} IN ({', '.join(_literal(key) for key in keys)})")
    return found


def fact_query(kpi: Kpi, perimeter: Perimeter, windows: list[Window]) -> str:
    """Return the queries that give the same sums from the live facts, one a fact."""
    texts = []
    for fact in dict.fromkeys(m.fact for m in (kpi.numerator, kpi.denominator) if m is not None):
        own = Perimeter(segments=perimeter.segments) if kpi.per_sale and fact is FactKind.SALE else perimeter
        scope = _scope(own)
        sums = sums_of(kpi, FactKind(fact))
        assert sums is not None
        wanted = ("n", "numerator") if kpi.kind in (KpiKind.COUNT, KpiKind.SUM) else ("n", "numerator", "denominator")
        columns = ",\n       ".join(f"{_written(sums[name])} AS {name}" for name in wanted)
        texts.append(
            f"SELECT w.name,\n       {columns}\nFROM {_windows(windows)}\n"
            f"JOIN {source_view(FactKind(fact))} f ON f.day BETWEEN w.first_day AND w.last_day"
            + ("\nWHERE " + "\n  AND ".join(scope) if scope else "")
            + "\nGROUP BY ALL\nORDER BY 1"
        )
    return "\n;\n".join(texts)
