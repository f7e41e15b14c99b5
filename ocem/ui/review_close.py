"""The end of the meeting: who was there, notes, closing, the deck; of a closed one, what has been restated since."""

from typing import Any

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.review import ReviewDocument
from ocem.errors import OcemError
from ocem.evaluation.agenda import figures, movements
from ocem.evaluation.people import note_export
from ocem.evaluation.restatement import restated
from ocem.evaluation.review import (
    ATTENDEES,
    MEETING,
    NOTE,
    closed_reviews,
    is_intact,
    live_document,
    reopen,
)
from ocem.evaluation.review import close as close_review
from ocem.reporting import deck
from ocem.reporting import review as said
from ocem.store import access
from ocem.ui import markup
from ocem.ui.database import ask, ask_while, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.review_write import Desk, area, line, named, of_this_run

FORMATS = (
    (".pptx", ":material/slideshow:", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (".pdf", ":material/picture_as_pdf:", "application/pdf"),
    (".xlsx", ":material/table_view:", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (".html", ":material/html:", "text/html"),
)
MOST_RESTATED = 12


def export(here: Here, shown: ReviewDocument) -> None:
    """Offer the deck in four formats; each is made when it is asked for."""
    _ = here.words.gettext
    with st.popover(_("Export"), icon=":material/download:", key="open_export", **here.lock(Right.EXPORT)):
        for suffix, icon, mime in FORMATS:
            st.download_button(
                suffix[1:].upper(),
                data=_maker(here, shown, suffix),
                file_name=deck.file_name(shown, suffix, here.words.lang),
                mime=mime,
                icon=icon,
                key=f"export{suffix}",
                on_click="ignore",
                width="stretch",
            )


def _maker(here: Here, shown: ReviewDocument, suffix: str) -> Any:
    """Return what makes the file when somebody asks for it, and writes into the log that it left the program."""

    def make() -> bytes:
        made = deck.as_bytes(shown, suffix, here.words.lang)
        with access.acting(here.person):
            note_export(database(), "review", week=shown.week, format=suffix[1:], lang=here.words.lang)
        return made

    return make


def show(here: Here, shown: ReviewDocument, at: Desk, version: str, is_news: bool) -> None:
    """Draw the end of an open review.

    `version` is that of the figures on show; `is_news` says that they changed since the room saw them.
    """
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_close"):
        markup.section(_("Minutes"))
        _minutes(at)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            by = named(here, _("Who closes the review"), at.key(MEETING, "closer"))
            wants = st.button(
                _("Close the review"),
                type="primary",
                icon=":material/lock:",
                key=at.key(MEETING, "close"),
                **here.lock(Right.DECIDE, disabled=not at.is_open),
            )
        st.caption(
            _(
                "Closing keeps what the room sees: numbers, limits, sentences, notes. Whatever is imported later, it "
                "reads the same."
            )
        )
        if wants and is_news:
            st.warning(
                _("New data arrived while the room was talking. This page now shows them: look again, then close."),
                icon=":material/sync:",
            )
        elif wants:
            _close(here, shown, by, version)


@st.fragment
def _minutes(at: Desk) -> None:
    """Offer what the room writes; typing does not draw the rest of the page anew."""
    _ = at.here.words.gettext
    at = of_this_run(at)
    line(at, MEETING, ATTENDEES, _("Who is here"), placeholder=_("Names, separated by commas"))
    area(at, MEETING, NOTE, _("Notes of the meeting"), height=110)


def _close(here: Here, shown: ReviewDocument, by: str, version: str) -> None:
    """Close what was on the screen, with what has been typed up to now."""
    found, moved = ask_while(version, figures, shown.first), ask_while(version, movements, shown.first)
    try:
        close_review(database(), shown.first, by, seen=live_document(database(), shown.first, found, moved=moved))
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.rerun()


def frozen(here: Here, shown: ReviewDocument) -> None:
    """Draw what a closed review adds: its seal, minutes, what reads differently now, reopening."""
    words = here.words
    _ = words.gettext
    closed = ask(closed_reviews, shown.week)
    record = next((item for item in closed if item.version == shown.version), None)
    with st.container(border=True, key="panel_minutes"):
        markup.section(_("Minutes"))
        parts = [tag("p", text(_("Present: {names}.", names=list(shown.attendees))))] if shown.attendees else []
        parts += [tag("p", text(item.text), css="oce-typed") for item in shown.notes if not item.item]
        if record is not None:
            seal = _("Fingerprint {hash}.", hash=record.hash[:12])
            sound = is_intact(record)
            told = seal if sound else seal + " " + _("The kept bytes no longer match it.")
            parts.append(tag("p", mark("lock" if sound else "alert"), " ", text(told), css="oce-note"))
        if len(closed) > 1:
            versions = [_("version {version} by {by}", version=item.version, by=item.closed_by) for item in closed]
            parts.append(tag("p", text(_("Versions: {versions}.", versions=versions)), css="oce-note"))
        markup.show(*parts)
        with st.popover(_("Reopen"), icon=":material/lock_open:", key="open_reopen", **here.lock(Right.DECIDE)):
            _reopen(here, shown)
    restated_since(here, shown)


def _reopen(here: Here, shown: ReviewDocument) -> None:
    words = here.words
    _ = words.gettext
    st.write(_("The closed version stays as it is; a new one begins."))
    by = named(here, _("Who reopens it"), f"reopen_by_{shown.week}")
    reason = st.text_input(_("Why"), key=f"reopen_why_{shown.week}")
    if st.button(_("Reopen the review"), key=f"reopen_{shown.week}"):
        try:
            reopen(database(), shown.first, by, reason or "")
        except OcemError as error:
            st.error(words.error(error), icon=":material/block:")
            return
        st.rerun()


def restated_since(here: Here, shown: ReviewDocument) -> None:
    """List each number of the closed review that reads differently now, and the import that changed it."""
    words = here.words
    _ = words.gettext
    found = ask(restated, shown.first)
    with st.container(border=True, key="panel_restated"):
        markup.section(_("Restated since"))
        if not found:
            markup.show(tag("p", mark("check"), " ", text(_("Every number still reads as it did.")), css="oce-note"))
            return
        rows = said.restated_rows(words, found)
        told = words.ngettext(
            "{n} number reads differently now. What stands above is what the room saw.",
            "{n} numbers read differently now. What stands above is what the room saw.",
            len(rows),
        )
        markup.show(tag("p", mark("alert"), " ", text(told), css="oce-note missing"))
        headers = [
            (_("Figure"), "name"),
            (_("Number"), ""),
            (_("Seen then"), "num"),
            (_("Now"), "num"),
            (_("Because of"), ""),
        ]
        shown_rows = [[text(cell) for cell in (r.subject, r.number, r.frozen, r.now, r.cause)] for r in rows]
        markup.table(headers, shown_rows[:MOST_RESTATED], _("Restated since"), stacks=True)
        if len(rows) > MOST_RESTATED:
            with st.expander(words.ngettext("and {n} more", "and {n} more", len(rows) - MOST_RESTATED)):
                markup.table(headers, shown_rows[MOST_RESTATED:], _("Restated since"), stacks=True)
