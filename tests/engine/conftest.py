"""A store with orders and contacts, and the same facts as Parquet on what stands for shared storage."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ocem.store import exchange
from ocem.store.batch import commit
from ocem.store.database import Database
from tests.store.staging import contacts, sales
from tests.store.template import starter_file  # noqa: F401


@dataclass
class World:
    database: Database
    folder: Path

    def sums(self, fact: str = "%") -> list[tuple]:
        with self.database.cursor() as con:
            return con.execute(
                "SELECT fact, kpi_id, day, touchpoint_id, segment_id, phase_id, n, numerator, denominator, "
                "numerator_sq, numerator_log, numerator_log_sq FROM daily WHERE fact LIKE ? ORDER BY ALL",
                [fact],
            ).fetchall()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, starter_file: Path) -> Path:  # noqa: F811
    """Folder of a store with facts; below it what stands for shared storage."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copyfile(starter_file, folder / "ocem.duckdb")
    opened = Database.open(folder / "ocem.duckdb")
    commit(opened, sales(opened, "orders", 0, 300))
    commit(opened, contacts(opened, n=200))
    exchange.write(opened, folder / "lake")
    opened.close()
    return folder


@pytest.fixture
def world(filled: Path, tmp_path: Path) -> Iterator[World]:
    for name in ("ocem.duckdb", "secret.key"):
        if (filled / name).exists():
            shutil.copy2(filled / name, tmp_path / name)
    shutil.copytree(filled / "lake", tmp_path / "lake")
    opened = Database.open(tmp_path / "ocem.duckdb")
    yield World(opened, tmp_path / "lake")
    opened.close()
