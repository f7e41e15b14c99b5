"""How far each source has come: which weeks every contributing source has passed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind

if TYPE_CHECKING:
    from ocem.store.database import Database

ALIVE_DAYS = 42
"""A source silent for longer than this behind the newest of its fact no longer holds a week open."""

LOOK_BACK_DAYS = 182
"""Days over which a source's habits are learnt."""
DENSE_DAYS_PER_WEEK = 4.0


@dataclass(frozen=True)
class SourceReach:
    """One source with live batches: last day of data, last finished Sunday, when and how often it was loaded."""

    source: str
    fact: FactKind
    last_day: date
    finished: date
    imported_at: datetime
    n_batches: int
    days_per_week: float


def _last_sunday(last_day: date, usual_gap: int, dense: bool) -> date:
    """Return the Sunday of the last whole week.

    A dense source must have reached Friday; a sparse one is waited for no longer than its usual gap.
    """
    reached = last_day if dense else last_day + timedelta(days=usual_gap)
    monday = reached - timedelta(days=reached.weekday())
    whole = reached.weekday() >= 4 or not dense
    return monday + timedelta(days=6) if whole else monday - timedelta(days=1)


_DAYS = """
WITH d AS (
    SELECT DISTINCT d.day FROM batch_day d JOIN import_batch b ON b.id = d.batch_id
    WHERE d.day BETWEEN ? AND ? AND b.source = ? AND b.fact = ? AND b.status = 'live')
SELECT count(*), min(day), coalesce(quantile_disc(gap, 0.9), 0)
FROM (SELECT day, date_diff('day', lag(day) OVER (ORDER BY day), day) AS gap FROM d)
"""


def source_reaches(con: DuckDBPyConnection) -> list[SourceReach]:
    """Return how far every source with live batches has come."""
    rows = con.execute(
        "SELECT source, fact, max(last_day), max(imported_at), count(*) FROM import_batch "
        "WHERE status = 'live' AND last_day IS NOT NULL GROUP BY source, fact ORDER BY source, fact"
    ).fetchall()
    newest = max((row[2] for row in rows), default=None)
    found = []
    for source, fact, last_day, imported_at, n_batches in rows:
        since = last_day - timedelta(days=LOOK_BACK_DAYS)
        row = con.execute(_DAYS, [since, last_day, source, fact]).fetchone()
        n_days, first, gap = (int(row[0]), row[1], int(row[2])) if row and row[0] else (1, last_day, 0)
        days_per_week = n_days / max(((last_day - first).days + 1) / 7, 1.0)
        dense = days_per_week >= DENSE_DAYS_PER_WEEK
        finished = _last_sunday(last_day, gap, dense)
        if newest is not None and not dense:
            finished = max(min(finished, _last_sunday(newest, 0, dense=True)), _last_sunday(last_day, 0, dense=True))
        found.append(
            SourceReach(source, FactKind(fact), last_day, finished, imported_at, int(n_batches), days_per_week)
        )
    return found + _shared_reaches(con, found)


_SHARED = """
SELECT d.fact, max(d.day), max(r.ended_at), count(DISTINCT d.run_id), arg_max(r.folder, d.day),
       count(*) FILTER (d.day > last - $look_back), least(max(last) - min(d.day) + 1, $look_back)
FROM (SELECT *, max(day) OVER (PARTITION BY fact) AS last FROM engine_day WHERE n_rows > 0) d
JOIN engine_run r ON r.id = d.run_id GROUP BY d.fact ORDER BY d.fact
"""


def _shared_reaches(con: DuckDBPyConnection, own: list[SourceReach]) -> list[SourceReach]:
    """Return how far shared storage has come, where it comes further than the store's own sources of a fact.

    Where these come further, its days are history, and history holds no week open.
    """
    found = []
    for fact, last_day, made_at, n_runs, folder, n_days, n_span in con.execute(
        _SHARED, {"look_back": LOOK_BACK_DAYS}
    ).fetchall():
        if any(reach.last_day >= last_day for reach in own if reach.fact.value == fact):
            continue
        days_per_week = n_days / max(n_span / 7, 1.0)
        finished = _last_sunday(last_day, 7, days_per_week >= DENSE_DAYS_PER_WEEK)
        found.append(SourceReach(folder, FactKind(fact), last_day, finished, made_at, int(n_runs), days_per_week))
    return found


def known_reaches(database: "Database") -> list[SourceReach]:
    """Return how far every source has come, read once for the data as they are."""

    def read() -> list[SourceReach]:
        with database.cursor() as con:
            return source_reaches(con)

    return list(database.keep("reaches", read))


def last_finished_day(reaches: list[SourceReach], facts: set[FactKind] | None = None) -> date | None:
    """Return the last Sunday that every living source of these facts has passed; None without data."""
    chosen = [reach for reach in reaches if facts is None or reach.fact in facts]
    alive = []
    for reach in chosen:
        newest = max(other.last_day for other in chosen if other.fact is reach.fact)
        if (newest - reach.last_day).days <= ALIVE_DAYS:
            alive.append(reach.finished)
    return min(alive) if alive else None
