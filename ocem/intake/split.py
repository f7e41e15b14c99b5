"""Cutting lines into cells tolerantly: a structural error costs one line, never the rest of the file."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ocem.intake.receive import LIMITS, Limits


@dataclass(frozen=True)
class Row:
    """One record: its first and last physical line, its cells; `code` when it could not be cut into cells."""

    line: int
    cells: tuple[str, ...]
    last_line: int
    code: str | None = None
    stray: bool = False

    @cached_property
    def blank(self) -> bool:
        """Say whether no cell holds anything."""
        return not any(cell.strip(_BLANKS) for cell in self.cells)

    @cached_property
    def filled(self) -> int:
        """Count the cells that hold something."""
        return sum(1 for cell in self.cells if cell.strip(_BLANKS))


_BLANKS = " \t\x0c\u00a0\u200b\u202f\ufeff"


@dataclass(frozen=True)
class Cut:
    """The cells of a text; `open` when a quotation mark was not closed, `stray` when one stood where none belongs."""

    cells: tuple[str, ...]
    open: bool = False
    stray: bool = False


def cut_text(text: str, delimiter: str, escaped: bool = False, before: Cut | None = None, quote: str = '"') -> Cut:
    r"""Cut one record into cells; a quotation mark counts only at the start of a cell and before its end.

    `before` is an open cut that this text, the next line, goes on with.

    Examples
    --------
    >>> cut_text('a;"b ""c""; d";e', ";").cells
    ('a', 'b "c"; d', 'e')
    >>> cut_text('5" pipe;"x" y";z', ";")
    Cut(cells=('5" pipe', 'x" y', 'z'), open=False, stray=True)
    >>> first = cut_text('a;"b', ";")
    >>> first.open, cut_text('c";d', ";", before=first).cells
    (True, ('a', 'b\nc', 'd'))
    """
    if before is not None and quote not in text:
        return Cut((*before.cells[:-1], before.cells[-1] + "\n" + text), open=True, stray=before.stray)
    if quote not in text:
        return Cut(tuple(text.split(delimiter)))
    cells: list[str] = []
    position, stray, more = 0, False, True
    if before is not None:
        cell, position, more, open_, stray = _quoted(text, 0, delimiter, escaped, quote)
        cells = [*before.cells[:-1], before.cells[-1] + "\n" + cell]
        stray = stray or before.stray
        if open_:
            return Cut(tuple(cells), open=True, stray=stray)
    while more:
        start = _skip_spaces(text, position, delimiter)
        if text.startswith(quote, start):
            cell, position, more, open_, odd = _quoted(text, start + 1, delimiter, escaped, quote)
            stray = stray or odd
            cells.append(cell)
            if open_:
                return Cut(tuple(cells), open=True, stray=stray)
        else:
            end = text.find(delimiter, position)
            cell = text[position:] if end < 0 else text[position:end]
            stray = stray or quote in cell
            cells.append(cell)
            more, position = end >= 0, end + len(delimiter)
    return Cut(tuple(cells), stray=stray)


def _skip_spaces(text: str, position: int, delimiter: str) -> int:
    while text.startswith(" ", position) and delimiter != " ":
        position += 1
    return position


def _quoted(text: str, position: int, delimiter: str, escaped: bool, quote: str) -> tuple[str, int, bool, bool, bool]:
    """Read on in a quoted cell; return (cell, next position, whether a cell follows, still open, stray mark)."""
    parts: list[str] = []
    stray = False
    while True:
        mark = text.find(quote, position)
        if mark < 0:
            return "".join(parts) + text[position:], len(text), False, True, stray
        after = mark + 1
        if escaped and text[mark - 1 : mark] == "\\":
            parts.append(text[position : mark - 1] + quote)
            position = after
            continue
        end = _skip_spaces(text, after, delimiter)
        if end >= len(text) or text.startswith(delimiter, end):
            cell = "".join(parts) + text[position:mark]
            return cell, end + len(delimiter), end < len(text), False, stray
        if text.startswith(quote, after):
            parts.append(text[position:mark] + quote)
            position = after + 1
            continue
        stray = True
        parts.append(text[position:after])
        position = after


_LITERAL = "\ufdd6"
_MENDED_MARKS = 40


def mend(text: str, delimiter: str, width: int, quote: str = '"') -> tuple[str, ...] | None:
    """Cut a record that holds one quotation mark too many: the first mark that, taken as text, gives `width` cells.

    Examples
    --------
    >>> mend('1;"2;"x; y"', ";", 3)
    ('1', '"2', 'x; y')
    """
    places = [at for at, char in enumerate(text) if char == quote][:_MENDED_MARKS]
    for at in places:
        cut = cut_text(text[:at] + _LITERAL + text[at + 1 :], delimiter, quote=quote)
        if not cut.open and not cut.stray and len(cut.cells) == width:
            return tuple(cell.replace(_LITERAL, quote) for cell in cut.cells)
    return None


def mostly_filled(cells: tuple[str, ...]) -> bool:
    """Say whether more than half of the cells hold something."""
    return sum(1 for cell in cells if cell.strip()) * 2 > len(cells)


Line = tuple[int, str]


class Splitter:
    """Cuts numbered lines into rows, joining lines while a quoted cell is open.

    A cell that stays open over more than `Limits.record_lines` lines, that swallows a line which is a good row by
    itself, or that closes with the wrong number of cells costs its first line only. `probe` says whether cells of the
    right number could be a row of this table.
    """

    def __init__(
        self,
        delimiter: str,
        width: int | None = None,
        escaped: bool = False,
        limits: Limits = LIMITS,
        probe: Callable[[tuple[str, ...]], bool] | None = None,
        quote: str = '"',
    ) -> None:
        self.quote = quote
        self.probe = probe or mostly_filled
        self.delimiter = delimiter
        self.width = width
        self.escaped = escaped
        self.limits = limits

    def rows(self, lines: Iterable[Line]) -> Iterator[Row]:
        """Yield the rows of lines in rising order; a gap in the numbers ends an open cell."""
        ahead: deque[Line] = deque()
        stream = iter(lines)
        left_open = False
        while (item := ahead.popleft() if ahead else next(stream, None)) is not None:
            cut = cut_text(item[1], self.delimiter, self.escaped, quote=self.quote)
            if cut.open:
                row = self._join(item, cut, ahead, stream)
                left_open = left_open or row.code is not None
                yield row
            elif cut.stray and left_open and self._closes(item[1]):
                left_open = False
                yield Row(item[0], cut.cells, item[0], code="unclosed_quote")
            else:
                left_open = left_open and not self._is_row(item[1])
                yield Row(item[0], cut.cells, item[0], stray=cut.stray)

    def _closes(self, text: str) -> bool:
        """Say whether a line's first mark ends a cell: with no record since a cell was left open, it ends that."""
        if self.width is None or self.width < 3:
            return False
        after = text[text.find(self.quote) + 1 :].lstrip(" ")
        return text.count(self.quote) % 2 == 1 and (not after or after.startswith(self.delimiter))

    def _join(self, first: Line, cut: Cut, ahead: deque[Line], stream: Iterator[Line]) -> Row:
        """Read on until the open cell closes; lines that turn out to be none of its own go back to `ahead`."""
        taken: list[Line] = []
        size = len(first[1])
        while (item := ahead.popleft() if ahead else next(stream, None)) is not None:
            taken.append(item)
            size += len(item[1]) + 1
            gap = item[0] != first[0] + len(taken)
            too_long = len(taken) >= self.limits.record_lines or size > self.limits.record_chars
            if gap or too_long or self._is_row(item[1]):
                break
            cut = cut_text(item[1], self.delimiter, self.escaped, before=cut, quote=self.quote)
            if not cut.open:
                if cut.stray or not self._fits(cut.cells):
                    break
                return Row(first[0], cut.cells, item[0])
        ahead.extendleft(reversed(taken))
        cells = first[1].split(self.delimiter)
        if len(cells) == self.width and all(cell.count(self.quote) % 2 == 0 for cell in cells):
            return Row(first[0], tuple(map(self._alone, cells)), first[0], stray=True)
        return Row(first[0], tuple(cells), first[0], code="unclosed_quote")

    def _alone(self, text: str) -> str:
        """Read a cell that holds no delimiter; words behind its closing mark make the marks a part of the text."""
        cut = cut_text(text, self.delimiter, self.escaped, quote=self.quote)
        return text if cut.open or cut.stray else cut.cells[0]

    def _fits(self, cells: tuple[str, ...]) -> bool:
        """Say whether a record has as many cells as the table, empty ones beyond apart."""
        if self.width is None:
            return True
        return len(cells) >= self.width and not any(cell.strip() for cell in cells[self.width :])

    def _is_row(self, text: str) -> bool:
        """Say whether a line is whole by itself: as many cells as columns, no odd quotation mark, several filled."""
        if self.width is None or self.width < 3 or text.count(self.delimiter) < self.width - 1:
            return False
        cut = cut_text(text, self.delimiter, self.escaped, quote=self.quote)
        if cut.open or cut.stray or not self._fits(cut.cells):
            return False
        return self.probe(cut.cells)
