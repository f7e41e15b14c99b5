"""Blocks of lines cut into cells without copying a cell, and how calm each line looks by its bytes."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa

from ocem.intake.text import TextFile, line_blocks

CHUNK_BYTES = 32 * 1024**2
"""So much text is worked on at once; memory is some ten times that, whatever the size of the file."""

Item = TypeVar("Item")
Made = TypeVar("Made")
Numbered = tuple[bytes, int]
"""A block of whole lines and the number of its first one."""


def in_turn(work: Callable[[Item], Made], items: Iterator[Item], n_threads: int) -> Iterator[Made]:
    """Yield what `work` makes of items, in their order, while the next ones are worked on in threads."""
    with ThreadPoolExecutor(n_threads) as pool:
        waiting: deque[Future[Made]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def chunks(text: TextFile, first_line: int) -> Iterator[list[Numbered]]:
    """Yield blocks of lines, so many at once as are worked on; blocks that end before `first_line` are left out."""
    waiting: list[Numbered] = []
    first = 1
    size = 0
    for block in line_blocks(text):
        n_lines = block.count(b"\n")
        first += n_lines
        if first <= first_line:
            continue
        waiting.append((block, first - n_lines))
        size += len(block)
        if size >= CHUNK_BYTES:
            yield waiting
            waiting, size = [], 0
    if waiting:
        yield waiting


@dataclass(frozen=True)
class Lines:
    """The lines of a block: where each line and each cell ends, and which of the latter places end a line.

    `calm` is true for lines in which, by the look of their bytes, no cell needs care.
    """

    block: bytes
    first: int
    ends: np.ndarray
    edges: np.ndarray
    last: np.ndarray
    calm: np.ndarray

    @property
    def widths(self) -> np.ndarray:
        """How many cells each line has, as far as delimiters say."""
        return np.diff(self.last, prepend=-1)

    def texts(self, rows: np.ndarray) -> pa.RecordBatch:
        """Return ``line INTEGER, text VARCHAR`` of some lines; each text still ends with its LF."""
        whole = pa.StringArray.from_buffers(
            len(self.ends), pa.py_buffer(_offsets(self.ends + 1)), pa.py_buffer(self.block)
        )
        numbers = pa.array((rows + self.first).astype(np.int32))
        return pa.record_batch([numbers, whole.take(pa.array(rows))], names=["line", "text"])


class Cutter:
    """Cuts blocks at line ends and delimiters and finds lines that need care whatever their cells are to be.

    These are lines that are too long, hold a quotation mark or a character that may need trimming or was damaged. In an
    all-quoted table each cell must have its two marks and no other. Under a delimiter outside ASCII no line is calm.
    """

    _LEAD = (b"\xc2", b"\xe2", b"\xef")  # no-break and zero-width blanks, marks, curly quotes and the euro sign

    def __init__(self, delimiter: str, all_quoted: bool, longest: int) -> None:
        self.able = delimiter.isascii()
        self.delimiter = ord(delimiter) if self.able else 10
        self.all_quoted = all_quoted
        self.longest = longest

    def cut(self, block: bytes, first: int) -> Lines:
        """Return the lines of a block of which the first has this number."""
        data = np.frombuffer(block, np.uint8)
        edges = np.flatnonzero((data == self.delimiter) | (data == 10))
        last = np.flatnonzero(data.take(edges) == 10)
        ends = edges.take(last)
        calm = self._calm(block, data, edges, ends) if self.able else np.zeros(len(ends), bool)
        return Lines(block, first, ends, edges, last, calm)

    def _calm(self, block: bytes, data: np.ndarray, edges: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return one bool a line."""
        calm = np.diff(ends, prepend=-1) < self.longest
        if self.all_quoted:
            calm &= _count(ends, np.flatnonzero(data == ord('"'))) == 2 * _count(ends, edges)
        elif b'"' in block:
            _clear(calm, ends, np.flatnonzero(data == ord('"')))
        if not block.isascii():
            for lead in self._LEAD:
                if lead in block:
                    _clear(calm, ends, np.flatnonzero(data == lead[0]))
            _clear(calm, ends, _damaged(data))
        return calm


def _offsets(after: np.ndarray) -> np.ndarray:
    """Offsets of an Arrow array from the ends of its items."""
    found = np.zeros(len(after) + 1, np.int32)
    found[1:] = after
    return found


def _count(ends: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Count the places in each line."""
    return np.diff(np.searchsorted(places, ends, side="right"), prepend=0)


def _damaged(data: np.ndarray) -> np.ndarray:
    """Places of letters that damaged texts are full of: A with a tilde or a circumflex."""
    places = np.flatnonzero(data == 0xC3)
    after = data[np.minimum(places + 1, len(data) - 1)]
    damaged: np.ndarray = places[(after == 0x82) | (after == 0x83)]
    return damaged


def _clear(calm: np.ndarray, ends: np.ndarray, places: np.ndarray) -> None:
    if len(places):
        calm[np.minimum(np.searchsorted(ends, places), len(ends) - 1)] = False
