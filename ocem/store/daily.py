"""Daily sufficient statistics per KPI and cell, kept up to date for just the days and cells a batch touched."""

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi
from ocem.store.aggregate import SUMS, Expression, sums_of

CELL = ("day", "touchpoint_id", "segment_id", "phase_id")
_CELL_LIST = ", ".join(CELL)


def rollup_query(kpis: list[tuple[int, Kpi]], fact: FactKind, only_touched: bool) -> tuple[Expression, list[int]]:
    """Return one statement that sums a fact once for all KPIs that use it, and those KPIs' numbers.

    One row is one day and cell; columns are ``k<number>_<sum>``. With `only_touched` just the days and cells listed in
    the temporary table ``touched``.
    """
    pieces: list[str] = []
    values: list[object] = []
    used: list[int] = []
    for number, kpi in kpis:
        sums = sums_of(kpi, fact)
        if sums is None:
            continue
        used.append(number)
        for name in SUMS:
            pieces.append(f"{sums[name].sql} AS k{number}_{name}")
            values.extend(sums[name].values)
    source = f"{fact.value}_live"
    if only_touched:
        source += (
            f" SEMI JOIN touched USING ({_CELL_LIST})"
            "\nWHERE day BETWEEN (SELECT min(day) FROM touched) AND (SELECT max(day) FROM touched)"
        )
    select = ",\n    ".join([*CELL, *pieces])
    return Expression(f"SELECT {select}\nFROM {source}\nGROUP BY {_CELL_LIST}", list(values)), used


def _insert_from_wide(con: DuckDBPyConnection, fact: FactKind, used: list[int]) -> None:
    """Store the sums of all KPIs in one statement.

    DuckDB 2.0.0 hides the rows of a large insert (122,880 or more) that follows an insert of no rows into the same
    table in one transaction, until the file is opened again: so there is one insert, and none of nothing.
    """
    parts = [
        f"SELECT {number}, '{fact.value}', {_CELL_LIST}, {', '.join(f'k{number}_{name}' for name in SUMS)} FROM wide\n"
        f"WHERE k{number}_n <> 0 OR k{number}_numerator <> 0 OR k{number}_denominator <> 0"
        for number in used
    ]
    everything = "\nUNION ALL\n".join(parts)
    if con.execute(f"SELECT 1 FROM ({everything}) LIMIT 1").fetchone():
        con.execute(f"INSERT INTO daily (kpi_id, fact, {_CELL_LIST}, {', '.join(SUMS)})\n{everything}")


def refresh_touched(con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]], fact: FactKind) -> None:
    """Recompute the sums of one fact for the days and cells in the temporary table ``touched``.

    Idempotent: what stood there for these days and cells is replaced by what the live facts give now.
    """
    con.execute(
        "DELETE FROM daily USING touched WHERE daily.fact = ?\n"
        "AND daily.day BETWEEN (SELECT min(day) FROM touched) AND (SELECT max(day) FROM touched)\n"
        + "\n".join(f"AND daily.{name} = touched.{name}" for name in CELL),
        [fact.value],
    )
    query, used = rollup_query(kpis, fact, only_touched=True)
    if not used:
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE wide AS {query.sql} ORDER BY {_CELL_LIST}", query.values)
    _insert_from_wide(con, fact, used)
    con.execute("DROP TABLE wide")


def rebuild(con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]], only: set[int] | None = None) -> None:
    """Recompute all sums from the live facts, for all KPIs or for those whose numbers are in `only`."""
    chosen = [item for item in kpis if only is None or item[0] in only]
    if only is None:
        con.execute("DELETE FROM daily")
    else:
        con.execute("DELETE FROM daily WHERE list_contains(?, kpi_id)", [sorted(only)])
    for fact in FactKind:
        query, used = rollup_query(chosen, fact, only_touched=False)
        if used:
            con.execute(f"CREATE OR REPLACE TEMP TABLE wide AS {query.sql} ORDER BY {_CELL_LIST}", query.values)
            _insert_from_wide(con, fact, used)
            con.execute("DROP TABLE wide")


def differences(con: DuckDBPyConnection, kpis: list[tuple[int, Kpi]]) -> list[tuple[str, str, int]]:
    """Return (fact, KPI, cells) for which the stored sums differ from what the live facts give; empty when sound."""
    found: list[tuple[str, str, int]] = []
    names = {number: kpi.key for number, kpi in kpis}
    for fact in FactKind:
        query, used = rollup_query(kpis, fact, only_touched=False)
        if not used:
            continue
        con.execute(f"CREATE OR REPLACE TEMP TABLE wide AS {query.sql}", query.values)
        for number in used:
            columns = ", ".join(f"k{number}_{name} AS {name}" for name in SUMS)
            unequal = " OR ".join(
                f"abs(coalesce(a.{name}, 0) - coalesce(b.{name}, 0)) > 1e-9 * greatest(1, abs(coalesce(a.{name}, 0)))"
                for name in SUMS
            )
            row = con.execute(
                f"SELECT count(*) FROM (SELECT {_CELL_LIST}, {columns} FROM wide) a\n"
                f"FULL JOIN (SELECT {_CELL_LIST}, {', '.join(f'sum({s}) AS {s}' for s in SUMS)} FROM daily\n"
                f"  WHERE kpi_id = ? AND fact = ? GROUP BY {_CELL_LIST}) b USING ({_CELL_LIST})\n"
                f"WHERE {unequal}",
                [number, fact.value],
            ).fetchone()
            if row and row[0]:
                found.append((fact.value, names[number], int(row[0])))
        con.execute("DROP TABLE wide")
    return found
