"""One DuckDB file, one owning process, one cursor a call."""

import re
import shutil
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import duckdb
from duckdb import DuckDBPyConnection

from ocem.domain.access import Grant
from ocem.errors import N_, NotAStore, OcemError, StoreBusy, StoreDamaged, StoreNewer, WrongUse
from ocem.store import access, bucket, migration, seen
from ocem.store.daily import settle_answers
from ocem.store.file_copy import copy_apart
from ocem.store.kept import ALWAYS, Kept
from ocem.store.resource import said_memory, said_threads

DEFAULT_TIMEZONE = "Europe/Rome"
MEMORY_LIMIT = "1500MB"
"""What the engine may hold unless `OCEM_MEMORY_LIMIT` says otherwise; what does not fit is written beside the store."""
KEPT_CURSORS = 4
"""Idle narrowed cursors kept for each different grant."""
KEPT_ANSWERS = 2000
"""Answers and readings kept: seven or so for each choice of filters, twice while answers for new data are made."""
DAMAGE = ("Corrupt database file", "database has been invalidated")
"""What the engine says of a block that is not as it was written, and of everything after an error it cannot mend."""
Value = TypeVar("Value")
Cursor = DuckDBPyConnection
"""What upper floors call a cursor without knowing the engine."""


def _translated(error: Exception, path: Path) -> OcemError:
    """Turn what DuckDB says when a file cannot be opened into what a person can act on."""
    text = str(error)
    if "Could not set lock" in text or "Conflicting lock" in text or "already open" in text:
        pid = re.search(r"PID (\d+)", text)
        return StoreBusy(
            N_("The database {path} is in use by another process (number {pid}). Close it, or use the running app."),
            path=str(path),
            pid=pid.group(1) if pid else "?",
        )
    if "not a valid DuckDB database" in text:
        return NotAStore(
            N_("{path} is not a database of this program. Choose another file, or move it away."), path=str(path)
        )
    if "storage version" in text.lower() or "newer version" in text.lower():
        return StoreNewer(
            N_("The database {path} was written by a newer version of the program. Update the program first."),
            path=str(path),
        )
    return StoreDamaged(
        N_("The database {path} cannot be read ({detail}). Restore the last backup, kept in {backups}."),
        path=str(path),
        detail=text.splitlines()[0][:200],
        backups=str(path.parent / "backups"),
    )


class Database:
    """The open store. Nobody touches the connection itself: reads take a `cursor`, writes take `write`.

    A DuckDB connection object shared between threads answers wrongly without an error, a cursor a call does not.
    """

    def __init__(self, path: Path, connection: DuckDBPyConnection) -> None:
        self.path = path
        self.folder = path.parent
        self.keys_folder = path.parent / "keys"
        self._connection = connection
        self._writing = threading.RLock()
        self._opening_cursor = threading.Lock()
        self._tables = access.cell_tables(connection)
        self._narrowed: dict[access.Conditions, list[DuckDBPyConnection]] = {}
        self._version: int | None = _version(connection)
        self._written: dict[str, int] = {}
        self._kept = Kept(KEPT_ANSWERS)

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Open or create the store, applying outstanding migrations after copying the file.

        Raises
        ------
        StoreBusy, StoreNewer, NotAStore, StoreDamaged
            When the file cannot be used; nothing has been changed then.
        WrongUse
            When the folder cannot be made or written.
        """
        path = Path(path).expanduser().resolve()
        try:
            for name in ("staging", "uploads", "inbox", "backups"):
                (path.parent / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WrongUse(
                N_("The folder {folder} cannot be written: {detail}."),
                folder=str(path.parent),
                detail=error.strerror or str(error),
            ) from error
        connection = _connect(path)
        try:
            migration.migrate(connection, before=lambda version: _copy_aside(connection, path, version))
            settle_answers(connection)
            bucket.settle(connection)
        except OcemError:
            connection.close()
            raise
        except duckdb.Error as error:
            connection.close()
            raise _translated(error, path) from error
        _close_the_gates(connection, path.parent / "staging")
        return cls(path, connection)

    @contextmanager
    def cursor(self) -> Iterator[DuckDBPyConnection]:
        """Lend a cursor for one reading call, which sees what the acting person may see.

        Raises
        ------
        Forbidden
            If this process serves signed-in people only and nobody is known.
        """
        grant = access.person().grant
        if grant.whole:
            with self._whole() as cursor:
                yield cursor
            return
        conditions = self.keep("conditions", lambda: self._conditions(grant))
        cursor = self._take(conditions)
        with self._saying_damage():
            yield cursor  # after a failure the cursor may stand in an aborted transaction: it is not kept then
        with self._opening_cursor:
            kept = self._narrowed.setdefault(conditions, [])
            if len(kept) < KEPT_CURSORS:
                kept.append(cursor)

    def _conditions(self, grant: Grant) -> access.Conditions:
        with self._whole() as cursor:
            return access.conditions_of(cursor, grant)

    @contextmanager
    def _whole(self) -> Iterator[DuckDBPyConnection]:
        """Lend a fresh cursor that sees everything."""
        with self._opening_cursor:
            cursor = self._connection.cursor()
        try:
            with self._saying_damage():
                yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _saying_damage(self) -> Iterator[None]:
        """Say in words that a part of the file cannot be read, which shows only when somebody reads it."""
        try:
            yield
        except duckdb.Error as error:
            if any(mark in str(error) for mark in DAMAGE):
                raise _translated(error, self.path) from error
            raise

    def _take(self, conditions: access.Conditions) -> DuckDBPyConnection:
        """Return an idle cursor narrowed this way, or a new one: narrowing costs some milliseconds."""
        with self._opening_cursor:
            kept = self._narrowed.get(conditions)
            if kept:
                return kept.pop()
            cursor = self._connection.cursor()
        access.narrow(cursor, conditions, self._tables)
        return cursor

    @contextmanager
    def write(self, is_shown: bool = True) -> Iterator[DuckDBPyConnection]:
        """Lend a cursor inside one transaction, alone in this process; everything or nothing is stored.

        Parameters
        ----------
        is_shown : bool
            False where no kept answer tells of what is written, as of a text while it is typed: answers stay in force.

        Raises
        ------
        Conflict
            If what is to be changed is no longer as the acting person saw it.
        """
        who = access.person()
        with self._writing, self._whole() as cursor:
            cursor.execute("BEGIN TRANSACTION")
            try:
                seen.check(cursor)
                yield cursor
                marks = seen.renewed(cursor)
                if is_shown:
                    cursor.execute("UPDATE meta SET value = CAST(value AS BIGINT) + 1 WHERE key = 'data_version'")
                version = _version(cursor)
                self._version = None  # until the commit is through, whoever asks looks it up
                cursor.execute("COMMIT")
                self._version = version
                if is_shown:
                    self._written[who.name] = version
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            seen.renew(marks)

    def data_version(self) -> int:
        """Return a number that grows with every committed write that an answer may tell of."""
        known = self._version
        if known is not None:
            return known
        with self._whole() as con:
            return _version(con)

    def written_by(self, name: str) -> int:
        """Return the data version of the last write of a person since the store was opened, 0 without one."""
        return self._written.get(name, 0)

    def keep(self, name: str, read: Callable[[], Value], *of: Hashable) -> Value:
        """Return what a reading says of the data as they are for the acting person's rows; it is read once.

        Parameters
        ----------
        name : str
            What is read; with `of` it says everything that the reading depends on but data and rows.
        """
        return self._kept.get(self.data_version(), (name, of, access.person().grant), read)

    def keep_answer(self, key: Hashable, make: Callable[[], Value], state: int | None = None) -> Value:
        """Return an answer to the acting person, made once for a state of the data.

        Parameters
        ----------
        state : int, optional
            A data version; without one the answer does not depend on it, and the key says what it depends on.
        """
        return self._kept.get(ALWAYS if state is None else state, (key, access.person().grant), make)

    def holds_answer(self, key: Hashable, state: int) -> bool:
        """Say whether an answer to the acting person is at hand."""
        return self._kept.holds(state, (key, access.person().grant))

    def forget_before(self, state: int) -> None:
        """Give up what is kept of earlier data."""
        self._kept.forget_before(state)

    def backup(self, target: Path) -> Path:
        """Copy the store to `target` while it stays open; the copy opens by itself."""
        target = Path(target).expanduser().resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._writing, self._whole() as con:
            con.execute("CHECKPOINT")
            part = target.with_name(target.name + ".part")
            copy_apart(self.path, part)
            wal = self.path.with_name(self.path.name + ".wal")
            if wal.exists():
                copy_apart(wal, target.with_name(target.name + ".wal"))
            part.replace(target)
        return target

    def close(self) -> None:
        """Write everything into the one file and let it go."""
        self._kept.clear()
        with self._writing:
            for kept in self._narrowed.values():
                for cursor in kept:
                    cursor.close()
            with suppress(duckdb.Error):  # another cursor may still read: the log beside the file carries the rest
                self._connection.execute("CHECKPOINT")
            self._connection.close()


def _version(con: DuckDBPyConnection) -> int:
    rows = con.execute("SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'data_version'").fetchall()
    return int(rows[0][0]) if rows else 0


def _connect(path: Path) -> DuckDBPyConnection:
    options: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(path.parent / "staging" / "spill"),
        "memory_limit": said_memory() or MEMORY_LIMIT,
    }
    if threads := said_threads():
        options["threads"] = threads
    try:
        return duckdb.connect(str(path), config=options)
    except duckdb.Error as error:
        raise _translated(error, path) from error


def _close_the_gates(connection: DuckDBPyConnection, staging: Path) -> None:
    """Leave only the staging folder readable: no statement of a page can read or write another file."""
    connection.execute(f"SET TimeZone = '{DEFAULT_TIMEZONE}'")
    connection.execute(f"SET allowed_directories = ['{str(staging).replace(chr(39), chr(39) * 2)}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _copy_aside(connection: DuckDBPyConnection, path: Path, version: int) -> None:
    """Keep the file as it was before a migration, named for the version it holds."""
    connection.execute("CHECKPOINT")
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    copy_apart(path, path.parent / "backups" / f"{path.stem}-v{version}-{stamp}{path.suffix}")


def restore(source: Path, target: Path) -> Path | None:
    """Put a checked copy in place of the store; return where what was there before is kept.

    Raises
    ------
    StoreBusy
        If a process holds the store.
    NotAStore, StoreDamaged, StoreNewer
        If the copy cannot be used; the store is untouched then.
    """
    source, target = Path(source).expanduser().resolve(), Path(target).expanduser().resolve()
    if not source.is_file():
        raise WrongUse(N_("There is no file {file}."), file=str(source))
    probe = _connect(source)
    try:
        if migration.current_version(probe) == 0:
            raise NotAStore(
                N_("{path} is not a database of this program. Choose another file, or move it away."), path=str(source)
            )
    finally:
        probe.close()
    kept = None
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    if target.exists():
        _connect(target).close()
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        kept = target.parent / "backups" / f"{target.stem}-replaced-{stamp}{target.suffix}"
        kept.parent.mkdir(exist_ok=True)
        target.replace(kept)
    part.replace(target)
    return kept
