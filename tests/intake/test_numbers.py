"""Numbers: read the one way they can be read, or asked about, or refused; never guessed."""

from decimal import Decimal

import pytest

from ocem.errors import DefinitionError
from ocem.store.database import Database
from tests.intake.reading_of import ENGLISH, ITALIAN, UNKNOWN, dates, one_column, read

pytestmark = pytest.mark.slow  # many small ones that add up


def numbers(database: Database, values: list[str], profile: dict, type_: str = "amount") -> tuple[list, dict]:
    seen = read(database, *one_column("Importo", values, type_), profile)
    found = [None if line not in seen.accepted else seen.accepted[line]["value"] for line in range(2, len(values) + 2)]
    return [None if value is None else Decimal(value) for value in found], seen.rejected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,50", "1234.5"),
        ("1234,5", "1234.5"),
        ("-12,50", "-12.5"),
        ("12,50-", "-12.5"),
        ("(1.234,50)", "-1234.5"),
        ("€ 1.234,50", "1234.5"),
        ("1.234,50 €", "1234.5"),
        ("-€ 350,00", "-350"),
        ("€ -350,00", "-350"),
        ("EUR 12", "12"),
        ("12,00 euro", "12"),
        ("1 234,50", "1234.5"),
        ("1\u00a0234,50", "1234.5"),
        ("12\u202f345", "12345"),
        ("1'234,50", "1234.5"),
        ("−5,00", "-5"),
        ("+3,00", "3"),
        (",5", "0.5"),
        ("'1.234,50", "1234.5"),
        ("1.000.000,01", "1000000.01"),
        ("0", "0"),
    ],
)
def test_italian_amounts_are_read_in_every_spelling(database: Database, text: str, value: str) -> None:
    assert numbers(database, [text], ITALIAN)[0] == [Decimal(value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234.50", "1234.5"), ("$1,234.50", "1234.5"), ("1'234.50", "1234.5"), ("(5.00)", "-5"), ("€0.99", "0.99")],
)
def test_english_and_swiss_amounts_are_read(database: Database, text: str, value: str) -> None:
    assert numbers(database, [text], ENGLISH)[0] == [Decimal(value)]


@pytest.mark.parametrize(
    "text",
    ["1.23,4", "12.34.56", "18500.00", "1.5", "12,34,56", "1..000", "?", "circa 5", "5 pz", "1,2,3", "1e5", "--5"],
)
def test_a_number_grouped_wrongly_is_refused_not_repaired(database: Database, text: str) -> None:
    assert numbers(database, [text], ITALIAN) == ([None], {2: "bad_number"})


def test_one_value_that_reads_one_way_settles_the_column(database: Database) -> None:
    assert numbers(database, ["1.234", "12,50", "7"], UNKNOWN)[0] == [Decimal(1234), Decimal("12.5"), Decimal(7)]


def test_one_value_with_a_point_settles_it_the_other_way(database: Database) -> None:
    assert numbers(database, ["1,234", "12.50"], UNKNOWN)[0] == [Decimal(1234), Decimal("12.5")]


@pytest.mark.parametrize("values", [["1.234", "999"], ["1,234"], ["1.234", "2.500", "0"]])
def test_values_that_read_two_ways_are_asked_about(database: Database, values: list[str]) -> None:
    seen = read(database, *one_column("Importo", values, "amount"), UNKNOWN)
    assert seen.asked == {("value", "number_format")}
    assert not seen.accepted


def test_two_values_that_contradict_each_other_are_asked_about(database: Database) -> None:
    seen = read(database, *one_column("Importo", ["12,50", "12.50"], "amount"), UNKNOWN)
    assert seen.asked == {("value", "number_format")}


@pytest.mark.parametrize("values", [["0.123"], ["1234.567"], ["1.5"], [".5"]])
def test_a_dot_that_cannot_group_is_a_decimal_point(database: Database, values: list[str]) -> None:
    assert numbers(database, values, UNKNOWN)[0] == [Decimal(text) for text in values]


def test_digits_alone_need_no_decision(database: Database) -> None:
    assert numbers(database, ["1234", "-5", "0"], UNKNOWN)[0] == [Decimal(1234), Decimal(-5), Decimal(0)]


def test_a_whole_number_column_has_no_decimals_so_a_dot_groups(database: Database) -> None:
    found, rejected = numbers(database, ["1.234", "1.000", "12"], UNKNOWN, "int")
    assert (found, rejected) == ([Decimal(1234), Decimal(1000), Decimal(12)], {})


def test_the_proof_may_stand_far_below_the_sample(database: Database) -> None:
    values = ["5"] * 3000 + ["1.234"]
    lines = ["Data;Importo", *(f"2026-01-01;{value}" for value in values)]
    fields = one_column("Importo", [], "amount")[1]
    seen = read(database, "\n".join(lines), fields, UNKNOWN)
    assert seen.asked == {("value", "number_format")}


def test_words_that_mean_nothing_are_null_and_zero_is_zero(database: Database) -> None:
    words = ["n.d.", "ND", "-", "--", "#N/D", "#N/A", "null", "", "  ", "n/a", "#DIV/0!", "0"]
    assert numbers(database, words, ITALIAN) == ([None] * 11 + [Decimal(0)], {})


def test_percentages_are_shares_and_must_lie_in_0_to_1(database: Database) -> None:
    values = ["23,45%", "100 %", "0,5", "12", "140%", "-5%", "%"]
    seen = read(database, *one_column("Tasso", values, "rate:percent"), ITALIAN)
    assert [float(value) for value in seen.column("value").values()] == [0.2345, 1.0, 0.005, 0.12]
    assert seen.rejected == {6: "out_of_range", 7: "out_of_range", 8: "bad_number"}


def test_a_percentage_needs_no_question_because_its_range_decides(database: Database) -> None:
    seen = read(database, *one_column("Tasso", ["23.456%", "1.234%"], "rate:percent"), UNKNOWN)
    assert [float(value) for value in seen.column("value").values()] == [0.23456, 0.01234]


@pytest.mark.parametrize(
    ("kind", "text", "seconds"),
    [
        ("hms", ":22", 22),
        ("hms", "4:01", 241),
        ("hms", "1:04:01", 3841),
        ("hms", "00:01:01", 61),
        ("hms", "1h 20m", 4800),
        ("hms", "2 min 5 sec", 125),
        ("ms", "332123", 332.123),
        ("minutes", "1365", 81900),
        ("hours", "1,5", 5400),
        ("seconds", "95", 95),
    ],
)
def test_durations_become_seconds(database: Database, kind: str, text: str, seconds: float) -> None:
    seen = read(database, *one_column("Durata", [text], f"duration:{kind}"), ITALIAN)
    assert float(seen.accepted[2]["value"]) == pytest.approx(seconds)


@pytest.mark.parametrize(("kind", "text"), [("hms", "1:75"), ("hms", "presto"), ("ms", "-1"), ("hms", "1:75:00")])
def test_a_duration_that_cannot_be_is_refused(database: Database, kind: str, text: str) -> None:
    assert read(database, *one_column("Durata", [text], f"duration:{kind}"), ITALIAN).rejected == {2: "bad_duration"}


def test_scores_are_read_out_of_words_and_checked_against_their_range(database: Database) -> None:
    values = ["10", "0", "11", "-1", "9/10", "dieci", "8,0", "7,5", "9 - Molto probabile", "9/5", "7 su 10"]
    seen = read(database, *one_column("NPS", values, "score:0-10:int"), ITALIAN)
    assert [float(value) for value in seen.column("value").values()] == [10, 0, 9, 8, 9, 7]
    assert seen.rejected == {
        4: "out_of_range",
        5: "out_of_range",
        7: "bad_number",
        9: "out_of_range",
        11: "bad_number",
    }


@pytest.mark.parametrize(
    ("text", "value"), [("Plus - 60,00 €", "60"), ("€ 1.250 al mese", "1250"), ("Base 12,50", "12.5")]
)
def test_an_amount_is_found_inside_a_text(database: Database, text: str, value: str) -> None:
    seen = read(database, *one_column("Piano", [text], "amount:find"), ITALIAN)
    assert Decimal(seen.accepted[2]["value"]) == Decimal(value)


@pytest.mark.parametrize("text", ["da 10 a 20", "gratis", "10 € o 20 €"])
def test_a_text_with_no_single_amount_is_refused(database: Database, text: str) -> None:
    assert read(database, *one_column("Piano", [text], "amount:find"), ITALIAN).rejected == {2: "bad_number"}


def test_amounts_in_two_currencies_are_warned_about(database: Database) -> None:
    seen = read(database, *one_column("Importo", ["€ 5,00", "$ 6,00"], "amount"), ITALIAN)
    assert "currency_mixed" in seen.warnings


def test_a_percent_sign_in_an_amount_is_warned_about(database: Database) -> None:
    assert "percent_in_amount" in read(database, *one_column("Importo", ["5%"], "amount"), ITALIAN).warnings


@pytest.mark.parametrize("text", ["60-80 €", "da 60 a 80 €", "2 x 30,00 €", "100 o 120 euro"])
def test_a_range_is_not_one_amount(database: Database, text: str) -> None:
    data, fields = one_column("Piano", [text], "amount:find")
    assert read(database, data, fields).rejected == {2: "bad_number"}


def test_an_amount_of_more_than_four_decimals_is_rounded_with_a_warning(database: Database) -> None:
    data, fields = one_column("Importo", ["1,23456", "1,20000"], "amount")
    seen = read(database, data, fields)
    assert seen.column("value") == {2: "1.2346", 3: "1.2000"}
    assert "rounded" in seen.warnings


@pytest.mark.parametrize("type_", ["money", "score:high", "duration:weeks", "amount:roughly", "date:US"])
def test_a_mapping_with_an_unknown_type_is_refused_in_words(database: Database, type_: str) -> None:
    data, fields = one_column("Importo", ["1"], type_)
    with pytest.raises(DefinitionError, match=type_.split(":")[0]):
        read(database, data, fields)


def test_an_amount_that_the_store_cannot_hold_is_refused(database: Database) -> None:
    # 14 digits before the decimal sign are the most of an amount with four decimals
    text = "Data;Cliente;Importo;ID\n13/02/2026;a;99999999999999,99;1\n13/02/2026;a;999999999999999,99;2\n"
    seen = read(database, text)
    assert seen.column("amount") == {2: "99999999999999.9900"}
    assert seen.rejected == {3: "bad_number"}


@pytest.mark.parametrize("text", ["7 o 8", "7-8", "8 – 9", "7 to 8"])
def test_two_scores_in_one_cell_are_none(database: Database, text: str) -> None:
    assert read(database, *one_column("Voto", [text], "score:0-10"), ITALIAN).rejected == {2: "bad_number"}


def test_a_column_that_cannot_fill_a_field_is_named(database: Database) -> None:
    text, fields = dates(["13/02/2026"])
    with pytest.raises(DefinitionError, match="order_day"):
        read(database, text, {**fields, "when": {"column": "Quando", "type": "int"}})


@pytest.mark.parametrize("text", ["€\u00a01.234,50", "-\u00a01.234,50", "€\u202f1.234,50-"])
def test_fixed_blanks_stand_between_a_sign_and_its_number(database: Database, text: str) -> None:
    data, fields = one_column("Importo", [text], "amount")
    value = read(database, data, fields).accepted[2]["value"]
    assert value == ("-1234.5000" if "-" in text else "1234.5000")
