"""Workbooks of older and other programs, written by xlwt and odfpy: .xls and .ods, percentages and errors included."""

import io
from datetime import date, datetime

import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from ocem.intake.cell_notes import number_text
from ocem.store.database import Database
from tests.intake.reading_of import ITALIAN, ORDERS, read

WITH_SHARE = ORDERS | {"share": {"column": "Quota", "type": "rate:percent"}}


def old_workbook(since_1904: bool = False) -> bytes:
    """A title, a header in line 3, two orders in lines 4 and 5, a total; a hidden sheet with the same header."""
    book = xlwt.Workbook()
    book.dates_1904 = since_1904
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    percent = xlwt.easyxf(num_format_str="0.0%")
    shown = book.add_sheet("Ordini")
    shown.write_merge(0, 0, 0, 4, "Elenco ordini")
    for column, name in enumerate(["ID", "Data", "Cliente", "Importo", "Quota"]):
        shown.write(2, column, name)
    for row, (number, amount, share) in enumerate([(1001, 1234.56, 0.235), ("N2", -5, 1)], start=3):
        for column, value in enumerate([number, None, "Forlì S.p.A.", amount]):
            if value is not None:
                shown.write(row, column, value)
        shown.write(row, 1, date(2026, 1, 9 + row), day)
        shown.write(row, 4, share, percent)
    shown.write(5, 2, "Totale")
    shown.write(5, 3, xlwt.Formula("SUM(D4:D5)"))
    hidden = book.add_sheet("Nascosto")
    hidden.visibility = 1
    for column, name in enumerate(["ID", "Data", "Cliente", "Importo", "Quota"]):
        hidden.write(0, column, name)
        hidden.write(1, column, "x")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("since_1904", [False, True])
def test_an_old_workbook_is_read_like_a_new_one(database: Database, since_1904: bool) -> None:
    seen = read(database, old_workbook(since_1904), fields=WITH_SHARE, name="orders.xls")
    assert seen.column("when") == {4: "2026-01-12", 5: "2026-01-13"}
    assert seen.column("amount") == {4: "1234.5600", 5: "-5.0000"}
    assert seen.column("record_id") == {4: "1001", 5: "N2"}
    assert seen.column("who")[4] == "Forlì S.p.A."
    assert seen.skipped == {1: "preamble", 2: "blank_line", 6: "total_row"}


def test_a_percentage_of_an_old_workbook_is_what_the_cell_shows(database: Database) -> None:
    # the cell holds 0.235 and shows 23,5%
    seen = read(database, old_workbook(), fields=WITH_SHARE, name="orders.xls")
    assert seen.column("share") == {4: "0.235", 5: "1.0"}


def cell(value: object, kind: str = "string", **attributes: str) -> TableCell:
    name = {"float": "value", "percentage": "value", "currency": "value", "date": "datevalue"}.get(kind)
    made = TableCell(valuetype=kind, **({name: str(value)} if name else {}), **attributes)
    made.addElement(P(text=str(value)))
    return made


def open_document(*rows: list[TableCell], repeated: int = 1) -> bytes:
    document = OpenDocumentSpreadsheet()
    table = Table(name="Ordini")
    for number, cells in enumerate(rows):
        row = TableRow(numberrowsrepeated=repeated) if number == len(rows) - 1 else TableRow()
        for item in cells:
            row.addElement(item)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


HEADER = [cell(name) for name in ("ID", "Data", "Cliente", "Importo", "Quota")]


def test_an_open_document_is_read_with_its_percentages(database: Database) -> None:
    data = open_document(
        HEADER,
        [cell("N1"), cell("2026-01-12", "date"), cell("Forlì"), cell(1234.56, "float"), cell(0.235, "percentage")],
        [cell("N2"), cell("2026-01-13T10:30:00", "date"), cell("B"), cell(5.5, "currency"), cell(0.1, "percentage")],
    )
    seen = read(database, data, fields=WITH_SHARE, name="orders.ods")
    assert seen.column("when") == {2: "2026-01-12", 3: "2026-01-13"}
    assert seen.column("amount") == {2: "1234.5600", 3: "5.5000"}
    assert seen.column("share") == {2: "0.235", 3: "0.1"}


def test_repeated_rows_keep_their_percentages(database: Database) -> None:
    data = open_document(
        HEADER,
        [cell(""), cell("2026-01-12", "date"), cell("A"), cell(1, "float"), cell(0.5, "percentage")],
        repeated=3,
    )
    seen = read(database, data, fields=WITH_SHARE, key=(), name="orders.ods")
    assert seen.column("share") == {2: "0.5", 3: "0.5", 4: "0.5"}


def test_an_open_document_formula_without_a_value_is_refused(database: Database) -> None:
    bare = TableCell(formula="of:=SUM([.D2:.D3])")
    data = open_document(HEADER, [cell("N1"), cell("2026-01-12", "date"), cell("A"), bare, cell("")])
    assert read(database, data, name="orders.ods").rejected == {2: "formula_no_value"}


def test_a_damaged_part_of_a_workbook_is_said_to_be_unreadable(database: Database) -> None:
    data = old_workbook()
    seen = read(database, data[: len(data) // 2], name="orders.xls")
    assert seen.refused in ("unreadable_workbook", "unsupported_type")


@pytest.mark.parametrize(("value", "text"), [(2e20, "200000000000000000000"), (1e-7, "0.0000001"), (0.1 + 0.2, "0.3")])
def test_numbers_of_workbooks_are_written_without_exponent(value: float, text: str) -> None:
    assert number_text(value) == text


def test_the_moments_of_an_old_workbook_keep_their_time(database: Database) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    for column, name in enumerate(["ID", "Data"]):
        sheet.write(0, column, name)
    sheet.write(1, 0, "N1")
    sheet.write(1, 1, datetime(2026, 1, 12, 10, 30, 15), xlwt.easyxf(num_format_str="DD/MM/YYYY HH:MM:SS"))
    out = io.BytesIO()
    book.save(out)
    fields = {"record_id": {"column": "ID", "type": "text"}, "when": {"column": "Data", "type": "datetime"}}
    seen = read(database, out.getvalue(), fields, ITALIAN, name="a.xls")
    assert seen.column("when") == {2: "2026-01-12T10:30:15+01:00"}
