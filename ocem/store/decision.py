"""Decisions, their outcomes and actions, versioned and never overwritten."""

import json
from datetime import UTC, datetime
from typing import TypeVar

from ocem.domain.decision import Action, Decision, Judgement
from ocem.domain.document import from_plain, to_json
from ocem.errors import N_, NotFound
from ocem.store.database import Cursor

Kept = TypeVar("Kept", Decision, Action)


def _newest(con: Cursor, table: str, kind: type[Kept]) -> list[Kept]:
    rows = con.execute(
        f"SELECT definition FROM {table} QUALIFY row_number() OVER (PARTITION BY number ORDER BY version DESC) = 1 "
        "ORDER BY number"
    ).fetchall()
    return [from_plain(kind, json.loads(row[0])) for row in rows]


def _next_number(con: Cursor, table: str) -> int:
    row = con.execute(f"SELECT coalesce(max(number), 0) + 1 FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def _save(con: Cursor, table: str, item: Decision | Action, by: str) -> None:
    row = con.execute(f"SELECT coalesce(max(version), 0) + 1 FROM {table} WHERE number = ?", [item.number]).fetchone()
    assert row is not None
    con.execute(
        f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?)", [item.number, row[0], to_json(item), by, datetime.now(UTC)]
    )


def list_decisions(con: Cursor) -> list[Decision]:
    """Return the decisions in force, in the order in which they were taken."""
    return _newest(con, "decision", Decision)


def find_decision(con: Cursor, number: int) -> Decision:
    """Return one decision in force.

    Raises
    ------
    NotFound
        If none bears this number.
    """
    for item in list_decisions(con):
        if item.number == number:
            return item
    raise NotFound(N_("There is no decision number {number}."), number=number)


def next_decision(con: Cursor) -> int:
    """Return the number for a new decision."""
    return _next_number(con, "decision")


def save_decision(con: Cursor, decision: Decision, by: str) -> None:
    """Keep a decision as a new version."""
    _save(con, "decision", decision, by)


def list_actions(con: Cursor) -> list[Action]:
    """Return the actions in force, in the order in which they were given."""
    return _newest(con, "action", Action)


def find_action(con: Cursor, number: int) -> Action:
    """Return one action in force.

    Raises
    ------
    NotFound
        If none bears this number.
    """
    for item in list_actions(con):
        if item.number == number:
            return item
    raise NotFound(N_("There is no action number {number}."), number=number)


def next_action(con: Cursor) -> int:
    """Return the number for a new action."""
    return _next_number(con, "action")


def save_action(con: Cursor, action: Action, by: str) -> None:
    """Keep an action as a new version."""
    _save(con, "action", action, by)


def list_judgements(con: Cursor) -> dict[int, Judgement]:
    """Return the accepted outcome of each decision that has one; the first accepted stays."""
    rows = con.execute(
        "SELECT decision, definition FROM judgement "
        "QUALIFY row_number() OVER (PARTITION BY decision ORDER BY judged_at) = 1"
    ).fetchall()
    return {int(row[0]): from_plain(Judgement, json.loads(row[1])) for row in rows}


def save_judgement(con: Cursor, judgement: Judgement) -> None:
    """Keep an accepted outcome."""
    con.execute(
        "INSERT INTO judgement VALUES (?, ?, ?, ?)",
        [judgement.decision, to_json(judgement), judgement.by, judgement.at],
    )
