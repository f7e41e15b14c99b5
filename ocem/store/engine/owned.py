"""Which days of which fact hold sums from shared storage: there these alone count, not the store's own facts."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.errors import Named
from ocem.store.kpi import numbered_kpis

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
OWNED_DAYS = "SELECT e.day FROM engine_day e WHERE e.fact = '{fact}'"


def own_days(con: DuckDBPyConnection, fact: FactKind) -> str:
    """Return the condition on ``day`` that leaves out the days that are shared storage's; empty where there are none.

    A statement that sums facts carries it, so that no row counts twice.
    """
    days = OWNED_DAYS.format(fact=fact.value)
    return f"day NOT IN ({days})" if con.execute(f"{days} LIMIT 1").fetchone() else ""


def leave_out(con: DuckDBPyConnection, fact: FactKind) -> None:
    """Take the days that are shared storage's out of the temporary table ``touched``."""
    if own_days(con, fact):
        con.execute(f"DELETE FROM touched WHERE day IN ({OWNED_DAYS.format(fact=fact.value)})")


@dataclass(frozen=True)
class Owned:
    """The days of one fact that one run brought and that still stand."""

    fact: FactKind
    first_day: date
    last_day: date
    n_rows: int
    run: int
    made_at: datetime
    engine: str
    """Address and version."""
    folder: str
    kpis_since: tuple[str, ...]
    """KPIs whose definition is newer: their sums of these days are missing."""
    members_since: bool
    """Whether a member that the sums stand under was changed or merged since."""


@dataclass(frozen=True)
class Attempt:
    """The last try that brought nothing."""

    at: datetime
    engine: str
    error: str
    """Template and values of the error."""
    values: dict[str, Any]


@dataclass(frozen=True)
class State:
    """What shared storage holds for this store, and whether the last try to renew it failed."""

    owned: tuple[Owned, ...]
    failed: Attempt | None


NOTHING_SHARED = State((), None)


def state(con: DuckDBPyConnection) -> State:
    """Return which sums come from shared storage, how old they are, and what failed since."""
    rows = con.execute(
        "SELECT d.fact, min(d.day), max(d.day), sum(d.n_rows), r.id, r.ended_at, r.address, r.engine, r.folder, "
        "r.kpis, r.members FROM engine_day d JOIN engine_run r ON r.id = d.run_id "
        "GROUP BY ALL ORDER BY d.fact, min(d.day)"
    ).fetchall()
    current = _kpis_now(con)
    members = members_now(con) if rows else {}
    owned = []
    for fact, first, last, n_rows, run, at, address, engine, folder, kpis, known in rows:
        made = set(json.loads(kpis).get(fact, []))
        owned.append(
            Owned(
                FactKind(fact), first, last, int(n_rows), int(run), at, f"{address} ({engine})", folder,
                tuple(sorted(key for number, (key, facts) in current.items() if fact in facts and number not in made)),
                any(members.get(name) != value for name, value in json.loads(known).items()),
            )
        )  # fmt: skip
    newest = con.execute("SELECT status, ended_at, address, error FROM engine_run ORDER BY id DESC LIMIT 1").fetchone()
    failed = None
    if newest and newest[0] == "failed":
        error = json.loads(newest[3])
        failed = Attempt(
            newest[1], newest[2], error["template"], {key: _value(value) for key, value in error["values"].items()}
        )
    return State(tuple(owned), failed)


def _value(value: Any) -> Any:
    """Return a value of an error as it was before `written`: a day as a day, a name in both languages."""
    if isinstance(value, dict):
        return Named(value["it"], value["en"])
    return date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else value


def written(value: Any) -> Any:
    """Return a value of an error as it can be written down."""
    if isinstance(value, Named):
        return {"it": value.label_it, "en": value.label_en}
    return value if isinstance(value, int) else str(value)


def differing_days(con: DuckDBPyConnection) -> list[tuple[str, int]]:
    """Return for each fact how many days hold another number of sums than the engine brought; empty when sound."""
    rows = con.execute(
        "SELECT e.fact, count(*) FROM engine_day e LEFT JOIN "
        "(SELECT fact, day, count(*) AS n FROM daily GROUP BY fact, day) d ON d.fact = e.fact AND d.day = e.day "
        "WHERE e.n_sums <> coalesce(d.n, 0) GROUP BY e.fact ORDER BY e.fact"
    ).fetchall()
    return [(str(row[0]), int(row[1])) for row in rows]


def _kpis_now(con: DuckDBPyConnection) -> dict[int, tuple[str, set[str]]]:
    """Return key and facts of every definition in force by its number."""
    return {
        number: (kpi.key, {measure.fact.value for measure in (kpi.numerator, kpi.denominator) if measure})
        for number, kpi in numbered_kpis(con)
    }


def members_now(con: DuckDBPyConnection) -> dict[str, list[Any]]:
    """Return what sums depend on of every member, by dimension and number."""
    rows = con.execute(
        "SELECT dimension || ':' || id, key, self_service, medium, control, merged_into FROM member "
        "WHERE dimension IN ('touchpoint', 'segment', 'phase') ORDER BY ALL"
    ).fetchall()
    return {row[0]: list(row[1:]) for row in rows}
