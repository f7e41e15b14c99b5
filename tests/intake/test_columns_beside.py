"""Values that stand in two columns: the time of day beside its day, the currency beside its amount."""

from pathlib import Path

import pytest
import xlsxwriter

from ocem.intake.importing import import_file, preview
from ocem.store.database import Database

pytestmark = pytest.mark.slow  # many small ones that add up


def calls(tmp_path: Path, rows: str, name: str = "chiamate.csv", header: str = "ID;Data;Ora;Cliente;Motivo") -> Path:
    path = tmp_path / name
    path.write_text(f"{header}\n{rows}", encoding="utf-8")
    return path


def stored(database: Database, what: str) -> list[str]:
    with database.cursor() as con:
        return [str(row[0]) for row in con.execute(f"SELECT {what} ORDER BY 1").fetchall()]


def test_a_time_of_day_in_a_column_of_its_own_is_read_with_its_day(database: Database, tmp_path: Path) -> None:
    rows = (
        "1;13/01/2026;10:15;A;x\n2;13/01/2026 00:00:00;11.20.05;A;x\n3;14/01/2026;;A;x\n4;14/01/2026;25:00;A;x\n"
        "5;29/03/2026;02:30;A;x\n6;15/01/2026;0905;A;x\n"
    )
    path = calls(tmp_path, rows)
    found = preview(database, path)
    assert found.profile is not None
    mapping = found.profile.fields["occurred_at"]
    assert (mapping.type, mapping.column, mapping.time) == ("datetime", "Data", "Ora")
    receipt = import_file(database, path)
    assert [(item.line, item.value, item.code) for item in receipt.rejects] == [
        (5, "14/01/2026 25:00", "bad_date"),
        (6, "29/03/2026 02:30", "dst_gap"),
    ]
    assert "time_missing" in {item.code for item in receipt.warnings}
    assert stored(database, "timezone('Europe/Rome', occurred_at) FROM interaction_live") == [
        "2026-01-13 10:15:00", "2026-01-13 11:20:05", "2026-01-14 00:00:00", "2026-01-15 09:05:00",
    ]  # fmt: skip


def test_the_next_file_of_the_source_is_read_with_its_times_too(database: Database, tmp_path: Path) -> None:
    import_file(database, calls(tmp_path, "1;13/01/2026;10:15;A;x\n2;14/01/2026;10:20;A;x\n"))
    again = import_file(database, calls(tmp_path, "3;15/01/2026;16:45;A;x\n", "chiamate_2.csv"))
    assert (again.accepted, again.needs_decision) == (1, ())
    assert stored(database, "timezone('Europe/Rome', occurred_at) FROM interaction_live")[-1] == "2026-01-15 16:45:00"


def test_a_column_of_times_that_is_gone_is_asked_about(database: Database, tmp_path: Path) -> None:
    import_file(database, calls(tmp_path, "1;13/01/2026;10:15;A;x\n2;14/01/2026;10:20;A;x\n"))
    path = calls(tmp_path, "3;15/01/2026;16:45;A;x\n", "nuovo.csv", "ID;Data;Orario;Cliente;Motivo")
    asked = import_file(database, path).needs_decision
    assert [(item.field, item.kind, item.choices[0]) for item in asked] == [("occurred_at.time", "header", "#3")]
    assert import_file(database, path, answers={"occurred_at.time.header": "#3"}).accepted == 1
    assert stored(database, "timezone('Europe/Rome', occurred_at) FROM interaction_live")[-1] == "2026-01-15 16:45:00"


def test_times_of_a_workbook_are_read_with_their_days(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "chiamate.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day, time = (book.add_format({"num_format": form}) for form in ("dd/mm/yyyy", "hh:mm"))
        sheet.write_row(0, 0, ["ID", "Data", "Ora", "Cliente", "Motivo"])
        for row, number in enumerate((46035, 46036), start=1):  # 13 and 14 January 2026
            sheet.write_row(row, 0, [f"C{row}"])
            sheet.write_number(row, 1, number, day)
            sheet.write_number(row, 2, 0.4375, time)  # 10:30
            sheet.write_row(row, 3, ["A", "x"])
    assert import_file(database, path).accepted == 2
    assert stored(database, "timezone('Europe/Rome', occurred_at) FROM interaction_live") == [
        "2026-01-13 10:30:00", "2026-01-14 10:30:00",
    ]  # fmt: skip


ORDERS = "Numero ordine;Data ordine;Codice cliente;Importo"


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (ORDERS, "O1;13/01/2026;C1;€ 10,00\nO2;14/01/2026;C2;$ 20,00\nO3;15/01/2026;C3;5,00 EUR\n"),
        (f"{ORDERS};Valuta", "O1;13/01/2026;C1;10,00;EUR\nO2;14/01/2026;C2;20,00;USD\nO3;15/01/2026;C3;5,00;€\n"),
    ],
)
def test_amounts_in_several_currencies_are_never_added_up_unasked(
    database: Database, tmp_path: Path, header: str, rows: str
) -> None:
    path = calls(tmp_path, rows, "ordini.csv", header)
    asked = import_file(database, path)
    assert [(item.field, item.kind, item.choices) for item in asked.needs_decision] == [
        ("amount_eur", "currency", ("eur", "usd", "all"))
    ]
    assert asked.batch is None
    assert [item.kind for item in preview(database, path).receipt.needs_decision] == ["currency"]
    done = import_file(database, path, answers={"amount_eur.currency": "eur"})
    assert (done.accepted, [(item.line, item.code) for item in done.rejects]) == (2, [(3, "other_currency")])
    assert stored(database, "sum(amount_eur) FROM sale_live") == ["15.0000"]
    later = calls(tmp_path, rows.replace("O", "P"), "ordini_2.csv", header)
    again = import_file(database, later)
    assert (again.accepted, again.rejected, again.needs_decision) == (2, 1, ())


def test_all_currencies_are_taken_as_they_stand_if_that_is_the_answer(database: Database, tmp_path: Path) -> None:
    path = calls(tmp_path, "O1;13/01/2026;C1;€ 10,00\nO2;14/01/2026;C2;$ 20,00\n", "ordini.csv", ORDERS)
    done = import_file(database, path, answers={"amount_eur.currency": "all"})
    assert (done.accepted, "currency_mixed" in {item.code for item in done.warnings}) == (2, True)


def test_one_foreign_currency_is_said(database: Database, tmp_path: Path) -> None:
    path = calls(tmp_path, "O1;13/01/2026;C1;USD 10.00\nO2;14/01/2026;C2;$ 20.50\n", "ordini.csv", ORDERS)
    done = import_file(database, path)
    assert [item.values["currencies"] for item in done.warnings if item.code == "currency_other"] == ["USD"]
