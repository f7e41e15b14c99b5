"""A small company behind the app: orders with a known effect, leads and deals that can be joined."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ocem.intake.importing import import_file
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation.world import build

ROOT = Path(__file__).resolve().parents[2]
SHELL = ROOT / "ocem" / "ui" / "shell.py"
PAGES = (
    "control_room",
    "perimeter",
    "objectives",
    "initiatives",
    "touchpoints",
    "segments",
    "journeys",
    "feedback",
    "restitution",
    "roi",
    "maturity",
    "links",
    "displacement",
    "review",
    "decisions",
    "events",
    "upload",
    "people",
)

LEADS = [f"L{i:03d}" for i in range(120)]
ORIGINS = ("Fiera", "Sito web", "Newsletter")


def write_leads(folder: Path) -> Path:
    """120 leads, 40 from each of three touchpoints."""
    path = folder / "lead.csv"
    rows = [f"{lead},2026-0{1 + i % 5}-1{i % 9},{ORIGINS[i % 3]}" for i, lead in enumerate(LEADS)]
    path.write_text("\n".join(["lead_id,first_contact_date,origin", *rows]) + "\n", encoding="utf-8")
    return path


def write_deals(folder: Path) -> Path:
    """30 deals won, all by leads of the fair and of the site."""
    path = folder / "deals.csv"
    won = [lead for i, lead in enumerate(LEADS) if i % 3 < 2][:30]
    rows = [f"{lead},2026-06-{10 + i % 15}" for i, lead in enumerate(won)]
    path.write_text("\n".join(["lead_id,won_date", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with data, written once; tests work on copies."""
    home = tmp_path_factory.mktemp("filled")
    database = Database.open(home / "ocem.duckdb")
    ensure_starter(database)
    for write in (write_leads, write_deals):
        assert import_file(database, write(home)).accepted
    build(database)
    database.close()
    return database.path


@pytest.fixture
def home(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the filled database which the app serves."""
    yield from _serving(shutil.copytree(filled.parent, tmp_path / "home") / filled.name, monkeypatch)


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new, empty database which the app serves."""
    yield from _serving(tmp_path / "ocem.duckdb", monkeypatch)


def _serving(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("OCEM_DB", str(path))
    st.cache_resource.clear()
    yield path
    st.cache_resource.clear()


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Open a page: `visit("objectives", lang="en", objective="riordini")`."""

    def open_page(page: str = "control_room", **query: str) -> AppTest:
        app = AppTest.from_file(str(SHELL), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page != "control_room":
            app.switch_page(f"../../pages/{page}.py")
            for name, value in query.items():
                app.query_params[name] = value
            app.run()
        return app

    return open_page
