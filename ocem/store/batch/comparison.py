"""Staged rows beside the stored ones: which are new, changed or known as they are."""

from datetime import date

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.store.batch.staged import Staged, count
from ocem.store.known_key import KnownKeys


def compare_with_live(con: DuckDBPyConnection, staged: Staged, source_id: int | None, known: KnownKeys) -> None:
    """Fill the temporary table ``seen``: keys of the file that a live row bears, and whether the content is the same.

    Staged keys are unique within a file, so one row here is one staged row. A key may come back on any day: the stored
    keys say on which days to look for it; the other columns are read only of the rows that were found.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE seen (row_id BIGINT, line INTEGER, key_hash UBIGINT, same BOOLEAN, day DATE, "
        "touchpoint_id USMALLINT, segment_id USMALLINT, phase_id USMALLINT)"
    )
    if source_id is None:
        return
    has_rows = con.execute(
        f"SELECT 1 FROM {staged.fact.value} WHERE source_id = ? AND superseded_by IS NULL LIMIT 1", [source_id]
    ).fetchone()
    days = known.days_of(con, staged.rows) if has_rows else "FALSE"
    if days == "FALSE":
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE found AS SELECT f.rowid AS row_id, p.line, p.row_hash "
        f"FROM (SELECT rowid, key_hash FROM {staged.fact.value} WHERE {days or 'TRUE'}) f "
        "JOIN read_parquet(?) p ON p.key_hash = f.key_hash",
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


def count_lines(con: DuckDBPyConnection, staged: Staged) -> tuple[int, int, int]:
    """Count lines new / updated / unchanged; a survey line with several answers counts once, by its newest part."""
    if not count(con, "SELECT count(*) FROM seen"):
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


def span(con: DuckDBPyConnection, staged: Staged) -> tuple[date | None, date | None]:
    """Return the first and last day of staged rows."""
    row = con.execute("SELECT min(day), max(day) FROM read_parquet(?)", [str(staged.rows)]).fetchone()
    return (row[0], row[1]) if row else (None, None)
