"""A damaged file is named as such, and what still reads is saved and counted."""

import json
from pathlib import Path

import duckdb
import pytest

from ocem.errors import NotAStore, StoreDamaged, WrongUse
from ocem.store import batch
from ocem.store.database import Database
from ocem.store.salvage import salvage
from tests.store.staging import sales

pytestmark = pytest.mark.slow


BLOCK, HEAD = 262_144, 3 * 4096
"""Bytes of a block, and of what stands before the first."""


def big(database: Database) -> tuple[Path, int]:
    """A store with a table of several blocks, closed, and where one of the blocks in its middle begins."""
    batch.commit(database, sales(database, "orders", 0, 60))
    with database.write() as con:
        con.execute("CREATE TABLE wide AS SELECT i, hash(i) AS a, hash(i + 1) AS b FROM range(800000) t(i)")
    with database.cursor() as con:
        con.execute("CHECKPOINT")
        found = con.execute("SELECT DISTINCT block_id FROM pragma_storage_info('wide') WHERE persistent ORDER BY 1")
        blocks = [block for (block,) in found.fetchall() if block >= 0]
    database.close()
    return database.path, HEAD + BLOCK * blocks[len(blocks) // 2]


def test_a_sound_file_is_saved_whole(database: Database, tmp_path: Path) -> None:
    batch.commit(database, sales(database, "orders", 0, 60))
    database.close()
    done = salvage(database.path, tmp_path / "out")
    assert done.whole and {item.table: item.rows for item in done.tables}["sale"] == 60
    assert duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/out/sale.parquet'").fetchall() == [(60,)]
    assert json.loads((tmp_path / "out" / "salvage.json").read_text())["whole"] is True


def test_what_lies_beside_the_damage_is_saved_and_the_rest_is_counted(database: Database, tmp_path: Path) -> None:
    path, middle = big(database)
    content = bytearray(path.read_bytes())
    content[middle : middle + 4096] = bytes(4096)
    path.write_bytes(content)
    done = salvage(path, tmp_path / "out")
    found = {item.table: item for item in done.tables}
    assert not done.whole
    broken = found["wide"]
    assert 0 < broken.rows < 800_000 and broken.rows + (broken.lost or 0) == 800_000
    assert found["sale"].rows == 60 and found["sale"].lost == 0


def test_a_file_without_a_readable_head_points_to_the_copies(database: Database, tmp_path: Path) -> None:
    database.close()
    content = bytearray(database.path.read_bytes())
    content[4096:] = bytes(byte ^ 0x5A for byte in content[4096:])
    database.path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="backups"):
        salvage(database.path, tmp_path / "out")


def test_another_programs_file_and_a_full_folder_are_refused(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as con:
        con.execute("CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(NotAStore):
        salvage(tmp_path / "x.duckdb", tmp_path / "out")
    with pytest.raises(WrongUse):
        salvage(tmp_path / "x.duckdb", tmp_path)
