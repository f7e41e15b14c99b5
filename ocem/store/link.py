"""Link hypotheses by version, recorded tests, and the weekly sums that links are read from."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.link import LinkHypothesis, LinkStatus, LinkTest, Movement
from ocem.domain.perimeter import Perimeter
from ocem.errors import N_, NotFound
from ocem.store import audit, versions
from ocem.store.aggregate import SUMS
from ocem.store.database import Cursor
from ocem.store.series import perimeter_condition

Floats = NDArray[np.float64]


def list_hypotheses(con: Cursor) -> list[LinkHypothesis]:
    """Return the hypotheses in force, the withdrawn ones too, in the order in which they were declared."""
    return [_parsed(item) for item in versions.newest(con, "link_hypothesis")]


def find_hypothesis(con: Cursor, key: str) -> LinkHypothesis:
    """Return one hypothesis.

    Raises
    ------
    NotFound
        If none bears this key.
    """
    for item in versions.newest(con, "link_hypothesis", key):
        return _parsed(item)
    raise NotFound(N_("No link is called {key}."), key=key)


def _parsed(item: versions.Version) -> LinkHypothesis:
    document = item.document | {"expected": Movement(item.document["expected"])}
    return LinkHypothesis(key=item.key, version=item.version, **document)


def save_hypothesis(con: Cursor, hypothesis: LinkHypothesis) -> int:
    """Store a hypothesis; a change makes a new version. Return the version in force."""
    version = versions.save(con, "link_hypothesis", hypothesis.key, hypothesis)
    audit.record(con, "link", hypothesis.key, {"version": version, "withdrawn": hypothesis.is_withdrawn})
    return version


_COLUMNS = (
    "lead_kpi", "follow_kpi", "hypothesis", "last_day", "n_weeks", "status", "lag", "r", "low", "high", "p_value",
    "q_value", "n_looked_at",
)  # fmt: skip
_FIELDS = ("leading", "following", *_COLUMNS[2:])


def list_tests(con: Cursor, leading: str | None = None, following: str | None = None) -> list[LinkTest]:
    """Return the recorded tests, of one pair or of all, oldest first; the newest for each pair and week."""
    rows = con.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM link_test WHERE ($one IS NULL OR lead_kpi = $one) "
        "AND ($two IS NULL OR follow_kpi = $two) "
        "QUALIFY row_number() OVER (PARTITION BY lead_kpi, follow_kpi, last_day ORDER BY tested_at DESC) = 1 "
        "ORDER BY last_day, lead_kpi, follow_kpi",
        {"one": leading, "two": following},
    ).fetchall()
    found = [dict(zip(_FIELDS, row, strict=True)) for row in rows]
    return [LinkTest(**(item | {"status": LinkStatus(item["status"])})) for item in found]


def save_tests(con: Cursor, tests: list[LinkTest], at: datetime | None = None) -> None:
    """Keep tests."""
    moment = at or datetime.now(UTC)
    marks = ", ".join("?" for _ in range(len(_COLUMNS) + 1))
    for item in tests:
        values = [item.status.value if name == "status" else getattr(item, name) for name in _FIELDS]
        con.execute(f"INSERT INTO link_test ({', '.join(_COLUMNS)}, tested_at) VALUES ({marks})", [*values, moment])


@dataclass(frozen=True)
class WeeklySums:
    """Sums of many KPIs by segment and whole week: each of `sums` is (n_kpis, n_segments, n_weeks).

    `kpi_ids` and `segments` name the first two axes, `weeks` are Mondays. Zero where nothing happened.
    """

    kpi_ids: NDArray[np.int64]
    segments: tuple[str, ...]
    weeks: NDArray[np.datetime64]
    sums: dict[str, Floats]


_WEEKLY = """
SELECT kpi_id, segment_id, CAST(floor(date_diff('day', CAST(? AS DATE), day) / 7) AS INTEGER) AS week, {sums}
FROM daily
WHERE day BETWEEN ? AND ? AND {condition}
GROUP BY ALL
"""


def weekly_sums(
    con: Cursor, perimeter: Perimeter, first: date, last: date, below: Perimeter | None = None
) -> WeeklySums:
    """Sum every KPI by segment and week over a perimeter, from the Monday of `first` to the Sunday of `last`.

    Denominators of KPIs that are divided by sales may come from another perimeter, `below`; their sums are returned as
    ``denominator_below``.
    """
    monday = first - timedelta(days=first.weekday())
    n_weeks = (last - monday).days // 7 + 1
    sunday = monday + timedelta(days=7 * n_weeks - 1)
    keys = {
        int(number): key
        for number, key in con.execute("SELECT id, key FROM member WHERE dimension = 'segment'").fetchall()
    }
    ids = [int(row[0]) for row in con.execute("SELECT DISTINCT kpi_id FROM daily ORDER BY kpi_id").fetchall()]
    numbers = sorted(keys)
    shape = (len(ids), len(numbers), n_weeks)

    def filled(within: Perimeter, names: tuple[str, ...]) -> dict[str, Floats]:
        condition, values = perimeter_condition(con, within)
        found = con.execute(
            _WEEKLY.format(sums=", ".join(f"sum({name}) AS {name}" for name in names), condition=condition),
            [monday, monday, sunday, *values],
        ).fetchnumpy()
        at = (
            np.searchsorted(ids, np.asarray(found["kpi_id"], dtype=int)),
            np.searchsorted(numbers, np.asarray(found["segment_id"], dtype=int)),
            np.asarray(found["week"], dtype=int),
        )
        sums = {name: np.zeros(shape) for name in names}
        for name in names:
            sums[name][at] = np.asarray(found[name], dtype=float)
        return sums

    sums = filled(perimeter, SUMS)
    same = below is None or below == perimeter
    sums["denominator_below"] = (
        sums["denominator"] if same or below is None else filled(below, ("denominator",))["denominator"]
    )
    return WeeklySums(
        np.array(ids),
        tuple(keys[number] for number in numbers),
        np.datetime64(monday, "D") + 7 * np.arange(n_weeks),
        sums,
    )


_ACTIVITY = """
SELECT day, sum(n) AS n FROM daily WHERE fact IN ('interaction', 'sale') AND day BETWEEN ? AND ? GROUP BY day
"""


def daily_activity(con: Cursor, first: date, last: date) -> Floats:
    """Return how much happened on each day, first..last, in the whole company: rows behind all KPIs together."""
    found = con.execute(_ACTIVITY, [first, last]).fetchnumpy()
    activity = np.zeros((last - first).days + 1)
    at = (np.asarray(found["day"], dtype="datetime64[D]") - np.datetime64(first, "D")).astype(int)
    activity[at] = np.asarray(found["n"], dtype=float)
    return activity
