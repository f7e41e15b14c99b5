"""While new figures are made a page says that it shows the data from before, and shows the new ones when asked to."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ocem.store import access
from ocem.ui import warm
from ocem.ui.database import database

KEY = "newer_data"


def offers(app: AppTest) -> list[str]:
    return [button.label for button in app.button if button.key == KEY]


def test_a_page_behind_the_data_says_so_and_catches_up_on_a_click(
    home: Path, visit: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = warm.Shown()
    monkeypatch.setattr(warm, "SHOWN", shown)
    app = visit("control_room")
    before = app.session_state["_data_version"]
    shown.is_ready(before)
    with access.acting(access.SYSTEM), database().write():
        pass
    app.run()
    assert (app.session_state["_data_version"], offers(app)) == (before, ["Mostra i dati nuovi"])
    app.button(key=KEY).click().run()
    assert (app.session_state["_data_version"], offers(app)) == (before + 1, [])
