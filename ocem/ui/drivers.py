"""What goes with satisfaction, question by question."""

import streamlit as st

from ocem.evaluation.driver import drivers
from ocem.evaluation.view import View
from ocem.reporting import driver as said
from ocem.ui import empty, markup
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text

PLOTLY = {"displayModeBar": False}


def drivers_panel(here: Here) -> None:
    """Draw what goes with each question that sums an experience up."""
    words = here.words
    slot = st.container()
    with slot.skeleton(height=320):
        found = ask(drivers, View(segments=here.view.segments, phases=here.view.phases))
    with slot:
        if not found:
            empty.nothing_in_view(here)
            return
        for item in found:
            with st.container(border=True, key=f"panel_drivers_{item.outcome}"):
                markup.show(tag("h2", text(said.headline(words, item, here.names)), css="oce-panel-title"))
                if item.refused is not None:
                    continue
                st.plotly_chart(
                    said.figure(words, item),
                    key=f"drivers_{item.outcome}",
                    config=PLOTLY,
                    alt=words.gettext("Share of each question, with interval"),
                )
                st.caption(said.caption(words, item))
