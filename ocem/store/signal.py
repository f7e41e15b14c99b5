"""Weekly sums of all KPIs for control charts; limits set anew; who follows a KPI and what was told to whom."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from ocem.domain.access import Grant, Person
from ocem.domain.decision import Rebase
from ocem.store.database import Cursor
from ocem.store.person import listed, members_of

Floats = NDArray[np.float64]
SUMMED = ("n", "numerator", "denominator", "numerator_log")


@dataclass(frozen=True)
class WeeklyTotals:
    """Sums of every KPI over all cells by whole week: `by_kpi` maps a KPI's number to sums of shape (n_weeks,)."""

    weeks: NDArray[np.datetime64]
    by_kpi: dict[int, dict[str, Floats]]
    first_day: dict[int, date]
    """First day with sums of each KPI."""


_TOTALS = f"""
SELECT kpi_id, CAST(floor(date_diff('day', CAST($monday AS DATE), day) / 7) AS INTEGER) AS week,
       min(day) AS first_day, {", ".join(f"sum({name}) AS {name}" for name in SUMMED)}
FROM daily
WHERE day BETWEEN $monday AND $sunday
GROUP BY ALL
"""


def weekly_totals(con: Cursor, monday: date, sunday: date) -> WeeklyTotals:
    """Sum all KPIs' aggregates by week, from a Monday to a Sunday."""
    n_weeks = ((sunday - monday).days + 1) // 7
    found = con.execute(_TOTALS, {"monday": monday, "sunday": sunday}).fetchnumpy()
    weeks = np.datetime64(monday, "D") + 7 * np.arange(n_weeks)
    numbers = np.asarray(found["kpi_id"], dtype=int)
    at = np.asarray(found["week"], dtype=int)
    days = np.asarray(found["first_day"], dtype="datetime64[D]")
    by_kpi: dict[int, dict[str, Floats]] = {}
    first_day: dict[int, date] = {}
    for number in np.unique(numbers).tolist():
        mine = numbers == number
        by_kpi[number] = {name: np.zeros(n_weeks) for name in SUMMED}
        for name in SUMMED:
            by_kpi[number][name][at[mine]] = np.asarray(found[name], dtype=float)[mine]
        first_day[number] = days[mine].min().astype(object)
    return WeeklyTotals(weeks, by_kpi, first_day)


def save_rebase(con: Cursor, rebase: Rebase) -> None:
    """Keep a decision to set limits anew."""
    con.execute(
        "INSERT INTO rebase VALUES (?, ?, ?, ?, ?, ?)",
        [rebase.chart, rebase.starts, rebase.reason, rebase.author, rebase.at, rebase.event],
    )


def list_rebases(con: Cursor) -> list[Rebase]:
    """Return all decisions to set limits anew, oldest start first; of two with one start the later decision holds."""
    rows = con.execute(
        "SELECT chart, starts, reason, author, decided_at, event FROM rebase "
        "QUALIFY row_number() OVER (PARTITION BY chart, starts ORDER BY decided_at DESC) = 1 ORDER BY chart, starts"
    ).fetchall()
    return [Rebase(*row) for row in rows]


@dataclass(frozen=True)
class Follower:
    """Who wants to hear of a KPI's signals; `channel` is ``mail``, ``webhook`` or ``file``."""

    kpi: str
    channel: str
    address: str
    lang: str = "it"
    asked_by: str | None = field(default=None, compare=False)
    """Who let them follow, seeing `rows` at that time: nobody is told of other rows."""
    rows: Grant = field(default=Grant(), compare=False)


def list_followers(con: Cursor) -> list[Follower]:
    """Return everybody who follows something."""
    rows = con.execute(
        "SELECT kpi, channel, address, lang, asked_by, segments, touchpoints FROM follower "
        "ORDER BY kpi, channel, address"
    ).fetchall()
    return [
        Follower(kpi, channel, address, lang, asked_by, Grant(members_of(segments), members_of(touchpoints)))
        for kpi, channel, address, lang, asked_by, segments, touchpoints in rows
    ]


def save_follower(con: Cursor, follower: Follower, by: Person) -> None:
    """Let somebody follow a KPI on behalf of a person; once is enough."""
    remove_follower(con, follower)
    con.execute(
        "INSERT INTO follower (kpi, channel, address, lang, since, asked_by, segments, touchpoints) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            follower.kpi, follower.channel, follower.address, follower.lang, datetime.now(UTC), by.name,
            listed(by.grant.segments), listed(by.grant.touchpoints),
        ],
    )  # fmt: skip


def remove_follower(con: Cursor, follower: Follower) -> None:
    """Let somebody follow a KPI no more."""
    con.execute(
        "DELETE FROM follower WHERE kpi = ? AND channel = ? AND address = ?",
        [follower.kpi, follower.channel, follower.address],
    )


@dataclass(frozen=True)
class Told:
    """A chart's state as it was told to somebody; `state` is ``quiet`` when the signal was over."""

    chart: str
    kpi: str
    week: str
    state: str
    channel: str
    address: str
    sent_at: datetime | None = None


def last_told(con: Cursor) -> dict[tuple[str, str, str], Told]:
    """Return what each (chart, channel, address) heard last."""
    rows = con.execute(
        "SELECT chart, kpi, week, state, channel, address, sent_at FROM alert "
        "QUALIFY row_number() OVER (PARTITION BY chart, channel, address ORDER BY week DESC, sent_at DESC) = 1"
    ).fetchall()
    return {(row[0], row[4], row[5]): Told(*row) for row in rows}


def save_told(con: Cursor, told: Told) -> None:
    """Remember what was told."""
    con.execute(
        "INSERT INTO alert VALUES (?, ?, ?, ?, ?, ?, ?)",
        [told.chart, told.kpi, told.week, told.state, told.channel, told.address, told.sent_at or datetime.now(UTC)],
    )


def list_told(con: Cursor, limit: int = 100) -> list[Told]:
    """Return what was told, newest first."""
    rows = con.execute(
        "SELECT chart, kpi, week, state, channel, address, sent_at FROM alert ORDER BY sent_at DESC LIMIT ?", [limit]
    ).fetchall()
    return [Told(*row) for row in rows]
