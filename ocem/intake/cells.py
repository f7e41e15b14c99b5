"""Cells as places in a block of bytes, and what can be said of many cells at once without cutting one out.

All cells of a column are looked at together: a word of eight bytes is fetched at the place of each, wherever that is.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from ocem.intake.fingerprint import MASKS

Places = np.ndarray
"""Places in the bytes of a block, one a cell."""

BEFORE = 24
"""Bytes of nothing before a block, and after it: a word may be fetched beside its first and last cell."""

_ZEROS = np.uint64(0x3030303030303030)
_TOO_HIGH = np.uint64(0x7676767676767676)
_TOP_BITS = np.uint64(0x8080808080808080)
_LONGEST_FIXED = 64


@dataclass
class Read:
    """Cells of a column that were read: values, which are given (None: all) and right, and days."""

    values: Any
    given: np.ndarray | None
    right: np.ndarray
    days: np.ndarray | None = None


def given_or_all(given: np.ndarray) -> np.ndarray | None:
    """Return None in place of marks that are all set."""
    return None if given.all() else given


class Block:
    """Bytes of whole lines, with room on both sides for words that reach beyond."""

    def __init__(self, block: bytes) -> None:
        self.raw = block
        self.padded = np.zeros(len(block) + 2 * BEFORE, np.uint8)
        self.padded[BEFORE:-BEFORE] = np.frombuffer(block, np.uint8)

    @property
    def data(self) -> np.ndarray:
        """The bytes themselves."""
        return self.padded[BEFORE:-BEFORE]

    @cached_property
    def _words(self) -> np.ndarray:
        return np.ndarray(len(self.padded) - 7, "<u8", buffer=self.padded, strides=(1,))

    def word(self, at: Places) -> np.ndarray:
        """The eight bytes from each place on, the first lowest."""
        words: np.ndarray = self._words[at + BEFORE]
        return words

    def byte(self, at: Places) -> np.ndarray:
        """The byte at each place."""
        return self.padded.take(at + BEFORE)

    def number(self, begin: Places, end: Places) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers that one to sixteen digits from `begin` to `end` say, and where there are just these."""
        length = end - begin
        found, right = self._digits(end, np.clip(length, 0, 8))
        longest = int(length.max(initial=0))
        if longest > 8:
            higher, also = self._digits(end - 8, np.clip(length - 8, 0, 8))
            found += higher * np.uint64(100_000_000)
            right &= also
        right &= (length > 0) & (length <= 16)
        return found.view(np.int64), right

    def _digits(self, end: Places, length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read up to eight digits before each place, eight at a time in one word."""
        word = self.word(end - 8) ^ _ZEROS
        word &= ~MASKS.take(8 - length)
        right = ((word + _TOO_HIGH) | word) & _TOP_BITS == 0
        word = (word * np.uint64(10) + (word >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
        word = (word * np.uint64(100) + (word >> np.uint64(16))) & np.uint64(0x0000FFFF0000FFFF)
        word = (word * np.uint64(10_000) + (word >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
        return word, right

    def texts(self, begin: Places, end: Places) -> pa.Array:
        """Return the cells as texts."""
        length = end - begin
        offsets = np.zeros(len(begin) + 1, np.int64)
        np.cumsum(length, out=offsets[1:])
        longest = int(length.max(initial=0))
        if longest and longest <= _LONGEST_FIXED and int(length.min()) == longest:
            parts = [self.word(begin + at) for at in range(0, longest, 8)]
            data = np.stack(parts, axis=1).view(np.uint8)[:, :longest].ravel()
        else:
            data = self.data.take(np.repeat(begin - offsets[:-1], length) + np.arange(offsets[-1]))
        return pa.StringArray.from_buffers(
            len(begin), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(np.ascontiguousarray(data))
        )
