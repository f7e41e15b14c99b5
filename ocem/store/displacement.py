"""Weekly interactions by touchpoint, segment and reason; orders, active customers, and contacts around visits."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.store import access
from ocem.store.database import Cursor, Database

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WeeklyContacts:
    """Interactions that customers began, one row a touchpoint, segment and reason: arrays (k, T).

    `weeks` are Mondays; `seconds` and `timed` are the time taken and the interactions that say it.
    """

    weeks: NDArray[np.datetime64]
    touchpoints: NDArray[np.str_]
    segments: NDArray[np.str_]
    kinds: NDArray[np.str_]
    n: Floats
    seconds: Floats
    timed: Floats


_CONTACTS = """
SELECT t.key AS touchpoint, s.key AS segment, c.kind,
       CAST(date_diff('day', CAST(? AS DATE), c.week) // 7 AS INTEGER) AS week,
       CAST(sum(c.n) AS DOUBLE) AS n, sum(c.seconds) AS seconds, CAST(sum(c.timed) AS DOUBLE) AS timed
FROM contact_week c
JOIN member t ON t.dimension = 'touchpoint' AND t.id = c.touchpoint_id
JOIN member s ON s.dimension = 'segment' AND s.id = c.segment_id
WHERE c.week BETWEEN ? AND ? AND NOT c.outbound
GROUP BY ALL
"""


def weekly_contacts(con: Cursor, first: date, last: date) -> WeeklyContacts:
    """Count what customers began, by touchpoint, segment, reason and week, from a Monday to a Sunday."""
    n_weeks = ((last - first).days + 1) // 7
    found = con.execute(_CONTACTS, [first, first, first + timedelta(days=7 * n_weeks - 1)]).fetchnumpy()
    names = np.array(
        ["\x1f".join(row) for row in zip(*(np.asarray(found[c], dtype=str) for c in _NAMES), strict=True)], dtype=str
    )
    rows, at = np.unique(names, return_inverse=True)
    parts = [row.split("\x1f") for row in rows.tolist()]
    week = np.asarray(found["week"], dtype=int)
    sums = {}
    for name in ("n", "seconds", "timed"):
        sums[name] = np.zeros((len(rows), n_weeks))
        sums[name][at, week] = np.asarray(found[name], dtype=float)
    one, two, three = (np.array([part[i] for part in parts], dtype=str) for i in range(3))
    weeks = np.datetime64(first, "D") + 7 * np.arange(n_weeks)
    return WeeklyContacts(weeks, one, two, three, sums["n"], sums["seconds"], sums["timed"])


def known_contacts(database: Database, first: date, last: date) -> WeeklyContacts:
    """Return what `weekly_contacts` says, read once for the data as they are."""

    def read() -> WeeklyContacts:
        with database.cursor() as con:
            return weekly_contacts(con, first, last)

    return database.keep("weekly contacts", read, first, last)


_NAMES = ("touchpoint", "segment", "kind")

_ORDERS = """
SELECT segment, CAST(floor(date_diff('day', CAST(? AS DATE), day) / 7) AS INTEGER) AS week,
       CAST(count(*) AS DOUBLE) AS n
FROM sale_live WHERE day BETWEEN ? AND ? GROUP BY ALL
"""
_ACTIVE = """
SELECT s.key AS segment, CAST(date_diff('day', CAST(? AS DATE), a.week) // 7 AS INTEGER) AS week,
       CAST(a.n AS DOUBLE) AS n
FROM active_week a JOIN member s ON s.dimension = 'segment' AND s.id = a.segment_id
WHERE a.week BETWEEN ? AND ?
"""
_ACTIVE_SEEN = """
SELECT segment, CAST(date_diff('day', CAST(? AS DATE), day) // 7 AS INTEGER) AS week,
       CAST(count(DISTINCT customer) AS DOUBLE) AS n
FROM (SELECT segment, day, customer FROM interaction_live UNION ALL SELECT segment, day, customer FROM sale_live)
WHERE day BETWEEN ? AND ? AND customer IS NOT NULL
GROUP BY ALL
"""
"""For whoever may see some touchpoints only: customers active there, which no count by week holds."""


def weekly_orders(con: Cursor, first: date, n_weeks: int) -> dict[str, Floats]:
    """Count orders by segment and week."""
    last = first + timedelta(days=7 * n_weeks - 1)
    return _by_segment(con.execute(_ORDERS, [first, first, last]).fetchnumpy(), n_weeks)


def weekly_active(con: Cursor, first: date, n_weeks: int) -> dict[str, Floats]:
    """Count customers that ordered or got in touch, by segment and week, at the touchpoints the person may see."""
    last = first + timedelta(days=7 * n_weeks - 1)
    query = _ACTIVE if access.person().grant.touchpoints is None else _ACTIVE_SEEN
    return _by_segment(con.execute(query, [first, first, last]).fetchnumpy(), n_weeks)


def _by_segment(found: dict[str, NDArray], n_weeks: int) -> dict[str, Floats]:
    series: dict[str, Floats] = {}
    for segment, week, n in zip(found["segment"], found["week"], found["n"], strict=True):
        series.setdefault(str(segment), np.zeros(n_weeks))[int(week)] = float(n)
    return series


_COSTS = """
WITH spent AS (
    SELECT touchpoint, sum(CAST(amount_eur AS DOUBLE)) AS eur FROM cost_live
    WHERE day BETWEEN ? AND ? AND coalesce(cost_kind, 'variable') = 'variable' GROUP BY touchpoint),
counted AS (
    SELECT m.key AS touchpoint, CAST(sum(c.n) AS DOUBLE) AS n, CAST(sum(c.cost_eur) AS DOUBLE) AS own,
           sum(c.priced) AS priced
    FROM contact_week c JOIN member m ON m.dimension = 'touchpoint' AND m.id = c.touchpoint_id
    WHERE c.week BETWEEN ? AND ? GROUP BY m.key)
SELECT counted.touchpoint, CASE WHEN priced > 0 THEN own / priced ELSE spent.eur / counted.n END AS eur
FROM counted LEFT JOIN spent USING (touchpoint) WHERE counted.n > 0
"""


def unit_costs(con: Cursor, first: date, last: date) -> dict[str, float]:
    """Return euro per interaction by touchpoint over whole weeks: as the rows say, else variable costs over them."""
    rows = con.execute(_COSTS, [first, last, first, last]).fetchall()
    return {str(touchpoint): float(eur) for touchpoint, eur in rows if eur is not None}


_REPEATS = """
WITH visit AS (
    SELECT customer, day FROM interaction_live
    WHERE touchpoint = ? AND day BETWEEN ? AND ? AND customer IS NOT NULL AND list_contains(?, segment)),
contact AS (
    SELECT DISTINCT customer, day FROM interaction_live
    WHERE day BETWEEN CAST(? AS DATE) - ? AND CAST(? AS DATE) + ? AND customer IS NOT NULL
      AND touchpoint <> ? AND NOT coalesce(self_service, FALSE) AND direction = 'inbound'),
around AS (
    SELECT v.customer, v.day,
           max(CASE WHEN c.day > v.day THEN 1 ELSE 0 END) AS later,
           max(CASE WHEN c.day < v.day THEN 1 ELSE 0 END) AS earlier
    FROM (SELECT DISTINCT customer, day FROM visit) v
    LEFT JOIN contact c ON c.customer = v.customer AND c.day BETWEEN v.day - ? AND v.day + ?
    GROUP BY ALL)
SELECT coalesce(sum(n), 0), coalesce(sum(earlier), 0), coalesce(sum(later), 0), count(*),
       coalesce(sum(later * later), 0), coalesce(sum(n * n), 0), coalesce(sum(n * later), 0)
FROM (SELECT customer, count(*) AS n, sum(earlier) AS earlier, sum(later) AS later FROM around GROUP BY customer)
"""


@dataclass(frozen=True)
class Around:
    """Customers' days with a visit, those with an assisted contact before and after, and sums over customers."""

    visits: int
    before: int
    after: int
    customers: int
    after_sq: int
    visits_sq: int
    product: int


def contacts_around(
    con: Cursor, touchpoint: str, segments: tuple[str, ...], first: date, last: date, days: int
) -> Around:
    """Count customers' days with a visit, and those with an assisted contact in the days before and after it."""
    row = con.execute(
        _REPEATS,
        [touchpoint, first, last, list(segments), first, days, last, days, touchpoint, days, days],
    ).fetchone()
    assert row is not None
    return Around(*(int(value) for value in row))
