"""Where the header of a table is and what it says: one row or several, above the first row of data."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocem.domain.batch import LineNote
from ocem.intake.look import fold, is_text_row, line_class, looks_like_date, looks_like_number, page_text, shown
from ocem.intake.split import Row

HEADER_SEARCH = 200


@dataclass(frozen=True)
class Wanted:
    """What a profile says about the columns: header texts (as written) and positions."""

    names: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()
    date_index: int | None = None


@dataclass(frozen=True)
class Layout:
    """Where the table is in a file. `header_line` is None when the table has no header.

    `header` holds one text a column; further header rows are joined below the first.
    """

    delimiter: str | None
    header_line: int | None
    header_rows: int
    header: tuple[str, ...]
    first_line: int
    skips: tuple[LineNote, ...] = ()
    escaped: bool = False
    all_quoted: bool = False
    quote: str = '"'
    below: tuple[tuple[str, ...], ...] = ()
    """Cells of the further header rows (question texts, ImportId)."""
    above: frozenset[str] = frozenset()
    """Texts above the header as `page_text` compares them: they come back on every page of a printed list."""

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.header)


def find_header(rows: Sequence[Row], wanted: Wanted, texts: dict[int, str] | None = None) -> Layout | None:
    """Find the header among rows: the row that holds the wanted names, else the last text row above the first data."""
    at = _by_names(rows, wanted) if wanted.names else None
    if at is None and wanted.names and not wanted.indices:
        return None
    if at is not None:
        last = at + _extra_rows(rows, at)
        return _layout(rows, at, last, wanted, texts)
    return _by_position(rows, wanted, texts)


def _by_names(rows: Sequence[Row], wanted: Wanted) -> int | None:
    names = [fold(name) for name in wanted.names]
    best, found = None, 0
    for at, row in enumerate(rows[:HEADER_SEARCH]):
        cells = {fold(cell) for cell in row.cells}
        here = sum(1 for name in names if name in cells)
        if here > found:
            best, found = at, here
    return best if found >= max(1, (len(names) + 1) // 2) else None


def _extra_rows(rows: Sequence[Row], at: int) -> int:
    """Count the further header rows below a header: up to a row of ImportIds, or a row that fills empty headers."""
    header = rows[at].cells
    for below in range(1, 4):
        if at + below < len(rows) and any('"ImportId"' in cell for cell in rows[at + below].cells):
            return below
    if at + 1 < len(rows) and len(rows[at + 1].cells) == len(header):
        pairs = list(zip(header, rows[at + 1].cells, strict=True))
        fills = any(not name.strip() and text.strip() for name, text in pairs)
        options = [text for _, text in pairs if text.strip()]
        texts_only = not any(looks_like_number(text) or looks_like_date(text) for text in options)
        continued = {"Response", "Open-Ended Response"} & set(options)
        if options and texts_only and (continued or fills) and not pairs[0][1].strip():
            return 1
    return 0


def _is_data(row: Row, wanted: Wanted) -> bool:
    if wanted.date_index is not None:
        return wanted.date_index < len(row.cells) and looks_like_date(row.cells[wanted.date_index])
    return any(looks_like_date(cell) for cell in row.cells)


def _by_position(rows: Sequence[Row], wanted: Wanted, texts: dict[int, str] | None) -> Layout | None:
    """The header of a mapping by position, or of no mapping: text rows above the first row that holds a date."""
    data = next((at for at, row in enumerate(rows) if _is_data(row, wanted)), None)
    if data is None:
        return _without_dates(rows, wanted, texts)
    at = next((i for i in range(data - 1, -1, -1) if _could_be_header(rows[i], rows[data], texts)), None)
    if at is None:
        return _headerless(rows, data, texts)
    top = at
    while top > 0 and _could_be_header(rows[top - 1], rows[data], texts):
        top -= 1
    return _layout(rows, top, at, wanted, texts)


def _could_be_header(row: Row, data: Row, texts: dict[int, str] | None) -> bool:
    if not is_text_row(row) or (texts and line_class(row, texts.get(row.line, ""))):
        return False
    return len(row.cells) * 2 > len(data.cells)


def _without_dates(rows: Sequence[Row], wanted: Wanted, texts: dict[int, str] | None) -> Layout | None:
    """A table without dates: the first text row as wide as most rows."""
    widths: dict[int, int] = {}
    for row in rows:
        if not row.blank:
            widths[len(row.cells)] = widths.get(len(row.cells), 0) + 1
    if not widths:
        return None
    width = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    at = next((i for i, row in enumerate(rows) if len(row.cells) == width and is_text_row(row)), None)
    if at is None and wanted.indices:
        return None
    if at is None:
        at = next(i for i, row in enumerate(rows) if len(row.cells) == width)
    return _layout(rows, at, at + _extra_rows(rows, at), wanted, texts)


def _headerless(rows: Sequence[Row], data: int, texts: dict[int, str] | None) -> Layout:
    width = max(len(row.cells) for row in rows[data : data + 50])
    return Layout(
        delimiter=None,
        header_line=None,
        header_rows=0,
        header=tuple(f"#{i + 1}" for i in range(width)),
        first_line=rows[data].line,
        skips=_above(rows[:data], texts),
    )


def _layout(rows: Sequence[Row], top: int, last: int, wanted: Wanted, texts: dict[int, str] | None) -> Layout:
    header = rows[top].cells if not wanted.indices or last == top else _join_headers(rows[top : last + 1])
    if not wanted.indices and last > top:
        header = rows[top].cells
    width = len(header)
    below = [row for row in rows[last + 1 :] if len(row.cells) <= width]
    while width > 1 and not header[width - 1].strip() and _empty_below(below, width - 1):
        width -= 1
    extra = tuple(LineNote("header_extra", row.line) for row in rows[top + 1 : last + 1])
    return Layout(
        delimiter=None,
        header_line=rows[top].line,
        header_rows=last - top + 1,
        header=tuple(shown(name) for name in header[:width]),
        first_line=rows[last].last_line + 1,
        above=frozenset(filter(None, (page_text(_text_of(row, texts)) for row in rows[:top]))),
        skips=_above(rows[:top], texts) + extra,
        below=tuple(row.cells for row in rows[top + 1 : last + 1]),
    )


def _empty_below(rows: Sequence[Row], index: int) -> bool:
    return not any(index < len(row.cells) and row.cells[index].strip() for row in rows)


def _join_headers(rows: Sequence[Row]) -> tuple[str, ...]:
    width = max(len(row.cells) for row in rows)
    columns = ([row.cells[i].strip() if i < len(row.cells) else "" for row in rows] for i in range(width))
    return tuple(" ".join(part for part in parts if part) for parts in columns)


def _text_of(row: Row, texts: dict[int, str] | None) -> str:
    return texts.get(row.line, "") if texts else " ".join(row.cells)


def _above(rows: Sequence[Row], texts: dict[int, str] | None) -> tuple[LineNote, ...]:
    notes: list[LineNote] = []
    for row in rows:
        text = _text_of(row, texts)
        notes.extend(LineNote(line_class(row, text) or "preamble", line) for line in range(row.line, row.last_line + 1))
    return tuple(notes)
