"""Contacts and orders for tests of journeys, written as rows and stored as batches, and journeys told a second way."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ocem.domain.batch import Detected
from ocem.domain.fact import FactKind
from ocem.store.batch import Staged, commit
from ocem.store.database import Database

START = date(2026, 1, 1)
PHASES = {"before": "pre_acquisto", "order": "acquisto", "after": "post_acquisto"}


@dataclass(frozen=True)
class Contact:
    """One contact: customer, day number from START, minute, touchpoint and phase."""

    customer: int | None
    day: int
    touchpoint: str = "contact_center"
    phase: str = "before"
    minute: int = 600
    segment: str = "pmi"


@dataclass(frozen=True)
class Order:
    """One order: customer, day number from START, where it was placed, euros and margin."""

    customer: int | None
    day: int
    touchpoint: str = "venditore"
    amount: float = 100.0
    margin: float | None = 30.0
    segment: str = "pmi"


def store_contacts(database: Database, contacts: list[Contact], name: str, first_key: int = 0) -> int:
    """Store contacts as one batch; the key of each is its place plus `first_key`."""
    numbers = range(first_key, first_key + len(contacts))
    days = [START + timedelta(days=item.day) for item in contacts]
    seconds = [(START - date(1970, 1, 1)).days * 86400 + item.day * 86400 + item.minute * 60 for item in contacts]
    columns: dict[str, Any] = {
        "occurred_at": pa.array([value * 1_000_000 for value in seconds], pa.timestamp("us", tz="UTC")),
        "day": pa.array(days, pa.date32()),
        "customer": pa.array([item.customer for item in contacts], pa.uint64()),
        "touchpoint": pa.array([item.touchpoint for item in contacts]),
        "phase": pa.array([PHASES[item.phase] for item in contacts]),
        "segment": pa.array([item.segment for item in contacts]),
    }
    return _store(database, FactKind.INTERACTION, "contacts", columns, list(numbers), contacts, name)


def store_orders(database: Database, orders: list[Order], name: str, first_key: int = 0) -> int:
    """Store orders as one batch; the key of each is its place plus `first_key`."""
    numbers = range(first_key, first_key + len(orders))
    days = [START + timedelta(days=item.day) for item in orders]
    columns: dict[str, Any] = {
        "order_day": pa.array(days, pa.date32()),
        "day": pa.array(days, pa.date32()),
        "customer": pa.array([item.customer for item in orders], pa.uint64()),
        "touchpoint": pa.array([item.touchpoint for item in orders]),
        "segment": pa.array([item.segment for item in orders]),
        "phase": pa.array(["acquisto"] * len(orders)),
        "amount_eur": pa.array([item.amount for item in orders]).cast(pa.decimal128(18, 4)),
        "margin_eur": pa.array([item.margin for item in orders], pa.float64()).cast(pa.decimal128(18, 4)),
    }
    return _store(database, FactKind.SALE, "orders", columns, list(numbers), orders, name)


def _store(
    database: Database,
    fact: FactKind,
    source: str,
    columns: dict[str, Any],
    keys: list[int],
    rows: list[Any],
    name: str,
) -> int:
    path = database.folder / "staging" / f"{name}.parquet"
    table = {
        "line": pa.array([i + 2 for i in range(len(keys))], pa.int32()),
        **columns,
        "key_hash": pa.array(keys, pa.uint64()),
        "row_hash": pa.array([hash(row) % 2**63 for row in rows], pa.uint64()),
    }
    pq.write_table(pa.table(table), path)
    return commit(database, Staged(path, fact, source, f"{name}.csv", name, Detected(), len(keys))).batch


def told(contacts: list[Contact], orders: list[Order], silence: int = 60, after: int = 60) -> list[tuple[Any, ...]]:
    """Tell the journeys one event after the other: (customer, first, last, won, path, contacts, after path, margin)."""
    found: list[tuple[Any, ...]] = []
    for customer in sorted({item.customer for item in [*contacts, *orders] if item.customer is not None}):
        mine = [item for item in contacts if item.customer == customer]
        bought: dict[int, float] = defaultdict(float)
        for order in orders:
            if order.customer == customer:
                bought[order.day] += order.margin or 0.0
        events = [(c.day, 0, c.minute, c.touchpoint) for c in mine if c.phase != "after"]
        events = sorted([*events, *((day, 1, 0, "") for day in bought)])
        run: list[tuple[int, int, int, str]] = []
        closed: list[tuple[list[tuple[int, int, int, str]], bool]] = []
        for event in events:
            if run and event[0] - run[-1][0] > silence:
                closed.append((run, False))
                run = []
            run.append(event)
            if event[1]:
                closed.append((run, True))
                run = []
        if run:
            closed.append((run, False))
        later = sorted((c.day, c.minute, c.touchpoint) for c in mine if c.phase == "after")
        for events_of, won in closed:
            touched = [event[3] for event in events_of if not event[1]]
            last = events_of[-1][0]
            ends = min([day for day in bought if day > last], default=10**6)
            follow = [c[2] for c in later if won and last <= c[0] <= last + after and c[0] < ends]
            found.append(
                (customer, events_of[0][0], last, won, _without_repeats(touched), len(touched),
                 _without_repeats(follow), bought[last] if won else 0.0)
            )  # fmt: skip
    return found


def _without_repeats(items: list[str]) -> tuple[str, ...]:
    return tuple(item for i, item in enumerate(items) if i == 0 or items[i - 1] != item)
