"""What is handed over to be stored, and what storing it does."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from duckdb import DuckDBPyConnection

from ocem.domain.batch import Detected, LineNote, Reject
from ocem.domain.fact import FactKind


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


def columns_of(con: DuckDBPyConnection, path: Path) -> set[str]:
    """Return the columns of a staged file."""
    return {row[0] for row in con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()}


def texts_of(con: DuckDBPyConnection, path: Path, column: str) -> list[str]:
    """Return the different texts of a staged column."""
    rows = con.execute(
        f"SELECT DISTINCT {column} FROM read_parquet(?) WHERE {column} IS NOT NULL", [str(path)]
    ).fetchall()
    return [str(row[0]) for row in rows]


def source_number(con: DuckDBPyConnection, key: str, create: bool) -> int | None:
    """Return the number of a source; None where it has none and none is to be created."""
    row = con.execute("SELECT id FROM source WHERE key = ?", [key]).fetchone()
    if row or not create:
        return int(row[0]) if row else None
    con.execute("INSERT INTO source SELECT coalesce(max(id), 0) + 1, ? FROM source", [key])
    return source_number(con, key, create=False)


def count(con: DuckDBPyConnection, query: str) -> int:
    """Return the one number that a query gives."""
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0
