"""From lines to typed rows: the private engine that reads text at scale. Nothing here touches the store.

The common case is one statement a chunk: lines, split, typed, accepted. Lines that it does not accept are read again
with the careful expressions; what is still not right goes through the tolerant splitter and comes out with its reason.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from ocem.domain.batch import LineNote, Reject
from ocem.domain.fact import DAY_FIELD, FACT_FIELDS, FactKind, FieldType
from ocem.intake.dialect import LABELLED, Layout, looks_like_date
from ocem.intake.evidence import Facts, facts_sql
from ocem.intake.fast import FastColumn, calendar_sql, fast_column
from ocem.intake.leftover import Failure, Outcome, Setting, classify
from ocem.intake.pseudonym import pseudonym
from ocem.intake.reading import UNDECIDED, Column, literal, read_column
from ocem.intake.receive import LIMITS, Limits
from ocem.intake.split import Line, Row, Splitter, mostly_filled
from ocem.intake.text import BAD_BYTE_MARK, CUT_MARK, NUL_MARK, CellMarks, TextFile, line_batches

CHUNK_BYTES = 48 * 1024**2
CARE_ROWS = 50_000
FEW_LINES = 5_000
"""Up to so many lines of a chunk are split one by one at once: planning the careful statement would cost more."""
NAMED_AT_MOST = 10_000
_MARKS = {NUL_MARK: "nul_byte", BAD_BYTE_MARK: "bad_encoding", CUT_MARK: "cell_too_long"}
_PARQUET = "COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 1000"

Progress = Callable[[int], None]
"""Called with the bytes of text read so far; may raise to stop."""


@dataclass(frozen=True)
class Plan:
    """What is to be read from a table, with every format decided."""

    source: str
    fact: FactKind
    columns: tuple[Column, ...]
    questions: tuple[Column, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    key_fields: tuple[str, ...] = ()
    zone: str = "Europe/Rome"

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns of the record and of its survey answers."""
        return self.columns + self.questions


@dataclass(frozen=True)
class StagedRows:
    """Accepted rows as Parquet (one file or a pattern), and what happened to every other row of the table."""

    rows: Path
    n_good: int
    n_skipped: int
    rejects: tuple[Reject, ...]
    skips: tuple[LineNote, ...]
    warnings: tuple[LineNote, ...]

    @property
    def rows_read(self) -> int:
        """All rows of the file except its header."""
        return self.n_good + self.n_skipped + len({reject.line for reject in self.rejects})


def engine(spill: Path, memory: str = "1GB", threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open a private in-memory engine that can read and write files of its own folder only through our statements."""
    options: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    if threads:
        options["threads"] = threads
    con = duckdb.connect(config=options)
    con.execute("SET TimeZone = 'UTC'")
    return con


def take(items: Iterator[Row], count: int) -> list[Row]:
    """Return the next rows, at most `count`."""
    return list(islice(items, count))


class UndecidedError(Exception):
    """A value needs a decision that the sample did not call for: the columns must be looked at as a whole."""


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
    ) -> None:
        self.con = con
        self.plan = plan
        self.layout = layout
        self.folder = folder
        self.key = key
        self.limits = limits
        self.progress = progress
        self.parts: list[Path] = []
        self.n_good = 0
        self.last_good = 0
        self.n_bytes = 0
        self.failures: list[Failure] = []
        self.warned: dict[tuple[str, str], tuple[int, int]] = {}
        self.currencies: dict[int, set[str]] = {}
        self.fast: tuple[FastColumn, ...] | None = None
        con.execute("CREATE OR REPLACE TEMP TABLE names (text VARCHAR, pseudonym UBIGINT)")
        folder.mkdir(parents=True, exist_ok=True)

    # the two ways in

    def stage_text(self, text: TextFile, sample: Sequence[Row]) -> StagedRows:
        """Stage a text file whose layout is known; `sample` are rows of the table."""
        assert self.layout.delimiter is not None
        self.fast = self._fast_columns(sample)
        splitter = Splitter(
            self.layout.delimiter,
            self.layout.width,
            self.layout.escaped,
            self.limits,
            self._could_be_row,
            self.layout.quote,
        )
        rows = splitter.rows(self._lines_left(text))
        while batch := take(rows, CARE_ROWS):
            self._stage_carefully(batch)
        return self._finish()

    def stage_rows(self, rows: Iterable[Row]) -> StagedRows:
        """Stage rows that are cut already (workbook, HTML table)."""
        stream = iter(rows)
        while batch := take(stream, CARE_ROWS):
            self._stage_carefully(batch)
        return self._finish()

    def _could_be_row(self, cells: tuple[str, ...]) -> bool:
        """Say whether cells look like a record: every required day is written like one."""
        dates = [column.index for column in self.plan.columns if column.required and column.type.startswith("date")]
        return all(looks_like_date(cells[index]) for index in dates) and mostly_filled(cells)

    # the common case

    def _fast_columns(self, sample: Sequence[Row]) -> tuple[FastColumn, ...] | None:
        found = []
        for column in self.plan.all_columns:
            cells = [row.cells[column.index] for row in sample if column.index < len(row.cells)]
            fast = fast_column(column, f"cell_{column.index}", cells)
            if fast is None:
                return None
            found.append(fast)
        return tuple(found)

    def _chunks(self, text: TextFile) -> Iterator[pa.Table]:
        waiting: list[pa.RecordBatch] = []
        size = 0
        assert self.layout.delimiter is not None
        marks = CellMarks(self.layout.delimiter, self.layout.all_quoted, self.limits.cell_chars)
        for batch in line_batches(text, marks if self.fast is not None else None):
            waiting.append(batch)
            size += batch.nbytes
            if size >= CHUNK_BYTES:
                yield pa.Table.from_batches(waiting)
                waiting, size = [], 0
        if waiting:
            yield pa.Table.from_batches(waiting)

    def _lines_left(self, text: TextFile) -> Iterator[Line]:
        """Store what is plain, chunk by chunk, and yield the numbered lines that need the tolerant splitter."""
        for chunk in self._chunks(text):
            self.con.register("chunk", chunk)
            if self.fast is not None:
                self._type_fast()
                left = "SELECT line, text FROM chunk SEMI JOIN (SELECT line FROM typed WHERE NOT ok) USING (line)"
            else:
                left = f"SELECT line, text FROM chunk WHERE line >= {self.layout.first_line}"
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE rest AS {left}")
            self.n_bytes += chunk.nbytes
            self.con.unregister("chunk")
            if _one(self.con, "SELECT count(*) FROM rest")[0] > FEW_LINES:
                self._type_clean()
            if self.progress:
                self.progress(self.n_bytes)
            for batch in self.con.sql("SELECT line, text FROM rest ORDER BY line").to_arrow_table().to_batches():
                lines, texts = batch.column(0).to_pylist(), batch.column(1).to_pylist()
                yield from ((number, line[:-1]) for number, line in zip(lines, texts, strict=True))

    def _type_fast(self) -> None:
        assert self.fast is not None
        delimiter = literal(self.layout.delimiter or ";")
        bare = "replace(text, chr(10), '')"
        cells = f"string_split({bare}, {delimiter})"
        calm = "calm"
        if self.layout.all_quoted:
            cells = f"string_split({bare}[2:-2], '\"' || {delimiter} || '\"')"
            marks = f"strlen(text) - strlen(replace(text, '\"', '')) = {2 * self.layout.width}"
            calm = f"calm AND starts_with(text, '\"') AND ends_with(text, '\"' || chr(10)) AND {marks}"
        sql = f"SELECT line, {calm} AS calm, {cells} AS cells FROM chunk WHERE line >= {self.layout.first_line}"
        mapped = sorted({column.index for column in self.plan.all_columns})
        cut = ", ".join(f"cells[{index + 1}] AS cell_{index}" for index in mapped)
        sql = f"SELECT line, calm, len(cells) AS width, {cut} FROM ({sql})"
        values = ", ".join(f"{fast.value} AS v_{i}" for i, fast in enumerate(self.fast))
        sql = self._with_calendars(f"SELECT *, {values} FROM ({sql})")
        conditions = [
            fast.ok.replace("{x}", f"v_{i}").replace("{shift}", f"ahead_{i}") for i, fast in enumerate(self.fast)
        ]
        right = ["calm", f"width = {self.layout.width}", *conditions]
        right += [f"v_{i} IS NOT NULL" for i in self._key_columns()]
        if self.plan.questions:
            asked = range(len(self.plan.columns), len(self.fast))
            right.append("(" + " OR ".join(f"v_{i} IS NOT NULL" for i in asked) + ")")
        moments = ", ".join(_moment(fast, i) for i, fast in enumerate(self.fast))
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE typed AS SELECT line, {moments}, {self._fast_day()} AS day, "
            f"coalesce({' AND '.join(right)}, false) AS ok FROM ({sql})"
        )
        self._keep()

    def _with_calendars(self, sql: str) -> str:
        """Join every moment with its day's shift against UTC: far cheaper than asking for the zone at each row."""
        assert self.fast is not None
        for i, fast in enumerate(self.fast):
            if fast.zone is not None:
                self.con.execute(f"CREATE TEMP TABLE IF NOT EXISTS calendar_{i} AS {calendar_sql(fast.zone)}")
                sql = (
                    f"SELECT s.*, c.ahead AS ahead_{i} FROM ({sql}) s LEFT JOIN calendar_{i} c ON c.day = s.v_{i}::DATE"
                )
        return sql

    def _fast_day(self) -> str:
        at = self._day_column()
        return f"v_{at}::DATE" if at is not None else self._constant_day()

    def _constant_day(self) -> str:
        """The one day of a file without dates, as an analyst gave it."""
        given = self.plan.constants.get(DAY_FIELD[self.plan.fact])
        return f"DATE {literal(given)}" if given else "NULL::DATE"

    def _key_columns(self) -> list[int]:
        """Columns that name the record: a row without them may be a total with a date in it."""
        day = DAY_FIELD[self.plan.fact]
        keys = [name for name in self.plan.key_fields if name != day]
        return [i for i, column in enumerate(self.plan.columns) if column.field in keys]

    def _labelled_sql(self) -> str | None:
        """SQL that says whether a row without its key is labelled as a total or as the foot of a page."""
        keys = self._key_columns()
        texts = [
            i for i, c in enumerate(self.plan.columns) if c.type in ("text", "member", "customer") and i not in keys
        ]
        if not keys or not texts:
            return None
        found = " OR ".join(f"regexp_matches(coalesce(x_{i}, ''), {literal(LABELLED)})" for i in texts)
        return f"({' AND '.join(f'x_{i} IS NULL' for i in keys)} AND ({found}))"

    def _day_column(self) -> int | None:
        name = DAY_FIELD[self.plan.fact]
        return next((i for i, column in enumerate(self.plan.columns) if column.field == name), None)

    # the careful case

    def _type_clean(self) -> None:
        """Type carefully, still in the engine, the lines of ``rest`` that split without trouble, and take them out."""
        for cells, calm in self._ways_to_split():
            source = f"SELECT line, {cells} AS cells FROM rest WHERE {calm}"
            self._type(f"SELECT * FROM ({source}) WHERE {self._right_width()}")
            self._keep()
            self._count_warnings()
            self.con.execute("DELETE FROM rest USING typed WHERE rest.line = typed.line AND typed.ok")

    def _right_width(self) -> str:
        return f"len(cells) = {self.layout.width}"

    def _ways_to_split(self) -> list[tuple[str, str]]:
        """SQL of a line's cells and of the condition under which it holds: without quotation marks, and with them."""
        delimiter = self.layout.delimiter or ";"
        bare = "replace(text, chr(10), '')"
        marks = f"[{NUL_MARK}{BAD_BYTE_MARK}{CUT_MARK}]"
        sound = f"strlen(text) < {self.limits.cell_chars} AND NOT regexp_matches(text, '{marks}')"
        plain = (
            f"string_split({bare}, {literal(delimiter)})",
            f"NOT contains(text, {literal(self.layout.quote)}) AND {sound}",
        )
        if self.layout.escaped or self.layout.quote != '"':
            return [plain]
        mark = re.escape(delimiter).replace("'", "''")
        cell = f'"(?:[^"]|"")*"|[^"{mark}]*'
        whole = f"regexp_full_match({bare}, '(?:{cell})(?:{mark}(?:{cell}))*')"
        found = f"regexp_extract_all({literal(delimiter)} || {bare}, '{mark}({cell})', 1)"
        unquoted = "CASE WHEN c[1] = '\"' THEN replace(c[2:-2], '\"\"', '\"') ELSE c END"
        return [
            plain,
            (f"list_transform({found}, lambda c: {unquoted})", f"contains(text, '\"') AND {whole} AND {sound}"),
        ]

    def _type(self, source: str) -> None:
        """Fill ``typed`` with the careful reading of ``line, cells``."""
        readings = [read_column(column, i) for i, column in enumerate(self.plan.all_columns)]
        sql = source
        for level in range(max(len(reading.levels) for reading in readings)):
            steps = [
                f"{text} AS {name}"
                for reading in readings
                if level < len(reading.levels)
                for name, text in reading.levels[level].items()
            ]
            sql = f"SELECT *, {', '.join(steps)} FROM ({sql})"
        keep = ["line", *(f"x_{i}, c_{i}" for i in range(len(readings)))]
        self._flags = [(code, i) for i, reading in enumerate(readings) for code in reading.warnings]
        keep += [f"coalesce({readings[i].warnings[code]}, false) AS w_{code}_{i}" for code, i in self._flags]
        self._with_currency = [i for i, reading in enumerate(readings) if reading.currency]
        keep += [f"{readings[i].currency} AS cur_{i}" for i in self._with_currency]
        day = self._day_column()
        zone = literal(self.plan.zone)
        days = self._constant_day()
        if day is not None:
            days = f"x_{day}" if self.plan.columns[day].type == "date" else f"timezone({zone}, x_{day})::DATE"
        right = " AND ".join(f"c_{i} IS NULL" for i in range(len(readings)))
        if self.plan.questions:
            asked = range(len(self.plan.columns), len(readings))
            right += " AND (" + " OR ".join(f"x_{i} IS NOT NULL" for i in asked) + ")"
        labelled = self._labelled_sql()
        if labelled:
            right += f" AND NOT {labelled}"
        keep.append(f"{labelled or 'false'} AS labelled")
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE typed AS SELECT {', '.join(keep)}, {days} AS day, {right} AS ok FROM ({sql})"
        )

    def _count_warnings(self) -> None:
        if not self._flags:
            return
        doubtful = [f"w_{code}_{i}" for code, i in self._flags if code == UNDECIDED]
        if doubtful and _one(self.con, f"SELECT bool_or({' OR '.join(doubtful)}) FROM typed")[0]:
            raise UndecidedError
        counts = ", ".join(
            f"count(*) FILTER (w_{code}_{i}), min(line) FILTER (w_{code}_{i})" for code, i in self._flags
        )
        row = _one(self.con, f"SELECT {counts} FROM typed WHERE ok")
        for at, (code, i) in enumerate(self._flags):
            if row[2 * at]:
                self._warn(code, self.plan.all_columns[i].header, row[2 * at], row[2 * at + 1])

        for i in self._with_currency:
            found = self.con.execute(f"SELECT DISTINCT cur_{i} FROM typed WHERE ok AND cur_{i} IS NOT NULL").fetchall()
            self.currencies.setdefault(i, set()).update(name for (name,) in found)

    def _warn(self, code: str, column: str, count: int, line: int) -> None:
        before, first = self.warned.get((code, column), (0, line))
        self.warned[code, column] = (before + count, min(first, line))

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
        self._type("SELECT line, cells FROM care")
        self.con.unregister("care")
        self._keep()
        self._count_warnings()
        by_line = {row.line: row for row in whole}
        n_columns = len(self.plan.all_columns)
        codes = ", ".join(f"c_{i}" for i in range(n_columns))
        failed = self.con.execute(f"SELECT line, labelled, {codes} FROM typed WHERE NOT ok").fetchall()
        lines_failed = set()
        for line, labelled, *found in failed:
            reasons: tuple[tuple[int | None, str], ...] = tuple((i, code) for i, code in enumerate(found) if code)
            if labelled and not reasons:
                reasons = ((None, "labelled"),)
            elif self._unanswered(by_line[line], found):
                reasons = ()
            self.failures.append(Failure(by_line[line], reasons or ((None, "no_answer"),)))
            lines_failed.add(line)
        strays = [row.line for row in whole if row.stray and row.line not in lines_failed]
        if strays:
            self._warn("stray_quote", "", len(strays), min(strays))

    def _unanswered(self, row: Row, codes: Sequence[str | None]) -> bool:
        """Say whether a survey row answers none of the questions: then it is passed over, whatever else it lacks."""
        start = len(self.plan.columns)
        asked = self.plan.questions
        return bool(asked) and not any(
            codes[start + i] or row.cells[column.index].strip().lower() not in ("", *column.null_words)
            for i, column in enumerate(asked)
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
        row = _one(self.con, "SELECT count(*), max(line) FROM typed WHERE ok")
        if not row[0]:
            return
        self._name_customers()
        path = self.folder / f"part-{len(self.parts):04d}.parquet"
        self.con.execute(f"COPY ({self._final_sql()}) TO {literal(str(path))} (FORMAT parquet, {_PARQUET})")
        self.parts.append(path)
        self.n_good += row[0]
        self.last_good = max(self.last_good, row[1])

    def _name_customers(self) -> None:
        for i, column in enumerate(self.plan.columns):
            if column.type != "customer":
                continue
            new = self.con.execute(
                f"SELECT DISTINCT x_{i} FROM typed WHERE ok AND x_{i} IS NOT NULL "
                f"AND x_{i} NOT IN (SELECT text FROM names)"
            ).fetchall()
            texts = [text for (text,) in new]
            fresh = pa.table(
                {"t": pa.array(texts, pa.string()), "p": pa.array([pseudonym(self.key, t) for t in texts], pa.uint64())}
            )
            self.con.register("fresh", fresh)
            self.con.execute("INSERT INTO names SELECT t, p FROM fresh")
            self.con.unregister("fresh")

    def _final_sql(self) -> str:
        """SELECT that turns ``typed`` into the columns of the fact, one row a record or a survey answer."""
        plan = self.plan
        outputs: dict[str, str] = {}
        joins = ""
        for i, column in enumerate(plan.columns):
            expression = f"x_{i}"
            if column.type == "customer":
                joins += f" LEFT JOIN names n_{i} ON n_{i}.text = t.x_{i}"
                expression = f"n_{i}.pseudonym"
            outputs[column.field] = _cast(plan.fact, column.field, expression)
        for name, value in plan.constants.items():
            outputs.setdefault(name, _cast(plan.fact, name, literal(value)))
        source = f"(SELECT * FROM typed WHERE ok) t{joins}"
        listed = ", ".join(f"{text} AS {_quoted(name)}" for name, text in outputs.items())
        sql = f"SELECT t.line, t.day, {listed} FROM {source}"
        if plan.questions:
            sql = self._answers_sql(listed, source)
            outputs = {**outputs, "question": "", "score": ""}
        types = {name: _type_of(plan.fact, name) for name in outputs}
        content = ", ".join(_canonical(name, types[name], self._own_type(name)) for name in sorted(outputs))
        hashed = f"SELECT *, {_hash64(f'concat_ws(chr(31), {content})')} AS row_hash FROM ({sql})"
        return f"SELECT *, {self._key_sql(outputs)} AS key_hash FROM ({hashed})"

    def _own_type(self, name: str) -> str:
        return next((column.type for column in self.plan.columns if column.field == name), "text")

    def _answers_sql(self, listed: str, source: str) -> str:
        start = len(self.plan.columns)
        answers = ", ".join(
            f"{{'question': {literal(column.field)}, 'score': x_{start + i}}}"
            for i, column in enumerate(self.plan.questions)
        )
        inner = f"SELECT t.line, t.day, {listed}, unnest([{answers}]) AS answer FROM {source}"
        return (
            "SELECT * EXCLUDE (answer), answer.question AS question, answer.score::DOUBLE AS score "
            f"FROM ({inner}) WHERE answer.score IS NOT NULL"
        )

    def _key_sql(self, outputs: dict[str, str]) -> str:
        source = literal(self.plan.source)
        keyless = _hash64(f"{source} || chr(31) || row_hash || chr(31) || 1")
        keys = [name for name in self.plan.key_fields if name in outputs]
        if not keys:
            return keyless
        if self.plan.questions:
            keys = [*keys, "question"]
        text = " || chr(31) || ".join([source, *(f"{_quoted(name)}::VARCHAR" for name in keys)])
        return f"coalesce({_hash64(text)}, {keyless})"

    # the end

    def _finish(self) -> StagedRows:
        setting = Setting(
            self.layout,
            self.plan.all_columns,
            self.last_good,
            self.layout.delimiter or "\t",
            tuple(self.plan.columns[i].index for i in self._key_columns()),
        )
        self.failures.sort(key=lambda failure: failure.row.line)
        outcome = classify(self.failures, setting)
        dropped = self._doubles(outcome)
        rows = self._settle(dropped, outcome.table_ends)
        skips = Counter(note.code for note in chain(self.layout.skips, outcome.skips))
        rejects = sorted(outcome.rejects, key=lambda reject: reject.line)
        notes = _capped(chain(self.layout.skips, sorted(outcome.skips, key=lambda note: note.line or 0)))
        for i, found in self.currencies.items():
            if len(found) > 1:
                self._warn("currency_mixed", self.plan.all_columns[i].header, len(found), self.layout.first_line)
        warnings = tuple(
            LineNote(code, line, {"column": column, "count": count} if column else {"count": count})
            for (code, column), (count, line) in sorted(self.warned.items(), key=lambda item: item[1][1])
        )
        return StagedRows(rows, self.n_good, sum(skips.values()), tuple(rejects), notes, warnings)

    def _parts_sql(self) -> str:
        return "read_parquet([" + ", ".join(literal(str(path)) for path in self.parts) + "])"

    def _doubles(self, outcome: Outcome) -> set[int]:
        """Find records that the file holds twice; return the lines to leave out."""
        if not self.parts:
            return set()
        where = f"WHERE line < {outcome.table_ends}" if outcome.table_ends else ""
        if outcome.table_ends:
            gone = self.con.execute(
                f"SELECT DISTINCT line FROM {self._parts_sql()} WHERE line >= {outcome.table_ends}"
            ).fetchall()
            outcome.skips.extend(LineNote("second_table", line) for (line,) in gone)
            self.n_good -= len(gone)
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE doubles AS SELECT key_hash FROM {self._parts_sql()} {where} "
            "GROUP BY key_hash HAVING count(*) > 1"
        )
        keyed = self._keyed_doubles(where) if self.plan.key_fields else {}
        for line, code in keyed.items():
            if code == "duplicate_key":
                outcome.rejects.append(Reject(line, self._key_header(), None, code))
            else:
                outcome.skips.append(LineNote(code, line))
        self.n_good -= len(keyed)
        return set(keyed)

    def _key_header(self) -> str | None:
        first = self.plan.key_fields[0]
        return next((column.header for column in self.plan.columns if column.field == first), None)

    def _keyed_doubles(self, where: str) -> dict[int, str]:
        """Judge the later rows of each repeated key: exact double, continuation of the record above, or conflict."""
        keys = [column for column in self.plan.columns if column.field in self.plan.key_fields]
        given = " AND ".join(f"{_quoted(column.field)} IS NOT NULL" for column in keys) or "true"
        relation = self.con.execute(
            f"SELECT * FROM {self._parts_sql()} SEMI JOIN doubles USING (key_hash) {where or 'WHERE true'} AND {given} "
            "ORDER BY line"
        )
        names = [item[0] for item in relation.description]
        first: dict[int, dict[str, object]] = {}
        found: dict[int, str] = {}
        for values in relation.fetchall():
            row = dict(zip(names, values, strict=True))
            known = first.setdefault(row["key_hash"], row)
            if known is row or row["line"] == known["line"]:
                continue
            if row["row_hash"] == known["row_hash"]:
                found.setdefault(row["line"], "duplicate_row")
            elif all(row[n] is None or row[n] == known[n] for n in names if n not in ("line", "row_hash")):
                found.setdefault(row["line"], "continuation_row")
            else:
                found[row["line"]] = "duplicate_key"
        return found

    def _settle(self, dropped: set[int], table_ends: int | None) -> Path:
        """Return the accepted rows as one path, rewritten only if rows are to be left out or counted apart."""
        if not self.parts:
            path = self.folder / "rows.parquet"
            self.con.execute(
                "COPY (SELECT NULL::INTEGER AS line, NULL::DATE AS day, NULL::UBIGINT AS key_hash, "
                f"NULL::UBIGINT AS row_hash WHERE false) TO {literal(str(path))} (FORMAT parquet)"
            )
            return path
        self.con.register("dropped", pa.table({"line": pa.array(sorted(dropped), pa.int32())}))
        self._number_twins()
        twins = _one(self.con, "SELECT count(DISTINCT line), min(line) FROM twins")
        if twins[0]:
            self._warn("identical_rows", "", twins[0], twins[1])
        if not dropped and not table_ends and not twins[0]:
            return self.parts[0] if len(self.parts) == 1 else self.folder / "part-*.parquet"
        where = f"AND p.line < {table_ends}" if table_ends else ""
        source = literal(self.plan.source)
        apart = _hash64(f"{source} || chr(31) || p.row_hash || chr(31) || w.number")
        path = self.folder / "rows.parquet"
        self.con.execute(
            f"COPY (SELECT p.* REPLACE (CASE WHEN w.number IS NULL THEN p.key_hash ELSE {apart} END AS key_hash) "
            f"FROM {self._parts_sql()} p LEFT JOIN twins w ON w.line = p.line AND w.row_hash = p.row_hash "
            f"WHERE p.line NOT IN (SELECT line FROM dropped) {where}) "
            f"TO {literal(str(path))} (FORMAT parquet, {_PARQUET})"
        )
        self.con.unregister("dropped")
        for part in self.parts:
            part.unlink()
        return path

    def _number_twins(self) -> None:
        """Number the second and later of identical rows without a key: another file then adds only the surplus."""
        self.con.execute(
            f"""CREATE OR REPLACE TEMP TABLE twins AS SELECT line, row_hash, number FROM (
                SELECT line, row_hash, row_number() OVER (PARTITION BY key_hash, row_hash ORDER BY line) AS number
                FROM {self._parts_sql()} SEMI JOIN doubles USING (key_hash)
                WHERE line NOT IN (SELECT line FROM dropped)) WHERE number > 1"""
        )


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


def _moment(fast: FastColumn, number: int) -> str:
    """Name the final value of a fast column; a local time stamp becomes a moment."""
    if fast.zone is None:
        return f"v_{number} AS x_{number}"
    return f"make_timestamptz(epoch_us(v_{number}) - ahead_{number}) AS x_{number}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _hash64(text: str) -> str:
    return f"(md5_number({text}) >> 64)::UBIGINT"


def _type_of(fact: FactKind, name: str) -> FieldType | None:
    return next((item.type for item in FACT_FIELDS[fact] if item.name == name), None)


def _cast(fact: FactKind, name: str, expression: str) -> str:
    """Give a value the type the fact's column has; fields that the fact does not know stay as they are."""
    double = fact is FactKind.MEASURE and name in ("numerator", "denominator")
    kinds = {
        FieldType.DATE: "DATE",
        FieldType.DATETIME: "TIMESTAMP WITH TIME ZONE",
        FieldType.INT: "BIGINT",
        FieldType.AMOUNT: "DOUBLE" if double else "DECIMAL(18,4)",
        FieldType.SCORE: "DOUBLE",
        FieldType.DURATION: "DOUBLE",
        FieldType.RATE: "DOUBLE",
        FieldType.FLAG: "BOOLEAN",
        FieldType.CUSTOMER: "UBIGINT",
    }
    kind = kinds.get(_type_of(fact, name) or FieldType.TEXT)
    if kind is None:
        return f"{expression}::VARCHAR" if _type_of(fact, name) else expression
    return f"{expression}::{kind}"


def _canonical(name: str, kind: FieldType | None, own: str) -> str:
    """One text for equal values, whatever they looked like in the file."""
    column = _quoted(name)
    if kind is FieldType.DATE or (kind is None and own == "date"):
        text = f"({column} - DATE '1970-01-01')"
    elif kind is FieldType.DATETIME or (kind is None and own == "datetime"):
        text = f"epoch_us({column})"
    elif kind in (FieldType.SCORE, FieldType.DURATION, FieldType.RATE):
        whole = f"{column} = floor({column}) AND abs({column}) < 1e15"
        text = f"CASE WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"
    else:
        text = column
    return f"coalesce({text}::VARCHAR, '')"


def gather_facts(
    con: duckdb.DuckDBPyConnection,
    columns: Sequence[Column],
    layout: Layout,
    text: TextFile | None = None,
    rows: Iterable[Row] | None = None,
) -> list[Facts]:
    """Pass once over all values of some columns and return what proves how they are written."""
    found = [Facts() for _ in columns]
    for _ in _cell_tables(con, layout, text, rows):
        for i, column in enumerate(columns):
            row = _one(con, facts_sql(column, i))
            samples = [(item["line"], item["text"]) for item in row[5] or []]
            found[i].add(Facts(row[0], row[1], row[2], row[3], row[4], samples))
    return found


def _cell_tables(
    con: duckdb.DuckDBPyConnection, layout: Layout, text: TextFile | None, rows: Iterable[Row] | None
) -> Iterator[None]:
    """Make the temporary table ``cells`` (line, cells) of one chunk after the other."""
    if rows is not None:
        stream = iter(rows)
        while batch := take(stream, CARE_ROWS):
            _cells_from_rows(con, batch, layout.width)
            yield
        return
    assert text is not None and layout.delimiter is not None
    splitter = Splitter(layout.delimiter, layout.width, layout.escaped, quote=layout.quote)
    bare = "replace(text, chr(10), '')"
    left: list[tuple[int, str]] = []
    for batch_ in line_batches(text):
        chunk = pa.Table.from_batches([batch_])
        con.register("chunk", chunk)
        con.execute(
            "CREATE OR REPLACE TEMP TABLE cells AS SELECT * FROM (SELECT line, "
            f"string_split({bare}, {literal(layout.delimiter)}) AS cells FROM chunk WHERE line >= {layout.first_line} "
            f"AND NOT contains(text, {literal(layout.quote)})) WHERE len(cells) = {layout.width}"
        )
        rest = con.execute(
            f"SELECT line, {bare} FROM chunk WHERE line >= {layout.first_line} "
            "AND line NOT IN (SELECT line FROM cells) ORDER BY line"
        ).fetchall()
        con.unregister("chunk")
        yield
        left.extend(rest)
        if len(left) > CARE_ROWS:
            _cells_from_rows(con, list(splitter.rows(left)), layout.width)
            left = []
            yield
    if left:
        _cells_from_rows(con, list(splitter.rows(left)), layout.width)
        yield


def _cells_from_rows(con: duckdb.DuckDBPyConnection, rows: Sequence[Row], width: int) -> None:
    whole = [row for row in rows if row.code is None and len(row.cells) >= width]
    table = pa.table(
        {
            "line": pa.array([row.line for row in whole], pa.int32()),
            "cells": pa.array([list(row.cells[:width]) for row in whole], pa.list_(pa.string())),
        }
    )
    con.register("cut", table)
    con.execute("CREATE OR REPLACE TEMP TABLE cells AS SELECT line, cells FROM cut")
    con.unregister("cut")


@dataclass(frozen=True)
class Peek:
    """The first rows as they are and as they were read, and totals of what was read.

    `typed` maps a line to its fields' texts (a customer is shown by the start of the pseudonym); lines that were not
    accepted are missing. `sums` are totals of the amounts; `days` are rows a day, `per_day` rows and sums a day.
    """

    raw: tuple[tuple[int, tuple[str, ...]], ...]
    typed: dict[int, dict[str, str | None]]
    sums: dict[str, str]
    days: tuple[tuple[str, int], ...]
    per_day: tuple[tuple[str, int, dict[str, str | None]], ...] = ()


def peek(con: duckdb.DuckDBPyConnection, rows: StagedRows, plan: Plan, sample: Sequence[Row]) -> Peek:
    """Return some rows raw and typed side by side, the sums of the amounts and the rows of each day."""
    source = f"read_parquet({literal(str(rows.rows))})"
    lines = [row.line for row in sample]
    typed: dict[int, dict[str, str | None]] = {}
    names = [column.field for column in plan.columns]
    if rows.n_good and lines:
        relation = con.execute(f"SELECT * FROM {source} WHERE list_contains(?, line)", [lines])
        columns = [item[0] for item in relation.description]
        for values in relation.fetchall():
            row = dict(zip(columns, values, strict=True))
            typed[row["line"]] = {name: _shown(name, row[name], plan) for name in names if name in row}
    amounts = [column.field for column in plan.columns if column.type == "amount"]
    sums = {}
    if rows.n_good and amounts:
        totals = _one(con, f"SELECT {', '.join(f'sum({_quoted(name)})::VARCHAR' for name in amounts)} FROM {source}")
        sums = {name: total for name, total in zip(amounts, totals, strict=True) if total is not None}
    asked = "".join(f", sum({_quoted(name)})::VARCHAR" for name in sums)
    found = con.execute(
        f"SELECT day::VARCHAR, count(DISTINCT line){asked} FROM {source} GROUP BY day ORDER BY day"
    ).fetchall()
    per_day = tuple((row[0], row[1], dict(zip(sums, row[2:], strict=True))) for row in found)
    days = tuple((day, n_rows) for day, n_rows, _ in per_day)
    return Peek(tuple((row.line, row.cells) for row in sample), typed, sums, days, per_day)


def _shown(name: str, value: Any, plan: Plan) -> str | None:
    if value is None:
        return None
    if any(column.field == name and column.type == "customer" for column in plan.columns):
        return f"{value:016x}"[:8]
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(plan.zone)).isoformat(" ")
    return str(value)
