"""Who may not change things is offered them switched off with the reason; who sees some rows only reads why."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ocem.domain.access import Grant, Person, Right, Role
from ocem.evaluation.objective import list_objectives
from ocem.evaluation.scorecard import scorecards
from ocem.evaluation.view import EVERYTHING
from ocem.store import access
from ocem.ui import signin
from ocem.ui.database import ask, database
from tests.ui.reading import seen

pytestmark = pytest.mark.slow
Visit = Callable[..., AppTest]
WHOLE = Person("carla@example.com", frozenset(Role))
DIRECTOR = Person("dora@example.com", frozenset({Role.DIRECTOR}))
NARROW = Person("nina@example.com", frozenset(Role), Grant(frozenset({"pmi"})))


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Person], None]:
    """Let somebody else look at the pages."""

    def who(person: Person) -> None:
        monkeypatch.setattr(signin, "who", lambda _database: person)

    return who


def test_a_director_sees_the_form_and_why_it_cannot_be_saved(home: Path, visit: Visit, looks: Callable) -> None:
    key = list_objectives(database())[0].key
    looks(DIRECTOR)
    app = visit("objectives", lang="en", objective=key, edit=key)
    save = app.button("save_objective")
    assert save.disabled and "administrator" in save.help
    assert not DIRECTOR.may(Right.DEFINE)


def test_people_and_log_is_the_administrators(home: Path, visit: Visit, looks: Callable) -> None:
    looks(DIRECTOR)
    app = visit("people", lang="en")
    assert "Only an administrator" in seen(app) and not app.dataframe


def test_who_may_not_import_is_given_no_way_to_send_a_file(home: Path, visit: Visit, looks: Callable) -> None:
    looks(DIRECTOR)
    app = visit("upload", lang="en")
    assert "Your role does not include this" in seen(app)
    assert "_upload_session" not in app.session_state, "no token was handed out"
    looks(WHOLE)
    assert "_upload_session" in visit("upload", lang="en").session_state


@pytest.mark.parametrize("page", ["review", "decisions", "maturity", "restitution", "journeys", "links"])
def test_who_sees_some_rows_only_reads_why_a_page_shows_less(
    home: Path, visit: Visit, looks: Callable, page: str
) -> None:
    looks(NARROW)
    app = visit(page, lang="en")
    assert not app.exception
    assert "sees some rows only" in seen(app) or "rows granted to you" in seen(app)


def test_an_administrator_grants_and_changes_what_was_granted(home: Path, visit: Visit) -> None:
    app = visit("people", lang="en")
    next(box for box in app.text_input if box.label == "E-mail address").set_value("Anna@Example.com")
    next(box for box in app.multiselect if box.label == "Roles").set_value([Role.ANALYST])
    next(item for item in app.button if item.label == "Grant").click().run()
    assert not app.exception
    found = signin._granted(database(), "anna@example.com")
    assert found is not None and found.roles == {Role.ANALYST}


def test_what_was_answered_to_somebody_else_is_not_shown_to_who_sees_some_rows(
    home: Path, visit: Visit, looks: Callable
) -> None:
    def segments_of(person: Person) -> set[str]:
        looks(person)
        with access.acting(person):
            return {row.attributes.key for row in ask(scorecards, "segment", EVERYTHING).rows}

    visit("segments", lang="en")
    everything = segments_of(WHOLE)
    assert len(everything) > 1
    assert segments_of(NARROW) <= {"pmi"}
    assert segments_of(WHOLE) == everything
