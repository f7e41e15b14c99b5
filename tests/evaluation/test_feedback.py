"""Four voices: figures equal the query behind them, gaps and spreads have intervals, bad input is refused in words."""

from datetime import timedelta

import pytest

from ocem.domain.feedback import AskedBy, FeedbackRound, Voice
from ocem.errors import DefinitionError
from ocem.evaluation.feedback import comments, homogeneity, rounds, save_round, two_views, voices
from ocem.evaluation.small_cell import set_thresholds, thresholds
from ocem.evaluation.view import View
from ocem.i18n import Words
from ocem.reporting.feedback import respondents_text
from tests.evaluation.voices import MONDAY, Answer, declare, import_answers


def asked(key: str = "marzo", **changes: object) -> FeedbackRound:
    given = {
        "key": key,
        "label_it": key.title(),
        "label_en": key.title(),
        "voice": Voice.CUSTOMER,
        "asked_by": AskedBy.EMAIL,
        "first": MONDAY,
        "last": MONDAY + timedelta(days=27),
        "asks": ("csat",),
        "series": "relazione",
        "invited": 40,
    }
    return FeedbackRound(**(given | changes))


@pytest.fixture
def heard(database):
    """Four finished weeks: 20 customers and 12 of the staff on two dimensions, customers on three touchpoints."""
    declare(database)
    answers = []
    for number in range(28):
        day = MONDAY + timedelta(days=number)
        for i in range(20):
            touchpoint = ("email", "chat", "venditore")[i % 3]
            answers.append(Answer(day, float(3 + i % 3), customer=i, touchpoint=touchpoint))
            answers.append(Answer(day, float(2 + i % 3), question="simplicity", customer=i, touchpoint=touchpoint))
    for i in range(12):
        answers.append(Answer(MONDAY + timedelta(days=2), float(4 + i % 2), "staff", "simplicity", None, "", ""))
    import_answers(database, answers)
    return database


def run(database, sql: str) -> list[dict[str, object]]:
    with database.cursor() as con:
        found = con.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_every_figure_is_what_its_query_gives(heard):
    found = voices(heard, View(MONDAY, MONDAY + timedelta(days=27)))
    rows = {(row["voice"], row["question"]): row for row in run(heard, found.sql)}
    shown = [item for item in found.figures if item.level]
    assert {(item.voice, item.question) for item in shown} == set(rows)
    for item in shown:
        row = rows[item.voice, item.question]
        assert item.level.value == pytest.approx(row["value"], abs=1e-12)
        assert item.answers == row["answers"]


def test_satisfaction_is_the_share_of_fours_and_fives(heard):
    """Twenty customers give 3, 4, 5 in turn: seven 3s, thirteen 4s or 5s a day, so 65%."""
    found = voices(heard).figure("customer", "csat")
    assert found.level.value == pytest.approx(0.65)
    assert found.level.low < 0.65 < found.level.high


def test_the_staffs_belief_stands_beside_what_customers_say(heard):
    """Customers' mean is (7x2 + 7x3 + 6x4)/20 = 2.95, the staff's 4.5: a gap of 1.55."""
    found = two_views(heard)
    assert [item.question for item in found.gaps] == ["simplicity"]
    gap = found.gaps[0]
    assert gap.customers.level.value == pytest.approx(2.95)
    assert gap.others.level.value == pytest.approx(4.5)
    assert gap.difference.estimate == pytest.approx(1.55)
    assert gap.difference.low > 0


def test_homogeneity_tells_the_spread_of_three_touchpoints(heard):
    """Touchpoints' shares are 0, 1 and 1 by construction (3s at one, 4s and 5s at the others)."""
    found = homogeneity(heard, "csat")
    assert [item.touchpoint for item in found.touchpoints] == ["venditore", "email", "chat"]
    assert found.before is None and found.change is None, "there was no year before"
    assert found.after_all is None or found.after_all.value >= 0


def test_a_round_tells_respondents_to_the_nearest_five_and_its_rate(heard):
    """20 of 40 customers answered."""
    save_round(heard, asked())
    found = rounds(heard)[0]
    assert found.respondents == 20
    assert found.rate.estimate == 0.5
    assert run(heard, found.sql[0])[0]["respondents"] == 20
    assert found.leading.level.value == pytest.approx(0.65)


@pytest.mark.parametrize(("answered", "respondents", "said"), [(0, 0, "nobody yet"), (9, None, "fewer than 10")])
def test_a_round_of_the_staff_that_few_answered_tells_the_threshold_and_no_count(
    database, answered, respondents, said
) -> None:
    declare(database)
    import_answers(database, [Answer(MONDAY, 4.0, customer=i) for i in range(6)])
    if answered:
        import_answers(database, [Answer(MONDAY, 4.0, "staff", segment="") for _ in range(answered)], "staff")
    save_round(database, asked(voice=Voice.STAFF, invited=30))
    found = rounds(database)[0]
    assert (found.respondents, found.rate, found.fewest) == (respondents, None, 10)
    assert respondents_text(Words("en"), found) == said


def test_a_round_of_a_handful_says_nothing(database):
    declare(database)
    import_answers(database, [Answer(MONDAY, 4.0, customer=1), Answer(MONDAY, 5.0, customer=2)])
    save_round(database, asked())
    found = rounds(database)[0]
    assert found.respondents is None and found.rate is None and found.leading.level is None


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"last": MONDAY - timedelta(days=1)}, "before it begins"),
        ({"invited": 0}, "leave it empty"),
        ({"asks": ()}, "at least one known question"),
        ({"asks": ("happiness",)}, "happiness"),
        ({"label_it": " "}, "Give the round a name"),
    ],
)
def test_a_round_that_cannot_be_is_refused_with_its_reason(database, changes, word):
    with pytest.raises(DefinitionError) as caught:
        save_round(database, asked(**changes))
    assert word in str(caught.value)
    assert rounds(database) == ()


def test_a_changed_round_is_a_new_version_and_an_unchanged_one_is_not(database):
    assert save_round(database, asked()).version == 1
    assert save_round(database, asked()).version == 1
    assert save_round(database, asked(invited=50)).version == 2
    with database.cursor() as con:
        assert con.execute("SELECT count(*) FROM audit_entry WHERE action = 'round'").fetchone() == (3,)


def test_the_thresholds_can_be_raised_and_the_figures_follow(heard):
    assert (thresholds(heard).fewest, thresholds(heard).fewest_staff) == (5, 10)
    set_thresholds(heard, 5, 15)
    assert voices(heard).figure("staff", "simplicity").level is None
    set_thresholds(heard, 5, 12)
    assert voices(heard).figure("staff", "simplicity").level is not None


@pytest.mark.parametrize(("fewest", "staff"), [(2, 10), (5, 4), (60, 60)])
def test_thresholds_that_protect_nobody_are_refused(database, fewest, staff):
    with pytest.raises(DefinitionError):
        set_thresholds(database, fewest, staff)
    assert thresholds(database).fewest == 5


def test_comments_are_counted_by_theme_and_the_staffs_are_never_shown(database):
    declare(database)
    day = MONDAY + timedelta(days=5)
    answers = [Answer(day, 2.0, customer=i, comment="Troppo tempo per una risposta") for i in range(6)]
    answers += [Answer(day, 4.0, customer=i + 10, comment="Tutto bene") for i in range(7)]
    answers += [Answer(day, 2.0, "staff", comment="Troppo tempo perso", segment="") for _ in range(12)]
    import_answers(database, answers)
    found = comments(database, {"tempi": ("troppo tempo",)}, View(MONDAY, MONDAY + timedelta(days=6)))
    assert found.n == 25
    assert dict(found.by_theme) == {"tempi": 16}  # six customers, and twelve colleagues to the nearest five
    assert found.in_no_theme == 7
    assert {item.text: item.n for item in found.shown} == {"Troppo tempo per una risposta": 6, "Tutto bene": 7}
    assert run(database, found.sql)[0] == {"comments": 25, "theme_1": 16, "in_no_theme": 7}


def test_comments_of_fewer_than_five_people_are_not_shown(database):
    declare(database)
    day = MONDAY + timedelta(days=5)
    import_answers(database, [Answer(day, 2.0, customer=i, comment=f"Parere {i}") for i in range(4)])
    found = comments(database, {}, View(MONDAY, MONDAY + timedelta(days=6)))
    assert found.n == 0 and found.shown == ()


def test_an_empty_store_says_nothing_and_does_not_fail(database):
    assert voices(database).first is None
    assert two_views(database).gaps == ()
    assert homogeneity(database).touchpoints == ()
    assert rounds(database) == ()
    assert comments(database, {}).n == 0
