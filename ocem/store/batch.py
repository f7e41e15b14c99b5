"""Import batches: facts, versions of the same record, daily sums and the record of it all in one transaction."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.batch import Detected, LineNote, Reject
from ocem.domain.fact import DAY_FIELD, FACT_FIELDS, FactKind, FieldType
from ocem.errors import N_, NotFound, Refused
from ocem.store import access, audit, erasure, journey, pseudonym, retention, screening
from ocem.store.daily import CELL, refresh_touched
from ocem.store.database import Database
from ocem.store.kpi import numbered_kpis
from ocem.store.member import propose_members

_DIMENSIONS = ("touchpoint", "segment", "phase", "dmu_role")
_CELL_LIST = ", ".join(CELL)


@dataclass(frozen=True)
class Staged:
    """Checked rows waiting to be stored, and what is to be remembered of their file."""

    rows: Path
    fact: FactKind
    source: str
    file: str
    sha256: str
    detected: Detected
    rows_read: int
    rejects: tuple[Reject, ...] = ()
    skips: tuple[LineNote, ...] = ()
    warnings: tuple[LineNote, ...] = ()
    inherit: tuple[str, ...] = ()
    sheet: str | None = None
    profile_version: int = 1
    been_through: int = 1
    """How many keys the customers' pseudonyms have been through; files are read under the first."""


@dataclass(frozen=True)
class Counts:
    """Lines by what storing them does; `proposed` are (dimension, text) that no member bears yet."""

    accepted: int
    updated: int
    unchanged: int
    proposed: tuple[tuple[str, str], ...] = ()
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class CommitResult:
    """The number of the stored batch and its counts."""

    batch: int
    counts: Counts


@dataclass(frozen=True)
class UndoResult:
    """Rows taken out, earlier versions that count again, rows that a later batch keeps."""

    batch: int
    removed: int
    restored: int
    kept: int


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


def _columns(con: DuckDBPyConnection, path: Path) -> set[str]:
    return {row[0] for row in con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()}


def _texts(con: DuckDBPyConnection, path: Path, column: str) -> list[str]:
    rows = con.execute(
        f"SELECT DISTINCT {column} FROM read_parquet(?) WHERE {column} IS NOT NULL", [str(path)]
    ).fetchall()
    return [str(row[0]) for row in rows]


def _source_id(con: DuckDBPyConnection, key: str, create: bool) -> int | None:
    row = con.execute("SELECT id FROM source WHERE key = ?", [key]).fetchone()
    if row or not create:
        return int(row[0]) if row else None
    con.execute("INSERT INTO source SELECT coalesce(max(id), 0) + 1, ? FROM source", [key])
    return _source_id(con, key, create=False)


def _compare_with_live(con: DuckDBPyConnection, staged: Staged, source_id: int | None) -> None:
    """Fill the temporary table ``seen``: keys of the file that a live row bears, and whether the content is the same.

    Staged keys are unique within a file, so one row here is one staged row. A key may come back on any day, so every
    stored key is looked at; the other columns are read only of the rows that were found.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE seen (row_id BIGINT, line INTEGER, key_hash UBIGINT, same BOOLEAN, day DATE, "
        "touchpoint_id USMALLINT, segment_id USMALLINT, phase_id USMALLINT)"
    )
    if source_id is None:
        return
    known = con.execute(
        f"SELECT 1 FROM {staged.fact.value} WHERE source_id = ? AND superseded_by IS NULL LIMIT 1", [source_id]
    ).fetchone()
    if not known:
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE found AS SELECT f.rowid AS row_id, p.line, p.row_hash "
        f"FROM {staged.fact.value} f JOIN read_parquet(?) p ON p.key_hash = f.key_hash",
        [str(staged.rows)],
    )
    if con.execute("SELECT 1 FROM found LIMIT 1").fetchone():
        con.execute(
            f"""INSERT INTO seen
            SELECT p.row_id, p.line, f.key_hash, p.row_hash = f.row_hash,
                   f.day, f.touchpoint_id, f.segment_id, f.phase_id
            FROM {staged.fact.value} f JOIN found p ON p.row_id = f.rowid
            WHERE f.source_id = ? AND f.superseded_by IS NULL""",
            [source_id],
        )
    con.execute("DROP TABLE found")


def _count_lines(con: DuckDBPyConnection, staged: Staged) -> tuple[int, int, int]:
    """Count lines new / updated / unchanged; a survey line with several answers counts once, by its newest part."""
    if not _count(con, "SELECT count(*) FROM seen"):
        lines = "DISTINCT line" if staged.fact is FactKind.RESPONSE else "*"
        row = con.execute(f"SELECT count({lines}) FROM read_parquet(?)", [str(staged.rows)]).fetchone()
        return int(row[0]) if row else 0, 0, 0
    row = con.execute(
        """WITH by_line AS (
            SELECT p.line, bool_or(s.key_hash IS NULL) AS some_new, bool_or(s.same = false) AS some_changed
            FROM read_parquet(?) p LEFT JOIN seen s ON s.key_hash = p.key_hash GROUP BY p.line)
        SELECT count(*) FILTER (WHERE some_new AND NOT coalesce(some_changed, false)),
               count(*) FILTER (WHERE coalesce(some_changed, false)),
               count(*) FILTER (WHERE NOT some_new AND NOT coalesce(some_changed, false)) FROM by_line""",
        [str(staged.rows)],
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


def _span(con: DuckDBPyConnection, staged: Staged) -> tuple[date | None, date | None]:
    row = con.execute("SELECT min(day), max(day) FROM read_parquet(?)", [str(staged.rows)]).fetchone()
    return (row[0], row[1]) if row else (None, None)


def classify(database: Database, staged: Staged) -> Counts:
    """Say what storing the staged rows would do, storing nothing.

    Counted against everything stored, also where the importing person sees less of it: so will storing be.
    """
    access.require(Right.IMPORT)
    with access.acting(access.SYSTEM), database.cursor() as con:
        con.execute("BEGIN TRANSACTION")
        try:
            columns = _columns(con, staged.rows)
            proposed: list[tuple[str, str]] = []
            for dimension in _DIMENSIONS:
                if dimension in columns:
                    texts = propose_members(con, dimension, _texts(con, staged.rows, dimension))
                    proposed.extend((dimension, text) for text in texts)
            _compare_with_live(con, staged, _source_id(con, staged.source, create=False))
            accepted, updated, unchanged = _count_lines(con, staged)
            return Counts(accepted, updated, unchanged, tuple(proposed), *_span(con, staged))
        finally:
            con.execute("ROLLBACK")


def _insert_rows(
    con: DuckDBPyConnection, staged: Staged, batch: int, source_id: int, columns: set[str], instead: dict[str, str]
) -> None:
    """Store the staged rows that are new or changed, members as numbers, in the order of their days.

    `instead` says for a column what is stored in place of what the file brought.
    """
    day_field = DAY_FIELD[staged.fact]
    targets = ["batch_id", "line", "source_id", "key_hash", "row_hash", "day"]
    values = [str(batch), "p.line", str(source_id), "p.key_hash", "p.row_hash", "p.day"]
    joins = ""
    for item in FACT_FIELDS[staged.fact]:
        if item.type is FieldType.MEMBER:
            targets.append(f"{item.name}_id")
            if item.name in columns:
                joins += (
                    f"\nLEFT JOIN member_name m_{item.name} ON m_{item.name}.dimension = '{item.name}'"
                    f" AND m_{item.name}.name = lower(p.{item.name})"
                )
                values.append(f"coalesce(m_{item.name}.id, 0)")
            else:
                values.append("0")
        elif item.name in columns and not (item.name == day_field and item.type is FieldType.DATE):
            targets.append(item.name)
            values.append(instead.get(item.name, f"p.{item.name}"))
    if staged.fact is FactKind.COST:
        targets += ["segment_id", "phase_id"]
        values += ["0", "0"]
    for piece in _pieces(con, staged):
        con.execute(
            f"INSERT INTO {staged.fact.value} ({', '.join(targets)})\n"
            f"SELECT {', '.join(values)} FROM read_parquet(?) p{joins}\n"
            "WHERE NOT EXISTS (FROM seen s WHERE s.key_hash = p.key_hash AND s.same)\nORDER BY p.day",
            [piece],
        )


def _pieces(con: DuckDBPyConnection, staged: Staged) -> list[str]:
    """Return the staged files one by one if their rows lie by days, so that no more than one is sorted at once.

    So it is with an export in the order of time; the rows of others are sorted as a whole. With rows that are stored
    already a piece might bring none, and an insert of none must not come before a large one (see `_touched`).
    """
    whole = [str(staged.rows)]
    if _count(con, "SELECT count(*) FROM seen"):
        return whole
    found = con.execute(
        """SELECT file_name, min(stats_min_value::DATE), max(stats_max_value::DATE), sum(row_group_num_rows)
        FROM parquet_metadata(?) WHERE path_in_schema = 'day' GROUP BY file_name ORDER BY 2, 1""",
        [str(staged.rows)],
    ).fetchall()
    if not found or any(low is None for _, low, _, _ in found):
        return whole
    days = max(high for _, _, high, _ in found) - min(low for _, low, _, _ in found)
    beside = sum((high - low).days * n_rows for _, low, high, n_rows in found)
    rows = sum(n_rows for *_, n_rows in found)
    return [str(name) for name, *_ in found] if 4 * beside <= days.days * rows else whole


def name_members(con: DuckDBPyConnection) -> None:
    """Fill the temporary table ``member_name``: every name a file may use for a member, folded, one number each."""
    con.execute(
        """CREATE OR REPLACE TEMP TABLE member_name AS
        SELECT dimension, name, min(id) AS id FROM (
            SELECT dimension, coalesce(merged_into, id) AS id,
                   unnest([lower(key), lower(label_it), lower(label_en)]) AS name
            FROM member WHERE id > 0)
        GROUP BY dimension, name"""
    )


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
        columns = _columns(con, staged.rows)
        proposed: list[tuple[str, str]] = []
        for dimension in _DIMENSIONS:
            if dimension in columns:
                texts = propose_members(con, dimension, _texts(con, staged.rows, dimension))
                proposed.extend((dimension, text) for text in texts)
        source_id = _source_id(con, staged.source, create=True)
        assert source_id is not None
        _compare_with_live(con, staged, source_id)
        counts = Counts(*_count_lines(con, staged), tuple(proposed), *_span(con, staged))
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
        with _in_place_of(con, database.folder, staged, columns) as instead:
            _insert_rows(con, staged, batch, source_id, columns, instead)
        progress(0.5)
        erasure.keep_out(con, staged.fact, batch)
        retention.keep_out(con, staged.fact, batch)
        with _touched(con):
            con.execute(f"INSERT INTO touched SELECT {_CELL_LIST} FROM seen WHERE NOT same")
            con.execute(f"INSERT INTO touched SELECT DISTINCT {_CELL_LIST} FROM {table} WHERE batch_id = ?", [batch])
            _refresh(con, staged.fact, batch, staged.inherit)
        progress(0.9)
        journey.note_batch(con, staged.fact, batch)
        journey.refresh_if_small(con)
        con.execute("INSERT INTO batch_day SELECT DISTINCT ?, day FROM read_parquet(?)", [batch, str(staged.rows)])
        _record(con, staged, batch, counts, imported_at or datetime.now(UTC))
        audit.record(con, "import", str(batch), {"file": staged.file, "source": staged.source}, actor=actor)
        progress(1.0)
    return CommitResult(batch, counts)


@contextmanager
def _in_place_of(con: DuckDBPyConnection, folder: Path, staged: Staged, columns: set[str]) -> Iterator[dict[str, str]]:
    """Lend what is stored in place of a file's customers and comments: later pseudonyms, comments without people."""
    instead: dict[str, str] = {}
    if screening.before_storing(con, folder, staged.fact, staged.rows, columns):
        instead["comment"] = "coalesce((SELECT c.said FROM clean_comment c WHERE c.raw = p.comment), p.comment)"
    with ExitStack() as lent:
        keys = pseudonym.later_keys(con, folder, staged.been_through) if "customer" in columns else ()
        if keys:
            given = con.execute(
                "SELECT DISTINCT customer FROM read_parquet(?) WHERE customer IS NOT NULL", [str(staged.rows)]
            ).fetchall()
            table = lent.enter_context(pseudonym.renamed(con, (int(row[0]) for row in given), keys))
            instead["customer"] = f"(SELECT r.kept FROM {table} r WHERE r.given = p.customer)"
        yield instead
    con.execute("DROP TABLE IF EXISTS clean_comment")


@contextmanager
def _touched(con: DuckDBPyConnection) -> Iterator[None]:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE touched (day DATE, touchpoint_id USMALLINT, segment_id USMALLINT, "
        "phase_id USMALLINT)"
    )
    # A row that matches nothing: DuckDB 2.0.0 hides a large insert (122,880 rows or more) that follows an insert of no
    # rows into the same table in one transaction.
    con.execute("INSERT INTO touched VALUES (NULL, 0, 0, 0)")
    yield
    con.execute("DROP TABLE touched")


def _refresh(con: DuckDBPyConnection, fact: FactKind, batch: int, inherit: tuple[str, ...]) -> None:
    """Refill what sales inherit from first contacts, then recompute the sums of the touched cells."""
    if fact is FactKind.SALE and inherit:
        _inherit(con, f"SELECT customer FROM sale WHERE batch_id = {batch}")
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT * FROM touched")
    kpis = numbered_kpis(con)
    refresh_touched(con, kpis, fact)
    if fact is FactKind.INTERACTION and _sources_that_inherit(con):
        con.execute("DELETE FROM touched WHERE day IS NOT NULL")
        _inherit(con, f"SELECT customer FROM interaction WHERE batch_id = {batch}")
        con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT * FROM touched")
        refresh_touched(con, kpis, FactKind.SALE)


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
        con.execute(f"INSERT INTO touched SELECT {_CELL_LIST} FROM sale WHERE {mine}")
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
        con.execute(f"INSERT INTO touched SELECT {_CELL_LIST} FROM sale WHERE {mine}")
        con.execute("DROP TABLE first_contact")


def _record(con: DuckDBPyConnection, staged: Staged, batch: int, counts: Counts, imported_at: datetime) -> None:
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
        kept = _count(con, "SELECT count(*) FROM leaving WHERE heir IS NOT NULL")
        removed = _count(con, "SELECT count(*) FROM leaving WHERE heir IS NULL")
        with _touched(con):
            con.execute(f"INSERT INTO touched SELECT {_CELL_LIST} FROM leaving WHERE heir IS NULL")
            restored = _reopen_older(con, table, batch)
            _hand_over(con, table, batch)
            con.execute(f"DELETE FROM {table} WHERE batch_id = ?", [batch])
            con.execute("DELETE FROM sighting WHERE fact = ? AND batch_id = ?", [table, batch])
            con.execute(
                "UPDATE import_batch SET status = 'undone', undone_at = ? WHERE id = ?", [datetime.now(UTC), batch]
            )
            _refresh_after_undo(con, fact, inherit)
        journey.refresh_if_small(con)
        con.execute("DROP TABLE leaving")
        audit.record(con, "undo", str(batch), {"removed": removed, "restored": restored, "kept": kept}, actor=actor)
    return UndoResult(batch, removed, restored, kept)


_WITH_CUSTOMER = (FactKind.INTERACTION, FactKind.SALE, FactKind.RESPONSE)


def _count(con: DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0


def _reopen_older(con: DuckDBPyConnection, table: str, batch: int) -> int:
    """Versions that the leaving rows superseded pass to the heir, to the next later version, or count again."""
    con.execute(
        f"""INSERT INTO touched SELECT {", ".join(f"f.{name}" for name in CELL)}
        FROM {table} f JOIN leaving l USING (source_id, key_hash)
        WHERE f.superseded_by = {batch} AND l.heir IS NULL AND l.superseded_by IS NULL"""
    )
    restored = _count(
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


def _refresh_after_undo(con: DuckDBPyConnection, fact: FactKind, inherit: tuple[str, ...]) -> None:
    if fact is FactKind.SALE and inherit:
        _inherit(con, "SELECT customer_key FROM leaving")
    con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT * FROM touched")
    kpis = numbered_kpis(con)
    refresh_touched(con, kpis, fact)
    if fact is FactKind.INTERACTION and _sources_that_inherit(con):
        con.execute("DELETE FROM touched WHERE day IS NOT NULL")
        _inherit(con, "SELECT customer_key FROM leaving")
        con.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT * FROM touched")
        refresh_touched(con, kpis, FactKind.SALE)


@dataclass(frozen=True)
class Repeat:
    """A file that brought rows of a batch again and nothing new."""

    file: str
    seen_at: datetime
    n_rows: int


def note_repeat(database: Database, staged: Staged, seen_at: datetime | None = None) -> None:
    """Remember that a file without news carried rows of these batches, so that their undo can name it."""
    with database.write() as con:
        source_id = _source_id(con, staged.source, create=False)
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
