"""One customer's records: what is known, and taking the person out while every total stays.

Erasing empties the pseudonym, the external number and the comment of the customer's facts and keeps a mark under which
files that bring the customer again are stored without the pseudonym. Sums by day and cell do not change, so verdicts,
frozen baselines and closed reviews, which hold totals only, stay as they were.
"""

from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.fact import FactKind
from ocem.errors import N_, NotFound
from ocem.store import access, audit, bucket, contact
from ocem.store.database import Database
from ocem.store.kpi import numbered_kpis

FACTS = frozenset(fact.value for fact in FactKind)
"""Rows of these stay, emptied, so that totals stay; derived rows of a customer, such as journeys, go."""
PERSONAL = ("customer", "external_id", "comment")
"""Columns that can lead back to a person."""


@dataclass(frozen=True)
class Erased:
    """Proof of an erasure: rows changed by table, rows that still lead to the customer (none), entry of the log."""

    rows: dict[str, int]
    left: int
    entry: int


def tables_about_people(con: DuckDBPyConnection) -> dict[str, list[str]]:
    """Return every stored table with a customer in it, and its personal columns."""
    rows = con.execute(
        "SELECT t.table_name, list(c.column_name) FILTER (list_contains(?, c.column_name)) "
        "FROM duckdb_tables() t JOIN duckdb_columns() c USING (database_name, schema_name, table_name) "
        "WHERE NOT t.temporary AND NOT t.internal AND t.table_name <> 'forgotten' "
        "GROUP BY ALL HAVING bool_or(c.column_name = 'customer') ORDER BY ALL",
        [list(PERSONAL)],
    ).fetchall()
    return {name: list(columns) for name, columns in rows}


def about(database: Database, customer: int) -> dict[str, list[dict[str, Any]]]:
    """Return every stored row of a customer, by table.

    Raises
    ------
    Forbidden
        If the acting person is no administrator.
    """
    access.require(Right.ADMINISTER)
    found: dict[str, list[dict[str, Any]]] = {}
    with database.cursor() as con:
        for table in tables_about_people(con):
            cursor = con.execute(f'SELECT * FROM "{table}" WHERE customer = ?', [customer])
            names = [item[0] for item in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            if rows:
                found[table] = rows
    if found:
        with database.write() as con:
            audit.record(con, "about", None, {"rows": {table: len(rows) for table, rows in found.items()}})
    return found


def forget(database: Database, customer: int) -> Erased:
    """Take a customer out of every table and remember to keep the customer out.

    Raises
    ------
    NotFound
        If nothing is stored about the customer.
    Forbidden
        If the acting person is no administrator.
    """
    access.require(Right.ADMINISTER)
    with database.write() as con:
        weeks, answered = contact.weeks_of(con, customer), _has_answered(con, customer)
        rows: dict[str, int] = {}
        for table, columns in tables_about_people(con).items():
            emptied = ", ".join(f"{column} = NULL" for column in columns)
            change = f'UPDATE "{table}" SET {emptied}' if table in FACTS else f'DELETE FROM "{table}"'
            done = con.execute(f"{change} WHERE customer = ?", [customer]).fetchone()
            if done and done[0]:
                rows[table] = int(done[0])
        if not rows:
            raise NotFound(N_("Nothing is stored about this customer."))
        contact.recount(con, weeks)
        bucket.recount(con, numbered_kpis(con), weeks, answered)
        con.execute("INSERT INTO forgotten VALUES (?, now())", [customer])
        left = sum(
            int(con.execute(f'SELECT count(*) FROM "{table}" WHERE customer = ?', [customer]).fetchall()[0][0])
            for table in tables_about_people(con)
        )
        audit.record(con, "forget", None, {"rows": rows, "left": left})
        entry = audit.entries(con, 1)[0].seq
    return Erased(rows, left, entry)


def _has_answered(con: DuckDBPyConnection, customer: int) -> bool:
    return con.execute("SELECT 1 FROM response WHERE customer = ? LIMIT 1", [customer]).fetchone() is not None


def keep_out(con: DuckDBPyConnection, fact: FactKind, batch: int) -> None:
    """Empty what a new batch brings about customers who were taken out."""
    if not con.execute("SELECT 1 FROM forgotten LIMIT 1").fetchone():
        return
    columns = tables_about_people(con).get(fact.value, [])
    if columns:
        emptied = ", ".join(f"{column} = NULL" for column in columns)
        con.execute(
            f"UPDATE {fact.value} SET {emptied} WHERE batch_id = ? AND customer IN (SELECT customer FROM forgotten)",
            [batch],
        )
