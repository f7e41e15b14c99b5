"""Two sessions at the same form: the second sees what changed, and a second save is meant."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from ocem.evaluation.objective import list_objectives
from ocem.ui.database import database
from tests.ui.reading import seen

Visit = Callable[..., AppTest]


def owner_field(app: AppTest) -> object:
    return next(box for box in app.text_input if box.label == "Owner")


def test_the_second_of_two_people_sees_what_the_first_changed(home: Path, visit: Visit) -> None:
    key = list_objectives(database())[0].key
    first = visit("objectives", lang="en", objective=key, edit=key)
    second = visit("objectives", lang="en", objective=key, edit=key)
    assert not first.exception and not second.exception
    owner_field(first).set_value("Anna").run()  # type: ignore[attr-defined]
    owner_field(second).set_value("Bruno").run()  # type: ignore[attr-defined]
    first.button("save_objective").click().run()
    assert not first.exception
    assert list_objectives(database())[0].owner == "Anna"
    second.button("save_objective").click().run()
    assert "after you had opened it" in seen(second) and "Anna" in seen(second)
    assert list_objectives(database())[0].owner == "Anna"
    owner_field(second).set_value("Bruno").run()  # type: ignore[attr-defined]
    second.button("save_objective").click().run()
    assert list_objectives(database())[0].owner == "Bruno"
