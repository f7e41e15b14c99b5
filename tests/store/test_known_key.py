"""Files of known keys: they say the same as the facts, whatever happens to them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ocem.domain.fact import FactKind
from ocem.store import batch, known_key
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.rebuild import rebuild
from tests.store.staging import sales


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_key, "FEWEST", 1)


def _files(database: Database) -> tuple[known_key.KeyFile, ...] | None:
    with database.cursor() as con:
        known = known_key.read(con, FactKind.SALE)
    return None if known is None else known.files


def _days(database: Database, first: int, last: int) -> str | None:
    rows = sales(database, f"asked-{first}-{last}", first, last).rows
    with database.cursor() as con:
        return known_key.KnownKeys(con, database.keys_folder, FactKind.SALE).days_of(con, rows)


def _store(database: Database, *stretches: tuple[int, int]) -> list[int]:
    return [batch.commit(database, sales(database, f"o{a}-{b}", a, b)).batch for a, b in stretches]


def test_keys_of_batches_are_told_from_others(database: Database) -> None:
    _store(database, (0, 30), (100, 130))
    assert _days(database, 30, 100) == "FALSE"
    assert _days(database, 20, 40) == "(day BETWEEN DATE '2026-01-01' AND DATE '2026-01-30')"
    assert [item.n_keys for item in _files(database) or ()] == [30, 30]


@pytest.mark.slow
def test_an_overlapping_export_is_counted_as_without_files(database: Database) -> None:
    _store(database, (0, 30), (30, 60))
    done = batch.commit(database, sales(database, "again", 20, 80, cents=700))
    assert (done.counts.accepted, done.counts.updated, done.counts.unchanged) == (20, 40, 0)
    assert batch.commit(database, sales(database, "same", 20, 80, cents=700)).counts.unchanged == 60
    assert _days(database, 80, 90) == "FALSE"
    assert check(database) == []


def test_files_of_one_size_are_merged_and_hold_every_key(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_key, "PIECE", 7)
    _store(database, *((n, n + 20) for n in range(0, 100, 20)))
    assert [item.n_keys for item in _files(database) or ()] == [80, 20]
    for item in _files(database) or ():
        keys = np.fromfile(database.keys_folder / item.name, np.uint64)
        assert len(keys) == item.n_keys and (np.diff(keys.astype(np.int64)) > 0).all()
    assert all(_days(database, n, n + 1) != "FALSE" for n in (0, 19, 20, 79, 99))
    assert _days(database, 100, 110) == "FALSE"
    assert check(database) == []


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[5] ^= 16
    path.write_bytes(content)


def _shift(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


_SLOW = pytest.mark.slow


@pytest.mark.parametrize("harm", [_flip, *(pytest.param(harm, marks=_SLOW) for harm in (Path.unlink, _cut, _shift))])
def test_a_damaged_file_is_not_believed_and_made_anew(database: Database, harm: Callable[[Path], None]) -> None:
    _store(database, (0, 30))
    [only] = _files(database) or ()
    harm(database.keys_folder / only.name)
    assert _days(database, 50, 60) is None
    done = batch.commit(database, sales(database, "more", 20, 50))
    assert (done.counts.accepted, done.counts.unchanged) == (20, 10)
    assert _days(database, 50, 60) == "FALSE" and _days(database, 0, 5) != "FALSE"
    assert sum(item.n_keys for item in _files(database) or ()) == 50


def test_a_batch_that_does_not_hold_leaves_the_files_as_they_were(database: Database) -> None:
    _store(database, (0, 30))
    before = _files(database)

    def stop(done: float) -> None:
        if done == 1.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch.commit(database, sales(database, "stopped", 30, 60), progress=stop)
    assert _files(database) == before
    assert len(list(database.keys_folder.iterdir())) == 2
    _store(database, (60, 90))
    assert len(list(database.keys_folder.iterdir())) == 2  # what the stopped batch left is gone
    assert _days(database, 30, 60) == "FALSE" and _days(database, 60, 61) != "FALSE"


@pytest.mark.slow
def test_rows_stored_by_a_program_that_knows_no_files_are_found(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _store(database, (0, 30))
    with monkeypatch.context() as patched:
        patched.setattr(known_key.KnownKeys, "note", lambda *_: None)
        _store(database, (30, 60))
    assert _days(database, 30, 40) is None
    assert batch.classify(database, sales(database, "asked", 30, 60)).unchanged == 30
    _store(database, (60, 90))
    assert _days(database, 30, 40) != "FALSE"


@pytest.mark.slow
def test_an_older_copy_of_the_store_uses_its_own_files_or_none(database: Database, tmp_path: Path) -> None:
    _store(database, (0, 30))
    copy = database.backup(tmp_path / "elsewhere" / "copy.duckdb")
    older = Database.open(copy)
    assert _days(older, 100, 110) is None  # the files lie beside the other store
    assert batch.commit(older, sales(older, "more", 20, 50)).counts.unchanged == 10
    assert _days(older, 100, 110) == "FALSE"
    older.close()


@pytest.mark.slow
def test_undone_batches_leave_keys_that_do_no_harm(database: Database) -> None:
    first, second = _store(database, (0, 30), (30, 90))
    batch.undo(database, second)
    batch.undo(database, first)
    assert batch.commit(database, sales(database, "again", 0, 90)).counts.accepted == 90
    assert check(database) == []
    assert sum(item.n_keys for item in _files(database) or ()) == 180
    _store(database, (90, 91))
    rebuild(database)
    assert sum(item.n_keys for item in _files(database) or ()) == 91


@pytest.mark.slow
def test_check_finds_keys_that_no_file_holds(database: Database) -> None:
    _store(database, (0, 30))
    with database.write() as con:
        con.execute("UPDATE sale SET key_hash = 1000 WHERE key_hash = 3")
    [found] = check(database)
    assert (found.code, found.values) == ("keys_not_noted", {"fact": "sale", "records": 1})
    rebuild(database)
    assert check(database) == []
