"""The main script: page settings, language, navigation, filters; then the chosen page."""

from pathlib import Path

import streamlit as st

from ocem.errors import StoreError
from ocem.i18n import Words
from ocem.ui import filters, navigation, state
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
chosen = navigation.build(words)
st.set_page_config(page_title=f"{chosen.title} · OCE")
try:
    begin_run()
except StoreError as error:
    with st.sidebar:
        codes = filters.language(words, codes)
    state.store(codes)
    st.title(_("The data cannot be opened"))
    st.error(words.error(error), icon=":material/lock:")
    st.stop()
with st.sidebar:
    codes = filters.choose(words, codes, navigation.filters_of(chosen))
state.store(codes)
chosen.run()
