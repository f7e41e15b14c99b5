"""Attribution as queries that a person can read and run on the store: the rules in one, removal effects in another."""

from duckdb import DuckDBPyConnection

from ocem.store.aggregate import Expression
from ocem.store.journey_filter import JourneyFilter, condition
from ocem.store.sql_text import written

ROUNDS = 400
"""Steps that a walk is followed for; what is still under way then is far below the last digit shown."""

_WALKED = """walked AS (
    SELECT CASE WHEN p.n_steps > 0 THEN p.path ELSE [j.touchpoint_id] END AS path, j.won,
           CAST(count(*) AS DOUBLE) AS journeys, sum(j.margin_cents) / 100.0 AS margin_eur
    FROM journey j JOIN journey_path p ON p.id = j.path_id
    WHERE {where}
      AND (p.n_steps > 0 OR j.touchpoint_id > 0)
    GROUP BY ALL)"""

_RULES = """-- each order's part for every step of its path; margins are shared the same way
WITH {walked},
step AS (
    SELECT unnest(path) AS touchpoint_id, unnest(range(1, len(path) + 1)) AS place, len(path) AS n,
           CASE WHEN won THEN journeys ELSE 0 END AS orders, coalesce(margin_eur, 0) AS margin_eur
    FROM walked),
credit AS (
    SELECT touchpoint_id, orders, margin_eur,
           CAST(place = 1 AS DOUBLE) AS "first",
           CAST(place = n AS DOUBLE) AS "last",
           1.0 / n AS linear,
           CASE WHEN n < 3 THEN 1.0 / n WHEN place IN (1, n) THEN 0.4 ELSE 0.2 / (n - 2) END AS position,
           pow(2.0, place - n) / (2.0 - pow(2.0, 1 - n)) AS decay
    FROM step),
part AS (UNPIVOT credit ON "first", "last", linear, position, decay INTO NAME model VALUE part)
SELECT c.model, coalesce(m.key, '') AS touchpoint,
       sum(c.part * c.orders) / (SELECT sum(journeys) FROM walked WHERE won) AS share,
       sum(c.part * c.margin_eur) AS margin_eur
FROM part c LEFT JOIN member m ON m.dimension = 'touchpoint' AND m.id = c.touchpoint_id
GROUP BY ALL ORDER BY model, share DESC, touchpoint"""

_REMOVAL = """-- the chain (-1 start, -2 order, -3 no order): walks step by step, with and without each touchpoint
WITH RECURSIVE {walked},
move AS (
    SELECT unnest([-1] || path) AS source, unnest(path || [CASE WHEN won THEN -2 ELSE -3 END]) AS target, journeys
    FROM walked),
chance AS (
    SELECT source, target, sum(journeys) / sum(sum(journeys)) OVER (PARTITION BY source) AS p
    FROM move GROUP BY source, target),
removed AS (SELECT DISTINCT source AS touchpoint_id FROM chance WHERE source >= 0 UNION ALL SELECT -9),
walk AS (
    SELECT touchpoint_id AS without, -1 AS state, CAST(1 AS DOUBLE) AS p, 0 AS round FROM removed
    UNION ALL
    SELECT w.without, c.target, sum(w.p * c.p), any_value(w.round) + 1
    FROM walk w JOIN chance c ON c.source = w.state
    WHERE w.round < {rounds} AND c.target <> w.without
    GROUP BY w.without, c.target),
converted AS (SELECT without, coalesce(sum(p) FILTER (state = -2), 0) AS p FROM walk GROUP BY without),
effect AS (
    SELECT c.without AS touchpoint_id, 1 - c.p / w.p AS removal
    FROM converted c, (SELECT p FROM converted WHERE without = -9) w WHERE c.without <> -9)
SELECT coalesce(m.key, '') AS touchpoint, e.removal, e.removal / sum(e.removal) OVER () AS share,
       e.removal / sum(e.removal) OVER () * (SELECT sum(margin_eur) FROM walked) AS margin_eur
FROM effect e LEFT JOIN member m ON m.dimension = 'touchpoint' AND m.id = e.touchpoint_id
ORDER BY share DESC, touchpoint"""


def _walked(con: DuckDBPyConnection, chosen: JourneyFilter) -> str:
    where, values = condition(con, chosen)
    for name, value in values.items():
        where = where.replace(f"${name}", written(Expression("?", [value])))
    return _WALKED.format(where=where)


def rules_query(con: DuckDBPyConnection, chosen: JourneyFilter) -> str:
    """Return the query that gives shares of orders and margins by the five rules; it runs as it stands."""
    return _RULES.format(walked=_walked(con, chosen))


def removal_query(con: DuckDBPyConnection, chosen: JourneyFilter) -> str:
    """Return the query that gives removal effects, shares and margins of the chain; it runs as it stands."""
    return _REMOVAL.format(walked=_walked(con, chosen), rounds=ROUNDS)
