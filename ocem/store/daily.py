"""Daily sufficient statistics per KPI and cell, kept up to date for just the days and cells a batch touched."""

from collections.abc import Callable

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi
from ocem.store import bucket, contact, day_runs
from ocem.store.aggregate import SUMS, Expression, Rollup, parts_of, source_rows, weight_of
from ocem.store.engine import owned
from ocem.store.kpi import numbered_kpis
from ocem.store.small_cell import refresh_answer_cells

CELL = ("day", "touchpoint_id", "segment_id", "phase_id")
_CELL_LIST = ", ".join(CELL)


Columns = dict[int, dict[str, str]]
"""For each KPI's number: which column of a rollup holds which sum."""


def summed(kpis: list[tuple[int, Kpi]], fact: FactKind) -> tuple[Rollup, Columns]:
    """Return the sums of a fact that all KPIs together ask for, and where each KPI's sums stand."""
    rollup = Rollup(weight_of(fact))
    columns: Columns = {}
    for number, kpi in kpis:
        parts = parts_of(kpi, fact)
        if parts is not None:
            columns[number] = {name: rollup.column(parts.get(name)) for name in SUMS}
    return rollup, columns


def rollup_query(
    kpis: list[tuple[int, Kpi]], fact: FactKind, only_touched: str | None = None, own_days: str = ""
) -> tuple[Expression, Columns]:
    """Return one statement that sums a fact once for all KPIs that use it, and where each KPI's sums stand.

    One row is one day and cell. With `only_touched` just the days and cells listed in the temporary table ``touched``,
    of which it gives the days as a condition. `own_days` is the condition that leaves out what shared storage sums.
    """
    rollup, columns = summed(kpis, fact)
    source = source_rows(fact)
    if only_touched:
        source += f" SEMI JOIN touched USING ({_CELL_LIST})\nWHERE {only_touched}"
    elif own_days:
        source += f"\nWHERE {own_days}"
    return rollup.query(source, CELL), columns


def insert_from_wide(con: DuckDBPyConnection, fact: FactKind, columns: Columns) -> None:
    """Store the sums of all KPIs in one statement.

    DuckDB 2.0.0 hides the rows of a large insert (122,880 or more) that follows an insert of no rows into the same
    table in one transaction, until the file is opened again: so there is one insert, and none of nothing.
    """
    parts = [
        f"SELECT {number}, '{fact.value}', {_CELL_LIST}, {', '.join(at[name] for name in SUMS)} FROM wide\n"
        f"WHERE {at['n']} <> 0 OR {at['numerator']} <> 0 OR {at['denominator']} <> 0"
        for number, at in columns.items()
    ]
    everything = "\nUNION ALL\n".join(parts)
    if con.execute(f"SELECT 1 FROM ({everything}) LIMIT 1").fetchone():
        con.execute(f"INSERT INTO daily (kpi_id, fact, {_CELL_LIST}, {', '.join(SUMS)})\n{everything}")


def refresh_touched(con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]], fact: FactKind) -> None:
    """Recompute the sums of one fact for the days and cells in the temporary table ``touched``.

    Idempotent: what stood there for these days and cells is replaced by what the live facts give now. Answers are
    recomputed as a whole, because new ones may set free some that were held back.
    """
    if fact is FactKind.RESPONSE:
        refresh_answers(con, kpis)
        return
    contact.refresh_touched(con, fact)
    bucket.refresh_touched(con, kpis, fact)
    refresh_sums(con, kpis, fact)


def refresh_sums(con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]], fact: FactKind) -> None:
    """Recompute the daily sums of one fact for the days and cells in the temporary table ``touched``."""
    owned.leave_out(con, fact)
    touched = "SELECT DISTINCT day FROM touched"
    con.execute(
        f"DELETE FROM daily USING touched WHERE daily.fact = ? AND {day_runs.among(con, touched, 'daily.day')}\n"
        + "\n".join(f"AND daily.{name} = touched.{name}" for name in CELL),
        [fact.value],
    )
    query, columns = rollup_query(kpis, fact, only_touched=day_runs.among(con, touched))
    if not columns:
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE wide AS {query.sql} ORDER BY {_CELL_LIST}", query.values)
    insert_from_wide(con, fact, columns)
    con.execute("DROP TABLE wide")


def refresh_answers(con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]]) -> None:
    """Work out anew which answers may be shown, and the sums of all KPIs that use answers."""
    refresh_answer_cells(con)
    con.execute("DELETE FROM daily WHERE fact = ?", [FactKind.RESPONSE.value])
    _fill(con, kpis, FactKind.RESPONSE)
    bucket.fill(con, kpis, [FactKind.RESPONSE])


def _fill(con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]], fact: FactKind) -> None:
    query, columns = rollup_query(kpis, fact, own_days=owned.own_days(con, fact))
    if columns:
        con.execute(f"CREATE OR REPLACE TEMP TABLE wide AS {query.sql} ORDER BY {_CELL_LIST}", query.values)
        insert_from_wide(con, fact, columns)
        con.execute("DROP TABLE wide")


def rebuild(
    con: DuckDBPyConnection,
    kpis: list[tuple[int, Kpi]],
    only: set[int] | None = None,
    before: Callable[[str], None] = lambda step: None,
) -> None:
    """Recompute all sums from the live facts, for all KPIs or for those whose numbers are in `only`.

    `before` is called with the name of each step before it begins; whatever it raises leaves the caller's transaction
    to be rolled back.
    """
    if only is None:
        before("answers")
        refresh_answer_cells(con)
        before("weeks")
        contact.rebuild(con)
        bucket.fill(con, kpis)
        rebuild_sums(con, kpis, before)
        return
    bucket.follow_definitions(con, kpis)
    con.execute("DELETE FROM daily WHERE list_contains(?, kpi_id)", [sorted(only)])
    for fact in FactKind:
        _fill(con, [item for item in kpis if item[0] in only], fact)


def rebuild_sums(
    con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]], before: Callable[[str], None] = lambda step: None
) -> None:
    """Recompute the daily sums of all KPIs from the live facts; answers as they may be shown."""
    for fact in FactKind:
        before(fact.value)
        con.execute(f"DELETE FROM daily WHERE fact = ? AND {owned.own_days(con, fact) or 'true'}", [fact.value])
        _fill(con, kpis, fact)


def differences(con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]]) -> list[tuple[str, str, int]]:
    """Return (fact, KPI, cells) for which the stored sums differ from what the live facts give; empty when sound."""
    found: list[tuple[str, str, int]] = []
    names = {number: kpi.key for number, kpi in kpis}
    for fact in FactKind:
        own_days = owned.own_days(con, fact)
        query, columns = rollup_query(kpis, fact, own_days=own_days)
        if not columns:
            continue
        con.execute(f"CREATE OR REPLACE TEMP TABLE wide AS {query.sql}", query.values)
        for number, at in columns.items():
            named = ", ".join(f"{at[name]} AS {name}" for name in SUMS)
            unequal = " OR ".join(
                f"abs(coalesce(a.{name}, 0) - coalesce(b.{name}, 0)) > 1e-9 * greatest(1, abs(coalesce(a.{name}, 0)))"
                for name in SUMS
            )
            row = con.execute(
                f"SELECT count(*) FROM (SELECT {_CELL_LIST}, {named} FROM wide) a\n"
                f"FULL JOIN (SELECT {_CELL_LIST}, {', '.join(f'sum({s}) AS {s}' for s in SUMS)} FROM daily\n"
                f"  WHERE kpi_id = ? AND fact = ? AND {own_days or 'true'} GROUP BY {_CELL_LIST}) b\n"
                f"USING ({_CELL_LIST})\n"
                f"WHERE {unequal}",
                [number, fact.value],
            ).fetchone()
            if row and row[0]:
                found.append((fact.value, names[number], int(row[0])))
        con.execute("DROP TABLE wide")
    return found


def settle_answers(con: DuckDBPyConnection) -> None:
    """In a store from before answers were protected, work out once which may be shown."""
    if con.execute("SELECT 1 FROM meta WHERE key = 'answers_settled'").fetchone():
        return
    con.execute("BEGIN TRANSACTION")
    try:
        refresh_answers(con, numbered_kpis(con))
        con.execute("INSERT INTO meta VALUES ('answers_settled', 'yes')")
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
