"""Sums by bucket of customers: the same as the rows give, however the rows came in."""

from datetime import date

import numpy as np
import pytest

from ocem.domain.access import LOCAL
from ocem.store import access
from ocem.store.batch import undo
from ocem.store.bucket import BUCKETS
from ocem.store.bucket_cube import bucket_cubes
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.erasure import forget
from ocem.store.kpi import find_kpi
from tests.store.journeys import Order, store_orders

BY_ROWS = """
SELECT coalesce(customer, key_hash) % 32 AS bucket, sum(amount_eur)::DOUBLE, count(*)::DOUBLE FROM sale
WHERE superseded_by IS NULL AND day BETWEEN '2026-01-05' AND '2026-02-01' GROUP BY ALL ORDER BY ALL
"""


def same_as_rows(database: Database) -> bool:
    """Whether the buckets of four weeks' order values are what a plain sum over the rows gives."""
    with database.cursor() as con:
        number, _ = find_kpi(con, "order_value")
        found = bucket_cubes(con, [number], date(2026, 1, 5), date(2026, 1, 26))[number]
        rows = con.execute(BY_ROWS).fetchall()
    told = np.zeros((2, BUCKETS))
    for bucket, euros, orders in rows:
        told[:, bucket] = euros, orders
    kept = np.stack([found.sums[name].sum(axis=0) for name in ("numerator", "denominator")])
    return bool(np.allclose(kept, told)) and told.sum() > 0


def drawn(rng: np.random.Generator, n: int) -> list[Order]:
    who = [None, *range(1, 60)]
    return [
        Order(who[int(rng.integers(60))], int(rng.integers(70)), amount=float(rng.integers(9, 99))) for _ in range(n)
    ]


@pytest.mark.slow
def test_buckets_kept_batch_by_batch_equal_a_sum_over_the_rows(database: Database) -> None:
    """New rows, corrections, an undone batch and an erased customer."""
    rng = np.random.default_rng(5)
    store_orders(database, drawn(rng, 300), "a")
    assert same_as_rows(database)
    second = store_orders(database, drawn(rng, 300), "b", 150)  # half of the keys are corrections
    assert same_as_rows(database)
    undo(database, second)
    assert same_as_rows(database)
    with access.acting(LOCAL):
        forget(database, 7)
    assert same_as_rows(database)
    assert check(database) == []
    with database.write() as con:
        con.execute("UPDATE customer_bucket SET sums = list_transform(sums, lambda x: x + 1)")
    assert [finding.code for finding in check(database)] == ["customer_sums_differ_from_facts"]


@pytest.mark.slow
def test_a_changed_definition_makes_new_buckets(database: Database) -> None:
    from ocem.store.definitions import load_documents

    store_orders(database, drawn(np.random.default_rng(6), 80), "a")
    with database.cursor() as con:
        _, kpi = find_kpi(con, "order_value")
    document = {name: getattr(kpi, name) for name in ("unit", "owner", "label_it", "label_en")}
    document |= {"description_it": "x", "description_en": "x", "kind": "mean", "direction": "up", "level": "outcome"}
    document["numerator"] = {"fact": "sale", "aggregate": "sum", "column": "margin_eur"}
    load_documents(database, {"kpi": {"order_value": document}})
    with database.cursor() as con:
        now = find_kpi(con, "order_value")[0]
        found = bucket_cubes(con, [now], date(2025, 12, 29), date(2026, 3, 30))[now]
    assert found.sums["numerator"].sum() == pytest.approx(30.0 * 80)
    assert check(database) == []
