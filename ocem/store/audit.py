"""Who did what and when: entries are only added, and each carries the hash of the one before.

A changed, removed or inserted entry breaks the chain at that place; `broken` says where. Who holds the file can
of course write a whole new chain: the last hash, kept elsewhere, is what proves that nobody did.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.store import access

FIRST = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One line of the audit log."""

    seq: int
    done_at: datetime
    actor: str
    action: str
    subject: str | None
    details: dict[str, Any]
    previous: str
    hash: str


def record(
    con: DuckDBPyConnection,
    action: str,
    subject: str | None = None,
    details: dict[str, Any] | None = None,
    *,
    actor: str | None = None,
    at: datetime | None = None,
) -> None:
    """Add an entry inside the caller's transaction; the actor is who acts now unless named."""
    row = con.execute("SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1").fetchone()
    seq, previous = (int(row[0]) + 1, str(row[1])) if row else (1, FIRST)
    done_at = at or datetime.now(UTC)
    who = actor or access.person().name
    text = json.dumps(details or {}, default=str, ensure_ascii=False, sort_keys=True)
    seal = _seal(seq, done_at, who, action, subject, text, previous)
    con.execute(
        "INSERT INTO audit_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [seq, done_at, who, action, subject, text, previous, seal],
    )


def entries(con: DuckDBPyConnection, limit: int = 500, before: int | None = None) -> list[Entry]:
    """Return the newest entries first, below a number where one is given."""
    rows = con.execute(
        "SELECT seq, done_at, actor, action, subject, details, previous, hash FROM audit_entry "
        "WHERE seq < coalesce(?, 9223372036854775807) ORDER BY seq DESC LIMIT ?",
        [before, limit],
    ).fetchall()
    return [
        Entry(seq, done_at, actor, action, subject, json.loads(details), previous, seal)
        for seq, done_at, actor, action, subject, details, previous, seal in rows
    ]


def broken(con: DuckDBPyConnection) -> int | None:
    """Return the number of the first entry that does not fit the chain, or None when all do."""
    previous, expected = FIRST, 1
    rows = con.execute(
        "SELECT seq, done_at, actor, action, subject, details, previous, hash FROM audit_entry ORDER BY seq"
    ).fetchall()
    for seq, done_at, actor, action, subject, details, before, seal in rows:
        if seq != expected or before != previous:
            return int(expected)
        if seal != _seal(seq, done_at, actor, action, subject, details, before):
            return int(seq)
        previous, expected = seal, seq + 1
    return None


def _seal(
    seq: int, done_at: datetime, actor: str, action: str, subject: str | None, details: str, previous: str
) -> str:
    stamp = done_at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps([seq, stamp, actor, action, subject, details, previous], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
