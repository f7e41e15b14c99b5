"""What goes with satisfaction, question by question, and with results, link by link."""

import streamlit as st

from ocem.domain.driver import Drivers
from ocem.domain.fact import FactKind
from ocem.evaluation.driver import drivers, result_drivers
from ocem.evaluation.view import View
from ocem.reporting import driver as said
from ocem.ui import empty, markup, why_figures
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text

PLOTLY = {"displayModeBar": False}


def drivers_panel(here: Here) -> None:
    """Draw what goes with each question that sums an experience up, and with each result that links lead to."""
    _ = here.words.gettext
    view = View(segments=here.view.segments, phases=here.view.phases)
    slot = st.container()
    with slot.skeleton(height=320):
        answered, results = ask(drivers, view), ask(result_drivers, view)
    with slot:
        if not answered and not results:
            empty.nothing_in_view(here)
            return
        missing = _("No question that sums an experience up has been answered yet.")
        for title, found, without in ((_("Satisfaction"), answered, missing), (_("Results"), results, "")):
            if found or without:
                markup.section(title)
            for item in found:
                _panel(here, item)
            if not found and without:
                markup.show(tag("p", text(without), css="oce-note"))
        why_figures.show(here, "drivers_why", said.made_of(here.words), facts=tuple(FactKind))


def _panel(here: Here, item: Drivers) -> None:
    words = here.words
    with st.container(border=True, key=f"panel_drivers_{item.outcome}"):
        markup.show(tag("h2", text(said.headline(words, item, here.names)), css="oce-panel-title"))
        if item.refused is not None:
            return
        st.plotly_chart(
            said.figure(words, item, here.names),
            key=f"drivers_{item.outcome}",
            config=PLOTLY,
            alt=words.gettext("Share of each driver, with interval"),
        )
        st.caption(said.caption(words, item))
