"""The main script: page settings, language, navigation, filters; then the chosen page."""

from pathlib import Path

import streamlit as st

from ocem.errors import StoreError
from ocem.i18n import Words
from ocem.ui import filters, gate, navigation, state
from ocem.ui.database import begin_run

HERE = Path(__file__).resolve().parent

codes = state.load()
words = Words(codes.lang)
_ = words.gettext
st.set_page_config(
    page_title=_("OCE control room"),
    page_icon=str(HERE / "static" / "icon.png"),
    layout="wide",
    menu_items={"Get help": None, "Report a bug": None, "About": None},
)
st.logo(str(HERE / "static" / "icon.png"), size="medium")
st.html(HERE / "style.css")
closed, unusable = None, None
try:
    closed = begin_run()
except StoreError as error:
    unusable = error
# Before anything else is drawn: until the navigation has been built once, Streamlit would run a page without the shell.
chosen = navigation.build(words, hidden=closed is not None)
st.set_page_config(page_title=f"{chosen.title} · OCE")
codes = filters.choose(words, codes, None if unusable or closed else navigation.filters_of(chosen))
state.store(codes)
if unusable:
    st.title(_("The data cannot be opened"))
    st.error(words.error(unusable), icon=":material/lock:")
    st.stop()
if closed:
    gate.show(words, closed)
    st.stop()
with st.sidebar:
    gate.show_person(words)
gate.show_limits(words, navigation.key_of(chosen))
chosen.run()
