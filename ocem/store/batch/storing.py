"""Storing a batch: facts, versions of the same record, daily sums and the record of it, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ocem.domain.access import Right
from ocem.errors import N_, Refused
from ocem.store import access, audit, erasure, journey, retention
from ocem.store.batch.comparison import compare_with_live, count_lines, span
from ocem.store.batch.history import find_live_upload, record
from ocem.store.batch.rows import in_place_of, insert_rows, name_members
from ocem.store.batch.staged import Counts, Staged, columns_of, source_number, texts_of
from ocem.store.batch.touched import CELL_LIST, refresh, touched
from ocem.store.database import Database
from ocem.store.known_key import KnownKeys
from ocem.store.member import propose_members

_DIMENSIONS = ("touchpoint", "segment", "phase", "dmu_role")


@dataclass(frozen=True)
class CommitResult:
    """The number of the stored batch and its counts."""

    batch: int
    counts: Counts


def classify(database: Database, staged: Staged) -> Counts:
    """Say what storing the staged rows would do, storing nothing.

    Counted against everything stored, also where the importing person sees less of it: so will storing be.
    """
    access.require(Right.IMPORT)
    with access.acting(access.SYSTEM), database.cursor() as con:
        con.execute("BEGIN TRANSACTION")
        try:
            columns = columns_of(con, staged.rows)
            proposed: list[tuple[str, str]] = []
            for dimension in _DIMENSIONS:
                if dimension in columns:
                    texts = propose_members(con, dimension, texts_of(con, staged.rows, dimension))
                    proposed.extend((dimension, text) for text in texts)
            known = KnownKeys(con, database.keys_folder, staged.fact)
            compare_with_live(con, staged, source_number(con, staged.source, create=False), known)
            accepted, updated, unchanged = count_lines(con, staged)
            return Counts(accepted, updated, unchanged, tuple(proposed), *span(con, staged))
        finally:
            con.execute("ROLLBACK")


def commit(
    database: Database,
    staged: Staged,
    imported_at: datetime | None = None,
    actor: str | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> CommitResult:
    """Store a batch: facts, superseded versions, daily sums of the touched cells and the record, all or nothing.

    `progress` is told the share that is done, the last time before anything holds; what it raises undoes all.

    Raises
    ------
    Refused
        If the same file with the same profile is live already.
    """
    access.require(Right.IMPORT)
    with database.write() as con:
        double = find_live_upload(con, staged.sha256, staged.sheet, staged.source)
        if double is not None:
            raise Refused(N_("This file is already stored as batch {batch}. Nothing was changed."), batch=double)
        columns = columns_of(con, staged.rows)
        proposed: list[tuple[str, str]] = []
        for dimension in _DIMENSIONS:
            if dimension in columns:
                texts = propose_members(con, dimension, texts_of(con, staged.rows, dimension))
                proposed.extend((dimension, text) for text in texts)
        source_id = source_number(con, staged.source, create=True)
        assert source_id is not None
        known = KnownKeys(con, database.keys_folder, staged.fact)
        compare_with_live(con, staged, source_id, known)
        counts = Counts(*count_lines(con, staged), tuple(proposed), *span(con, staged))
        progress(0.1)
        number = con.execute("SELECT nextval('batch_number')").fetchone()
        assert number is not None
        batch = int(number[0])
        table = staged.fact.value
        if con.execute("SELECT 1 FROM seen WHERE NOT same LIMIT 1").fetchone():
            con.execute(
                f"UPDATE {table} SET superseded_by = ? FROM seen s WHERE {table}.rowid = s.row_id AND NOT s.same",
                [batch],
            )
        con.execute(
            "INSERT INTO sighting SELECT ?, ?, s.line, ?, s.key_hash FROM seen s WHERE s.same",
            [table, batch, source_id],
        )
        name_members(con)
        with in_place_of(con, database.folder, staged, columns) as instead:
            insert_rows(con, staged, batch, source_id, columns, instead)
        known.note(con, batch)
        progress(0.5)
        erasure.keep_out(con, staged.fact, batch)
        retention.keep_out(con, staged.fact, batch)
        with touched(con):
            con.execute(f"INSERT INTO touched SELECT {CELL_LIST} FROM seen WHERE NOT same")
            con.execute(f"INSERT INTO touched SELECT DISTINCT {CELL_LIST} FROM {table} WHERE batch_id = ?", [batch])
            refresh(con, staged.fact, f"SELECT customer FROM {table} WHERE batch_id = {batch}", staged.inherit)
        progress(0.9)
        journey.note_batch(con, staged.fact, batch)
        journey.refresh_if_small(con)
        con.execute("INSERT INTO batch_day SELECT DISTINCT ?, day FROM read_parquet(?)", [batch, str(staged.rows)])
        record(con, staged, batch, counts, imported_at or datetime.now(UTC))
        audit.record(con, "import", str(batch), {"file": staged.file, "source": staged.source}, actor=actor)
        progress(1.0)
    return CommitResult(batch, counts)
