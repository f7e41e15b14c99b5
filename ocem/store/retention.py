"""How long data may lead back to somebody: rules by kind, applied once a day, and what they took away.

Facts that are older than their rule lose the customer, the record number and the comment, and stay: every sum, verdict
and frozen figure is what it was. What is derived for one customer, such as journeys, goes. Comments may have a shorter
rule of their own. Refused cells, uploaded files and copies are removed whole.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.fact import FactKind
from ocem.errors import N_, WrongUse
from ocem.store import access, audit, contact, erasure, journey
from ocem.store.database import Database

LONGEST_MONTHS = 1200


class Kept(StrEnum):
    """A kind of data with its own rule."""

    INTERACTION = "interaction"
    SALE = "sale"
    RESPONSE = "response"
    COMMENT = "comment"
    REJECT = "reject"
    UPLOAD = "upload"
    BACKUP = "backup"


@dataclass(frozen=True)
class Removed:
    """What one rule took away: rows emptied or files and cells removed that are older than a day."""

    kind: Kept
    before: date
    n: int


def rules(con: DuckDBPyConnection) -> dict[Kept, int]:
    """Return the months in force, by kind; a kind without a rule is kept for ever."""
    rows = con.execute(
        "SELECT kind, months FROM retention QUALIFY row_number() OVER (PARTITION BY kind ORDER BY set_at DESC) = 1"
    ).fetchall()
    return {Kept(kind): int(months) for kind, months in rows if months is not None}


def set_rule(database: Database, kind: Kept, months: int | None, at: datetime | None = None) -> None:
    """Put a rule in force; no months means for ever.

    Raises
    ------
    Forbidden
        If the acting person is no administrator.
    WrongUse
        If the months are none.
    """
    who = access.require(Right.ADMINISTER)
    if months is not None and not 1 <= months <= LONGEST_MONTHS:
        raise WrongUse(N_("Say between 1 and {most} months."), most=LONGEST_MONTHS)
    with database.write() as con:
        con.execute(
            "INSERT INTO retention VALUES (?, ?, ?, ?)", [kind.value, months, who.name, at or datetime.now(UTC)]
        )
        audit.record(con, "set_retention", kind.value, {"months": months})


def first_kept(today: date, months: int) -> date:
    """Return the first day that is kept.

    Examples
    --------
    >>> first_kept(date(2026, 3, 31), 1), first_kept(date(2026, 1, 15), 24)
    (datetime.date(2026, 3, 1), datetime.date(2024, 2, 1))
    """
    month = today.year * 12 + today.month - months
    return date(month // 12, month % 12 + 1, 1)


def apply(database: Database, today: date) -> list[Removed]:
    """Take away what is older than its rule, in one transaction and then the files; say what went.

    Raises
    ------
    Forbidden
        If the acting person is no administrator.
    """
    access.require(Right.ADMINISTER)
    with database.cursor() as con:
        if not rules(con):
            return []
    removed: list[Removed] = []
    with database.write() as con:
        bounds = {kind: first_kept(today, months) for kind, months in rules(con).items()}
        for kind, before in sorted(bounds.items()):
            removed.append(Removed(kind, before, _apply_one(con, kind, before)))
        for kind, folder in ((Kept.UPLOAD, "uploads"), (Kept.BACKUP, "backups")):
            if kind in bounds:
                old = _files_before(database.folder / folder, bounds[kind])
                removed = [Removed(kind, item.before, len(old)) if item.kind is kind else item for item in removed]
        con.execute("DELETE FROM meta WHERE key = 'retention_applied'")
        con.execute("INSERT INTO meta VALUES ('retention_applied', ?)", [today.isoformat()])
        gone = {item.kind.value: {"before": item.before, "n": item.n} for item in removed if item.n}
        if gone:
            audit.record(con, "retention", None, gone)
    for kind, folder in ((Kept.UPLOAD, "uploads"), (Kept.BACKUP, "backups")):
        if kind in bounds:
            for path in _files_before(database.folder / folder, bounds[kind]):
                path.unlink(missing_ok=True)
    return removed


def due(con: DuckDBPyConnection, today: date) -> bool:
    """Say whether the rules have not been applied today."""
    row = con.execute("SELECT value FROM meta WHERE key = 'retention_applied'").fetchone()
    return row is None or str(row[0]) < today.isoformat()


def keep_out(con: DuckDBPyConnection, fact: FactKind, batch: int) -> None:
    """Empty what a new batch brings from before the last day on which rules were applied to its kind."""
    row = con.execute("SELECT CAST(value AS DATE) FROM meta WHERE key = 'retention_applied'").fetchone()
    in_force = rules(con) if row else {}
    for kind in (Kept.COMMENT, *Kept):
        if row and kind in in_force and fact.value in (kind.value, "response" if kind is Kept.COMMENT else ""):
            _empty(con, kind, first_kept(row[0], in_force[kind]), "batch_id = ?", [batch])


def _apply_one(con: DuckDBPyConnection, kind: Kept, before: date) -> int:
    if kind in (Kept.UPLOAD, Kept.BACKUP):
        return 0
    if kind is Kept.REJECT:
        done = con.execute(
            "UPDATE reject SET value = NULL FROM import_batch b "
            "WHERE b.id = reject.batch_id AND reject.value IS NOT NULL AND b.imported_at < CAST(? AS DATE)",
            [before],
        ).fetchone()
        return int(done[0]) if done else 0
    return _empty(con, kind, before, "true", [])


def _empty(con: DuckDBPyConnection, kind: Kept, before: date, where: str, values: list[int]) -> int:
    """Empty the personal columns of a kind's rows from before a day; return how many rows changed."""
    table = "response" if kind is Kept.COMMENT else kind.value
    columns = ["comment"] if kind is Kept.COMMENT else erasure.tables_about_people(con)[table]
    filled = " OR ".join(f"{column} IS NOT NULL" for column in columns)
    with_journeys = kind in (Kept.INTERACTION, Kept.SALE)
    if with_journeys:
        journey.note_before(con, table, before)
    done = con.execute(
        f"UPDATE {table} SET {', '.join(f'{column} = NULL' for column in columns)} "
        f"WHERE day < ? AND ({filled}) AND {where}",
        [before, *values],
    ).fetchone()
    if with_journeys:
        contact.keep_before(con, before)
        journey.refresh_if_small(con)
    return int(done[0]) if done else 0


def _files_before(folder: Path, before: date) -> list[Path]:
    if not folder.is_dir():
        return []
    oldest = datetime(before.year, before.month, before.day).timestamp()
    return [path for path in sorted(folder.iterdir()) if path.is_file() and path.stat().st_mtime < oldest]
