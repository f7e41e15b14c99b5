"""The days and cells that a batch touches, and what follows from their facts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.store.daily import CELL, refresh_touched
from ocem.store.kpi import numbered_kpis

CELL_LIST = ", ".join(CELL)


@contextmanager
def touched(con: DuckDBPyConnection) -> Iterator[None]:
    """Lend the temporary table ``touched`` of days and cells."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE touched (day DATE, touchpoint_id USMALLINT, segment_id USMALLINT, "
        "phase_id USMALLINT)"
    )
    # A row that matches nothing: DuckDB 2.0.0 hides a large insert (122,880 rows or more) that follows an insert of no
    # rows into the same table in one transaction.
    con.execute("INSERT INTO touched VALUES (NULL, 0, 0, 0)")
    yield
    con.execute("DROP TABLE touched")


def refresh(con: DuckDBPyConnection, fact: FactKind, customers: str, inherit: tuple[str, ...]) -> None:
    """Refill what sales inherit from first contacts, then recompute the sums of the touched cells.

    `customers` is the query of those whose rows came or go.
    """
    if fact is FactKind.SALE and inherit:
        _inherit(con, customers)
    _once(con)
    kpis = numbered_kpis(con)
    refresh_touched(con, kpis, fact)
    if fact is FactKind.INTERACTION and _sources_that_inherit(con):
        con.execute("DELETE FROM touched WHERE day IS NOT NULL")
        _inherit(con, customers)
        _once(con)
        refresh_touched(con, kpis, FactKind.SALE)


def _once(con: DuckDBPyConnection) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT * FROM touched")


def _sources_that_inherit(con: DuckDBPyConnection) -> dict[int, list[str]]:
    """Return the numbers of the sources whose sales take fields from the customer's first interaction."""
    rows = con.execute(
        """SELECT s.id, p.definition->'inherit' FROM source s JOIN source_profile p ON p.key = s.key
        WHERE json_array_length(p.definition->'inherit') > 0
        QUALIFY row_number() OVER (PARTITION BY s.id ORDER BY p.version DESC) = 1"""
    ).fetchall()
    return {int(row[0]): json.loads(row[1]) for row in rows}


def _inherit(con: DuckDBPyConnection, customers: str) -> None:
    """Give sales without a touchpoint (segment, lead day) those of the customer's first interaction.

    The cells that sales leave and enter are added to ``touched``.
    """
    for source_id, names in _sources_that_inherit(con).items():
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE first_contact AS
            SELECT customer, arg_min(touchpoint_id, occurred_at) AS touchpoint_id,
                   arg_min(segment_id, occurred_at) AS segment_id, min(day) AS lead_day
            FROM interaction WHERE superseded_by IS NULL AND customer IN ({customers}) GROUP BY customer"""
        )
        mine = f"source_id = {source_id} AND customer IN ({customers})"
        con.execute(f"INSERT INTO touched SELECT {CELL_LIST} FROM sale WHERE {mine}")
        sets = {
            "touchpoint": "touchpoint_id = coalesce(c.touchpoint_id, 0)",
            "segment": "segment_id = coalesce(c.segment_id, 0)",
            "lead_day": "lead_day = c.lead_day",
        }
        chosen = ", ".join(sets[name] for name in names if name in sets)
        if chosen:
            con.execute(
                f"UPDATE sale SET {chosen} FROM (SELECT customer, any_value(f.touchpoint_id) AS touchpoint_id, "
                "any_value(f.segment_id) AS segment_id, any_value(f.lead_day) AS lead_day "
                f"FROM (SELECT DISTINCT customer FROM sale WHERE {mine}) LEFT JOIN first_contact f USING (customer) "
                f"GROUP BY customer) c WHERE sale.customer = c.customer AND sale.source_id = {source_id}"
            )
        con.execute(f"INSERT INTO touched SELECT {CELL_LIST} FROM sale WHERE {mine}")
        con.execute("DROP TABLE first_contact")
