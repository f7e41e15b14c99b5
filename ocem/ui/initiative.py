"""All initiatives: the roadmap as a picture, and one line each."""

from datetime import date

import streamlit as st

from ocem.domain.objective import Initiative
from ocem.evaluation.initiative import RoadmapRow, roadmap
from ocem.evaluation.objective import list_initiatives
from ocem.reporting import initiative as said
from ocem.reporting import roadmap as drawn
from ocem.ui import example, legend, markup, navigation, state
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

PLOTLY = {"displayModeBar": False}


def known() -> dict[str, Initiative]:
    """Return the initiatives in force by key."""
    return {item.key: item for item in ask(list_initiatives)}


def show(here: Here, initiatives: list[Initiative], unknown: str | None = None) -> None:
    """Draw the roadmap."""
    words = here.words
    _ = words.gettext
    markup.head(_("Initiatives"), words.ngettext("{n} initiative", "{n} initiatives", len(initiatives)))
    if unknown:
        st.warning(_("No initiative is called {key}.", key=markup.literal(unknown)), icon=":material/search_off:")
    st.page_link(
        navigation.page_of(words, "initiatives"),
        label=_("New initiative"),
        icon=":material/add:",
        help="",
        query_params=state.link(edit="new"),
    )
    if not initiatives:
        markup.show(
            tag("p", text(_("No initiative has been planned yet.")), css="oce-headline"),
            tag(
                "p",
                text(
                    _(
                        "An initiative is what you change: steps, barriers, who orchestrates, and the go-live days "
                        "that part before from after. Start from one of these, or from nothing."
                    )
                ),
                css="oce-note",
            ),
        )
        example.start_here(here, "initiatives")
        return
    found = ask(roadmap)
    markup.show(tag("p", text(drawn.roadmap_sentence(words, found)), css="oce-headline"))
    with st.container(border=True, key="panel_roadmap"):
        markup.section(_("What happens when"))
        figure = drawn.roadmap_figure(words, found, here.names)
        st.plotly_chart(
            figure,
            key="roadmap",
            config=PLOTLY,
            alt=drawn.roadmap_sentence(words, found),
        )
        legend.show(figure)
    for item in found.rows:
        _row(here, item, found.last_data)


def _row(here: Here, item: RoadmapRow, last: date | None) -> None:
    words = here.words
    initiative, ready = item.initiative, item.ex_ante
    look = said.state_look(words, item, last)
    with st.container(border=True, key=f"card_{look.tone}_row_{initiative.key}", gap="xxsmall"):
        markup.show(
            tag(
                "div",
                tag(
                    "div",
                    markup.verdict_line(look),
                    *[tag("p", text(line), css="oce-note") for line in said.progress_lines(words, item)],
                    css="cell",
                ),
                tag(
                    "div",
                    tag("h3", text(words.label(initiative)), css="oce-title"),
                    tag("p", text(words.description(initiative)), css="oce-where"),
                    css="cell wide",
                ),
                tag(
                    "div",
                    *[tag("p", text(line)) for line in said.go_live_lines(words, initiative, here.names)],
                    css="cell",
                ),
                tag(
                    "div",
                    tag(
                        "p",
                        mark("lock" if ready == "before" else "open"),
                        " ",
                        text(said.ex_ante_text(words, ready)),
                        css="" if ready == "before" else "missing",
                    ),
                    tag("p", text(said.frozen_text(words, item))),
                    css="cell oce-note",
                ),
                css=f"oce-row oce-{look.tone}",
            )
        )
        st.page_link(
            navigation.page_of(words, "initiatives"),
            label=words.gettext("Open"),
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params=state.link(initiative=initiative.key),
        )
