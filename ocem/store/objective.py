"""Objectives, initiatives and frozen baselines, versioned and never overwritten."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.objective import Initiative, Objective
from ocem.errors import N_, NotFound
from ocem.store.definition.initiative import initiative_document, parse_initiative
from ocem.store.definition.objective import objective_document, parse_objective


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
    return [parse_initiative(key, document, version) for key, version, document in _newest(con, "initiative")]


def find_initiative(con: DuckDBPyConnection, key: str) -> Initiative:
    """Return one initiative in force.

    Raises
    ------
    NotFound
        If none bears this key.
    """
    for found, version, document in _newest(con, "initiative", key):
        return parse_initiative(found, document, version)
    raise NotFound(N_("No initiative is called {key}."), key=key)


def save_initiative(con: DuckDBPyConnection, initiative: Initiative) -> int:
    """Store an initiative; a change makes a new version. Return the version in force."""
    return _save(con, "initiative", initiative.key, initiative_document(initiative))


def initiative_versions(con: DuckDBPyConnection, key: str) -> list[tuple[datetime, int]]:
    """Return when each version of an initiative was saved, newest first."""
    rows = con.execute("SELECT saved_at, version FROM initiative WHERE key = ? ORDER BY version DESC", [key]).fetchall()
    return [(row[0], int(row[1])) for row in rows]


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
    """Return the baseline in force for the objective; see `first_baselines`."""
    return first_baselines(con, objective).get(objective)


def first_baselines(con: DuckDBPyConnection, objective: str | None = None) -> dict[str, BaselineRecord]:
    """Return the first baseline of every objective that has one, or of one objective.

    Later ones never replace what was known before go-live. One that was frozen for another KPI, perimeter, initiative
    or window than the definition in force now does not count: it says nothing about it.
    """
    in_force = {key: document for key, _, document in _newest(con, "objective", objective)}
    found: dict[str, BaselineRecord] = {}
    for record in list_baselines(con, objective):
        defined = _version(con, record.objective, record.objective_version)
        if defined is None or _material(defined) == _material(in_force.get(record.objective, defined)):
            found.setdefault(record.objective, record)
    return found


def list_baselines(con: DuckDBPyConnection, objective: str | None = None) -> list[BaselineRecord]:
    """Return every baseline ever frozen, oldest first, of all objectives or of one."""
    rows = con.execute(
        "SELECT objective, objective_version, frozen_at, frozen_by, figures, hash FROM baseline "
        "WHERE ? IS NULL OR objective = ? ORDER BY frozen_at, objective",
        [objective, objective],
    ).fetchall()
    return [BaselineRecord(row[0], int(row[1]), row[2], row[3], json.loads(row[4]), row[5]) for row in rows]


_MATERIAL = ("kpi", "perimeter", "initiative", "baseline")
"""What a before figure depends on; owner, target, threshold and deadline may change without touching it."""


def _material(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document.get(name) or None for name in _MATERIAL}


def _version(con: DuckDBPyConnection, key: str, version: int) -> dict[str, Any] | None:
    row = con.execute("SELECT definition FROM objective WHERE key = ? AND version = ?", [key, version]).fetchone()
    return json.loads(row[0]) if row else None


@dataclass(frozen=True)
class ObjectiveVersion:
    """One saved definition of an objective and, where it was changed later, what had been found under it."""

    objective: Objective
    saved_at: datetime
    finding: dict[str, Any] | None
    recorded_at: datetime | None


def objective_versions(con: DuckDBPyConnection, key: str) -> list[ObjectiveVersion]:
    """Return the definitions of an objective, newest first, each with the last finding under it."""
    rows = con.execute(
        "SELECT o.version, o.definition, o.saved_at, v.finding, v.recorded_at FROM objective o LEFT JOIN "
        "(FROM objective_verdict QUALIFY row_number() OVER (PARTITION BY objective, objective_version "
        "ORDER BY recorded_at DESC) = 1) v ON v.objective = o.key AND v.objective_version = o.version "
        "WHERE o.key = ? ORDER BY o.version DESC",
        [key],
    ).fetchall()
    return [
        ObjectiveVersion(
            parse_objective(key, json.loads(row[1]), int(row[0])),
            row[2],
            json.loads(row[3]) if row[3] else None,
            row[4],
        )
        for row in rows
    ]


def keep_finding(con: DuckDBPyConnection, key: str, version: int, finding: dict[str, Any]) -> None:
    """Keep what was found under a version of an objective that is about to be changed."""
    con.execute(
        "INSERT INTO objective_verdict VALUES (?, ?, ?, ?)", [key, version, datetime.now(UTC), json.dumps(finding)]
    )
