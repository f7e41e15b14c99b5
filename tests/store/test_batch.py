"""Batches: stored whole, the later export of a record wins, undone exactly."""

from decimal import Decimal

import pytest

from ocem.domain.batch import SourceProfile
from ocem.domain.fact import FactKind
from ocem.errors import NotFound, Refused
from ocem.store import batch
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.profile import save_profile
from tests.store.staging import contacts, sales, stage


def _live(database: Database) -> tuple[int, Decimal | None]:
    with database.cursor() as con:
        row = con.execute("SELECT count(*), sum(amount_eur) FROM sale_live").fetchone()
    assert row is not None
    return row


def _daily(database: Database) -> list[tuple[object, ...]]:
    with database.cursor() as con:
        return con.execute(
            "SELECT kpi_id, fact, day, touchpoint_id, segment_id, phase_id, sum(n), sum(numerator), sum(denominator) "
            "FROM daily GROUP BY ALL ORDER BY ALL"
        ).fetchall()


def test_a_batch_brings_rows_and_sums(database: Database) -> None:
    done = batch.commit(database, sales(database, "a", 0, 50))
    assert (done.counts.accepted, done.counts.updated, done.counts.unchanged) == (50, 0, 0)
    assert _live(database) == (50, Decimal("12250.0000"))  # 10 x (0 + 1 + ... + 49)
    assert check(database) == []


def test_the_same_bytes_are_refused_until_undone(database: Database) -> None:
    done = batch.commit(database, sales(database, "a", 0, 50))
    with pytest.raises(Refused, match=f"batch {done.batch}"):
        batch.commit(database, sales(database, "a", 0, 50))
    batch.undo(database, done.batch)
    again = batch.commit(database, sales(database, "a", 0, 50))
    assert again.counts.accepted == 50


def test_an_overlapping_export_adds_only_what_is_new(database: Database) -> None:
    batch.commit(database, sales(database, "a", 0, 50))
    expected = batch.classify(database, sales(database, "b", 40, 60))
    done = batch.commit(database, sales(database, "b", 40, 60))
    assert (done.counts.accepted, done.counts.updated, done.counts.unchanged) == (10, 0, 10)
    assert expected == done.counts
    assert _live(database)[0] == 60


def test_a_dry_run_stores_nothing(database: Database) -> None:
    before = database.data_version()
    batch.classify(database, contacts(database))
    assert database.data_version() == before
    with database.cursor() as con:
        row = con.execute("SELECT count(*) FROM member WHERE status = 'proposed'").fetchone()
    assert row == (0,)


def test_the_later_export_of_a_record_wins_and_undo_brings_the_first_back(database: Database) -> None:
    batch.commit(database, sales(database, "a", 0, 50))
    sums = _daily(database)
    later = batch.commit(database, sales(database, "b", 0, 20, cents=700))
    assert later.counts.updated == 20
    assert _live(database) == (50, Decimal("12390.0000"))  # 20 orders at 7 euro more
    undone = batch.undo(database, later.batch)
    assert (undone.removed, undone.restored) == (20, 20)
    assert _live(database) == (50, Decimal("12250.0000"))
    assert _daily(database) == sums


def test_undoing_a_batch_keeps_what_a_later_one_brought_too(database: Database) -> None:
    first = batch.commit(database, sales(database, "a", 0, 50))
    batch.commit(database, sales(database, "b", 40, 60))
    undone = batch.undo(database, first.batch)
    assert (undone.removed, undone.kept) == (40, 10)
    assert _live(database)[0] == 20
    assert check(database) == []


def test_undoing_the_middle_of_three_versions_keeps_the_last(database: Database) -> None:
    batch.commit(database, sales(database, "a", 0, 10))
    middle = batch.commit(database, sales(database, "b", 0, 10, cents=100))
    last = batch.commit(database, sales(database, "c", 0, 10, cents=200))
    batch.undo(database, middle.batch)
    assert _live(database) == (10, Decimal("470.0000"))  # 450 + 10 x 2
    batch.undo(database, last.batch)
    assert _live(database) == (10, Decimal("450.0000"))
    assert check(database) == []


def test_undo_in_any_order_leaves_the_store_empty(database: Database) -> None:
    numbers = [
        batch.commit(database, sales(database, name, first, last, cents)).batch
        for name, first, last, cents in (("a", 0, 30, 0), ("b", 10, 40, 0), ("c", 20, 50, 300), ("d", 0, 50, 300))
    ]
    for number in (numbers[1], numbers[3], numbers[0], numbers[2]):
        batch.undo(database, number)
        assert check(database) == []
    assert _live(database) == (0, None)
    assert _daily(database) == []


def test_an_unknown_batch_cannot_be_undone(database: Database) -> None:
    with pytest.raises(NotFound, match="batch 7"):
        batch.undo(database, 7)


def test_an_unknown_touchpoint_becomes_a_proposed_member(database: Database) -> None:
    done = batch.commit(database, contacts(database))
    assert done.counts.proposed == (("touchpoint", "Nuovo canale"),)
    with database.cursor() as con:
        row = con.execute("SELECT key, status FROM member WHERE label_it = 'Nuovo canale'").fetchone()
    assert row == ("nuovo_canale", "proposed")


@pytest.mark.parametrize("leads_first", [True, False])
def test_sales_inherit_touchpoint_and_lead_day_whichever_file_comes_first(
    database: Database, leads_first: bool
) -> None:
    save_profile(database, SourceProfile("deals", FactKind.SALE, {}, inherit=("touchpoint", "lead_day")))
    deals = stage(
        database,
        """SELECT CAST(i AS INTEGER) AS line, DATE '2026-01-10' AS order_day, DATE '2026-01-10' AS day,
        CAST(i AS UBIGINT) AS customer, CAST(i AS UBIGINT) AS key_hash, CAST(i AS UBIGINT) AS row_hash
        FROM range(10) t(i)""",
        "deals",
        "sale",
        "deals",
        ("touchpoint", "lead_day"),
    )
    order = [contacts(database), deals] if leads_first else [deals, contacts(database)]
    numbers = [batch.commit(database, staged).batch for staged in order]
    with database.cursor() as con:
        found = con.execute(
            "SELECT touchpoint, min(lead_day), count(*) FROM sale_live GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert [(row[0], str(row[1]), row[2]) for row in found] == [
        ("contact_center", "2025-12-01", 5),
        ("nuovo_canale", "2025-12-02", 5),
    ]
    assert check(database) == []
    batch.undo(database, numbers[0 if leads_first else 1])
    with database.cursor() as con:
        row = con.execute("SELECT count(*) FROM sale_live WHERE lead_day IS NULL AND touchpoint = ''").fetchone()
    assert row == (10,)
    assert check(database) == []


def test_only_touched_days_and_cells_are_recomputed(database: Database) -> None:
    batch.commit(database, sales(database, "a", 0, 30))
    with database.write() as con:
        con.execute("UPDATE daily SET numerator = numerator + 1000 WHERE day = DATE '2026-01-05'")
    batch.commit(database, sales(database, "b", 31, 32))
    wrong = {finding.values["cells"] for finding in check(database)}
    assert wrong == {1}  # the falsified day was not touched: it shows as the one wrong cell of each KPI
