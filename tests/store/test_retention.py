"""What is older than its rule leads to nobody any more, and no sum changes."""

import os
from datetime import date, datetime

import pytest

from ocem.domain.access import Person, Role
from ocem.errors import Forbidden, WrongUse
from ocem.evaluation import people
from ocem.store import access, audit, batch, retention
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.retention import Kept
from tests.store.staging import contacts, sales

TODAY = date(2026, 3, 10)


def personal(database: Database, table: str) -> tuple[int, int]:
    """Rows in all, rows that lead to a customer."""
    with database.cursor() as con:
        row = con.execute(f"SELECT count(*), count(customer) FROM {table}").fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def sums(database: Database) -> list[tuple[object, ...]]:
    with database.cursor() as con:
        return (
            con.execute("SELECT * FROM daily ORDER BY ALL").fetchall()
            + con.execute("SELECT * FROM active_week ORDER BY ALL").fetchall()
            + con.execute("SELECT * FROM contact_week ORDER BY ALL").fetchall()
        )


@pytest.fixture
def stored(database: Database) -> Database:
    """100 contacts of December 2025, 60 orders of January 2026."""
    batch.commit(database, contacts(database))
    batch.commit(database, sales(database, "orders", 0, 60))
    return database


def test_without_a_rule_nothing_goes(stored: Database) -> None:
    assert retention.apply(stored, TODAY) == []
    assert personal(stored, "interaction") == (100, 100)


def test_old_facts_lose_the_customer_and_every_sum_stays(stored: Database) -> None:
    before = sums(stored)
    retention.set_rule(stored, Kept.INTERACTION, 2)
    done = retention.apply(stored, TODAY)
    assert [(item.kind, item.before, item.n) for item in done] == [(Kept.INTERACTION, date(2026, 2, 1), 100)]
    assert personal(stored, "interaction") == (100, 0)
    assert personal(stored, "sale") == (60, 60)
    assert sums(stored) == before
    assert check(stored) == []
    with stored.cursor() as con:
        entry = audit.entries(con, 1)[0]
    assert (entry.action, entry.details["interaction"]["n"]) == ("retention", 100)


def test_what_went_does_not_come_back_with_the_same_days(stored: Database) -> None:
    retention.set_rule(stored, Kept.SALE, 1)
    retention.apply(stored, TODAY)
    assert personal(stored, "sale") == (60, 0)
    batch.commit(stored, sales(stored, "later", 30, 90))
    assert personal(stored, "sale") == (90, 0)
    assert check(stored) == []


def test_a_second_pass_takes_nothing_more(stored: Database) -> None:
    retention.set_rule(stored, Kept.SALE, 1)
    assert [item.n for item in retention.apply(stored, TODAY)] == [60]
    assert [item.n for item in retention.apply(stored, TODAY)] == [0]
    assert people.apply_retention_daily(stored, TODAY) == []


def test_old_copies_and_uploads_go_and_new_ones_stay(stored: Database) -> None:
    for folder, days in (("uploads", 200), ("backups", 10)):
        path = stored.folder / folder / "kept.csv"
        path.write_text("x")
        at = datetime(TODAY.year, TODAY.month, TODAY.day).timestamp() - days * 86400
        os.utime(path, (at, at))
    for kind in (Kept.UPLOAD, Kept.BACKUP):
        retention.set_rule(stored, kind, 3)
    done = {item.kind: item.n for item in retention.apply(stored, TODAY)}
    assert done == {Kept.UPLOAD: 1, Kept.BACKUP: 0}
    assert not (stored.folder / "uploads" / "kept.csv").exists()
    assert (stored.folder / "backups" / "kept.csv").exists()


def test_a_rule_is_set_by_an_administrator_and_taken_back(stored: Database) -> None:
    with access.acting(Person("a", frozenset({Role.REVIEWER}))):
        for attempt in (lambda: retention.set_rule(stored, Kept.SALE, 1), lambda: retention.apply(stored, TODAY)):
            with pytest.raises(Forbidden):
                attempt()
    with pytest.raises(WrongUse):
        retention.set_rule(stored, Kept.SALE, 0)
    retention.set_rule(stored, Kept.SALE, 12)
    retention.set_rule(stored, Kept.SALE, None)
    with stored.cursor() as con:
        assert retention.rules(con) == {}
