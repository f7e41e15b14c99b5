"""Blocks of lines cut into cells for the engine without copying a cell, and how calm each line looks by its bytes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import pyarrow as pa

from ocem.intake.text import TextFile, line_blocks

CHUNK_BYTES = 32 * 1024**2
"""So much text is worked on at once; memory is some ten times that, whatever the size of the file."""

Item = TypeVar("Item")
_END = object()


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield items while the next one is made in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(next, items, _END)
        while (item := waiting.result()) is not _END:
            waiting = pool.submit(next, items, _END)
            yield item  # type: ignore[misc]


def chunks(text: TextFile, cutter: "Cutter", first_line: int) -> Iterator[pa.Table]:
    """Yield tables ``line INTEGER, text VARCHAR, calm BOOLEAN, cells VARCHAR[]`` of the lines from `first_line` on.

    Each text still ends with its LF. `calm` is true for lines in which, by the look of their bytes, no cell needs
    care; `cells` is there if the cutter can cut without looking at quotation marks.
    """
    waiting: list[pa.RecordBatch] = []
    first = 1
    size = 0
    for block in line_blocks(text):
        batch = cutter.cut(block, first)
        first += len(batch)
        size += len(block)
        if first <= first_line:
            continue
        waiting.append(batch.slice(max(first_line - (first - len(batch)), 0)))
        if size >= CHUNK_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting, size = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _table(chars: str) -> np.ndarray:
    table = np.zeros(256, bool)
    table[[ord(char) for char in chars]] = True
    return table


class Cutter:
    """Cuts blocks at line ends and delimiters and finds lines with a cell that needs care.

    These are cells that begin or end oddly, hold a quotation mark or a character that may need trimming. Odd beginnings
    are blanks, signs of formulas, apostrophes and a dash that is not the sign of a number; odd ends are blanks. Null
    words are not looked for here. Without `marks` no line is calm.
    """

    _FIRST = _table(" \t=+@'#")
    _LAST = _table(" \t")
    _DIGIT = _table("0123456789")
    _LEAD = (b"\xc2", b"\xe2", b"\xef")  # no-break and zero-width blanks, marks, curly quotes and the euro sign

    def __init__(self, delimiter: str, all_quoted: bool, longest: int, marks: bool = True) -> None:
        self.marks = marks and delimiter.isascii()
        self.delimiter = ord(delimiter) if self.marks else 0
        self.all_quoted = all_quoted
        self.step = 2 if all_quoted else 1
        self._first, self._last = self._FIRST.copy(), self._LAST.copy()
        if self.marks:  # an empty cell begins and ends with the delimiter
            self._first[self.delimiter] = self._last[self.delimiter] = False
        self.longest = longest
        self.cuts_cells = self.marks and not all_quoted

    def cut(self, block: bytes, first: int) -> pa.RecordBatch:
        """Return the lines of a block; the text column points into it."""
        data = np.frombuffer(block, np.uint8)
        if self.marks:
            edges = np.flatnonzero((data == self.delimiter) | (data == 10)).astype(np.int32)
            last = np.flatnonzero(data[edges] == 10).astype(np.int32)
            ends = edges[last]
        else:
            ends = np.flatnonzero(data == 10).astype(np.int32)
        texts = pa.StringArray.from_buffers(len(ends), pa.py_buffer(_offsets(ends + 1)), pa.py_buffer(block))
        calm = self._calm(block, data, edges, ends) if self.marks else np.zeros(len(ends), bool)
        columns = {
            "line": pa.array(np.arange(first, first + len(ends), dtype=np.int32)),
            "text": texts,
            "calm": pa.array(calm),
        }
        if self.cuts_cells:
            bare = block.translate(None, bytes((self.delimiter, 10)))
            starts = _offsets(edges - np.arange(len(edges), dtype=np.int32))
            cells = pa.StringArray.from_buffers(len(edges), pa.py_buffer(starts), pa.py_buffer(bare))
            columns["cells"] = pa.ListArray.from_arrays(pa.array(_offsets(last + 1)), cells)
        return pa.record_batch(list(columns.values()), names=list(columns))

    def _calm(self, block: bytes, data: np.ndarray, edges: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return one bool a line."""
        calm = np.diff(ends, prepend=-1) < self.longest
        odd = self._last[data[np.maximum(edges - self.step, 0)]]
        at_start = self._odd_start(data, edges[:-1])
        if len(odd) and (odd.any() or at_start.any()):
            _clear(calm, ends, edges[odd])
            _clear(calm, ends, edges[1:][at_start])
        first = data[min(self.step - 1, len(data) - 1)]
        if len(calm) and (self._first[first] or first == ord("-")):
            calm[0] = False
        if not self.all_quoted and b'"' in block:
            _clear(calm, ends, np.flatnonzero(data == ord('"')))
        if not block.isascii():
            for lead in self._LEAD:
                if lead in block:
                    _clear(calm, ends, np.flatnonzero(data == lead[0]))
            _clear(calm, ends, _damaged(data))
        return calm

    def _odd_start(self, data: np.ndarray, edges: np.ndarray) -> np.ndarray:
        """Say for every edge but the last whether the cell after it begins oddly."""
        last = len(data) - 1
        begins = data[np.minimum(edges + self.step, last)]
        odd: np.ndarray = self._first[begins]
        dashes = np.flatnonzero(begins == ord("-"))
        if len(dashes):
            after = data[np.minimum(edges[dashes] + self.step + 1, last)]
            odd[dashes] = ~self._DIGIT[after] | (data[edges[dashes]] == 10)
        return odd


def _offsets(after: np.ndarray) -> np.ndarray:
    """Offsets of an Arrow array from the ends of its items."""
    found = np.zeros(len(after) + 1, np.int32)
    found[1:] = after
    return found


def _damaged(data: np.ndarray) -> np.ndarray:
    """Places of letters that damaged texts are full of: A with a tilde or a circumflex."""
    places = np.flatnonzero(data == 0xC3)
    after = data[np.minimum(places + 1, len(data) - 1)]
    damaged: np.ndarray = places[(after == 0x82) | (after == 0x83)]
    return damaged


def _clear(calm: np.ndarray, ends: np.ndarray, places: np.ndarray) -> None:
    if len(places):
        calm[np.minimum(np.searchsorted(ends, places), len(ends) - 1)] = False
