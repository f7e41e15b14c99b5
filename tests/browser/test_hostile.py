"""Scripts in links and in what is stored are shown as text: none runs in the browser."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest

from ocem.domain.event import Event, EventKind
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.event import save_event
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter, load_documents
from tests.browser.harness import Visit, running_server
from tests.evaluation import world
from tests.hostile import PARAMETERS, SCRIPTS

pytestmark = pytest.mark.browser
SEEN = ("control-room", "objectives", "events")


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory, browser: object) -> Iterator[str]:
    """A company whose labels, texts and owners are scripts."""
    home = tmp_path_factory.mktemp("hostile")
    database = Database.open(home / "ocem.duckdb")
    ensure_starter(database)
    world.build(database)
    script = SCRIPTS[1]
    documents = {
        "segment": {"pmi": {"label_it": script, "label_en": script}},
        "objective": {
            "riordini": world.DEFINITIONS["objective"]["riordini"]
            | {"label_it": SCRIPTS[2], "label_en": SCRIPTS[2], "owner": SCRIPTS[0]}
        },
    }
    load_documents(database, documents)
    event = Event(
        "e", EventKind.OTHER, SCRIPTS[4], SCRIPTS[5], date(2026, 1, 5), date(2026, 1, 6), (), Perimeter(), (script,)
    )
    save_event(database, event, script)
    database.close()
    with running_server(Path(database.path), home / "server.log") as address:
        yield address


def test_no_script_runs_whatever_is_stored_or_linked(hostile_server: str, open_tab: Callable[..., Visit]) -> None:
    for number, page in enumerate(SEEN):
        script = SCRIPTS[number % len(SCRIPTS)]
        visit = open_tab(hostile_server)
        dialogs: list[str] = []
        visit.page.on("dialog", lambda dialog, found=dialogs: (found.append(dialog.message), dialog.dismiss()))
        query = urlencode(dict.fromkeys((*PARAMETERS[:6], "show", "week"), script) | {"lang": "en"})
        visit.page.goto(f"{hostile_server}/{page}?{query}", wait_until="load")
        visit.wait_ready()
        assert visit.page.evaluate("window.__hit") is None, page
        assert dialogs == [], page
        assert visit.page.locator('[data-testid="stException"]').count() == 0, page
        assert visit.page.locator("a[href^='javascript:']").count() == 0, page
