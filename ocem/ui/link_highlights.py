"""The links and displacements that matter this week, one sentence each."""

import streamlit as st

from ocem.domain.displacement import Displacement
from ocem.domain.link import Link
from ocem.evaluation import displacement as displacement_finding
from ocem.evaluation import link as link_finding
from ocem.reporting import displacement as shift_said
from ocem.reporting import link as link_said
from ocem.ui import markup, navigation, state
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

MOST = 4


def show(here: Here) -> None:
    """Draw the panel, after all that needs no waiting; nothing when there is nothing to say."""
    slot = st.container()
    with slot.skeleton(height=170):
        shifts, links = ask(displacement_finding.highlights), ask(link_finding.highlights)
    with slot:
        _panel(here, shifts, links)


def _panel(here: Here, shifts: list[Displacement], links: list[Link]) -> None:
    words, names = here.words, here.names
    _ = words.gettext
    rows = []
    for shift in shifts:
        look = shift_said.verdict_look(words, shift.verdict)
        rows.append(_row(look, shift_said.brief(words, shift, names)))
    for link in links[: MOST - len(rows)]:
        look = link_said.status_look(words, link.status)
        rows.append(_row(look, f"{link_said.sentence(words, link, names)} {link_said.expectation(words, link)}"))
    if not rows:
        return
    with st.container(border=True, key="panel_highlights"):
        markup.show(
            tag("h2", text(_("From touchpoint to outcome")), css="oce-panel-title"), tag("ul", *rows, css="oce-list")
        )
        with st.container(horizontal=True, gap="small"):
            for key, label in (("links", _("All links")), ("displacement", _("Displacement"))):
                st.page_link(
                    navigation.page_of(words, key),
                    label=label,
                    icon=":material/arrow_forward:",
                    icon_position="right",
                    help="",
                    query_params=state.link(),
                )


def _row(look: link_said.StatusLook, sentence: str) -> str:
    return tag("li", mark(look.mark), tag("span", text(sentence)), css=f"oce-{look.tone}")
