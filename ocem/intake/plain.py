"""Chunks of lines read the plain way: typed by their bytes, many cells at once; what is not plain is left over.

A line is read here only if its bytes look calm (`ocem.intake.lines.Cutter`), it has the right number of cells, and
every mapped cell is written in the one way the sample showed. Both ways of reading give the same value for it, and
nothing is refused here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ocem.domain.fact import DAY_FIELD
from ocem.intake.cells import Block, Read
from ocem.intake.customers import Customers
from ocem.intake.layout import Layout
from ocem.intake.lines import Cutter, Lines, Numbered
from ocem.intake.plain_date import PlainDates, plain_dates
from ocem.intake.plain_number import PlainNumbers, plain_numbers
from ocem.intake.plain_text import FreeTexts, ListedTexts
from ocem.intake.plan import Plan
from ocem.intake.reading import Column
from ocem.intake.record import constants, stored_types
from ocem.intake.split import Row
from ocem.store.database import Cursor

Reader = PlainDates | PlainNumbers | ListedTexts | FreeTexts
_QUOTE = ord('"')


@dataclass
class ReadChunk:
    """A chunk that was read: the columns of its records, if any line was plain, and the lines that are left.

    `n_seen` are the lines of the table from its first on. Records that were written are at `part`.
    """

    left: list[pa.RecordBatch]
    n_bytes: int
    n_seen: int
    rows: pa.Table | None = None
    n_lines: int = 0
    last_line: int = 0
    part: Path | None = None


class PlainReader:
    """Reads chunks of one table; made by `plain_reader`."""

    def __init__(
        self,
        plan: Plan,
        layout: Layout,
        readers: Sequence[Reader],
        cutter: Cutter,
        customers: Customers,
        constants: Mapping[str, pa.Scalar],
    ) -> None:
        self.plan, self.layout, self.readers = plan, layout, list(readers)
        self.cutter, self.customers, self.constants = cutter, customers, constants
        self.needed = {i for i, column in enumerate(plan.columns) if column.required} | set(plan.key_columns)

    def read(self, chunk: Sequence[Numbered]) -> ReadChunk:
        """Read the lines of a chunk."""
        numbers: list[np.ndarray] = []
        found: list[list[Read]] = []
        left = []
        for block, first in chunk:
            lines = self.cutter.cut(block, first)
            rows, read = self._read_lines(lines)
            plain = np.zeros(len(lines.ends), bool)
            plain[rows] = True
            plain[: self._above(lines)] = True
            left.append(lines.texts(np.flatnonzero(~plain)))
            if len(rows):
                numbers.append(rows + first)
                found.append(read)
        size = _size(chunk, self.layout.first_line)
        if not found:
            return ReadChunk(left, *size)
        line = np.concatenate(numbers).astype(np.int32)
        columns = [[read[i] for read in found] for i in range(len(self.readers))]
        return ReadChunk(left, *size, self._records(line, columns), len(line), int(line[-1]))

    def _above(self, lines: Lines) -> int:
        """How many of the lines stand above the table."""
        return max(self.layout.first_line - lines.first, 0)

    def _read_lines(self, lines: Lines) -> tuple[np.ndarray, list[Read]]:
        """Return the places of the lines that are plain, and their columns."""
        width = self.layout.width
        whole = lines.calm & (lines.widths == width)
        whole[: self._above(lines)] = False
        rows = np.flatnonzero(whole)
        if not len(rows):
            return rows, []
        block = Block(lines.block)
        places = _Places(lines, rows, width)
        right = np.ones(len(rows), bool)
        read: list[Read] = []
        for i, column in enumerate(self.plan.all_columns):
            begin, end = places.of(column.index)
            if self.layout.all_quoted:
                right &= (block.byte(begin) == _QUOTE) & (block.byte(end - 1) == _QUOTE) & (end - begin >= 2)
                begin = begin + 1
                end = np.maximum(end - 1, begin)
            found = self._reader(i, column).read(block, begin, end)
            right &= found.right
            if i in self.needed and found.given is not None:
                right &= found.given
            read.append(found)
        if self.plan.questions:
            right &= np.logical_or.reduce([_given(read[i]) for i in self.plan.asked])
        if right.all():
            return rows, read
        return rows[right], [_kept(found, right) for found in read]

    def _reader(self, i: int, column: Column) -> Reader:
        reader = self.readers[i]
        if isinstance(reader, ListedTexts) and reader.full and _may_be_free(column):
            reader = FreeTexts(column, reader.totals)
        return reader

    # columns of records

    def _records(self, line: np.ndarray, columns: list[list[Read]]) -> pa.Table:
        """Return the columns of the fact, one row a record or a survey answer."""
        made: dict[str, pa.Array] = {"line": pa.array(line), "day": self._day(columns, len(line))}
        for i, column in enumerate(self.plan.columns):
            if column.field not in made:
                made[column.field] = self._array(i, column, columns[i])
        for name, value in self.constants.items():
            if name not in made:
                made[name] = _repeated(value, len(line))
        if not self.plan.questions:
            return pa.table(made)
        parts = []
        for i, column in zip(self.plan.asked, self.plan.questions, strict=True):
            rows = pa.array(np.flatnonzero(np.concatenate([_given(read) for read in columns[i]])))
            part = {name: values.take(rows) for name, values in made.items()}
            part["question"] = _repeated(pa.scalar(column.field), len(rows))
            part["score"] = self._array(i, column, columns[i]).take(rows)
            parts.append(pa.table(part))
        return pa.concat_tables(parts).unify_dictionaries().combine_chunks()

    def _day(self, columns: list[list[Read]], n_rows: int) -> pa.Array:
        at = self.plan.day_column
        if at is None:
            given = self.constants.get(DAY_FIELD[self.plan.fact])
            return _repeated(given.cast(pa.date32()), n_rows) if given is not None else pa.nulls(n_rows, pa.date32())
        days = np.concatenate([read.days for read in columns[at] if read.days is not None])
        return pa.array(days.astype(np.int32), pa.int32()).view(pa.date32())

    def _array(self, i: int, column: Column, found: list[Read]) -> pa.Array:
        """Return what was read of a column as the stored type; texts that come again and again stay a list."""
        reader = self.readers[i]
        texts = [isinstance(read.values, pa.Array) for read in found]
        if not any(texts) and not isinstance(reader, FreeTexts):
            given = None
            if any(read.given is not None for read in found):
                given = np.concatenate([_given(read) for read in found])
            return reader.array(np.concatenate([read.values for read in found]), given)
        parts = []
        for read, is_text in zip(found, texts, strict=True):
            if is_text:
                parts.append(read.values if read.given is None else pc.if_else(read.given, read.values, None))
            else:
                assert isinstance(reader, ListedTexts)
                parts.append(reader.array(read.values, read.given).dictionary_decode())
        values = pa.concat_arrays(parts)
        return self.customers.of(values) if column.type == "customer" else values


class _Places:
    """Where the cells of whole lines begin and end."""

    def __init__(self, lines: Lines, rows: np.ndarray, width: int) -> None:
        self._edges = lines.edges
        self._first_edge = lines.last.take(rows) - (width - 1)
        before = lines.ends.take(np.maximum(rows - 1, 0))
        self._ends = {-1: np.where(rows > 0, before, -1)}

    def of(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return where the cells of a column begin, and where they end."""
        for at in (index - 1, index):
            if at not in self._ends:
                self._ends[at] = self._edges.take(self._first_edge + at)
        return self._ends[index - 1] + 1, self._ends[index]


def unread(chunk: Sequence[Numbered], first_line: int) -> ReadChunk:
    """Leave all lines of a chunk to care."""
    left = []
    for block, first in chunk:
        lines = Cutter("\n", False, 0).cut(block, first)
        left.append(lines.texts(np.arange(max(first_line - first, 0), len(lines.ends))))
    return ReadChunk(left, *_size(chunk, first_line))


def _size(chunk: Sequence[Numbered], first_line: int) -> tuple[int, int]:
    """Return the bytes of a chunk, and the lines of the table up to its end."""
    block, first = chunk[-1]
    return sum(len(block) for block, _ in chunk), first + block.count(b"\n") - first_line


def _repeated(value: pa.Scalar, n_rows: int) -> pa.Array:
    """Return a column that holds one value throughout; a text takes no room a row."""
    if pa.types.is_string(value.type):
        return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n_rows, np.int32)), pa.array([value.as_py()]))
    return pa.repeat(value, n_rows)


def _given(read: Read) -> np.ndarray:
    return np.ones(len(read.right), bool) if read.given is None else read.given


def _kept(read: Read, right: np.ndarray) -> Read:
    """Leave out the lines that are not plain."""
    values = read.values.filter(pa.array(right)) if isinstance(read.values, pa.Array) else read.values[right]
    given = None if read.given is None else read.given[right]
    return Read(values, given, right[right], None if read.days is None else read.days[right])


def _may_be_free(column: Column) -> bool:
    """Say whether the texts of a column stand for themselves."""
    return column.type in ("text", "member", "customer") and not column.values


def plain_reader(
    con: Cursor, plan: Plan, layout: Layout, sample: Sequence[Row], longest: int, customers: Customers
) -> PlainReader | None:
    """Return the plain reader of a table, or None if it needs care as a whole."""
    cutter = Cutter(layout.delimiter or ";", layout.all_quoted, longest)
    if not cutter.able or layout.quote != '"':
        return None
    types = stored_types(plan)
    readers = []
    for column in plan.all_columns:
        target = pa.float64() if column in plan.questions else types.get(column.field)
        cells = [row.cells[column.index] for row in sample if column.index < len(row.cells)]
        reader = _reader_of(con, plan, column, target, cells) if target is not None else None
        if reader is None:
            return None
        readers.append(reader)
    return PlainReader(plan, layout, readers, cutter, customers, constants(con, plan))


def _reader_of(con: Cursor, plan: Plan, column: Column, target: pa.DataType, cells: Sequence[str]) -> Reader | None:
    """Return the plain reading of a column, or None when its sample is not written in a simple way."""
    if column.apostrophe or len(column.places) > 1:
        return None
    if column.type in ("date", "datetime"):
        return plain_dates(con, column, cells, target)
    if (numbers := plain_numbers(column, target)) is not None:
        return numbers
    totals = not plan.key_columns
    if column.type in ("text", "member", "customer"):
        filled = [cell for cell in cells if cell]
        if column.type == "customer" or (_may_be_free(column) and 2 * len(set(filled)) > len(filled)):
            return FreeTexts(column, totals)
        return ListedTexts(con, column, target, totals) if pa.types.is_string(target) else None
    natural = {"flag": pa.bool_(), "rate": pa.float64(), "score": pa.float64(), "duration": pa.float64()}
    natural["amount"] = pa.float64() if column.args[:1] == ("double",) else pa.decimal128(18, 4)
    return ListedTexts(con, column, target, totals=False) if natural.get(column.type) == target else None
