"""What can be saved of a damaged file: every table that still reads, as far as it reads, as Parquet.

Reading is done in processes of their own, because a damaged block can end the process that reads it. A table that
breaks in the middle is read in pieces, so that what lies before and behind the damage is kept. The file itself is
opened for reading only and never changed.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from ocem.errors import N_, NotAStore, StoreDamaged, WrongUse

MANIFEST = "salvage.json"
PIECE = 122_880
"""Rows a piece: those of one block of the engine."""
SECONDS_A_TABLE = 600


@dataclass(frozen=True)
class Saved:
    """One table: rows written, rows that could not be read (None: nobody knows how many)."""

    table: str
    rows: int
    lost: int | None


@dataclass(frozen=True)
class Salvaged:
    """What was saved, and where."""

    folder: Path
    tables: tuple[Saved, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing was lost."""
        return all(item.lost == 0 for item in self.tables)


def salvage(source: Path, folder: Path) -> Salvaged:
    """Write every readable table of a file below an empty folder.

    Raises
    ------
    WrongUse
        If there is no file, or the folder holds something already.
    NotAStore, StoreDamaged
        If not even the list of tables can be read; a copy in ``backups`` is the way back then.
    """
    source, folder = Path(source).expanduser().resolve(), Path(folder).expanduser().resolve()
    if not source.is_file():
        raise WrongUse(N_("There is no file {file}."), file=str(source))
    if folder.exists() and any(folder.iterdir()):
        raise WrongUse(N_("The folder {folder} is not empty. Choose another one."), folder=str(folder))
    tables = _ask(source, "tables")
    if tables is None:
        raise StoreDamaged(
            N_(
                "Nothing of {path} can be read, not even which tables it holds. Restore the last backup, kept in "
                "{backups}."
            ),
            path=str(source),
            backups=str(source.parent / "backups"),
        )
    if "schema_version" not in tables:
        raise NotAStore(
            N_("{path} is not a database of this program. Choose another file, or move it away."), path=str(source)
        )
    folder.mkdir(parents=True, exist_ok=True)
    whole = dict(_lines(source, "every", "", str(folder))[0])
    saved = tuple(
        Saved(table, whole[table], 0) if table in whole else _save(source, table, folder) for table in map(str, tables)
    )
    found = Salvaged(folder, saved)
    document = {"source": str(source), "whole": found.whole, "tables": [asdict(item) for item in saved]}
    (folder / MANIFEST).write_text(json.dumps(document, indent=1), encoding="utf-8")
    return found


def _save(source: Path, table: str, folder: Path) -> Saved:
    """Save what can be read of a table that does not read in one go."""
    (folder / f"{table}.parquet").unlink(missing_ok=True)
    done = _ask(source, "pieces", table, str(folder)) or [0, None]
    return Saved(table, int(done[0] or 0), None if done[1] is None else int(done[1]))


def _ask(source: Path, *question: str) -> list[Any] | None:
    """Return the last thing that a process of its own said about the file; None when it failed or died."""
    found, sound = _lines(source, *question)
    return found[-1] if found and sound else None


def _lines(source: Path, *question: str) -> tuple[list[list[Any]], bool]:
    """Let a process of its own read the file: what it said until it ended, and whether it ended well."""
    command = [sys.executable, "-m", "ocem.store.salvage", str(source), *question]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS_A_TABLE, cwd=Path(__file__).parents[2], check=False
        )
    except subprocess.TimeoutExpired:
        return [], False
    return [json.loads(line) for line in done.stdout.splitlines() if line.endswith("]")], done.returncode == 0


def _answers(source: str, what: str, table: str = "", folder: str = "") -> Iterator[list[Any]]:
    """Read as one process; printed below as it comes."""
    with duckdb.connect(source, read_only=True) as con:
        if what == "tables":
            rows = con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1").fetchall()
            yield [row[0] for row in rows]
        elif what == "every":
            for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall():
                with suppress(duckdb.Error):
                    yield [name, _copy(con, f"SELECT * FROM {_quoted(name)}", Path(folder) / f"{name}.parquet")]
        else:
            yield _pieces(con, _quoted(table), Path(folder), table)


def _quoted(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'


def _pieces(con: duckdb.DuckDBPyConnection, quoted: str, folder: Path, table: str) -> list[Any]:
    """Read a table piece by piece; a piece that does not read is left out."""
    last = con.execute(f"SELECT estimated_size FROM duckdb_tables() WHERE table_name = '{table}'").fetchall()
    total, saved = int(last[0][0]), 0
    for start in range(0, max(total, 1), PIECE):
        rows = f"SELECT * FROM {quoted} WHERE rowid >= {start} AND rowid < {start + PIECE}"
        try:
            saved += _copy(con, rows, folder / f"{table}-{start:012d}.parquet")
        except duckdb.Error:
            (folder / f"{table}-{start:012d}.parquet").unlink(missing_ok=True)
    return [saved, max(total - saved, 0)]


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    target = str(path).replace("'", "''")
    done = con.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)").fetchall()
    return int(done[0][0])


if __name__ == "__main__":
    for said in _answers(*sys.argv[1:]):
        print(json.dumps(said), flush=True)  # noqa: T201  # the answer to the process that asked
