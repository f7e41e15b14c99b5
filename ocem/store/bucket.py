"""Sums by week, cell and bucket of customers, kept up to date for just the weeks and cells that a batch touches.

A customer's rows always lie in the same bucket, whatever the week and the cell, so that buckets add up over both and
the error of a figure can follow its customers without reading a row. A row that names no customer counts for itself.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date

from duckdb import DuckDBPyConnection

from ocem.domain import scorecard
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi, KpiKind
from ocem.store import contact, day_runs
from ocem.store.aggregate import Expression, Part, Rollup, parts_of, source_rows, weight_of
from ocem.store.kpi import numbered_kpis

BUCKETS = 32
"""A power of two."""
WITH_CUSTOMER = (FactKind.INTERACTION, FactKind.SALE, FactKind.RESPONSE)
Kpis = list[tuple[int, Kpi]]
_PLACE = "week, touchpoint_id, segment_id, phase_id"
_CELL = (*_PLACE.split(", "), "bucket")
_WEEK = "(DATE '1970-01-05' + 7 * CAST(floor(date_diff('day', DATE '1970-01-05', day) / 7) AS INTEGER))"
_BUCKET = f"CAST(coalesce(customer, key_hash, 0) & {BUCKETS - 1} AS UTINYINT)"
"""The last bits of the pseudonym, which is as good as drawn; other sizes of whole numbers are four times as slow."""
_TOUCHED_DAYS = "SELECT DISTINCT unnest(range(week, week + 7, INTERVAL 1 DAY))::DATE FROM touched_week"


def is_kept(kpi: Kpi) -> bool:
    """Say whether a KPI has sums by bucket: a rate that scorecards show, of facts that may name a customer."""
    facts = {measure.fact for measure in (kpi.numerator, kpi.denominator) if measure is not None}
    is_rate = kpi.kind not in (KpiKind.COUNT, KpiKind.SUM)
    return is_rate and kpi.key in scorecard.KEYS and facts <= set(WITH_CUSTOMER)


class _Sums:
    """The sums that some KPIs take from a fact, each kept once, and at which place each KPI finds its own."""

    def __init__(self, kpis: Kpis, fact: FactKind) -> None:
        self.fact = fact
        self._rollup = Rollup(weight_of(fact))
        self.names: dict[str, int] = {}
        self.places: list[tuple[int, int | None, int | None]] = []
        for number, kpi in kpis:
            parts = (parts_of(kpi, fact) or {}) if is_kept(kpi) else {}
            if parts:
                above, below = self._place(parts.get("numerator")), self._place(parts.get("denominator"))
                self.places.append((number, above, below))

    def _place(self, part: Part | None) -> int | None:
        return None if part is None else self.names.setdefault(self._rollup.column(part), len(self.names) + 1)

    def query(self, days: str = "TRUE", only: str = "") -> Expression:
        """Return the statement that gives the rows of `customer_bucket`: of some days, joined with what `only` says."""
        source = f"(SELECT *, {_WEEK} AS week, {_BUCKET} AS bucket FROM {source_rows(self.fact)} WHERE {days}) {only}"
        sums = self._rollup.query(source, _CELL)
        some = " OR ".join(f"{name} <> 0" for name in self.names)
        sql = (
            f"SELECT '{self.fact}' AS fact, {', '.join(_CELL)}, [{', '.join(self.names)}] AS sums\n"
            f"FROM ({sums.sql}) WHERE {some} ORDER BY {', '.join(_CELL)}"
        )
        return Expression(sql, sums.values)

    @property
    def made_by(self) -> str:
        """What the stored sums hang on: other definitions make other sums."""
        query = self.query() if self.names else Expression("")
        told = json.dumps([query.sql, [str(value) for value in query.values], self.places])
        return hashlib.sha256(told.encode()).hexdigest()


def refresh_touched(con: DuckDBPyConnection, kpis: Kpis, fact: FactKind) -> None:
    """Recompute the weeks of the days and cells in the temporary table ``touched``; idempotent."""
    if fact not in WITH_CUSTOMER:
        return
    weeks = f"SELECT DISTINCT {_WEEK} AS week, touchpoint_id, segment_id, phase_id FROM touched WHERE day IS NOT NULL"
    _refresh(con, _Sums(kpis, fact), weeks, _PLACE)


def recount(con: DuckDBPyConnection, kpis: Kpis, weeks: Iterable[date], answers: bool) -> None:
    """Recompute whole weeks of contacts and sales, and all answers where they are concerned: rows lost a customer."""
    told = ", ".join(f"DATE '{week}'" for week in weeks)
    if told:
        for fact in (FactKind.INTERACTION, FactKind.SALE):
            _refresh(con, _Sums(kpis, fact), f"SELECT unnest([{told}]) AS week", "week")
    if answers:
        fill(con, kpis, [FactKind.RESPONSE])


def _refresh(con: DuckDBPyConnection, sums: _Sums, weeks: str, columns: str) -> None:
    if _made_by(con, sums.fact) != sums.made_by:
        _fill(con, sums)
        return
    if not sums.names:
        return
    con.execute(f"CREATE OR REPLACE TEMP TABLE touched_week AS {weeks}")
    matches = " AND ".join(f"customer_bucket.{name} = t.{name}" for name in columns.split(", "))
    con.execute(f"DELETE FROM customer_bucket USING touched_week t WHERE fact = '{sums.fact}' AND {matches}")
    _insert(con, sums.query(day_runs.among(con, _TOUCHED_DAYS), f"SEMI JOIN touched_week USING ({columns})"))
    con.execute("DROP TABLE touched_week")


def _insert(con: DuckDBPyConnection, query: Expression) -> None:
    """Store what the live facts give; never an insert of nothing, which in DuckDB 2.0.0 hides a later large one."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE made_bucket AS {query.sql}", query.values)
    if con.execute("SELECT 1 FROM made_bucket LIMIT 1").fetchone():
        con.execute("INSERT INTO customer_bucket FROM made_bucket")
    con.execute("DROP TABLE made_bucket")


def fill(con: DuckDBPyConnection, kpis: Kpis, facts: Iterable[FactKind] = WITH_CUSTOMER) -> None:
    """Recompute all sums of some facts from the live rows."""
    for fact in facts:
        if fact in WITH_CUSTOMER:
            _fill(con, _Sums(kpis, fact))


def _fill(con: DuckDBPyConnection, sums: _Sums) -> None:
    for table in ("customer_bucket", "bucket_sum"):
        con.execute(f"DELETE FROM {table} WHERE fact = ?", [sums.fact.value])
    con.execute("DELETE FROM meta WHERE key = ?", [_meta_key(sums.fact)])
    con.execute("INSERT INTO meta VALUES (?, ?)", [_meta_key(sums.fact), sums.made_by])
    for place in sums.places:
        con.execute("INSERT INTO bucket_sum VALUES (?, ?, ?, ?)", [sums.fact.value, *place])
    if sums.names:
        _insert(con, sums.query())


def follow_definitions(con: DuckDBPyConnection, kpis: Kpis) -> None:
    """Recompute the sums of the facts whose KPIs are no longer defined as they were."""
    for fact in WITH_CUSTOMER:
        sums = _Sums(kpis, fact)
        if _made_by(con, fact) != sums.made_by:
            _fill(con, sums)


def settle(con: DuckDBPyConnection) -> None:
    """In a store from before there were sums by bucket, work them out once."""
    if con.execute("SELECT 1 FROM meta WHERE key = ?", [_meta_key(WITH_CUSTOMER[0])]).fetchone():
        return
    con.execute("BEGIN TRANSACTION")
    try:
        fill(con, numbered_kpis(con))
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def _meta_key(fact: FactKind) -> str:
    return f"buckets_of_{fact}"


def _made_by(con: DuckDBPyConnection, fact: FactKind) -> str | None:
    row = con.execute("SELECT value FROM meta WHERE key = ?", [_meta_key(fact)]).fetchone()
    return row[0] if row else None


def differences(con: DuckDBPyConnection, kpis: Kpis) -> int:
    """Count weeks, cells and buckets that differ from what the live facts give; 0 when sound.

    Weeks whose facts no longer say who the customers were are not looked at.
    """
    found = 0
    for fact in WITH_CUSTOMER:
        sums = _Sums(kpis, fact)
        if _made_by(con, fact) != sums.made_by:
            found += 1
        elif sums.names:
            query = sums.query()
            unequal = "abs(p[1] - p[2]) > 1e-9 * greatest(1, abs(p[1]))"
            row = con.execute(
                f"SELECT count(*) FROM ({query.sql}) a\n"
                f"FULL JOIN (FROM customer_bucket WHERE fact = '{fact}') b USING ({', '.join(_CELL)})\n"
                f"WHERE week >= {contact.STILL_COUNTED} AND (a.sums IS NULL OR b.sums IS NULL\n"
                f"  OR list_bool_or(list_transform(list_zip(a.sums, b.sums), lambda p: {unequal})))",
                query.values,
            ).fetchone()
            found += int(row[0]) if row else 0
    return found
