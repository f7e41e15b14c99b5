"""What somebody saw when a form was filled: a save that would overwrite what came in between is refused.

A form takes the `mark` of the version it shows, and saves inside `expecting(mark)`. Every write of the store looks at
the marks in force inside its own transaction, so that no use case has to know of them.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.errors import N_, Conflict


@dataclass(frozen=True)
class Seen:
    """A version of something declared, as it was shown: 0 where there was none."""

    table: str
    key: str
    stamp: str


_BY_KEY = (
    "objective",
    "initiative",
    "event",
    "link_hypothesis",
    "feedback_round",
    "theme",
    "theme_tag",
    "restitution",
    "assessment",
)
_KEYS = {
    **dict.fromkeys(_BY_KEY, "key"),
    "person_grant": "email",
    "ex_ante": "initiative",
    "scope": "'scope'",
    "member_version": "dimension || ':' || key",
    "decision": "CAST(number AS VARCHAR)",
    "action": "CAST(number AS VARCHAR)",
}
"""What names a thing in each table of versions."""
_GONE = {
    "event": "withdrawn",
    "link_hypothesis": "coalesce(CAST(json_extract(definition, '$.is_withdrawn') AS BOOLEAN), false)",
}
"""Which versions mean that the thing was taken back: it counts as not there."""
_DRAFT = "review_draft"
_DRAFT_KEY = "week || '/' || item || '/' || field"
TABLES = frozenset({*_KEYS, _DRAFT})

_expected: ContextVar[list[Seen] | None] = ContextVar("expected", default=None)


def mark(con: DuckDBPyConnection, table: str, key: str) -> Seen:
    """Return the version in force."""
    if table == _DRAFT:
        row = con.execute(f"SELECT content FROM review_draft WHERE {_DRAFT_KEY} = ?", [key]).fetchone()
        return Seen(table, key, str(row[0]) if row else "")
    gone = _GONE.get(table, "false")
    row = con.execute(
        f"SELECT CASE WHEN arg_max({gone}, version) THEN 0 ELSE coalesce(max(version), 0) END FROM {table} "
        f"WHERE {_KEYS[table]} = ?",
        [key],
    ).fetchone()
    return Seen(table, key, str(row[0]) if row else "0")


@contextmanager
def expecting(*marks: Seen) -> Iterator[None]:
    """Refuse every write of the block if one of these is no longer in force; the block's own writes do not count."""
    token = _expected.set(list(marks))
    try:
        yield
    finally:
        _expected.reset(token)


def check(con: DuckDBPyConnection) -> None:
    """Refuse what rests on something that changed meanwhile; called at the beginning of a transaction.

    Raises
    ------
    Conflict
        If somebody saved another version.
    """
    for item in _expected.get() or ():
        if mark(con, item.table, item.key) != item:
            raise _conflict(con, item)


def renewed(con: DuckDBPyConnection) -> list[Seen] | None:
    """Return the marks as they are after this transaction's own changes."""
    marks = _expected.get()
    return [mark(con, item.table, item.key) for item in marks] if marks else None


def renew(marks: list[Seen] | None) -> None:
    """Expect from now on what this block wrote itself."""
    expected = _expected.get()
    if marks and expected is not None:
        expected[:] = marks


def _conflict(con: DuckDBPyConnection, item: Seen) -> Conflict:
    if item.table == _DRAFT:
        row = con.execute(
            f"SELECT author, saved_at, content FROM review_draft WHERE {_DRAFT_KEY} = ?", [item.key]
        ).fetchone()
        who, when = (row[0], row[1]) if row else (None, None)
        changes: tuple[tuple[str, Any, Any], ...] = (("text", item.stamp, row[2]),) if row else ()
    else:
        who, when = _last_change(con, item)
        changes = _changes(con, item)
    return Conflict(
        N_(
            "{person} changed this on {when}, after you had opened it: {changes}. Nothing of yours was stored: check "
            "the fields, which may now show theirs, and save again what you mean."
        ),
        person=who or "?",
        when=when,
        changes=changes,
    )


def _last_change(con: DuckDBPyConnection, item: Seen) -> tuple[str | None, datetime | None]:
    """Say who saved the version in force, and when: the table itself knows, or the log does."""
    columns = {row[0] for row in con.execute(f"DESCRIBE {item.table}").fetchall()}
    who = next((name for name in ("saved_by", "granted_by") if name in columns), "NULL")
    when = next(name for name in ("saved_at", "granted_at") if name in columns)
    row = con.execute(
        f"SELECT {who}, {when} FROM {item.table} WHERE {_KEYS[item.table]} = ? ORDER BY version DESC LIMIT 1",
        [item.key],
    ).fetchone()
    if row is None:
        return None, None
    if row[0]:
        return str(row[0]), row[1]
    said = con.execute(
        "SELECT actor FROM audit_entry WHERE subject IN (?, ?) ORDER BY seq DESC LIMIT 1",
        [item.key, f"{item.table.removesuffix('_version')}:{item.key}"],
    ).fetchone()
    return (str(said[0]) if said else None), row[1]


def _changes(con: DuckDBPyConnection, item: Seen) -> tuple[tuple[str, Any, Any], ...]:
    """Return (field, as it was seen, as it is) of what differs between two versions."""
    columns = [row[0] for row in con.execute(f"DESCRIBE {item.table}").fetchall()]
    named = [name for name in ("roles", "segments", "touchpoints") if item.table == "person_grant"]
    picked = ", ".join(named) if named else "definition" if "definition" in columns else "NULL"
    rows = con.execute(
        f"SELECT version, {picked} FROM {item.table} WHERE {_KEYS[item.table]} = ? ORDER BY version", [item.key]
    ).fetchall()
    known = {str(row[0]): dict(zip(named, row[1:], strict=True)) if named else _document(row[1]) for row in rows}
    before, now = known.get(item.stamp, {}), known[max(known, key=int)] if known else {}
    return tuple(
        (name, before.get(name), now.get(name))
        for name in dict.fromkeys([*now, *before])
        if before.get(name) != now.get(name)
    )


def _document(text: str | None) -> dict[str, Any]:
    found = json.loads(text or "{}")
    return found if isinstance(found, dict) else {"rules": found}


def restated(error: Conflict, changes: str) -> Conflict:
    """Return the same refusal with its changes in words."""
    return Conflict(error.template, **{**error.values, "changes": changes})
