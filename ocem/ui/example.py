"""The worked examples that a company can start from, as links."""

import streamlit as st

from ocem.evaluation.perimeter import templates
from ocem.store.template import Template
from ocem.ui import navigation, state
from ocem.ui.guard import Here


def initiative_link(here: Here, item: Template) -> None:
    """Offer to plan the initiative of an example."""
    st.page_link(
        navigation.page_of(here.words, "initiatives"),
        label=here.words.gettext("Plan the initiative"),
        icon=":material/event:",
        help="",
        query_params=state.link(edit="new", start=item.key),
    )


def objective_links(here: Here, item: Template, initiative: str | None = None) -> None:
    """Offer the objectives of an example, each opening the form filled in."""
    for index, objective in enumerate(item.objectives):
        label = objective["label_it" if here.words.lang == "it" else "label_en"]
        own = {"initiative": initiative} if initiative else {}
        st.page_link(
            navigation.page_of(here.words, "objectives"),
            label=here.words.gettext("Objective: {name}", name=label),
            icon=":material/target:",
            help="",
            query_params=state.link(edit="new", start=f"{item.key}.{index}", **own),
        )


def start_here(here: Here, page: str) -> None:
    """Offer the examples on a page that is still empty: ``objectives`` or ``initiatives``."""
    words = here.words
    columns = st.columns(len(templates()), gap="small")
    for column, item in zip(columns, templates(), strict=True):
        with column, st.container(border=True, key=f"start_{page}_{item.key}", gap="xsmall", height="stretch"):
            st.markdown(f"**{words.label(item)}**")
            st.caption(words.description(item))
            if page == "objectives":
                objective_links(here, item)
            else:
                initiative_link(here, item)
