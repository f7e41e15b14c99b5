"""The page of the weekly review: what it offers, what it refuses, in both languages."""

from datetime import date, timedelta

import pytest

from ocem.domain.decision import Action
from ocem.evaluation import review
from ocem.evaluation.agenda import last_week
from ocem.evaluation.decision import assign
from ocem.ui.database import database
from tests.ui.reading import seen

pytestmark = pytest.mark.slow


def button(app, label: str):
    return next(item for item in app.button if item.label == label)


def field(app, label: str):
    return next(item for item in (*app.text_input, *app.text_area) if item.label == label)


@pytest.mark.parametrize(("lang", "word"), [("it", "per caso"), ("en", "by chance")])
def test_the_agenda_prints_what_chance_would_bring(home, visit, lang, word):
    text = seen(visit("review", lang=lang)).lower()
    assert word in text or ("caso" if lang == "it" else "chance alone") in text


def test_overdue_actions_come_first_and_can_be_settled(home, visit):
    monday = last_week(database())
    meeting = monday + timedelta(days=7)
    assign(
        database(), Action(0, "Chiamare", "Giulia", meeting - timedelta(days=2), "2026-W20", "Marco"), date(2026, 1, 1)
    )
    app = visit("review")
    assert "Azioni: 1 scaduta" in seen(app)
    button(app, "Fatto").click().run()
    assert "Azioni: 1 scaduta" not in seen(app)


def test_what_was_typed_is_there_in_another_session(home, visit):
    app = visit("review")
    field(app, "Note della riunione").set_value("Se ne riparla").run()
    again = visit("review")
    assert field(again, "Note della riunione").value == "Se ne riparla"


def test_nobody_closes_a_review_namelessly(home, visit):
    app = visit("review")
    button(app, "Chiudi la riunione").click().run()
    assert any("Scrivi chi chiude" in item.value for item in app.error)


def test_a_closed_review_shows_its_seal_and_no_way_to_write(home, visit):
    monday = last_week(database())
    review.close(database(), monday, "Marco")
    app = visit("review")
    text = seen(app)
    assert "Chiusa da Marco" in text and "Ogni numero si legge ancora come allora." in text
    assert all(item.label != "Chiudi la riunione" for item in app.button)


def test_a_week_that_is_none_shows_the_last_one(home, visit):
    app = visit("review", week="2026-W99")
    assert not app.exception
    assert "settimana 21" in seen(app)


def test_an_event_opens_its_before_and_after(home, visit):
    app = visit("events", show="go_live.portale.2026-01-12", kpi="self_service_reorder_share")
    assert not app.exception
    assert "Migliora" in seen(app)
