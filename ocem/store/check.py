"""Is the store sound: readable file, whole batches, sums equal to facts."""

from dataclasses import dataclass
from typing import Any

from ocem.domain.fact import FactKind
from ocem.store import contact, journey
from ocem.store.daily import differences
from ocem.store.database import Database
from ocem.store.kpi import numbered_kpis


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
            doubles = con.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {fact.value} "
                "WHERE superseded_by IS NULL AND key_hash IS NOT NULL GROUP BY source_id, key_hash HAVING count(*) > 1)"
            ).fetchone()
            if doubles and doubles[0]:
                found.append(Finding("record_live_twice", {"fact": fact.value, "records": doubles[0]}))
        unbalanced = con.execute(
            "SELECT id FROM import_batch WHERE rows_read <> accepted + updated + unchanged + rejected + skipped"
        ).fetchall()
        found.extend(Finding("counts_do_not_add_up", {"batch": row[0]}) for row in unbalanced)
        for fact_name, kpi, cells in differences(con, numbered_kpis(con)):
            found.append(Finding("sums_differ_from_facts", {"fact": fact_name, "kpi": kpi, "cells": cells}))
        weeks = contact.differences(con)
        if weeks:
            found.append(Finding("weeks_differ_from_facts", {"weeks": weeks}))
        wrong = journey.differences(con)
        if wrong:
            found.append(Finding("journeys_differ_from_facts", {"journeys": wrong}))
    return found
