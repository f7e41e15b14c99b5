"""Workbooks: sheets, merged cells, day numbers, formulas, percentages."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time

import openpyxl
import pytest
import xlsxwriter

from ocem.store.database import Database
from tests.intake.reading_of import ITALIAN, ORDERS, UNKNOWN, read

HEADER = ["ID", "Data", "Cliente", "Importo"]


def workbook(build: Callable[[xlsxwriter.Workbook], None], **options: object) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy", **options}) as book:
        build(book)
    return out.getvalue()


def sheet(book: xlsxwriter.Workbook, name: str, rows: list[list[object]]) -> xlsxwriter.worksheet.Worksheet:
    made = book.add_worksheet(name)
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date | datetime):
                made.write_datetime(number, column, value)
            elif value is not None:
                made.write(number, column, value)
    return made


def test_numbers_and_days_need_no_format(database: Database) -> None:
    rows = [HEADER, ["A1", date(2026, 1, 12), "Rossi", 1234.5], [17, date(2024, 2, 29), "Verdi", -0.1]]
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", rows)), profile=UNKNOWN)
    assert seen.accepted == {
        2: {"record_id": "A1", "when": "2026-01-12", "who": "Rossi", "amount": "1234.5000"},
        3: {"record_id": "17", "when": "2024-02-29", "who": "Verdi", "amount": "-0.1000"},
    }


def test_a_number_that_a_workbook_stores_is_a_number_whatever_the_profile_says(database: Database) -> None:
    rows = [HEADER, ["A1", date(2026, 1, 12), "Rossi", 1.234]]
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", rows)), profile=ITALIAN)
    assert seen.accepted[2]["amount"] == "1.2340"


def test_numbers_and_days_kept_as_text_are_read_like_text(database: Database) -> None:
    rows = [HEADER, ["A1", "12/01/2026", "Rossi", "1.234,50"], ["A2", "31/02/2026", "Rossi", "1,00"]]
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", rows)), profile=ITALIAN)
    assert seen.column("amount") == {2: "1234.5000"}
    assert seen.rejected == {3: "bad_date"}


def test_text_numbers_that_read_two_ways_are_asked_about(database: Database) -> None:
    rows = [HEADER, ["A1", date(2026, 1, 12), "Rossi", "1.234"]]
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", rows)), profile=UNKNOWN)
    assert seen.asked == {("amount", "number_format")}


def test_the_calendar_of_1904_is_read_right(database: Database) -> None:
    rows = [HEADER, ["A1", date(2026, 1, 12), "Rossi", 1]]
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", rows), date_1904=True))
    assert seen.accepted[2]["when"] == "2026-01-12"


def test_moments_lose_nothing_to_fractions_of_a_day(database: Database) -> None:
    fields = {"record_id": {"column": "ID", "type": "text"}, "when": {"column": "Data", "type": "datetime"}}
    rows = [["ID", "Data"], ["A1", datetime(2026, 1, 12, 8, 30, 1)], ["A2", datetime(2026, 7, 1, 23, 59, 59)]]
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", rows)), fields)
    assert seen.column("when") == {2: "2026-01-12T08:30:01+01:00", 3: "2026-07-01T23:59:59+02:00"}


def test_a_day_without_a_date_format_is_a_day_number(database: Database) -> None:
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", [HEADER, ["A1", 46034, "Rossi", 1]])))
    assert seen.accepted[2]["when"] == "2026-01-12"
    assert "excel_serial" in seen.warnings


def test_percent_cells_are_shares(database: Database) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        made = sheet(book, "Tassi", [["Data", "Tasso"], [date(2026, 1, 1)], [date(2026, 1, 2), 12]])
        made.write_number(1, 1, 0.2345, book.add_format({"num_format": "0.00%"}))

    fields = {"when": {"column": "Data", "type": "date"}, "rate": {"column": "Tasso", "type": "rate:percent"}}
    seen = read(database, workbook(build), fields)
    assert {line: float(value) for line, value in seen.column("rate").items()} == {2: 0.2345, 3: 0.12}


def test_times_of_a_workbook_are_durations(database: Database) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        made = sheet(book, "Chiamate", [["Data", "Durata"], [date(2026, 1, 1)]])
        made.write_datetime(1, 1, time(0, 4, 1), book.add_format({"num_format": "hh:mm:ss"}))

    fields = {"when": {"column": "Data", "type": "date"}, "duration": {"column": "Durata", "type": "duration:hms"}}
    assert float(read(database, workbook(build), fields).accepted[2]["duration"]) == pytest.approx(241)


def test_merged_titles_headers_and_cells_are_undone(database: Database) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        made = sheet(
            book, "Gennaio", [["Riepilogo ordini e importi"], [], [], ["Codice", "Nome", "Numero", "Data", "Netto"]]
        )
        made.merge_range(2, 0, 2, 1, "Cliente")
        made.merge_range(2, 2, 2, 3, "Ordine")
        made.merge_range(4, 0, 5, 0, "00012")
        made.merge_range(4, 1, 5, 1, "Rossi")
        for row, (number, day) in enumerate([("D-1", date(2026, 1, 12)), ("D-2", date(2026, 1, 13))], start=4):
            made.write(row, 2, number)
            made.write_datetime(row, 3, datetime(day.year, day.month, day.day))
            made.write(row, 4, 10)
        made.write(6, 0, "Totale")
        made.write_formula(6, 4, "=SUM(E5:E6)", None, 20)

    fields = {"record_id": {"index": 2, "type": "text"}, "who": {"index": 1, "type": "text"},
              "when": {"index": 3, "type": "date"}, "amount": {"index": 4, "type": "amount"}}  # fmt: skip
    seen = read(database, workbook(build), fields, UNKNOWN)
    assert seen.column("who") == {5: "Rossi", 6: "Rossi"}
    assert (seen.detected["header_line"], seen.detected["header_rows"]) == (3, 2)
    assert seen.skipped[7] == "total_row"


def two_sheets(book: xlsxwriter.Workbook) -> None:
    sheet(book, "Copertina", [["Relazione"], ["A cura di: ufficio"]])
    sheet(book, "Gennaio", [HEADER, ["A1", date(2026, 1, 12), "Rossi", 10]])
    sheet(book, "Febbraio", [HEADER, ["A2", date(2026, 2, 12), "Rossi", 20]])
    sheet(book, "Prove", [HEADER, ["A3", date(2026, 3, 12), "Rossi", 30]]).hide()


def test_several_sheets_with_data_are_asked_about(database: Database) -> None:
    assert read(database, workbook(two_sheets)).asked == {(None, "sheet")}


def test_another_sheet_of_the_same_file_is_no_double(database: Database) -> None:
    data = workbook(two_sheets)
    assert read(database, data, profile=UNKNOWN | {"sheet": "Gennaio"}).column("amount") == {2: "10.0000"}
    assert read(database, data, profile=UNKNOWN | {"sheet": "Febbraio"}).column("amount") == {2: "20.0000"}
    assert read(database, data, profile=UNKNOWN | {"sheet": "Febbraio"}).refused == "duplicate_upload"


def test_the_only_sheet_that_fits_is_taken(database: Database) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        sheet(book, "Copertina", [["Relazione"]])
        sheet(book, "Dati", [HEADER, ["A1", date(2026, 1, 12), "Rossi", 10]])

    assert list(read(database, workbook(build)).accepted) == [2]


def test_a_hidden_sheet_beside_the_only_visible_one_asks_nothing(database: Database) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        sheet(book, "Dati", [HEADER, ["A1", date(2026, 1, 12), "Rossi", 10]])
        sheet(book, "hiddenSheet", [["x"]]).very_hidden()

    assert list(read(database, workbook(build)).accepted) == [2]


def with_cells(cells: str) -> bytes:
    """A workbook of our own making: xlsxwriter always stores a value beside a formula."""
    base = workbook(lambda book: sheet(book, "Ordini", [HEADER, ["A1", "2026-01-12", "Rossi", 1]]))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"</sheetData>", cells.encode() + b"</sheetData>")
            new.writestr(item.filename, data)
    return out.getvalue()


def test_a_formula_without_a_stored_value_is_refused(database: Database) -> None:
    texts = "".join(
        f'<c r="{column}3" t="inlineStr"><is><t>{text}</t></is></c>'
        for column, text in (("A", "A2"), ("B", "2026-01-13"), ("C", "Verdi"))
    )
    seen = read(database, with_cells(f'<row r="3">{texts}<c r="D3"><f>1+1</f></c></row>'), profile=UNKNOWN)
    assert seen.rejected == {3: "formula_no_value"}
    assert list(seen.accepted) == [2]


def test_an_error_cell_is_empty_with_a_warning(database: Database) -> None:
    texts = "".join(
        f'<c r="{column}3" t="inlineStr"><is><t>{text}</t></is></c>'
        for column, text in (("A", "A2"), ("B", "2026-01-13"), ("C", "Verdi"))
    )
    seen = read(database, with_cells(f'<row r="3">{texts}<c r="D3" t="e"><v>#DIV/0!</v></c></row>'), profile=UNKNOWN)
    assert seen.accepted[3]["amount"] is None
    assert "cell_error" in seen.warnings


def test_a_required_day_that_is_an_error_is_missing(database: Database) -> None:
    cells = '<row r="3"><c r="A3" t="inlineStr"><is><t>A2</t></is></c><c r="B3" t="e"><v>#N/A</v></c></row>'
    assert read(database, with_cells(cells), ORDERS, UNKNOWN).rejected == {3: "missing_required"}


def test_a_formula_with_an_empty_stored_value_is_refused(database: Database) -> None:
    # openpyxl, which computes nothing, writes <v></v> beside a formula
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADER, ["A1", date(2026, 1, 12), "R", "=2*3"], ["A2", date(2026, 1, 13), "R", 7]):
        book.active.append(row)
    book.save(out := io.BytesIO())
    seen = read(database, out.getvalue(), profile=UNKNOWN)
    assert (seen.column("amount"), seen.rejected) == ({3: "7.0000"}, {2: "formula_no_value"})


def test_a_time_of_day_is_no_amount(database: Database) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        made = sheet(book, "Ordini", [HEADER, ["A1", date(2026, 1, 12), "R"]])
        made.write_number(1, 3, 0.4375, book.add_format({"num_format": "hh:mm"}))

    assert read(database, workbook(build), profile=UNKNOWN).rejected == {2: "bad_number"}


def test_day_numbers_of_a_workbook_count_from_where_it_counts(database: Database) -> None:
    # 44572 days after 1904-01-01 is 2026-01-12
    made = workbook(lambda book: sheet(book, "Ordini", [HEADER, ["A1", 44572, "R", 1]]), date_1904=True)
    assert read(database, made, profile=UNKNOWN).column("when") == {2: "2026-01-12"}


def test_days_that_a_spreadsheet_may_have_swapped_are_pointed_out(database: Database) -> None:
    # an American spreadsheet made 03/04 and 05/04 days of March and May, and left 25/04 as text
    rows = [HEADER, ["A1", date(2026, 3, 4), "R", 1], ["A2", date(2026, 5, 4), "R", 1], ["A3", "25/04/2026", "R", 1]]
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", rows)), profile=UNKNOWN)
    assert (len(seen.accepted), "date_swapped" in seen.warnings) == (3, True)


def test_a_bare_number_of_days_is_no_duration(database: Database) -> None:
    rows = [["ID", "Data", "Durata"], ["A1", date(2026, 1, 12), 0.5], ["A2", date(2026, 1, 13), 5]]
    fields = {
        **{name: ORDERS[name] for name in ("record_id", "when")},
        "value": {"column": "Durata", "type": "duration:hms"},
    }
    seen = read(database, workbook(lambda book: sheet(book, "Chiamate", rows)), fields, UNKNOWN)
    assert (seen.column("value"), seen.rejected) == ({2: "43200.0"}, {3: "bad_duration"})


def test_a_day_in_eight_figures_may_be_a_number_of_the_workbook(database: Database) -> None:
    rows = [HEADER, ["A1", 20260131, "R", 1], ["A2", 20260231, "R", 1]]
    seen = read(database, workbook(lambda book: sheet(book, "Ordini", rows)), profile=UNKNOWN)
    assert (seen.column("when"), seen.rejected) == ({2: "2026-01-31"}, {3: "bad_date"})
