"""The analysis before go-live of each initiative, by version."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ocem.domain.access import Right
from ocem.domain.ex_ante import ExAnte
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Perimeter
from ocem.store import access, audit
from ocem.store.database import Cursor, Database
from ocem.store.member import member_ids


@dataclass(frozen=True)
class ExAnteRecord:
    """A saved analysis, who saved it and when."""

    analysis: ExAnte
    saved_at: datetime
    saved_by: str


def _document(analysis: ExAnte) -> dict[str, Any]:
    return {
        "answers": {key: value for key, value in analysis.answers.items() if value.strip()},
        "integrate": list(analysis.integrate),
        "test": [day.isoformat() if day else None for day in (analysis.test_first, analysis.test_last)],
        "author": analysis.author,
        "figures": analysis.figures,
    }


def _parsed(initiative: str, version: int, document: dict[str, Any]) -> ExAnte:
    first, last = (date.fromisoformat(day) if day else None for day in document["test"])
    return ExAnte(
        initiative,
        document["answers"],
        tuple(document["integrate"]),
        first,
        last,
        document["author"],
        document["figures"],
        version,
    )


def list_ex_ante(con: Cursor, initiative: str | None = None) -> list[ExAnteRecord]:
    """Return every saved version, newest first, of one initiative or of all."""
    rows = con.execute(
        "SELECT initiative, version, definition, saved_at, saved_by FROM ex_ante WHERE ? IS NULL OR initiative = ? "
        "ORDER BY version DESC",
        [initiative, initiative],
    ).fetchall()
    return [ExAnteRecord(_parsed(row[0], int(row[1]), json.loads(row[2])), row[3], row[4]) for row in rows]


def save_ex_ante(database: Database, analysis: ExAnte, at: datetime | None = None) -> ExAnteRecord:
    """Store an analysis as a new version unless the words are in force as they are; return what is in force."""
    actor = access.require(Right.DEFINE).name
    with database.write() as con:
        known = list_ex_ante(con, analysis.initiative)
        document = json.loads(json.dumps(_document(analysis)))
        if known and json.loads(json.dumps(_document(known[0].analysis))) == document:
            return known[0]
        version = known[0].analysis.version + 1 if known else 1
        con.execute(
            "INSERT INTO ex_ante VALUES (?, ?, ?, ?, ?)",
            [analysis.initiative, version, json.dumps(document), at or datetime.now(UTC), actor],
        )
        audit.record(con, "ex_ante", f"initiative:{analysis.initiative}", {"version": version})
        return list_ex_ante(con, analysis.initiative)[0]


_PARTS = ("touchpoint", "phase", "segment")


def member_query(
    con: Cursor, number: int, kpi: Kpi, perimeter: Perimeter, first: date, last: date, by: tuple[str, ...]
) -> str:
    """Return the statement that gives a KPI over inclusive days by the members of some dimensions; it runs as it is.

    What is divided by orders is divided by the orders of its members of `by`, and so is broken down by segment only.
    """
    days = f"day BETWEEN DATE '{first.isoformat()}' AND DATE '{last.isoformat()}'"
    where = [f"kpi_id = {number}", days]
    for name in _PARTS:
        keys = perimeter.members(name)
        if keys is not None:
            where.append(f"{name}_id IN ({', '.join(str(item) for item in member_ids(con, name, keys)) or 'NULL'})")
    weeks = ((last - first).days + 1) / 7
    if kpi.kind in (KpiKind.COUNT, KpiKind.SUM):
        value = f"sum(numerator) / {weeks:.10g} AS value_per_week"
    else:
        value = "sum(numerator) / nullif(sum(denominator), 0) AS value"
    names = ", ".join(f"{name[0]}.key AS {name}" for name in by)
    joins = "\n".join(
        f"JOIN member {name[0]} ON {name[0]}.dimension = '{name}' AND {name[0]}.id = {name}_id" for name in by
    )
    return (
        f"-- {kpi.key}, version {kpi.version}\n"
        f"SELECT {names}{', ' if names else ''}sum(n) AS n_rows, {value}\nFROM daily\n"
        + (joins + "\n" if joins else "")
        + "WHERE "
        + "\n  AND ".join(where)
        + ("\nGROUP BY ALL\nORDER BY ALL" if names else "")
    )


def run_query(con: Cursor, statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement of `member_query` gives."""
    return con.execute(statement).fetchall()
