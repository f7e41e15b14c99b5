"""What a page shows before there are data."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from ocem.errors import OcemError
from ocem.evaluation.view import View
from ocem.ui import markup, navigation, state
from ocem.ui.database import database
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text


def no_data(here: Here, build_demo: Callable[..., Any]) -> None:
    """Explain an empty store in two sentences and offer the two ways out of it."""
    _ = here.words.gettext
    markup.head(_("Control room"), _("no data yet"))
    markup.show(
        tag(
            "p",
            text(_("This is where you see whether what you changed at a touchpoint did what you hoped.")),
            css="oce-headline",
        ),
        tag(
            "p",
            text(
                _(
                    "It needs exports from your systems (orders, contacts, survey answers) and one objective with a "
                    "go-live day."
                )
            ),
        ),
    )
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, key="panel_demo", height="stretch"):
        markup.section(_("Look at a finished example"))
        st.write(
            _(
                "A machine-tool supplier that brought its re-orders to a portal, segment by segment: three years, two "
                "million interactions, imported from the exports of seven systems. Building it takes some minutes."
            )
        )
        wants_demo = st.button(_("Open the demo company"), type="primary", icon=":material/factory:")
    with right, st.container(border=True, key="panel_own", height="stretch"):
        markup.section(_("Start with your own files"))
        st.write(
            _(
                "Upload this week's exports as your systems write them. You see how every file was read before "
                "anything is stored, and any upload can be undone."
            )
        )
        if st.button(_("Load your own files"), icon=":material/upload_file:"):
            st.switch_page(navigation.page_of(here.words, "upload"), query_params=state.link())
    if wants_demo:
        _build(here, build_demo)


def _build(here: Here, build_demo: Callable[..., Any]) -> None:
    _ = here.words.gettext
    title = _("Building the demo company from its exports")
    with st.status(title, expanded=True) as status:
        bar = st.progress(0.0)

        def progress(done: float, what: str = "") -> None:
            bar.progress(min(max(done, 0.0), 1.0), text=_(what) if what else None)

        try:
            build_demo(database(), progress=progress)
        except OcemError as error:
            status.update(label=here.words.error(error), state="error")
            return
    st.rerun()


def nothing_in_view(here: Here) -> None:
    """Say that the filters leave nothing, or that there is nothing at all yet."""
    _ = here.words.gettext
    if here.view != View():
        st.info(_("Nothing in this view. Remove a filter, or choose another period."), icon=":material/filter_alt_off:")
        return
    markup.show(tag("p", text(_("There are no data for this page yet.")), css="oce-headline"))
    st.page_link(
        navigation.page_of(here.words, "upload"),
        label=_("Load your own files"),
        icon=":material/upload_file:",
        help="",
        query_params=state.link(),
    )
