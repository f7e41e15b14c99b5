"""Numbers in the plain spelling, many at once: digits with one decimal sign, in groups of three or not.

What is read here has the value that `ocem.intake.number_reading` gives it; anything else is left to that.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ocem.intake.cells import Block, Places, Read, given_or_all
from ocem.intake.reading import Column

_MINUS = ord("-")
_WHOLE_DIGITS = 14
"""So many digits before the decimal sign have room in every stored type."""
_EXACT = 15
"""A floating-point number holds so many digits as they are."""
_SCALE = 4
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@dataclass(frozen=True)
class PlainNumbers:
    """A column of numbers: `decimal` and `group` are bytes or 0, `places` the decimals that are read."""

    target: pa.DataType
    decimal: int = 0
    group: int = 0
    places: int = 0
    signed: bool = True
    factor: int = 1
    low: float | None = None
    high: float | None = None

    def read(self, block: Block, begin: Places, end: Places) -> Read:
        """Read cells as numbers of the stored type."""
        given = end > begin
        minus = block.byte(begin) == _MINUS
        if not self.signed:
            right = ~minus
        else:
            right = np.ones(len(begin), bool)
            begin = begin + minus
        places, whole_end = self._decimals(block, begin, end)
        value, digits = block.number(begin, whole_end)
        digits &= whole_end - begin <= _WHOLE_DIGITS
        if self.group:
            rows = np.flatnonzero(~digits & (whole_end - begin > 4) & (block.byte(whole_end - 4) == self.group))
            if len(rows):
                value[rows], digits[rows] = self._grouped(block, begin[rows], whole_end[rows])
        right &= digits
        if self.places:
            fraction, also = block.number(end - places, end)
            right &= also | (places == 0)
            fraction[places == 0] = 0
            if pa.types.is_floating(self.target):
                right &= whole_end - begin + places <= _EXACT
            value = value * _POWERS[places] + fraction
        if self.signed:
            value = np.where(minus, -value, value)
        if self.low is not None:
            right &= (value >= self.low) & (value <= self.high)
        return Read(self._typed(value, places), given_or_all(given), right | ~given)

    def _decimals(self, block: Block, begin: Places, end: Places) -> tuple[np.ndarray, Places]:
        """Return how many decimals each cell has, and where its whole part ends."""
        places = np.zeros(len(begin), np.int64)
        if self.decimal:
            for n in range(1, self.places + 1):
                places[(block.byte(end - n - 1) == self.decimal) & (end - n - 1 > begin)] = n
        return places, end - places - (places > 0)

    def _grouped(self, block: Block, begin: Places, end: Places) -> tuple[np.ndarray, np.ndarray]:
        """Read groups of three digits from the end; the first has one to three and does not begin with a nought."""
        value = np.zeros(len(begin), np.int64)
        right = block.byte(begin) != ord("0")
        weight = 1
        while weight < 10**_WHOLE_DIGITS:
            here = end > begin
            if not here.any():
                break
            start = np.maximum(end - 3, begin)
            found, digits = block.number(start, np.maximum(end, start))
            value += np.where(here, found * weight, 0)
            right &= digits | ~here
            more = start > begin
            right &= ~more | ((block.byte(start - 1) == self.group) & (start - 1 > begin) & (end - start == 3))
            end = np.where(more, start - 1, start)
            weight *= 1000
        return value, right & (end <= begin) & (value < 10**_WHOLE_DIGITS)

    def _typed(self, value: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Return numbers of the stored type; decimals as so many ten-thousandths."""
        if pa.types.is_decimal(self.target):
            value = value * _POWERS[_SCALE - places]
        elif pa.types.is_floating(self.target):
            value = value / _POWERS[places].astype(np.float64) * self.factor
        return value

    def array(self, values: np.ndarray, given: np.ndarray | None) -> pa.Array:
        """Return values as a column of the stored type."""
        if not pa.types.is_decimal(self.target):
            return pa.array(values, self.target, mask=None if given is None else ~given)
        words = np.empty((len(values), 2), np.int64)
        words[:, 0] = values
        words[:, 1] = values >> 63
        valid = None if given is None else pa.py_buffer(np.packbits(given, bitorder="little"))
        return pa.Array.from_buffers(self.target, len(values), [valid, pa.py_buffer(words)])


_POWERS = 10 ** np.arange(_EXACT + 1, dtype=np.int64)


def plain_numbers(column: Column, target: pa.DataType) -> PlainNumbers | None:
    """Return the plain reading of a column of numbers into a stored type, or None where it needs care."""
    if column.type == "amount" and column.args[:1] != ("find",):
        if column.decimal is None:  # digits alone are the same number in every format
            return PlainNumbers(target) if pa.types.is_decimal(target) or pa.types.is_floating(target) else None
        group = _group(column)
        if pa.types.is_decimal(target) and column.args[:1] != ("double",):
            return PlainNumbers(target, ord(column.decimal), group, _SCALE)
        if pa.types.is_floating(target) and column.args[:1] == ("double",):
            return PlainNumbers(target, ord(column.decimal), group, 6)
        return None
    if column.type == "int":
        return PlainNumbers(target)
    if column.type == "score" and pa.types.is_floating(target):
        return PlainNumbers(target, signed=False, low=column.low, high=column.high)
    unit = _SECONDS.get(column.args[0] if column.args else "seconds")
    if column.type == "duration" and unit and pa.types.is_floating(target):
        return PlainNumbers(target, signed=False, factor=unit)
    return None


def _group(column: Column) -> int:
    """Return the sign that may group digits by threes, as the careful reading takes it."""
    sign = column.thousands or {",": ".", ".": ","}[column.decimal or ","]
    return ord(sign) if sign in ",." and sign != column.decimal else 0
