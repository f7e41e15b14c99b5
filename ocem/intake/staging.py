"""From lines to typed rows: the private engine that reads text at scale. Nothing here touches the store.

The common case is two statements a chunk: lines cut, typed and checked, then stored with their hashes. Lines that the
first does not accept are read again with the careful expressions; what is still not right goes through the tolerant
splitter and comes out with its reason.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ocem.domain.batch import LineNote
from ocem.intake.careful import Warned, careful_sql, ways_to_split
from ocem.intake.dialect import Layout, looks_like_date
from ocem.intake.facts import CARE_ROWS
from ocem.intake.fast import FastColumn, calendar_sql
from ocem.intake.leftover import Failure, Setting, classify
from ocem.intake.lines import Cutter, ahead, chunks
from ocem.intake.plain import fast_columns, plain_sql
from ocem.intake.plan import Plan, Progress, StagedRows
from ocem.intake.reading import literal
from ocem.intake.receive import LIMITS, Limits
from ocem.intake.record import record_sql
from ocem.intake.repeats import PARQUET, settle
from ocem.intake.split import Line, Row, Splitter, mostly_filled
from ocem.intake.text import BAD_BYTE_MARK, CUT_MARK, NUL_MARK, TextFile
from ocem.store.database import THREADS
from ocem.store.pseudonym import pseudonym

FEW_LINES = 5_000
"""Up to so many lines of a chunk are split one by one at once: planning the careful statement would cost more."""
NAMED_AT_MOST = 10_000
_MARKS = {NUL_MARK: "nul_byte", BAD_BYTE_MARK: "bad_encoding", CUT_MARK: "cell_too_long"}


def engine(spill: Path, memory: str = "1GB", threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open a private in-memory engine that can read and write files of its own folder only through our statements."""
    options: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    if threads or os.environ.get(THREADS):
        options["threads"] = threads or int(os.environ[THREADS])
    con = duckdb.connect(config=options)
    con.execute("SET TimeZone = 'UTC'")
    return con


class Stager:
    """Reads one table into Parquet parts; use `stage_text` or `stage_rows`."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        plan: Plan,
        layout: Layout,
        folder: Path,
        key: bytes,
        limits: Limits = LIMITS,
        progress: Progress | None = None,
        cheaply: bool = True,
    ) -> None:
        self.con = con
        self.plan = plan
        self.layout = layout
        self.folder = folder
        self.key = key
        self.limits = limits
        self.progress = progress
        self.cheaply = cheaply
        self.parts: list[Path] = []
        self.n_good = 0
        self.last_good = 0
        self.n_bytes = 0
        self.failures: list[Failure] = []
        self.pseudonyms: dict[str, int] = {}
        self.warned = Warned(plan)
        folder.mkdir(parents=True, exist_ok=True)

    # the two ways in

    def stage_text(self, text: TextFile, sample: Sequence[Row]) -> StagedRows:
        """Stage a text file whose layout is known; `sample` are rows of the table."""
        assert self.layout.delimiter is not None
        splitter = Splitter(
            self.layout.delimiter,
            self.layout.width,
            self.layout.escaped,
            self.limits,
            self._could_be_row,
            self.layout.quote,
        )
        rows = splitter.rows(self._lines_left(text, fast_columns(self.plan, sample) if self.cheaply else None))
        return self.stage_rows(rows)

    def stage_rows(self, rows: Iterable[Row]) -> StagedRows:
        """Stage rows that are cut already."""
        stream = iter(rows)
        while batch := list(islice(stream, CARE_ROWS)):
            self._stage_carefully(batch)
        return self._finish()

    def _could_be_row(self, cells: tuple[str, ...]) -> bool:
        """Say whether cells look like a record: every required day is written like one."""
        dates = [column.index for column in self.plan.columns if column.required and column.type.startswith("date")]
        return all(looks_like_date(cells[index]) for index in dates) and mostly_filled(cells)

    # the common case

    def _lines_left(self, text: TextFile, fast: tuple[FastColumn, ...] | None) -> Iterator[Line]:
        """Store what is plain, chunk by chunk, and yield the numbered lines that need the tolerant splitter."""
        assert self.layout.delimiter is not None
        for i, column in enumerate(fast or ()):
            if column.zone is not None:
                self.con.execute(f"CREATE OR REPLACE TEMP TABLE calendar_{i} AS {calendar_sql(column.zone)}")
        cutter = Cutter(self.layout.delimiter, self.layout.all_quoted, self.limits.cell_chars, fast is not None)
        for chunk in ahead(chunks(text, cutter, self.layout.first_line)):
            self.con.register("chunk", chunk)
            left = "chunk"
            if fast is not None:
                self._store_plain(fast, cutter.cuts_cells)
                left = "chunk SEMI JOIN (SELECT line FROM typed WHERE NOT ok) USING (line)"
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE rest AS SELECT line, text FROM {left}")
            self.n_bytes += chunk["text"].nbytes
            self.con.unregister("chunk")
            if _one(self.con, "SELECT count(*) FROM rest")[0] > FEW_LINES:
                self._store_clean()
            if self.progress:
                self.progress(self.n_bytes, chunk["line"][-1].as_py() - self.layout.first_line + 1)
            for batch in self.con.sql("SELECT line, text FROM rest ORDER BY line").to_arrow_table().to_batches():
                lines, texts = batch.column(0).to_pylist(), batch.column(1).to_pylist()
                yield from ((number, line[:-1]) for number, line in zip(lines, texts, strict=True))

    def _store_plain(self, fast: tuple[FastColumn, ...], cut: bool) -> None:
        """Type all lines of ``chunk`` in the cheap way and store those it is right for."""
        sql = plain_sql(self.plan, self.layout, fast, cut)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE typed AS {sql}")
        self._keep()

    # the careful case

    def _store_clean(self) -> None:
        """Type carefully, still in the engine, the lines of ``rest`` that split without trouble, and take them out."""
        for cells, calm in ways_to_split(self.layout, self.limits):
            if _one(self.con, f"SELECT count(*) FROM (SELECT 1 FROM rest WHERE {calm} LIMIT 1)") == (0,):
                continue
            source = f"SELECT line, {cells} AS cells FROM rest WHERE {calm}"
            self._store_careful(f"SELECT * FROM ({source}) WHERE len(cells) = {self.layout.width}")
            self.con.execute("DELETE FROM rest USING typed WHERE rest.line = typed.line AND typed.ok")

    def _store_careful(self, source: str) -> None:
        """Fill ``typed`` with the careful reading of ``line, cells`` and store what is right."""
        careful = careful_sql(self.plan, source)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE typed AS {careful.sql}")
        self._keep()
        self.warned.count(self.con, careful)

    def _stage_carefully(self, rows: list[Row]) -> None:
        """Type rows that were cut one by one; what fails is kept with its reasons."""
        whole: list[Row] = []
        for row in rows:
            trouble = self._trouble(row)
            if trouble:
                self.failures.append(Failure(row, trouble))
            else:
                whole.append(row)
        if not whole:
            return
        width = self.layout.width
        table = pa.table(
            {
                "line": pa.array([row.line for row in whole], pa.int32()),
                "cells": pa.array([list(row.cells[:width]) for row in whole], pa.list_(pa.string())),
            }
        )
        self.con.register("care", table)
        self._store_careful("SELECT line, cells FROM care")
        self.con.unregister("care")
        lines_failed = self._note_failures({row.line: row for row in whole})
        strays = [row.line for row in whole if row.stray and row.line not in lines_failed]
        if strays:
            self.warned.add("stray_quote", "", len(strays), min(strays))

    def _note_failures(self, by_line: dict[int, Row]) -> set[int]:
        """Keep the rows of ``typed`` that were refused with their reasons; return their lines."""
        codes = ", ".join(f"c_{i}" for i in range(len(self.plan.all_columns)))
        failed = self.con.execute(f"SELECT line, labelled, {codes} FROM typed WHERE NOT ok").fetchall()
        for line, labelled, *found in failed:
            reasons: tuple[tuple[int | None, str], ...] = tuple((i, code) for i, code in enumerate(found) if code)
            if labelled and not reasons:
                reasons = ((None, "labelled"),)
            elif self._unanswered(by_line[line], found):
                reasons = ()
            self.failures.append(Failure(by_line[line], reasons or ((None, "no_answer"),)))
        return {line for line, *_ in failed}

    def _unanswered(self, row: Row, codes: Sequence[str | None]) -> bool:
        """Say whether a survey row answers none of the questions: then it is passed over, whatever else it lacks."""
        return bool(self.plan.questions) and not any(
            codes[i] or row.cells[column.index].strip().lower() not in ("", *column.null_words)
            for i, column in zip(self.plan.asked, self.plan.questions, strict=True)
        )

    def _trouble(self, row: Row) -> tuple[tuple[int | None, str], ...]:
        """Say what is wrong with a row before its values are looked at."""
        width = self.layout.width
        if row.code:
            return ((None, row.code),)
        if len(row.cells) < width:
            return ((None, "too_few_columns"),)
        if any(cell.strip() for cell in row.cells[width:]):
            return ((None, "too_many_columns"),)
        mapped = {column.index: i for i, column in enumerate(self.plan.all_columns)}
        reasons: list[tuple[int | None, str]] = []
        for index, cell in enumerate(row.cells):
            code = "cell_too_long" if len(cell) > self.limits.cell_chars else None
            for mark, name in _MARKS.items():
                code = code or (name if mark in cell else None)
            if code:
                reasons.append((mapped.get(index), code))
        if not reasons and row.blank:
            return ((None, "too_few_columns"),)
        return tuple(reasons)

    # accepted rows

    def _keep(self) -> None:
        """Write the accepted rows of ``typed`` as a part, with pseudonyms and hashes."""
        count, last = _one(self.con, "SELECT count(*), max(line) FROM typed WHERE ok")
        if not count:
            return
        self._name_customers()
        path = self.folder / f"part-{len(self.parts):04d}.parquet"
        self.con.execute(f"COPY ({record_sql(self.plan)}) TO {literal(str(path))} (FORMAT parquet, {PARQUET})")
        self.parts.append(path)
        self.n_good += count
        self.last_good = max(self.last_good, last)

    def _name_customers(self) -> None:
        """Fill ``names`` with the pseudonyms of the customers in ``typed``."""
        texts: set[str] = set()
        for i in self.plan.customer_columns:
            found = self.con.sql(f"SELECT DISTINCT x_{i} FROM typed WHERE ok AND x_{i} IS NOT NULL").to_arrow_table()
            texts.update(found.column(0).to_pylist())
        for text in texts.difference(self.pseudonyms):
            self.pseudonyms[text] = pseudonym(self.key, text)
        names = {
            "text": pa.array(texts, pa.string()),
            "pseudonym": pa.array([self.pseudonyms[text] for text in texts], pa.uint64()),
        }
        self.con.register("names", pa.table(names))

    # the end

    def _finish(self) -> StagedRows:
        setting = Setting(
            self.layout,
            self.plan.all_columns,
            self.last_good,
            self.layout.delimiter or "\t",
            tuple(self.plan.columns[i].index for i in self.plan.key_columns),
        )
        self.failures.sort(key=lambda failure: failure.row.line)
        outcome = classify(self.failures, setting)
        settled = settle(self.con, self.plan, self.parts, self.folder, outcome)
        if settled.n_twins:
            self.warned.add("identical_rows", "", settled.n_twins, settled.first_twin)
        skips = Counter(note.code for note in chain(self.layout.skips, outcome.skips))
        rejects = sorted(outcome.rejects, key=lambda reject: reject.line)
        notes = _capped(chain(self.layout.skips, sorted(outcome.skips, key=lambda note: note.line or 0)))
        warnings = self.warned.notes(self.layout.first_line)
        n_good = self.n_good - settled.n_dropped
        return StagedRows(settled.rows, n_good, sum(skips.values()), tuple(rejects), notes, warnings)


def _one(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Return the only row of a query."""
    (row,) = con.execute(query).fetchall()
    return row


def _capped(notes: Iterable[LineNote]) -> tuple[LineNote, ...]:
    """Name so many lines of each class; the rest is one note with its count."""
    kept: list[LineNote] = []
    counts: Counter[str] = Counter()
    for note in notes:
        counts[note.code] += 1
        if counts[note.code] <= NAMED_AT_MOST:
            kept.append(note)
    more = {code: count - NAMED_AT_MOST for code, count in counts.items() if count > NAMED_AT_MOST}
    return (*kept, *(LineNote(code, None, {"count": count}) for code, count in more.items()))
