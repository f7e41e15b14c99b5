"""A store of its own for each test, with the starter catalogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ocem.store.database import Database
from ocem.store.definitions import ensure_starter


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "ocem.duckdb")
    ensure_starter(opened)
    yield opened
    opened.close()
