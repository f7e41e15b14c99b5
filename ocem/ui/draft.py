"""What is typed in the meeting, from two sides: the page's script, and the browser, which sends each pause.

Each session has one room. It knows the fields that were drawn for it and what the store held of each when this session
last looked, so that neither side overwrites what somebody else wrote and nobody saw here.
"""

import secrets
import threading
import time
import weakref
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import streamlit as st

from ocem.domain.access import Person
from ocem.errors import Conflict
from ocem.evaluation import calendar
from ocem.evaluation.review import write_down
from ocem.reporting import seen as said
from ocem.store import access
from ocem.store.seen import Seen, expecting, mark, restated
from ocem.ui.database import database
from ocem.ui.guard import Here
from ocem.ui.markup import literal

ROOM = "_room"
FRESH_S = 1800
"""How long after a run of the page its browser may write without one: rights are checked anew by each run."""


@dataclass(frozen=True)
class Place:
    """Where a text of the review is kept."""

    monday: date
    item: str
    name: str

    @property
    def draft(self) -> Seen:
        """What names the text in the store, as if nothing had been written yet."""
        return Seen("review_draft", f"{calendar.week_name(self.monday)}/{self.item}/{self.name}", "")


@dataclass
class Room:
    """One session's fields: where each is kept, what the store held of it, what was refused."""

    person: Person
    author: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    places: dict[str, Place] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    others: dict[str, tuple[str, Any]] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    has_left: bool = False
    looked_at: float = field(default_factory=time.monotonic)
    lock: threading.RLock = field(default_factory=threading.RLock)


_rooms: "weakref.WeakValueDictionary[str, Room]" = weakref.WeakValueDictionary()


def room(here: Here, author: str) -> Room:
    """Return this session's room, with whoever looks now."""
    found: Room | None = st.session_state.get(ROOM)
    if found is None or found.person.name != here.person.name:
        found = Room(here.person, author)
        st.session_state[ROOM] = found
        _rooms[found.token] = found
    found.person, found.author, found.has_left, found.looked_at = here.person, author, False, time.monotonic()
    return found


def room_of(token: str) -> Room | None:
    """Return the room that a browser was given the token of, while its session lives and looks at the page."""
    found = _rooms.get(token)
    return found if found and time.monotonic() - found.looked_at < FRESH_S else None


def follow(at: Room, key: str, place: Place, kept: str) -> None:
    """Fill a field with what is kept, also with what somebody else wrote while nothing was typed here."""
    with at.lock:
        at.places[key] = place
        shown = at.shown.get(key)
        if key not in st.session_state or (shown is not None and st.session_state[key] == shown != kept):
            st.session_state[key] = kept
            at.shown[key] = kept
            at.others.pop(key, None)


def keep(at: Room, key: str, content: str) -> None:
    """Keep what the script was sent.

    Raises
    ------
    Conflict
        If somebody else wrote there meanwhile. Theirs then counts as seen: another change is meant.
    """
    with at.lock:
        if at.has_left:
            return  # the browser sent its last word when the tab was left; this one is older
        try:
            _write(at, key, content, at.shown.get(key))
        except Conflict as error:
            now = stored(at.places[key])
            if now != content:
                at.others[key] = (str(error.values["person"]), now)
                at.shown[key] = now
                raise
        at.shown[key] = content
        at.others.pop(key, None)
        at.lost.pop(key, None)


def hear(at: Room, key: str, content: str, base: str) -> None:
    """Keep what the browser says is in a field in which `base` stood before.

    Raises
    ------
    Conflict
        If neither `base` nor what this session knows is what the store holds. The script, which hears the same text a
        moment later, tells the person.
    """
    with at.lock:
        if at.done.pop(key, None) == content:
            return  # the last words of a form that has been stored since
        now = stored(at.places[key])
        _write(at, key, content, now if now in (base, at.shown.get(key)) else base)
        at.shown[key] = content


def bring(at: Room, key: str, content: str, base: str) -> None:
    """Keep what the browser still had from before the page was loaded; the field follows in the next run.

    Where somebody wrote there since, theirs stays, and the page says what was typed.
    """
    with at.lock:
        try:
            _write(at, key, content, base)
        except Conflict:
            at.lost[key] = content


def done(at: Room, key: str) -> None:
    """Forget a field of a form that has been stored."""
    with at.lock:
        last = at.shown.pop(key, "")
        at.others.pop(key, None)
        at.lost.pop(key, None)
        _write(at, key, "", None)
        at.done[key] = last


def stored(place: Place) -> str:
    """Return what the store holds of a text."""
    with access.acting(access.SYSTEM), database().cursor() as con:
        return mark(con, place.draft.table, place.draft.key).stamp


def _write(at: Room, key: str, content: str, known: str | None) -> None:
    """Write a text down if it is not there yet; refused if the store holds neither it nor what was known."""
    place = at.places[key]
    if stored(place) == content:
        return
    marks = () if known is None else (Seen(place.draft.table, place.draft.key, known),)
    with expecting(*marks):
        write_down(database(), place.monday, place.item, place.name, content, at.author)


def in_words(here: Here, error: Conflict) -> Conflict:
    """Return a refusal with what changed in words."""
    return restated(error, said.changes(here.words, error))


def tell(here: Here, at: Room, key: str) -> None:
    """Say below a field what was not stored, and what stands there instead."""
    _ = here.words.gettext
    other, lost = at.others.get(key), at.lost.get(key)
    if other:
        st.caption(
            _(
                "{person} wrote meanwhile: {text}. Yours is not stored: change it to put it in its place.",
                person=literal(other[0]),
                text=literal(other[1] or "–"),
            )
        )
    if lost:
        st.caption(
            _(
                "Typed here before the page was loaded, and not stored because somebody wrote meanwhile: {text}",
                text=literal(lost),
            )
        )
