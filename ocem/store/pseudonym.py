"""Pseudonyms of customers: HMAC-SHA256 under keys that live outside the database, and can be changed.

The key file is a ring: keys of 32 bytes, one after the other. The first turns a customer's text into a pseudonym, each
later one turns the pseudonym before into the next. So stored pseudonyms are re-keyed without anybody's raw text, new
files join with them, and who holds an old key and an old copy cannot follow a customer into newer data. The database
says how many keys it has been through: a restored backup goes on with the keys it was written under.
"""

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.errors import N_, Refused
from ocem.store import access, audit, bucket
from ocem.store.database import Database
from ocem.store.kpi import numbered_kpis

KEY_NAME = "secret.key"
KEY_BYTES = 32
_NOT_CUSTOMERS = ("screened_name",)
"""Tables whose keyed column bears another name than `customer`."""


@dataclass(frozen=True)
class Rotated:
    """A change of key: how many keys the pseudonyms have now been through, how many pseudonyms changed."""

    generation: int
    changed: int


def load_ring(folder: Path, data_exist: bool) -> tuple[bytes, ...]:
    """Return the installation's keys, oldest first, making the first at first use.

    Parameters
    ----------
    folder : Path
        Where the database lives; the key file stands beside it.
    data_exist : bool
        Whether pseudonyms were stored already: then a missing key is never replaced by a new one.

    Raises
    ------
    Refused
        If others can read the key, if it is damaged, or if it is missing although data exist.
    """
    path = folder / KEY_NAME
    if not path.exists():
        if data_exist:
            raise Refused(
                N_("The key {path} is missing. Put it back from a backup: without it customers cannot be recognised."),
                path=str(path),
            )
        return (_make_key(path),)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Refused(N_("Others can read the key {path}. Restrict it with: chmod 600 {path}"), path=str(path))
    content = path.read_bytes()
    if not content or len(content) % KEY_BYTES:
        raise Refused(N_("The key {path} is damaged. Put it back from your backup."), path=str(path))
    return tuple(content[start : start + KEY_BYTES] for start in range(0, len(content), KEY_BYTES))


def load_key(folder: Path, data_exist: bool) -> bytes:
    """Return the first key: files are read and compared under it, so that a change of key makes no record new."""
    return load_ring(folder, data_exist)[0]


def pseudonym(key: bytes, text: str) -> int:
    """Return the 64-bit pseudonym of a customer: the first 8 bytes of HMAC-SHA256 over the folded text.

    Examples
    --------
    >>> pseudonym(b"k" * 32, " C-0017 ") == pseudonym(b"k" * 32, "c-0017")
    True
    """
    return int.from_bytes(hmac.digest(key, text.strip().casefold().encode(), hashlib.sha256)[:8], "big")


class Pseudonyms:
    """Pseudonyms under one key, each worked out once; may be asked by several threads.

    Examples
    --------
    >>> Pseudonyms(b"k" * 32).of(["C-1", "c-1 "]) == [pseudonym(b"k" * 32, "c-1")] * 2
    True
    """

    def __init__(self, key: bytes) -> None:
        block = key.ljust(hashlib.sha256().block_size, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._known: dict[str, int] = {}

    def of(self, texts: Iterable[str]) -> list[int]:
        """Return the pseudonyms of texts, as `pseudonym` gives them; the key is mixed in only once."""
        listed = list(texts)
        known = self._known
        for text in listed:
            if text not in known:
                inner, outer = self._inner.copy(), self._outer.copy()
                inner.update(text.strip().casefold().encode())
                outer.update(inner.digest())
                known[text] = int.from_bytes(outer.digest()[:8], "big")
        return [known[text] for text in listed]


def layered(keys: Sequence[bytes], value: int) -> int:
    """Return a pseudonym taken through later keys.

    Examples
    --------
    >>> layered([], 5)
    5
    >>> one, two = b"a" * 32, b"b" * 32
    >>> layered([one, two], 5) == layered([two], layered([one], 5))
    True
    """
    for key in keys:
        value = int.from_bytes(hmac.digest(key, value.to_bytes(8, "big"), hashlib.sha256)[:8], "big")
    return value


def generation(con: DuckDBPyConnection) -> int:
    """Return how many keys the stored pseudonyms have been through."""
    row = con.execute("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'key_generation'").fetchone()
    return int(row[0]) if row else 1


def later_keys(con: DuckDBPyConnection, folder: Path, been_through: int = 1) -> tuple[bytes, ...]:
    """Return the keys that a pseudonym has still to go through to join with the stored ones.

    Raises
    ------
    Refused
        If the key file holds fewer keys than the database has been through.
    """
    wanted = generation(con)
    if wanted <= been_through:
        return ()
    return _in_use(folder, wanted)[been_through:]


def of_customer(database: Database, text: str) -> int:
    """Return the pseudonym under which a customer is stored now."""
    with access.acting(access.SYSTEM), database.cursor() as con:
        keys = _in_use(database.folder, generation(con))
    return layered(keys[1:], pseudonym(keys[0], text))


def rotate(database: Database) -> Rotated:
    """Put a new key in force and take every stored pseudonym through it, all or nothing.

    The new key is in the file before the database uses it: a crash in between leaves a key that nobody uses yet.

    Raises
    ------
    Forbidden
        If the acting person is no administrator.
    """
    access.require(Right.ADMINISTER)
    with database.write() as con:
        now = generation(con)
        ring = load_ring(database.folder, data_exist=now > 1 or bool(_known(con)))
        _in_use(database.folder, now)
        if len(ring) == now:
            ring = _append_key(database.folder / KEY_NAME, ring)
        changed = _rename(con, ring[now])
        bucket.fill(con, numbered_kpis(con))
        con.execute("DELETE FROM meta WHERE key = 'key_generation'")
        con.execute("INSERT INTO meta VALUES ('key_generation', ?)", [str(now + 1)])
        audit.record(con, "rotate_key", None, {"generation": now + 1, "changed": changed})
    return Rotated(now + 1, changed)


def _in_use(folder: Path, wanted: int) -> tuple[bytes, ...]:
    ring = load_ring(folder, data_exist=True)
    if len(ring) < wanted:
        raise Refused(
            N_("The key {path} is older than the database: it holds {found} of {wanted} keys. Put the newer one back."),
            path=str(folder / KEY_NAME),
            found=len(ring),
            wanted=wanted,
        )
    return ring[:wanted]


def _columns(con: DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return every stored table with a column of pseudonyms."""
    rows = con.execute(
        "SELECT t.table_name, c.column_name "
        "FROM duckdb_tables() t JOIN duckdb_columns() c USING (database_name, schema_name, table_name) "
        "WHERE NOT t.temporary AND NOT t.internal AND (c.column_name = 'customer' "
        "OR (list_contains(?, t.table_name) AND c.column_name = 'name')) ORDER BY ALL",
        [list(_NOT_CUSTOMERS)],
    ).fetchall()
    return [(str(table), str(column)) for table, column in rows]


def _known(con: DuckDBPyConnection) -> list[int]:
    every = " UNION ".join(
        f'SELECT {column} FROM "{table}" WHERE {column} IS NOT NULL' for table, column in _columns(con)
    )
    return [int(row[0]) for row in con.execute(every).fetchall()]


def _rename(con: DuckDBPyConnection, key: bytes) -> int:
    """Take every stored pseudonym through one more key; return how many there are."""
    known = _known(con)
    if not known:
        return 0
    with renamed(con, known, (key,)) as table:
        for name, column in _columns(con):
            con.execute(f'UPDATE "{name}" SET {column} = r.kept FROM {table} r WHERE "{name}".{column} = r.given')
    return len(known)


@contextmanager
def renamed(con: DuckDBPyConnection, values: Iterable[int], keys: Sequence[bytes]) -> Iterator[str]:
    """Lend a temporary table (given, kept) of pseudonyms and what they become through some keys."""
    given = list(values)
    kept = [layered(keys, value) for value in given]
    if len(set(kept)) < len(set(given)):
        raise Refused(N_("Two customers would bear one pseudonym under this key. Nothing was changed; try again."))
    con.register("fresh_names", pa.table({"given": pa.array(given, pa.uint64()), "kept": pa.array(kept, pa.uint64())}))
    con.execute("CREATE OR REPLACE TEMP TABLE renamed AS FROM fresh_names")
    con.unregister("fresh_names")
    yield "renamed"
    con.execute("DROP TABLE renamed")


def _make_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    part = _written(path, key)
    try:
        os.link(part, path)
    except FileExistsError:
        return path.read_bytes()[:KEY_BYTES]
    finally:
        part.unlink()
    return key


def _append_key(path: Path, ring: tuple[bytes, ...]) -> tuple[bytes, ...]:
    longer = (*ring, secrets.token_bytes(KEY_BYTES))
    _written(path, b"".join(longer)).replace(path)
    return longer


def _written(path: Path, content: bytes) -> Path:
    """Write a private file beside the key and onto the disk; return where."""
    part = path.with_name(f".{KEY_NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return part
