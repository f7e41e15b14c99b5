"""What is typed in the room: each text is kept in the store as it is typed, so that no rerun or reload loses it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import streamlit as st

from ocem.domain.access import LOCAL, Right
from ocem.domain.review import ReviewDocument
from ocem.errors import Conflict, OcemError
from ocem.evaluation import calendar
from ocem.evaluation.review import drafts, write_down
from ocem.ui import draft
from ocem.ui.database import database
from ocem.ui.guard import Here

DATE_FORMAT = {"it": "DD/MM/YYYY", "en": "DD/MM/YYYY"}
PAUSE = "400ms"


@dataclass(frozen=True)
class Desk:
    """Where somebody writes: the week, the version being written, and what is kept so far by (item, field)."""

    here: Here
    monday: date
    version: int
    kept: dict[tuple[str, str], str]
    is_open: bool
    room: draft.Room

    def key(self, item: str, field: str) -> str:
        """Return the key of a widget."""
        return f"review_{calendar.week_name(self.monday)}_{self.version}_{item}_{field}".replace("/", ".")

    def place(self, item: str, field: str) -> str:
        """Return where a text is kept."""
        return f"{calendar.week_name(self.monday)}/{item}/{field}"

    def text(self, item: str, field: str) -> str:
        """Return what is kept of a text."""
        return self.kept.get((item, field), "")


def desk(here: Here, document: ReviewDocument) -> Desk:
    """Return the desk of a week's review."""
    may = here.may(Right.COMMENT) and here.person.grant.whole  # who sees a part would overwrite what the room wrote
    return Desk(
        here,
        document.first,
        document.version,
        drafts(database(), document.first),
        document.state == "open" and may,
        draft.room(here, author(here) or LOCAL.name),
    )


def of_this_run(at: Desk) -> Desk:
    """Return the desk with what is kept now: a fragment runs again with the desk of the run that drew it."""
    draft.room(at.here, author(at.here) or LOCAL.name)
    return replace(at, kept=drafts(database(), at.monday))


def author(here: Here) -> str:
    """Return who writes: who is signed in, or who was named last in this session."""
    if here.person.name != LOCAL.name:
        return here.person.name
    return str(st.session_state.get("_review_author", ""))


def named(here: Here, label: str, key: str) -> str:
    """Ask who acts; whoever is signed in need not say it."""
    known = author(here)
    if here.person.name != LOCAL.name:
        return known
    if key not in st.session_state:
        st.session_state[key] = known
    typed = st.text_input(label, key=key, autocomplete="name")
    if typed and typed.strip():
        st.session_state["_review_author"] = typed.strip()
    return (typed or "").strip()


def line(at: Desk, item: str, field: str, label: str, **options: Any) -> str:
    """One line of text, kept while it is typed."""
    return _kept(at, item, field, lambda **named_: st.text_input(label, live=PAUSE, **options, **named_))


def area(at: Desk, item: str, field: str, label: str, **options: Any) -> str:
    """Several lines of text, kept when the field is left."""
    return _kept(at, item, field, lambda **named_: st.text_area(label, **options, **named_))


def _kept(at: Desk, item: str, field: str, widget: Callable[..., str | None]) -> str:
    key = at.key(item, field)
    if not at.is_open:
        st.session_state[key] = at.text(item, field)
        return widget(key=key, disabled=True) or ""
    draft.follow(at.room, key, draft.Place(at.monday, item, field), at.text(item, field))
    found = widget(key=key, on_change=_keep_typed, args=(at, key))
    draft.tell(at.here, at.room, key)
    return found or ""


def _keep_typed(at: Desk, key: str) -> None:
    words = at.here.words
    try:
        draft.keep(at.room, key, str(st.session_state.get(key) or ""))
    except Conflict as error:
        st.toast(words.error(draft.in_words(at.here, error)), icon=":material/block:")
    except OcemError as error:
        st.toast(words.error(error), icon=":material/block:")


def keep_chosen(at: Desk, item: str, field: str, key: str) -> None:
    """Keep what is chosen rather than typed: a day, a figure, segments."""
    value = st.session_state.get(key)
    content = json.dumps(value) if isinstance(value, list) else value.isoformat() if isinstance(value, date) else value
    try:
        write_down(database(), at.monday, item, field, str(content or ""), at.room.author)
    except OcemError as error:
        st.toast(at.here.words.error(error), icon=":material/block:")


def day(at: Desk, item: str, field: str, label: str, default: date) -> date:
    """A day, kept when it is chosen."""
    key = at.key(item, field)
    if key not in st.session_state:
        st.session_state[key] = _read_day(at.text(item, field)) or default
    found = st.date_input(
        label,
        key=key,
        format=DATE_FORMAT[at.here.words.lang],
        on_change=keep_chosen,
        args=(at, item, field, key),
        disabled=not at.is_open,
    )
    return found if isinstance(found, date) else default


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
