"""Objectives, initiatives and frozen baselines, versioned and never overwritten."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.objective import Initiative, Objective
from ocem.errors import N_, NotFound
from ocem.store.definition import initiative_document, objective_document, parse_initiative, parse_objective


@dataclass(frozen=True)
class BaselineRecord:
    """Frozen figures with the hash that proves them, who froze them and when."""

    objective: str
    objective_version: int
    frozen_at: datetime
    frozen_by: str
    figures: dict[str, Any]
    hash: str


def _newest(con: DuckDBPyConnection, table: str, key: str | None = None) -> list[tuple[str, int, dict[str, Any]]]:
    rows = con.execute(
        f"SELECT key, version, definition FROM {table} WHERE ? IS NULL OR key = ? "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1 ORDER BY min(saved_at) OVER "
        "(PARTITION BY key), key",
        [key, key],
    ).fetchall()
    return [(row[0], int(row[1]), json.loads(row[2])) for row in rows]


def _save(con: DuckDBPyConnection, table: str, key: str, document: dict[str, Any]) -> int:
    """Store a document as a new version unless it is in force as it is; return the version in force."""
    document = json.loads(json.dumps(document))
    known = _newest(con, table, key)
    if known and known[0][2] == document:
        return known[0][1]
    row = con.execute(f"SELECT coalesce(max(version), 0) + 1 FROM {table} WHERE key = ?", [key]).fetchone()
    assert row is not None
    con.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?)", [key, row[0], json.dumps(document), datetime.now(UTC)])
    return int(row[0])


def list_objectives(con: DuckDBPyConnection) -> list[Objective]:
    """Return the objectives in force."""
    return [parse_objective(key, document, version) for key, version, document in _newest(con, "objective")]


def find_objective(con: DuckDBPyConnection, key: str) -> Objective:
    """Return one objective in force.

    Raises
    ------
    NotFound
        If none bears this key.
    """
    for found, version, document in _newest(con, "objective", key):
        return parse_objective(found, document, version)
    raise NotFound(N_("No objective is called {key}."), key=key)


def save_objective(con: DuckDBPyConnection, objective: Objective) -> int:
    """Store an objective; a change makes a new version. Return the version in force."""
    return _save(con, "objective", objective.key, objective_document(objective))


def list_initiatives(con: DuckDBPyConnection) -> list[Initiative]:
    """Return the initiatives in force."""
    return [parse_initiative(key, document) for key, _, document in _newest(con, "initiative")]


def find_initiative(con: DuckDBPyConnection, key: str) -> Initiative:
    """Return one initiative in force.

    Raises
    ------
    NotFound
        If none bears this key.
    """
    for found, _, document in _newest(con, "initiative", key):
        return parse_initiative(found, document)
    raise NotFound(N_("No initiative is called {key}."), key=key)


def save_initiative(con: DuckDBPyConnection, initiative: Initiative) -> int:
    """Store an initiative; a change makes a new version. Return the version in force."""
    return _save(con, "initiative", initiative.key, initiative_document(initiative))


def save_baseline(con: DuckDBPyConnection, record: BaselineRecord) -> None:
    """Keep frozen figures; the last one kept for an objective is in force."""
    con.execute(
        "INSERT INTO baseline VALUES (?, ?, ?, ?, ?, ?)",
        [
            record.objective,
            record.objective_version,
            record.frozen_at,
            record.frozen_by,
            json.dumps(record.figures),
            record.hash,
        ],
    )


def find_baseline(con: DuckDBPyConnection, objective: str) -> BaselineRecord | None:
    """Return the first baseline frozen for the objective: later ones never replace what was known before go-live."""
    return first_baselines(con, objective).get(objective)


def first_baselines(con: DuckDBPyConnection, objective: str | None = None) -> dict[str, BaselineRecord]:
    """Return the first baseline of every objective that has one, or of one objective."""
    rows = con.execute(
        "SELECT objective, objective_version, frozen_at, frozen_by, figures, hash FROM baseline "
        "WHERE ? IS NULL OR objective = ? QUALIFY row_number() OVER (PARTITION BY objective ORDER BY frozen_at) = 1",
        [objective, objective],
    ).fetchall()
    return {row[0]: BaselineRecord(row[0], int(row[1]), row[2], row[3], json.loads(row[4]), row[5]) for row in rows}
