"""Records that a file holds more than once: exact doubles, records that go on over several rows, and contradictions."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ocem.domain.batch import LineNote, Reject
from ocem.intake.leftover import Outcome
from ocem.intake.plan import Plan, quoted
from ocem.intake.reading import literal
from ocem.intake.record import keys_apart
from ocem.store.database import Cursor

PARQUET = "COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000"


@dataclass(frozen=True)
class Settled:
    """Where the accepted rows are, how many lines they lost, and identical rows without a key with their first line."""

    rows: Path
    n_dropped: int
    n_twins: int
    first_twin: int


def settle(
    con: Cursor, plan: Plan, parts: list[Path], folder: Path, outcome: Outcome, keys: list[np.ndarray]
) -> Settled:
    """Judge repeated records, adding to the outcome, and return the accepted rows as one path.

    They are rewritten only if rows are to be left out or counted apart. `keys` are those of all parts, each in order.
    """
    if not parts:
        return Settled(_nothing(con, folder), 0, 0, 0)
    source = "read_parquet([" + ", ".join(literal(str(path)) for path in parts) + "])"
    n_below = _leave_other_table(con, source, outcome)
    within = f"line < {outcome.table_ends}" if outcome.table_ends else "true"
    if outcome.table_ends:
        keys = [np.asarray(con.sql(f"SELECT key_hash FROM {source} WHERE {within}").to_arrow_table()["key_hash"])]
    _find_doubles(con, keys)
    dropped = _keyed_doubles(con, plan, source, within) if plan.key_fields else {}
    for line, code in dropped.items():
        if code == "duplicate_key":
            outcome.rejects.append(Reject(line, _key_header(plan), None, code))
        else:
            outcome.skips.append(LineNote(code, line))
    con.register("dropped", pa.table({"line": pa.array(sorted(dropped), pa.int32())}))
    n_twins, first_twin = _number_twins(con, plan, source)
    path = parts[0] if len(parts) == 1 else folder / "part-*.parquet"
    if dropped or n_twins or outcome.table_ends:
        path = _rewrite(con, source, within, folder)
        for part in parts:
            part.unlink()
    con.unregister("dropped")
    con.unregister("twins")
    return Settled(path, len(dropped) + n_below, n_twins, first_twin)


def _nothing(con: Cursor, folder: Path) -> Path:
    path = folder / "rows.parquet"
    con.execute(
        "COPY (SELECT NULL::INTEGER AS line, NULL::DATE AS day, NULL::UBIGINT AS key_hash, "
        f"NULL::UBIGINT AS row_hash WHERE false) TO {literal(str(path))} (FORMAT parquet)"
    )
    return path


def _leave_other_table(con: Cursor, source: str, outcome: Outcome) -> int:
    """Name the rows below the line where another table begins; return how many."""
    if not outcome.table_ends:
        return 0
    gone = con.execute(f"SELECT DISTINCT line FROM {source} WHERE line >= {outcome.table_ends}").fetchall()
    outcome.skips.extend(LineNote("second_table", line) for (line,) in gone)
    return len(gone)


def _find_doubles(con: Cursor, keys: list[np.ndarray]) -> None:
    """Fill ``doubles`` with the keys that stand more than once: what is in order already is only merged."""
    found = np.concatenate(keys)
    found.sort(kind="stable")
    repeated = np.unique(found[1:][found[1:] == found[:-1]])
    con.register("repeated", pa.table({"key_hash": pa.array(repeated, pa.uint64())}))
    con.execute("CREATE OR REPLACE TEMP TABLE doubles AS SELECT key_hash FROM repeated")
    con.unregister("repeated")


def _key_header(plan: Plan) -> str | None:
    return next((column.header for column in plan.columns if column.field == plan.key_fields[0]), None)


def _keyed_doubles(con: Cursor, plan: Plan, source: str, within: str) -> dict[int, str]:
    """Judge the later rows of each repeated key: exact double, continuation of the record above, or conflict."""
    keys = [column for column in plan.columns if column.field in plan.key_fields]
    given = " AND ".join(f"{quoted(column.field)} IS NOT NULL" for column in keys) or "true"
    relation = con.execute(
        f"SELECT * FROM {source} SEMI JOIN doubles USING (key_hash) WHERE {within} AND {given} ORDER BY line"
    )
    names = [item[0] for item in relation.description]
    first: dict[int, dict[str, object]] = {}
    found: dict[int, str] = {}
    for values in relation.fetchall():
        row = dict(zip(names, values, strict=True))
        known = first.setdefault(row["key_hash"], row)
        if known is row or row["line"] == known["line"]:
            continue
        if row["row_hash"] == known["row_hash"]:
            found.setdefault(row["line"], "duplicate_row")
        elif all(row[n] is None or row[n] == known[n] for n in names if n not in ("line", "row_hash")):
            found.setdefault(row["line"], "continuation_row")
        else:
            found[row["line"]] = "duplicate_key"
    return found


def _number_twins(con: Cursor, plan: Plan, source: str) -> tuple[int, int]:
    """Number the second and later of identical rows without a key: another file then adds only the surplus."""
    found = con.sql(
        f"""SELECT line, row_hash, number FROM (
            SELECT line, row_hash, row_number() OVER (PARTITION BY key_hash, row_hash ORDER BY line) AS number
            FROM {source} SEMI JOIN doubles USING (key_hash)
            WHERE line NOT IN (SELECT line FROM dropped)) WHERE number > 1"""
    ).to_arrow_table()
    content, number = (np.asarray(found.column(name).combine_chunks()) for name in ("row_hash", "number"))
    con.register("twins", found.append_column("apart", pa.array(keys_apart(con, plan, content, number), pa.uint64())))
    ((count, first),) = con.execute("SELECT count(DISTINCT line), min(line) FROM twins").fetchall()
    return count, first or 0


def _rewrite(con: Cursor, source: str, within: str, folder: Path) -> Path:
    path = folder / "rows.parquet"
    con.execute(
        f"COPY (SELECT p.* REPLACE (coalesce(w.apart, p.key_hash) AS key_hash) "
        f"FROM {source} p LEFT JOIN twins w ON w.line = p.line AND w.row_hash = p.row_hash "
        f"WHERE p.line NOT IN (SELECT line FROM dropped) AND {within.replace('line', 'p.line')}) "
        f"TO {literal(str(path))} (FORMAT parquet, {PARQUET})"
    )
    return path
