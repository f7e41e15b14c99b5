"""Facts and daily sums as Parquet by month: what goes to another engine, another installation or an archive.

Layout below the folder, described in docs/data-model.md:

- ``exchange.json``: format, counts, and for every source its fact and files with rows and SHA-256;
- ``definitions.json``: members, KPIs, initiatives and objectives as documents;
- ``facts/FACT/SOURCE/month=YYYY-MM.parquet``: live facts, members by key, customers by pseudonym;
- ``daily/month=YYYY-MM.parquet``: the daily sums by KPI, fact and cell.

Never the database file itself: its format is the engine's own and changes with it.
"""

import hashlib
import json
import re
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.batch import Detected
from ocem.domain.fact import FACT_FIELDS, FactKind, FieldType
from ocem.domain.perimeter import Dimension, Member
from ocem.errors import N_, Refused, WrongUse
from ocem.store import access, audit
from ocem.store.batch import Staged, commit, find_live_upload
from ocem.store.database import Database
from ocem.store.definition.initiative import initiative_document
from ocem.store.definition.kpi import kpi_document
from ocem.store.definition.objective import objective_document
from ocem.store.definitions import load_documents
from ocem.store.early import agree, is_early
from ocem.store.kpi import list_kpis
from ocem.store.member import list_members
from ocem.store.objective import list_initiatives, list_objectives
from ocem.store.pseudonym import generation

FORMAT = "ocem-exchange"
VERSION = 2
MANIFEST = "exchange.json"
DEFINITIONS = "definitions.json"
_SAFE = re.compile(r"[a-z0-9_]{1,80}")


@dataclass(frozen=True)
class Exchanged:
    """What an export wrote or a reading brought: rows by fact."""

    folder: Path
    rows: dict[str, int]
    batches: tuple[int, ...] = ()


def _columns(fact: FactKind) -> tuple[list[str], str]:
    """Return the columns of an exported fact and the joins that name its members."""
    columns = ["f.day", "f.key_hash", "f.row_hash"]
    joins = ""
    for item in FACT_FIELDS[fact]:
        if item.type is FieldType.MEMBER:
            joins += (
                f"\nJOIN member m_{item.name} ON m_{item.name}.dimension = '{item.name}' "
                f"AND m_{item.name}.id = f.{item.name}_id"
            )
            columns.append(f"nullif(m_{item.name}.key, '') AS {item.name}")
        elif item.name == "order_day":
            columns.append("f.day AS order_day")
        elif item.name != "day":
            columns.append(f"f.{item.name}")
    return columns, joins


def write(database: Database, folder: Path) -> Exchanged:
    """Write the live facts that the acting person sees, the daily sums and the definitions below an empty folder.

    Raises
    ------
    WrongUse
        If the folder holds something already.
    """
    access.require(Right.EXPORT)
    folder = Path(folder).expanduser().resolve()
    if folder.exists() and any(folder.iterdir()):
        raise WrongUse(N_("The folder {folder} is not empty. Choose another one."), folder=str(folder))
    part = database.folder / "staging" / f"exchange-{uuid.uuid4().hex}"
    try:
        with database.cursor() as con:
            sources = [
                _write_source(con, fact, number, key, part)
                for fact in FactKind
                if fact is not FactKind.RESPONSE or access.person().may(Right.ADMINISTER)  # single people's answers
                for number, key in _sources(con, fact)
            ]
            _write_months(con, _DAILY, [], part / "daily")
            definitions = _definitions(con)
            keys = generation(con)
        manifest = {"format": FORMAT, "version": VERSION, "key_generation": keys, "sources": sources}
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        (part / DEFINITIONS).write_text(json.dumps(definitions, indent=1, default=str), encoding="utf-8")
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(part, folder, dirs_exist_ok=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    rows: dict[str, int] = {}
    for item in sources:
        rows[item["fact"]] = rows.get(item["fact"], 0) + sum(file["rows"] for file in item["files"])
    with database.write() as con:
        audit.record(con, "export", "exchange", {"rows": rows})
    return Exchanged(folder, rows)


_DAILY = """SELECT k.key AS kpi, d.fact, d.day, t.key AS touchpoint, s.key AS segment, p.key AS phase,
    d.n, d.numerator, d.denominator, d.numerator_sq, d.numerator_log, d.numerator_log_sq
FROM daily d JOIN kpi k ON k.id = d.kpi_id AND k.current
JOIN member t ON t.dimension = 'touchpoint' AND t.id = d.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = d.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = d.phase_id"""


def _sources(con: DuckDBPyConnection, fact: FactKind) -> list[tuple[int, str]]:
    rows = con.execute(
        f"SELECT DISTINCT s.id, s.key FROM {fact.value} f JOIN source s ON s.id = f.source_id "
        "WHERE f.superseded_by IS NULL ORDER BY s.key"
    ).fetchall()
    return [(int(number), str(key)) for number, key in rows]


def _write_source(con: DuckDBPyConnection, fact: FactKind, number: int, key: str, part: Path) -> dict[str, Any]:
    columns, joins = _columns(fact)
    query = f"SELECT {', '.join(columns)} FROM {fact.value} f{joins}\nWHERE f.superseded_by IS NULL AND f.source_id = ?"
    safe = key if _SAFE.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:16]
    return {
        "source": key,
        "fact": fact.value,
        "hashes": 1 if is_early(con, key) else 2,
        "files": _write_months(con, query, [number], part / "facts" / fact / safe),
    }


def _write_months(con: DuckDBPyConnection, query: str, values: list[Any], folder: Path) -> list[dict[str, Any]]:
    """Write one file a month, rows by day; return name, rows and hash of each."""
    folder.mkdir(parents=True)
    months = con.execute(f"SELECT date_trunc('month', day) AS m, count(*) FROM ({query}) GROUP BY m ORDER BY m", values)
    written = []
    for month, rows in months.fetchall():
        path = folder / f"month={month:%Y-%m}.parquet"
        con.execute(
            f"COPY (SELECT * FROM ({query}) WHERE date_trunc('month', day) = DATE '{month:%Y-%m-%d}' ORDER BY day) "
            f"TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)",
            values,
        )
        name = str(path.relative_to(folder.parents[2])) if folder.parents[1].name == "facts" else path.name
        written.append({"file": name, "rows": int(rows), "sha256": _sha256(path)})
    return written


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _definitions(con: DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        dimension.value: {item.key: _member_document(item) for item in list_members(con, dimension) if item.key}
        for dimension in Dimension
    }
    found["kpi"] = {item.key: kpi_document(item) for item in list_kpis(con)}
    found["initiative"] = {item.key: initiative_document(item) for item in list_initiatives(con)}
    found["objective"] = {item.key: objective_document(item) for item in list_objectives(con)}
    return found


def _member_document(member: Member) -> dict[str, Any]:
    values = {name: value for name, value in vars(member).items() if name not in ("dimension", "key")}
    return {name: getattr(value, "value", value) for name, value in values.items() if value is not None}


def is_exchange(folder: Path) -> bool:
    """Say whether a folder was written by `write`."""
    return (Path(folder) / MANIFEST).is_file()


def read(database: Database, folder: Path) -> Exchanged:
    """Store an exchange folder: definitions first, then one batch a source and month; what is there already stays.

    Raises
    ------
    Refused
        If the folder is of a newer format, or a file is missing or differs from what was written.
    """
    access.require(Right.IMPORT)
    folder = Path(folder).expanduser().resolve()
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest.get("format") != FORMAT or int(manifest.get("version", 0)) > VERSION:
        raise Refused(N_("{folder} was written by a newer version of the program."), folder=str(folder))
    for item in manifest["sources"]:
        for file in item["files"]:
            path = folder / file["file"]
            if not path.resolve().is_relative_to(folder) or not path.is_file() or _sha256(path) != file["sha256"]:
                raise Refused(N_("{file} is missing or was changed after the export."), file=file["file"])
    load_documents(database, json.loads((folder / DEFINITIONS).read_text(encoding="utf-8")))
    rows: dict[str, int] = {}
    batches = []
    with database.write() as con:
        for item in manifest["sources"]:
            agree(con, item["source"], early=item.get("hashes", 1) == 1)
    for item in manifest["sources"]:
        for file in item["files"]:
            keys = int(manifest.get("key_generation", 1))
            done = _read_file(database, folder / file["file"], FactKind(item["fact"]), item["source"], file, keys)
            if done is not None:
                rows[item["fact"]] = rows.get(item["fact"], 0) + done[1]
                batches.append(done[0])
    return Exchanged(folder, rows, tuple(batches))


def _read_file(
    database: Database, path: Path, fact: FactKind, source: str, file: dict[str, Any], keys: int
) -> tuple[int, int] | None:
    with database.cursor() as con:
        if find_live_upload(con, file["sha256"], None, source) is not None:
            return None
    staged = database.folder / "staging" / f"exchange-{uuid.uuid4().hex}.parquet"
    raw = staged.with_suffix(".raw")
    shutil.copyfile(path, raw)
    try:
        with database.cursor() as con:
            con.execute(
                f"COPY (SELECT CAST(row_number() OVER () AS INTEGER) AS line, * FROM read_parquet(?)) "
                f"TO '{str(staged).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)",
                [str(raw)],
            )
        done = commit(
            database,
            Staged(staged, fact, source, path.name, file["sha256"], Detected(), int(file["rows"]), been_through=keys),
            actor=access.person().name,
        )
    finally:
        raw.unlink(missing_ok=True)
        staged.unlink(missing_ok=True)
    return done.batch, done.counts.accepted + done.counts.updated
