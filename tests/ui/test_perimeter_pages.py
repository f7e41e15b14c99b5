"""Perimeter, objectives and initiatives as people edit them: what is refused says why, and what was typed stays."""

from dataclasses import replace
from datetime import date

import pytest

from ocem.domain.perimeter import Dimension
from ocem.evaluation import matrix, member, perimeter
from ocem.evaluation.ex_ante import ex_ante
from ocem.evaluation.initiative import find_initiative
from ocem.evaluation.objective import list_initiatives, list_objectives
from ocem.store import batch
from ocem.ui.database import database
from tests.store.staging import contacts
from tests.ui.reading import seen

pytestmark = pytest.mark.slow  # many small ones that add up


def _button(app, label):
    return next(button for button in app.button if button.label == label)


def _box(boxes, label):
    return next(box for box in boxes if box.label == label)


def test_a_cell_opens_by_its_address_and_says_who_measures_it(home, visit):
    text = seen(visit("perimeter", cell="venditore.acquisto.pmi"))
    assert "Venditore · Acquisto · PMI" in text
    assert "nel perimetro" in text and "Riordini self-service" in text and "nessun benchmark ex ante" in text
    blind = seen(visit("perimeter", cell="newsletter.acquisto.pmi"))
    assert "Nessuno misura questa cella: nessun KPI ha dati qui." in blind


def test_a_cell_is_put_out_of_scope_and_stays_out(home, visit):
    app = visit("perimeter", cell="venditore.acquisto.pmi")
    _button(app, "Togli dal perimetro").click().run()
    assert not app.exception
    found = matrix.matrix(database())
    assert not found.in_scope[found.place("venditore", "acquisto", "pmi")]
    assert found.is_declared


def test_a_rule_is_added_and_taken_out(home, visit):
    app = visit("perimeter")
    app.multiselect(key="rule_keys_segment").set_value(["strategici"]).run()
    _button(app, "Aggiungi la regola").click().run()
    assert not app.exception and not app.error
    assert len(perimeter.scope(database()).rules) == 2  # what the objective spoke of, and the new one
    app.button(key="remove_rule_1").click().run()
    assert len(perimeter.scope(database()).rules) == 1


def test_an_example_that_fits_no_cell_yet_says_what_is_missing(home, visit):
    app = visit("perimeter")
    app.button(key="start_reorder_portal").click().run()
    assert "Di' prima quali segmenti sono strategici" in app.error[0].value
    assert perimeter.scope(database()).version == 0


def test_an_example_gives_its_perimeter(home, visit):
    [pmi] = [item for item in member.members(database(), "segment") if item.key == "pmi"]
    member.save_member(database(), replace(pmi, relationship="current"))
    app = visit("perimeter")
    app.button(key="start_reorder_portal").click().run()
    assert not app.exception and not app.error
    assert perimeter.scope(database()).version == 1
    assert "celle su" in seen(app)


def test_a_name_that_another_member_bears_is_refused_and_what_was_typed_stays(home, visit):
    app = visit("perimeter", show="members", dimension="segment")
    app.selectbox(key="member_segment").set_value("officine").run()
    _box(app.text_input, "Nome in italiano").set_value("pmi").run()
    _button(app, "Salva").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == ["Esiste già PMI. Scegli un altro nome."]
    assert _box(app.text_input, "Nome in italiano").value == "pmi"
    labels = {item.key: item.label_it for item in member.members(database(), "segment")}
    assert labels["officine"] == "Officine"


def test_a_segment_in_use_is_not_deleted_and_the_page_names_what_uses_it(home, visit):
    app = visit("perimeter", show="members", dimension="segment")
    app.selectbox(key="member_segment").set_value("pmi").run()
    app.button(key="delete_segment_pmi").click().run()
    assert not app.exception
    assert "è ancora in uso: Riordini self-service" in app.error[0].value
    assert "pmi" in [item.key for item in member.members(database(), "segment")]


def test_a_name_found_in_a_file_is_merged_and_split_again(home, visit):
    batch.commit(database(), contacts(database(), n=10))
    app = visit("perimeter", show="members")
    assert "Nuovo canale was" not in seen(app) and "è stato trovato in un file" in seen(app)
    app.selectbox(key="target_touchpoint_nuovo_canale").set_value("contact_center").run()
    app.button(key="merge_touchpoint_nuovo_canale").click().run()
    assert not app.exception and "Si può annullare qui sotto." in app.success[0].value
    [merged] = member.merges(database(), Dimension.TOUCHPOINT)
    app.button(key=f"split_{merged.id}").click().run()
    assert member.merges(database(), Dimension.TOUCHPOINT)[0].split_at is not None
    assert member.n_proposed(database()) >= 1


def test_a_target_against_the_direction_is_refused_and_nothing_typed_is_lost(home, visit):
    app = visit("objectives", edit="riordini")
    _box(app.number_input, "Obiettivo (percento)").set_value(5.0).run()
    _box(app.text_input, "Responsabile").set_value("Ada").run()
    _button(app, "Salva").click().run()
    assert not app.exception
    assert "va contro la direzione" in app.error[0].value and "ed è meglio se sale" in app.error[0].value
    assert _box(app.text_input, "Responsabile").value == "Ada"
    assert [objective.version for objective in list_objectives(database())] == [1]


def test_the_wizard_says_whether_the_baseline_is_long_enough(home, visit):
    text = seen(visit("objectives", edit="riordini"))
    assert "Il periodo prima è abbastanza lungo" in text or "La soglia è più fine" in text


def test_an_objective_starts_from_an_example_with_a_new_initiative_in_stages(home, visit):
    app = visit("objectives", edit="new", start="reorder_portal.2", lang="it")
    assert _box(app.text_input, "Nome in italiano").value == "Cross-selling dal portale"
    _box(app.text_input, "Responsabile").set_value("Ada").run()
    _box(app.selectbox, "KPI").set_value("reorder_share").run()
    _box(app.selectbox, "Iniziativa").set_value("").run()
    _box(app.text_input, "Nome dell'iniziativa").set_value("Portale nuovo").run()
    app.date_input(key="go_live_day_objective_0").set_value(date(2026, 5, 4)).run()
    _button(app, "Aggiungi un giorno di avvio").click().run()
    app.date_input(key="go_live_day_objective_1").set_value(date(2026, 6, 1)).run()
    app.selectbox(key="go_live_segment_objective_1").set_value("pmi").run()
    _button(app, "Salva").click().run()
    assert not app.exception and not app.error
    [initiative] = [item for item in list_initiatives(database()) if item.key == "portale_nuovo"]
    assert [(item.day, item.segment) for item in initiative.go_lives] == [
        (date(2026, 5, 4), None),
        (date(2026, 6, 1), "pmi"),
    ]


def test_an_initiative_shows_its_plan_and_is_changed(home, visit):
    app = visit("initiatives", edit="portale")
    app.text_input(key="initiative_owner_portale").set_value("Ada").run()
    app.button(key="save_initiative").click().run()
    assert not app.exception and not app.error
    assert find_initiative(database(), "portale").owner == "Ada"
    assert "Ada" in seen(visit("initiatives", initiative="portale"))


def test_an_initiative_starts_from_an_example(home, visit):
    app = visit("initiatives", edit="new", start="reorder_portal")
    assert app.text_input(key="initiative_it_new_reorder_portal").value == "Portale riordini"
    app.button(key="save_initiative").click().run()
    assert not app.exception and not app.error
    found = find_initiative(database(), "portale_riordini")
    assert [step.kind for step in found.steps].count("precondition") == 2
    assert found.sales_roles[0].role == "guide"


@pytest.mark.parametrize("lang", ["it", "en"])
def test_an_analysis_is_written_down_and_kept(home, visit, lang):
    app = visit("initiatives", initiative="portale", show="ex_ante", lang=lang)
    app.text_area(key="answer_portale_duration").set_value("Dieci giorni").run()
    app.button(key="save_ex_ante").click().run()
    assert not app.exception and not app.error
    found = ex_ante(database(), "portale")
    assert found.record is not None and found.record.analysis.answers == {"duration": "Dieci giorni"}
    assert found.state == "after"
