"""Journeys kept beside the facts: for each batch only the customers and days it touched are worked out again."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from ocem.domain.fact import FactKind
from ocem.domain.journey import AFTER_DAYS, FEWEST_CUSTOMERS, PURCHASE_PHASE, SILENCE_DAYS, STEPS_KEPT
from ocem.store import access
from ocem.store.database import Database
from ocem.store.member import member_ids

_OF_SCOPE = (Path(__file__).parent / "sql" / "journeys_of_scope.sql").read_text(encoding="utf-8")
_WITH_JOURNEYS = (FactKind.INTERACTION, FactKind.SALE)
_RULES = "journey_rules"
AT_ONCE_CUSTOMERS = 20_000
"""A batch that touches more customers than this leaves their journeys to the first question about journeys."""

ROWS_AT_ONCE = 4_000_000
"""Contacts and orders worked out together when all journeys are made anew; more are cut by customer."""

_CONTACTS = """
CREATE OR REPLACE TEMP VIEW contact_in_scope AS
SELECT f.customer, f.day, f.occurred_at, f.touchpoint_id, f.segment_id, f.phase_id,
       list_contains({after}, f.phase_id) AS is_after
FROM interaction f {scope}
WHERE f.superseded_by IS NULL AND f.customer IS NOT NULL {where}
"""
_ORDERS = """
CREATE OR REPLACE TEMP VIEW order_in_scope AS
SELECT f.customer, f.day,
       arg_max(f.touchpoint_id, (coalesce(f.amount_eur, 0), f.touchpoint_id)) AS touchpoint_id,
       arg_max(f.segment_id, (coalesce(f.amount_eur, 0), f.segment_id)) AS segment_id,
       count(*) AS n_orders, count(f.margin_eur) AS n_with_margin,
       coalesce(sum(CAST(f.amount_eur * 100 AS BIGINT)), 0) AS amount_cents,
       coalesce(sum(CAST(f.margin_eur * 100 AS BIGINT)), 0) AS margin_cents
FROM sale f {scope}
WHERE f.superseded_by IS NULL AND f.customer IS NOT NULL {where}
GROUP BY f.customer, f.day
"""
_PARAMETERS = {"silence": SILENCE_DAYS, "after": AFTER_DAYS, "steps": STEPS_KEPT}


def _after_phases(con: DuckDBPyConnection) -> list[int]:
    """Return the numbers of the phases positioned after the one in which orders are placed."""
    rows = con.execute(
        "SELECT id FROM member WHERE dimension = 'phase' AND id > 0 AND position > "
        "(SELECT min(position) FROM member WHERE dimension = 'phase' AND key = ?) ORDER BY id",
        [PURCHASE_PHASE],
    ).fetchall()
    return [int(row[0]) for row in rows]


def _rules(con: DuckDBPyConnection) -> str:
    """Return what the journeys depend on beside the facts, as one text."""
    return f"{SILENCE_DAYS} {AFTER_DAYS} {STEPS_KEPT} {_after_phases(con)}"


def _rules_hold(con: DuckDBPyConnection) -> bool:
    row = con.execute("SELECT value FROM meta WHERE key = ?", [_RULES]).fetchone()
    return row is not None and row[0] == _rules(con)


def _set_scope(con: DuckDBPyConnection, restarted: bool = False, share: tuple[int, int] = (0, 1)) -> None:
    """Point the two views at everything, or at the customers and days of the temporary table ``journey_restart``.

    `share` (i, n) takes the i-th of n parts of the customers only.
    """
    scope, where = ("JOIN journey_restart r USING (customer)", "AND f.day > r.day") if restarted else ("", "")
    if share[1] > 1:
        where += f" AND f.customer % {share[1]} = {share[0]}"
    con.execute(_CONTACTS.format(after=f"CAST({_after_phases(con)} AS USMALLINT[])", scope=scope, where=where))
    con.execute(_ORDERS.format(scope=scope, where=where))


def _drop_scope(con: DuckDBPyConnection) -> None:
    con.execute("DROP VIEW contact_in_scope")
    con.execute("DROP VIEW order_in_scope")


def _n_shares(con: DuckDBPyConnection) -> int:
    """Return into how many parts the customers are cut so that the memory for one part stays bounded."""
    row = con.execute("SELECT (SELECT count(*) FROM interaction) + (SELECT count(*) FROM sale)").fetchone()
    return -(-int(row[0]) // ROWS_AT_ONCE) if row and row[0] else 1


def rebuild(con: DuckDBPyConnection) -> None:
    """Work out all journeys anew from the live facts."""
    con.execute("DELETE FROM journey")
    con.execute("DELETE FROM journey_pending")
    n_shares = _n_shares(con)
    for number in range(n_shares):
        _set_scope(con, share=(number, n_shares))
        con.execute(f"INSERT INTO journey {_OF_SCOPE}", _PARAMETERS)
    _drop_scope(con)
    con.execute("DELETE FROM meta WHERE key = ?", [_RULES])
    con.execute("INSERT INTO meta VALUES (?, ?)", [_RULES, _rules(con)])


def note_batch(con: DuckDBPyConnection, fact: FactKind, batch: int) -> None:
    """Remember the customers whose journeys a batch touches, from the first day it touches.

    To be called while the rows of the batch, and the rows it superseded, still bear its number: at the end of a commit,
    at the start of an undo. Sales that take fields from first contacts may change on any day of a customer.
    """
    if fact not in _WITH_JOURNEYS:
        return
    mine = f"FROM {fact.value} WHERE customer IS NOT NULL AND (batch_id = $batch OR superseded_by = $batch)"
    # Never an insert of nothing: in DuckDB 2.0.0 it would hide a large one that follows in the same transaction.
    if not con.execute(f"SELECT 1 {mine} LIMIT 1", {"batch": batch}).fetchone():
        return
    con.execute(
        f"""INSERT INTO journey_pending
        SELECT customer, min(day) FROM (
            SELECT customer, day {mine}
            UNION ALL
            SELECT customer, day FROM sale
            WHERE customer IN (SELECT customer {mine}) AND source_id IN (
                SELECT s.id FROM source s JOIN source_profile p ON p.key = s.key
                WHERE json_array_length(p.definition->'inherit') > 0))
        GROUP BY customer""",
        {"batch": batch},
    )


def refresh(con: DuckDBPyConnection) -> None:
    """Work out again the journeys that wait, and only those.

    A journey whose `until_day` lies before a customer's first touched day stands; the customer's others go and are made
    anew from what follows the last that stands.
    """
    if not con.execute("SELECT 1 FROM journey_pending LIMIT 1").fetchone() and _rules_hold(con):
        return
    if not _rules_hold(con) or not con.execute("SELECT 1 FROM journey LIMIT 1").fetchone():
        rebuild(con)
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE journey_touched AS "
        "SELECT customer, min(day) AS day FROM journey_pending GROUP BY customer"
    )
    con.execute(
        "DELETE FROM journey USING journey_touched t WHERE journey.customer = t.customer AND journey.until_day >= t.day"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE journey_restart AS "
        "SELECT t.customer, coalesce(max(j.last_day), DATE '0001-01-01') AS day "
        "FROM journey_touched t LEFT JOIN journey j USING (customer) GROUP BY t.customer"
    )
    _set_scope(con, restarted=True)
    con.execute(f"INSERT INTO journey {_OF_SCOPE}", _PARAMETERS)
    _drop_scope(con)
    con.execute("DELETE FROM journey_pending")
    con.execute("DROP TABLE journey_touched")
    con.execute("DROP TABLE journey_restart")


def refresh_if_small(con: DuckDBPyConnection) -> None:
    """Work out what waits when it is little; a first import leaves it to the first question."""
    row = con.execute("SELECT count(*) FROM journey_pending").fetchone()
    if row and 0 < row[0] <= AT_ONCE_CUSTOMERS:
        refresh(con)


def bring_up_to_date(database: Database) -> None:
    """Make sure that the journeys are those of the facts as they stand; nothing is written when they are.

    Done by the program itself, whoever asks: a person's narrower view must not decide what is worked out.
    """
    with access.acting(access.SYSTEM):
        with database.cursor() as con:
            waits = con.execute("SELECT 1 FROM journey_pending LIMIT 1").fetchone() is not None or not _rules_hold(con)
        if waits:
            with database.write() as con:
                refresh(con)


def differences(con: DuckDBPyConnection) -> int:
    """Count journeys that differ from what the live facts give; 0 when sound.

    Customers whose journeys wait are left aside, and everybody while the phases they rest on have changed.
    """
    if not _rules_hold(con):
        return 0
    waiting = "customer NOT IN (SELECT customer FROM journey_pending)"
    n_shares, found = _n_shares(con), 0
    for number in range(n_shares):
        _set_scope(con, share=(number, n_shares))
        con.execute(f"CREATE OR REPLACE TEMP TABLE journey_anew AS {_OF_SCOPE}", _PARAMETERS)
        stored = f"SELECT * FROM journey WHERE {waiting} AND customer % {n_shares} = {number}"
        anew = f"SELECT * FROM journey_anew WHERE {waiting}"
        row = con.execute(
            f"SELECT count(*) FROM (({stored} EXCEPT ALL {anew}) UNION ALL ({anew} EXCEPT ALL {stored}))"
        ).fetchone()
        found += int(row[0]) if row else 0
    _drop_scope(con)
    con.execute("DROP TABLE journey_anew")
    return found


BUCKETS = 64
"""Groups of customers for intervals: a customer's pseudonym is a hash, so its remainder is a fair draw."""


@dataclass(frozen=True)
class JourneyFilter:
    """Which journeys count: those decided between inclusive days, by members; empty means all."""

    first: date
    last: date
    segments: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()


def _condition(con: DuckDBPyConnection, chosen: JourneyFilter) -> tuple[str, dict[str, Any]]:
    """Return the condition on `journey` and its values: passing through a touchpoint or a phase is enough."""
    parts = ["decided_day BETWEEN $first AND $last"]
    values: dict[str, Any] = {"first": chosen.first, "last": chosen.last}
    if chosen.segments:
        parts.append("list_contains($segments, segment_id)")
        values["segments"] = member_ids(con, "segment", chosen.segments)
    if chosen.touchpoints:
        parts.append("(list_has_any(path, $touchpoints) OR list_contains($touchpoints, touchpoint_id))")
        values["touchpoints"] = member_ids(con, "touchpoint", chosen.touchpoints)
    if chosen.phases:
        parts.append("list_has_any(list_transform(phases, lambda p: p.phase_id), $phases)")
        values["phases"] = member_ids(con, "phase", chosen.phases)
    return " AND ".join(parts), values


@dataclass(frozen=True)
class WalkedPaths:
    """Journeys as flat arrays: path i is ``codes[starts[i]:starts[i + 1]]``, numbers of touchpoints.

    An order without a contact before it has the path of the touchpoint where it was placed. `bucket` is the customer's
    group; money is in euros, orders without a stated margin count 0.
    """

    codes: NDArray[np.int64]
    starts: NDArray[np.int64]
    won: NDArray[np.bool_]
    orders: NDArray[np.float64]
    margin_eur: NDArray[np.float64]
    bucket: NDArray[np.int64]


def walked_paths(con: DuckDBPyConnection, chosen: JourneyFilter) -> WalkedPaths:
    """Return the paths of the journeys chosen; orders placed nowhere known after no contact are left out."""
    where, values = _condition(con, chosen)
    con.complete()  # an answer of which only the first row was fetched would be in the way
    table: Any = con.sql(
        f"""SELECT CASE WHEN len(path) > 0 THEN path ELSE [touchpoint_id] END AS steps, won, n_orders, margin_cents,
                   CAST(customer % {BUCKETS} AS INTEGER) AS bucket
        FROM journey WHERE {where} AND (len(path) > 0 OR touchpoint_id > 0)""",
        params=values,
    ).to_arrow_table()
    steps = table["steps"].combine_chunks()
    lengths = pc.list_value_length(steps).to_numpy(zero_copy_only=False).astype(np.int64)
    return WalkedPaths(
        steps.flatten().to_numpy(zero_copy_only=False).astype(np.int64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        table["won"].to_numpy(),
        table["n_orders"].to_numpy().astype(float),
        table["margin_cents"].to_numpy() / 100.0,
        table["bucket"].to_numpy().astype(np.int64),
    )


def keys_of(con: DuckDBPyConnection, dimension: str) -> dict[int, str]:
    """Return the keys of a dimension's members by the number that journeys hold; number 0 has the empty key."""
    rows = con.execute("SELECT id, key FROM member WHERE dimension = ?", [dimension]).fetchall()
    return {int(row[0]): str(row[1]) for row in rows}


@dataclass(frozen=True)
class JourneyFigures:
    """A window of journeys in sums: counts, contacts before and after orders, and the median days to the order.

    `with_contacts` are journeys with at least one contact before their end; `switching` those of them that touched two
    or more touchpoints; `traced` the orders among them. `days_to_order` counts from the first contact.
    """

    journeys: int
    customers: int
    won: int
    traced: int
    with_contacts: int
    switching: int
    contacts_before: int
    contacts_after: int
    days_to_order: float | None


def journey_figures(con: DuckDBPyConnection, chosen: JourneyFilter) -> JourneyFigures:
    """Sum the journeys chosen."""
    where, values = _condition(con, chosen)
    row = con.execute(
        f"""SELECT count(*), count(DISTINCT customer), count(*) FILTER (won), count(*) FILTER (won AND len(path) > 0),
                   count(*) FILTER (len(path) > 0), count(*) FILTER (list_unique(path) > 1),
                   coalesce(sum(n_contacts) FILTER (won), 0), coalesce(sum(n_after), 0),
                   median(last_day - first_day) FILTER (won AND len(path) > 0)
        FROM journey WHERE {where}""",
        values,
    ).fetchone()
    assert row is not None
    journeys, customers, won, traced, with_contacts, switching, before, after = (int(value) for value in row[:8])
    return JourneyFigures(journeys, customers, won, traced, with_contacts, switching, before, after, _number(row[8]))


def first_day(con: DuckDBPyConnection) -> date | None:
    """Return the first day with a journey."""
    row = con.execute("SELECT min(first_day) FROM journey").fetchone()
    return row[0] if row else None


@dataclass(frozen=True)
class PathCount:
    """One path: touchpoint numbers, journeys and customers on it, how many ended with an order, days and contacts."""

    path: tuple[int, ...]
    journeys: int
    customers: int
    won: int
    contacts: int
    days_to_order: float | None


def count_paths(con: DuckDBPyConnection, chosen: JourneyFilter, limit: int) -> list[PathCount]:
    """Return the most walked paths with enough customers, the most frequent first."""
    where, values = _condition(con, chosen)
    rows = con.execute(
        f"""WITH walked AS (SELECT *, hash(path) AS path_hash FROM journey WHERE {where} AND len(path) > 0),
        frequent AS (
            SELECT path_hash FROM walked
            GROUP BY path_hash HAVING count(*) >= {FEWEST_CUSTOMERS}
            ORDER BY count(*) DESC, path_hash LIMIT {4 * limit:d})
        SELECT any_value(path) AS steps, count(*) AS n, count(DISTINCT customer) AS n_customers, count(*) FILTER (won),
               sum(n_contacts), median(last_day - first_day) FILTER (won)
        FROM walked SEMI JOIN frequent USING (path_hash)
        GROUP BY path_hash HAVING n_customers >= {FEWEST_CUSTOMERS} ORDER BY n DESC, steps LIMIT {limit:d}""",
        values,
    ).fetchall()
    return [PathCount(tuple(r[0]), int(r[1]), int(r[2]), int(r[3]), int(r[4]), _number(r[5])) for r in rows]


def count_these_paths(
    con: DuckDBPyConnection, chosen: JourneyFilter, paths: list[tuple[int, ...]]
) -> dict[tuple[int, ...], tuple[int, int]]:
    """Return journeys and customers on the given paths."""
    where, values = _condition(con, chosen)
    rows = con.execute(
        f"SELECT path, count(*), count(DISTINCT customer) FROM journey WHERE {where} AND list_contains($paths, path) "
        "GROUP BY path",
        values | {"paths": [list(path) for path in paths]},
    ).fetchall()
    return {tuple(row[0]): (int(row[1]), int(row[2])) for row in rows}


ORDERED, STOPPED, MORE, SILENT, UNTRACED = -1, -2, -3, -4, -5
"""Ends of a link that are no touchpoints: order, no order, further contacts, no contact after, no contact before."""
STAGES = 3
"""Touchpoints of a path that are drawn one by one."""

_LINKS = """
WITH j AS (
    SELECT customer, won, len(path) AS n, after_path[1] AS next,
           CAST(path[1] AS INTEGER) AS a, CAST(path[2] AS INTEGER) AS b, CAST(path[3] AS INTEGER) AS c,
           CASE WHEN won THEN -1 ELSE -2 END AS outcome
    FROM journey WHERE {where}),
link AS (
    SELECT customer, 1 AS stage, CASE WHEN n = 0 THEN -5 ELSE a END AS source,
           CASE WHEN n > 1 THEN b ELSE outcome END AS target FROM j
    UNION ALL SELECT customer, 2, b, CASE WHEN n > 2 THEN c ELSE outcome END FROM j WHERE n > 1
    UNION ALL SELECT customer, 3, c, CASE WHEN n > 3 THEN -3 ELSE outcome END FROM j WHERE n > 2
    UNION ALL SELECT customer, 4, -3, outcome FROM j WHERE n > 3
    UNION ALL SELECT customer, 5, -1, coalesce(CAST(next AS INTEGER), -4) FROM j WHERE won)
SELECT stage, source, target, count(*), count(DISTINCT customer) FROM link GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class Link:
    """Journeys that went from one node to the next at a stage (1 = first touchpoint on, 5 = from the order on)."""

    stage: int
    source: int
    target: int
    journeys: int
    customers: int


def count_links(con: DuckDBPyConnection, chosen: JourneyFilter) -> list[Link]:
    """Return the links between stages, the small ones too."""
    where, values = _condition(con, chosen)
    rows = con.execute(_LINKS.format(where=where), values).fetchall()
    return [Link(*(int(value) for value in row)) for row in rows]


_MOVES = """
WITH j AS (
    SELECT customer, won, path, generate_subscripts(path, 1) AS place FROM journey WHERE {where} AND len(path) > 0)
SELECT CAST(path[place] AS INTEGER) AS source,
       CASE WHEN place < len(path) THEN CAST(path[place + 1] AS INTEGER) WHEN won THEN -1 ELSE -2 END AS target,
       count(*), count(DISTINCT customer)
FROM j GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class Move:
    """Times that journeys went from a touchpoint to another, to an order or to silence, and customers who did."""

    source: int
    target: int
    times: int
    customers: int


def count_moves(con: DuckDBPyConnection, chosen: JourneyFilter) -> list[Move]:
    """Return what came after each touchpoint, wherever it stood on the path."""
    where, values = _condition(con, chosen)
    rows = con.execute(_MOVES.format(where=where), values).fetchall()
    return [Move(*(int(value) for value in row)) for row in rows]


def last_before_silence(con: DuckDBPyConnection, chosen: JourneyFilter) -> int | None:
    """Return the touchpoint where most journeys without an order ended, if enough customers' did."""
    where, values = _condition(con, chosen)
    row = con.execute(
        f"""SELECT path[-1] AS touchpoint_id FROM journey WHERE {where} AND NOT won AND len(path) > 0
        GROUP BY ALL HAVING count(DISTINCT customer) >= {FEWEST_CUSTOMERS} ORDER BY count(*) DESC, 1 LIMIT 1""",
        values,
    ).fetchone()
    return int(row[0]) if row else None


@dataclass(frozen=True)
class PhaseCount:
    """Journeys with an order that passed through a phase, contacts there, median days from its first to the order.

    `days` is negative for a phase after the order: days from the order to the phase's first contact.
    """

    phase: str
    journeys: int
    customers: int
    contacts: int
    days: float | None


def count_phases(con: DuckDBPyConnection, chosen: JourneyFilter) -> list[PhaseCount]:
    """Return the phases of the journeys that ended with an order, in the order of phases."""
    where, values = _condition(con, chosen)
    rows = con.execute(
        f"""WITH j AS (SELECT customer, last_day, unnest(phases) AS p FROM journey WHERE {where} AND won)
        SELECT m.key, count(*), count(DISTINCT customer), sum(j.p.n), median(j.last_day - j.p.first_day)
        FROM j JOIN member m ON m.dimension = 'phase' AND m.id = j.p.phase_id
        GROUP BY m.key, m.position ORDER BY m.position, m.key""",
        values,
    ).fetchall()
    return [PhaseCount(str(r[0]), int(r[1]), int(r[2]), int(r[3]), _number(r[4])) for r in rows]


@dataclass(frozen=True)
class OrderTracing:
    """Orders of a window by what is known of the way to them.

    `anonymous` bear no customer; `untraced` no contact before them; `digital` were preceded by online contacts only,
    `mixed` by online and others, `offline` by no online contact.
    """

    orders: int
    anonymous: int
    untraced: int
    digital: int
    mixed: int
    offline: int


def trace_orders(con: DuckDBPyConnection, chosen: JourneyFilter) -> OrderTracing:
    """Say how far the orders of a window can be traced back; orders of one customer on one day count once."""
    where, values = _condition(con, chosen)
    row = con.execute(
        f"""WITH online AS (SELECT list(id) AS ids FROM member WHERE dimension = 'touchpoint' AND medium = 'online'),
        j AS (
            SELECT len(path) AS n, len(list_filter(path, lambda t: list_contains(ids, t))) AS n_online
            FROM journey, online WHERE {where} AND won)
        SELECT count(*), count(*) FILTER (n = 0), count(*) FILTER (n > 0 AND n_online = n),
               count(*) FILTER (n_online > 0 AND n_online < n), count(*) FILTER (n > 0 AND n_online = 0) FROM j""",
        values,
    ).fetchone()
    names = {"segment": chosen.segments, "touchpoint": chosen.touchpoints, "phase": chosen.phases}
    members = [item for item in names.items() if item[1]]
    condition = " ".join(f"AND list_contains(?, {name}_id)" for name, _ in members)
    anonymous = con.execute(
        "SELECT count(*) FROM sale WHERE superseded_by IS NULL AND customer IS NULL "
        f"AND day BETWEEN ? AND ? {condition}",
        [chosen.first, chosen.last, *(member_ids(con, name, keys) for name, keys in members)],
    ).fetchone()
    assert row is not None and anonymous is not None
    known = [int(value) for value in row]
    return OrderTracing(known[0] + int(anonymous[0]), int(anonymous[0]), *known[1:])


@dataclass(frozen=True)
class ContactTracing:
    """Contacts of a touchpoint in a window, and how many bear a customer."""

    touchpoint: str
    medium: str | None
    contacts: int
    with_customer: int


def trace_contacts(con: DuckDBPyConnection, chosen: JourneyFilter) -> list[ContactTracing]:
    """Say for each touchpoint how many of its contacts can be tied to a customer, touchpoints without data included."""
    parts, values = "", [chosen.first, chosen.last]
    extra: list[Any] = []
    for name, keys in (("segment", chosen.segments), ("phase", chosen.phases)):
        if keys:
            parts += f" AND list_contains(?, {name}_id)"
            extra.append(member_ids(con, name, keys))
    rows = con.execute(
        f"""WITH seen AS (
            SELECT touchpoint_id, count(*) AS n, count(customer) AS n_known FROM interaction
            WHERE superseded_by IS NULL AND day BETWEEN ? AND ?{parts} GROUP BY touchpoint_id)
        SELECT m.key, m.medium, coalesce(s.n, 0), coalesce(s.n_known, 0)
        FROM member m LEFT JOIN seen s ON s.touchpoint_id = m.id
        WHERE m.dimension = 'touchpoint' AND (m.id > 0 OR s.n > 0) AND (len(?) = 0 OR list_contains(?, m.key))
        ORDER BY 3 DESC, m.position""",
        [*values, *extra, list(chosen.touchpoints), list(chosen.touchpoints)],
    ).fetchall()
    return [ContactTracing(str(r[0]), r[1], int(r[2]), int(r[3])) for r in rows]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
