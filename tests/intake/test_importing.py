"""Use cases of the page and the command line: receipts, previews, proposals, the inbox, rejected rows handed back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ocem.domain.batch import FieldMapping, QuestionColumn, SourceProfile
from ocem.domain.fact import FactKind
from ocem.errors import FileRefused, NotFound, Refused
from ocem.intake.importing import import_file, preview
from ocem.intake.inbox import import_folder, import_inbox
from ocem.intake.receipt import receipt_to_json
from ocem.intake.rejects import rejects_file
from ocem.store.batch import list_batches, undo
from ocem.store.database import Database
from ocem.store.profile import find_profile, save_profile
from ocem.store.pseudonym import load_key, pseudonym

ORDERS = SourceProfile(
    key="orders",
    fact=FactKind.SALE,
    fields={
        "external_id": FieldMapping("text", "Numero"),
        "order_day": FieldMapping("date", "Data ordine"),
        "customer": FieldMapping("customer", "Codice cliente"),
        "touchpoint": FieldMapping("member", "Canale", values={"Port.": "portale_riordini"}),
        "amount_eur": FieldMapping("amount", "Importo"),
        "is_reorder": FieldMapping("flag", "Riordino", values={"S": "true", "N": "false"}),
    },
    constants={"phase": "acquisto"},
    key_fields=("external_id",),
    required=("order_day", "external_id"),
    formats={"decimal": ",", "thousands": ".", "date_order": "DMY", "timezone": "Europe/Rome"},
)
HEADER = "Numero;Data ordine;Codice cliente;Canale;Importo;Riordino\n"
GOOD = "O1;12/01/2026;C1;Port.;1.234,50;S\nO2;13/01/2026;c1 ;Fax;10,00;N\n"
BAD = "O3;31/02/2026;C2;Fax;1,00;N\nO4;14/01/2026;C2;Fax;circa 5;forse\n"


def write(folder: Path, text: str, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def stored(database: Database, columns: str, table: str = "sale") -> list[tuple]:
    with database.cursor() as con:
        return con.execute(f"SELECT {columns} FROM {table} WHERE superseded_by IS NULL ORDER BY line").fetchall()


def test_every_row_of_the_file_is_in_exactly_one_count(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "Ordini;;;;;\n\n" + HEADER + GOOD + BAD + "Totale;;;;1,00;\n\n")
    receipt = import_file(database, path, profile=ORDERS)
    # lines 1-2 above, 3 header, 4-7 records, 8 total, 9 blank
    assert (receipt.accepted, receipt.rejected, receipt.skipped) == (2, 2, 4)
    assert receipt.rows_read == 8
    again = import_file(database, write(tmp_path, HEADER + GOOD.replace("10,00", "11,00")), profile=ORDERS)
    assert (again.rows_read, again.updated, again.unchanged) == (2, 1, 1)


def test_each_wrong_cell_is_named_with_line_column_value_and_reason(database: Database, tmp_path: Path) -> None:
    receipt = import_file(database, write(tmp_path, HEADER + GOOD + BAD), profile=ORDERS)
    assert [(item.line, item.column, item.value, item.code) for item in receipt.rejects] == [
        (4, "Data ordine", "31/02/2026", "bad_date"),
        (5, "Importo", "circa 5", "bad_number"),
        (5, "Riordino", "forse", "unknown_value"),
    ]


def test_customers_enter_as_pseudonyms_only(database: Database, tmp_path: Path) -> None:
    import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    key = load_key(database.folder, data_exist=True)
    assert stored(database, "customer") == [(pseudonym(key, "C1"),), (pseudonym(key, "C1"),)]


def test_values_constants_and_unknown_members_reach_the_store(database: Database, tmp_path: Path) -> None:
    receipt = import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    assert receipt.proposed_members == (("touchpoint", "Fax"),)
    assert stored(database, "amount_eur::VARCHAR, is_reorder, external_id") == [
        ("1234.5000", True, "O1"),
        ("10.0000", False, "O2"),
    ]


def test_a_dry_run_stores_nothing(database: Database, tmp_path: Path) -> None:
    receipt = import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS, dry_run=True)
    assert (receipt.accepted, receipt.batch, receipt.dry_run) == (2, None, True)
    assert stored(database, "line") == []
    assert list((database.folder / "uploads").iterdir()) == []


def test_nothing_is_left_in_the_working_folder(database: Database, tmp_path: Path) -> None:
    import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    with pytest.raises(FileRefused):
        import_file(database, write(tmp_path, ""), profile=ORDERS)
    assert [path.name for path in (database.folder / "staging").iterdir() if path.name.startswith("import-")] == []


def test_an_open_question_stores_nothing_and_its_answer_is_remembered(database: Database, tmp_path: Path) -> None:
    open_ = replace(ORDERS, formats={"timezone": "Europe/Rome"})
    path = write(tmp_path, HEADER + "O1;01/02/2026;C1;Fax;1.234;S\n")
    asked = import_file(database, path, profile=open_)
    assert {(item.field, item.kind) for item in asked.needs_decision} == {
        ("order_day", "date_order"),
        ("amount_eur", "number_format"),
    }
    assert (asked.batch, stored(database, "line")) == (None, [])
    answers = {"order_day.date_order": "DMY", "amount_eur.number_format": "comma"}
    assert import_file(database, path, profile=open_, answers=answers).accepted == 1
    later = import_file(database, write(tmp_path, HEADER + "O2;03/04/2026;C1;Fax;5.678;S\n"), source="orders")
    assert (later.accepted, later.needs_decision) == (1, ())
    assert stored(database, "day::VARCHAR, amount_eur::VARCHAR") == [
        ("2026-02-01", "1234.0000"),
        ("2026-04-03", "5678.0000"),
    ]


def test_a_question_shows_both_readings_of_her_own_values(database: Database, tmp_path: Path) -> None:
    open_ = replace(ORDERS, formats={"timezone": "Europe/Rome"})
    receipt = import_file(database, write(tmp_path, HEADER + "O1;01/02/2026;C1;Fax;1.234;S\n"), profile=open_)
    samples = {item.kind: item.samples[0] for item in receipt.needs_decision}
    assert samples["number_format"] == {"line": 2, "value": "1.234", "comma": "1234", "dot": "1.234"}
    assert samples["date_order"] == {"line": 2, "value": "01/02/2026", "DMY": "2026-02-01", "MDY": "2026-01-02"}


def test_a_saved_profile_is_recognised_by_the_header(database: Database, tmp_path: Path) -> None:
    save_profile(database, ORDERS)
    receipt = import_file(database, write(tmp_path, HEADER + GOOD, "whatever.txt"))
    assert (receipt.source, receipt.accepted) == ("orders", 2)


def test_columns_in_another_order_and_new_ones_are_noticed(database: Database, tmp_path: Path) -> None:
    import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    changed = "Riordino;Nota;Importo;Canale;Codice cliente;Data ordine;Numero\nS;x;5,00;Fax;C9;15/01/2026;O9\n"
    seen = preview(database, write(tmp_path, changed))
    assert (seen.recognised, seen.difference.new, seen.receipt.accepted) == (True, ("Nota",), 1)


def test_a_missing_column_is_asked_about_and_may_be_left_out(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "Numero;Data ordine;Codice cliente;Importo;Riordino\nO1;12/01/2026;C1;1,00;S\n")
    asked = import_file(database, path, profile=ORDERS)
    assert [(item.field, item.kind) for item in asked.needs_decision] == [("touchpoint", "header")]
    assert import_file(database, path, profile=ORDERS, answers={"touchpoint.header": "-"}).accepted == 1


def test_two_profiles_may_read_one_file(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "ID,Quando,Canale,Voto\n1,2026-01-12 10:00,chat,5\n2,2026-01-13 11:00,chat,\n")
    contacts = SourceProfile(
        "contacts", FactKind.INTERACTION,
        {"external_id": FieldMapping("text", "ID"), "occurred_at": FieldMapping("datetime", "Quando"),
         "touchpoint": FieldMapping("member", "Canale")},
        key_fields=("external_id",), required=("occurred_at",),
    )  # fmt: skip
    answers = replace(
        contacts,
        key="answers",
        fact=FactKind.RESPONSE,
        fields={"external_id": FieldMapping("text", "ID"), "answered_at": FieldMapping("datetime", "Quando")},
        questions=(QuestionColumn("csat", 1, 5, "Voto"),),
        required=("answered_at",),
    )
    assert import_file(database, path, profile=contacts).accepted == 2
    second = import_file(database, path, profile=answers)
    assert (second.accepted, second.skipped) == (1, 1)
    assert {item.code for item in second.skips} == {"no_answer"}
    with pytest.raises(FileRefused, match="batch 2"):
        import_file(database, path, profile=answers)


def test_a_line_with_several_answers_is_one_row_read(database: Database, tmp_path: Path) -> None:
    survey = SourceProfile(
        "survey", FactKind.RESPONSE,
        {"external_id": FieldMapping("text", "ID"), "answered_at": FieldMapping("date", "Data"),
         "comment": FieldMapping("text", "Commento")},
        questions=(QuestionColumn("nps", 0, 10, "Q1"), QuestionColumn("csat", 1, 5, "Q2")),
        constants={"voice": "customer"}, key_fields=("external_id",), required=("answered_at",),
    )  # fmt: skip
    text = (
        "ID;Data;Q1;Q2;Commento\n1;2026-01-12;9;5;Chiamatemi al 333 123 45 67\n2;2026-01-13;11;4;ok\n"
        "3;2026-01-14;7;;scrivete a a.b@c.it\n"
    )
    receipt = import_file(database, write(tmp_path, text), profile=survey)
    assert (receipt.rows_read, receipt.accepted, receipt.rejected) == (3, 2, 1)
    assert sorted(stored(database, "line, question, score, comment", "response")) == [
        (2, "csat", 5.0, "Chiamatemi al [phone]"),
        (2, "nps", 9.0, "Chiamatemi al [phone]"),
        (4, "nps", 7.0, "scrivete a [e-mail]"),
    ]
    assert {note.code: note.values["count"] for note in receipt.warnings} == {"contact_removed": 2}


def test_a_record_named_by_an_e_mail_address_is_named_by_its_pseudonym(database: Database, tmp_path: Path) -> None:
    text = HEADER + "a@b.it;12/01/2026;C1;Fax;1,00;S\n"
    import_file(database, write(tmp_path, text), profile=ORDERS)
    assert "@" not in stored(database, "external_id")[0][0]


def test_the_receipt_is_one_json_document(database: Database, tmp_path: Path) -> None:
    document = receipt_to_json(import_file(database, write(tmp_path, HEADER + GOOD + BAD), profile=ORDERS))
    document = json.loads(json.dumps(document, allow_nan=False))
    assert document["detected"] == {
        "encoding": "utf-8", "delimiter": ";", "header_line": 1, "header_rows": 1, "first_data_line": 2,
        "decimal": ",", "thousands": ".", "date_format": "DMY", "sheet": None,
    }  # fmt: skip
    assert document["rejects"][0] | {"message": ""} == {
        "line": 4, "column": "Data ordine", "value": "31/02/2026", "code": "bad_date", "message": "",
    }  # fmt: skip
    assert document["first_day"] == "2026-01-12"


def test_rejected_rows_come_back_in_their_layout_and_go_in_once_repaired(database: Database, tmp_path: Path) -> None:
    receipt = import_file(database, write(tmp_path, HEADER + GOOD + BAD), profile=ORDERS)
    assert receipt.batch is not None
    data = rejects_file(database, receipt.batch, title="Motivo").decode("utf-8-sig")
    lines = data.split("\r\n")
    assert lines[0] == HEADER.strip() + ";Motivo"
    assert lines[1].startswith("O3;31/02/2026;C2;Fax;1,00;N;Data ordine: ")
    repaired = data.replace("31/02/2026", "28/02/2026").replace("circa 5", "5,00").replace("forse", "S")
    second = import_file(database, write(tmp_path, repaired))
    assert (second.source, second.accepted, second.rejected) == ("orders", 2, 0)
    # a second column of one name would be a question
    assert b"Riordino;Canale *\r\n" in rejects_file(database, receipt.batch, title="Canale")


def test_rejected_rows_cannot_be_handed_back_when_the_file_is_gone(database: Database, tmp_path: Path) -> None:
    receipt = import_file(database, write(tmp_path, HEADER + GOOD + BAD), profile=ORDERS)
    assert receipt.batch is not None
    (database.folder / "uploads" / receipt.sha256).unlink()
    with pytest.raises(Refused, match="not kept"):
        rejects_file(database, receipt.batch)


def test_a_preview_shows_rows_as_they_are_and_as_they_were_read(database: Database, tmp_path: Path) -> None:
    seen = preview(database, write(tmp_path, HEADER + GOOD + BAD), profile=ORDERS)
    assert seen.peek is not None
    assert seen.peek.raw[0] == (2, ("O1", "12/01/2026", "C1", "Port.", "1.234,50", "S"))
    assert seen.peek.typed[2] | {"customer": ""} == {
        "external_id": "O1", "order_day": "2026-01-12", "customer": "", "touchpoint": "portale_riordini",
        "amount_eur": "1234.5000", "is_reorder": "True",
    }  # fmt: skip
    assert seen.peek.sums == {"amount_eur": "1244.5000"}
    assert seen.peek.days == (("2026-01-12", 1), ("2026-01-13", 1))
    assert list_batches_of(database) == []


def list_batches_of(database: Database) -> list:
    with database.cursor() as con:
        return list_batches(con)


def test_progress_rises_to_one_and_may_stop_the_import(database: Database, tmp_path: Path) -> None:
    shares: list[float] = []
    path = write(tmp_path, HEADER + GOOD)
    import_file(database, path, profile=ORDERS, progress=lambda share, text, n_rows: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    def stop(share: float, text: str, n_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(database, write(tmp_path, HEADER + GOOD + BAD), profile=ORDERS, progress=stop)
    assert len(list_batches_of(database)) == 1


def test_the_inbox_sorts_files_with_a_receipt_beside_each(database: Database, tmp_path: Path) -> None:
    save_profile(database, ORDERS)
    inbox = database.folder / "inbox"
    (inbox / "orders").mkdir(parents=True, exist_ok=True)
    write(inbox / "orders", HEADER + GOOD, "week.csv")
    write(inbox, "x;y\n1;2\n", "odd.csv")
    write(inbox, HEADER, ".half.csv.part")
    receipts = import_inbox(database)
    assert sorted(path.relative_to(inbox).as_posix() for path in receipts) == [
        "done/week.csv.json",
        "refused/odd.csv.json",
    ]
    assert json.loads((inbox / "done" / "week.csv.json").read_text())["accepted"] == 2
    assert (inbox / ".half.csv.part").exists()
    assert import_inbox(database) == []


def test_a_folder_is_imported_file_by_file(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "week"
    folder.mkdir()
    write(folder, "", "a_empty.csv")
    write(folder, HEADER + GOOD, "b_orders.csv")
    save_profile(database, ORDERS)
    first, second = import_folder(database, folder)
    assert isinstance(first, FileRefused)
    assert getattr(second, "accepted", 0) == 2


def test_an_unknown_profile_or_file_is_said(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nobody"):
        import_file(database, write(tmp_path, HEADER + GOOD), source="nobody")
    with pytest.raises(NotFound, match=r"gone\.csv"):
        import_file(database, tmp_path / "gone.csv", profile=ORDERS)


def test_undo_and_the_same_file_again_give_the_same_state(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + GOOD)
    first = import_file(database, path, profile=ORDERS)
    before = stored(database, "key_hash, row_hash")
    assert first.batch is not None
    undo(database, first.batch)
    import_file(database, path, profile=ORDERS)
    assert stored(database, "key_hash, row_hash") == before


def test_the_header_is_remembered_with_the_profile(database: Database, tmp_path: Path) -> None:
    import_file(database, write(tmp_path, HEADER + GOOD), profile=ORDERS)
    with database.cursor() as con:
        saved = find_profile(con, "orders")
    assert saved is not None
    assert saved.fingerprint
