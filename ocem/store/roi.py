"""What touchpoints cost, how often they are used, and the margin of the orders placed there."""

from dataclasses import dataclass
from datetime import date

from ocem.domain.perimeter import Perimeter
from ocem.store.aggregate import Expression
from ocem.store.database import Cursor
from ocem.store.sql_text import written


@dataclass(frozen=True)
class CostRow:
    """One touchpoint over some days: cost entries, costs kept on interactions, interactions, margin of its orders."""

    touchpoint: str
    fixed_eur: float
    variable_eur: float
    interaction_cost_eur: float
    interactions: int
    placed_margin_eur: float
    orders: int


def _among(column: str, keys: tuple[str, ...] | None) -> tuple[str, list[object]]:
    if keys is None:
        return "TRUE", []
    return f"{column} IN ({', '.join('?' for _ in keys)})", list(keys)


def _query(first: date, last: date, perimeter: Perimeter) -> Expression:
    where, values = ["TRUE"], []
    for column in ("touchpoint", "phase", "segment"):
        sql, given = _among(column, perimeter.members(column))
        where.append(sql)
        values += given
    cells = " AND ".join(where)
    at, names = _among("touchpoint", perimeter.touchpoints)
    return Expression(
        "WITH spent AS (\n"
        "    SELECT touchpoint, sum(amount_eur) FILTER (WHERE coalesce(cost_kind, '') = 'fixed') AS fixed_eur,\n"
        "           sum(amount_eur) FILTER (WHERE coalesce(cost_kind, '') <> 'fixed') AS variable_eur\n"
        f"    FROM cost_live WHERE day BETWEEN ? AND ? AND {at} GROUP BY touchpoint),\n"
        "used AS (\n"
        "    SELECT touchpoint, count(*) AS interactions, sum(cost_eur) AS interaction_cost_eur\n"
        f"    FROM interaction_live WHERE day BETWEEN ? AND ? AND {cells} GROUP BY touchpoint),\n"
        "placed AS (\n"
        "    SELECT touchpoint, count(*) AS orders, sum(margin_eur) AS margin_eur\n"
        f"    FROM sale_live WHERE day BETWEEN ? AND ? AND {cells} GROUP BY touchpoint)\n"
        "SELECT touchpoint, CAST(coalesce(fixed_eur, 0) AS DOUBLE) AS fixed_eur,\n"
        "       CAST(coalesce(variable_eur, 0) AS DOUBLE) AS variable_eur,\n"
        "       CAST(coalesce(interaction_cost_eur, 0) AS DOUBLE) AS interaction_cost_eur,\n"
        "       coalesce(interactions, 0) AS interactions,\n"
        "       CAST(coalesce(margin_eur, 0) AS DOUBLE) AS placed_margin_eur,\n"
        "       coalesce(orders, 0) AS orders\n"
        "FROM spent FULL JOIN used USING (touchpoint) FULL JOIN placed USING (touchpoint)\n"
        "WHERE touchpoint <> '' ORDER BY touchpoint",
        [first, last, *names, first, last, *values, first, last, *values],
    )


def cost_rows(con: Cursor, first: date, last: date, perimeter: Perimeter) -> list[CostRow]:
    """Return costs and use by touchpoint between inclusive days; costs are known by touchpoint only."""
    query = _query(first, last, perimeter)
    return [CostRow(*row) for row in con.execute(query.sql, query.values).fetchall()]


def cost_query(first: date, last: date, perimeter: Perimeter) -> str:
    """Return the same question as text."""
    return written(_query(first, last, perimeter))
