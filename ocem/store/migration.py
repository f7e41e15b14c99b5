"""Versioned migrations: numbered SQL files, each applied once, all outstanding ones in one transaction."""

from collections.abc import Callable
from pathlib import Path

from duckdb import DuckDBPyConnection

from ocem import __version__
from ocem.errors import N_, NotAStore, StoreNewer

FOLDER = Path(__file__).parent / "sql" / "migrations"


def available() -> dict[int, Path]:
    """Return the migrations that ship with this version, by number."""
    return {int(path.name[:4]): path for path in sorted(FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql"))}


def current_version(connection: DuckDBPyConnection) -> int:
    """Return the version the file holds; 0 for an empty file.

    Raises
    ------
    NotAStore
        If the file holds tables of something else.
    """
    tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "schema_version" in tables:
        row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
        return int(row[0]) if row and row[0] is not None else 0
    if tables:
        raise NotAStore(
            N_("The database holds tables of another program ({tables}). Choose another file."),
            tables=", ".join(sorted(tables)[:5]),
        )
    return 0


def applied(connection: DuckDBPyConnection) -> set[int]:
    """Return the migrations that the file has been through."""
    if current_version(connection) == 0:
        return set()
    return {int(row[0]) for row in connection.execute("SELECT version FROM schema_version").fetchall()}


def migrate(connection: DuckDBPyConnection, before: Callable[[int], None], folder: Path | None = None) -> int:
    """Bring the file to the newest version; `before` is called with the old version when there is data to keep.

    Raises
    ------
    StoreNewer
        If the file was written by a newer program.
    """
    known = available() if folder is None else {int(p.name[:4]): p for p in sorted(folder.glob("*.sql"))}
    version = current_version(connection)
    newest = max(known)
    if version > newest:
        raise StoreNewer(
            N_("The database has version {found}, this program knows up to {known}. Update the program first."),
            found=version,
            known=newest,
        )
    outstanding = sorted(set(known) - applied(connection))
    if not outstanding:
        return version
    if version > 0:
        before(version)
    connection.execute("BEGIN TRANSACTION")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER, program VARCHAR, applied_at TIMESTAMPTZ)"
        )
        for number in outstanding:
            connection.execute(known[number].read_text(encoding="utf-8"))
            connection.execute("INSERT INTO schema_version VALUES (?, ?, now())", [number, __version__])
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return newest
