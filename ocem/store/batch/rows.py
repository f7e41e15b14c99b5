"""Staged rows become facts: members as numbers, later pseudonyms, comments without people."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from duckdb import DuckDBPyConnection

from ocem.domain.fact import DAY_FIELD, FACT_FIELDS, FactKind, FieldType
from ocem.store import pseudonym, screening
from ocem.store.batch.staged import Staged, count


def insert_rows(
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
    already a piece might bring none, and an insert of none must not come before a large one (see `touched`).
    """
    whole = [str(staged.rows)]
    if count(con, "SELECT count(*) FROM seen"):
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


@contextmanager
def in_place_of(con: DuckDBPyConnection, folder: Path, staged: Staged, columns: set[str]) -> Iterator[dict[str, str]]:
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
