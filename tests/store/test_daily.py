"""Daily sums: what one statement a KPI says over all rows, for every kind of KPI; and which days a batch reads."""

from datetime import date, timedelta

import pytest

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Aggregate, Condition, Direction, Kpi, KpiKind, Level, Measure
from ocem.store import day_runs, freshness, migration
from ocem.store.aggregate import SUMS, source_view, sums_of
from ocem.store.batch import commit, undo
from ocem.store.daily import CELL, rollup_query
from ocem.store.database import Database
from tests.store.staging import contacts, sales, stage

CONTACT, SALE = FactKind.INTERACTION, FactKind.SALE
COUNT, SUM = Aggregate.COUNT, Aggregate.SUM
ONLINE = Condition("medium", ("online",))
HIS_OWN = Condition("self_service", (True,))
TWO_KINDS = Condition("kind", ("order", "re-order"))
LONG = Condition("duration_s", low=100, high=400)


def kpi(kind: KpiKind, numerator: Measure, denominator: Measure | None = None) -> Kpi:
    return Kpi(
        key="k", version=1, kind=kind, unit="count", direction=Direction.UP, level=Level.PROCESS, owner="x",
        label_it="x", label_en="x", description_it="x", description_en="x", numerator=numerator,
        denominator=denominator,
    )  # fmt: skip


def counted(*where: Condition, fact: FactKind = CONTACT) -> Measure:
    return Measure(fact, COUNT, None, where)


def summed(column: str, *where: Condition, fact: FactKind = CONTACT) -> Measure:
    return Measure(fact, SUM, column, where)


KPIS = {
    "count": kpi(KpiKind.COUNT, counted(ONLINE, TWO_KINDS)),
    "sum": kpi(KpiKind.SUM, summed("cost_eur", TWO_KINDS)),
    "share": kpi(KpiKind.SHARE, counted(TWO_KINDS, HIS_OWN), counted(HIS_OWN)),
    "top2": kpi(KpiKind.TOP2, counted(Condition("resolved_first", (True,)), LONG), counted(LONG)),
    "mean": kpi(KpiKind.MEAN, summed("wait_s", Condition("touchpoint", ("contact_center",)))),
    "duration": kpi(KpiKind.DURATION, summed("duration_s", TWO_KINDS)),
    "nps": kpi(KpiKind.NPS, summed("wait_s")),
    "ratio": kpi(KpiKind.RATIO, summed("cost_eur"), summed("duration_s", ONLINE)),
    "two facts": kpi(KpiKind.RATIO, counted(HIS_OWN), counted(fact=SALE)),
    "days to order": kpi(KpiKind.MEAN, summed("lead_time_days", fact=SALE)),
}

DRAWN = """
SELECT CAST(i AS INTEGER) AS line, TIMESTAMPTZ '2026-01-01 10:00:00+01' + INTERVAL (i % 3) DAY AS occurred_at,
    DATE '2026-01-01' + CAST(i % 3 AS INTEGER) AS day, CAST(i AS UBIGINT) AS customer,
    ['contact_center', 'portale_riordini', 'Altro', NULL][1 + i % 4] AS touchpoint,
    ['order', 're-order', 'complaint', NULL][1 + i // 4 % 4] AS kind, i % 5 = 0 AS resolved_first,
    CASE WHEN i % 7 > 0 THEN CAST(i % 11 - 1 AS DOUBLE) * 60 END AS duration_s,
    CASE WHEN i % 6 > 0 THEN CAST(i % 12 AS DOUBLE) END AS wait_s,
    CASE WHEN i % 9 > 0 THEN CAST(i / 8 AS DECIMAL(18, 4)) END AS cost_eur,
    hash(i) AS key_hash, hash(i, 1) AS row_hash
FROM range(600) t(i)
"""


@pytest.fixture
def filled(database: Database) -> Database:
    """Contacts with values missing, nought and below nought, at touchpoints of every kind; a few orders."""
    commit(database, stage(database, DRAWN, "drawn", "interaction", "desk"))
    commit(database, sales(database, "orders", 0, 40))
    with database.write() as con:
        con.execute("UPDATE sale SET lead_day = day - CAST(line % 4 AS INTEGER) WHERE line % 5 > 0")
    return database


@pytest.mark.parametrize("fact", [CONTACT, SALE])
def test_one_reading_of_the_rows_gives_what_a_statement_for_each_kpi_gives(filled: Database, fact: FactKind) -> None:
    """The plain statement filters the rows with their members' names joined, sum by sum."""
    query, columns = rollup_query(list(enumerate(KPIS.values())), fact)
    n_compared = 0
    with filled.cursor() as con:
        con.execute(f"CREATE TEMP TABLE wide AS {query.sql}", query.values)
        for number, (name, item) in enumerate(KPIS.items()):
            plain = sums_of(item, fact)
            assert (plain is None) == (number not in columns)
            if plain is None:
                continue
            values = [value for of_sum in SUMS for value in plain[of_sum].values]
            listed = ", ".join(plain[of_sum].sql for of_sum in SUMS)
            wanted = con.execute(
                f"SELECT {', '.join(CELL)}, {listed} FROM {source_view(fact)} GROUP BY ALL ORDER BY ALL", values
            ).fetchall()
            at = ", ".join(columns[number][of_sum] for of_sum in SUMS)
            got = con.execute(f"SELECT {', '.join(CELL)}, {at} FROM wide ORDER BY ALL").fetchall()
            assert [row[:4] for row in got] == [row[:4] for row in wanted]
            for one, other in zip(got, wanted, strict=True):
                assert [float(x) for x in one[4:]] == pytest.approx([float(x) for x in other[4:]], rel=1e-12), name
            n_compared += sum(any(row[4:]) for row in wanted)
    assert n_compared > 20


def test_days_far_apart_are_read_as_runs_and_not_as_one_stretch() -> None:
    start = date(2026, 1, 1)
    days = [start + timedelta(days=n) for n in (0, 1, 2, 90, 200, 201)]
    assert [(first, last) for first, last in day_runs.runs_of(days)] == [
        (days[0], days[2]), (days[3], days[3]), (days[4], days[5])
    ]  # fmt: skip
    scattered = [start + timedelta(days=3 * n) for n in range(50)] + [start + timedelta(days=400)]
    assert day_runs.runs_of(scattered, most=10) == [(scattered[0], scattered[49]), (scattered[50], scattered[50])]


def test_the_days_a_batch_touched_become_a_condition_on_the_rows(database: Database) -> None:
    commit(database, contacts(database, "first", 20))
    with database.write() as con:
        con.execute("CREATE TEMP TABLE touched (day DATE)")
        con.execute("INSERT INTO touched VALUES ('2025-12-01'), ('2025-12-02'), ('2025-12-19')")
        days = day_runs.among(con, "SELECT day FROM touched")
        assert days == (
            "(day BETWEEN DATE '2025-12-01' AND DATE '2025-12-02'"
            " OR day BETWEEN DATE '2025-12-19' AND DATE '2025-12-19')"
        )
        read = con.execute(f"SELECT DISTINCT day FROM interaction WHERE {days}").fetchall()
    assert len(read) == 3


def test_how_far_a_source_has_come_is_asked_of_the_days_of_its_files(database: Database) -> None:
    first = commit(database, sales(database, "january", 0, 10))
    commit(database, sales(database, "more", 5, 20))
    with database.cursor() as con:
        [reach] = freshness.source_reaches(con)
        assert (reach.last_day, reach.days_per_week) == (date(2026, 1, 20), 7.0)
    undo(database, first.batch)
    with database.cursor() as con:
        [reach] = freshness.source_reaches(con)
    assert reach.days_per_week == 7.0  # days 6 to 20 of the file that is left


def test_an_older_store_learns_the_days_of_its_files_from_its_rows(database: Database) -> None:
    commit(database, sales(database, "january", 0, 10))
    commit(database, contacts(database, n=30))
    made = migration.available()[18].read_text(encoding="utf-8")
    with database.write() as con:
        kept = con.execute("SELECT * FROM batch_day ORDER BY ALL").fetchall()
        con.execute("DROP TABLE batch_day")
        con.execute(made)
        assert con.execute("SELECT * FROM batch_day ORDER BY ALL").fetchall() == kept
    assert len(kept) == 10 + 20
