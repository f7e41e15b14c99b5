"""Journeys kept beside the facts: for each batch only the customers and days it touched are worked out again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FactKind
from ocem.domain.journey import AFTER_DAYS, PURCHASE_PHASE, SILENCE_DAYS, STEPS_KEPT
from ocem.store import access
from ocem.store.database import Database

_OF_SCOPE = (Path(__file__).parent / "sql" / "journeys_of_scope.sql").read_text(encoding="utf-8")
_WITH_JOURNEYS = (FactKind.INTERACTION, FactKind.SALE)
_RULES = "journey_rules"
AT_ONCE_CUSTOMERS = 20_000
"""A batch that touches more customers than this leaves their journeys to the first question about journeys."""
AT_ONCE_ROWS = 200_000
"""The journeys of a store with no more contacts and orders than this are made anew at once."""
ROWS_AT_ONCE = 4_000_000
"""Contacts and orders worked out together when all journeys are made anew; more are cut by customer."""
CUT_FROM = 5
"""With as many parts as this, reading all contacts for each would take longer than writing them part by part."""

_CONTACTS = """
CREATE OR REPLACE TEMP VIEW contact_in_scope AS
SELECT f.customer, f.day, f.occurred_at, f.touchpoint_id, f.segment_id, f.phase_id,
       list_contains({after}, f.phase_id) AS is_after
FROM {contacts} f {scope}
WHERE true {where}
"""
_LIVE = "(SELECT * FROM interaction WHERE superseded_by IS NULL AND customer IS NOT NULL)"
_CUT = f"""
COPY (SELECT customer, day, occurred_at, touchpoint_id, segment_id, phase_id, customer % {{n}} AS part FROM {_LIVE})
TO '{{folder}}' (FORMAT parquet, PARTITION_BY (part))
"""
_ORDERS = """
CREATE OR REPLACE TEMP VIEW order_in_scope AS
SELECT f.customer, f.day,
       arg_max(f.touchpoint_id, (coalesce(f.amount_eur, 0), f.touchpoint_id)) AS touchpoint_id,
       arg_max(f.segment_id, (coalesce(f.amount_eur, 0), f.segment_id)) AS segment_id,
       count(*) AS n_orders, count(f.margin_eur) AS n_with_margin,
       coalesce(sum(CAST(f.amount_eur * 100 AS BIGINT)), 0) AS amount_cents,
       coalesce(sum(CAST(f.margin_eur * 100 AS BIGINT)), 0) AS margin_cents
FROM sale f {scope}
WHERE f.superseded_by IS NULL AND f.customer IS NOT NULL {where}
GROUP BY f.customer, f.day
"""
_NUMBERED = """
INSERT INTO journey_path
SELECT (SELECT coalesce(max(id), 0) FROM journey_path) + row_number() OVER (ORDER BY path), path, len(path),
       coalesce(path[1], 0), coalesce(path[2], 0), coalesce(path[3], 0), coalesce(path[-1], 0), list_unique(path) > 1
FROM path_made
"""
_PARAMETERS = {"silence": SILENCE_DAYS, "after": AFTER_DAYS, "steps": STEPS_KEPT}


def _after_phases(con: DuckDBPyConnection) -> list[int]:
    """Return the numbers of the phases positioned after the one in which orders are placed."""
    rows = con.execute(
        "SELECT id FROM member WHERE dimension = 'phase' AND id > 0 AND position > "
        "(SELECT min(position) FROM member WHERE dimension = 'phase' AND key = ?) ORDER BY id",
        [PURCHASE_PHASE],
    ).fetchall()
    return [int(row[0]) for row in rows]


def _rules(con: DuckDBPyConnection) -> str:
    """Return what the journeys depend on beside the facts, as one text."""
    return f"{SILENCE_DAYS} {AFTER_DAYS} {STEPS_KEPT} {_after_phases(con)}"


def _rules_hold(con: DuckDBPyConnection) -> bool:
    row = con.execute("SELECT value FROM meta WHERE key = ?", [_RULES]).fetchone()
    return row is not None and row[0] == _rules(con)


def _all_wait(con: DuckDBPyConnection) -> bool:
    """Say whether all journeys wait to be made anew; if so, the mark of those that stand goes for good."""
    if _rules_hold(con):
        return False
    con.execute("DELETE FROM meta WHERE key = ?", [_RULES])
    return True


@dataclass(frozen=True)
class _Share:
    """A part of the customers: which of how many, and where their contacts are read."""

    number: int
    of: int
    contacts: str = _LIVE


_EVERYBODY = _Share(0, 1)


def _set_scope(con: DuckDBPyConnection, restarted: bool = False, share: _Share = _EVERYBODY) -> None:
    """Point the two views at a share of the customers, or at those of the temporary table ``journey_restart``.

    Of these, only the days after the one that stands there count.
    """
    scope, where = ("JOIN journey_restart r USING (customer)", "AND f.day > r.day") if restarted else ("", "")
    if share.of > 1:
        where += f" AND f.customer % {share.of} = {share.number}"
    after = f"CAST({_after_phases(con)} AS USMALLINT[])"
    con.execute(_CONTACTS.format(after=after, contacts=share.contacts, scope=scope, where=where))
    con.execute(_ORDERS.format(scope=scope, where=where))


@contextmanager
def _shares(con: DuckDBPyConnection) -> Iterator[list[_Share]]:
    """Lend the parts of the customers that are worked out one after the other.

    Where there are many, all contacts are read once and written part by part beside what the engine cannot hold; a few
    take less from the facts themselves.
    """
    n_shares = _n_shares(con)
    if n_shares < CUT_FROM:
        yield [_Share(number, n_shares) for number in range(n_shares)]
        return
    [(beside,)] = con.execute("SELECT current_setting('temp_directory')").fetchall()
    Path(beside).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="journeys-", dir=beside) as folder:
        told = folder.replace("'", "''")
        con.execute(_CUT.format(n=n_shares, folder=told))
        yield [
            _Share(number, n_shares, f"read_parquet('{told}/part={number}/*.parquet', hive_partitioning = false)")
            if Path(folder, f"part={number}").is_dir()
            else _Share(number, n_shares, "(FROM interaction LIMIT 0)")
            for number in range(n_shares)
        ]


def _drop_scope(con: DuckDBPyConnection) -> None:
    con.execute("DROP VIEW contact_in_scope")
    con.execute("DROP VIEW order_in_scope")


def _n_rows(con: DuckDBPyConnection) -> int:
    row = con.execute("SELECT (SELECT count(*) FROM interaction) + (SELECT count(*) FROM sale)").fetchone()
    return int(row[0]) if row else 0


def _n_shares(con: DuckDBPyConnection) -> int:
    """Return into how many parts the customers are cut so that the memory for one part stays bounded."""
    return max(-(-_n_rows(con) // ROWS_AT_ONCE), 1)


def _store(con: DuckDBPyConnection) -> None:
    """Store the journeys in scope; a path that was never walked before gets a number."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE journey_made AS {_OF_SCOPE}", _PARAMETERS)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE path_made AS "
        "SELECT DISTINCT path FROM journey_made ANTI JOIN journey_path USING (path)"
    )
    # Never an insert of nothing: in DuckDB 2.0.0 it would hide a large one that follows in the same transaction.
    if con.execute("SELECT 1 FROM path_made LIMIT 1").fetchone():
        con.execute(_NUMBERED)
    if con.execute("SELECT 1 FROM journey_made LIMIT 1").fetchone():
        con.execute(
            "INSERT INTO journey SELECT m.*, p.id, coalesce(m.after_path[1], 0) "
            "FROM journey_made m JOIN journey_path p USING (path) ORDER BY m.last_day, m.customer"
        )
    con.execute("DROP TABLE journey_made")
    con.execute("DROP TABLE path_made")


def rebuild(con: DuckDBPyConnection, before: Callable[[float], None] = lambda share: None) -> None:
    """Work out all journeys anew from the live facts.

    `before` is called with the share that is done before each part of the customers.
    """
    con.execute("DELETE FROM journey")
    con.execute("DELETE FROM journey_path")
    con.execute("DELETE FROM journey_pending")
    before(0.0)
    with _shares(con) as shares:
        for share in shares:
            if share.number:
                before(share.number / share.of)
            _set_scope(con, share=share)
            _store(con)
        _drop_scope(con)
    con.execute("DELETE FROM meta WHERE key = ?", [_RULES])
    con.execute("INSERT INTO meta VALUES (?, ?)", [_RULES, _rules(con)])


def note_batch(con: DuckDBPyConnection, fact: FactKind, batch: int) -> None:
    """Remember the customers whose journeys a batch touches, from the first day it touches.

    To be called while the rows of the batch, and the rows it superseded, still bear its number: at the end of a commit,
    at the start of an undo. Sales that take fields from first contacts may change on any day of a customer. Nothing is
    noted while all journeys wait to be made anew.
    """
    if fact not in _WITH_JOURNEYS or _all_wait(con):
        return
    # Two readings, because a condition on either column passes over what lies outside its values.
    mine = (
        f"FROM (SELECT customer, day FROM {fact.value} WHERE batch_id = $batch UNION ALL "
        f"SELECT customer, day FROM {fact.value} WHERE superseded_by = $batch) WHERE customer IS NOT NULL"
    )
    # Never an insert of nothing: in DuckDB 2.0.0 it would hide a large one that follows in the same transaction.
    if not con.execute(f"SELECT 1 {mine} LIMIT 1", {"batch": batch}).fetchone():
        return
    con.execute(
        f"""INSERT INTO journey_pending
        SELECT customer, min(day) FROM (
            SELECT customer, day {mine}
            UNION ALL
            SELECT customer, day FROM sale
            WHERE customer IN (SELECT customer {mine}) AND source_id IN (
                SELECT s.id FROM source s JOIN source_profile p ON p.key = s.key
                WHERE json_array_length(p.definition->'inherit') > 0))
        GROUP BY customer""",
        {"batch": batch},
    )


def note_before(con: DuckDBPyConnection, table: str, before: date) -> None:
    """Remember the customers who are about to be taken out of a fact's rows from before a day."""
    mine = f"FROM {table} WHERE customer IS NOT NULL AND day < $before"
    if not _all_wait(con) and con.execute(f"SELECT 1 {mine} LIMIT 1", {"before": before}).fetchone():
        con.execute(
            f"INSERT INTO journey_pending SELECT customer, min(day) {mine} GROUP BY customer", {"before": before}
        )


def refresh(con: DuckDBPyConnection) -> None:
    """Work out again the journeys that wait, and only those.

    A journey whose `until_day` lies before a customer's first touched day stands; the customer's others go and are made
    anew from what follows the last that stands.
    """
    if not con.execute("SELECT 1 FROM journey_pending LIMIT 1").fetchone() and _rules_hold(con):
        return
    if not _rules_hold(con) or not con.execute("SELECT 1 FROM journey LIMIT 1").fetchone():
        rebuild(con)
        return
    con.execute(
        "CREATE OR REPLACE TEMP TABLE journey_touched AS "
        "SELECT customer, min(day) AS day FROM journey_pending GROUP BY customer"
    )
    con.execute(
        "DELETE FROM journey USING journey_touched t WHERE journey.customer = t.customer AND journey.until_day >= t.day"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE journey_restart AS "
        "SELECT t.customer, coalesce(max(j.last_day), DATE '0001-01-01') AS day "
        "FROM journey_touched t LEFT JOIN journey j USING (customer) GROUP BY t.customer"
    )
    _set_scope(con, restarted=True)
    _store(con)
    _drop_scope(con)
    con.execute("DELETE FROM journey_pending")
    con.execute("DROP TABLE journey_touched")
    con.execute("DROP TABLE journey_restart")


def refresh_if_small(con: DuckDBPyConnection) -> None:
    """Work out what waits when it is little; a large import leaves it to the first question."""
    if not _rules_hold(con):
        if _n_rows(con) <= AT_ONCE_ROWS:
            rebuild(con)
        return
    row = con.execute("SELECT count(*) FROM journey_pending").fetchone()
    if row and 0 < row[0] <= AT_ONCE_CUSTOMERS:
        refresh(con)


def bring_up_to_date(database: Database) -> None:
    """Make sure that the journeys are those of the facts as they stand; nothing is written when they are.

    Done by the program itself, whoever asks: a person's narrower view must not decide what is worked out.
    """
    with access.acting(access.SYSTEM):
        with database.cursor() as con:
            waits = con.execute("SELECT 1 FROM journey_pending LIMIT 1").fetchone() is not None or not _rules_hold(con)
        if waits:
            with database.write() as con:
                refresh(con)


def differences(con: DuckDBPyConnection) -> int:
    """Count journeys that differ from what the live facts give; 0 when sound.

    Customers whose journeys wait are left aside, and everybody while the phases they rest on have changed.
    """
    if not _rules_hold(con):
        return 0
    waiting = "customer NOT IN (SELECT customer FROM journey_pending)"
    found = 0
    with _shares(con) as shares:
        for share in shares:
            _set_scope(con, share=share)
            con.execute(f"CREATE OR REPLACE TEMP TABLE journey_anew AS {_OF_SCOPE}", _PARAMETERS)
            stored = (
                "SELECT j.* EXCLUDE (path_id, next_id), p.path AS numbered, j.next_id FROM journey j "
                "LEFT JOIN journey_path p ON p.id = j.path_id "
                f"WHERE {waiting} AND customer % {share.of} = {share.number}"
            )
            anew = f"SELECT *, path, coalesce(after_path[1], 0) FROM journey_anew WHERE {waiting}"
            row = con.execute(
                f"SELECT count(*) FROM (({stored} EXCEPT ALL {anew}) UNION ALL ({anew} EXCEPT ALL {stored}))"
            ).fetchone()
            found += int(row[0]) if row else 0
        _drop_scope(con)
    con.execute("DROP TABLE journey_anew")
    return found
