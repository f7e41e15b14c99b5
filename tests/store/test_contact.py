"""Contacts and active customers by week: the same as the rows give, however the rows came in."""

import numpy as np
import pytest

from ocem.domain.access import LOCAL
from ocem.store import access, contact
from ocem.store.batch import undo
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.erasure import forget
from tests.store.journeys import Contact, Order, store_contacts, store_orders

pytestmark = pytest.mark.slow  # whole batches through the store

WEEKS = """
SELECT date_trunc('week', day), touchpoint_id, segment_id, count(*) FROM interaction
WHERE superseded_by IS NULL GROUP BY ALL ORDER BY ALL
"""
ACTIVE = """
SELECT date_trunc('week', day), segment_id, count(DISTINCT customer)
FROM (SELECT day, segment_id, customer, superseded_by FROM interaction
      UNION ALL SELECT day, segment_id, customer, superseded_by FROM sale)
WHERE superseded_by IS NULL AND customer IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


def same_as_rows(database: Database) -> bool:
    """Whether both tables hold what a plain count over the rows gives."""
    with database.cursor() as con:
        kept = con.execute(
            "SELECT CAST(week AS TIMESTAMP), touchpoint_id, segment_id, sum(n) FROM contact_week "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        active = con.execute("SELECT CAST(week AS TIMESTAMP), segment_id, n FROM active_week ORDER BY ALL").fetchall()
        return kept == con.execute(WEEKS).fetchall() and active == con.execute(ACTIVE).fetchall()


def drawn(rng: np.random.Generator, n: int) -> list[Contact]:
    return [
        Contact(int(rng.integers(1, 9)), int(rng.integers(0, 60)), str(rng.choice(["email", "chat"])), minute=i % 1400)
        for i in range(n)
    ]


def test_weeks_kept_batch_by_batch_equal_a_count_over_the_rows(database: Database) -> None:
    """New rows, corrections, orders, an undone batch and an erased customer."""
    rng = np.random.default_rng(71)
    first = store_contacts(database, drawn(rng, 60), "c1")
    assert same_as_rows(database)
    store_contacts(database, drawn(rng, 60), "c2", 30)  # half of the keys are corrections
    store_orders(database, [Order(int(rng.integers(1, 12)), int(rng.integers(0, 60))) for _ in range(20)], "o")
    assert same_as_rows(database)
    undo(database, first)
    assert same_as_rows(database)
    with access.acting(LOCAL):
        forget(database, 3)
    assert same_as_rows(database)
    assert check(database) == []
    with database.write() as con:
        contact.rebuild(con)
    assert same_as_rows(database)


def test_the_check_finds_a_week_that_the_rows_do_not_give(database: Database) -> None:
    store_contacts(database, [Contact(1, 0), Contact(2, 0)], "c")
    with database.write() as con:
        con.execute("UPDATE contact_week SET n = 7")
    assert [finding.code for finding in check(database)] == ["weeks_differ_from_facts"]
