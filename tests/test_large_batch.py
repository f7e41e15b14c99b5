"""A batch that touches more days and cells than DuckDB keeps in one row group leaves sums that equal the facts.

DuckDB 2.0.0 hides an insert of 122,880 rows or more that follows an insert of no rows into the same table in the same
transaction, until the file is opened again. Small files never show it.
"""

from pathlib import Path

import pytest

from benchmarks.generate import write_export
from ocem.intake.importing import import_file
from ocem.store.batch import undo
from ocem.store.daily import differences, rebuild
from ocem.store.database import Database
from ocem.store.definitions import load_folder
from ocem.store.kpi import numbered_kpis

pytestmark = pytest.mark.slow

DEFINITIONS = Path(__file__).resolve().parents[1] / "benchmarks" / "definitions"
ROWS = 600_000  # over 1,000 days and 180 cells: about 173,000 days and cells, more than the 122,880 of a row group


@pytest.fixture
def store(tmp_path):
    database = Database.open(tmp_path / "ocem.duckdb")
    load_folder(database, DEFINITIONS)
    yield database
    database.close()


def unsound(database: Database) -> list[tuple[str, str, int]]:
    with database.cursor() as con:
        return differences(con, numbered_kpis(con))


def n_sums(database: Database) -> int:
    with database.cursor() as con:
        [(count,)] = con.execute(
            "SELECT count(*) FROM (SELECT DISTINCT kpi_id, day, touchpoint_id FROM daily)"
        ).fetchall()
    return int(count)


def test_a_large_import_its_rebuild_and_its_undo_keep_sums_equal_to_the_facts(store, tmp_path):
    export = write_export(tmp_path / "contacts.csv", ROWS)
    receipt = import_file(store, export, source="bench_contacts")
    assert receipt.accepted == ROWS
    assert n_sums(store) > 100_000
    assert unsound(store) == []
    with store.write() as con:
        rebuild(con, numbered_kpis(con))
    assert unsound(store) == []
    undo(store, receipt.batch)
    assert n_sums(store) == 0
    assert unsound(store) == []
