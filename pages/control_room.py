"""Which objectives move, which do not, and what needs attention this week."""

from collections.abc import Hashable

import streamlit as st

from ocem.evaluation.control_room import ControlRoom, control_room
from ocem.reporting import control_room as said
from ocem.reporting import engine as engine_said
from ocem.reporting.readable import readable
from ocem.ui import empty, link_highlights, markup, navigation, state
from ocem.ui.cards import card_body, objective_card
from ocem.ui.database import ask, drawn
from ocem.ui.guard import Here, page
from ocem.ui.markup import mark, tag, text

CARD_WIDTH = 196
SHOWN_ATTENTION = 6
SLACK = 2
"""So many more are shown too, rather than put away behind a click."""


def show_cards(here: Here, room: ControlRoom) -> None:
    """One card an objective, the most important first."""
    bodies = drawn("cards", lambda: [card_body(here.words, card, here.names) for card in room.cards], *_drawn_of(here))
    with st.grid("auto", min_column_width=CARD_WIDTH, gap="small"):
        for card, body in zip(room.cards, bodies, strict=True):
            objective_card(here.words, card, body)


def _drawn_of(here: Here) -> tuple[Hashable, ...]:
    """Return what the words on this page depend on beside the data."""
    return here.words.lang, here.view


def show_attention(here: Here, room: ControlRoom) -> None:
    """What needs attention, worst first."""
    _ = here.words.gettext
    rows = drawn("attention", lambda: _attention_rows(here, room), *_drawn_of(here))
    at_once = len(rows) if len(rows) <= SHOWN_ATTENTION + SLACK else SHOWN_ATTENTION
    with st.container(border=True, key="panel_attention", height="stretch"):
        title = tag("h2", text(_("What needs attention")), css="oce-panel-title")
        if not rows:
            markup.show(title, tag("p", text(_("Nothing this week.")), css="oce-note"))
            return
        markup.show(title, tag("ul", *rows[:at_once], css="oce-list"))
        if rest := rows[at_once:]:
            with st.expander(here.words.ngettext("and {n} more", "and {n} more", len(rest)), type="compact"):
                markup.show(tag("ul", *rest, css="oce-list"))


def _attention_rows(here: Here, room: ControlRoom) -> list[str]:
    compared = {card.objective.key: readable(card.comparison) for card in room.cards}
    rows = []
    for item in room.attention:
        shape, tone = said.attention_mark(item.code)
        sentence = said.attention_text(
            here.words, item.code, item.values, item.objective, compared.get(item.objective or ""), here.names
        )
        rows.append(tag("li", mark(shape), tag("span", text(sentence)), css=f"oce-{tone}"))
    return rows


def show_coverage(here: Here, room: ControlRoom) -> None:
    """How much of the perimeter is measured and how fresh each source is."""
    _, covered = here.words.gettext, room.coverage
    share = 100 * covered.measured / covered.n_cells if covered.n_cells else 0
    rows = [
        tag(
            "li",
            mark("wait" if is_late else "check"),
            tag("span", text(what)),
            tag("span", text(until), css="right late" if is_late else "right"),
            css="oce-open" if is_late else "oce-good",
        )
        for is_late, what, until in said.source_rows(here.words, room.sources)
    ]
    warned = engine_said.warnings(here.words, room.shared)
    rows += [tag("li", mark("alert"), tag("span", text(line)), css="oce-open") for line in warned]
    made = engine_said.summary(here.words, room.shared)
    with st.container(border=True, key="panel_coverage", height="stretch"):
        parts = [tag("h2", text(_("Perimeter and data")), css="oce-panel-title")]
        if covered.n_cells:
            done, open_ = tag("b", style=f"width:{share:.1f}%"), tag("u", style=f"width:{100 - share:.1f}%")
            cells = said.coverage_text(here.words, covered.n_cells, covered.measured, covered.blind)
            parts += [tag("div", done, open_, css="oce-meter"), tag("p", text(cells), css="oce-note")]
        if covered.n_objectives:
            frozen = said.frozen_text(here.words, covered.frozen, covered.n_objectives)
            parts.append(tag("p", text(frozen), css="oce-note"))
        parts += [tag("p", text(line), css="oce-note") for line in made]
        markup.show(*parts, tag("ul", *rows, css="oce-list stack"))


def _headline(here: Here, room: ControlRoom) -> str:
    return said.headline(here.words, [readable(card.comparison) for card in room.cards], here.names)


def show(here: Here, room: ControlRoom) -> None:
    """The page when there are data."""
    limits = here.names.limits(here.view.perimeter())
    week = said.week_text(here.words, room.last_week)
    markup.head(here.words.gettext("Control room"), " · ".join(part for part in (week, limits) if part))
    headline = drawn("headline", lambda: _headline(here, room), *_drawn_of(here))
    markup.show(tag("p", text(headline), css="oce-headline"))
    if room.cards:
        show_cards(here, room)
    else:
        st.page_link(
            navigation.page_of(here.words, "objectives"),
            label=here.words.gettext("Define the first objective"),
            query_params=state.link(edit="new"),
        )
    left, right = st.columns([3, 2], gap="small")
    with left:
        show_attention(here, room)
    with right:
        show_coverage(here, room)
    link_highlights.show(here)


here = page()
slot = st.container()
with slot.skeleton(height=520):
    found = ask(control_room, here.view)
with slot:
    if found.last_week is None:
        from ocem.demo.build import build

        empty.no_data(here, build)
    else:
        show(here, found)
