"""The pages and their places in the sidebar."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from ocem.i18n import N_, Words

PAGES = Path(__file__).resolve().parents[2] / "pages"


CELLS = ("segment", "touchpoint", "phase")
"""What narrows the cells a page looks at; a period of one's own choice means something only for scorecards."""


@dataclass(frozen=True)
class Entry:
    """One page: its file, address, title, mark and what it is for."""

    key: str
    url_path: str
    title: str
    icon: str
    help: str
    filters: tuple[str, ...] = CELLS


SECTIONS: dict[str, tuple[Entry, ...]] = {
    N_("Control room"): (
        Entry(
            "control_room",
            "control-room",
            N_("Control room"),
            ":material/monitor_heart:",
            N_("Which objectives move, which do not, and what needs attention this week."),
        ),
    ),
    N_("Define"): (
        Entry(
            "objectives",
            "objectives",
            N_("Objectives"),
            ":material/target:",
            N_("Define objectives, freeze their baseline, compare before and after."),
        ),
    ),
    N_("Evaluate"): (
        Entry(
            "touchpoints",
            "touchpoints",
            N_("Touchpoints"),
            ":material/hub:",
            N_("How each touchpoint is used, what it converts, costs and leaves behind."),
            (*CELLS, "period"),
        ),
        Entry(
            "segments",
            "segments",
            N_("Segments"),
            ":material/groups:",
            N_("The same figures for each customer segment."),
            (*CELLS, "period"),
        ),
    ),
    N_("Data"): (
        Entry(
            "upload",
            "upload",
            N_("Upload data"),
            ":material/upload_file:",
            N_("Upload exports, see how they were read, correct, undo."),
            filters=(),
        ),
    ),
}
ENTRIES = {entry.key: entry for section in SECTIONS.values() for entry in section}


def page_of(words: Words, key: str) -> Page:
    """Return the page that bears a key."""
    entry = ENTRIES[key]
    return st.Page(
        PAGES / f"{entry.key}.py",
        title=words.gettext(entry.title),
        icon=entry.icon,
        url_path=entry.url_path,
        default=entry.key == "control_room",
        help=words.gettext(entry.help),
    )


def build(words: Words) -> Page:
    """Draw the navigation and return the chosen page."""
    return st.navigation(
        {
            words.gettext(section): [page_of(words, entry.key) for entry in entries]
            for section, entries in SECTIONS.items()
        },
        expanded=True,
    )


def filters_of(chosen: Page) -> tuple[str, ...]:
    """Return the shared filters that mean something on a page; the page at the root has no address of its own."""
    return next((entry.filters for entry in ENTRIES.values() if entry.url_path == chosen.url_path), CELLS)
