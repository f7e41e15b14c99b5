"""Declared things kept as versioned documents: a change makes a new version, nothing is overwritten."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from duckdb import DuckDBPyConnection

Document = dict[str, Any]


@dataclass(frozen=True)
class Version:
    """A saved version of something declared."""

    key: str
    version: int
    document: Document
    saved_at: datetime


def plain(item: Any) -> Document:
    """Return a dataclass as a document: days as ISO texts, without its key and version."""
    found: Document = json.loads(json.dumps(asdict(item), default=_plain))
    found.pop("key", None)
    found.pop("version", None)
    return found


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def day(value: str | None) -> date | None:
    """Read a day back."""
    return date.fromisoformat(value) if value else None


def newest(con: DuckDBPyConnection, table: str, key: str | None = None) -> list[Version]:
    """Return the versions in force, in the order in which the keys were first saved."""
    rows = con.execute(
        f"SELECT key, version, definition, saved_at FROM {table} WHERE $key IS NULL OR key = $key "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1 "
        "ORDER BY min(saved_at) OVER (PARTITION BY key), key",
        {"key": key},
    ).fetchall()
    return [Version(row[0], int(row[1]), json.loads(row[2]), row[3]) for row in rows]


def every(con: DuckDBPyConnection, table: str, key: str | None = None) -> list[Version]:
    """Return all versions ever saved, oldest first."""
    rows = con.execute(
        f"SELECT key, version, definition, saved_at FROM {table} WHERE $key IS NULL OR key = $key "
        "ORDER BY saved_at, key, version",
        {"key": key},
    ).fetchall()
    return [Version(row[0], int(row[1]), json.loads(row[2]), row[3]) for row in rows]


def save(con: DuckDBPyConnection, table: str, key: str, item: Any, at: datetime | None = None) -> int:
    """Store a new version unless the one in force says the same; return the version in force."""
    document = plain(item)
    known = newest(con, table, key)
    if known and known[0].document == document:
        return known[0].version
    version = known[0].version + 1 if known else 1
    con.execute(
        f"INSERT INTO {table} VALUES (?, ?, ?, ?)",
        [key, version, json.dumps(document, ensure_ascii=False), at or datetime.now(UTC)],
    )
    return version
