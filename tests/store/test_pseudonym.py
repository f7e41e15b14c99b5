"""The key of the pseudonyms: made once, kept private, never silently replaced."""

import hashlib
import hmac
from pathlib import Path

import pytest

from ocem.domain.access import Person, Role
from ocem.errors import Forbidden, Refused
from ocem.store import access, batch, erasure
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.pseudonym import layered, load_key, load_ring, of_customer, pseudonym, rotate
from tests.store.staging import contacts, sales


def test_the_key_is_made_at_first_use_for_its_owner_only(tmp_path: Path) -> None:
    key = load_key(tmp_path, data_exist=False)
    path = tmp_path / "secret.key"
    assert (len(key), path.read_bytes(), path.stat().st_mode & 0o777) == (32, key, 0o600)
    assert load_key(tmp_path, data_exist=True) == key


def test_a_lost_key_is_not_replaced_while_data_exist(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="missing"):
        load_key(tmp_path, data_exist=True)
    assert not (tmp_path / "secret.key").exists()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_key(tmp_path, data_exist=False)
    (tmp_path / "secret.key").chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        load_key(tmp_path, data_exist=True)


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    load_key(tmp_path, data_exist=False)
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(Refused, match="damaged"):
        load_key(tmp_path, data_exist=True)


def test_a_pseudonym_is_the_beginning_of_the_keyed_hash() -> None:
    key = bytes(range(32))
    whole = hmac.new(key, b"c-0017", hashlib.sha256).digest()
    assert pseudonym(key, " C-0017 ") == int.from_bytes(whole[:8], "big")


def everybody(database: Database) -> dict[str, list[int]]:
    with database.cursor() as con:
        return {
            table: [row[0] for row in con.execute(f"SELECT customer FROM {table} ORDER BY line").fetchall()]
            for table in ("interaction", "sale")
        }


def test_a_change_of_key_changes_every_pseudonym_and_keeps_every_join(database: Database) -> None:
    load_ring(database.folder, data_exist=False)
    batch.commit(database, contacts(database))
    batch.commit(database, sales(database, "orders", 0, 60))
    old = everybody(database)
    done = rotate(database)
    new = everybody(database)
    assert (done.generation, done.changed) == (2, 100)
    assert not set(old["interaction"]) & set(new["interaction"])
    assert new["sale"] == new["interaction"][:60], "orders and contacts of the same customers still join"
    assert check(database) == []


def test_after_a_change_of_key_new_files_join_and_no_record_is_new(database: Database) -> None:
    key = load_ring(database.folder, data_exist=False)[0]
    batch.commit(database, sales(database, "orders", 0, 60))
    rotate(database)
    rotate(database)
    assert batch.classify(database, sales(database, "orders-again", 0, 60)).unchanged == 60
    batch.commit(database, contacts(database))
    found = everybody(database)
    assert found["sale"] == found["interaction"][:60]
    ring = load_ring(database.folder, data_exist=True)
    assert ring[0] == key and found["sale"][7] == layered(ring[1:], 7)


def test_a_customer_taken_out_stays_out_after_a_change_of_key(database: Database) -> None:
    load_ring(database.folder, data_exist=False)
    first = batch.commit(database, sales(database, "orders", 0, 60))
    erasure.forget(database, 7)
    rotate(database)
    batch.undo(database, first.batch)
    batch.commit(database, sales(database, "later", 0, 70))
    with database.cursor() as con:
        assert con.execute("SELECT count(*), count(customer) FROM sale").fetchone() == (70, 69)


def test_a_copy_from_before_a_change_of_key_still_joins(database: Database, tmp_path: Path) -> None:
    ring = load_ring(database.folder, data_exist=False)
    batch.commit(database, sales(database, "orders", 0, 60))
    copy = database.backup(tmp_path / "copy" / "ocem.duckdb")
    rotate(database)
    (copy.parent / "secret.key").write_bytes((database.folder / "secret.key").read_bytes())
    (copy.parent / "secret.key").chmod(0o600)
    restored = Database.open(copy)
    assert of_customer(restored, "C1") == pseudonym(ring[0], "C1")
    assert of_customer(database, "C1") != pseudonym(ring[0], "C1")
    restored.close()


def test_a_key_older_than_the_database_is_refused(database: Database) -> None:
    ring = load_ring(database.folder, data_exist=False)
    batch.commit(database, sales(database, "orders", 0, 10))
    rotate(database)
    (database.folder / "secret.key").write_bytes(ring[0])
    with pytest.raises(Refused, match="1 of 2"):
        of_customer(database, "C1")


def test_a_crash_after_the_new_key_was_written_changes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_ring(database.folder, data_exist=False)
    batch.commit(database, sales(database, "orders", 0, 10))
    before = everybody(database)
    with monkeypatch.context() as broken:
        broken.setattr("ocem.store.pseudonym._rename", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rotate(database)
    assert len(load_ring(database.folder, data_exist=True)) == 2
    assert everybody(database) == before and of_customer(database, "C1") == pseudonym(
        load_ring(database.folder, data_exist=True)[0], "C1"
    )
    assert rotate(database).generation == 2
    assert len(load_ring(database.folder, data_exist=True)) == 2, "the key that waited is the one taken"


def test_only_an_administrator_changes_the_key(database: Database) -> None:
    with access.acting(Person("a", frozenset({Role.ANALYST}))), pytest.raises(Forbidden):
        rotate(database)
