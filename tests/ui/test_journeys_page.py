"""The page of journeys: its three views by their address, windows around a go-live, filters that leave nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation.test_journey import company
from tests.ui.reading import seen


@pytest.fixture(scope="module")
def company_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journeys") / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    company(database)
    database.close()
    return path


@pytest.fixture
def served(company_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The pages only read: one store serves all tests."""
    monkeypatch.setenv("OCEM_DB", str(company_file))
    st.cache_resource.clear()
    yield company_file
    st.cache_resource.clear()


def test_paths_come_first_with_headline_figures_and_list(served, visit):
    app = visit("journeys")
    text = seen(app)
    assert not app.exception
    assert "Prima di un ordine ci sono 2,0 contatti in 4 giorni" in text
    assert "Contact center telefonico → E-mail" in text
    assert "Percorsi conclusi" in text


def test_phases_stops_and_tracing_have_an_address(served, visit):
    text = seen(visit("journeys", show="stops", lang="en"))
    assert "Time and contacts by phase" in text
    assert "What follows a contact" in text
    assert "How much of the way is traced" in text


def test_attribution_shows_every_model_and_what_none_can_say(served, visit):
    app = visit("journeys", show="attribution", lang="en", **{"from": "2026-01-05", "to": "2028-06-25"})
    text = seen(app)
    assert not app.exception
    for name in ("Removal effect (Markov)", "First contact", "Last contact", "Evenly", "40 / 20 / 40"):
        assert name in text
    assert "What this cannot say" in text
    assert "Why this number?" in [box.label for box in app.expander]


def test_a_go_live_lays_the_windows_around_itself(served, visit):
    app = visit("journeys", compare="portale.pmi.2027-03-01", lang="en")
    text = seen(app)
    assert not app.exception
    assert "Segment of this go-live: SMEs." in text
    assert "Change in segments not touched" in text


def test_an_unknown_go_live_and_an_unknown_view_fall_back(served, visit):
    app = visit("journeys", compare="nobody", show="nothing")
    assert not app.exception
    assert "Percorsi più frequenti" in seen(app)


def test_a_filter_that_leaves_too_little_says_so_instead_of_figures(served, visit):
    app = visit("journeys", ph="post_acquisto")
    assert not app.exception
    assert "Nessun percorso si è concluso in questa vista" in seen(app)
