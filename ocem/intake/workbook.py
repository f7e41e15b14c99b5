"""Workbooks and HTML tables as rows of texts: sheets, merged cells, formulas without value, day numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from ocem.intake.cell_notes import UNREADABLE, counts_from_1904, find_notes, number_text
from ocem.intake.reading import DAY_ZERO, MAC_DAY_ZERO, NUMBER_MARK
from ocem.intake.receive import LIMITS, Container, Limits, refuse
from ocem.intake.split import Row
from ocem.intake.text import line_blocks, open_text


@dataclass(frozen=True)
class Sheet:
    """A sheet and whether a person sees it."""

    name: str
    visible: bool


class Workbook:
    """An open workbook; `rows` reads one sheet."""

    def __init__(self, path: Path, container: Container) -> None:
        self.path = path
        self.container = container
        try:
            self._book = CalamineWorkbook.from_path(str(path))
        except PasswordError as error:
            raise refuse("encrypted_file") from error
        except (CalamineError, OSError, ValueError) as error:
            raise refuse("unreadable_workbook", detail=str(error)[:200]) from error
        self.day_zero = MAC_DAY_ZERO if counts_from_1904(path, container) else DAY_ZERO
        self.sheets = tuple(
            Sheet(meta.name, meta.visible is SheetVisibleEnum.Visible)
            for meta in self._book.sheets_metadata
            if meta.typ is SheetTypeEnum.WorkSheet
        )

    def rows(self, name: str, limits: Limits = LIMITS) -> list[Row]:
        """Return the rows of a sheet as texts, numbered as in the sheet; merged cells are filled.

        Numbers keep a mark that says they are numbers. A formula without a stored value becomes a mark too.
        """
        try:
            sheet = self._book.get_sheet_by_name(name)
            values = sheet.to_python(skip_empty_area=False)
            merged = sheet.merged_cell_ranges or []
        except (CalamineError, ValueError) as error:
            raise refuse("unreadable_workbook", detail=str(error)[:200]) from error
        width = max((len(row) for row in values), default=0)
        if width > limits.columns:
            raise refuse("too_many_columns", columns=width, limit=limits.columns)
        cells = [[_text(value) for value in row] for row in values]
        try:
            find_notes(self.path, self.container, name).apply(cells)
        except UNREADABLE as error:
            raise refuse("unreadable_workbook", detail=str(error)[:200]) from error
        for (top, left), (bottom, right) in merged:
            _fill(cells, top, left, bottom, right)
        return [Row(number, tuple(row), number) for number, row in enumerate(cells, start=1)]


def _fill(cells: list[list[str]], top: int, left: int, bottom: int, right: int) -> None:
    """Repeat a merged cell downwards; a cell merged sideways stays where it begins."""
    if top >= len(cells) or left >= len(cells[top]):
        return
    value = cells[top][left]
    for row in range(top + 1, min(bottom + 1, len(cells))):
        if left < len(cells[row]) and not cells[row][left]:
            cells[row][left] = value


def _text(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return NUMBER_MARK + number_text(float(value))
    if isinstance(value, datetime):
        rounded = _to_second(value)
        return rounded.date().isoformat() if rounded.time() == time() else rounded.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _clock(
            timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
        )
    if isinstance(value, timedelta):
        return _clock(value)
    return str(value)


def _clock(value: timedelta) -> str:
    """Write a time of day or a span as hours, minutes and seconds: as a bare number it could pass for an amount."""
    total = abs(value.total_seconds())
    total = float(round(total)) if abs(total - round(total)) < 0.002 else total
    minutes, seconds = divmod(total, 60)
    figures = f"{seconds:02.0f}" if seconds.is_integer() else f"{seconds:06.3f}"
    return f"{'-' if value < timedelta() else ''}{int(minutes) // 60}:{int(minutes) % 60:02d}:{figures}"


def _to_second(value: datetime) -> datetime:
    """Undo what a fraction of a day loses: moments within 2 ms of a second are that second."""
    rest = value.microsecond
    if rest == 0:
        return value
    base = value.replace(microsecond=0)
    if rest < 2_000:
        return base
    return base + timedelta(seconds=1) if rest > 998_000 else base


class _Tables(HTMLParser):
    """Collects the cells of all tables; scripts and styles are passed over, nothing is run or fetched."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[tuple[int, list[str]]]] = []
        self._row: list[str] | None = None
        self._row_line = 0
        self._cell: list[str] | None = None
        self._span = 1
        self._down = 1
        self._hanging: dict[int, tuple[int, str]] = {}
        """Columns that a cell of an earlier row covers: in how many rows still, and its text."""
        self._later: dict[int, tuple[int, str]] = {}
        self._hidden = 0
        self._inner = 0
        """How many tables are open inside a cell of a row that holds data: their texts are that cell's."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inner or (tag == "table" and self._cell is not None and any(self._row or ())):
            self._inner += tag == "table"
            self._gap()
        elif tag == "table":
            self._close_row()
            self._hanging = {}
            self.tables.append([])
        elif tag == "tr":
            self._close_row()
            self._row, self._row_line = [], self.getpos()[0]
        elif tag in ("td", "th"):
            self._close_cell()
            self._cell = []
            self._span, self._down = (_count_of(dict(attrs).get(name)) for name in ("colspan", "rowspan"))
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")
        elif tag in ("script", "style"):
            self._hidden += 1

    def _gap(self) -> None:
        if self._cell and not self._cell[-1].endswith((" ", "\n")):
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._inner:
            self._inner -= tag == "table"
        elif tag in ("td", "th"):
            self._close_cell()
        elif tag in ("tr", "table"):
            self._close_row()
        elif tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def _close_cell(self) -> None:
        if self._cell is not None:
            if self._row is None:
                self._row, self._row_line = [], self.getpos()[0]
            self._fill_hanging(self._row)
            text = "".join(self._cell).strip()
            for number in range(self._span):
                if self._down > 1:
                    self._later[len(self._row)] = (self._down - 1, "" if number else text)
                self._row.append("" if number else text)
            self._cell = None

    def _fill_hanging(self, row: list[str]) -> None:
        """Put in what cells of earlier rows cover from here on."""
        while (column := len(row)) in self._hanging:
            left, text = self._hanging.pop(column)
            if left > 1:
                self._later[column] = (left - 1, text)
            row.append(text)

    def _close_row(self) -> None:
        self._close_cell()
        if self._row is not None:
            self._fill_hanging(self._row)
            self._hanging.update(self._later)
            self._later = {}
        if self._row:
            if not self.tables:
                self.tables.append([])
            self.tables[-1].append((self._row_line, self._row))
        self._row = None


def _count_of(text: str | None) -> int:
    return min(max(int(text), 1), 100) if text and text.isdigit() else 1


def html_rows(path: Path, limits: Limits = LIMITS) -> list[Row]:
    """Return the rows of the largest table of a web page, numbered from 1 in the table.

    Raises
    ------
    FileRefused
        ``html_as_xls`` when no table is in the page, ``file_too_large``.
    """
    if path.stat().st_size > limits.workbook_bytes:
        raise refuse("file_too_large", file=path.name, limit=limits.workbook_bytes // 1024**2)
    parser = _Tables()
    for block in line_blocks(open_text(path)):
        parser.feed(block.decode("utf-8"))
    parser.close()
    if not any(parser.tables):
        raise refuse("html_as_xls")
    table = max(parser.tables, key=lambda rows: sum(len(cells) for _, cells in rows))
    width = max(len(cells) for _, cells in table)
    if width > limits.columns:
        raise refuse("too_many_columns", columns=width, limit=limits.columns)
    padded = (cells + [""] * (width - len(cells)) for _, cells in table)
    return [Row(number, tuple(cells), number) for number, cells in enumerate(padded, start=1)]


def data_rows(rows: list[Row], first_line: int) -> Iterator[Row]:
    """Yield the rows below the header."""
    return (row for row in rows if row.line >= first_line)
