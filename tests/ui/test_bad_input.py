"""What cannot be is refused in a clear sentence, what was typed stays, and nothing that was stored is lost."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ocem.evaluation import member
from ocem.evaluation.baseline import freeze, frozen
from ocem.evaluation.objective import list_initiatives, list_objectives
from ocem.ui.database import database
from tests.evaluation import world
from tests.ui.reading import seen

pytestmark = pytest.mark.slow


def box(boxes, label):
    return next(box for box in boxes if box.label == label)


def press(app, label):
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def test_a_touchpoint_is_not_renamed_to_the_name_of_another(home, visit):
    app = visit("perimeter", show="members")
    app.selectbox(key="member_touchpoint").set_value("email").run()
    box(app.text_input, "Nome in italiano").set_value(" portale RIORDINI ").run()
    press(app, "Salva")
    assert [error.value for error in app.error] == ["Esiste già Portale riordini. Scegli un altro nome."]
    assert box(app.text_input, "Nome in italiano").value == " portale RIORDINI "
    labels = {item.key: item.label_it for item in member.members(database(), "touchpoint")}
    assert labels["email"] == "E-mail"


def test_a_segment_in_use_is_not_deleted_and_what_uses_it_is_named_as_people_call_it(home, visit):
    for lang, words in (
        ("it", "PMI è ancora in uso: Riordini self-service e Portale."),
        ("en", "SMEs is still used: Self-service re-orders and Portal."),
    ):
        app = visit("perimeter", show="members", dimension="segment", lang=lang)
        app.selectbox(key="member_segment").set_value("pmi").run()
        app.button(key="delete_segment_pmi").click().run()
        assert not app.exception
        assert app.error[0].value.startswith(words)
    assert "pmi" in {item.key for item in member.members(database(), "segment")}


def test_an_objective_without_a_kpi_says_so_and_cannot_be_saved(home, visit):
    app = visit("objectives", edit="new")
    box(app.text_input, "Nome in italiano").set_value("Più vendite").run()
    box(app.text_input, "Responsabile").set_value("Ada").run()
    assert "Ancora da compilare: KPI." in seen(app)
    assert app.button(key="save_objective").disabled
    assert box(app.text_input, "Nome in italiano").value == "Più vendite"
    assert len(list_objectives(database())) == 1


@pytest.mark.parametrize(
    ("lang", "label", "words"),
    [
        ("it", "Obiettivo (percento)", "Riordini self-service: il valore obiettivo 5% va contro la direzione."),
        ("en", "Target (percent)", "Self-service re-orders: the target 5% lies against the direction."),
    ],
)
def test_a_target_against_the_direction_is_refused_with_the_before_figure(home, visit, lang, label, words):
    app = visit("objectives", edit="riordini", lang=lang)
    box(app.number_input, label).set_value(5.0).run()
    app.button(key="save_objective").click().run()
    assert not app.exception
    assert app.error[0].value.startswith(words), app.error[0].value
    assert box(app.number_input, label).value == 5.0
    assert [item.target for item in list_objectives(database())] == [0.3]


def test_a_go_live_before_the_first_data_is_refused_before_and_at_saving(home, visit):
    app = visit("objectives", edit="new")
    box(app.text_input, "Nome in italiano").set_value("Riordini da soli").run()
    box(app.text_input, "Responsabile").set_value("Ada").run()
    box(app.selectbox, "KPI").set_value("self_service_reorder_share").run()
    box(app.selectbox, "Iniziativa").set_value("").run()
    box(app.text_input, "Nome dell'iniziativa").set_value("Catalogo").run()
    app.date_input(key="go_live_day_objective_0").set_value(date(2023, 3, 6)).run()
    assert not app.exception
    assert "ma i dati di questo KPI iniziano solo" in app.warning[0].value
    app.button(key="save_objective").click().run()
    assert not app.exception
    told = next(error.value for error in app.error)
    assert told.startswith("Riordini da soli: il primo avvio è il 6 mar 2023, ma i dati di questo KPI iniziano solo")
    assert box(app.text_input, "Nome dell'iniziativa").value == "Catalogo"
    assert [item.key for item in list_objectives(database())] == ["riordini"]


def test_altered_history_leaves_a_frozen_baseline_as_it_is_and_the_page_says_so(home, visit):
    """Every second re-order of the year before turns out to have been the salesperson's."""
    visit("objectives")
    before = freeze(database(), "riordini", "Direttrice", datetime(2025, 9, 28, 12, tzinfo=UTC))
    drawn = world.orders()
    drawn["self"] = drawn["self"] & ((drawn["day"] % 2 == 0) | (drawn["day"] > 640))
    world.import_orders(database(), drawn, "orders_again", source="orders", corrected=True)
    after = frozen(database(), "riordini")
    assert after.intact
    assert replace(after, objective="riordini") == replace(before, objective="riordini")
    for lang, words in (("it", "benchmark congelato"), ("en", "the days of the frozen baseline")):
        text = seen(visit("objectives", objective="riordini", lang=lang))
        assert words in text and (before.hash or "")[:12] in text
    assert len(list_initiatives(database())) == 1
