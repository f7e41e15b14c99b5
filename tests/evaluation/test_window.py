"""Windows from the calendar: years of weeks, fixed ends, go-lives at one touchpoint."""

from datetime import date

from ocem.domain.initiative import GoLive, Initiative
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.window import cohorts, propose_windows

FIRST = date(2023, 1, 2)


def test_a_baseline_of_364_days_ends_on_the_sunday_before_even_after_a_year_of_53_weeks() -> None:
    # 2026 has 53 ISO weeks: the week of 4 January 2027 is matched with that of 5 January 2026, not by its number
    found = propose_windows(date(2027, 1, 4), FIRST)
    assert found.baseline == (date(2026, 1, 5), date(2027, 1, 3))
    assert found.baseline[0].weekday() == 0 and (found.baseline[1] - found.baseline[0]).days == 363


def test_short_data_and_a_lonely_easter_are_told() -> None:
    # Easter 2024 was on 31 March, Easter 2025 on 20 April
    found = propose_windows(date(2025, 3, 3), date(2024, 6, 3), evaluation_weeks=8)
    assert {note.code for note in found.notes} == {"baseline_not_a_year", "easter_in_one_window"}
    assert found.baseline == (date(2024, 6, 3), date(2025, 3, 2))


def test_a_go_live_at_one_touchpoint_goes_before_that_of_the_segment() -> None:
    initiative = Initiative(
        "i", "I", "I", (GoLive(date(2026, 1, 5), "pmi"), GoLive(date(2026, 3, 2), "pmi", "sito_web"))
    )
    found = cohorts(Perimeter(("sito_web", "email"), None, ("pmi",)), initiative, ("pmi", "estero"))
    assert [(scope.perimeter.touchpoints, scope.go_live) for scope in found] == [
        (("email",), date(2026, 1, 5)),
        (("sito_web",), date(2026, 3, 2)),
    ]
