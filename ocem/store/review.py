"""Weekly reviews: what is typed while the room talks, and what it saw when it closed, byte for byte."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from ocem.store.database import Cursor


@dataclass(frozen=True)
class Draft:
    """One text typed in an open review; `item` is empty for the meeting as a whole."""

    week: str
    item: str
    field: str
    content: str
    author: str
    saved_at: datetime


def save_draft(con: Cursor, week: str, item: str, field: str, content: str, author: str) -> None:
    """Keep a text in place of what stood there."""
    con.execute("DELETE FROM review_draft WHERE week = ? AND item = ? AND field = ?", [week, item, field])
    con.execute(
        "INSERT INTO review_draft VALUES (?, ?, ?, ?, ?, ?)", [week, item, field, content, author, datetime.now(UTC)]
    )


def list_drafts(con: Cursor, week: str) -> list[Draft]:
    """Return what is typed for a week, in the order of items."""
    rows = con.execute(
        "SELECT week, item, field, content, author, saved_at FROM review_draft WHERE week = ? ORDER BY item, field",
        [week],
    ).fetchall()
    return [Draft(*row) for row in rows]


@dataclass(frozen=True)
class Closed:
    """A version of a closed review: the document's bytes and what proves and places them."""

    week: str
    version: int
    document: str
    hash: str
    closed_by: str
    closed_at: datetime
    last_batch: int
    """The newest import that the room knew of."""


@dataclass(frozen=True)
class Reopening:
    """Who began a new version of a closed review, and why."""

    week: str
    version: int
    author: str
    reason: str
    at: datetime


def list_closed(con: Cursor, week: str | None = None) -> list[Closed]:
    """Return closed reviews, oldest week and version first."""
    rows = con.execute(
        "SELECT week, version, document, hash, closed_by, closed_at, last_batch FROM review "
        "WHERE ? IS NULL OR week = ? ORDER BY week, version",
        [week, week],
    ).fetchall()
    return [Closed(*row) for row in rows]


def save_closed(con: Cursor, closed: Closed) -> None:
    """Keep a closed review."""
    con.execute(
        "INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            closed.week,
            closed.version,
            closed.document,
            closed.hash,
            closed.closed_by,
            closed.closed_at,
            closed.last_batch,
        ],
    )


def list_reopenings(con: Cursor, week: str) -> list[Reopening]:
    """Return the reopenings of a week's review, oldest first."""
    rows = con.execute(
        "SELECT week, version, author, reason, reopened_at FROM review_reopening WHERE week = ? ORDER BY version",
        [week],
    ).fetchall()
    return [Reopening(*row) for row in rows]


def save_reopening(con: Cursor, reopening: Reopening) -> None:
    """Keep a reopening."""
    con.execute(
        "INSERT INTO review_reopening VALUES (?, ?, ?, ?, ?)",
        [reopening.week, reopening.version, reopening.author, reopening.reason, reopening.at],
    )


def newest_batch(con: Cursor) -> int:
    """Return the number of the newest import, 0 without one."""
    row = con.execute("SELECT coalesce(max(id), 0) FROM import_batch").fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True)
class Change:
    """An import, or the undoing of one, after a review was closed."""

    batch: int
    file: str
    fact: str
    moment: datetime
    undone: bool
    first_day: date | None
    last_day: date | None


def changes_since(con: Cursor, batch: int, moment: datetime) -> list[Change]:
    """Return imports newer than a batch, and batches undone after a moment."""
    rows = con.execute(
        "SELECT id, file, fact, CASE WHEN id > $batch THEN imported_at ELSE undone_at END AS moment, "
        "status = 'undone' AS undone, first_day, last_day FROM import_batch "
        "WHERE id > $batch OR (status = 'undone' AND undone_at > $since) ORDER BY id",
        {"batch": batch, "since": moment},
    ).fetchall()
    return [Change(*row) for row in rows]


def figures_version(con: Cursor) -> str:
    """Return a text that changes when any figure of an agenda may: facts, definitions, limits, events."""
    row = con.execute(
        """SELECT (SELECT count(*) FROM import_batch), (SELECT max(imported_at) FROM import_batch),
            (SELECT max(undone_at) FROM import_batch), (SELECT max(saved_at) FROM kpi), (SELECT count(*) FROM kpi),
            (SELECT max(saved_at) FROM objective), (SELECT max(saved_at) FROM initiative),
            (SELECT count(*) FROM rebase), (SELECT count(*) FROM event), (SELECT count(*) FROM baseline),
            (SELECT hash(list(label_it || label_en ORDER BY dimension, id)) FROM member)"""
    ).fetchone()
    return repr(row)
