"""Taking a batch out exactly."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.fact import FactKind
from ocem.errors import N_, NotFound
from ocem.store import access, audit, journey
from ocem.store.batch.staged import count
from ocem.store.batch.touched import CELL_LIST, refresh, touched
from ocem.store.daily import CELL
from ocem.store.database import Database

_WITH_CUSTOMER = (FactKind.INTERACTION, FactKind.SALE, FactKind.RESPONSE)


@dataclass(frozen=True)
class UndoResult:
    """Rows taken out, earlier versions that count again, rows that a later batch keeps."""

    batch: int
    removed: int
    restored: int
    kept: int


def undo(database: Database, batch: int, actor: str | None = None) -> UndoResult:
    """Take a batch out exactly: what it superseded counts again, what a later batch brought too stays with that one.

    Raises
    ------
    NotFound
        If no live batch has this number.
    """
    access.require(Right.IMPORT)
    with database.write() as con:
        row = con.execute(
            "SELECT fact, receipt->'inherit' FROM import_batch WHERE id = ? AND status = 'live'", [batch]
        ).fetchone()
        if row is None:
            raise NotFound(N_("There is no stored batch {batch} to undo."), batch=batch)
        fact = FactKind(row[0])
        inherit = tuple(json.loads(row[1] or "[]"))
        table = fact.value
        journey.note_batch(con, fact, batch)
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE leaving AS
            SELECT f.source_id, f.key_hash, f.superseded_by, f.customer_key,
                   f.day, f.touchpoint_id, f.segment_id, f.phase_id,
                   (SELECT min(batch_id) FROM sighting s WHERE s.fact = '{table}' AND s.source_id = f.source_id
                    AND s.key_hash = f.key_hash AND s.batch_id > f.batch_id
                    AND s.batch_id < coalesce(f.superseded_by, 2147483647)) AS heir
            FROM (SELECT *, {"customer" if fact in _WITH_CUSTOMER else "NULL"} AS customer_key FROM {table}
                  WHERE batch_id = ?) f""",
            [batch],
        )
        kept = count(con, "SELECT count(*) FROM leaving WHERE heir IS NOT NULL")
        removed = count(con, "SELECT count(*) FROM leaving WHERE heir IS NULL")
        with touched(con):
            con.execute(f"INSERT INTO touched SELECT {CELL_LIST} FROM leaving WHERE heir IS NULL")
            restored = _reopen_older(con, table, batch)
            _hand_over(con, table, batch)
            con.execute(f"DELETE FROM {table} WHERE batch_id = ?", [batch])
            con.execute("DELETE FROM sighting WHERE fact = ? AND batch_id = ?", [table, batch])
            con.execute(
                "UPDATE import_batch SET status = 'undone', undone_at = ? WHERE id = ?", [datetime.now(UTC), batch]
            )
            refresh(con, fact, "SELECT customer_key FROM leaving", inherit)
        journey.refresh_if_small(con)
        con.execute("DROP TABLE leaving")
        audit.record(con, "undo", str(batch), {"removed": removed, "restored": restored, "kept": kept}, actor=actor)
    return UndoResult(batch, removed, restored, kept)


def _reopen_older(con: DuckDBPyConnection, table: str, batch: int) -> int:
    """Versions that the leaving rows superseded pass to the heir, to the next later version, or count again."""
    con.execute(
        f"""INSERT INTO touched SELECT {", ".join(f"f.{name}" for name in CELL)}
        FROM {table} f JOIN leaving l USING (source_id, key_hash)
        WHERE f.superseded_by = {batch} AND l.heir IS NULL AND l.superseded_by IS NULL"""
    )
    restored = count(
        con,
        f"SELECT count(*) FROM {table} f JOIN leaving l USING (source_id, key_hash) "
        f"WHERE f.superseded_by = {batch} AND l.heir IS NULL AND l.superseded_by IS NULL",
    )
    con.execute(
        f"UPDATE {table} SET superseded_by = coalesce(l.heir, l.superseded_by) FROM leaving l "
        f"WHERE {table}.source_id = l.source_id AND {table}.key_hash = l.key_hash AND {table}.superseded_by = {batch}"
    )
    return restored


def _hand_over(con: DuckDBPyConnection, table: str, batch: int) -> None:
    """Rows that a later batch brought unchanged become that batch's own."""
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE handed AS SELECT s.batch_id, s.line, s.source_id, s.key_hash
        FROM sighting s JOIN leaving l ON l.source_id = s.source_id AND l.key_hash = s.key_hash AND l.heir = s.batch_id
        WHERE s.fact = '{table}'"""
    )
    con.execute(
        f"UPDATE {table} SET batch_id = h.batch_id, line = h.line FROM handed h "
        f"WHERE {table}.batch_id = {batch} AND {table}.source_id = h.source_id AND {table}.key_hash = h.key_hash"
    )
    con.execute(
        f"DELETE FROM sighting USING handed h WHERE sighting.fact = '{table}' AND sighting.batch_id = h.batch_id "
        "AND sighting.source_id = h.source_id AND sighting.key_hash = h.key_hash"
    )
    con.execute("DROP TABLE handed")
