"""A store with the starter catalogue for every test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocem.store.database import Database
from ocem.store.definitions import ensure_starter


@pytest.fixture(scope="session")
def starter_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("starter") / "ocem.duckdb"
    opened = Database.open(path)
    ensure_starter(opened)
    opened.close()
    return path


@pytest.fixture
def database(tmp_path: Path, starter_file: Path) -> Iterator[Database]:
    path = tmp_path / "ocem.duckdb"
    shutil.copyfile(starter_file, path)
    opened = Database.open(path)
    yield opened
    opened.close()
