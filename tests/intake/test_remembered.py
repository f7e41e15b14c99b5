"""A remembered format that the file at hand does not share is asked about, never applied in silence."""

from pathlib import Path

import pytest
import xlsxwriter

from ocem.intake.importing import import_file, preview
from ocem.store.database import Database

HEADER = "Numero ordine;Data ordine;Codice cliente;Importo\n"


def orders(tmp_path: Path, name: str, rows: list[tuple[str, str]]) -> Path:
    path = tmp_path / name
    body = "".join(f"{name}{i};{day};C{i};{amount}\n" for i, (day, amount) in enumerate(rows))
    path.write_text(HEADER + body, encoding="utf-8")
    return path


@pytest.fixture
def taught(database: Database, tmp_path: Path) -> Database:
    """A source of which a person once said: decimal comma, day first."""
    first = orders(tmp_path, "gennaio.csv", [("03/01/2026", "1.234"), ("04/01/2026", "2.345")])
    answers = {"amount_eur.number_format": "comma", "order_day.date_order": "DMY"}
    assert import_file(database, first, answers=answers).accepted == 2
    return database


def test_numbers_that_only_the_other_format_reads_reopen_the_question(taught: Database, tmp_path: Path) -> None:
    path = orders(tmp_path, "febbraio.csv", [("13/02/2026", "12.50"), ("14/02/2026", "1.234")])
    found = import_file(taught, path)
    assert [(item.field, item.kind, item.choices) for item in found.needs_decision] == [
        ("amount_eur", "number_format", ("comma", "dot"))
    ]
    assert [item["value"] for item in found.needs_decision[0].samples] == ["12.50", "1.234"]
    done = import_file(taught, path, answers={"amount_eur.number_format": "dot"})
    assert (done.accepted, done.rejected) == (2, 0)
    with taught.cursor() as con:
        stored = con.execute("SELECT amount_eur FROM sale_live WHERE day >= '2026-02-01' ORDER BY 1").fetchall()
    assert [float(amount) for (amount,) in stored] == [1.234, 12.5]


def test_days_that_only_the_other_order_reads_reopen_the_question(taught: Database, tmp_path: Path) -> None:
    path = orders(tmp_path, "marzo.csv", [("03/13/2026", "10,50"), ("03/04/2026", "11,50")])
    assert [(item.field, item.kind) for item in preview(taught, path).receipt.needs_decision] == [
        ("order_day", "date_order")
    ]


def test_one_slip_among_values_that_read_one_way_is_a_rejected_cell(taught: Database, tmp_path: Path) -> None:
    path = orders(tmp_path, "aprile.csv", [("13/04/2026", "12.50"), ("14/04/2026", "100"), ("15/04/2026", "10,50")])
    found = import_file(taught, path)
    assert found.needs_decision == ()
    assert [(item.line, item.column) for item in found.rejects] == [(2, "Importo")]


def test_the_same_format_as_before_is_not_asked_about_again(taught: Database, tmp_path: Path) -> None:
    path = orders(tmp_path, "maggio.csv", [("03/05/2026", "1.234"), ("04/05/2026", "2.345,50")])
    assert (import_file(taught, path).accepted, preview(taught, path).receipt.needs_decision) == (2, ())


def test_numbers_of_a_workbook_have_no_format_to_doubt(taught: Database, tmp_path: Path) -> None:
    path = tmp_path / "giugno.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    rows = [HEADER.strip().split(";"), *([f"G{i}", f"1{i}/06/2026", "C", 12.5 + i] for i in range(4))]
    for i, row in enumerate(rows):
        sheet.write_row(i, 0, row)
    book.close()
    found = import_file(taught, path)
    assert (found.needs_decision, found.accepted) == ((), 4)
