"""Workbooks and HTML tables as rows of texts: sheets, merged cells, formulas without value, day numbers."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from ocem.intake.reading import ERROR_MARK, NO_VALUE_MARK, NUMBER_MARK
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
        notes = _CellNotes.of(self.path, name) if self.container is Container.XLSX else _CellNotes()
        cells = [[_text(value) for value in row] for row in values]
        notes.apply(cells)
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
        return NUMBER_MARK + _number_text(float(value))
    if isinstance(value, datetime):
        rounded = _to_second(value)
        return rounded.date().isoformat() if rounded.time() == time() else rounded.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return NUMBER_MARK + repr((value.hour * 3600 + value.minute * 60 + value.second) / 86400)
    if isinstance(value, timedelta):
        return NUMBER_MARK + repr(value.total_seconds() / 86400)
    return str(value)


def _number_text(value: float) -> str:
    """Write a number as a person reads it in the sheet: 15 digits, no exponent.

    Examples
    --------
    >>> _number_text(18273645510.0), _number_text(0.1 + 0.2)
    ('18273645510', '0.3')
    """
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = format(value, ".15g")
    return format(float(text), "f").rstrip("0") if "e" in text else text


def _to_second(value: datetime) -> datetime:
    """Undo what a fraction of a day loses: moments within 2 ms of a second are that second."""
    rest = value.microsecond
    if rest == 0:
        return value
    base = value.replace(microsecond=0)
    if rest < 2_000:
        return base
    return base + timedelta(seconds=1) if rest > 998_000 else base


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb"<c\s([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_STYLE = re.compile(rb'\bs="(\d+)"')


class _CellNotes:
    """What a reader of values does not say: formulas without value, errors, percentages."""

    def __init__(self) -> None:
        self.no_value: list[tuple[int, int]] = []
        self.errors: list[tuple[int, int, str]] = []
        self.percents: list[tuple[int, int]] = []

    @classmethod
    def of(cls, path: Path, sheet: str) -> "_CellNotes":
        notes = cls()
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is not None:
                notes._scan(archive, part, _percent_styles(archive))
        return notes

    def _scan(self, archive: zipfile.ZipFile, part: str, percent_styles: set[bytes]) -> None:
        rest = b""
        with archive.open(part) as stream:
            for block in iter(lambda: stream.read(1024 * 1024), b""):
                data = rest + block
                cut = data.rfind(b"</row>")
                if cut < 0:
                    rest = data
                    continue
                self._scan_cells(data[:cut], percent_styles)
                rest = data[cut:]
        self._scan_cells(rest, percent_styles)

    def _scan_cells(self, data: bytes, percent_styles: set[bytes]) -> None:
        for match in _CELL.finditer(data):
            attributes, content = match[1], match[2] or b""
            formula, value = b"<f" in content, b"<v>" in content or b"<is>" in content
            error = b't="e"' in attributes
            style = _STYLE.search(attributes)
            percent = style is not None and style[1] in percent_styles
            if not (error or percent or (formula and not value)):
                continue
            reference = _REFERENCE.search(attributes)
            if reference is None:
                continue
            at = (int(reference[2]) - 1, _column_number(reference[1]))
            if error:
                text = re.search(rb"<v>(.*?)</v>", content)
                self.errors.append((*at, text[1].decode("utf-8", "replace") if text else "#"))
            elif formula and not value:
                self.no_value.append(at)
            else:
                self.percents.append(at)

    def apply(self, cells: list[list[str]]) -> None:
        """Write the marks into the cells."""

        def put(row: int, column: int, text: str) -> None:
            if row < len(cells):
                line = cells[row]
                line.extend("" for _ in range(column + 1 - len(line)))
                line[column] = text

        for row, column in self.no_value:
            put(row, column, NO_VALUE_MARK)
        for row, column, text in self.errors:
            put(row, column, ERROR_MARK + text)
        for row, column in self.percents:
            text = cells[row][column] if row < len(cells) and column < len(cells[row]) else ""
            if text.startswith(NUMBER_MARK):
                cells[row][column] = NUMBER_MARK + _number_text(float(text[1:]) * 100) + "%"


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relation = next((item.get(_RELATION) for item in book.iter(f"{_MAIN}sheet") if item.get("name") == sheet), None)
    try:
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return None
    target = next((item.get("Target") for item in relations if item.get("Id") == relation), None)
    if target is None:
        return None
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in archive.namelist() else None


def _percent_styles(archive: zipfile.ZipFile) -> set[bytes]:
    """Return the numbers of the cell styles that show a percentage."""
    try:
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    except KeyError:
        return set()
    codes = {item.get("numFmtId"): item.get("formatCode") or "" for item in styles.iter(f"{_MAIN}numFmt")}
    formats = styles.find(f"{_MAIN}cellXfs")
    found = set()
    for number, item in enumerate(formats if formats is not None else ()):
        code = item.get("numFmtId")
        if code in ("9", "10") or "%" in codes.get(code, ""):
            found.add(str(number).encode())
    return found


class _Tables(HTMLParser):
    """Collects the cells of all tables; scripts and styles are passed over, nothing is run or fetched."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[tuple[int, list[str]]]] = []
        self._row: list[str] | None = None
        self._row_line = 0
        self._cell: list[str] | None = None
        self._span = 1
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self._close_row()
            self._row, self._row_line = [], self.getpos()[0]
        elif tag in ("td", "th"):
            self._close_cell()
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 100) if span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")
        elif tag in ("script", "style"):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
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
            self._row.append("".join(self._cell).strip())
            self._row.extend("" for _ in range(self._span - 1))
            self._cell = None

    def _close_row(self) -> None:
        self._close_cell()
        if self._row:
            if not self.tables:
                self.tables.append([])
            self.tables[-1].append((self._row_line, self._row))
        self._row = None


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
