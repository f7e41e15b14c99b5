"""The keys of stored records in sorted files beside the store: a batch is told to be new without reading the facts.

A record may come back on any day, so that every key ever stored must be ruled out for every row that comes in. Reading
the keys where they lie among the facts takes many times as long as reading them sorted, a piece at a time, and looking
the sorted keys of the batch up in each piece.

Files are written once, under names never used again, and are on the disk before the transaction whose keys they hold
ends. Which of them count is said by the store itself (`meta`), inside that transaction: whatever is killed, undone,
restored or copied, the store names exactly the files that hold its keys. A key too many does no harm, because what is
found is looked for among the facts. Where a file is missing, damaged or behind the facts, the facts are read in its
place and the next batch makes the files anew. A key stands in a file as it stands in the facts: as a hash.
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from ocem.domain.fact import FactKind

Keys = NDArray[np.uint64]
FEWEST = 2_000_000
"""Facts with fewer rows are compared as they lie in the store."""
LOOKED_UP_AT_ONCE = 4_000_000
"""Batches with more rows are compared with the facts: what they cost otherwise is far more."""
SORTED_AT_ONCE = 4_000_000
"""Keys sorted in memory together when files are made from the facts."""
MERGED_TOGETHER = 4
"""As many files of one size become one: few to look into, each key written anew a few times in all."""
LARGEST = 1 << 26
"""Files are not merged beyond this, so that no import has to write much more than it brings."""
PIECE = 1 << 15
"""Keys read together: as many as stay in the processor's cache."""
_BYTES = 8
_NONE: Keys = np.empty(0, np.uint64)


@dataclass(frozen=True)
class KeyFile:
    """One file: its name, how many keys it holds, their sum, and the days on which their records lie."""

    name: str
    n_keys: int
    total: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class KeyFiles:
    """The files of a fact: together they hold the key of every row of the batches up to `last_batch`."""

    last_batch: int
    files: tuple[KeyFile, ...]


class Unreadable(Exception):
    """A file is not there, or not as it was written."""


def _name(fact: FactKind) -> str:
    return f"keys_of_{fact}"


def read(con: DuckDBPyConnection, fact: FactKind) -> KeyFiles | None:
    """Return the files that hold the keys of a fact's rows; None where there are none that hold all."""
    row = con.execute("SELECT value FROM meta WHERE key = ?", [_name(fact)]).fetchone()
    if row is None:
        return None
    told = json.loads(row[0])
    files = tuple(
        KeyFile(**item | {name: date.fromisoformat(item[name]) for name in ("first_day", "last_day")})
        for item in told["files"]
    )
    found = con.execute(
        f"SELECT (SELECT max(id) FROM import_batch WHERE fact = ?), (SELECT count(*) FROM {fact})", [fact.value]
    ).fetchall()[0]
    holds_all = found[0] == told["last_batch"] and sum(item.n_keys for item in files) >= found[1]
    return KeyFiles(told["last_batch"], files) if holds_all else None


def _say(con: DuckDBPyConnection, fact: FactKind, known: KeyFiles | None) -> None:
    con.execute("DELETE FROM meta WHERE key = ?", [_name(fact)])
    if known is not None:
        con.execute("INSERT INTO meta VALUES (?, ?)", [_name(fact), json.dumps(asdict(known), default=str)])


class KnownKeys:
    """The keys of a fact's stored rows, as far as files hold them all.

    Parameters
    ----------
    folder : Path
        Where the files lie.
    """

    def __init__(self, con: DuckDBPyConnection, folder: Path, fact: FactKind) -> None:
        self._folder, self._fact = folder, fact
        self._known = read(con, fact)

    def days_of(self, con: DuckDBPyConnection, rows: Path) -> str | None:
        """Return the condition on days (``day``) outside which no stored row bears a key of these staged rows.

        ``FALSE`` where no row does; None where only the facts can say.
        """
        if self._known is None:
            return None
        if con.execute("SELECT count(*) FROM read_parquet(?)", [str(rows)]).fetchall()[0][0] > LOOKED_UP_AT_ONCE:
            return None
        keys = con.execute("SELECT key_hash FROM read_parquet(?)", [str(rows)]).fetchnumpy()["key_hash"]
        asked = np.sort(np.asarray(keys, dtype=np.uint64))
        try:
            within = [item for item in self._known.files if _held(self._folder, item, asked).any()]
        except Unreadable:
            self._known = None
            return None
        parts = [f"day BETWEEN DATE '{item.first_day}' AND DATE '{item.last_day}'" for item in within]
        return f"({' OR '.join(parts)})" if parts else "FALSE"

    def note(self, con: DuckDBPyConnection, batch: int) -> None:
        """Write the keys of a batch that has just been stored, and name their file in the running transaction.

        Where no files held all keys before, they are made from the facts once these have grown large; so they are where
        they hold many keys that the facts no longer do.
        """
        stored = _count(con, self._fact)
        known = self._known
        if known is not None and sum(item.n_keys for item in known.files) > 2 * stored:
            known = None
        if known is None and stored < FEWEST:
            return
        _remove_others(con, self._folder)
        files = known.files if known else ()
        only = f" WHERE batch_id = {batch:d}" if known else ""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            for keys, first_day, last_day in _sorted_parts(con, f"SELECT key_hash, day FROM {self._fact}{only}"):
                files = _settled(self._folder, (*files, _write(self._folder, [keys], first_day, last_day)))
            _onto_disk(self._folder)
        except (OSError, Unreadable):  # the facts hold the keys as well
            _say(con, self._fact, None)
        else:
            _say(con, self._fact, KeyFiles(batch, files))


def make(con: DuckDBPyConnection, folder: Path) -> None:
    """Make all files anew from the facts."""
    for fact in FactKind:
        _say(con, fact, None)
        row = con.execute("SELECT max(id) FROM import_batch WHERE fact = ?", [fact.value]).fetchone()
        if row and row[0] is not None:
            KnownKeys(con, folder, fact).note(con, int(row[0]))


def _pieces(path: Path, about: KeyFile) -> Iterator[Keys]:
    """Read a file piece by piece; a piece is in force until the next is asked for.

    Raises
    ------
    Unreadable
        At the end at the latest, if the file is not as it was written.
    """
    buffer = np.empty(PIECE, np.uint64)
    n_keys = total = 0
    try:
        with path.open("rb", buffering=0) as file:
            while n_bytes := file.readinto(buffer.data.cast("B")):
                if n_bytes % _BYTES:
                    raise Unreadable(path)
                piece = buffer[: n_bytes // _BYTES]
                n_keys, total = n_keys + len(piece), total + int(piece.sum(dtype=np.uint64))
                yield piece
    except OSError as error:
        raise Unreadable(path) from error
    if (n_keys, total % 2**64) != (about.n_keys, about.total):
        raise Unreadable(path)


def _held(folder: Path, about: KeyFile, asked: Keys) -> NDArray[np.bool_]:
    """Say which of some sorted keys a file holds. It is read to its end: what is damaged says nothing."""
    found = np.zeros(len(asked), dtype=bool)
    begin = 0
    for piece in _pieces(folder / about.name, about):
        end = int(np.searchsorted(asked, piece[-1], side="right"))
        mine = asked[begin:end]
        found[begin:end] = piece[np.searchsorted(piece, mine)] == mine
        begin = end
    return found


def _count(con: DuckDBPyConnection, fact: FactKind) -> int:
    return int(con.execute(f"SELECT count(*) FROM {fact}").fetchall()[0][0])


def _sorted_parts(con: DuckDBPyConnection, rows: str) -> Iterator[tuple[Keys, date, date]]:
    """Return the keys of some rows as they are stored, some millions at a time, in order; and between which days.

    Raises
    ------
    Unreadable
        If a row lies on no day: nothing could be said of where its key is.
    """
    con.complete()  # an answer of which only the first row was fetched would be in the way
    gathered: list[Keys] = []
    days: list[date] = []
    for part in con.sql(rows).to_arrow_reader(1 << 20):
        if not part.num_rows:
            continue
        lie = part.column("day").to_numpy(zero_copy_only=False)
        if np.isnat(lie).any():
            raise Unreadable("day")
        gathered.append(part.column("key_hash").to_numpy(zero_copy_only=False))
        days += [day.astype("datetime64[D]").item() for day in (lie.min(), lie.max())]
        if sum(map(len, gathered)) >= SORTED_AT_ONCE:
            yield _in_order(gathered), min(days), max(days)
            gathered, days = [], []
    if gathered:
        yield _in_order(gathered), min(days), max(days)


def _in_order(gathered: list[Keys]) -> Keys:
    keys = np.concatenate(gathered)
    keys.sort()
    return keys


def _settled(folder: Path, files: tuple[KeyFile, ...]) -> tuple[KeyFile, ...]:
    """Merge the files of one size once they are many."""
    while len(files) >= MERGED_TOGETHER:
        last = files[-MERGED_TOGETHER:]
        if len({_size(item) for item in last}) > 1 or sum(item.n_keys for item in last) > LARGEST:
            break
        days = [item.first_day for item in last] + [item.last_day for item in last]
        merged = _write(folder, _merged(folder, last), min(days), max(days))
        files = (*files[:-MERGED_TOGETHER], merged)
    return files


def _size(about: KeyFile) -> int:
    """Return the size class of a file: those of a class are not `MERGED_TOGETHER` times as large as one another."""
    return (about.n_keys.bit_length() - 1) // (MERGED_TOGETHER.bit_length() - 1)


def _merged(folder: Path, files: tuple[KeyFile, ...]) -> Iterator[Keys]:
    """Return the keys of some files in order, a piece after the other."""
    streams = [_pieces(folder / item.name, item) for item in files]
    ahead = [next(stream, _NONE) for stream in streams]
    while any(map(len, ahead)):
        bound = min(keys[-1] for keys in ahead if len(keys))
        ends = [int(np.searchsorted(keys, bound, side="right")) for keys in ahead]
        yield _in_order([keys[:end] for keys, end in zip(ahead, ends, strict=True)])
        ahead = [
            keys[end:] if end < len(keys) else next(stream, _NONE)
            for keys, end, stream in zip(ahead, ends, streams, strict=True)
        ]


def _write(folder: Path, pieces: Iterable[Keys], first_day: date, last_day: date) -> KeyFile:
    """Write sorted keys as a file of their own and onto the disk."""
    path = folder / f"{secrets.token_hex(12)}.keys"
    n_keys = total = 0
    with path.open("xb") as file:
        for keys in pieces:
            file.write(keys.data.cast("B"))
            n_keys, total = n_keys + len(keys), total + int(keys.sum(dtype=np.uint64))
        file.flush()
        os.fsync(file.fileno())
    return KeyFile(path.name, n_keys, total % 2**64, first_day, last_day)


def _onto_disk(folder: Path) -> None:
    """Make sure that the names of new files are on the disk too, where the system can say so of a folder."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_others(con: DuckDBPyConnection, folder: Path) -> None:
    """Remove what no fact names: left over from a batch that did not hold, or merged into another file since."""
    rows = con.execute("SELECT value FROM meta WHERE key LIKE 'keys\\_of\\_%' ESCAPE '\\'").fetchall()
    named = {item["name"] for (value,) in rows for item in json.loads(value)["files"]}
    for path in folder.glob("*.keys"):
        if path.name not in named:
            with suppress(OSError):
                path.unlink()


def missing(con: DuckDBPyConnection, folder: Path, fact: FactKind) -> int:
    """Count the rows of a fact whose key is in no file; 0 when sound, or where the facts are read in place of files."""
    known = read(con, fact)
    if known is None:
        return 0
    found = 0
    try:
        for keys, _, _ in _sorted_parts(con, f"SELECT key_hash, day FROM {fact}"):
            left = keys
            for item in known.files:
                left = left[~_held(folder, item, left)]
            found += len(left)
    except Unreadable:
        return 0
    return found
