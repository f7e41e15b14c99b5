"""Sources with rows under the earlier hashes keep them, so that overlapping files still match."""

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from ocem.errors import Refused
from ocem.intake.early_hashes import early_apart, early_hashes
from ocem.store.database import Database
from ocem.store.early import agree, is_early


def half_of_md5(text: str) -> int:
    """The last eight bytes of the digest, the lowest first."""
    return int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little")


def test_the_earlier_hashes_are_the_md5_of_the_texts_of_a_row() -> None:
    rows = pa.table({"line": [1], "amount_eur": pa.array([None], pa.decimal128(18, 4)), "name": ["è"]})
    with duckdb.connect() as con:
        (found,) = early_hashes(con, "erp", rows, ["amount_eur", "name"], ["name"]).to_pylist()
        apart = early_apart(con, "erp", pa.array([5], pa.uint64()).to_numpy(), pa.array([2]).to_numpy())
    assert found["row_hash"] == half_of_md5("\x1fè")
    assert found["key_hash"] == half_of_md5("erp\x1fè")
    assert apart.tolist() == [half_of_md5("erp\x1f5\x1f2")]


def test_a_source_keeps_the_hashes_of_its_first_rows(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "ocem.duckdb")
    with database.write() as con:
        agree(con, "old", early=True)
        agree(con, "old", early=True)
        agree(con, "new", early=False)
        con.execute("INSERT INTO source SELECT max(id) + 1, 'new' FROM source")
        assert is_early(con, "old") and not is_early(con, "new") and not is_early(con, "unknown")
        for key, early in (("old", False), ("new", True)):
            with pytest.raises(Refused):
                agree(con, key, early=early)
    database.close()
