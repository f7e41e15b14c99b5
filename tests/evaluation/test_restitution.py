"""From raised to closed: nothing closes in silence, coverage is counted by hand, the next round is told honestly."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ocem.domain.feedback import AskedBy, Voice
from ocem.domain.theme import Decision, Restitution, Theme, ThemeState
from ocem.errors import DefinitionError, NotFound, Refused
from ocem.evaluation.feedback import save_round
from ocem.evaluation.restitution import audiences, coverage, echoes, you_said
from ocem.evaluation.theme import close_theme, decide, give_back, reopen_theme, save_theme, themes
from tests.evaluation.test_feedback import asked, run
from tests.evaluation.voices import MONDAY, Answer, declare, import_answers

pytestmark = pytest.mark.slow  # many small ones that add up

RAISED = MONDAY + timedelta(days=30)


def a_theme(**changes: object) -> Theme:
    return replace(
        Theme(
            "tempi", "Tempi di risposta", "Time to answer", "Troppo tempo.", "Too long.", (Voice.CUSTOMER,), RAISED,
            owner="Customer care",
        ),
        **changes,
    )  # fmt: skip


def decided(**changes: object) -> Theme:
    return a_theme(
        decision=Decision.DO,
        done_it="Due persone in più.",
        done_en="Two more people.",
        decided_on=RAISED + timedelta(days=5),
        decided_by="Direzione",
    )


def a_message(**changes: object) -> Restitution:
    return replace(
        Restitution(
            "", "tempi", Voice.CUSTOMER, "Rispondiamo entro due ore.", "We answer within two hours.",
            RAISED + timedelta(days=10), AskedBy.NEWSLETTER, "Tempi pubblicati.", "Times are published.", "Care",
        ),
        **changes,
    )  # fmt: skip


def state(database) -> ThemeState:
    return themes(database)[0].state


def test_a_theme_goes_from_raised_to_decided_to_given_back_to_closed(database):
    save_theme(database, a_theme())
    assert state(database) is ThemeState.RAISED
    decide(database, decided())
    assert state(database) is ThemeState.DECIDED
    give_back(database, a_message())
    assert state(database) is ThemeState.GIVEN_BACK
    close_theme(database, "tempi", "Direzione", RAISED + timedelta(days=40))
    assert state(database) is ThemeState.CLOSED
    reopen_theme(database, "tempi")
    assert state(database) is ThemeState.GIVEN_BACK
    with database.cursor() as con:
        assert con.execute("SELECT count(*) FROM theme").fetchone() == (4,), "every step is a version"
        actions = con.execute("SELECT action FROM audit_entry WHERE subject = 'tempi' ORDER BY seq").fetchall()
    assert [row[0] for row in actions] == ["theme", "theme", "theme_closed", "theme_reopened"]


def test_a_theme_cannot_close_in_silence_unless_the_reason_is_written_down(database):
    save_theme(database, a_theme())
    with pytest.raises(Refused, match="cannot be closed"):
        close_theme(database, "tempi", "Direzione", RAISED)
    closed = close_theme(database, "tempi", "Direzione", RAISED, silence="Riguarda una sola persona.")
    assert closed.silence == "Riguarda una sola persona."


def test_nothing_is_given_back_before_something_was_decided(database):
    save_theme(database, a_theme())
    with pytest.raises(DefinitionError, match="nothing to give back"):
        give_back(database, a_message())


@pytest.mark.parametrize(
    "message",
    [
        a_message(message_it=" "),
        a_message(by=""),
        a_message(day=RAISED - timedelta(days=1)),
        a_message(rounds=("never",)),
        a_message(theme="nobody"),
    ],
)
def test_a_message_that_cannot_be_is_refused(database, message):
    save_theme(database, decided())
    with pytest.raises((DefinitionError, NotFound)):
        give_back(database, message)
    assert themes(database)[0].messages == ()


@pytest.mark.parametrize(
    "theme",
    [
        a_theme(label_it=""),
        a_theme(voices=()),
        a_theme(touchpoint="fax"),
        a_theme(rounds=("never",)),
    ],
)
def test_a_theme_that_cannot_be_is_refused(database, theme):
    with pytest.raises((DefinitionError, NotFound)):
        save_theme(database, theme)
    assert themes(database) == ()


def test_a_second_theme_of_the_same_name_is_refused(database):
    save_theme(database, a_theme())
    with pytest.raises(DefinitionError, match="already"):
        save_theme(database, a_theme(key="altro"))


@pytest.mark.parametrize(
    "theme", [replace(decided(), done_it=""), replace(decided(), decided_by=""), replace(decided(), decided_on=MONDAY)]
)
def test_a_decision_says_what_who_and_when_after_it_was_raised(database, theme):
    save_theme(database, a_theme())
    with pytest.raises(DefinitionError):
        decide(database, theme)


@pytest.fixture
def told(database):
    """Two rounds of the same series; the first is given back to the SMEs only, between the two."""
    declare(database)
    answers = []
    for segment, before, after in (("pmi", 3, 5), ("officine", 3, 4)):
        for i in range(30):
            wiggle = (i % 3) - 1
            known = i + (0 if segment == "pmi" else 100)
            answers.append(
                Answer(MONDAY + timedelta(days=1), float(before + wiggle), "customer", "speed", known, "email", segment)
            )
            day = MONDAY + timedelta(days=75)
            answers.append(Answer(day, float(min(after + wiggle, 5)), "customer", "speed", known, "email", segment))
    import_answers(database, answers)
    save_round(database, asked("prima", asks=("speed",)))
    save_round(database, asked("dopo", asks=("speed",), first=date(2026, 3, 16), last=date(2026, 3, 22)))
    save_theme(database, replace(decided(), rounds=("prima",)))
    give_back(database, a_message(rounds=("prima",), segments=("pmi",)))
    return database


def test_coverage_and_the_days_people_waited_are_counted(told):
    """One of two rounds and the only theme came back; the week of answers ended on 11 January, told on 14 February."""
    found = coverage(told, date(2026, 4, 1))
    assert (found.rounds, found.rounds_told, found.themes, found.themes_told, found.themes_silent) == (2, 1, 1, 1, 0)
    assert found.median_days == (RAISED + timedelta(days=10) - date(2026, 1, 11)).days == 34
    row = run(told, found.sql)[0]
    assert (row["rounds"], row["rounds_told"], row["themes_told"], row["median_days"]) == (2, 1, 1, 34)


def test_a_message_of_tomorrow_does_not_count_today(told):
    found = coverage(told, RAISED + timedelta(days=9))
    assert (found.rounds_told, found.themes_told, found.median_days) == (0, 0, None)


def test_the_next_round_compares_those_told_with_the_others(told):
    """SMEs: from 3 to (4+5+5)/3 = 4.667; workshops from 3 to 4: the difference of the changes is 0.667."""
    found = echoes(told)
    assert len(found) == 1
    echo = found[0]
    assert echo.change.estimate == pytest.approx(5 / 3)
    assert echo.others_change.estimate == pytest.approx(1)
    assert echo.effect.estimate == pytest.approx(2 / 3)
    assert echo.effect.low < 2 / 3 < echo.effect.high
    values = [run(told, query)[0]["value"] for query in echo.sql]
    assert values == pytest.approx([echo.told[0].value, echo.others[0].value, echo.told[1].value, echo.others[1].value])


def test_the_page_for_an_audience_tells_what_it_was_told(told):
    assert audiences(told) == (Voice.CUSTOMER,)
    lines = you_said(told, Voice.CUSTOMER)
    assert [line.message.message_en for line in lines] == ["We answer within two hours."]
    assert you_said(told, Voice.STAFF) == ()
    assert you_said(told, Voice.CUSTOMER, until=RAISED) == ()
