"""A customer taken out leaves every total as it was, nothing that leads back, and is not let in again."""

import pytest

from ocem.domain.access import Person, Role
from ocem.errors import Forbidden, NotFound
from ocem.store import access, audit, batch, erasure
from ocem.store.check import check
from ocem.store.database import Database
from tests.store.staging import contacts, sales


def _sums(database: Database) -> list[tuple[object, ...]]:
    with database.cursor() as con:
        return con.execute("SELECT * FROM daily ORDER BY ALL").fetchall()


def _customer(database: Database) -> int:
    with database.cursor() as con:
        return int(con.execute("SELECT min(customer) FROM sale WHERE customer IS NOT NULL").fetchall()[0][0])


def test_what_is_known_about_one_customer_is_shown_whole(database: Database) -> None:
    batch.commit(database, sales(database, "a", 0, 50))
    found = erasure.about(database, _customer(database))
    assert found["sale"] and all(row["customer"] == _customer(database) for row in found["sale"])


def test_forgetting_keeps_every_total_and_leaves_no_trace(database: Database) -> None:
    batch.commit(database, sales(database, "a", 0, 50))
    batch.commit(database, contacts(database))
    sums, customer = _sums(database), _customer(database)
    done = erasure.forget(database, customer)
    assert done.left == 0 and done.rows["sale"] >= 1
    assert _sums(database) == sums
    assert erasure.about(database, customer) == {}
    assert check(database) == []
    with database.cursor() as con:
        entry = audit.entries(con, 1)[0]
    assert (entry.seq, entry.action, entry.details["rows"]) == (done.entry, "forget", done.rows)
    assert entry.subject is None, "the log must not lead back to the customer"
    assert set(entry.details) == {"rows", "left"}


def test_a_later_file_does_not_bring_a_forgotten_customer_back(database: Database) -> None:
    first = batch.commit(database, sales(database, "a", 0, 50))
    customer = _customer(database)
    erasure.forget(database, customer)
    batch.undo(database, first.batch)
    batch.commit(database, sales(database, "b", 0, 60))
    assert erasure.about(database, customer) == {}
    assert check(database) == []


def test_a_customer_nobody_knows_cannot_be_forgotten(database: Database) -> None:
    with pytest.raises(NotFound):
        erasure.forget(database, 1)


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.ANALYST, Role.REVIEWER])
def test_only_an_administrator_sees_or_erases_a_customer(database: Database, role: Role) -> None:
    with access.acting(Person("a", frozenset({role}))):
        with pytest.raises(Forbidden):
            erasure.about(database, 1)
        with pytest.raises(Forbidden):
            erasure.forget(database, 1)
