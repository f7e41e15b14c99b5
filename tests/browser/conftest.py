"""Fixtures of the browser tests: one demo database, one server and one browser for all of them."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.harness import CHROMIUM_FLAGS, ROOT, Visit, find_chromium, running_server


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One headless Chromium; without it or its driver the tests are skipped and say so."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    executable = find_chromium()
    if executable is None:
        pytest.skip("Chromium is not installed (Debian's package: chromium)")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=executable, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory: pytest.TempPathFactory, browser: object) -> Path:
    """A small demo company, imported from its own export files; the copy beside it is for other servers."""
    home = tmp_path_factory.mktemp("demo")
    database = home / "first" / "ocem.duckdb"
    command = [sys.executable, "-m", "ocem", "--db", str(database), "demo", "--scale", "0.05"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    shutil.copytree(database.parent, home / "second", ignore=shutil.ignore_patterns("exports"))
    return database


@pytest.fixture(scope="session")
def demo_copy(demo_database: Path) -> Path:
    """The demo company again, for tests that start their own server: one file has one owner."""
    return demo_database.parent.with_name("second") / demo_database.name


@pytest.fixture(scope="session")
def demo_server(demo_database: Path) -> Iterator[str]:
    """The app on the demo company; pages may be read in any order, nothing is changed through it."""
    with running_server(demo_database, demo_database.with_name("server.log")) as address:
        yield address


@pytest.fixture
def empty_server(tmp_path: Path, browser: object) -> Iterator[str]:
    """The app on a new, empty database that a test may fill."""
    with running_server(tmp_path / "ocem.duckdb", tmp_path / "server.log") as address:
        yield address


@pytest.fixture
def open_tab(browser) -> Iterator[Callable[..., Visit]]:
    """Open a tab of its own session: `open_tab(address, width=390, height=844, scheme="dark")`."""
    contexts = []

    def open_one(
        address: str, width: int = 1440, height: int = 900, scheme: str = "light", locale: str = "it-IT"
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale=locale,
            timezone_id="Europe/Rome",
        )
        contexts.append(context)
        visit = Visit(context.new_page(), address)
        visit.listen()
        return visit

    yield open_one
    for context in contexts:
        context.close()
