"""Make the daily sums of some days from facts on shared storage: ask the engine, look at its answer, store it whole."""

import json
import shutil
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi
from ocem.errors import N_, EngineFailed, OcemError, Refused, WrongUse
from ocem.store import access, audit
from ocem.store.aggregate import Part, source_rows
from ocem.store.batch import name_members
from ocem.store.daily import CELL, insert_from_wide, summed
from ocem.store.database import Database
from ocem.store.engine import brought, owned
from ocem.store.engine.brought import Asked
from ocem.store.engine.conversation import Conversation, conversation
from ocem.store.engine.settings import Engine
from ocem.store.engine.source import (
    DIMENSIONS,
    FACTS,
    MANIFEST,
    NAMES,
    Source,
    between,
    count_sql,
    find,
    manifest_rows,
    send_members,
    view_sql,
)
from ocem.store.kpi import numbered_kpis
from ocem.store.member import propose_members

LEFT_S = 24 * 3600.0
"""An unfinished run's files are older than this once nobody needs them."""
Days = tuple[date, date]
Named = dict[str, list[str]]
"""Names found on shared storage by dimension."""


@dataclass(frozen=True)
class Done:
    """What a run brought: rows counted by fact, days by fact, sums stored."""

    version: str
    rows: dict[str, int]
    days: dict[str, Days]
    n_sums: int
    has_manifest: bool


@dataclass(frozen=True)
class _Definitions:
    """What sums depend on; if it changed while the engine worked, its answer is of no use."""

    kpis: list[tuple[int, Kpi]]
    members: dict[str, list[Any]]


def run(
    database: Database,
    engine: Engine,
    facts: Sequence[FactKind] = FACTS,
    days: Days | None = None,
    may_be_fewer: bool = False,
    progress: Callable[[float, str], None] = lambda done, step: None,
) -> Done:
    """Replace the daily sums of some facts and days by those the engine makes from shared storage, all or none.

    From then on these days count from shared storage alone, whatever the store's own facts say of them.

    Parameters
    ----------
    days : tuple of date, optional
        First and last day; without it every day that lies there.
    may_be_fewer : bool
        Accept that days have fewer rows than before, or than the store itself holds for them.

    Raises
    ------
    EngineFailed
        If the engine is gone, slow, of another version, or its answer is not whole. Nothing has changed then but the
        note of the failure.
    """
    access.require(Right.IMPORT)
    unknown = [fact.value for fact in facts if fact not in FACTS]
    if unknown or not facts:
        raise WrongUse(
            N_("{facts} cannot be summed from shared storage; possible are {known}."),
            facts=", ".join(unknown) or "-",
            known=", ".join(fact.value for fact in FACTS),
        )
    staging = database.folder / "staging"
    _sweep(staging)
    folder = staging / f"engine-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    began = datetime.now(UTC)
    try:
        return _run(database, engine, tuple(facts), days, may_be_fewer, progress, folder, began)
    except OcemError as error:
        _note_failure(database, engine, tuple(facts), days, error, began)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(staging: Path) -> None:
    """Take away what a run left that was killed."""
    for left in staging.glob("engine-*"):
        if time.time() - left.stat().st_mtime > LEFT_S:
            shutil.rmtree(left, ignore_errors=True)


def _run(
    database: Database,
    engine: Engine,
    facts: Sequence[FactKind],
    days: Days | None,
    may_be_fewer: bool,
    progress: Callable[[float, str], None],
    folder: Path,
    began: datetime,
) -> Done:
    engine.knock()
    with conversation(engine, folder / "client.log") as talk:
        progress(0.0, "open")
        version = talk.open()
        sources = [find(talk, fact) for fact in facts]
        manifest = talk.ask("text", file=f"{engine.folder}/{MANIFEST}")["text"]
        progress(0.1, "count")
        counted, names = _count(database, talk, sources, days, folder)
        definitions = _prepare(database, talk, names)
        brought_before = _brought_before(database, engine)
        asked: list[Asked] = []
        files: list[Path] = []
        for source in sources:
            progress(0.2 + 0.6 * len(asked) / len(sources), source.fact.value)
            promised = manifest_rows(manifest, source.fact)
            item = _asked(definitions.kpis, source, days, counted[source.fact], brought_before.get(source.fact))
            if item is None:
                brought.check_nothing_promised(source.fact, promised)
                continue
            brought.check_manifest(item, promised)
            talk.ask("view", name=source.view, sql=view_sql(source))
            file = folder / f"{source.fact.value}.parquet"
            talk.ask("fetch", sql=item.query.sql, values=item.query.values, file=str(file))
            asked.append(item)
            files.append(file)
    if not asked:
        raise EngineFailed("absent", N_("Shared storage holds nothing of what was asked for."), folder=engine.folder)
    progress(0.8, "store")
    with database.write() as con:
        _check_unchanged(con, definitions, names)
        if not may_be_fewer:
            for item in asked:
                brought.check_not_fewer(con, item)
        number = _number(con)
        n_sums = sum(_store(con, item, file, number) for item, file in zip(asked, files, strict=True))
        done = Done(
            version,
            {item.fact.value: item.n_rows for item in asked},
            {item.fact.value: item.days for item in asked},
            n_sums,
            manifest is not None,
        )
        _note(con, number, engine, done, definitions, asked, began)
    return done


def _count(
    database: Database, talk: Conversation, sources: Iterable[Source], days: Days | None, folder: Path
) -> tuple[dict[FactKind, dict[date, int]], Named]:
    """Let the engine count rows by day, and list the names that stand on shared storage."""
    counted: dict[FactKind, dict[date, int]] = {}
    names: dict[str, set[str]] = {name: set() for name in DIMENSIONS}
    for source in sources:
        file = folder / f"count_{source.fact.value}.parquet"
        talk.ask("fetch", sql=count_sql(source, days), values=[], file=str(file))
        with database.cursor() as con:
            rows = con.execute(
                "SELECT day, CAST(sum(n_rows) AS BIGINT) FROM read_parquet(?) GROUP BY day", [str(file)]
            ).fetchall()
            if any(day is None for day, _ in rows):
                raise EngineFailed("days", N_("Rows of {fact} on shared storage have no day."), fact=NAMES[source.fact])
            counted[source.fact] = {day: int(n) for day, n in rows}
            for name in source.columns & names.keys():
                found = con.execute(
                    f"SELECT DISTINCT {name} FROM read_parquet(?) WHERE {name} IS NOT NULL", [str(file)]
                ).fetchall()
                names[name] |= {str(row[0]) for row in found}
    return counted, {name: sorted(found) for name, found in names.items()}


def _prepare(database: Database, talk: Conversation, names: Named) -> _Definitions:
    """Send the members, with those that the names found there will propose; nothing is stored yet."""
    with access.acting(access.SYSTEM), database.cursor() as con:
        con.execute("BEGIN TRANSACTION")
        try:
            _propose(con, names)
            send_members(talk, con)
            return _Definitions(numbered_kpis(con), owned.members_now(con))
        finally:
            con.execute("ROLLBACK")


def _propose(con: DuckDBPyConnection, names: Named) -> None:
    """Propose members for names that nobody declared, as an import does, and list the names of all."""
    for dimension, texts in names.items():
        propose_members(con, dimension, texts)
    name_members(con)


def _check_unchanged(con: DuckDBPyConnection, definitions: _Definitions, names: Named) -> None:
    _propose(con, names)
    if _Definitions(numbered_kpis(con), owned.members_now(con)) != definitions:
        raise Refused(N_("KPIs or members were changed while the engine worked. Nothing was stored; run it again."))


def _brought_before(database: Database, engine: Engine) -> dict[FactKind, Days]:
    """Return the first and last day of each fact whose sums were made from this folder."""
    with database.cursor() as con:
        rows = con.execute(
            "SELECT d.fact, min(d.day), max(d.day) FROM engine_day d JOIN engine_run r ON r.id = d.run_id "
            "WHERE r.folder = ? GROUP BY d.fact",
            [engine.folder],
        ).fetchall()
    return {FactKind(fact): (first, last) for fact, first, last in rows}


def _asked(
    kpis: list[tuple[int, Kpi]], source: Source, days: Days | None, counted: dict[date, int], before: Days | None
) -> Asked | None:
    """Return the statement over one fact: the same text as over the store's own; None where nothing lies there.

    Where all days are asked for, those that the folder had the last time are among them: they may be gone.
    """
    known = [*counted, *(before or ())]
    if not known and days is None:
        return None
    span = days or (min(known), max(known))
    rollup, columns = summed(kpis, source.fact)
    rows = rollup.column(Part(None, ()))
    query = rollup.query(f"{source.view} WHERE {between(span)}", CELL)
    return Asked(source.fact, span, counted, query, columns, rows, is_all=days is None)


def _number(con: DuckDBPyConnection) -> int:
    row = con.execute("SELECT coalesce(max(id), 0) + 1 FROM engine_run").fetchone()
    assert row is not None
    return int(row[0])


def _store(con: DuckDBPyConnection, asked: Asked, file: Path, number: int) -> int:
    """Put the sums of one fact in place of what stood for its days; return how many there are."""
    fact, (first, last) = asked.fact.value, asked.days
    brought.load(con, asked, file)
    span = [fact, first, last]
    con.execute("DELETE FROM daily WHERE fact = ? AND day BETWEEN ? AND ?", span)
    insert_from_wide(con, asked.fact, asked.columns)
    con.execute("DROP TABLE wide")
    con.execute("DELETE FROM engine_day WHERE fact = ? AND day BETWEEN ? AND ?", span)
    each = asked.each_day()
    con.execute(
        "INSERT INTO engine_day SELECT ?, t.day, ?, t.n, (SELECT count(*) FROM daily d WHERE d.fact = ? "
        "AND d.day = t.day) FROM (SELECT unnest(?) AS day, unnest(?) AS n) t",
        [fact, number, fact, each, [asked.counted.get(day, 0) for day in each]],
    )
    row = con.execute("SELECT count(*) FROM daily WHERE fact = ? AND day BETWEEN ? AND ?", span).fetchone()
    return int(row[0]) if row else 0


def _note(
    con: DuckDBPyConnection,
    number: int,
    engine: Engine,
    done: Done,
    definitions: _Definitions,
    asked: Sequence[Asked],
    began: datetime,
) -> None:
    first, last = min(item.days[0] for item in asked), max(item.days[1] for item in asked)
    facts = [item.fact.value for item in asked]
    con.execute(
        "INSERT INTO engine_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'done', ?, ?, ?, ?, NULL)",
        [
            number, engine.shown, f"Spark Connect {done.version}", engine.folder, json.dumps(facts), first, last, began,
            datetime.now(UTC), sum(done.rows.values()),
            json.dumps({item.fact.value: sorted(item.columns) for item in asked}), json.dumps(definitions.members),
            done.has_manifest,
        ],
    )  # fmt: skip
    audit.record(
        con, "engine", engine.shown,
        {"folder": engine.folder, "rows": done.rows, "first": first, "last": last, "sums": done.n_sums},
    )  # fmt: skip


def _note_failure(
    database: Database, engine: Engine, facts: Sequence[FactKind], days: Days | None, error: OcemError, began: datetime
) -> None:
    """Remember that a try failed, so that whoever sees the older sums learns why they are older."""
    first, last = days or (None, None)
    values = {key: owned.written(value) for key, value in error.values.items()}
    with database.write() as con:
        con.execute(
            "INSERT INTO engine_run VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?, 'failed', NULL, NULL, NULL, NULL, ?)",
            [
                _number(con), engine.shown, engine.folder, json.dumps([fact.value for fact in facts]), first, last,
                began, datetime.now(UTC), json.dumps({"template": error.template, "values": values}),
            ],
        )  # fmt: skip
        audit.record(con, "engine failed", engine.shown, {"folder": engine.folder, "why": str(error)})


def give_back(database: Database, facts: Sequence[FactKind], days: Days) -> dict[str, int]:
    """Let days count from the store's own facts again; return how many days of each fact changed hands."""
    access.require(Right.IMPORT)
    given: dict[str, int] = {}
    with database.write() as con:
        kpis = numbered_kpis(con)
        for fact in facts:
            span = [fact.value, *days]
            row = con.execute("SELECT count(*) FROM engine_day WHERE fact = ? AND day BETWEEN ? AND ?", span).fetchone()
            if not row or not row[0]:
                continue
            given[fact.value] = int(row[0])
            for table in ("engine_day", "daily"):
                con.execute(f"DELETE FROM {table} WHERE fact = ? AND day BETWEEN ? AND ?", span)
            rollup, columns = summed(kpis, fact)
            query = rollup.query(f"{source_rows(fact)} WHERE {between(days)}", CELL)
            con.execute(f"CREATE OR REPLACE TEMP TABLE wide AS {query.sql}", query.values)
            insert_from_wide(con, fact, columns)
            con.execute("DROP TABLE wide")
        audit.record(con, "engine given back", None, {"facts": given, "first": days[0], "last": days[1]})
    return given
