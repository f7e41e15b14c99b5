"""What is written as Parquet and read into another store gives the same sums, and says so when it was changed."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ocem.domain.access import Grant, Person, Role
from ocem.errors import Forbidden, Refused, WrongUse
from ocem.store import access, batch, exchange
from ocem.store.check import check
from ocem.store.database import Database
from tests.store.staging import contacts, sales

pytestmark = pytest.mark.slow  # many small ones that add up

SUMS = """SELECT k.key, d.fact, d.day, t.key, s.key, p.key, d.n, d.numerator, d.denominator, d.numerator_sq
FROM daily d JOIN kpi k ON k.id = d.kpi_id AND k.current
JOIN member t ON t.dimension = 'touchpoint' AND t.id = d.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = d.segment_id
JOIN member p ON p.dimension = 'phase' AND p.id = d.phase_id ORDER BY ALL"""


def sums(database: Database) -> list[tuple[object, ...]]:
    with database.cursor() as con:
        return con.execute(SUMS).fetchall()


@pytest.fixture
def written(database: Database, tmp_path: Path) -> Path:
    batch.commit(database, sales(database, "a", 0, 50))
    batch.commit(database, contacts(database))
    exchange.write(database, tmp_path / "out")
    return tmp_path / "out"


def test_another_store_reads_the_same_sums(database: Database, written: Path, tmp_path: Path) -> None:
    other = Database.open(tmp_path / "other" / "ocem.duckdb")
    try:
        done = exchange.read(other, written)
        assert done.rows == {"interaction": 100, "sale": 50}
        assert sums(other) == sums(database)
        assert check(other) == []
        assert exchange.read(other, written).rows == {}, "the same folder again brings nothing"
    finally:
        other.close()


def test_reading_it_back_where_it_came_from_changes_nothing(database: Database, written: Path) -> None:
    before = sums(database)
    assert exchange.read(database, written).rows == {"interaction": 0, "sale": 0}
    assert sums(database) == before


def test_files_are_one_a_month_with_members_by_key(written: Path) -> None:
    files = sorted(path.relative_to(written).as_posix() for path in written.rglob("*.parquet"))
    assert files == [
        "daily/month=2025-12.parquet",
        "daily/month=2026-01.parquet",
        "facts/interaction/leads/month=2025-12.parquet",
        "facts/sale/orders/month=2026-01.parquet",
    ]
    table = pq.read_table(written / "facts/interaction/leads/month=2025-12.parquet")
    assert set(table.column("touchpoint").to_pylist()) == {"contact_center", "nuovo_canale"}


def test_a_changed_file_is_refused_and_nothing_is_stored(written: Path, tmp_path: Path) -> None:
    path = written / "facts/sale/orders/month=2026-01.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    other = Database.open(tmp_path / "other" / "ocem.duckdb")
    try:
        with pytest.raises(Refused, match="month=2026-01"):
            exchange.read(other, written)
        assert sums(other) == []
    finally:
        other.close()


def test_a_file_name_cannot_lead_out_of_the_folder(written: Path, database: Database, tmp_path: Path) -> None:
    manifest = json.loads((written / exchange.MANIFEST).read_text())
    (tmp_path / "secret").write_bytes(b"x")
    manifest["sources"][0]["files"][0]["file"] = "../secret"
    (written / exchange.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(Refused):
        exchange.read(database, written)


def test_a_folder_in_use_is_not_written_over(database: Database, written: Path) -> None:
    with pytest.raises(WrongUse):
        exchange.write(database, written)


def test_a_person_with_a_narrower_grant_exports_those_rows_only(
    database: Database, written: Path, tmp_path: Path
) -> None:
    phone = Person("a", frozenset({Role.DIRECTOR}), Grant(touchpoints=frozenset({"contact_center"})))
    with access.acting(phone):
        done = exchange.write(database, tmp_path / "mine")
    assert done.rows == {"interaction": 50}


def test_a_director_cannot_store_an_exchange_folder(database: Database, written: Path) -> None:
    with access.acting(Person("a", frozenset({Role.DIRECTOR}))), pytest.raises(Forbidden):
        exchange.read(database, written)
