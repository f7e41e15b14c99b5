"""One page, several views: the switch at its top, kept in the URL so that a view can be sent."""

from collections.abc import Mapping

import streamlit as st

from ocem.i18n import Words
from ocem.ui import state

PARAMETER = "show"


def view_switch(words: Words, names: Mapping[str, str], key: str) -> str:
    """Draw the switch and return which view is asked for; the first is the page's own.

    Parameters
    ----------
    names : mapping
        What each view is called, by its code in the URL.
    key : str
        Name of the switch on its page.
    """
    codes = tuple(names)
    asked = state.own(PARAMETER)
    chosen = st.segmented_control(
        words.gettext("What to show"),
        codes,
        default=asked if asked in codes else codes[0],
        format_func=names.__getitem__,
        required=True,
        label_visibility="collapsed",
        key=key,
    )
    state.set_own(PARAMETER, chosen if chosen != codes[0] else None)
    return str(chosen)
