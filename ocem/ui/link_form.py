"""Declare or change an expected link: which KPI moves before which, in what direction, how much later, and why."""

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.kpi import Kpi, Level
from ocem.domain.link import LONGEST_LAG, MAX_LAG, LinkHypothesis, Movement
from ocem.errors import OcemError
from ocem.evaluation.link import list_hypotheses, record_tests, save_hypothesis
from ocem.evaluation.objective import list_kpis
from ocem.reporting.names import level_word
from ocem.ui import editing, markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text


def show(here: Here, key: str | None) -> None:
    """Draw the form of a new link, or of the one that bears the key."""
    words = here.words
    _ = words.gettext
    page = navigation.page_of(words, "links")
    st.page_link(page, label=_("All links"), icon=":material/arrow_back:", help="", query_params=state.link())
    known = next((item for item in ask(list_hypotheses) if item.key == key), None)
    if key and known is None:
        st.warning(_("No link is called {key}.", key=markup.literal(key)), icon=":material/search_off:")
        return
    markup.head(_("Change a link") if known else _("Declare a link"))
    markup.show(
        tag(
            "p",
            text(
                _(
                    "Say beforehand what you expect: a link found by looking for it is worth less than one that was "
                    "expected."
                )
            ),
            css="oce-note",
        )
    )
    kpis = sorted(ask(list_kpis), key=lambda kpi: (list(Level).index(kpi.level), words.label(kpi)))
    editing.opened("link_hypothesis", known.key if known else None)
    with st.container(border=True, key="panel_link_form"):
        wanted = _fields(here, kpis, known)
    if st.button(
        _("Save and test"),
        type="primary",
        icon=":material/save:",
        **here.lock(Right.DEFINE, disabled=not wanted.owner),
    ):
        _save(here, wanted)


def _fields(here: Here, kpis: list[Kpi], known: LinkHypothesis | None) -> LinkHypothesis:
    words = here.words
    _ = words.gettext
    keys = [kpi.key for kpi in kpis]
    names = {kpi.key: f"{words.label(kpi)} ({level_word(words, kpi.level)})" for kpi in kpis}
    outcomes = [i for i, kpi in enumerate(kpis) if kpi.level is Level.OUTCOME]
    left, right = st.columns(2, gap="small")
    leading = left.selectbox(
        _("This KPI moves first"),
        keys,
        index=keys.index(known.leading) if known and known.leading in keys else 0,
        format_func=names.__getitem__,
        disabled=known is not None,
    )
    following = right.selectbox(
        _("and this one follows"),
        keys,
        index=keys.index(known.following) if known and known.following in keys else (outcomes or [0])[0],
        format_func=names.__getitem__,
        disabled=known is not None,
    )
    directions = {Movement.RISES: _("rises too"), Movement.FALLS: _("falls")}
    expected = left.segmented_control(
        _("When the first rises, the second"),
        list(Movement),
        default=known.expected if known else Movement.RISES,
        format_func=directions.__getitem__,
        required=True,
    )
    max_lag = right.number_input(_("Longest delay, in weeks"), 1, LONGEST_LAG, known.max_lag if known else MAX_LAG)
    owner = left.text_input(_("Who expects it"), value=known.owner if known else "", max_chars=80)
    reason = right.text_input(_("Why"), value=known.reason if known else "", max_chars=200)
    return LinkHypothesis(
        known.key if known else f"{leading}__{following}",
        str(leading),
        str(following),
        Movement(expected or Movement.RISES),
        int(max_lag),
        owner.strip(),
        reason.strip(),
    )


def _save(here: Here, wanted: LinkHypothesis) -> None:
    try:
        with editing.unchanged(here, "link_hypothesis", wanted.key):
            save_hypothesis(database(), wanted)
        record_tests(database())
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.switch_page(
        navigation.page_of(here.words, "links"), query_params=state.link(link=f"{wanted.leading}~{wanted.following}")
    )
