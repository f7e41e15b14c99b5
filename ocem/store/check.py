"""Is the store sound: readable file, whole batches, sums equal to facts."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.store import bucket, contact, journey, known_key
from ocem.store.daily import differences
from ocem.store.database import Database
from ocem.store.engine import owned
from ocem.store.kpi import numbered_kpis

KEYS_AT_ONCE = 8_000_000
"""Records compared with one another at once; more are cut by key."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be: a code and its values."""

    code: str
    values: dict[str, Any]


def check(database: Database) -> list[Finding]:
    """Compare what is stored with what must hold; empty when sound."""
    found: list[Finding] = []
    with database.cursor() as con:
        for fact in FactKind:
            orphans = con.execute(
                f"SELECT f.batch_id, count(*) FROM {fact.value} f LEFT JOIN import_batch b ON b.id = f.batch_id "
                "AND b.status = 'live' AND b.fact = ? WHERE b.id IS NULL GROUP BY ALL",
                [fact.value],
            ).fetchall()
            found.extend(
                Finding("rows_without_batch", {"fact": fact.value, "batch": row[0], "rows": row[1]}) for row in orphans
            )
            if doubles := _live_twice(con, fact):
                found.append(Finding("record_live_twice", {"fact": fact.value, "records": doubles}))
            if unknown := known_key.missing(con, database.keys_folder, fact):
                found.append(Finding("keys_not_noted", {"fact": fact.value, "records": unknown}))
        unbalanced = con.execute(
            "SELECT id FROM import_batch WHERE rows_read <> accepted + updated + unchanged + rejected + skipped"
        ).fetchall()
        found.extend(Finding("counts_do_not_add_up", {"batch": row[0]}) for row in unbalanced)
        for fact_name, kpi, cells in differences(con, numbered_kpis(con)):
            found.append(Finding("sums_differ_from_facts", {"fact": fact_name, "kpi": kpi, "cells": cells}))
        weeks = contact.differences(con)
        if weeks:
            found.append(Finding("weeks_differ_from_facts", {"weeks": weeks}))
        sums = bucket.differences(con, numbered_kpis(con))
        if sums:
            found.append(Finding("customer_sums_differ_from_facts", {"sums": sums}))
        found.extend(
            Finding("engine_sums_differ", {"fact": fact_name, "days": days})
            for fact_name, days in owned.differing_days(con)
        )
        found.extend(
            Finding("engine_must_run_again", {"fact": item.fact.value, "kpis": list(item.kpis_since)})
            for item in owned.state(con).owned
            if item.kpis_since or item.members_since
        )
        wrong = journey.differences(con)
        if wrong:
            found.append(Finding("journeys_differ_from_facts", {"journeys": wrong}))
    return found


def _live_twice(con: DuckDBPyConnection, fact: FactKind) -> int:
    """Count the records that two rows bear at once, a stretch of keys after the other: keys are hashes."""
    row = con.execute(f"SELECT count(*) FROM {fact.value}").fetchone()
    n_parts = int(row[0]) // KEYS_AT_ONCE + 1 if row else 1
    bounds = [2**64 * number // n_parts for number in range(n_parts + 1)]
    found = 0
    for low, high in pairwise(bounds):
        row = con.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {fact.value} WHERE superseded_by IS NULL "
            "AND key_hash BETWEEN CAST(? AS UBIGINT) AND CAST(? AS UBIGINT) "
            "GROUP BY source_id, key_hash HAVING count(*) > 1)",
            [low, high - 1],
        ).fetchone()
        found += int(row[0]) if row else 0
    return found
