"""Links and displacements in words: each status has its sentence, and the word cause needs a go-live behind it."""

import json
from dataclasses import replace
from datetime import date

import pytest

from ocem.domain.comparison import Note
from ocem.domain.displacement import Amount, Displacement, ShiftPart, ShiftVerdict, ShiftWeek
from ocem.domain.driver import Drivers, DriverShare
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Aggregate, Direction, Kpi, KpiKind, Level, Measure
from ocem.domain.link import Backing, Evidence, LagPoint, Ledger, Link, LinkHypothesis, LinkStatus, Movement
from ocem.i18n import Words
from ocem.reporting import displacement as shift_said
from ocem.reporting import driver as driver_said
from ocem.reporting import link as said
from ocem.reporting import link_figure, note
from ocem.reporting.names import Names

PROFILE = tuple(LagPoint(lag, 0.4 if lag == 2 else 0.02, 100) for lag in range(-8, 9))
EXPECTED = LinkHypothesis("k", "attesa", "reclami", Movement.RISES, 8, "Qualità", "perché")
LINK = Link(
    "attesa", "reclami", LinkStatus.SUPPORTED, EXPECTED, 2, 0.41, 0.2, 0.6, 0.5, 0.0001, 0.0004, 104,
    date(2024, 1, 1), date(2026, 6, 22), profile=PROFILE, bound=0.26, first_test=date(2026, 6, 28),
    last_test=date(2026, 6, 28),
)  # fmt: skip


def kpi(key: str, level: Level) -> Kpi:
    count = Measure(FactKind.INTERACTION, Aggregate.COUNT)
    return Kpi(
        key, KpiKind.COUNT, count, None, "count", Direction.DOWN, level, "x", key.title(), key.title(), "", "",
    )  # fmt: skip


KPIS = {"attesa": kpi("attesa", Level.TOUCHPOINT), "reclami": kpi("reclami", Level.OUTCOME)}


def names(lang: str) -> Names:
    return Names(Words(lang), kpis={"attesa": "Attesa", "reclami": "Reclami"})


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("status", list(LinkStatus))
def test_every_status_has_a_word_a_sentence_and_an_expectation(lang: str, status: LinkStatus) -> None:
    words = Words(lang)
    link = replace(LINK, status=status)
    for text in (
        said.status_look(words, status).word,
        said.sentence(words, link, names(lang)),
        said.expectation(words, link),
        said.expectation(words, replace(link, hypothesis=None)),
        said.tested_text(words, link),
    ):
        assert text and "{" not in text


def test_a_link_says_what_moves_how_and_how_much_later() -> None:
    en = Words("en")
    assert said.sentence(en, LINK, names("en")) == "When “Attesa” rises, “Reclami” rises 2 weeks later."
    falls = replace(LINK, r=-0.41, lag=1)
    assert (
        said.sentence(Words("it"), falls, names("it")) == "Quando «Attesa» sale, una settimana dopo «Reclami» scende."
    )
    same = replace(LINK, lag=0)
    assert said.sentence(en, same, names("en")) == "When “Attesa” rises, “Reclami” rises in the same week."


def test_the_word_cause_is_said_only_of_a_go_live() -> None:
    for lang, word in (("en", "cause"), ("it", "causa")):
        words = Words(lang)
        plain = [said.sentence(words, LINK, names(lang)), said.expectation(words, LINK), *said.facts(words, LINK)]
        assert not any(word in text.lower() for text in plain)
        backing = Backing("portale", "o", True, 10.0, 8.0, 12.0, -5.0, -7.0, -3.0)
        text = said.backing_text(words, backing, LINK, names(lang), KPIS)
        assert word in text.lower() and "portale" in text
        alone = said.backing_text(words, replace(backing, is_staggered=False), LINK, names(lang), KPIS)
        assert word not in alone.lower()


def test_figures_are_json_without_nan_and_carry_the_pair_of_each_line() -> None:
    words = Words("it")
    links = [LINK, replace(LINK, status=LinkStatus.EXPIRED, r=-0.3), replace(LINK, lag=0)]
    figure = link_figure.chain(words, links, names("it"), KPIS)
    json.dumps(figure, allow_nan=False)
    assert figure["data"][-1]["customdata"] == [["attesa", "reclami"]] * 3
    assert figure["data"][-1]["text"] == ["2", "2", "="]
    weeks = tuple(date(2026, 1, 5 + 7 * i) for i in range(3))
    found = Evidence(LINK, weeks, (0.1, None, 0.3), (0.2, 0.1, -0.1), (1.0, 2.0, 3.0), (1.0, 2.0, 3.0))
    drawn = link_figure.both_series(words, found, names("it"))
    assert drawn["data"][1]["y"] == [-0.1, None, None]  # two weeks back
    json.dumps([drawn, link_figure.lag_profile(words, LINK)], allow_nan=False)


def test_the_headline_counts_what_was_looked_at_and_what_was_expected() -> None:
    ledger = Ledger((LINK, replace(LINK, lag=0, hypothesis=None)), 120, 30, date(2024, 1, 1), date(2026, 6, 28), 130)
    assert said.headline(Words("en"), ledger) == (
        "One link with an order in time stands out of 120 pairs looked at. Of one expected link, 1 is supported."
    )
    nothing = replace(ledger, links=())
    assert said.headline(Words("en"), nothing).startswith("None of the 120 pairs")


SHIFT = Displacement(
    "portale", "iniziativa", ("pmi",), ("estero",), (date(2026, 1, 5),), ShiftVerdict.REPLACES, date(2026, 2, 2),
    date(2026, 6, 28), 21, 90, Amount(0.6, 0.4, 0.8), Amount(100, 90, 110), False, Amount(-60, -80, -40),
    Amount(-0.1, -0.13, -0.07), Amount(40, 20, 60), Amount(-300, -500, -100),
    touchpoints=(ShiftPart("email", 100, Amount(-60, -80, -40), Amount(-0.1, -0.13, -0.07), Amount(0.6, 0.4, 0.8)),),
    reasons_of_contact=(ShiftPart("order", 100, Amount(-60, -80, -40), Amount(-0.1, -0.13, -0.07), None),),
    weeks=(ShiftWeek(date(2026, 2, 2), 10.0, 20.0, None),),
)  # fmt: skip


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("verdict", list(ShiftVerdict))
def test_every_displacement_verdict_has_its_sentence(lang: str, verdict: ShiftVerdict) -> None:
    words = Words(lang)
    for found in (replace(SHIFT, verdict=verdict), replace(SHIFT, verdict=verdict, ratio=None)):
        for text in (
            shift_said.sentence(words, found, names(lang)),
            shift_said.brief(words, found, names(lang)),
            shift_said.verdict_look(words, verdict).word,
        ):
            assert text and "{" not in text


def test_a_replacement_says_how_much_and_for_which_reason() -> None:
    text = shift_said.brief(Words("en"), SHIFT, names("en"))
    assert text == (
        "portale took away 0.60 contacts elsewhere for each one here (0.40 to 0.80). Most of it: “orders” (−10%)."
    )


def test_displacement_figures_are_json_without_nan() -> None:
    words = Words("it")
    labels = ["E-mail"]
    json.dumps([shift_said.parts(words, SHIFT.touchpoints, labels), shift_said.history(words, SHIFT)], allow_nan=False)
    assert len(shift_said.figures(words, SHIFT)) == 7


def test_drivers_say_when_the_first_place_is_not_sure() -> None:
    sure = DriverShare("speed", 0.6, 0.5, 0.7, 1, 1)
    words = Words("en")
    found = Drivers("csat", (sure, DriverShare("simplicity", 0.4, 0.3, 0.5, 2, 2)), 0.5, 400, 300)
    assert driver_said.headline(words, found, names("en")).startswith("Satisfaction goes most with Speed of answer")
    unsure = replace(found, shares=(replace(sure, rank_high=2), found.shares[1]))
    assert "may come first" in driver_said.headline(words, unsure, names("en"))
    json.dumps(driver_said.figure(words, found, names("en")), allow_nan=False)


def test_drivers_of_a_result_name_their_delay_in_both_languages() -> None:
    one = DriverShare("attesa", 0.6, 0.5, 0.7, 1, 1, lag=1)
    found = Drivers("reclami", (one, replace(one, driver="risposta", lag=2)), 0.4, 110, 0, by_week=True)
    said = {lang: [driver_said.driver_name(Words(lang), found, item, names(lang)) for item in found.shares]
            for lang in ("it", "en")}  # fmt: skip
    assert said["it"] == ["Attesa, una settimana prima", "risposta, 2 settimane prima"]
    assert said["en"] == ["Attesa, a week before", "risposta, 2 weeks before"]
    assert "explain" in driver_said.headline(Words("en"), found, names("en"))


def test_a_wide_ratio_says_up_to_where_verdicts_can_be_trusted() -> None:
    wide = Note("wide_ratio", {"half": 0.21, "told_apart": 0.15})
    text = note.sentence(Words("en"), wide, "count", names("en"))
    assert "within 0.21" in text and "up to 0.15" in text
