"""Next week's file has a column more, one under another name, one gone: it is noticed, shown and asked about once."""

from dataclasses import replace
from pathlib import Path

import pytest

from ocem.domain.batch import FieldMapping
from ocem.intake.importing import import_file, preview
from ocem.intake.profile import Difference, compare_headers
from ocem.store.database import Database
from ocem.store.profile import find_profile, save_profile
from tests.intake.test_importing import GOOD, HEADER, ORDERS, write

pytestmark = pytest.mark.slow  # many small ones that add up

CHANGED = "Numero;Data ordine;Canale;Codice cliente;Importo netto;Riordino;Note\n"
LATER = "O8;20/01/2026;Fax;C9;7,00;N;x\n"


def test_a_column_added_renamed_moved_and_gone_is_named() -> None:
    before = ["Numero", "Data", "Cliente", "Importo", "Agente"]
    now = ["Numero", "Cliente", "Data", "Importo netto", "Zona"]
    found = compare_headers(before, now)
    assert found == Difference(("Agente",), ("Zona",), (("Importo", "Importo netto"),), ("Cliente",))
    assert found.any
    assert not compare_headers(before, list(before)).any


def test_a_renamed_column_is_asked_about_once_the_likeliest_first(database: Database, tmp_path: Path) -> None:
    import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    seen = preview(database, write(tmp_path, CHANGED + LATER, "later.csv"))
    assert (seen.recognised, seen.profile and seen.profile.key) == (True, "orders")
    assert seen.difference.renamed == (("Importo", "Importo netto"),)
    assert seen.difference.new == ("Note",)
    (question,) = seen.receipt.needs_decision
    assert (question.field, question.kind, question.choices[0]) == ("amount_eur", "header", "#5")

    answers = {"amount_eur.header": "#5"}
    receipt = import_file(database, tmp_path / "later.csv", answers=answers)
    assert (receipt.source, receipt.accepted) == ("orders", 1)
    with database.cursor() as con:
        profile = find_profile(con, "orders")
    assert profile is not None
    assert profile.fields["amount_eur"].column == "Importo netto"
    again = import_file(database, write(tmp_path, CHANGED + LATER.replace("O8", "O9"), "next.csv"))
    assert not again.needs_decision
    assert again.accepted == 1


def test_a_column_left_out_stays_left_out(database: Database, tmp_path: Path) -> None:
    import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    short = "Numero;Data ordine;Codice cliente;Canale;Importo\nO8;20/01/2026;C9;Fax;7,00\n"
    asked = import_file(database, write(tmp_path, short, "short.csv"))
    assert [(item.field, item.kind) for item in asked.needs_decision] == [("is_reorder", "header")]
    import_file(database, tmp_path / "short.csv", answers={"is_reorder.header": "-"})
    again = import_file(database, write(tmp_path, short.replace("O8", "O9"), "next.csv"))
    assert (again.needs_decision, again.accepted) == ((), 1)


def test_moved_and_new_columns_are_warned_about(database: Database, tmp_path: Path) -> None:
    import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    text = "Data ordine;Numero;Codice cliente;Canale;Importo;Riordino;Agente\n20/01/2026;O8;C9;Fax;7,00;N;Neri\n"
    receipt = import_file(database, write(tmp_path, text, "later.csv"))
    codes = {(note.code, note.values["column"]) for note in receipt.warnings if note.code.startswith("column")}
    assert ("column_new", "Agente") in codes
    assert {code for code, _ in codes} == {"column_new", "column_moved"}


def test_another_systems_file_with_a_few_equal_names_is_not_taken_for_a_change(
    database: Database, tmp_path: Path
) -> None:
    import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    other = "Numero;Data ordine;Fornitore;Magazzino;Peso;Vettore;Colli\n1;20/01/2026;F;M;2,5;V;3\n"
    seen = preview(database, write(tmp_path, other, "shipments.csv"))
    assert not seen.recognised


def test_words_near_a_member_are_proposed_and_kept_once_confirmed(database: Database, tmp_path: Path) -> None:
    text = HEADER + "O1;12/01/2026;C1;Portale riordino;1,00;S\n"
    seen = preview(database, write(tmp_path, text), profile=ORDERS)
    assert [(item.field, item.text, item.member) for item in seen.values] == [
        ("touchpoint", "Portale riordino", "portale_riordini")
    ]
    confirmed = FieldMapping("member", "Canale", values={"Portale riordino": "portale_riordini"})
    known = replace(
        ORDERS,
        fields=ORDERS.fields | {"touchpoint": confirmed},
    )
    save_profile(database, known)
    receipt = import_file(database, tmp_path / "orders.csv", source="orders")
    assert receipt.proposed_members == ()


def test_totals_per_day_add_up_to_the_file(database: Database, tmp_path: Path) -> None:
    seen = preview(database, write(tmp_path, HEADER + GOOD + "O5;13/01/2026;C2;Fax;2,50;N\n"), profile=ORDERS)
    assert seen.peek is not None
    assert seen.peek.per_day == (
        ("2026-01-12", 1, {"amount_eur": "1234.5000"}),
        ("2026-01-13", 2, {"amount_eur": "12.5000"}),
    )
