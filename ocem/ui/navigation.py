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
            "perimeter",
            "perimeter",
            N_("Perimeter"),
            ":material/grid_on:",
            N_("Which touchpoints, phases and segments are in scope, and who measures them."),
        ),
        Entry(
            "objectives",
            "objectives",
            N_("Objectives"),
            ":material/target:",
            N_("Define objectives, freeze their baseline, compare before and after."),
        ),
        Entry(
            "initiatives",
            "initiatives",
            N_("Initiatives"),
            ":material/event:",
            N_("What is changed, what it needs, what hinders it, and when it goes live."),
            filters=(),
        ),
    ),
    N_("Listen"): (
        Entry(
            "feedback",
            "feedback",
            N_("Four voices"),
            ":material/record_voice_over:",
            N_("What customers, staff, partners and distributors say, and how evenly touchpoints are lived."),
            (*CELLS, "period"),
        ),
        Entry(
            "restitution",
            "restitution",
            N_("Giving back"),
            ":material/forum:",
            N_("What people said, what was decided, and what was told back to them."),
            filters=(),
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
        Entry(
            "links",
            "links",
            N_("From touchpoint to outcome"),
            ":material/conversion_path:",
            N_("Which touchpoint figures move before processes and outcomes, and what speaks for it."),
            ("segment", "phase"),
        ),
        Entry(
            "displacement",
            "displacement",
            N_("Displacement"),
            ":material/swap_horiz:",
            N_("What each touchpoint that was opened or changed did to the others."),
            ("segment",),
        ),
        Entry(
            "journeys",
            "journeys",
            N_("Journeys"),
            ":material/route:",
            N_("From first contact to order and after: paths, phases, where they stop, who gets the credit."),
            (*CELLS, "period"),
        ),
        Entry(
            "roi",
            "roi",
            N_("Touchpoint ROI"),
            ":material/savings:",
            N_("What each touchpoint costs, what it returns, and what those who use it say."),
        ),
        Entry(
            "maturity",
            "maturity",
            N_("Maturity"),
            ":material/stairs:",
            N_("How far the company has come, rater by rater, beside the reference figures and the evidence."),
            filters=(),
        ),
    ),
    N_("Review"): (
        Entry(
            "review",
            "review",
            N_("Weekly review"),
            ":material/event_repeat:",
            N_("The few things that changed beyond noise, decisions and their outcomes, minutes that stay."),
            filters=(),
        ),
        Entry(
            "decisions",
            "decisions",
            N_("Decisions"),
            ":material/gavel:",
            N_("What was decided and predicted, what came out, and who does what by when."),
            filters=(),
        ),
        Entry(
            "events",
            "events",
            N_("Events"),
            ":material/calendar_month:",
            N_("Go-lives, campaigns, price lists, outages: what happened around the figures."),
            filters=(),
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
        Entry(
            "people",
            "people",
            N_("People and log"),
            ":material/admin_panel_settings:",
            N_("Who may do and see what, what was done, requests of customers."),
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


def build(words: Words, *, hidden: bool = False) -> Page:
    """Draw the navigation, or keep it from who has not signed in, and return the chosen page."""
    return st.navigation(
        {
            words.gettext(section): [page_of(words, entry.key) for entry in entries]
            for section, entries in SECTIONS.items()
        },
        position="hidden" if hidden else "sidebar",
        expanded=True,
    )


def filters_of(chosen: Page) -> tuple[str, ...]:
    """Return the shared filters that mean something on a page; the page at the root has no address of its own."""
    return next((entry.filters for entry in ENTRIES.values() if entry.url_path == chosen.url_path), CELLS)


def key_of(chosen: Page) -> str:
    """Return the key of a page; the page at the root is the control room."""
    return next((entry.key for entry in ENTRIES.values() if entry.url_path == chosen.url_path), "control_room")
