"""Unknown files: what the columns mean is proposed from names and values, and never guessed when nothing says it."""

from pathlib import Path

import pytest

from ocem.domain.fact import FactKind
from ocem.domain.perimeter import Dimension, Member
from ocem.intake.importing import Preview, import_file, preview
from ocem.intake.member_text import propose_values
from ocem.store.database import Database


def seen(database: Database, tmp_path: Path, text: str, name: str = "export.csv") -> Preview:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return preview(database, path)


def fields(found: Preview) -> dict[str, str | None]:
    assert found.profile is not None
    return {name: mapping.column for name, mapping in found.profile.fields.items()}


def test_italian_orders_are_recognised_as_sales(database: Database, tmp_path: Path) -> None:
    text = (
        "Numero ordine;Data ordine;Codice cliente;Canale;Importo;Riordino\n"
        "O1;13/01/2026;C1;Portale;1.234,50;S\nO2;14/01/2026;C2;Fax;5,00;N\n"
    )
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert found.profile.fact is FactKind.SALE
    assert fields(found) == {
        "external_id": "Numero ordine", "order_day": "Data ordine", "customer": "Codice cliente",
        "touchpoint": "Canale", "amount_eur": "Importo", "is_reorder": "Riordino",
    }  # fmt: skip
    assert found.profile.key_fields == ("external_id",)
    assert found.confidence >= 0.75


def test_calls_are_recognised_as_interactions(database: Database, tmp_path: Path) -> None:
    text = (
        "ID;Data e ora;Cliente;Canale;Motivo;Esito;Durata (min)\n"
        "1;13/01/2026 10:00;C1;Telefono;Reclamo;Risolto;5\n2;13/01/2026 11:00;C2;E-mail;Ordine;Aperto;7\n"
    )
    found = seen(database, tmp_path, text, "chiamate assistenza.csv")
    assert found.profile is not None
    assert found.profile.fact is FactKind.INTERACTION
    assert found.profile.fields["duration_s"].type == "duration:minutes"
    assert found.profile.constants == {"phase": "post_acquisto"}


def test_surveys_are_recognised_by_their_questions(database: Database, tmp_path: Path) -> None:
    text = (
        "Informazioni cronologiche,Con quale probabilità ci consiglierebbe?,Quanto è soddisfatto?,Commento\n"
        "13/01/2026 10.15.04,9,5,Bene\n14/01/2026 9.00.00,3,2,Male\n"
    )
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert found.profile.fact is FactKind.RESPONSE
    assert [(item.question, item.low, item.high) for item in found.profile.questions] == [
        ("nps", 0, 10),
        ("csat", 1, 5),
    ]


def test_web_analytics_are_recognised_as_a_series(database: Database, tmp_path: Path) -> None:
    text = (
        "# GA\nDate,Session default channel group,Sessions,Total revenue\n20260101,Organic,12,1.5\n20260102,Email,7,0\n"
    )
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert (found.profile.fact, found.profile.system) == (FactKind.MEASURE, "Google Analytics")
    assert found.profile.constants["name"] == "sessions"
    assert found.receipt.accepted == 2


def test_a_system_is_known_by_its_columns(database: Database, tmp_path: Path) -> None:
    text = (
        "Name,Email,Financial Status,Total,Created at,Lineitem name,Source\n"
        "#1001,a@b.it,paid,108.00,2026-01-12 10:15:02 +0100,Tazza,web\n"
    )
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert (found.profile.system, found.profile.fact) == ("Shopify", FactKind.SALE)
    assert fields(found)["customer"] == "Email"


def test_an_id_shared_with_an_earlier_source_joins_the_two(database: Database, tmp_path: Path) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text("lead_id,first_contact_date,origin\na1,2026-01-12,social\na2,2026-01-13,email\n")
    import_file(database, leads)
    found = seen(
        database, tmp_path, "lead_id,won_date,business_segment\na1,2026-02-12 10:00:00,pet\n", "closed_deals.csv"
    )
    assert found.profile is not None
    assert found.profile.fact is FactKind.SALE
    assert found.profile.inherit == ("touchpoint", "lead_day")
    assert fields(found)["customer"] == "lead_id"


def test_a_file_without_dates_is_asked_about_never_guessed(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text("age;job;duration;y\n56;services;261;0\n57;admin;149;1\n")
    receipt = import_file(database, path)
    assert [(item.field, item.kind) for item in receipt.needs_decision] == [("day", "no_date")]
    assert (receipt.batch, receipt.detected.delimiter) == (None, ";")


def test_an_answer_gives_all_rows_without_dates_one_day(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text("age;canale;duration;y\n56;telefono;261;0\n57;telefono;149;1\n")
    receipt = import_file(database, path, answers={"day.no_date": "2026-01-12"})
    assert (receipt.accepted, str(receipt.first_day), str(receipt.last_day)) == (2, "2026-01-12", "2026-01-12")


def test_columns_of_personal_data_are_left_out(database: Database, tmp_path: Path) -> None:
    text = "Data ordine;Nome;Telefono;Codice cliente;Importo\n13/01/2026;Anna;333;C1;5,00\n"
    assert not {"Nome", "Telefono"} & set(fields(seen(database, tmp_path, text)).values())


def test_a_stamp_called_a_duration_is_left_out_with_a_warning(database: Database, tmp_path: Path) -> None:
    text = (
        "Ticket ID,First Response Time,Time to Resolution,Ticket Channel\n"
        "1,2026-01-12 10:00:00,2026-01-12 12:00:00,Chat\n"
    )
    found = seen(database, tmp_path, text)
    assert {note.code for note in found.receipt.warnings} == {"duration_unmapped"}


@pytest.mark.parametrize(("text", "member"), [("Portale riordino", "portale_riordini"), ("Telef.", "telefono")])
def test_members_are_proposed_for_words_that_come_near(text: str, member: str) -> None:
    members = [
        Member(Dimension.TOUCHPOINT, "portale_riordini", "Portale riordini", "Re-order portal"),
        Member(Dimension.TOUCHPOINT, "telefono", "Telefono", "Phone"),
    ]
    assert [item.member for item in propose_values("touchpoint", [text], members)] == [member]


def test_words_that_are_members_or_nothing_like_them_get_no_proposal() -> None:
    members = [Member(Dimension.TOUCHPOINT, "telefono", "Telefono", "Phone")]
    assert propose_values("touchpoint", ["TELEFONO", "phone", "Fiera"], members) == ()


def test_contacts_of_a_file_of_leads_are_leads(database: Database, tmp_path: Path) -> None:
    text = "mql_id,first_contact_date,origin\nm1,2018-02-01,social\nm2,2018-02-02,email\n"
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert found.profile.constants["kind"] == "lead"


def test_a_column_of_days_is_proposed_as_days(database: Database, tmp_path: Path) -> None:
    text = "Ticket ID;Data contatto;Canale\n1;2026-01-12;Chat\n2;2026-01-13;Chat\n"
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert found.profile.fields["occurred_at"].type == "date"
    assert not {note.code for note in found.receipt.warnings} & {"time_missing"}


def test_a_mapping_that_nobody_looked_at_is_said_in_the_receipt(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "ordini.csv"
    path.write_text("Numero ordine;Data ordine;Importo\nO1;13/01/2026;1,50\n", encoding="utf-8")
    receipt = import_file(database, path)
    (note,) = (item for item in receipt.warnings if item.code == "mapping_proposed")
    assert "Data ordine = order_day" in note.values["mapping"]


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "Nome opportunità;Nome account;Data di chiusura;Importo;Fase;Fonte del lead",
            "Opp {n};Acme {n};{n}/02/2026;1.2{n},50;Chiusa vinta;Web",
            {"order_day": "Data di chiusura", "amount_eur": "Importo", "customer": "Nome account",
             "touchpoint": "Fonte del lead"},
        ),
        (
            "Data doc.;Doc.vend.;Committente;Val.netto;Div.",
            "{n}.02.2026;00{n};C{n};1.2{n},50;EUR",
            {"order_day": "Data doc.", "external_id": "Doc.vend.", "customer": "Committente",
             "amount_eur": "Val.netto"},
        ),
        (
            "Case Number;Date/Time Opened;Account Name;Case Origin;Status",
            "C{n};2/{n}/2026 10:15 AM;Acme;Phone;Closed",
            {"occurred_at": "Date/Time Opened", "touchpoint": "Case Origin", "outcome": "Status",
             "customer": "Account Name", "external_id": "Case Number"},
        ),
    ],
)  # fmt: skip
def test_exports_of_known_systems_are_mapped(
    database: Database, tmp_path: Path, header: str, row: str, expected: dict[str, str]
) -> None:
    text = "\n".join([header, *(row.format(n=n) for n in range(13, 23))]) + "\n"
    found = seen(database, tmp_path, text)
    assert fields(found) == expected
    assert found.receipt.accepted == 10


def test_a_stage_of_a_deal_is_no_phase_of_a_journey(database: Database, tmp_path: Path) -> None:
    text = "ID;Data ordine;Importo;Fase\n" + "".join(f"{n};{n}/02/2026;5,50;Chiusa vinta\n" for n in range(13, 23))
    assert "phase" not in fields(seen(database, tmp_path, text))


def test_counts_with_thousands_need_no_question(database: Database, tmp_path: Path) -> None:
    text = "Date,Sessions\n" + "".join(f'2026-02-{n},"1,{n}0"\n' for n in range(13, 23))
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert (found.profile.fields["numerator"].type, found.receipt.accepted) == ("int", 10)


def test_questions_in_a_second_header_row_make_a_survey(database: Database, tmp_path: Path) -> None:
    text = (
        "StartDate,RecordedDate,Progress,ResponseId,RecipientEmail,DistributionChannel,Q1,Q2_1,Q3\n"
        "Start Date,Recorded Date,Progress,Response ID,Recipient Email,Distribution Channel,"
        'Con quale probabilità ci consiglierebbe?,Quanto è soddisfatto di: - Sito web,"Commenti, liberi"\n'
        + ",".join(f'"{{""ImportId"":""q{i}""}}"' for i in range(9))
        + "\n2026-01-13 10:15:04,2026-01-13 10:20:04,100,R_1,a@example.com,email,9,5,Bene\n"
        "2026-01-14 10:15:04,2026-01-14 10:20:04,100,R_2,b@example.com,email,11,2,Male\n"
    )
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert (found.profile.fact, found.profile.system) == (FactKind.RESPONSE, "Qualtrics")
    assert {item.question: item.column for item in found.profile.questions} == {"nps": "Q1", "csat": "Q2_1"}
    assert fields(found) == {
        "answered_at": "RecordedDate", "customer": "RecipientEmail", "external_id": "ResponseId", "comment": "Q3",
    }  # fmt: skip
    assert [(item.line, item.column) for item in found.receipt.rejects] == [(5, "Q1")]


def test_one_question_with_words_in_its_answers_makes_a_survey(database: Database, tmp_path: Path) -> None:
    text = "Data;Cliente;NPS\n13/01/2026;A;9 - molto probabile\n14/01/2026;B;12\n15/01/2026;C;0\n16/01/2026;D;7\n"
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert found.profile.fact is FactKind.RESPONSE
    assert [(item.question, item.low, item.high) for item in found.profile.questions] == [("nps", 0.0, 10.0)]


def test_merged_headings_are_mapped_by_place(database: Database, tmp_path: Path) -> None:
    text = (
        "Cliente;;Ordine;;Importi;\n;Ragione sociale;Numero;Data;Netto;Lordo\n"
        "00012;Officine Forlì;D-1;13/01/2026;1000,5;1220,61\n00013;Rossi;D-2;14/01/2026;10,5;12,81\n"
    )
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert found.profile.fact is FactKind.SALE
    assert {name: mapping.index for name, mapping in found.profile.fields.items()} == {
        "customer": 0, "external_id": 2, "order_day": 3, "amount_eur": 4,
    }  # fmt: skip
    assert (found.receipt.accepted, found.receipt.rejected) == (2, 0)


def test_an_amount_that_is_not_always_a_number_is_still_the_amount(database: Database, tmp_path: Path) -> None:
    text = "Numero;Data ordine;Importo\nA;13/01/2026;1.234,50\nB;14/01/2026;circa 5\nC;15/01/2026;5,00\n"
    found = seen(database, tmp_path, text)
    assert fields(found)["amount_eur"] == "Importo"
    assert [(item.line, item.column) for item in found.receipt.rejects] == [(3, "Importo")]


def test_a_report_with_a_row_a_day_is_a_series_below_its_title_lines(database: Database, tmp_path: Path) -> None:
    text = (
        "Split/Skill Summary Daily\nDate:\t12/01/2026 - 15/01/2026\n\nDate\tAvg Speed Ans\tACD Calls\n"
        "Totals\t:22\t1.205\n12/01/2026\t:18\t310\n13/01/2026\t1:02\t295\n14/01/2026\t:12\t600\n"
    )
    found = seen(database, tmp_path, text, "skill_daily.txt")
    assert found.profile is not None
    assert found.profile.fact is FactKind.MEASURE
    assert fields(found) == {"day": "Date", "numerator": "ACD Calls"}
    assert (found.receipt.accepted, found.receipt.rejected) == (3, 0)


def test_a_second_table_below_does_not_hide_the_dates_of_the_first(database: Database, tmp_path: Path) -> None:
    days = "".join(f"{20260101 + i},Email,{10 + i},1.5,2\n" for i in range(3))
    below = "".join(f"{i:04d},{10 + i}\n" for i in range(9))
    header = "Date,Session default channel group,Sessions,Rate,Revenue"
    text = f"# Account: x\n{header}\n{days}\n# by day\nNth day,Sessions\n{below}"
    found = seen(database, tmp_path, text)
    assert found.profile is not None
    assert (found.profile.system, fields(found)["day"]) == ("Google Analytics", "Date")
    assert found.receipt.accepted == 3


ORDERS = "Data ordine;Codice cliente;Canale;Importo;Numero ordine\n"


@pytest.mark.parametrize(
    ("values", "column"), [(("1,2 mln", "350k", "molto"), "Importo"), (("circa 5", "?", "da definire"), "Importo")]
)
def test_a_column_whose_values_do_not_keep_what_its_name_promises_is_named(
    database: Database, tmp_path: Path, values: tuple[str, ...], column: str
) -> None:
    rows = "".join(f"13/01/2026;C{i};Web;{value};O{i}\n" for i, value in enumerate(values))
    found = seen(database, tmp_path, ORDERS + rows)
    assert ("values_unfit", column) in {(note.code, note.values.get("column")) for note in found.receipt.warnings}


def test_of_two_columns_of_one_name_and_kind_one_is_asked_for(database: Database, tmp_path: Path) -> None:
    text = (
        "Data;Data;Codice cliente;Importo;Numero ordine\n"
        "13/01/2026;15/01/2026;a;1,50;1\n14/01/2026;18/01/2026;b;1,50;2\n"
    )
    (asked,) = seen(database, tmp_path, text).receipt.needs_decision
    assert (asked.kind, asked.choices) == ("header", ("#1", "#2", "-"))
    same = text.replace("15/01/2026", "13/01/2026").replace("18/01/2026", "14/01/2026")
    assert seen(database, tmp_path, same, "same.csv").receipt.needs_decision == ()


def test_customer_numbers_that_a_spreadsheet_shortened_are_pointed_out(database: Database, tmp_path: Path) -> None:
    """Two customers of sixteen digits are one text then: nothing in the file tells them apart any more."""
    rows = "".join(f"13/01/2026;1,2345{i % 2}E+15;Web;1,50;O{i}\n" for i in range(40))
    found = seen(database, tmp_path, ORDERS + rows)
    assert ("number_shortened", 40) in {(note.code, note.values.get("count")) for note in found.receipt.warnings}


def test_totals_between_few_orders_do_not_hide_the_column_of_days(database: Database, tmp_path: Path) -> None:
    text = (
        ORDERS + "13/01/2026;C1;Web;10,50;A1\nTotale gennaio;;;10,50;\n14/02/2026;C2;Web;20,50;A2\n"
        "Totale febbraio;;;20,50;\nTotale generale;;;31,00;\n"
    )
    receipt = seen(database, tmp_path, text).receipt
    assert (receipt.accepted, receipt.skipped, receipt.needs_decision) == (2, 3, ())


@pytest.mark.parametrize(
    "text",
    [
        'Data,Campagna,Tasso di apertura\n2026-01-12,Gennaio,"23,4%"\n2026-01-19,Feste,"25,1%"\n',
        "Data,Canale,Contatti gestiti\n2026-01-12,Web,12\n2026-01-12,Tel,31\n",
    ],
)
def test_rows_of_figures_are_not_taken_for_contacts_unasked(database: Database, tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    asked = import_file(database, path)
    assert [(item.kind, item.choices) for item in asked.needs_decision] == [("fact", ("interaction", "measure"))]
    assert preview(database, path).receipt.needs_decision == asked.needs_decision
    done = import_file(database, path, answers={"fact": "measure"})
    assert (done.fact, done.accepted) == ("measure", 2)
    with database.cursor() as con:
        values = con.execute("SELECT numerator FROM measure ORDER BY 1").fetchall()
    assert [float(value) for (value,) in values] in ([0.234, 0.251], [12.0, 31.0])
