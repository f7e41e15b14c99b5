"""From lines to typed rows: the private engine that reads text at scale. Nothing here touches the store.

Lines that are plain are read by their bytes, chunk beside chunk (`ocem.intake.plain`). The others are read with the
careful expressions; what is not right then goes through the tolerant splitter and comes out with its reason.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from ocem.domain.batch import LineNote
from ocem.intake.careful import Warned, careful_sql, ways_to_split
from ocem.intake.customers import Customers
from ocem.intake.facts import CARE_ROWS
from ocem.intake.layout import Layout
from ocem.intake.leftover import Failure, Setting, classify
from ocem.intake.lines import Numbered, chunks, in_turn
from ocem.intake.look import looks_like_date
from ocem.intake.plain import PlainReader, ReadChunk, plain_reader, unread
from ocem.intake.plan import Plan, Progress, StagedRows
from ocem.intake.receive import LIMITS, Limits
from ocem.intake.record import record_sql, with_hashes, write_records
from ocem.intake.repeats import settle
from ocem.intake.split import Line, Row, Splitter, mostly_filled
from ocem.intake.text import BAD_BYTE_MARK, CUT_MARK, NUL_MARK, TextFile
from ocem.store.pseudonym import Pseudonyms
from ocem.store.resource import said_threads

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
    if threads := threads or said_threads():
        options["threads"] = threads
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
        self.limits = limits
        self.progress = progress
        self.cheaply = cheaply
        self.parts: list[Path] = []
        self.keys: list[np.ndarray] = []
        self.n_good = 0
        self.last_good = 0
        self.n_bytes = 0
        self.failures: list[Failure] = []
        self.pseudonyms = Pseudonyms(key)
        self.customers = Customers(key, self.pseudonyms.of)
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
        reader = None
        if self.cheaply:
            reader = plain_reader(self.con, self.plan, self.layout, sample, self.limits.cell_chars, self.customers)
        return self.stage_rows(splitter.rows(self._lines_left(text, reader)))

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

    def _lines_left(self, text: TextFile, reader: PlainReader | None) -> Iterator[Line]:
        """Store what is plain, chunk by chunk, and yield the numbered lines that need the tolerant splitter."""

        def work(chunk: list[Numbered]) -> ReadChunk:
            found = reader.read(chunk) if reader is not None else unread(chunk, self.layout.first_line)
            if found.rows is not None:
                self._write(found.rows, part := self.folder / f"part-{chunk[0][1]:010d}.parquet")
                found.rows, found.part = None, part
            return found

        for found in in_turn(work, chunks(text, self.layout.first_line), said_threads() or os.cpu_count() or 1):
            if found.part is not None:
                self.parts.append(found.part)
                self.n_good += found.n_lines
                self.last_good = max(self.last_good, found.last_line)
            self.con.register("chunk", pa.Table.from_batches(found.left))
            self.con.execute("CREATE OR REPLACE TEMP TABLE rest AS SELECT line, text FROM chunk")
            self.con.unregister("chunk")
            if _one(self.con, "SELECT count(*) FROM rest")[0] > FEW_LINES:
                self._store_clean()
            self.n_bytes += found.n_bytes
            if self.progress:
                self.progress(self.n_bytes, found.n_seen)
            for batch in self.con.sql("SELECT line, text FROM rest ORDER BY line").to_arrow_table().to_batches():
                lines, texts = batch.column(0).to_pylist(), batch.column(1).to_pylist()
                yield from ((number, line[:-1]) for number, line in zip(lines, texts, strict=True))

    def _write(self, rows: pa.Table, part: Path) -> None:
        """Write records with their hashes and note their keys in order; may be called by several threads at once."""
        with self.con.cursor() as con:
            hashed = with_hashes(con, self.plan, rows)
        write_records(hashed, part)
        self.keys.append(np.sort(np.asarray(hashed["key_hash"])))

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
        rows = self.con.sql(record_sql(self.plan)).to_arrow_table()
        part = self.folder / f"part-care-{len(self.parts):04d}.parquet"
        self._write(rows, part)
        self.parts.append(part)
        self.n_good += count
        self.last_good = max(self.last_good, last)

    def _name_customers(self) -> None:
        """Fill ``names`` with the pseudonyms of the customers in ``typed``."""
        texts: set[str] = set()
        for i in self.plan.customer_columns:
            found = self.con.sql(f"SELECT DISTINCT x_{i} FROM typed WHERE ok AND x_{i} IS NOT NULL").to_arrow_table()
            texts.update(found.column(0).to_pylist())
        listed = list(texts)
        names = {"text": pa.array(listed, pa.string()), "pseudonym": pa.array(self.pseudonyms.of(listed), pa.uint64())}
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
        settled = settle(self.con, self.plan, self.parts, self.folder, outcome, self.keys)
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
