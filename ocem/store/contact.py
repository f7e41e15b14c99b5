"""Contacts and active customers by week, kept up to date for just the weeks that a batch touched."""

from datetime import date, timedelta

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.store import day_runs

ROWS_AT_ONCE = 8_000_000
"""Rows counted together when all weeks are worked out; their customers are held in memory."""
_CELL = "touchpoint_id, segment_id, phase_id"
_WEEK = "CAST(date_trunc('week', day) AS DATE)"
_CONTACTS = f"""
SELECT {_WEEK} AS week, {_CELL}, coalesce(kind, '') AS kind, direction IS NOT DISTINCT FROM 'outbound' AS outbound,
       count(*) AS n, count(duration_s) AS timed, coalesce(sum(duration_s), 0) AS seconds,
       count(cost_eur) AS priced, coalesce(sum(cost_eur), 0) AS cost_eur
FROM interaction WHERE superseded_by IS NULL {{where}}
GROUP BY ALL ORDER BY ALL
"""
_ACTIVE = f"""
SELECT {_WEEK} AS week, segment_id, count(DISTINCT customer) AS n FROM (
    SELECT day, segment_id, customer FROM interaction WHERE superseded_by IS NULL AND customer IS NOT NULL {{where}}
    UNION ALL
    SELECT day, segment_id, customer FROM sale WHERE superseded_by IS NULL AND customer IS NOT NULL {{where}})
GROUP BY ALL ORDER BY ALL
"""
_KEPT = {"contact_week": _CONTACTS, "active_week": _ACTIVE}
_NAMES = {"contact_week": f"week, {_CELL}, kind, outbound", "active_week": "week, segment_id"}
_SUMS = {"contact_week": ("n", "timed", "seconds", "priced", "cost_eur"), "active_week": ("n",)}
_WITH_CUSTOMER = (FactKind.INTERACTION, FactKind.SALE)
_TOUCHED_DAYS = "SELECT DISTINCT unnest(range(week, week + 7, INTERVAL 1 DAY))::DATE FROM touched_week"


def refresh_touched(con: DuckDBPyConnection, fact: FactKind) -> None:
    """Recompute the weeks of the days and cells in the temporary table ``touched``; idempotent."""
    if fact not in _WITH_CUSTOMER:
        return
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE touched_week AS SELECT DISTINCT {_WEEK} AS week, {_CELL} FROM touched "
        "WHERE day IS NOT NULL"
    )
    if fact is FactKind.INTERACTION:
        con.execute(
            "DELETE FROM contact_week USING touched_week t WHERE contact_week.week = t.week AND "
            + " AND ".join(f"contact_week.{name} = t.{name}" for name in _CELL.split(", "))
        )
        days = day_runs.among(con, _TOUCHED_DAYS)
        _insert(con, "contact_week", f"AND {days} AND ({_WEEK}, {_CELL}) IN (FROM touched_week)")
    _refresh_active(con)


def weeks_of(con: DuckDBPyConnection, customer: int) -> list[date]:
    """Return the weeks in which a customer ordered or got in touch."""
    rows = con.execute(
        f"SELECT DISTINCT {_WEEK} FROM (SELECT day FROM interaction WHERE customer = $customer "
        "UNION ALL SELECT day FROM sale WHERE customer = $customer)",
        {"customer": customer},
    ).fetchall()
    return [row[0] for row in rows]


def recount(con: DuckDBPyConnection, weeks: list[date]) -> None:
    """Count the active customers of some weeks anew, after rows lost their customer."""
    if weeks:
        con.execute("CREATE OR REPLACE TEMP TABLE touched_week AS SELECT unnest(CAST(? AS DATE[])) AS week", [weeks])
        _refresh_active(con)


def keep_before(con: DuckDBPyConnection, day: date) -> None:
    """Keep the counts of the weeks before a day as they are: their facts no longer say who the customers were."""
    con.execute("DELETE FROM meta WHERE key = 'active_kept_before' AND value < ?", [day.isoformat()])
    con.execute(
        "INSERT INTO meta SELECT 'active_kept_before', ? WHERE NOT EXISTS (FROM meta WHERE key = 'active_kept_before')",
        [day.isoformat()],
    )


STILL_COUNTED = "coalesce((SELECT CAST(value AS DATE) FROM meta WHERE key = 'active_kept_before'), DATE '0001-01-01')"
"""Weeks that begin before this day keep their count of active customers."""


def _refresh_active(con: DuckDBPyConnection) -> None:
    con.execute(f"DELETE FROM touched_week WHERE week < {STILL_COUNTED}")
    con.execute("DELETE FROM active_week WHERE week IN (SELECT week FROM touched_week)")
    days = day_runs.among(con, _TOUCHED_DAYS)
    _insert(con, "active_week", f"AND {days} AND {_WEEK} IN (SELECT week FROM touched_week)")
    con.execute("DROP TABLE touched_week")


def _insert(con: DuckDBPyConnection, table: str, where: str = "") -> None:
    """Store what the live facts give; never an insert of nothing, which in DuckDB 2.0.0 hides a later large one."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE made_week AS {_KEPT[table].format(where=where)}")
    if con.execute("SELECT 1 FROM made_week LIMIT 1").fetchone():
        con.execute(f"INSERT INTO {table} FROM made_week")
    con.execute("DROP TABLE made_week")


def _stretches(con: DuckDBPyConnection) -> list[tuple[date, date]]:
    """Cut all days into stretches of whole weeks with so few rows that what is counted of each fits in memory."""
    first, last, n_rows = None, None, 0
    for table in _WITH_CUSTOMER:
        row = con.execute(f"SELECT min(day), max(day), count(*) FROM {table.value}").fetchall()[0]
        if row[0] is not None:
            first, last = min(first or row[0], row[0]), max(last or row[1], row[1])
            n_rows += row[2]
    if first is None or last is None:
        return []
    monday = first - timedelta(days=first.weekday())
    n_weeks = (last - monday).days // 7 + 1
    at_once = min(max(n_weeks * ROWS_AT_ONCE // n_rows, 1), n_weeks)
    begins = [monday + timedelta(weeks=week) for week in range(0, n_weeks, at_once)]
    return [(begin, begin + timedelta(days=7 * at_once - 1)) for begin in begins]


def rebuild(con: DuckDBPyConnection) -> None:
    """Work out all weeks anew from the live facts."""
    for table in _KEPT:
        kept = "" if table == "contact_week" else f"AND {_WEEK} >= {STILL_COUNTED}"
        con.execute(f"DELETE FROM {table} WHERE true {kept.replace(_WEEK, 'week')}")
        for first, last in _stretches(con):
            _insert(con, table, f"AND day BETWEEN DATE '{first}' AND DATE '{last}' {kept}")


def differences(con: DuckDBPyConnection) -> int:
    """Count weeks and cells that differ from what the live facts give; 0 when sound."""
    found = 0
    stretches = [f"BETWEEN DATE '{first}' AND DATE '{last}'" for first, last in _stretches(con)]
    for table, query in _KEPT.items():
        unequal = " OR ".join(
            f"abs(coalesce(a.{name}, 0) - coalesce(b.{name}, 0)) > 1e-9 * greatest(1, abs(coalesce(a.{name}, 0)))"
            for name in _SUMS[table]
        )
        counted = "true" if table == "contact_week" else f"week >= {STILL_COUNTED}"
        for within in stretches:
            row = con.execute(
                f"SELECT count(*) FROM ({query.format(where='AND day ' + within)}) a "
                f"FULL JOIN (FROM {table} WHERE week {within}) b USING ({_NAMES[table]}) "
                f"WHERE ({unequal}) AND {counted}"
            ).fetchone()
            found += int(row[0]) if row else 0
        outside = " AND ".join(f"week NOT {within}" for within in stretches) or "true"
        row = con.execute(f"SELECT count(*) FROM {table} WHERE {outside} AND {counted}").fetchone()
        found += int(row[0]) if row else 0
    return found
