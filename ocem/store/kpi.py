"""The KPI catalogue, versioned: a changed definition gets a new number and its own sums."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from ocem.domain.kpi import Kpi
from ocem.errors import N_, NotFound
from ocem.store.aggregate import check_kpi
from ocem.store.definition.kpi import kpi_document, parse_kpi


def numbered_kpis(con: DuckDBPyConnection) -> list[tuple[int, Kpi]]:
    """Return the definitions in force with the numbers under which their sums are kept."""
    rows = con.execute("SELECT id, key, version, definition FROM kpi WHERE current ORDER BY id").fetchall()
    return [(int(row[0]), replace(parse_kpi(row[1], json.loads(row[3])), version=row[2])) for row in rows]


def list_kpis(con: DuckDBPyConnection) -> list[Kpi]:
    """Return the definitions in force."""
    return [kpi for _, kpi in numbered_kpis(con)]


def find_kpi(con: DuckDBPyConnection, key: str) -> tuple[int, Kpi]:
    """Return one definition in force and its number.

    Raises
    ------
    NotFound
        Naming the known keys.
    """
    for number, kpi in numbered_kpis(con):
        if kpi.key == key:
            return number, kpi
    raise NotFound(N_("No KPI is called {key}."), key=key)


def save_kpi(con: DuckDBPyConnection, kpi: Kpi) -> int | None:
    """Store a definition; return its new number, or None when it was already in force as it is.

    Raises
    ------
    DefinitionError
        If it names what is not there.
    """
    check_kpi(kpi)
    document = kpi_document(kpi)
    row = con.execute("SELECT version, definition FROM kpi WHERE key = ? AND current", [kpi.key]).fetchone()
    if row and json.loads(row[1]) == document:
        return None
    version = int(row[0]) + 1 if row else 1
    con.execute("UPDATE kpi SET current = false WHERE key = ?", [kpi.key])
    number = con.execute("SELECT coalesce(max(id), 0) + 1 FROM kpi").fetchone()
    assert number is not None
    con.execute(
        "INSERT INTO kpi VALUES (?, ?, ?, ?, ?, true)",
        [number[0], kpi.key, version, json.dumps(document), datetime.now(UTC)],
    )
    return int(number[0])
