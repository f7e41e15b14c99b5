"""Events that people wrote down, versioned and never overwritten."""

import json
from datetime import UTC, datetime

from ocem.domain.document import from_plain, to_json
from ocem.domain.event import Event
from ocem.errors import N_, NotFound
from ocem.store.database import Cursor


def list_events(con: Cursor) -> list[Event]:
    """Return the events in force, newest first."""
    rows = con.execute(
        "SELECT definition FROM (SELECT * FROM event QUALIFY row_number() OVER "
        "(PARTITION BY key ORDER BY version DESC) = 1) WHERE NOT withdrawn"
    ).fetchall()
    found = [from_plain(Event, json.loads(row[0])) for row in rows]
    return sorted(found, key=lambda item: (item.first, item.key), reverse=True)


def save_event(con: Cursor, event: Event, by: str, withdrawn: bool = False) -> None:
    """Keep an event as a new version."""
    row = con.execute("SELECT coalesce(max(version), 0) + 1 FROM event WHERE key = ?", [event.key]).fetchone()
    assert row is not None
    con.execute(
        "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)",
        [event.key, row[0], to_json(event), withdrawn, by, datetime.now(UTC)],
    )


def find_event(con: Cursor, key: str) -> Event:
    """Return one event in force.

    Raises
    ------
    NotFound
        If none bears this key.
    """
    for event in list_events(con):
        if event.key == key:
            return event
    raise NotFound(N_("No event is called {key}."), key=key)
