"""The pages about voices, giving back, return and maturity: they open, and their forms keep what was typed."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ocem.demo import assessment as demo_assessment
from ocem.domain.feedback import AskedBy, FeedbackRound, Voice
from ocem.domain.theme import Decision
from ocem.evaluation import feedback, theme
from ocem.evaluation.assessment import maturity
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from ocem.ui.database import database
from tests.evaluation.test_restitution import a_message, a_theme, decided
from tests.evaluation.voices import MONDAY, Answer, declare, import_answers
from tests.ui.reading import seen

pytestmark = pytest.mark.slow  # many small ones that add up


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a year of answers of all voices, one round, one theme given back, two assessments."""
    path = tmp_path_factory.mktemp("heard") / "ocem.duckdb"
    store = Database.open(path)
    ensure_starter(store)
    declare(store)
    answers = []
    for number in range(0, 182, 3):
        day = MONDAY + timedelta(days=number)
        for i in range(30):
            touchpoint = ("email", "chat", "venditore")[i % 3]
            comment = "Troppo tempo" if i % 2 == 0 else None
            answers.append(Answer(day, float(3 + (i + number) % 3), "customer", "csat", i, touchpoint, "pmi", comment))
            answers.append(Answer(day, float(2 + i % 4), "customer", "simplicity", i, touchpoint, "pmi"))
    for number in range(0, 182, 14):
        day = MONDAY + timedelta(days=number)
        answers += [Answer(day, float(3 + i % 3), "staff", "simplicity", None, "", "") for i in range(14)]
        answers += [Answer(day, float(3 + i % 3), "distributor", "csat", 500 + i, "", "") for i in range(8)]
    import_answers(store, answers)
    feedback.save_round(
        store,
        FeedbackRound(
            "inverno", "Inverno", "Winter", Voice.CUSTOMER, AskedBy.EMAIL, MONDAY, MONDAY + timedelta(days=83),
            ("csat",), "relazione", 40,
        ),
    )  # fmt: skip
    theme.save_theme(store, a_theme(words=("troppo tempo",), rounds=("inverno",)))
    theme.decide(store, decided())
    theme.give_back(store, a_message(rounds=("inverno",)))
    demo_assessment.seed(store)
    store.close()
    return path


@pytest.fixture
def voices_home(heard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of it which the app serves."""
    import shutil

    path = tmp_path / "ocem.duckdb"
    shutil.copyfile(heard, path)
    monkeypatch.setenv("OCEM_DB", str(path))
    st.cache_resource.clear()
    yield path
    st.cache_resource.clear()


Visit = Callable[..., AppTest]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, ("non chiesto", "Clienti")),
        ({"show": "sides"}, ("Divario", "Personale")),
        ({"show": "evenness"}, ("Dispersione fra touchpoint",)),
        ({"show": "rounds"}, ("Inverno", "circa 30")),
        ({"show": "comments"}, ("Troppo tempo", "Per tema")),
    ],
)
def test_every_view_of_the_voices_opens_with_what_it_is_for(voices_home: Path, visit: Visit, query, words):
    app = visit("feedback", **query)
    assert not app.exception
    text = seen(app)
    for word in words:
        assert word in text


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("show", ["themes", "page", "echo"])
def test_every_view_of_giving_back_opens(voices_home: Path, visit: Visit, show, lang):
    app = visit("restitution", show=show, lang=lang)
    assert not app.exception


def test_the_page_that_goes_out_shows_both_halves(voices_home: Path, visit: Visit):
    text = seen(visit("restitution", show="page"))
    assert "Ci avete detto" in text and "Rispondiamo entro due ore." in text


def test_maturity_shows_the_score_the_raters_and_the_reference_figures(voices_home: Path, visit: Visit):
    text = seen(visit("maturity"))
    assert "su 10 nel 2026" in text
    assert "88% marketing coinvolto (2017)" in text and "4,4" in text
    assert "i valutatori non concordano" in text


def test_a_theme_is_raised_decided_told_and_closed_in_the_page(voices_home: Path, visit: Visit):
    app = visit("restitution", edit="new")
    fill(app, "Nome in italiano", "Consegne")
    fill_area(app, "Che cosa hanno detto, in italiano", "Le consegne tardano.")
    press(app, "Salva")
    assert not app.exception and not app.error
    assert "consegne" in {item.theme.key for item in theme.themes(database())}
    app = visit("restitution", edit="consegne")
    press(app, "Chiudi")
    assert any("Consegne" in error.value for error in app.error), "nobody was told, so it stays open"
    app = visit("restitution", edit="consegne")
    next(item for item in app.button_group if item.label == "Decisione").set_value(Decision.DO)
    fill_area(app, "Che cosa facciamo, in italiano", "Un corriere in più.")
    fill(app, "Deciso da", "Direzione")
    press(app, "Salva la decisione")
    assert not app.exception and not app.error
    app = visit("restitution", edit="consegne")
    fill_area(app, "Messaggio in italiano", "Da lunedì c'è un corriere in più.")
    fill(app, "Chi ne risponde", "Logistica")
    press(app, "Restituisci")
    assert not app.exception and not app.error
    told = next(item for item in theme.themes(database()) if item.theme.key == "consegne")
    assert told.state == "given_back" and told.messages[0].by == "Logistica"


def test_what_was_typed_stays_when_a_message_is_refused(voices_home: Path, visit: Visit):
    app = visit("restitution", edit="tempi")
    fill_area(app, "Messaggio in italiano", "Stiamo lavorando.")
    fill(app, "Chi ne risponde", " ")
    press(app, "Restituisci")
    assert app.error
    assert next(box for box in app.text_area if box.label == "Messaggio in italiano").value == "Stiamo lavorando."


def test_a_round_that_ends_before_it_begins_is_refused_and_stays_typed(voices_home: Path, visit: Visit):
    app = visit("feedback", show="rounds", round="new")
    fill(app, "Nome in italiano", "Estate")
    list(app.date_input)[-1].set_value(date(2020, 1, 1))
    press(app, "Salva")
    assert app.error
    assert next(box for box in app.text_input if box.label == "Nome in italiano").value == "Estate"
    assert len(feedback.rounds(database())) == 1


def test_a_rating_is_saved_from_the_page(voices_home: Path, visit: Visit):
    app = visit("maturity")
    fill(app, "Chi valuta", "Controllo di gestione")
    next(box for box in app.selectbox if box.label.startswith("Strategia")).set_value(3)
    press(app, "Salva la valutazione")
    assert not app.exception and not app.error
    assert len(maturity(database()).editions[0].raters) == 5


def test_a_word_that_recurs_in_comments_becomes_a_tag_and_finds_its_comments(voices_home: Path, visit: Visit):
    app = visit("feedback", show="comments")
    pills = next(item for item in app.button_group if item.key == "recurring_words")
    pills.set_value([pills.options[0].split(" (")[0]]).run()
    assert not app.exception
    fill(app, "Nome in inglese", "Recurring")
    press(app, "Salva l'etichetta")
    assert not app.exception and not app.error
    [tag] = theme.tags(database())
    assert tag.label_en == "Recurring" and len(tag.words) == 1
    text = seen(visit("feedback", show="comments"))
    assert tag.label_it in text and "Ancora nessuna etichetta." not in text


@pytest.mark.parametrize(("page", "word"), [("objectives", "Un obiettivo dice"), ("initiatives", "Un'iniziativa è")])
def test_an_empty_page_of_what_is_planned_offers_the_examples(empty_home: Path, visit: Visit, page, word):
    app = visit(page)
    assert not app.exception
    assert word in seen(app) and "Portale e-commerce per i riordini" in seen(app)


def fill(app: AppTest, label: str, value: str) -> None:
    next(box for box in app.text_input if box.label == label).set_value(value)


def fill_area(app: AppTest, label: str, value: str) -> None:
    next(box for box in app.text_area if box.label == label).set_value(value)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click()
    app.run()
