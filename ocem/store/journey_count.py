"""Journeys counted: figures of a window, paths, flow, moves, phases; what few customers did can be told apart.

Everything is grouped by the number of the path first and unrolled afterwards, so that a path is unrolled once however
many walked it. Customers are marked in 64 bits by their pseudonym, which is a hash; only groups with few marks are
counted one by one, so a count of customers is exact below `FEWEST_CUSTOMERS` and otherwise at least that.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.journey import FEWEST_CUSTOMERS
from ocem.store.journey_filter import JourneyFilter, condition
from ocem.store.journey_walked import BUCKETS

_MARK = f"bit_or(CAST(1 AS UBIGINT) << CAST(customer % {BUCKETS} AS INTEGER))"


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
    where, values = condition(con, chosen)
    row = con.execute(
        f"""SELECT count(*), bit_count({_MARK}), count(*) FILTER (won), count(*) FILTER (won AND p.n_steps > 0),
                   count(*) FILTER (p.n_steps > 0), count(*) FILTER (p.several),
                   coalesce(sum(n_contacts) FILTER (won), 0), coalesce(sum(n_after), 0),
                   median(last_day - first_day) FILTER (won AND p.n_steps > 0)
        FROM journey JOIN journey_path p ON p.id = path_id WHERE {where}""",
        values,
    ).fetchone()
    assert row is not None
    journeys, customers, won, traced, with_contacts, switching, before, after = (int(value or 0) for value in row[:8])
    if customers < FEWEST_CUSTOMERS:
        counted = con.execute(f"SELECT count(DISTINCT customer) FROM journey WHERE {where}", values).fetchone()
        customers = int(counted[0]) if counted else 0
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
    where, values = condition(con, chosen)
    rows = con.execute(
        f"""WITH frequent AS (
            SELECT path_id FROM journey WHERE {where} AND n_contacts > 0
            GROUP BY path_id HAVING count(*) >= {FEWEST_CUSTOMERS}
            ORDER BY count(*) DESC, path_id LIMIT {4 * limit:d}),
        counted AS (
            SELECT path_id, count(*) AS n, count(DISTINCT customer) AS n_customers, count(*) FILTER (won) AS n_won,
                   sum(n_contacts) AS contacts, median(last_day - first_day) FILTER (won) AS days
            FROM journey SEMI JOIN frequent USING (path_id) WHERE {where}
            GROUP BY path_id HAVING n_customers >= {FEWEST_CUSTOMERS})
        SELECT p.path, c.n, c.n_customers, c.n_won, c.contacts, c.days
        FROM counted c JOIN journey_path p ON p.id = c.path_id ORDER BY c.n DESC, p.path LIMIT {limit:d}""",
        values,
    ).fetchall()
    return [PathCount(tuple(r[0]), int(r[1]), int(r[2]), int(r[3]), int(r[4]), _number(r[5])) for r in rows]


def count_these_paths(
    con: DuckDBPyConnection, chosen: JourneyFilter, paths: list[tuple[int, ...]]
) -> dict[tuple[int, ...], tuple[int, int]]:
    """Return journeys and customers on the given paths."""
    where, values = condition(con, chosen)
    rows = con.execute(
        "SELECT p.path, count(*), count(DISTINCT customer) FROM journey JOIN journey_path p ON p.id = path_id "
        f"WHERE {where} AND list_contains($paths, p.path) GROUP BY p.path",
        values | {"paths": [list(path) for path in paths]},
    ).fetchall()
    return {tuple(row[0]): (int(row[1]), int(row[2])) for row in rows}


ORDERED, STOPPED, MORE, SILENT, UNTRACED = -1, -2, -3, -4, -5
"""Ends of a link that are no touchpoints: order, no order, further contacts, no contact after, no contact before."""
STAGES = 3
"""Touchpoints of a path that are drawn one by one."""

_GROUPED = f"""
grouped AS (
    SELECT path_id, won, next_id, count(*) AS n, {_MARK} AS marks FROM journey WHERE {{where}} GROUP BY ALL)
"""
_OUTCOME = "CASE WHEN g.won THEN -1 ELSE -2 END"
_LINKS = f"""
SELECT g.path_id, g.won, g.next_id, g.n, g.marks, s.stage, s.source, s.target
FROM grouped g JOIN journey_path p ON p.id = g.path_id, (VALUES
    (1, CASE WHEN p.n_steps = 0 THEN -5 ELSE p.step_1 END,
     CASE WHEN p.n_steps > 1 THEN p.step_2 ELSE {_OUTCOME} END, 0),
    (2, p.step_2, CASE WHEN p.n_steps > 2 THEN p.step_3 ELSE {_OUTCOME} END, 2),
    (3, p.step_3, CASE WHEN p.n_steps > 3 THEN -3 ELSE {_OUTCOME} END, 3),
    (4, -3, {_OUTCOME}, 4),
    (5, -1, CASE WHEN g.next_id = 0 THEN -4 ELSE g.next_id END, CASE WHEN g.won THEN 0 ELSE 99 END)
) s(stage, source, target, needed) WHERE p.n_steps >= s.needed
"""
_MOVES = f"""
SELECT path_id, won, next_id, n, marks, 0 AS stage, CAST(path[place] AS INTEGER) AS source,
       CASE WHEN place < n_steps THEN CAST(path[place + 1] AS INTEGER) ELSE outcome END AS target
FROM (SELECT g.*, p.path, p.n_steps, {_OUTCOME} AS outcome, unnest(range(1, p.n_steps + 1)) AS place
      FROM grouped g JOIN journey_path p ON p.id = g.path_id)
"""
_COUNTED = f"""
WITH {{grouped}},
unrolled AS ({{unrolled}}),
summed AS (
    SELECT stage, source, target, sum(n) AS n, bit_count(bit_or(marks)) AS customers FROM unrolled GROUP BY ALL),
few AS (
    SELECT stage, source, target FROM summed
    WHERE n >= {FEWEST_CUSTOMERS} AND customers < {FEWEST_CUSTOMERS}),
exact AS (
    SELECT u.stage, u.source, u.target, count(DISTINCT j.customer) AS customers
    FROM (SELECT path_id, won, next_id, stage, source, target
          FROM unrolled SEMI JOIN few USING (stage, source, target)) u
    JOIN (SELECT customer, path_id, won, next_id FROM journey WHERE {{where}}) j USING (path_id, won, next_id)
    GROUP BY ALL)
SELECT s.stage, s.source, s.target, s.n, coalesce(e.customers, s.customers)
FROM summed s LEFT JOIN exact e USING (stage, source, target) ORDER BY ALL
"""


def _counted(con: DuckDBPyConnection, chosen: JourneyFilter, unrolled: str) -> list[tuple[int, ...]]:
    """Return stage, source, target, times and customers of what the grouped paths unroll to."""
    where, values = condition(con, chosen)
    query = _COUNTED.format(grouped=_GROUPED.format(where=where), unrolled=unrolled, where=where)
    return [tuple(int(value) for value in row) for row in con.execute(query, values).fetchall()]


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
    return [Link(*row) for row in _counted(con, chosen, _LINKS)]


@dataclass(frozen=True)
class Move:
    """Times that journeys went from a touchpoint to another, to an order or to silence, and customers who did."""

    source: int
    target: int
    times: int
    customers: int


def count_moves(con: DuckDBPyConnection, chosen: JourneyFilter) -> list[Move]:
    """Return what came after each touchpoint, wherever it stood on the path."""
    return [Move(*row[1:]) for row in _counted(con, chosen, _MOVES)]


def last_before_silence(con: DuckDBPyConnection, chosen: JourneyFilter) -> int | None:
    """Return the touchpoint where most journeys without an order ended, if enough customers' did."""
    where, values = condition(con, chosen)
    row = con.execute(
        f"""SELECT p.last_step FROM journey JOIN journey_path p ON p.id = path_id
        WHERE {where} AND NOT won AND p.n_steps > 0
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
    where, values = condition(con, chosen)
    rows = con.execute(
        f"""WITH j AS (SELECT customer, last_day, unnest(phases) AS p FROM journey WHERE {where} AND won)
        SELECT m.key, count(*), count(DISTINCT customer), sum(j.p.n), median(j.last_day - j.p.first_day)
        FROM j JOIN member m ON m.dimension = 'phase' AND m.id = j.p.phase_id
        GROUP BY m.key, m.position ORDER BY m.position, m.key""",
        values,
    ).fetchall()
    return [PhaseCount(str(r[0]), int(r[1]), int(r[2]), int(r[3]), _number(r[4])) for r in rows]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
