"""The 64 bits by which a record is known again and those by which its content is compared.

Values are hashed as they are stored, column by column, whatever they looked like in the file: eight bytes at a time
are mixed by multiplications, so that texts of one length that differ in eight bytes never meet. A row's bits are the
sum of its columns', each under its name; an empty cell adds nothing. The arithmetic is spelled here, so it is the same
in every version of every library and on every machine.

Two different records of one source meet by chance once in 2^64 pairs: among a hundred million records with a chance of
1 in 3,700 that any two do. The later one would then be taken for a newer version of the other.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

Words = np.ndarray
"""64-bit unsigned numbers."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
MASKS = np.array([(1 << (8 * n)) - 1 for n in range(9)], np.uint64)
"""Masks that keep so many bytes of a word."""


def _mix(words: Words) -> Words:
    """Mix words in place: every bit of the answer depends on every bit given."""
    words ^= words >> np.uint64(30)
    words *= _FIRST
    words ^= words >> np.uint64(27)
    words *= _SECOND
    words ^= words >> np.uint64(31)
    return words


def _salt(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))


def hash_texts(texts: pa.Array, salt: np.uint64 = np.uint64(0)) -> Words:  # noqa: B008  a constant
    """Return words of which equal texts have the same."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    starts, lengths = offsets[:-1].astype(np.int64), np.diff(offsets)
    data = np.zeros(int(offsets[-1]) + 8, np.uint8)
    if texts.buffers()[2] is not None:
        data[:-8] = np.frombuffer(texts.buffers()[2], np.uint8)[: offsets[-1]]
    words = np.ndarray(len(data) - 7, "<u8", buffer=data, strides=(1,))
    found = (lengths.astype(np.uint64) + salt) * _SPREAD
    longest = int(lengths.max(initial=0))
    for at in range(0, longest, 8):
        rows = slice(None) if at == 0 else np.flatnonzero(lengths > at)
        part = words[starts[rows] + at] & MASKS[np.minimum(lengths[rows] - at, 8)]
        part ^= found[rows]
        part *= _FIRST
        part ^= part >> np.uint64(29)
        found[rows] = part
    return found


def _hash_values(values: pa.Array) -> Words:
    """Return words of which equal values have the same; what an empty place has does not matter."""
    if pa.types.is_dictionary(values.type):
        if not len(values.dictionary):
            return np.zeros(len(values), np.uint64)
        return _hash_values(values.dictionary).take(np.asarray(values.indices.fill_null(0)))
    if pa.types.is_string(values.type):
        return hash_texts(values)
    if pa.types.is_boolean(values.type):
        return np.asarray(values.cast(pa.uint8()).fill_null(0)).astype(np.uint64)
    if pa.types.is_null(values.type):
        return np.zeros(len(values), np.uint64)
    if pa.types.is_decimal(values.type):  # eighteen digits fit into the lower of two words
        found = np.frombuffer(values.buffers()[1], "<u8")[2 * values.offset : 2 * (values.offset + len(values)) : 2]
        return found.copy()
    if pa.types.is_floating(values.type):
        return (np.asarray(values.fill_null(0)) + 0.0).view(np.uint64).copy()
    width = {4: pa.int32(), 8: pa.uint64() if pa.types.is_unsigned_integer(values.type) else pa.int64()}
    whole = np.asarray(values.view(width[values.type.bit_width // 8]).fill_null(0))
    return whole.astype(np.int64 if whole.dtype == np.int32 else whole.dtype).view(np.uint64).copy()


def _bits(values: pa.Array, salt: np.uint64) -> Words:
    """Return what a column adds to the bits of each row."""
    found = _hash_values(values)
    found += salt
    _mix(found)
    if values.null_count:
        found[np.asarray(values.is_null())] = 0
    return found


def content_hashes(table: pa.Table, names: Sequence[str]) -> Words:
    """Return the bits of each row's content: the columns `names`, in any order."""
    found = np.zeros(len(table), np.uint64)
    for name in names:
        found += _bits(_whole(table, name), _salt(name))
    return _mix(found)


def apart(source: str, content: Words, number: Words) -> Words:
    """Return the key of rows without one: the so-manieth of its content in its source."""
    return _mix(_mix(content + _salt("source:" + source)) + number.astype(np.uint64) * _SPREAD)


def key_hashes(table: pa.Table, names: Sequence[str], source: str, content: Words) -> Words:
    """Return the bits of each row's key; a row that lacks a part of it is known by its content."""
    keyless = apart(source, content, np.ones(len(table), np.uint64))
    if not names:
        return keyless
    found = np.full(len(table), _salt("source:" + source))
    lacking = np.zeros(len(table), bool)
    for name in names:
        values = _whole(table, name)
        found += _bits(values, _salt("key:" + name))
        if values.null_count:
            lacking |= np.asarray(values.is_null())
    _mix(found)
    return np.where(lacking, keyless, found)


def _whole(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
