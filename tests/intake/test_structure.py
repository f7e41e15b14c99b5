"""Where the table is, what belongs to it, and that a structural error costs one line."""

import pytest

from ocem.store.database import Database
from tests.intake.reading_of import ENGLISH, ITALIAN, ORDERS, UNKNOWN, read

pytestmark = pytest.mark.slow  # many small ones that add up

HEADER = "ID;Data;Cliente;Importo\n"


def row(number: int, name: str = "Rossi", amount: str = "1,00") -> str:
    return f"N{number};{number:02d}/01/2026;{name};{amount}\n"


ROWS = row(1) + row(2) + row(3)


def test_titles_above_and_totals_below_are_named_not_read(database: Database) -> None:
    data = (
        "ESEMPIO S.p.A. - Ordini;;;\nPeriodo: dal 01/01/2026 al 31/01/2026;;;\n;;;\n"
        + HEADER
        + ROWS
        + "Totale ordini: 3;;;3,00\nStampato il 01/02/2026 08:00;;;\n"
    )
    seen = read(database, data)
    assert list(seen.accepted) == [5, 6, 7]
    assert seen.skipped == {1: "preamble", 2: "preamble", 3: "blank_line", 8: "total_row", 9: "footer"}
    assert seen.detected["header_line"] == 4
    assert not seen.rejected


def test_totals_may_come_first(database: Database) -> None:
    seen = read(database, HEADER + "Totali;;;3,00\n" + ROWS)
    assert list(seen.accepted) == [3, 4, 5]
    assert seen.skipped == {2: "total_row"}


def test_a_page_break_with_the_header_again_is_passed_over(database: Database) -> None:
    data = HEADER + ROWS + "Totale pagina;;;3,00\n\nESEMPIO S.p.A. - Ordini\n" + HEADER + row(4) + "Pagina 2 di 2;;;\n"
    seen = read(database, data)
    assert list(seen.accepted) == [2, 3, 4, 9]
    assert seen.skipped[5] == "total_row"
    assert seen.skipped[8] == "repeated_header"
    assert not {7, 10} & set(seen.accepted)


def test_a_text_list_with_pipes_and_rulers_is_read(database: Database) -> None:
    data = (
        "Elenco ordini                       Pag. 1\n"
        "--------------------------------------\n"
        "|ID |Data      |Cliente|Importo  |\n"
        "--------------------------------------\n"
        "|N1 |12.01.2026|Rossi  |1.234,50-|\n"
        "|N2 |13.01.2026|Verdi  |   10,00 |\n"
        "--------------------------------------\n"
        "|*  |          |       |1.224,50-|\n"
    )
    seen = read(database, data)
    assert seen.column("amount") == {5: "-1234.5000", 6: "10.0000"}
    assert seen.column("who") == {5: "Rossi", 6: "Verdi"}


def test_the_title_that_comes_back_on_every_page_is_no_record(database: Database) -> None:
    page = "Elenco ordini - pag. 1\n" + HEADER + ROWS
    data = page + "\n" + page.replace("pag. 1", "pag. 2").replace("N", "M")
    seen = read(database, data)
    assert (list(seen.accepted), seen.rejected) == ([3, 4, 5, 9, 10, 11], {})
    assert (seen.skipped[7], seen.skipped[8]) == ("preamble", "repeated_header")


def test_the_sep_line_names_the_delimiter(database: Database) -> None:
    seen = read(database, "sep=;\r\n" + HEADER + ROWS)
    assert (seen.skipped, list(seen.accepted)) == ({1: "sep_line"}, [3, 4, 5])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found(database: Database, delimiter: str) -> None:
    data = (HEADER + ROWS).replace(",00", "").replace(";", delimiter)
    seen = read(database, data)
    assert list(seen.accepted) == [2, 3, 4]
    assert seen.detected["delimiter"] == delimiter


def test_a_delimiter_that_splits_as_evenly_is_not_taken(database: Database) -> None:
    fields = {"when": {"column": "data", "type": "date"}, "amount": {"column": "importo", "type": "amount"}}
    data = "note,data,importo\na;b;c,2026-01-12,1.50\nd;e;f,2026-01-13,2.75\n"
    assert read(database, data, fields, UNKNOWN).detected["delimiter"] == ","


def test_ragged_rows_cost_themselves_only(database: Database) -> None:
    data = (
        HEADER
        + row(1)
        + "N2;02/01/2026;Rossi; Bianchi;2,00\n"
        + "N3;03/01/2026\n"
        + row(4).strip()
        + ";;\n;;;\n\n"
        + row(5)
    )
    seen = read(database, data)
    assert list(seen.accepted) == [2, 5, 8]
    assert seen.rejected == {3: "too_many_columns", 4: "too_few_columns"}
    assert seen.skipped == {6: "blank_line", 7: "blank_line"}


def test_a_download_that_broke_off_shows_its_last_line(database: Database) -> None:
    assert read(database, HEADER + ROWS + "N4;04/01").rejected == {5: "too_few_columns"}
    assert read(database, HEADER + ROWS + "N5").rejected == {5: "too_few_columns"}


def test_an_unclosed_quotation_mark_costs_one_line(database: Database) -> None:
    seen = read(database, HEADER + row(1) + row(2, '"Rossi') + "".join(row(n) for n in range(3, 9)))
    assert seen.rejected == {3: "unclosed_quote"}
    assert list(seen.accepted) == [2, 4, 5, 6, 7, 8, 9]


def test_an_unclosed_quotation_mark_does_not_marry_a_later_one(database: Database) -> None:
    seen = read(database, HEADER + row(1, '"Rossi') + row(2, '"Verdi; figli"') + row(3))
    assert seen.rejected == {2: "unclosed_quote"}
    assert seen.column("who") == {3: "Verdi; figli", 4: "Rossi"}


def test_quoted_cells_keep_delimiters_marks_and_line_breaks(database: Database) -> None:
    data = HEADER + row(1, '"Bianchi ""& figli""; snc"') + row(2, '"prima\n\nseconda; terza"') + row(3)
    seen = read(database, data)
    assert seen.column("who") == {2: 'Bianchi "& figli"; snc', 3: "prima\n\nseconda; terza", 6: "Rossi"}


def test_a_stray_quotation_mark_is_kept_and_warned_about(database: Database) -> None:
    seen = read(database, HEADER + row(1, 'Tubo 5"') + row(2, '"Il "Grande" srl"'))
    assert seen.column("who") == {2: 'Tubo 5"', 3: 'Il "Grande" srl'}
    assert "stray_quote" in seen.warnings


def test_marks_escaped_by_a_backslash_are_read(database: Database) -> None:
    seen = read(database, HEADER + row(1, '"Il \\"Grande\\"; srl"') + row(2))
    assert seen.column("who") == {2: 'Il "Grande"; srl', 3: "Rossi"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_one_line(database: Database, end: str) -> None:
    assert list(read(database, (HEADER + ROWS).replace("\n", end)).accepted) == [2, 3, 4]


def test_mixed_line_ends_lose_no_row(database: Database) -> None:
    data = (
        HEADER.replace("\n", "\r\n")
        + row(1)
        + row(2).replace("\n", "\r")
        + row(3).replace("\n", "\r\n")
        + row(4).strip()
    )
    assert list(read(database, data).accepted) == [2, 3, 4, 5]


def test_comments_and_a_second_table_are_passed_over(database: Database) -> None:
    data = "# Report\n# 2026\n" + HEADER + ROWS + "\n# Altro\nGiorno;Visite\n0001;10\n0002;12\n"
    seen = read(database, data)
    assert list(seen.accepted) == [4, 5, 6]
    assert seen.skipped[9] == seen.skipped[10] == seen.skipped[11] == "second_table"
    assert not seen.rejected


def test_a_second_table_of_the_same_shape_is_not_mixed_in(database: Database) -> None:
    data = HEADER + ROWS + "\nCodice;Scadenza;Fornitore;Costo\nF1;01/02/2026;Acme;9,00\nF2;02/02/2026;Beta;8,00\n"
    seen = read(database, data)
    assert list(seen.accepted) == [2, 3, 4]
    assert seen.skipped[6] == seen.skipped[7] == seen.skipped[8] == "second_table"


def test_one_bad_row_after_a_gap_does_not_end_the_table(database: Database) -> None:
    seen = read(database, HEADER + row(1) + "\nN2;domani;Rossi;1,00\n" + row(3))
    assert list(seen.accepted) == [2, 5]
    assert seen.rejected == {4: "bad_date"}


def test_a_record_that_begins_with_a_hash_is_no_comment(database: Database) -> None:
    seen = read(database, "#;Data;Cliente;Importo\n#1;01/01/2026;Rossi;1,00\n#2;31/02/2026;Rossi;1,00\n", {
        **ORDERS, "record_id": {"column": "#", "type": "text"}})  # fmt: skip
    assert list(seen.accepted) == [2]
    assert seen.rejected == {3: "bad_date"}


def test_rows_that_continue_the_order_above_are_passed_over(database: Database) -> None:
    data = (
        "ID;Data;Cliente;Importo;Articolo\nN1;01/01/2026;Rossi;10,00;A\nN1;01/01/2026;Rossi;;B\n;;;;C\n"
        "N2;02/01/2026;Rossi;5,00;D\n"
    )
    seen = read(database, data)
    assert list(seen.accepted) == [2, 5]
    assert seen.skipped == {3: "continuation_row", 4: "continuation_row"}


def test_two_header_rows_of_a_survey_are_one_header(database: Database) -> None:
    fields = {
        "record_id": {"column": "Respondent ID", "type": "text"},
        "when": {"column": "Start Date", "type": "datetime"},
        "score": {"index": 2, "type": "score:1-5"},
        "web": {"index": 4, "type": "text"},
    }
    data = (
        "Respondent ID,Start Date,Quanto?,Canali?,\r\n,,Response,Sito,Telefono\r\n"
        "11,01/12/2026 10:15:04 AM,4,Sito,Telefono\r\n12,13/01/2026 10:00:00 AM,5,,\r\n"
    )
    seen = read(database, data, fields, ENGLISH)
    assert seen.skipped == {2: "header_extra"}
    assert seen.accepted[3]["web"] == "Telefono"
    assert seen.rejected == {4: "bad_date"}


def test_an_empty_second_header_row_is_passed_over(database: Database) -> None:
    fields = {
        "record_id": {"column": "Respondent ID", "type": "text"},
        "when": {"column": "Start Date", "type": "datetime"},
    }
    data = "Respondent ID,Start Date,Quanto?\r\n,,\r\n11,01/12/2026 10:15:04 AM,4\r\n"
    seen = read(database, data, fields, ENGLISH)
    assert list(seen.accepted) == [3]


def test_a_header_with_import_ids_has_three_rows_and_names_the_zone(database: Database) -> None:
    fields = {
        "record_id": {"column": "ResponseId", "type": "text"},
        "when": {"column": "RecordedDate", "type": "datetime"},
    }
    data = (
        'RecordedDate,ResponseId,Q1\nRecorded Date,Response ID,"Quanto?\n(0-10)"\n'
        '"{""ImportId"":""recordedDate"",""timeZone"":""America/Denver""}","{""ImportId"":""_recordId""}",'
        '"{""ImportId"":""QID1""}"\n2026-01-12 10:15:04,R_1,9\n'
    )
    seen = read(database, data, fields, UNKNOWN)
    assert (seen.detected["header_line"], seen.detected["header_rows"]) == (1, 3)
    # Denver is eight hours behind Rome in winter
    assert seen.accepted[5]["when"] == "2026-01-12T18:15:04+01:00"


def test_a_column_that_is_twice_in_the_header_is_asked_about(database: Database) -> None:
    data = "ID;Data;Data;Cliente;Importo\nN1;01/01/2026;02/01/2026;Rossi;1,00\n"
    assert read(database, data).asked == {("when", "header")}


def test_a_mapped_column_that_is_gone_is_asked_about(database: Database) -> None:
    data = "ID;Data;Nome;Importo\nN1;01/01/2026;Rossi;1,00\n"
    assert read(database, data).asked == {("who", "header")}


def test_a_file_with_none_of_the_columns_is_refused(database: Database) -> None:
    assert read(database, "a;b\n1;2\n").refused == "no_table_found"


def test_positions_map_a_file_whose_headers_repeat(database: Database) -> None:
    fields = {"record_id": {"index": 0, "type": "text"}, "when": {"index": 2, "type": "date"},
              "amount": {"index": 4, "type": "amount"}}  # fmt: skip
    seen = read(database, "ID;Data;Data;Importo;Importo;;\nR1;12/01/2026;15/01/2026;100,00;122,00;x;\n", fields)
    assert seen.accepted == {2: {"record_id": "R1", "when": "2026-01-15", "amount": "122.0000"}}


def test_positions_map_a_file_without_a_header(database: Database) -> None:
    fields = {"record_id": {"index": 0, "type": "text"}, "when": {"index": 1, "type": "date"}}
    seen = read(database, "N1;01/01/2026\nN2;02/01/2026\n", fields)
    assert list(seen.accepted) == [1, 2]


@pytest.mark.parametrize(
    ("data", "code"), [("", "empty_file"), ("\ufeff\r\n\r\n  \r\n", "empty_file"), (HEADER, "no_data_rows")]
)
def test_a_file_with_nothing_in_it_says_so(database: Database, data: str, code: str) -> None:
    assert read(database, data).refused == code


def test_a_table_of_too_many_columns_is_refused(database: Database) -> None:
    header = ";".join(["ID", "Data", "Cliente", "Importo", *(f"c{i}" for i in range(20_000))])
    assert read(database, header + "\n" + "1;" * 20_003 + "1\n").refused == "too_many_columns"


def test_texts_are_trimmed_and_otherwise_untouched(database: Database) -> None:
    seen = read(
        database, HEADER + row(1, "\u00a0 Rossi  e  C.\u200b ") + row(2, "'; DROP TABLE x; --".replace(";", ","))
    )
    assert seen.column("who") == {2: "Rossi  e  C.", 3: "', DROP TABLE x, --"}


def test_codes_protected_from_excel_lose_their_wrapping(database: Database) -> None:
    seen = read(database, HEADER + row(1, '"=""00743110157"""') + row(2, "'00185"))
    assert seen.column("who") == {2: "00743110157", 3: "00185"}


def test_an_apostrophe_before_every_value_is_the_exports_doing(database: Database) -> None:
    data = HEADER + "'N1;'01/01/2026;'Rossi;'1.234,50\n'N2;'02/01/2026;'Verdi;'5,00\n"
    seen = read(database, data)
    assert seen.accepted[2] == {"record_id": "N1", "when": "2026-01-01", "who": "Rossi", "amount": "1234.5000"}


def test_formula_texts_are_kept_and_warned_about(database: Database) -> None:
    seen = read(database, HEADER + row(1, "=cmd|' /C calc'!A0", "-12,50") + row(2, "@SUM(1+1)", "+3,00"))
    assert seen.column("who") == {2: "=cmd|' /C calc'!A0", 3: "@SUM(1+1)"}
    assert "formula_text" in seen.warnings


def test_own_null_words_are_a_matter_of_the_profile(database: Database) -> None:
    seen = read(
        database, HEADER + row(1, "Non presente", "Non presente"), profile=ITALIAN | {"null_words": ["Non presente"]}
    )
    assert seen.accepted[2]["who"] is None
    assert seen.accepted[2]["amount"] is None


def test_a_total_with_a_date_is_no_record_unless_it_has_a_key(database: Database) -> None:
    data = HEADER + ROWS + ";31/01/2026;Totale gennaio;3,00\nN4;31/01/2026;Totale S.p.A.;4,00\n"
    seen = read(database, data)
    assert list(seen.accepted) == [2, 3, 4, 6]
    assert seen.skipped == {5: "total_row"}


def test_a_page_number_with_the_day_of_printing_is_no_record(database: Database) -> None:
    seen = read(database, HEADER + ROWS + ";31/01/2026;Pag. 1 di 2;\n" + row(4))
    assert list(seen.accepted) == [2, 3, 4, 6]
    assert seen.skipped == {5: "footer"}


def test_a_record_of_a_client_called_total_is_refused_not_passed_over(database: Database) -> None:
    seen = read(database, HEADER + ROWS + "N4;31/02/2026;Totale S.p.A.;4,00\n")
    assert seen.rejected == {5: "bad_date"}


@pytest.mark.parametrize("between", ["\n", "\nTabella 2\n", ""])
def test_another_table_with_dates_and_the_same_width_is_not_mixed_in(database: Database, between: str) -> None:
    data = HEADER + ROWS + between + "Voce;Giorno;Pagina;Clic\nV1;01/01/2026;home;6,00\nV2;02/01/2026;blog;8,00\n"
    seen = read(database, data)
    assert list(seen.accepted) == [2, 3, 4]
    assert not seen.rejected


def test_a_sep_line_that_does_not_hold_is_not_believed(database: Database) -> None:
    seen = read(database, "sep=,\n" + HEADER + ROWS)
    assert list(seen.accepted) == [3, 4, 5]
    assert seen.detected["delimiter"] == ";"


def test_a_sep_line_may_name_the_tab(database: Database) -> None:
    seen = read(database, "sep=\t\n" + (HEADER + ROWS).replace(";", "\t"))
    assert seen.skipped == {1: "sep_line"}
    assert len(seen.accepted) == 3


@pytest.mark.parametrize("delimiter", ["^", "~", "\u00a7"])
def test_rare_delimiters_are_found_when_no_usual_one_fits(database: Database, delimiter: str) -> None:
    seen = read(database, (HEADER + ROWS).replace(";", delimiter))
    assert len(seen.accepted) == 3


def test_apostrophes_around_cells_are_quotation_marks(database: Database) -> None:
    lines = [f"'N{n}';'{n:02d}/01/2026';'Rossi; figli';'1,00'" for n in range(1, 5)]
    seen = read(database, "\n".join(["'ID';'Data';'Cliente';'Importo'", *lines]) + "\n")
    assert seen.column("who") == dict.fromkeys(range(2, 6), "Rossi; figli")


def test_a_backslash_at_the_end_of_a_cell_is_no_escape(database: Database) -> None:
    data = 'ID;Data;Cliente;Importo\n"N1";"01/01/2026";"a\\";"1,00"\n"N2";"02/01/2026";"b ""c""";"2,00"\n'
    assert read(database, data).column("who") == {2: "a\\", 3: 'b "c"'}


@pytest.mark.parametrize("below", ["\n;;;\n", "Totale;;;0,00\n", "# nothing\n"])
def test_a_header_with_no_record_below_has_no_data(database: Database, below: str) -> None:
    assert read(database, HEADER + below).refused == "no_data_rows"


def test_a_total_with_a_day_is_no_record_even_where_records_have_no_key(database: Database) -> None:
    fields = {name: about for name, about in ORDERS.items() if name != "record_id"}
    days = "".join(f"{day:02d}/02/2026;cliente {day};{day},50;\n" for day in range(1, 28))
    text = "Data;Cliente;Importo;ID\n" + days + "27/02/2026;Totale giorno;1,50;\n27/02/2026;Totale Energie;1,50;\n"
    seen = read(database, text, fields)
    assert seen.skipped == {29: "total_row"}
    assert len(seen.accepted) == 28


@pytest.mark.parametrize("label", ["Gesamt", "Zwischensumme", "Total général", "Suma", "A riportare", "Totals:"])
def test_totals_are_known_in_several_languages(database: Database, label: str) -> None:
    text = f"Data;Cliente;Importo;ID\n13/02/2026;a;1,50;1\n{label};;1,50;\n"
    assert read(database, text).skipped == {3: "total_row"}


def test_a_delimiter_inside_a_cell_of_a_ruled_list_moves_no_value(database: Database) -> None:
    lines = ["|Data |Cliente |ID |Importo |Valuta |", "-" * 30]
    lines += ["|12.01.2026|Forlì   |0012| 1.234,50 |EUR |", "|13.01.2026|Rossi | Figli|0013| 100,00- |EUR |", "-" * 30]
    seen = read(database, "\n".join(lines) + "\n")
    assert {line: row["amount"] for line, row in seen.accepted.items()} == {3: "1234.5000"}
    assert seen.rejected == {4: "too_many_columns"}


def test_a_separator_line_that_cuts_worse_than_another_separator_is_not_believed(database: Database) -> None:
    names = "ID,Data,Cliente,Importo\n"
    seen = read(database, f"sep=;\n{names}A1,2026-01-12,Rossi; figli,12.50\nA2,2026-01-13,Neri; soci,7.25\n", None, {})
    assert (seen.column("who"), seen.detected["delimiter"]) == ({3: "Rossi; figli", 4: "Neri; soci"}, ",")


def test_words_behind_a_closing_mark_keep_the_marks_in_the_text(database: Database) -> None:
    seen = read(database, HEADER + 'A1;12/01/2026;"Rossi" srl;1,00\nA2;13/01/2026;Verdi;2,00\n')
    assert seen.column("who") == {2: '"Rossi" srl', 3: "Verdi"}
    assert "stray_quote" in seen.warnings


@pytest.mark.parametrize(
    "label", ["Totale gennaio 2026", "Totale al 31/01/2026", "Totale cliente Rossi", "Gesamtsumme", "Sous-total"]
)
def test_a_dated_total_of_keyless_rows_is_no_event(database: Database, label: str) -> None:
    data = f"Data;Cliente;Importo\n12/01/2026;Rossi;1,00\n31/01/2026;{label};1,00\n31/01/2026;Total Marketing;2,00\n"
    fields = {name: item for name, item in ORDERS.items() if name != "record_id"}
    seen = read(database, data, fields)
    assert (seen.column("who"), seen.skipped) == ({2: "Rossi", 4: "Total Marketing"}, {3: "total_row"})


def test_a_record_over_two_lines_may_end_with_an_empty_column_of_no_name(database: Database) -> None:
    data = HEADER.strip() + ';\n"A\n1";12/01/2026;Rossi;1,00;\nA2;13/01/2026;Verdi;2,00;\n'
    assert read(database, data).column("record_id") == {2: "A\n1", 4: "A2"}


def test_the_end_of_a_record_that_was_too_long_is_no_record(database: Database) -> None:
    # a cell over 70 lines: more than the 60 that a record may have
    data = HEADER + '"A' + "\nx" * 70 + '";12/01/2026;Rossi;1,00\nA2;13/01/2026;Tubo 5" x 3;2,00\n'
    seen = read(database, data)
    assert seen.column("who") == {73: 'Tubo 5" x 3'}
    assert (seen.rejected[2], seen.rejected[72]) == ("unclosed_quote", "unclosed_quote")
