"""Texts in the plain spelling, many at once: the few that come again and again are read once, the others as they are.

A listed text, of whatever type, is given to the careful reading the first time it is met; what that has to say against
it leaves its lines to care. Texts of which nearly each is another are taken as they stand if nothing in them asks for
care.
"""

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ocem.intake.cells import Block, Places, Read, given_or_all
from ocem.intake.column_reading import read_column
from ocem.intake.fingerprint import MASKS
from ocem.intake.look import TOTAL_STARTS
from ocem.intake.reading import PHONE, Column
from ocem.store.database import Cursor

LISTED = 4_000
"""Of more different texts a column is no list."""
_WORDS = 4
"""Texts of so many words of eight bytes are looked up in the table, longer ones one by one."""
_FEWEST_BITS, _MOST_BITS = 10, 18
"""The table has so many slots, as a power of two."""
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
_UNKNOWN = -1
_CARE = -2


class _Table:
    """Known texts by the words they are made of: one look says which of them a cell is, if any."""

    def __init__(self, texts: Sequence[str]) -> None:
        raw = [text.encode() for text in texts]
        self.lengths = np.array([len(text) for text in raw], np.int64)
        self.n_words = min(max((len(text) + 7) // 8 for text in raw), _WORDS)
        padded = b"".join(text[: 8 * self.n_words].ljust(8 * self.n_words, b"\0") for text in raw)
        self.words = np.frombuffer(padded, "<u8").reshape(len(raw), self.n_words).T.copy()
        short = np.flatnonzero(self.lengths <= 8 * self.n_words)
        self.bits = _FEWEST_BITS
        while True:
            slots = self._slot(self.lengths[short], [word[short] for word in self.words])
            if len(np.unique(slots)) == len(short) or self.bits == _MOST_BITS:
                break
            self.bits += 2
        self.slots = np.full(1 << self.bits, _UNKNOWN, np.int32)
        self.slots[slots] = short  # of two in one slot the first is not found here: it is looked up by its text

    def _slot(self, lengths: np.ndarray, words: Sequence[np.ndarray]) -> np.ndarray:
        found = lengths.astype(np.uint64) * _FACTORS[0]
        for factor, word in zip(_FACTORS, words, strict=False):
            found = (found ^ word) * factor
            found ^= found >> np.uint64(31)
        found = (found * _FACTORS[1]) >> np.uint64(64 - self.bits)
        slots: np.ndarray = found.astype(np.int64)
        return slots

    def find(self, block: Block, begin: Places, end: Places) -> np.ndarray:
        """Return the number of each cell's text, or that it is not known."""
        length = end - begin
        words = [block.word(begin + 8 * n) & MASKS.take(np.clip(length - 8 * n, 0, 8)) for n in range(self.n_words)]
        found = self.slots.take(self._slot(length, words))
        same = (found >= 0) & (self.lengths.take(found) == length)
        for known, word in zip(self.words, words, strict=True):
            same &= known.take(found) == word
        return np.where(same, found, _UNKNOWN)


class ListedTexts:
    """A column of few texts, each read once with care; what they mean is of any stored type."""

    def __init__(self, con: Cursor, column: Column, target: pa.DataType, totals: bool) -> None:
        self.con, self.column, self.target, self.totals = con, column, target, totals
        self._numbers: dict[str, int] = {}
        self._values: list[Any] = []
        self._right = np.zeros(0, bool)
        self._given = np.zeros(0, bool)
        self._table: _Table | None = None
        self._learning = Lock()

    @property
    def full(self) -> bool:
        """Say whether there are more texts than a list has."""
        return len(self._numbers) > LISTED

    def read(self, block: Block, begin: Places, end: Places) -> Read:
        """Read cells as the numbers of their texts."""
        table = self._table
        codes = table.find(block, begin, end) if table else np.full(len(begin), _UNKNOWN, np.int32)
        unknown = np.flatnonzero(codes == _UNKNOWN)
        if len(unknown):
            codes[unknown] = self._look_up(block.texts(begin[unknown], end[unknown]))
        right = self._right.take(np.maximum(codes, 0)) & (codes >= 0) if len(self._right) else codes >= 0
        given = self._given.take(np.maximum(codes, 0)) if len(self._given) else right
        return Read(codes, given_or_all(given), right)

    def _look_up(self, texts: pa.Array) -> np.ndarray:
        coded = texts.dictionary_encode()
        distinct = coded.dictionary.to_pylist()
        with self._learning:
            new = [text for text in distinct if text not in self._numbers]
            if new and not self.full:
                self._learn(new)
            numbers = np.array([self._numbers.get(text, _CARE) for text in distinct], np.int32)
        return numbers.take(np.asarray(coded.indices))

    def _learn(self, texts: list[str]) -> None:
        """Read texts the careful way and remember what they mean; what has a reason or a warning is left to care."""
        reading = read_column(replace(self.column, index=0), 0)
        sql = "SELECT number, [text] AS cells FROM learnt"
        for level in reading.levels:
            sql = f"SELECT *, {', '.join(f'{text} AS {name}' for name, text in level.items())} FROM ({sql})"
        clean = ["c_0 IS NULL", *(f"NOT coalesce({text}, false)" for text in reading.warnings.values())]
        clean += [f"{reading.currency} IS NULL"] if reading.currency else []
        con = self.con.cursor()
        con.register("learnt", pa.table({"number": np.arange(len(texts)), "text": pa.array(texts, pa.string())}))
        found = con.sql(f"SELECT x_0, {' AND '.join(clean)} AS ok FROM ({sql}) ORDER BY number").to_arrow_table()
        con.unregister("learnt")
        con.close()
        values = found.column(0).combine_chunks()
        right = np.asarray(found.column(1).combine_chunks().fill_null(False))
        if self.totals:
            right &= ~_like_totals(values)
        if self.column.required:
            right &= np.asarray(values.is_valid())
        first = len(self._values)
        self._values.extend(values.cast(self.target).to_pylist())
        self._given = np.concatenate([self._given, np.asarray(values.is_valid())])
        self._right = np.concatenate([self._right, right])
        self._numbers.update((text, first + number) for number, text in enumerate(texts))
        self._table = _Table(list(self._numbers))

    def array(self, codes: np.ndarray, given: np.ndarray | None) -> pa.Array:
        """Return what the texts mean as a column of the stored type."""
        values = pa.array(self._values, self.target)
        if pa.types.is_string(self.target):
            values = values.fill_null("")  # not shown: what means nothing is not given
        coded = pa.DictionaryArray.from_arrays(
            pa.array(codes.astype(np.int32), mask=None if given is None else ~given), values
        )
        return coded if pa.types.is_string(self.target) else coded.dictionary_decode()


def _bytes(chars: str) -> np.ndarray:
    """Return a table of bytes that is set where a text in capitals or small letters may begin with one of these."""
    table = np.zeros(256, bool)
    for char in chars.lower() + chars.upper():
        table[char.encode()[0]] = True
    return table


_BEYOND_ASCII = np.arange(256) > 127
"""A letter outside ASCII may be the capital of one within."""
_ODD_FIRST, _ODD_LAST = _bytes(" \t=+@'#-"), _bytes(" \t")
"""How a text begins or ends that needs trimming, may be a formula, or is protected from being one."""


class FreeTexts:
    """A column of texts as they stand; short ones may be words that mean nothing."""

    def __init__(self, column: Column, totals: bool) -> None:
        self.column, self.totals = column, totals
        self.nulls = pa.array(column.null_words)
        self.longest_null = max(len(word.encode()) for word in column.null_words)
        self.null_first = _bytes("".join(word[:1] for word in column.null_words)) | _BEYOND_ASCII

    def read(self, block: Block, begin: Places, end: Places) -> Read:
        """Read cells as texts."""
        texts = block.texts(begin, end)
        given = end > begin
        first = block.byte(begin)
        short = np.flatnonzero((end - begin <= self.longest_null) & self.null_first.take(first) & given)
        if len(short):
            given[short] = ~np.asarray(pc.is_in(pc.utf8_lower(texts.take(pa.array(short))), self.nulls))
        right = ~(_ODD_FIRST.take(first) | _ODD_LAST.take(block.byte(end - 1))) | (begin == end)
        if b"+" in block.raw:  # one byte is found much faster than two
            right &= ~np.asarray(pc.match_substring(texts, "E+"))
        if self.column.screened and b"@" in block.raw:
            right &= ~np.asarray(pc.match_substring(texts, "@"))
        if self.column.screened == "all":
            right &= ~np.asarray(pc.match_substring_regex(texts, PHONE))
        if self.totals:
            right &= ~_like_totals(texts)
        if self.column.required:
            right &= given
        return Read(texts, given_or_all(given), right)


def _like_totals(texts: pa.Array) -> np.ndarray:
    """Say which texts begin like a total."""
    starts = pc.utf8_lower(pc.utf8_slice_codeunits(texts.fill_null(""), 0, 4))
    return np.asarray(pc.is_in(starts, pa.array(TOTAL_STARTS)))
