"""Said while a page still speaks of earlier data: that there are newer ones, and a click that shows them."""

import streamlit as st

from ocem.i18n import Words
from ocem.ui.database import catch_up_next, is_behind


def offer(words: Words) -> None:
    """Draw the offer where the data have changed and their answers are still being made."""
    if not is_behind():
        return
    _ = words.gettext
    st.button(
        _("Show newer data"),
        icon=":material/update:",
        type="tertiary",
        key="newer_data",
        help=_(
            "Something was imported or changed. This page shows the data from before, all of it alike, while the new "
            "figures are made: half a minute at most."
        ),
        on_click=catch_up_next,
    )
