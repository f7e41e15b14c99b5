"""Every page opens in both languages, with data and without."""

import pytest

from ocem.evaluation.baseline import frozen
from ocem.evaluation.objective import list_objectives
from ocem.ui.database import database
from tests.ui.conftest import PAGES
from tests.ui.reading import seen

pytestmark = pytest.mark.slow  # many small ones that add up

TITLES = {
    "control_room": {"it": "Cabina di regia", "en": "Control room"},
    "perimeter": {"it": "Perimetro", "en": "Perimeter"},
    "objectives": {"it": "Obiettivi", "en": "Objectives"},
    "initiatives": {"it": "Iniziative", "en": "Initiatives"},
    "touchpoints": {"it": "Touchpoint", "en": "Touchpoints"},
    "segments": {"it": "Segmenti", "en": "Segments"},
    "journeys": {"it": "Percorsi", "en": "Journeys"},
    "feedback": {"it": "Quattro voci", "en": "Four voices"},
    "restitution": {"it": "Restituzione", "en": "Giving back"},
    "roi": {"it": "ROI dei touchpoint", "en": "Touchpoint ROI"},
    "maturity": {"it": "Maturità", "en": "Maturity"},
    "links": {"it": "Dal touchpoint al risultato", "en": "From touchpoint to outcome"},
    "displacement": {"it": "Spostamento fra touchpoint", "en": "Displacement between touchpoints"},
    "review": {"it": "Riunione settimanale", "en": "Weekly review"},
    "decisions": {"it": "Decisioni", "en": "Decisions"},
    "events": {"it": "Eventi", "en": "Events"},
    "upload": {"it": "Carica dati", "en": "Upload data"},
    "people": {"it": "Persone e registro", "en": "People and log"},
}


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_data_opens_without_an_exception(home, visit, page, lang):
    app = visit(page, lang=lang)
    assert not app.exception
    assert TITLES[page][lang] in seen(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_data_opens_and_says_what_to_do(empty_home, visit, page):
    app = visit(page)
    assert not app.exception
    assert TITLES[page]["it"] in seen(app)


def test_the_empty_control_room_offers_the_demo_company_and_ones_own_files(empty_home, visit):
    app = visit()
    assert [button.label for button in app.button] == ["Apri l'azienda dimostrativa", "Carica i tuoi file"]


def test_the_headline_names_what_moves(home, visit):
    """The world raises the re-order share by ten points in two segments, with a third one to compare with."""
    assert "Un obiettivo su uno migliora: riordini self-service." in seen(visit())


def test_a_card_shows_verdict_values_interval_target_and_the_missing_benchmark(home, visit):
    text = seen(visit())
    assert "Migliora" in text and "grado A" in text
    assert "95%: da +" in text
    assert "obiettivo 30%" in text
    assert "nessun benchmark ex ante" in text


def test_the_detail_of_an_objective_opens_by_its_address(home, visit):
    app = visit("objectives", objective="riordini")
    text = seen(app)
    assert not app.exception
    assert "Atteso senza l'iniziativa" in text
    assert "Congelarlo, perché nessuno possa più spostare i valori di prima." in text


def test_an_unknown_objective_shows_the_list_and_says_so(home, visit):
    app = visit("objectives", objective="nessuno")
    assert [warning.value for warning in app.warning] == ["Nessun obiettivo si chiama nessuno."]


def test_touchpoints_show_conversion_where_leads_and_sales_are_joined(home, visit):
    """120 leads, 30 of whom bought: 25%."""
    app = visit("touchpoints", show="conversion")
    assert not app.exception
    assert "30 lead su 120 hanno comprato." in seen(app)


def test_the_form_of_an_objective_opens_new_and_filled(home, visit):
    assert not visit("objectives", edit="new").exception
    filled = visit("objectives", edit="riordini")
    assert not filled.exception
    assert "Riordini self-service" in [box.value for box in filled.text_input]


def test_the_form_says_what_the_history_could_show(home, visit):
    text = seen(visit("objectives", edit="riordini"))
    assert "Che cosa potrebbe mostrare questa storia" in text and "52 settimane" in text


def test_saving_the_form_unchanged_makes_no_new_version(home, visit):
    app = visit("objectives", edit="riordini")
    next(button for button in app.button if button.label == "Salva").click().run()
    assert not app.exception
    assert [objective.version for objective in list_objectives(database())] == [1]


def test_a_new_objective_is_defined_and_never_takes_the_place_of_another(home, visit):
    app = visit("objectives", edit="new")
    for label, value in (("Nome in italiano", "Riordini"), ("Responsabile", "Vendite")):
        next(box for box in app.text_input if box.label == label).set_value(value)
    app.run()
    save = next(button for button in app.button if button.label == "Salva")
    assert save.disabled and "Ancora da compilare: KPI." in seen(app)
    next(box for box in app.selectbox if box.label == "KPI").set_value("reorder_share")
    app.run()
    next(button for button in app.button if button.label == "Salva").click().run()
    assert not app.exception and not app.error
    assert [objective.key for objective in list_objectives(database())] == ["riordini", "riordini_2"]


def test_freezing_a_baseline_asks_who_and_keeps_it(home, visit):
    app = visit("objectives", objective="riordini")
    next(button for button in app.button if button.label == "Congela").click().run()
    assert not app.exception
    assert frozen(database(), "riordini").frozen_by == "Direzione commerciale"
    assert "Nessun benchmark ex ante: congelato dopo l'avvio" in seen(visit("objectives", objective="riordini"))


def test_a_locked_database_is_said_in_words(home, visit, monkeypatch):
    """Another process holds the file: the page names it instead of breaking."""
    import subprocess
    import sys

    hold = f"import duckdb, sys; c = duckdb.connect({str(home)!r}); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout and holder.stdout.readline() == "held\n"
    try:
        app = visit()
        assert not app.exception
        assert f"numero {holder.pid}" in app.error[0].value
    finally:
        holder.communicate("")
