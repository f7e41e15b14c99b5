"""What a workbook's cells do not say by their values: formulas without a value, errors, percentages, by place.

Reading 0.235 out of a cell that shows 23,5% would be a hundred times wrong, so the formats of cells are looked up in
.xlsx, .xls and .ods alike.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import olefile

from ocem.intake.reading import ERROR_MARK, NO_VALUE_MARK, NUMBER_MARK
from ocem.intake.receive import Container

UNREADABLE = (
    ElementTree.ParseError, zipfile.BadZipFile, zlib.error, struct.error, KeyError, EOFError, OSError, ValueError,
    NotImplementedError, IndexError,
)  # fmt: skip


def find_notes(path: Path, container: Container, sheet: str) -> "CellNotes":
    """Collect the notes of one sheet.

    Raises
    ------
    OSError and others of `UNREADABLE`
        When the file is damaged.
    """
    if container is Container.XLS:
        return _old_notes(path, sheet)
    with zipfile.ZipFile(path) as archive:
        if container is Container.ODS:
            return _open_document_notes(archive, sheet)
        notes = CellNotes()
        part = _part_of(archive, sheet)
        if part is not None:
            notes.scan(archive, part, _percent_styles(archive))
        return notes


def counts_from_1904(path: Path, container: Container) -> bool:
    """Say whether the day numbers of a workbook count from 1904; what cannot be read is left to the reader of cells."""
    try:
        if container is Container.XLSX:
            with zipfile.ZipFile(path) as archive:
                return bool(re.search(rb'date1904="(?:1|true)"', archive.read("xl/workbook.xml")))
        if container is Container.XLS:
            return any(kind == _DATE_1904 and body[:1] == b"\x01" for kind, body in _records(_old_stream(path), 0))
    except UNREADABLE:
        return False
    return False


def number_text(value: float) -> str:
    """Write a number as a person reads it in the sheet: 15 digits, no exponent.

    Examples
    --------
    >>> number_text(18273645510.0), number_text(0.1 + 0.2), number_text(2e20)
    ('18273645510', '0.3', '200000000000000000000')
    """
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = format(value, ".15g")
    return format(Decimal(text), "f") if "e" in text else text


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb"<c\s([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_VALUE = re.compile(rb"<v[^>]*>[^<]|<is>")
"""A value that is there; some programs write an empty one beside a formula that nobody has computed."""
_STYLE = re.compile(rb'\bs="(\d+)"')


class CellNotes:
    """What a reader of values does not say: formulas without value, errors, percentages; places count from 0."""

    def __init__(self) -> None:
        self.no_value: list[tuple[int, int]] = []
        self.errors: list[tuple[int, int, str]] = []
        self.percents: list[tuple[int, int]] = []

    def scan(self, archive: zipfile.ZipFile, part: str, percent_styles: set[bytes]) -> None:
        """Read a sheet of an .xlsx file."""
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
            formula = b"<f" in content
            value = bool(_VALUE.search(content)) or (b't="str"' in attributes and b"<v" in content)
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

    def repeat(self, row: int, times: int) -> None:
        """Note the cells of a row again for the rows that repeat it."""
        for below in range(row + 1, row + times):
            self.percents += [(below, column) for at, column in self.percents if at == row]
            self.no_value += [(below, column) for at, column in self.no_value if at == row]
            self.errors += [(below, column, text) for at, column, text in self.errors if at == row]

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
                cells[row][column] = NUMBER_MARK + number_text(float(text[1:]) * 100) + "%"


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


_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_MOST_REPEATED = 10_000
"""Repeated rows and cells beyond this are padding to the edge of the sheet."""


def _open_document_notes(archive: zipfile.ZipFile, sheet: str) -> CellNotes:
    notes = CellNotes()
    with archive.open("content.xml") as stream:
        name, row, column = None, 0, 0
        for event, item in ElementTree.iterparse(stream, ("start", "end")):
            if event == "start" and item.tag == f"{_TABLE}table":
                name, row = item.get(f"{_TABLE}name"), 0
            elif event == "start" and item.tag == f"{_TABLE}table-row":
                column = 0
            elif event == "end" and item.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                repeated = int(item.get(f"{_TABLE}number-columns-repeated") or 1)
                if name == sheet and repeated <= _MOST_REPEATED:
                    for at in range(column, column + repeated):
                        _note_open_document(notes, item, row, at)
                column += repeated
            elif event == "end" and item.tag == f"{_TABLE}table-row":
                repeated = int(item.get(f"{_TABLE}number-rows-repeated") or 1)
                if name == sheet and repeated <= _MOST_REPEATED:
                    notes.repeat(row, repeated)
                row += repeated
                item.clear()
    return notes


def _note_open_document(notes: CellNotes, item: ElementTree.Element, row: int, column: int) -> None:
    kind = item.get(f"{_OFFICE}value-type")
    if kind == "percentage":
        notes.percents.append((row, column))
    elif item.get(f"{_CALC}value-type") == "error":
        notes.errors.append((row, column, "".join(item.itertext()) or "#"))
    elif item.get(f"{_TABLE}formula") and kind is None:
        notes.no_value.append((row, column))


_BOF, _SHEET, _FORMAT, _XF, _FORMULA = 0x0809, 0x0085, 0x041E, 0x00E0, 0x0006
_DATE_1904 = 0x0022
_NUMBER, _RK, _RUN_OF_RK, _ERROR = 0x0203, 0x027E, 0x00BD, 0x0205
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


def _old_stream(path: Path) -> bytes:
    with olefile.OleFileIO(str(path)) as archive:
        stream: bytes = archive.openstream("Workbook" if archive.exists("Workbook") else "Book").read()
        return stream


def _old_notes(path: Path, sheet: str) -> CellNotes:
    """Read formats and errors out of an .xls file [MS-XLS]: records of two bytes type, two bytes length."""
    data = _old_stream(path)
    notes = CellNotes()
    formats: dict[int, bytes] = {}
    styles: list[int] = []
    start: int | None = None
    for kind, body in _records(data, 0):
        if kind == _FORMAT:
            formats[struct.unpack_from("<H", body)[0]] = body[2:]
        elif kind == _XF:
            styles.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == _SHEET and _sheet_name(body) == sheet:
            start = struct.unpack_from("<I", body)[0]
    percents = {at for at, code in enumerate(styles) if code in (9, 10) or b"%" in formats.get(code, b"")}
    if start is not None:
        for kind, body in _records(data, start):
            _note_old(notes, kind, body, percents)
    return notes


def _records(data: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one substream; a second beginning ends it."""
    begun = False
    while position + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, position)
        if kind == _BOF and begun:
            return
        begun = begun or kind == _BOF
        yield kind, data[position + 4 : position + 4 + size]
        position += 4 + size


def _sheet_name(body: bytes) -> str:
    """The name of a sheet: one byte length, one byte that says whether letters take two bytes."""
    length, wide = body[6], body[7] & 1
    return body[8 : 8 + length * (2 if wide else 1)].decode("utf-16-le" if wide else "latin-1")


def _note_old(notes: CellNotes, kind: int, body: bytes, percents: set[int]) -> None:
    if kind in (_NUMBER, _RK, _FORMULA, _ERROR):
        row, column, style = struct.unpack_from("<HHH", body)
        if kind == _ERROR and body[7]:
            notes.errors.append((row, column, _ERRORS.get(body[6], "#")))
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            notes.errors.append((row, column, _ERRORS.get(body[8], "#")))
        elif style in percents and kind != _ERROR:
            notes.percents.append((row, column))
    elif kind == _RUN_OF_RK:
        row, first = struct.unpack_from("<HH", body)
        for at in range((len(body) - 6) // 6):
            if struct.unpack_from("<H", body, 4 + 6 * at)[0] in percents:
                notes.percents.append((row, first + at))
