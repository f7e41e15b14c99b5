"""The links and displacements that matter this week, one sentence each; every touchpoint's verdict on its own page."""

import streamlit as st

from ocem.domain.displacement import Displacement
from ocem.domain.link import Link
from ocem.evaluation import displacement as displacement_finding
from ocem.evaluation import link as link_finding
from ocem.evaluation.view import View
from ocem.i18n import Words
from ocem.reporting import displacement as shift_said
from ocem.reporting import link as link_said
from ocem.reporting import note
from ocem.reporting.names import Names
from ocem.ui import markup, navigation, state
from ocem.ui.database import ask, drawn
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
    rows = drawn("highlights", lambda: _rows(words, names, shifts, links), words.lang)
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


def _rows(words: Words, names: Names, shifts: list[Displacement], links: list[Link]) -> list[str]:
    rows = [_row(shift_said.verdict_look(words, item.verdict), shift_said.brief(words, item, names)) for item in shifts]
    for link in links[: MOST - len(rows)]:
        look = link_said.status_look(words, link.status)
        rows.append(_row(look, f"{link_said.sentence(words, link, names)} {link_said.expectation(words, link)}"))
    return rows


def show_shifts(here: Here) -> None:
    """Draw, after all that needs no waiting, the verdict on every touchpoint that an initiative opened or changed."""
    words, names = here.words, here.names
    view = View(segments=here.view.segments)
    slot = st.container()
    with slot.skeleton(height=120):
        found = ask(displacement_finding.displacements, None, view, in_full=False)
    found = [item for item in found if not here.view.touchpoints or item.touchpoint in here.view.touchpoints]
    if not found:
        return
    rows = [
        _row(
            shift_said.verdict_look(words, item.verdict),
            " ".join([shift_said.brief(words, item, names), *note.sentences(words, item.reasons, "count", names)]),
        )
        for item in found
    ]
    with slot, st.container(border=True, key="panel_shifts"):
        title = words.gettext("What opened or changed touchpoints did to the others")
        markup.show(tag("h2", text(title), css="oce-panel-title"), tag("ul", *rows, css="oce-list"))
        st.page_link(
            navigation.page_of(words, "displacement"),
            label=words.gettext("Displacement"),
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params=state.link(),
        )


def _row(look: link_said.StatusLook, sentence: str) -> str:
    return tag("li", mark(look.mark), tag("span", text(sentence)), css=f"oce-{look.tone}")
