"""Rows outside a grant are not there, whatever the statement; the log of acts shows every tampering."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ocem.domain.access import LOCAL, Grant, Person, Right, Role
from ocem.errors import Forbidden
from ocem.store import access, audit, batch, person
from ocem.store.database import Database
from ocem.store.engine import owned
from ocem.store.freshness import source_reaches
from tests.store.staging import made_elsewhere, sales

PMI_ONLY = Person("anna@example.com", frozenset({Role.DIRECTOR}), Grant(segments=frozenset({"pmi"})))


@pytest.fixture
def two_segments(database: Database) -> Database:
    """Three sums of PMI (number 91) and two of officine (number 92), for one KPI and day."""
    with database.write() as con:
        con.execute(
            "INSERT INTO member (dimension, id, key, label_it, label_en, position, status) VALUES "
            "('segment', 91, 'pmi', 'PMI', 'SME', 1, 'confirmed'), "
            "('segment', 92, 'officine', 'Officine', 'Workshops', 2, 'confirmed')"
        )
        con.execute(
            "INSERT INTO daily (kpi_id, fact, day, touchpoint_id, segment_id, phase_id, n) "
            "SELECT 1, 'sale', DATE '2026-01-05', i, CASE WHEN i < 3 THEN 91 ELSE 92 END, 0, 1 FROM range(5) r(i)"
        )
    return database


def counted(database: Database, table: str = "daily") -> int:
    with database.cursor() as con:
        return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def test_a_person_sees_only_the_rows_of_granted_segments(two_segments: Database) -> None:
    assert counted(two_segments) == 5
    with access.acting(PMI_ONLY):
        assert counted(two_segments) == 3


def test_a_grant_of_a_segment_that_does_not_exist_shows_nothing(two_segments: Database) -> None:
    with access.acting(Person("b", PMI_ONLY.roles, Grant(segments=frozenset({"altrove"})))):
        assert counted(two_segments) == 0


def test_two_conditions_narrow_together(two_segments: Database) -> None:
    with access.acting(Person("c", PMI_ONLY.roles, Grant(frozenset({"pmi"}), frozenset({"nowhere"})))):
        assert counted(two_segments) == 0


def test_every_table_with_figures_is_narrow_or_empty_for_a_restricted_person(two_segments: Database) -> None:
    """A table added later is closed until somebody lists it as open: its rows would otherwise leak."""
    with two_segments.write() as con:
        con.execute("INSERT INTO reject VALUES (1, 2, 'customer', 'Rossi', 'bad')")
    with access.acting(PMI_ONLY):
        assert counted(two_segments, "reject") == 0
        assert counted(two_segments, "interaction_live") == 0


def test_an_objective_is_seen_by_who_may_see_its_whole_perimeter(two_segments: Database) -> None:
    with two_segments.write() as con:
        for key, perimeter in (
            ("inside", '{"segment": ["pmi"]}'),
            ("wider", '{"segment": ["pmi", "officine"]}'),
            ("all", "{}"),
        ):
            con.execute("INSERT INTO objective VALUES (?, 1, ?, now())", [key, '{"perimeter": ' + perimeter + "}"])
            con.execute("INSERT INTO baseline VALUES (?, 1, now(), 'a', '{}', 'h')", [key])
    with access.acting(PMI_ONLY), two_segments.cursor() as con:
        assert con.execute("SELECT key FROM objective").fetchall() == [("inside",)]
        assert con.execute("SELECT objective FROM baseline").fetchall() == [("inside",)]


def test_a_narrowed_cursor_is_not_lent_to_somebody_with_another_grant(two_segments: Database) -> None:
    other = Person("d", PMI_ONLY.roles, Grant(segments=frozenset({"officine"})))
    for _ in range(3):
        with access.acting(PMI_ONLY):
            assert counted(two_segments) == 3
        with access.acting(other):
            assert counted(two_segments) == 2
    assert counted(two_segments) == 5


def test_people_at_once_see_their_own_rows(two_segments: Database) -> None:
    """Who acts is kept per thread: forty sessions run in one process."""
    seen: dict[str, set[int]] = {"pmi": set(), "officine": set()}

    def ask(segment: str) -> None:
        with access.acting(Person(segment, PMI_ONLY.roles, Grant(segments=frozenset({segment})))):
            for _ in range(20):
                seen[segment].add(counted(two_segments))

    threads = [threading.Thread(target=ask, args=(segment,)) for segment in ("pmi", "officine") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"pmi": {3}, "officine": {2}}


def test_nobody_known_may_do_nothing_where_sign_in_is_required(two_segments: Database) -> None:
    access.require_sign_in(True)
    try:
        with pytest.raises(Forbidden):
            counted(two_segments)
        with pytest.raises(Forbidden), two_segments.write():
            pass
        with access.acting(LOCAL):
            assert counted(two_segments) == 5
    finally:
        access.require_sign_in(False)


@pytest.mark.parametrize("right", [Right.IMPORT, Right.DEFINE, Right.DECIDE, Right.ADMINISTER])
def test_a_director_reads_and_does_not_change(right: Right) -> None:
    with access.acting(PMI_ONLY), pytest.raises(Forbidden):
        access.require(right)


def test_the_latest_grant_is_in_force_and_is_logged(database: Database) -> None:
    person.grant(database, PMI_ONLY)
    person.grant(database, Person("Anna@Example.com", frozenset({Role.ANALYST})))
    found = person.find(database, "ANNA@example.com")
    assert found == Person("anna@example.com", frozenset({Role.ANALYST}))
    with database.cursor() as con:
        assert [item.action for item in audit.entries(con)][:2] == ["grant", "grant"]


def test_only_an_administrator_grants(database: Database) -> None:
    with access.acting(PMI_ONLY), pytest.raises(Forbidden):
        person.grant(database, Person("anna@example.com", frozenset(Role)))


@pytest.mark.parametrize(
    ("tampering", "place"),
    [
        ("UPDATE audit_entry SET actor = 'nobody' WHERE seq = 2", 2),
        ("DELETE FROM audit_entry WHERE seq = 2", 2),
        ("UPDATE audit_entry SET details = '{\"x\":1}' WHERE seq = 3", 3),
        ("UPDATE audit_entry SET done_at = done_at + INTERVAL 1 SECOND WHERE seq = 1", 1),
    ],
)
def test_tampering_with_the_log_shows_where(tmp_path: Path, tampering: str, place: int) -> None:
    store = Database.open(tmp_path / "a.duckdb")
    try:
        with store.write() as con:
            for action in ("freeze", "close", "export"):
                audit.record(con, action, "fatture", {"perché": "è così"})
            assert audit.broken(con) is None
            con.execute(tampering)
            assert audit.broken(con) == place
    finally:
        store.close()


def test_a_restricted_person_sees_how_fresh_sources_are_and_nothing_else_of_their_files(database: Database) -> None:
    batch.commit(database, replace(sales(database, "a", 0, 50), file="Rossi SpA.csv"))
    with database.cursor() as con:
        (whole,), reaches = batch.list_batches(con), source_reaches(con)
    assert (whole.file, whole.accepted) == ("Rossi SpA.csv", 50)
    with access.acting(PMI_ONLY), database.cursor() as con:
        (seen,) = batch.list_batches(con)
        assert source_reaches(con) == reaches
    assert (seen.file, seen.rows_read, seen.accepted, seen.receipt["warnings"]) == ("orders", 0, 0, [])
    assert (seen.first_day, seen.last_day, seen.imported_at) == (whole.first_day, whole.last_day, whole.imported_at)


def test_a_restricted_person_sees_which_days_another_engine_made_and_not_of_how_many_rows(database: Database) -> None:
    made_elsewhere(database, 100, 9, "Rossi")
    with database.cursor() as con:
        reaches = source_reaches(con)
        assert reaches and sum(item.n_rows for item in owned.state(con).owned) == 8400
    with access.acting(PMI_ONLY), database.cursor() as con:
        assert source_reaches(con) == reaches
        state = owned.state(con)
        assert (sum(item.n_rows for item in state.owned), state.failed) == (84, None), (
            "days, not rows; no failure's words"
        )
        assert con.execute("SELECT sum(n_rows) FROM engine_run").fetchone() == (None,)
        assert con.execute("SELECT sum(n_sums) FROM engine_day").fetchone() == (None,)


def test_a_restricted_person_reads_no_count_of_stored_keys(database: Database) -> None:
    with database.write() as con:
        con.execute("INSERT INTO meta VALUES ('keys_of_sale', '{\"files\": [{\"n_keys\": 700}]}')")
    with access.acting(PMI_ONLY), database.cursor() as con:
        found = dict(con.execute("SELECT key, value FROM meta").fetchall())
    assert "keys_of_sale" not in found and "data_version" in found


def test_a_sum_over_what_is_hidden_is_not_seen(two_segments: Database) -> None:
    """Customers active in a segment are counted over all its touchpoints: who sees one of them sees no such count."""
    with two_segments.write() as con:
        con.execute("INSERT INTO active_week VALUES (DATE '2026-01-05', 91, 40)")
    with access.acting(PMI_ONLY):
        assert counted(two_segments, "active_week") == 1
    with access.acting(Person("f", PMI_ONLY.roles, Grant(frozenset({"pmi"}), frozenset({"qui"})))):
        assert counted(two_segments, "active_week") == 0


OPEN_NUMBERS = {
    "member": {"id", "position", "merged_into"}, "member_version": {"version"}, "scope": {"version"}, "source": {"id"},
    "early_source": {"source_id"}, "source_profile": {"version"}, "kpi": {"id", "version"}, "initiative": {"version"},
    "event": {"version"}, "link_hypothesis": {"version"}, "feedback_round": {"version"}, "schema_version": {"version"},
    "bucket_sum": {"kpi_id", "above", "below"}, "batch_day": {"batch_id"},
}  # fmt: skip


def test_what_everybody_may_read_holds_no_figure(database: Database) -> None:
    """Numbers of open tables are keys, versions and places in lists: a count or a sum would tell of hidden rows."""
    with database.cursor() as con:
        rows = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND schema_name = 'main' "
            "AND list_contains(?, table_name) AND (data_type LIKE '%INT%' OR data_type IN ('DOUBLE', 'FLOAT') "
            "OR data_type LIKE 'DECIMAL%' OR data_type LIKE '%[]')",
            [sorted(access.OPEN)],
        ).fetchall()
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    assert found == OPEN_NUMBERS


def test_a_journey_that_leaves_the_granted_touchpoints_is_not_seen(database: Database) -> None:
    """A path names every touchpoint of a customer's way: a part of it would tell where else the customer was."""
    with database.write() as con:
        con.execute(
            "INSERT INTO member (dimension, id, key, label_it, label_en, position, status) VALUES "
            "('touchpoint', 91, 'qui', 'Qui', 'Here', 1, 'confirmed'), "
            "('touchpoint', 92, 'altrove', 'A', 'E', 2, 'confirmed')"
        )
        for customer, path, after in ((1, [91], []), (2, [91, 92], []), (3, [91], [92]), (4, [92, 91], [91])):
            con.execute(
                "INSERT INTO journey VALUES (?, 0, DATE '2026-01-01', DATE '2026-01-02', DATE '2026-01-02', "
                "DATE '2026-01-02', true, 91, 1, 0, 0, 0, 1, 0, 0, ?, ?, [], ?, 0)",
                [customer, path, after, customer],
            )
            con.execute("INSERT INTO journey_path VALUES (?, ?, ?, 0, 0, 0, 0, false)", [customer, path, len(path)])
    with access.acting(Person("e", PMI_ONLY.roles, Grant(touchpoints=frozenset({"qui"})))), database.cursor() as con:
        assert con.execute("SELECT customer FROM journey").fetchall() == [(1,)]
        assert con.execute("SELECT DISTINCT path FROM journey_path").fetchall() == [([91],)]
    assert counted(database, "journey") == 4
