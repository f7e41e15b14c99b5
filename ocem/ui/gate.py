"""The page before the pages: sign in, and who is signed in."""

import streamlit as st

from ocem.domain.perimeter import Dimension
from ocem.evaluation.member import members
from ocem.i18n import N_, Words
from ocem.store import access
from ocem.ui import signin
from ocem.ui.database import ask
from ocem.ui.markup import literal

CARD_WIDTH = 460


def show(words: Words, closed: signin.Closed) -> None:
    """Say why somebody does not get in, and what to do."""
    _ = words.gettext
    with st.container(horizontal_alignment="center"), st.container(border=True, width=CARD_WIDTH, key="gate"):
        st.title(_("OCE control room"))
        st.text(_(signin.GATES[closed.code], email=closed.email))
        with st.container(horizontal=True, gap="small"):
            again = closed.code != "signed_out"
            label = _("Sign in again") if again else _("Sign in")
            st.button(label, type="primary", icon=":material/login:", on_click=_sign_in)
            if again:
                st.button(_("Sign out"), icon=":material/logout:", on_click=st.logout)


def show_person(words: Words) -> None:
    """Say at the foot of the sidebar who is signed in, or that this is an installation for one person."""
    _ = words.gettext
    if not signin.configured():
        st.caption(_("For one person on this machine, without sign-in."))
        return
    st.caption(access.person().name)
    rows = _rows(words)
    if rows:
        st.caption(_("You see the rows granted to you: {rows}.", rows=rows))
    st.button(_("Sign out"), icon=":material/logout:", on_click=st.logout, key="sign_out")


def _rows(words: Words) -> str:
    """Name the members that a person sees rows of; nothing for who sees all."""
    grant = access.person().grant
    granted = {Dimension.SEGMENT: grant.segments, Dimension.TOUCHPOINT: grant.touchpoints}
    told = []
    for dimension, keys in granted.items():
        if keys is not None:
            labels = {item.key: words.label(item) for item in ask(members, dimension)}
            told.append(", ".join(literal(labels.get(key, key)) for key in sorted(keys)) or words.gettext("none"))
    return "; ".join(told)


WHOLE_ONLY = {
    "review": N_(
        "You see this week's signals of the rows granted to you. Minutes, decisions and closed reviews speak of the "
        "whole company and are not shown."
    ),
    "decisions": N_("Decisions speak of the whole company: who sees some rows only does not see them."),
    "restitution": N_(
        "What was said and given back concerns the whole company: who sees some rows only sees none of it."
    ),
    "maturity": N_("Maturity is rated for the whole company: who sees some rows only does not see the ratings."),
    "journeys": N_("You see the journeys that stay inside the rows granted to you, and no other touchpoint on them."),
    "initiatives": N_("Of an analysis before go-live you see the figures of the rows granted to you, not its words."),
    "links": N_(
        "Links are tested here on the rows granted to you. The record of earlier tests speaks of the whole company "
        "and is not shown."
    ),
}
"""Why pages show less to somebody who sees some rows only."""


def show_limits(words: Words, page: str) -> None:
    """Say on top of a page why it shows less to whoever looks."""
    if not access.person().grant.whole and page in WHOLE_ONLY:
        with st.container(key="limits"):
            st.info(words.gettext(WHOLE_ONLY[page]), icon=":material/lock:")


def _sign_in() -> None:
    """Send the browser to the provider; where several are named, to the first."""
    providers = [name for name, value in signin.secrets_of("auth").items() if isinstance(value, dict)]
    named = [name for name in providers if name != "client_kwargs"]
    st.login(named[0]) if named else st.login()
