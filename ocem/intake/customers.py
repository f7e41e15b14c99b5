"""Customers of a file by their pseudonyms: each different text is worked out once, the others are looked up."""

import hashlib
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import pyarrow as pa

from ocem.intake.fingerprint import hash_texts

Namer = Callable[[Sequence[str]], list[int]]
_FEWEST_BITS = 12
_FREE = np.uint64(0)


class Customers:
    """Pseudonyms that are known, by the bits of their texts under a salt of one's own; may be asked by several threads.

    Two texts meet in 64 bits as rarely as two pseudonyms do, which have no more.
    """

    def __init__(self, key: bytes, name: Namer) -> None:
        self._salt = np.uint64(int.from_bytes(hashlib.sha256(b"customers" + key).digest()[:8], "big"))
        self._name = name
        self._learning = Lock()
        self._n_known = 0
        self._bits = _FEWEST_BITS
        self._table = self._empty()

    def _empty(self) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(1 << self._bits, np.uint64), np.zeros(1 << self._bits, np.uint64)

    def of(self, texts: pa.Array) -> pa.Array:
        """Return the pseudonyms of texts; an empty place stays one."""
        bits = hash_texts(texts, self._salt)
        bits[bits == _FREE] = np.uint64(1)
        table = self._table
        found, names = _find(table, bits)
        missing = ~found
        if texts.null_count:
            missing &= np.asarray(texts.is_valid())
        if missing.any():
            with self._learning:
                self._learn(texts, bits, np.flatnonzero(missing))
                table = self._table
            _, names = _find(table, bits)
        return pa.array(names, mask=np.asarray(texts.is_null()) if texts.null_count else None)

    def _learn(self, texts: pa.Array, bits: np.ndarray, rows: np.ndarray) -> None:
        new, first = np.unique(bits[rows], return_index=True)
        known, _ = _find(self._table, new)
        new, first = new[~known], first[~known]
        names = np.array(self._name(texts.take(pa.array(rows[first])).to_pylist()), np.uint64)
        self._n_known += len(new)
        keys, values = (part.copy() for part in self._table)
        if 3 * self._n_known > len(keys):
            old = keys != _FREE
            new, names = np.concatenate([new, keys[old]]), np.concatenate([names, values[old]])
            self._bits = max(self._bits, int(6 * self._n_known).bit_length())
            keys, values = self._empty()
        _put(keys, values, new, names)
        self._table = keys, values


def _slots(bits: np.ndarray, size: int) -> np.ndarray:
    return (bits >> np.uint64(65 - size.bit_length())).astype(np.int64)


def _find(table: tuple[np.ndarray, np.ndarray], bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Say which bits are known, and their names."""
    keys, values = table
    slots = _slots(bits, len(keys))
    held = keys.take(slots)
    found = held == bits
    names = values.take(slots)
    rows = np.flatnonzero(~found & (held != _FREE))
    while len(rows):  # another text has the place: the next one may be its own
        slots[rows] = (slots[rows] + 1) % len(keys)
        held = keys.take(slots[rows])
        found[rows] = held == bits[rows]
        names[rows] = values.take(slots[rows])
        rows = rows[(held != bits[rows]) & (held != _FREE)]
    return found, names


def _put(keys: np.ndarray, values: np.ndarray, bits: np.ndarray, names: np.ndarray) -> None:
    """Give each of some different bits a place of its own, the next free one from where it belongs."""
    slots = _slots(bits, len(keys))
    rows = np.arange(len(bits))
    while len(rows):
        free = rows[keys.take(slots[rows]) == _FREE]
        keys[slots[free]] = bits[free]  # of several at one place the last stays
        placed = keys.take(slots[free]) == bits[free]
        values[slots[free[placed]]] = names[free[placed]]
        rows = rows[keys.take(slots[rows]) != bits[rows]]
        slots[rows] = (slots[rows] + 1) % len(keys)
