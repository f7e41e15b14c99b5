"""Days and moments: formats proved or asked about, clock changes, zones, placeholders."""

import pytest

from ocem.store.database import Database
from tests.intake.reading_of import ENGLISH, ITALIAN, UNKNOWN, dates, read

pytestmark = pytest.mark.slow  # many small ones that add up


def when(database: Database, values: list[str], profile: dict, type_: str = "date") -> list[str | None]:
    seen = read(database, *dates(values, type_), profile)
    return [seen.accepted[line]["when"] if line in seen.accepted else None for line in range(2, len(values) + 2)]


@pytest.mark.parametrize(
    "text",
    [
        "01/02/2026",
        "1/2/2026",
        "01-02-2026",
        "01.02.2026",
        "1/2/26",
        "2026-02-01",
        "2026/02/01",
        "20260201",
        "1 feb 2026",
        "1 febbraio 2026",
        "01-feb-2026",
        "dom 01/02/2026",
        "domenica 1 febbraio 2026",
        "Sunday, February 1, 2026",
        "Feb 1, 2026",
        "01/02/2026 00:00",
        "46054",
    ],
)
def test_the_first_of_february_is_read_in_every_spelling(database: Database, text: str) -> None:
    # 46054 days after 1899-12-30 is 2026-02-01
    assert when(database, [text], ITALIAN) == ["2026-02-01"]


@pytest.mark.parametrize(
    "text",
    [
        "29/02/2026", "31/04/2026", "00/01/2026", "01/13/2026", "32/01/2026", "oggi", "01/01/20266", "2026-13-01",
        "1/1/0026", "circa 05/01/2026", "5 foo 2026", "01/02", "12345678", "31/12/1026", "mar 5 2026 boh",
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused(database: Database, text: str) -> None:
    assert read(database, *dates([text]), ITALIAN).rejected == {2: "bad_date"}


def test_the_italian_tuesday_is_not_the_month_of_march(database: Database) -> None:
    assert when(database, ["mar 06/01/2026", "mar 5, 2026", "5 mar 2026"], ITALIAN) == [
        "2026-01-06",
        "2026-03-05",
        "2026-03-05",
    ]


def test_a_day_above_twelve_proves_the_order(database: Database) -> None:
    assert when(database, ["01/02/2026", "13/04/2026"], UNKNOWN) == ["2026-02-01", "2026-04-13"]
    assert when(database, ["01/02/2027", "04/13/2027"], UNKNOWN) == ["2027-01-02", "2027-04-13"]


def test_days_that_read_two_ways_are_asked_about(database: Database) -> None:
    assert read(database, *dates(["01/02/2026", "03/04/2026"]), UNKNOWN).asked == {("when", "date_order")}


def test_days_that_contradict_each_other_are_asked_about(database: Database) -> None:
    assert read(database, *dates(["13/02/2026", "02/13/2026"]), UNKNOWN).asked == {("when", "date_order")}


def test_days_equal_to_their_month_need_no_question(database: Database) -> None:
    assert when(database, ["05/05/2026", "12/12/2026"], UNKNOWN) == ["2026-05-05", "2026-12-12"]


def test_a_two_way_day_below_the_sample_is_still_asked_about(database: Database) -> None:
    assert read(database, *dates(["2026-01-05"] * 1500 + ["01/02/2026"]), UNKNOWN).asked == {("when", "date_order")}


def test_two_digit_years_turn_at_seventy_and_are_warned_about(database: Database) -> None:
    seen = read(database, *dates(["31/12/25", "01/01/70", "01/01/69"]), ITALIAN)
    assert [row["when"] for row in seen.accepted.values()] == ["2025-12-31", "1970-01-01", "2069-01-01"]
    assert "two_digit_year" in seen.warnings


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("29/03/2026 01:59:59", "2026-03-29T01:59:59+01:00"),
        ("29/03/2026 03:00", "2026-03-29T03:00:00+02:00"),
        ("25/10/2026 02:30", "2026-10-25T02:30:00+02:00"),
        ("25/10/2026 03:00", "2026-10-25T03:00:00+01:00"),
        ("25/10/2026 24:00", "2026-10-26T00:00:00+01:00"),
        ("12/01/2026 10.15.04", "2026-01-12T10:15:04+01:00"),
        ("12/01/2026 alle 10:15", "2026-01-12T10:15:00+01:00"),
        ("2026-01-12T10:15:04", "2026-01-12T10:15:04+01:00"),
        ("2026-01-12T09:15:04Z", "2026-01-12T10:15:04+01:00"),
        ("2026-07-01 23:59:58 +0200", "2026-07-01T23:59:58+02:00"),
        ("2026-03-29 00:30:00 +0000", "2026-03-29T01:30:00+01:00"),
        ("2026/01/12 3:15:04 PM GMT+1", "2026-01-12T15:15:04+01:00"),
        ("2026-10-25 02:30 CET", "2026-10-25T02:30:00+01:00"),
        ("12 gen 2026 10:15", "2026-01-12T10:15:00+01:00"),
        ("2026-01-12 10:15:04.250", "2026-01-12T10:15:04+01:00"),
        ("46034.427083333", "2026-01-12T10:15:00+01:00"),
    ],
)
def test_moments_are_read_in_the_zone_of_rome(database: Database, text: str, moment: str) -> None:
    # 46034.427083333: 46034 days after 1899-12-30 is 2026-01-12; 0.427083333 days are 10 h 15 min
    assert when(database, [text], ITALIAN, "datetime") == [moment]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1/12/26 10:15 AM", "2026-01-12T10:15:00+01:00"),
        ("01/12/2026 12:00:10 AM", "2026-01-12T00:00:10+01:00"),
        ("01/12/2026 12:00 PM", "2026-01-12T12:00:00+01:00"),
        ("Jan 12, 2026, 10:15:04 AM", "2026-01-12T10:15:04+01:00"),
        ("Jan 12, 2026 10:15 pm", "2026-01-12T22:15:00+01:00"),
    ],
)
def test_twelve_hour_clocks_are_read(database: Database, text: str, moment: str) -> None:
    assert when(database, [text], ENGLISH, "datetime") == [moment]


@pytest.mark.parametrize("text", ["29/03/2026 02:00:00", "29/03/2026 02:30"])
def test_a_time_that_the_clock_change_skipped_is_refused(database: Database, text: str) -> None:
    assert read(database, *dates([text], "datetime"), ITALIAN).rejected == {2: "dst_gap"}


@pytest.mark.parametrize("text", ["26/10/2026 24:01", "12/01/2026 25:00", "12/01/2026 10:75", "12/01/2026 13:00 PM"])
def test_a_time_that_no_clock_shows_is_refused(database: Database, text: str) -> None:
    assert read(database, *dates([text], "datetime"), ITALIAN).rejected == {2: "bad_date"}


def test_a_doubled_time_is_taken_as_the_earlier_with_a_warning(database: Database) -> None:
    assert "dst_ambiguous" in read(database, *dates(["25/10/2026 02:30"], "datetime"), ITALIAN).warnings


def test_an_offset_settles_a_doubled_time(database: Database) -> None:
    assert "dst_ambiguous" not in read(database, *dates(["2026-10-25T02:30:00+01:00"], "datetime"), ITALIAN).warnings


def test_the_header_says_the_zone(database: Database) -> None:
    data = "ID;Inviato (UTC)\nA;2026-07-01 22:59:59\n"
    fields = {
        "record_id": {"column": "ID", "type": "text"},
        "when": {"column": "Inviato (UTC)", "type": "datetime"},
    }
    assert read(database, data, fields, UNKNOWN).accepted[2]["when"] == "2026-07-02T00:59:59+02:00"


def test_the_profile_says_the_zone_of_the_source(database: Database) -> None:
    profile = ITALIAN | {"source_timezone": "America/New_York"}
    assert when(database, ["12/01/2026 18:30"], profile, "datetime") == ["2026-01-13T00:30:00+01:00"]


def test_a_day_of_another_zone_moves_only_with_its_time(database: Database) -> None:
    profile = ITALIAN | {"source_timezone": "UTC"}
    assert when(database, ["12/01/2026 23:30", "12/01/2026"], profile) == ["2026-01-13", "2026-01-12"]


def test_a_moment_without_time_of_day_is_midnight_with_a_warning(database: Database) -> None:
    seen = read(database, *dates(["12/01/2026"], "datetime"), ITALIAN)
    assert seen.accepted[2]["when"] == "2026-01-12T00:00:00+01:00"
    assert "time_missing" in seen.warnings


@pytest.mark.parametrize("text", ["1900-01-01", "1970-01-01 00:00:00", "01/01/1980"])
def test_placeholder_days_are_kept_and_warned_about(database: Database, text: str) -> None:
    seen = read(database, *dates([text]), ITALIAN)
    assert list(seen.accepted) == [2]
    assert "date_placeholder" in seen.warnings


def test_an_empty_required_day_is_named(database: Database) -> None:
    assert read(database, *dates(["n.d.", "#N/D"]), ITALIAN).rejected == {
        2: "missing_required",
        3: "missing_required",
    }


@pytest.mark.parametrize("text", ["12/01/2026\u00a010:15", "12/01/2026 10:15\u202fAM", "12-01-2026T10:15"])
def test_blanks_of_every_kind_part_a_date_and_its_time(database: Database, text: str) -> None:
    data, fields = dates([text], "datetime")
    assert read(database, data, fields, ITALIAN).column("when") == {2: "2026-01-12T10:15:00+01:00"}


def test_an_offset_that_no_clock_has_is_refused(database: Database) -> None:
    data, fields = dates(["2026-01-12 10:15 +14:00", "2026-01-12 10:15 +99:00"], "datetime")
    seen = read(database, data, fields, ITALIAN)
    assert seen.column("when") == {2: "2026-01-11T21:15:00+01:00"}
    assert seen.rejected == {3: "bad_date"}


def test_two_digit_years_that_may_stand_first_are_asked_about(database: Database) -> None:
    # with the day first 25/12/31 would lie in 2031
    assert read(database, *dates(["25/12/31", "26/01/05"]), UNKNOWN).asked == {("when", "date_order")}


def test_two_digit_years_are_read_first_when_that_is_the_answer(database: Database) -> None:
    known = {**UNKNOWN, "date_order": "YMD"}
    seen = read(database, *dates(["25/12/31", "26/01/05", "2026-01-07", "13/02/2026", "26/13/01"]), known)
    assert [row["when"] for row in seen.accepted.values()] == ["2025-12-31", "2026-01-05", "2026-01-07"]
    assert seen.rejected == {5: "bad_date", 6: "bad_date"}


def test_two_digit_years_that_only_fit_last_are_not_asked_about(database: Database) -> None:
    assert when(database, ["31/12/25", "13/02/26"], UNKNOWN) == ["2025-12-31", "2026-02-13"]


def test_a_day_that_no_month_has_proves_no_order(database: Database) -> None:
    # 31/02 would be day first if it were a day
    assert read(database, *dates(["31/02/2026", "03/04/2026"]), UNKNOWN).asked == {("when", "date_order")}
    seen = read(database, *dates(["31/02/2027", "04/13/2027", "03/04/2027"]), UNKNOWN)
    assert (seen.column("when"), seen.rejected) == ({3: "2027-04-13", 4: "2027-03-04"}, {2: "bad_date"})


def test_months_are_known_in_german_and_french_too(database: Database) -> None:
    texts = ["12. März 2026", "Montag, 5. Januar 2026", "1er août 2026", "9 févr. 2026", "lundi 14 déc. 2026"]
    assert when(database, texts, UNKNOWN) == ["2026-03-12", "2026-01-05", "2026-08-01", "2026-02-09", "2026-12-14"]


def test_days_and_times_in_figures_alone_are_read(database: Database) -> None:
    texts = ["20260112101504", "202601121015", "2026011210", "20260112T101504", "20261312101504"]
    assert when(database, texts, UNKNOWN, "datetime") == [
        "2026-01-12T10:15:04+01:00", "2026-01-12T10:15:00+01:00", "2026-01-12T10:00:00+01:00",
        "2026-01-12T10:15:04+01:00", None,
    ]  # fmt: skip
