"""Whatever stands in a link, a field or an upload: no exception page, and nothing stored that was not meant."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from ocem.ui import upload_route
from ocem.ui.database import database
from tests import hostile
from tests.ui.conftest import PAGES

Visit = Callable[..., AppTest]
RUNS = int(os.environ.get("OCEM_HOSTILE_RUNS", "6"))  # 100 runs are more than 1,000 mutated values
VALUES_A_RUN = 10


WORKED_OUT = {"journey", "journey_path", "journey_pending", "link_test", "meta", "answer_cell"}
"""Kept beside the facts and brought up to date by looking."""
KEPT_WHILE_TYPED = {"review_draft"}


def declared() -> dict[str, object]:
    """Return a fingerprint of every table that somebody must mean to change."""
    with database().cursor() as con:
        tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        return {
            table: con.execute(f'SELECT count(*), sum(hash(t)) FROM "{table}" t').fetchall()
            for (table,) in tables
            if table not in WORKED_OUT | KEPT_WHILE_TYPED
        }


@pytest.mark.slow
def test_hostile_links_and_fields_show_no_exception_and_store_nothing(home: Path, visit: Visit) -> None:
    before, tried = declared(), 0
    for number in range(RUNS):
        rng = random.Random(number)
        page = rng.choice(PAGES)
        asked = hostile.parameters(rng, VALUES_A_RUN)
        if rng.random() < 0.5:
            asked["edit"] = "new"  # forms have the fields
        app = visit(page, **asked)
        assert not app.exception, (number, page, [item.message for item in app.exception])
        tried += VALUES_A_RUN
        typed = hostile.type_into(app, rng, most=4)
        if typed:
            tried += typed
            app.run()
            assert not app.exception, (number, page, "typed", [item.message for item in app.exception])
    print(f"{tried} hostile values in {RUNS} runs")
    assert declared() == before


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("OCEM_DB", str(tmp_path / "home" / "ocem.duckdb"))
    (tmp_path / "home").mkdir()
    return TestClient(Starlette(routes=[Route("/api/upload/{token}", upload_route.receive, methods=["PUT"])]))


def test_no_upload_gets_in_without_a_token_of_ours(client: TestClient, tmp_path: Path) -> None:
    good = upload_route.token("session", "it")
    rng = random.Random(1)
    for _ in range(300):
        at = rng.randrange(len(good))
        letter = rng.choice("abcXYZ019_-.")
        forged = good[:at] + letter + good[at + 1 + rng.randrange(2) :]
        if upload_route.read_token(forged) is not None:  # the last letter may carry bits that do not count
            assert forged[:-1] == good[:-1]
            continue
        assert client.put(f"/api/upload/{forged}?name=a.csv", content=b"x").status_code in (403, 404)
    assert not list((tmp_path / "home").rglob("*.csv"))


def test_an_upload_lands_in_its_folder_whatever_its_name(client: TestClient, tmp_path: Path) -> None:
    token, rng = upload_route.token("session", "it"), random.Random(2)
    for _ in range(150):
        name = hostile.mutated(rng)
        answer = client.put(f"/api/upload/{token}", params={"name": name}, content=b"a;b\n1;2\n")
        assert answer.status_code == 201, (name, answer.text)
    inside = tmp_path / "home" / "uploads" / "incoming"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 150 and all(path.is_relative_to(inside) for path in files)
