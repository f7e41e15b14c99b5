"""What is said about a comparison, in both languages, and what is never said."""

import re
from dataclasses import replace

import pytest

from ocem.domain.comparison import SILENT_VERDICTS, Comparison, Effect, Note, Verdict
from ocem.i18n import Words
from ocem.reporting import comparison as said
from ocem.reporting import explain, note, quantity
from ocem.reporting.gauge import gauge
from ocem.reporting.names import Names
from tests.reporting.findings import COMPARISONS, INITIATIVES, KPIS, OBJECTIVES, SEGMENTS, TOUCHPOINTS, comparison

IT, EN = Words("it"), Words("en")


def names(words: Words) -> Names:
    return Names.of(words, (*SEGMENTS, *TOUCHPOINTS), KPIS, OBJECTIVES, INITIATIVES)


def test_shares_change_in_points_and_never_in_percent():
    assert said.change(IT, comparison()) == "+9\u00a0pt"
    assert said.relative_change(IT, comparison()) == ("+50%", "da +33 a +66%")


def test_an_improvement_is_said_with_both_values_and_its_interval():
    assert said.sentence(IT, comparison(), names(IT)) == (
        "Riordini self-service: migliora, da 18% a 27%. Rispetto a quanto ci si poteva aspettare senza l'iniziativa la "
        "variazione è +9\u00a0pt (intervallo al 95%: da +6 a +12\u00a0pt). Anche l'estremo prudente dell'intervallo "
        "(6,1\u00a0pt) supera la soglia di 3\u00a0pt."
    )


@pytest.mark.parametrize("words", [IT, EN], ids=["it", "en"])
@pytest.mark.parametrize("item", COMPARISONS, ids=[str(item.verdict) for item in COMPARISONS])
def test_no_verdict_comes_without_an_interval_and_no_refusal_with_a_number(words: Words, item: Comparison):
    text = said.sentence(words, item, names(words))
    interval = said.change_interval(words, item)
    if item.verdict in SILENT_VERDICTS:
        assert interval is None and said.before_after(words, item) is None and said.change(words, item) is None
        assert not re.search(r"\d", text)
        assert gauge(item) is None
    else:
        assert interval and interval in text
        assert "{" not in text


def test_a_silent_verdict_hides_numbers_that_it_carries():
    hidden = replace(comparison(), verdict=Verdict.NOT_COMPARABLE, reasons=(Note("no_baseline"),))
    assert said.before_after(IT, hidden) is None
    assert said.rows(IT, [hidden], "segment", names(IT))[0]["change"] == "–"
    assert explain.sensitivity_sentences(IT, hidden) == []


def test_every_verdict_has_a_word_a_mark_and_a_tone():
    looks = [said.verdict_look(IT, verdict) for verdict in Verdict]
    assert len({look.word for look in looks}) == len(looks)
    assert len({look.mark for look in looks}) == len(looks)


def test_decimals_follow_the_uncertainty():
    """+0.2 points within -0.6 to +1.0: half an interval of 0.8 points bears one decimal."""
    narrow = comparison(effect=Effect(0.002, -0.006, 0.010))
    assert said.change_interval(IT, narrow) == "da −0,6 a +1,0\u00a0pt"


def test_no_end_of_an_interval_is_rounded_to_zero():
    """An interval that excludes zero must not look as if it touched it: +0.4 to +7.4 is not +0 to +7."""
    near = comparison(effect=Effect(0.039, 0.004, 0.074))
    assert said.change_interval(EN, near) == "+0.4 to +7.4\u00a0pt"


def test_units_are_written_as_people_read_them():
    assert quantity.value(IT, 0.273, "share") == "27,3%"
    assert quantity.value(IT, 0.31, "points") == "31"
    assert quantity.value(EN, 1_260_000, "eur") == "€1.3\u00a0m"
    assert quantity.value(IT, 47, "seconds") == "47\u00a0s"
    assert quantity.value(IT, 312, "seconds") == "5,2\u00a0min"
    assert quantity.value(IT, 5.2, "hours") == "5,2\u00a0h"
    assert quantity.difference(IT, -0.04, "points") == "−4\u00a0pt"


def test_a_target_is_reached_in_the_direction_that_is_good():
    assert not said.reaches_target(comparison())  # 27.3% of a target of 30%
    assert said.reaches_target(comparison(target=0.25))
    assert said.reaches_target(comparison(target=0.30, direction="down"))


def test_weeks_needed_are_counted_in_words():
    waiting = COMPARISONS[3]
    assert said.weeks_needed(IT, waiting) == "Servono ancora circa 4 settimane per decidere."
    assert said.weeks_needed(IT, replace(waiting, weeks_needed=1)) == "Serve ancora circa 1 settimana per decidere."


def test_notes_name_members_and_kpis_by_their_labels():
    text = note.sentence(IT, Note("segments_not_live_yet", {"segments": ["pmi", "officine"]}), "share", names(IT))
    assert text == "Non ancora avviati, lasciati fuori: PMI manifatturiere e Officine."


@pytest.mark.parametrize("code", sorted(note.TEMPLATES))
def test_every_note_fills_its_sentence_when_its_values_are_given(code: str):
    template = note.TEMPLATES[code].text
    values = dict.fromkeys(re.findall(r"\{(\w+)\}", template), 0.05)
    for words in (IT, EN):
        text = note.sentence(words, Note(code, values), "share", names(words))
        assert "{" not in text and text.endswith(".")
