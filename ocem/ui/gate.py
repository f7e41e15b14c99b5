"""The page before the pages: sign in, and who is signed in."""

import streamlit as st

from ocem.i18n import Words
from ocem.store import access
from ocem.ui import signin


def show(words: Words, closed: signin.Closed) -> None:
    """Say why somebody does not get in, and what to do."""
    _ = words.gettext
    st.title(_("OCE control room"))
    st.text(_(signin.GATES[closed.code], email=closed.email))
    if closed.code == "signed_out":
        st.button(_("Sign in"), type="primary", icon=":material/login:", on_click=_sign_in)
    else:
        st.button(_("Sign in again"), type="primary", icon=":material/login:", on_click=_sign_in)
        st.button(_("Sign out"), icon=":material/logout:", on_click=st.logout)


def show_person(words: Words) -> None:
    """Say at the foot of the sidebar who is signed in, or that this is an installation for one person."""
    _ = words.gettext
    if not signin.configured():
        st.caption(_("For one person on this machine, without sign-in."))
        return
    st.caption(access.person().name)
    st.button(_("Sign out"), icon=":material/logout:", on_click=st.logout, key="sign_out")


def _sign_in() -> None:
    """Send the browser to the provider; where several are named, to the first."""
    providers = [name for name, value in signin.secrets_of("auth").items() if isinstance(value, dict)]
    named = [name for name in providers if name != "client_kwargs"]
    st.login(named[0]) if named else st.login()
