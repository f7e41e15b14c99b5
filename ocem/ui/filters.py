"""Shared filters and the language above the page; their values are codes, their labels words."""

from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from ocem.domain.perimeter import Dimension
from ocem.evaluation.member import members
from ocem.i18n import LANGUAGES, Words
from ocem.reporting.names import dimension_word
from ocem.store.database import Database
from ocem.store.freshness import known_reaches, last_finished_day
from ocem.ui import behind
from ocem.ui.database import ask
from ocem.ui.state import DIMENSION_PARAMETERS, Codes, own, widget_key

PERIOD = "period"
DEFAULT_PERIOD = "13"
OWN_DAYS = "own"
WEEKS = {"26": 26, "52": 52, "104": 104}
LANGUAGE_NAMES = {"it": "IT", "en": "EN"}


def choose(words: Words, codes: Codes, wanted: tuple[str, ...] | None) -> Codes:
    """Draw what stands above every page: what is looked at, in words and to change, and the language.

    Parameters
    ----------
    wanted : tuple of str, optional
        The filters that the page takes; None where there are no data to look at, and only the language is asked.

    Returns
    -------
    Codes
        What the filters that the page wants say now.
    """
    _ = words.gettext
    with st.container(key="filters", horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        filtered = bool(wanted) and ask(last_day) is not None
        said = st.empty() if filtered else None
        if wanted is not None:
            behind.offer(words)
        if said is not None and wanted:
            with st.popover(_("What to look at"), icon=":material/filter_alt:", key="filter_box"):
                codes = replace(codes, members=_members(words, [name for name in wanted if name != PERIOD]))
                if PERIOD in wanted:
                    first, last = _period(words, codes)
                    codes = replace(codes, first=first, last=last)
            said.caption(_summary(words, codes, wanted))
        language(words)
    return codes


def _summary(words: Words, codes: Codes, wanted: tuple[str, ...]) -> str:
    """Say what is looked at: the chosen members and the period."""
    parts = []
    for dimension, keys in codes.members:
        labels = {member.key: words.label(member) for member in ask(members, Dimension(dimension))}
        parts.append(words.listed(labels.get(key, key) for key in keys))
    if not parts and not (PERIOD in wanted and (codes.first or codes.last)):
        return ""
    if PERIOD in wanted and (codes.first or codes.last):
        parts.append(words.span(codes.first or codes.last, codes.last or codes.first))
    return " · ".join(parts)


def language(words: Words) -> None:
    """Draw the language switch; what it says was read by `state.load` before this run's first word."""
    st.segmented_control(
        words.gettext("Language"),
        LANGUAGES,
        key=widget_key("lang"),
        format_func=LANGUAGE_NAMES.__getitem__,
        required=True,
        label_visibility="collapsed",
        width="content",
    )


def _members(words: Words, dimensions: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    chosen = []
    for dimension in dimensions:
        options = {member.key: words.label(member) for member in ask(members, Dimension(dimension))}
        if not options:
            continue
        key = widget_key(DIMENSION_PARAMETERS[dimension])
        st.session_state[key] = [code for code in st.session_state[key] if code in options]
        st.multiselect(
            dimension_word(words, dimension),
            list(options),
            key=key,
            format_func=options.__getitem__,
            placeholder=words.gettext("All"),
        )
        if st.session_state[key]:
            chosen.append((dimension, tuple(st.session_state[key])))
    return tuple(chosen)


def _period(words: Words, codes: Codes) -> tuple[date | None, date | None]:
    """Offer the last quarter, half year and year, and two days of one's own."""
    _ = words.gettext
    newest = ask(last_day)
    spans = {name: _span(newest, weeks) for name, weeks in WEEKS.items()}
    key = widget_key("period")
    if st.session_state.get("_period_of") != (codes.first, codes.last) or key not in st.session_state:
        known = (name for name, span in spans.items() if span == (codes.first, codes.last))
        st.session_state[key] = next(known, DEFAULT_PERIOD if not (codes.first or codes.last) else OWN_DAYS)
    names = {
        DEFAULT_PERIOD: _("All days") if own("show") == "conversion" else _("Last 13 weeks"),
        "26": _("Last 26 weeks"),
        "52": _("Last 52 weeks"),
        "104": _("Last 104 weeks"),
        OWN_DAYS: _("Own days"),
    }
    st.selectbox(_("Period"), list(names), key=key, format_func=names.__getitem__)
    chosen = st.session_state[key]
    first, last = _own_days(words) if chosen == OWN_DAYS else spans.get(chosen, (None, None))
    st.session_state["_period_of"] = (first, last)
    return first, last


def last_day(database: Database) -> date | None:
    """Return the last day of the last finished week."""
    return last_finished_day(known_reaches(database))


def _span(newest: date | None, weeks: int) -> tuple[date | None, date | None]:
    return (None, None) if newest is None else (newest - timedelta(days=7 * weeks - 1), newest)


def _own_days(words: Words) -> tuple[date | None, date | None]:
    st.date_input(words.gettext("From"), value=None, key=widget_key("from"), format="DD/MM/YYYY")
    st.date_input(words.gettext("To"), value=None, key=widget_key("to"), format="DD/MM/YYYY")
    first, last = st.session_state[widget_key("from")], st.session_state[widget_key("to")]
    return (last, first) if first and last and first > last else (first, last)
