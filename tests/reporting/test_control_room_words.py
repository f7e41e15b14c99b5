"""The headline and what needs attention, as a director would repeat them."""

from dataclasses import replace
from datetime import date

from ocem.domain.comparison import Verdict
from ocem.i18n import Words
from ocem.reporting import control_room as said
from ocem.reporting.names import Names
from tests.reporting.findings import COMPARISONS, KPIS, OBJECTIVES, SEGMENTS, comparison

IT, EN = Words("it"), Words("en")


def names(words: Words) -> Names:
    return Names.of(words, SEGMENTS, KPIS, OBJECTIVES)


def test_the_headline_says_what_moves_first_and_names_it():
    assert said.headline(IT, COMPARISONS, names(IT)) == (
        "Due obiettivi su sette migliorano: riordini self-service e contatti per ordine; uno peggiora: tempo di "
        "risposta, PMI; uno è cambiato, ma la causa è ignota. Uno non si muove; per uno servono ancora circa quattro "
        "settimane; uno non è confrontabile."
    )
    assert said.headline(EN, COMPARISONS[:1], names(EN)) == "One objective of one improves: self-service re-orders."


def test_many_objectives_are_counted_instead_of_named():
    three = [comparison() for _ in range(3)]
    assert said.headline(IT, three, names(IT)) == "Tre obiettivi su tre migliorano."


def test_when_nothing_moves_the_headline_says_so():
    still = [comparison(Verdict.NO_RELEVANT_CHANGE)]
    assert said.headline(IT, still, names(IT)).startswith("Nessun obiettivo su uno si muove oltre la soglia.")


def test_without_objectives_the_headline_says_so():
    assert said.headline(EN, [], names(EN)) == "No objective has been defined yet."


def test_the_week_is_named_by_number_and_days():
    assert said.week_text(IT, date(2026, 11, 16)) == "settimana 47 · 16–22 nov 2026 (ultima settimana chiusa)"


def test_freshness_counts_days_behind_the_newest_source():
    assert said.freshness_text(IT, 0, date(2026, 11, 15)) == "fino al 15 nov"
    assert said.freshness_text(IT, 1, date(2026, 11, 14)) == "fino al 14 nov, 1 giorno indietro"
    assert said.freshness_text(EN, 19, date(2026, 10, 27)) == "up to 27 Oct, 19 days behind"


def test_what_worsened_is_said_with_its_interval():
    text = said.attention_text(IT, "worsened", {}, "risposta", COMPARISONS[2], names(IT))
    assert text == "Tempo di risposta, PMI: peggiora, da +1,4 a +4,1\u00a0h."


def test_a_change_of_mix_is_said_with_both_figures():
    values = {"raw": 0.04, "fixed": 0.003}
    text = said.attention_text(EN, "mix_shift", values, "cross", replace(COMPARISONS[4]), names(EN))
    assert text.startswith("Cross-selling: most of what one sees is a different mix of segments: +4\u00a0pt")
