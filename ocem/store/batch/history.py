"""The record of every import: counts, refused lines, files that brought nothing new."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.batch import Reject
from ocem.store.batch.staged import Counts, Staged, source_number
from ocem.store.database import Database


@dataclass(frozen=True)
class BatchRecord:
    """One line of the import history."""

    id: int
    file: str
    sheet: str | None
    source: str
    fact: str
    sha256: str
    imported_at: datetime
    rows_read: int
    accepted: int
    updated: int
    unchanged: int
    rejected: int
    skipped: int
    first_day: date | None
    last_day: date | None
    status: str
    undone_at: datetime | None
    receipt: dict[str, Any]


def record(con: DuckDBPyConnection, staged: Staged, batch: int, counts: Counts, imported_at: datetime) -> None:
    """Write the line of the import history, the receipt and the refused cells."""
    receipt = {
        "detected": asdict(staged.detected),
        "skips": [asdict(item) for item in staged.skips[:1000]],
        "warnings": [asdict(item) for item in staged.warnings[:1000]],
        "proposed_members": [list(item) for item in counts.proposed],
        "inherit": list(staged.inherit),
    }
    con.execute(
        "INSERT INTO import_batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'live', NULL)",
        [
            batch,
            staged.sha256,
            staged.file,
            staged.sheet,
            staged.source,
            staged.fact.value,
            staged.profile_version,
            imported_at,
            staged.rows_read,
            counts.accepted,
            counts.updated,
            counts.unchanged,
            len({item.line for item in staged.rejects}),
            staged.rows_read
            - counts.accepted
            - counts.updated
            - counts.unchanged
            - len({item.line for item in staged.rejects}),
            counts.first_day,
            counts.last_day,
            json.dumps(receipt, default=str),
        ],
    )
    if staged.rejects:
        con.execute(
            "INSERT INTO reject SELECT ?, unnest(?), unnest(?), unnest(?), unnest(?)",
            [
                batch,
                [item.line for item in staged.rejects],
                [item.column for item in staged.rejects],
                [item.value for item in staged.rejects],
                [item.code for item in staged.rejects],
            ],
        )


@dataclass(frozen=True)
class Repeat:
    """A file that brought rows of a batch again and nothing new."""

    file: str
    seen_at: datetime
    n_rows: int


def note_repeat(database: Database, staged: Staged, seen_at: datetime | None = None) -> None:
    """Remember that a file without news carried rows of these batches, so that their undo can name it."""
    with database.write() as con:
        source_id = source_number(con, staged.source, create=False)
        con.execute(
            f"""INSERT INTO repeated_upload
            SELECT f.batch_id, ?, ?, ?, count(DISTINCT p.line)
            FROM {staged.fact.value} f JOIN read_parquet(?) p ON p.key_hash = f.key_hash
            WHERE f.source_id = ? AND f.superseded_by IS NULL GROUP BY f.batch_id""",
            [staged.file, staged.sha256, seen_at or datetime.now(UTC), str(staged.rows), source_id],
        )


def repeats_of(con: DuckDBPyConnection, batch: int) -> list[Repeat]:
    """Return the files that brought rows of a batch again and nothing new, newest first; a file counts once."""
    rows = con.execute(
        "SELECT arg_max(file, seen_at), max(seen_at) AS latest, arg_max(n_rows, seen_at) FROM repeated_upload "
        "WHERE batch_id = ? GROUP BY sha256 ORDER BY latest DESC",
        [batch],
    ).fetchall()
    return [Repeat(row[0], row[1], int(row[2])) for row in rows]


def list_batches(con: DuckDBPyConnection) -> list[BatchRecord]:
    """Return the import history, newest first, undone batches included."""
    names = [item.name for item in fields(BatchRecord)]
    rows = con.execute(f"SELECT {', '.join(names)} FROM import_batch ORDER BY id DESC").fetchall()
    return [BatchRecord(**dict(zip(names[:-1], row[:-1], strict=True)), receipt=json.loads(row[-1])) for row in rows]


def rejects_of(con: DuckDBPyConnection, batch: int) -> list[Reject]:
    """Return the rows of a batch that were refused, in the order of the file."""
    rows = con.execute(
        "SELECT line, col, value, code FROM reject WHERE batch_id = ? ORDER BY line, col", [batch]
    ).fetchall()
    return [Reject(int(row[0]), row[1], row[2], row[3]) for row in rows]


def find_live_upload(con: DuckDBPyConnection, sha256: str, sheet: str | None, source: str) -> int | None:
    """Return the live batch that holds the same bytes, sheet and profile, or None."""
    row = con.execute(
        "SELECT id FROM import_batch WHERE sha256 = ? AND sheet IS NOT DISTINCT FROM ? AND source = ? "
        "AND status = 'live'",
        [sha256, sheet, source],
    ).fetchone()
    return int(row[0]) if row else None


def source_states(con: DuckDBPyConnection) -> list[tuple[str, str, date | None, datetime, int]]:
    """Return for every source with live batches: key, fact, last day of data, last import, number of batches."""
    return [
        (row[0], row[1], row[2], row[3], int(row[4]))
        for row in con.execute(
            "SELECT source, any_value(fact), max(last_day), max(imported_at), count(*) FROM import_batch "
            "WHERE status = 'live' GROUP BY source ORDER BY source"
        ).fetchall()
    ]
