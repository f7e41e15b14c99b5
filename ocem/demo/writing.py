"""How systems write: delimited text with their own habits, and small workbooks; nothing of the business."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ocem.demo.calendar import FIRST_DAY, N_DAYS

ROME = ZoneInfo("Europe/Rome")
Cell = str | int | float | date | None


@dataclass(frozen=True)
class Style:
    """Habits of a system's text export."""

    delimiter: str = ","
    encoding: str = "utf-8"
    bom: bool = False
    line_end: str = "\n"
    quoting: str = "none"
    """``none``, ``needed`` (texts in quotes) or ``all_valid`` (every value that is there)."""
    above: tuple[str, ...] = ()
    """Lines before the header: titles or comments."""
    more_headers: tuple[str, ...] = ()
    """Further header lines, as some survey tools write them."""
    below: tuple[str, ...] = ()
    """Lines after the data: totals, footers."""


@dataclass(frozen=True)
class Dirt:
    """Rows put in on purpose: copies of the first rows with one cell replaced, and plain repetitions."""

    spoiled: tuple[tuple[str, str, str], ...] = ()
    """(column, text put there, reject code); each gets a key of its own."""
    repeated: int = 0
    """Rows that stand twice, letter by letter."""
    key: str | None = None

    def rejects(self) -> dict[str, int]:
        """Count the rows an import must refuse, by code."""
        return dict(Counter(code for _, _, code in self.spoiled))


def write_text(path: Path, table: pa.Table, style: Style, dirt: Dirt | None = None) -> None:
    """Write a table as a system would, with the lines that it puts around and the rows that should not be there."""
    if style.encoding == "utf-8" and style.line_end == "\n":
        with path.open("wb") as out:
            _write(out, table, style, dirt)
        return
    buffer = io.BytesIO()
    _write(buffer, table, style, dirt)
    text = buffer.getvalue()
    if style.line_end != "\n":
        text = text.replace(b"\n", style.line_end.encode())
    path.write_bytes(text if style.encoding == "utf-8" else text.decode("utf-8").encode(style.encoding))


def _write(out: io.BufferedIOBase | io.BytesIO, table: pa.Table, style: Style, dirt: Dirt | None) -> None:
    head = [*style.above, _joined(table.column_names, style), *style.more_headers]
    bom = "\ufeff" if style.bom else ""
    out.write((bom + "\n".join(head) + "\n").encode())
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=style.delimiter, quoting_style=style.quoting)
    middle = min(table.num_rows, 40)
    pyarrow.csv.write_csv(table.slice(0, middle), out, options)
    if dirt is not None:
        for row in _dirty_rows(table, dirt):
            pyarrow.csv.write_csv(row, out, options)
    pyarrow.csv.write_csv(table.slice(middle), out, options)
    if style.below:
        out.write(("\n".join(style.below) + "\n").encode())


def _joined(cells: Sequence[str], style: Style) -> str:
    if style.quoting == "all_valid":
        return style.delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells)
    return style.delimiter.join(cells)


def _dirty_rows(table: pa.Table, dirt: Dirt) -> Iterable[pa.Table]:
    for i, (column, text, _) in enumerate(dirt.spoiled):
        row = table.slice(i, 1)
        if dirt.key is not None:
            row = _replaced(row, dirt.key, f"X{i + 1:04d}")
        yield _replaced(row, column, text)
    for i in range(dirt.repeated):
        yield table.slice(len(dirt.spoiled) + i, 1)


def _replaced(row: pa.Table, column: str, text: str) -> pa.Table:
    at = row.column_names.index(column)
    return row.set_column(at, column, pa.array([text if text else None], pa.string()))


# Texts of days, times and amounts, one table look-up a row


def _day_table(pattern: str) -> pa.Array:
    return pa.array([(FIRST_DAY + timedelta(days=i)).strftime(pattern) for i in range(-400, N_DAYS)])


def day_text(day: np.ndarray, pattern: str) -> pa.Array:
    """Write days (0 = first day of the demo; up to 400 days before it) in a strftime pattern."""
    return _day_table(pattern).take(pa.array(np.asarray(day) + 400))


def time_text(minute: np.ndarray, separator: str = ":") -> pa.Array:
    """Write minutes of the day as hours and minutes."""
    table = pa.array([f"{m // 60:02d}{separator}{m % 60:02d}" for m in range(1440)])
    return table.take(pa.array(minute))


def offset_text(day: np.ndarray) -> pa.Array:
    """Write the distance to UTC at noon of each day in Rome, as +01:00."""
    table = []
    for i in range(N_DAYS):
        noon = datetime.combine(FIRST_DAY + timedelta(days=i), datetime.min.time(), ROME) + timedelta(hours=12)
        table.append(_offset(noon))
    return pa.array(table).take(pa.array(day))


def _offset(moment: datetime) -> str:
    text = moment.strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def joined(*parts: pa.Array | str) -> pa.Array:
    """Join columns and fixed texts row by row."""
    return pc.binary_join_element_wise(*parts, "")


def words(table: Sequence[str], index: np.ndarray) -> pa.Array:
    """Look up one word a row; an empty word is an empty cell."""
    return pa.array([word or None for word in table], pa.string()).take(pa.array(index))


def whole(numbers: np.ndarray, missing: int | None = None) -> pa.Array:
    """Write whole numbers; `missing` becomes an empty cell."""
    mask = None if missing is None else numbers == missing
    return pa.array(numbers, mask=mask)


def cents_text(cents: np.ndarray, decimal: str, thousands: str = "") -> pa.Array:
    """Write money below a thousand millions with two decimals."""
    euro = cents // 100
    fraction = pa.array([f"{decimal}{i:02d}" for i in range(100)]).take(pa.array(cents % 100))
    plain = pc.cast(pa.array(euro), pa.string())
    if not thousands:
        return joined(plain, fraction)
    last_three = pa.array([f"{thousands}{i:03d}" for i in range(1000)]).take(pa.array(euro % 1000))
    grouped = joined(_thousands(euro // 1000, thousands), last_three)
    return joined(pc.if_else(pa.array(euro < 1000), plain, grouped), fraction)


def _thousands(thousand_euro: np.ndarray, thousands: str) -> pa.Array:
    """Write whole thousands, with a separator before the last three digits where there are more."""
    small = pc.cast(pa.array(thousand_euro), pa.string())
    if (thousand_euro < 1000).all():
        return small
    table = pa.array([f"{thousands}{i:03d}" for i in range(1000)])
    large = joined(pc.cast(pa.array(thousand_euro // 1000), pa.string()), table.take(pa.array(thousand_euro % 1000)))
    return pc.if_else(pa.array(thousand_euro < 1000), small, large)


# Workbooks

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROOT_RELS = (
    f'<Relationships xmlns="{_RELS}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
_BOOK_RELS = (
    f'<Relationships xmlns="{_RELS}">'
    f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_EPOCH = date(1899, 12, 30)


def write_workbook(path: Path, sheet: str, rows: Iterable[Sequence[Cell]]) -> None:
    """Write one sheet of texts, numbers and days; the same rows give the same bytes."""
    body = "".join(
        f'<row r="{r}">' + "".join(_cell(r, c, value) for c, value in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, start=1)
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _ROOT_RELS,
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="{escape(sheet)}" sheetId="1" r:id="r1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _BOOK_RELS,
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)


def _cell(row: int, column: int, value: Cell) -> str:
    place = f"{chr(65 + column)}{row}"
    if value is None:
        return ""
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - _EPOCH).days}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
