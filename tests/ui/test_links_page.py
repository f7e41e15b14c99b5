"""Links and displacement on their pages: declare, look at the evidence, withdraw; refusals in words."""

import pytest

from ocem.evaluation.link import list_hypotheses
from ocem.store.link import list_tests
from ocem.ui.database import database
from tests.evaluation.link_world import import_measures
from tests.ui.reading import seen

pytestmark = pytest.mark.slow  # many small ones that add up


@pytest.fixture
def linked(home):
    """The company with portal views that its market share follows by two weeks."""
    from ocem.store.database import Database

    store = Database.open(home)
    import_measures(store)
    store.close()
    return home


def fill(app, **values):
    """Choose KPIs and type who expects the link."""
    for box in app.selectbox:
        if box.label in values:
            box.set_value(values[box.label])
    for box in app.text_input:
        if box.label in values:
            box.set_value(values[box.label])
    return app.run()


def test_a_declared_link_is_saved_tested_and_shown_with_its_evidence(linked, visit):
    app = visit("links", edit="new")
    fill(
        app,
        **{
            "Questo KPI si muove per primo": "portal_views",
            "e questo lo segue": "market_share",
            "Chi se l'aspetta": "Marketing",
        },
    )
    next(button for button in app.button if button.label == "Salva e verifica").click().run()
    assert not app.exception and not app.error
    assert [item.key for item in list_hypotheses(database())] == ["portal_views__market_share"]
    text = seen(visit("links", link="portal_views~market_share"))
    assert "Sostenuta" in text and "dopo 2 settimane sale" in text
    assert "Muoversi prima non vuol dire far muovere" in text
    with database().cursor() as con:
        assert [item.status.value for item in list_tests(con, "portal_views", "market_share")] == ["supported"]


def test_a_kpi_linked_to_itself_is_refused_in_words(linked, visit):
    app = visit("links", edit="new")
    fill(
        app,
        **{
            "Questo KPI si muove per primo": "market_share",
            "e questo lo segue": "market_share",
            "Chi se l'aspetta": "Marketing",
        },
    )
    next(button for button in app.button if button.label == "Salva e verifica").click().run()
    assert "non può essere in relazione con se stesso" in app.error[0].value
    assert list_hypotheses(database()) == []


def test_the_list_says_what_the_screen_found(linked, visit):
    app = visit("links")
    assert not app.exception
    assert "Una relazione con un ordine nel tempo emerge" in seen(app)
    assert "Trovata esaminando tutte le coppie" in seen(app)


def test_looking_at_a_new_weeks_links_keeps_their_tests_once(linked, visit):
    visit("links")
    with database().cursor() as con:
        kept = list_tests(con)
    assert [(item.leading, item.following) for item in kept] == [("portal_views", "market_share")]
    version = database().data_version()
    visit("links")
    assert database().data_version() == version


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("nothing~market_share", "nothing"),
        ("market_share~market_share", "non può essere in relazione con se stesso"),
        ("complaints~market_share", "Qui non ci sono dati per"),
    ],
)
def test_evidence_that_cannot_be_shown_says_why(linked, visit, link, said):
    app = visit("links", link=link)
    assert not app.exception
    assert said in seen(app) + "".join(warning.value for warning in app.warning)


def test_filters_without_data_say_so(linked, visit):
    app = visit("links", seg="strategici")
    assert not app.exception
    app = visit("links", seg="strategici", link="portal_views~market_share")
    assert not app.exception


def test_drivers_without_questionnaires_say_so(linked, visit):
    app = visit("links", show="drivers")
    assert not app.exception
    assert "Nessuna domanda che riassume un'esperienza ha ancora risposte." in seen(app)


def test_the_objective_says_why_its_number_moved(home, visit):
    text = seen(visit("objectives", objective="riordini"))
    assert "Contributi alla variazione" in text or "viene da dentro" in text


def test_the_evidence_says_how_each_figure_is_made(linked, visit):
    app = visit("links", link="portal_views~market_share")
    assert not app.exception
    assert "Perché questo numero?" in [box.label for box in app.expander]
