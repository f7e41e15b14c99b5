"""Staged rows for tests: a query of the engine written as the Parquet file that intake hands over."""

import json

import duckdb

from ocem.domain.batch import Detected
from ocem.domain.fact import FactKind
from ocem.store.batch import Staged
from ocem.store.database import Database


def stage(database: Database, query: str, name: str, fact: str, source: str, inherit: tuple[str, ...] = ()) -> Staged:
    """Write the rows of a query as a staged file; its name stands for its bytes."""
    path = database.folder / "staging" / f"{name}.parquet"
    con = duckdb.connect()
    con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    lines = con.execute(f"SELECT count(DISTINCT line) FROM '{path}'").fetchone()
    con.close()
    assert lines is not None
    return Staged(path, FactKind(fact), source, name + ".csv", name, Detected(), int(lines[0]), inherit=inherit)


def made_elsewhere(database: Database, n_rows: int, n_sums: int, words: str) -> None:
    """Let 84 days of costs be another engine's, of so many rows and sums a day; its next try failed with some words."""
    run = (
        "INSERT INTO engine_run BY NAME SELECT ? AS id, 'sc://host' AS address, 'Sail' AS engine, '/lake' AS folder, "
        "'[]' AS facts, now() AS started_at, now() AS ended_at, ? AS status, ? AS n_rows, '{}' AS kpis, "
        "'{}' AS members, ? AS error"
    )
    error = json.dumps({"template": "{words}", "values": {"words": words}})
    with database.write() as con:
        con.execute(run, [1, "done", 84 * n_rows, None])
        con.execute(run, [2, "failed", None, error])
        days = "SELECT 'cost', DATE '2026-01-05' + CAST(i AS INTEGER), 1, ?, ? FROM range(84) r(i)"
        con.execute(f"INSERT INTO engine_day {days}", [n_rows, n_sums])


def sales(database: Database, name: str, first: int, last: int, cents: int = 0) -> Staged:
    """Orders `first` to `last` - 1: order i costs 10 i euro plus `cents`; one customer, one day of January each."""
    return stage(
        database,
        f"""SELECT CAST(i AS INTEGER) AS line, DATE '2026-01-01' + CAST(i % 30 AS INTEGER) AS order_day,
        DATE '2026-01-01' + CAST(i % 30 AS INTEGER) AS day, CAST(i AS UBIGINT) AS customer,
        CAST(i * 10 + {cents} / 100.0 AS DECIMAL(18, 4)) AS amount_eur, true AS is_reorder,
        CAST(i AS UBIGINT) AS key_hash, CAST(i * 100000 + {cents} AS UBIGINT) AS row_hash, 'O' || i AS external_id
        FROM range({first}, {last}) t(i)""",
        name,
        "sale",
        "orders",
    )


def contacts(database: Database, name: str = "contacts", n: int = 100) -> Staged:
    """First contacts of customers 0 to n - 1 in December, half by phone, half at a touchpoint nobody knows yet."""
    return stage(
        database,
        f"""SELECT CAST(i AS INTEGER) AS line,
        TIMESTAMPTZ '2025-12-01 10:00:00+01' + INTERVAL (i % 20) DAY AS occurred_at,
        DATE '2025-12-01' + CAST(i % 20 AS INTEGER) AS day, CAST(i AS UBIGINT) AS customer,
        ['contact_center', 'Nuovo canale'][1 + i % 2] AS touchpoint, 'lead' AS kind,
        CAST(i AS UBIGINT) AS key_hash, CAST(i AS UBIGINT) AS row_hash FROM range({n}) t(i)""",
        name,
        "interaction",
        "leads",
    )
