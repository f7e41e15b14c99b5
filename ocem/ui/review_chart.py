"""Every chart behind the agenda: look one up, set its limits anew, follow its KPI."""

from datetime import date, timedelta

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.review import ReviewDocument, ReviewItem
from ocem.errors import OcemError
from ocem.evaluation.alert import CHANNELS, follow, followers, unfollow
from ocem.evaluation.control_chart import ControlChart
from ocem.evaluation.review import all_charts, chart_item, rebase
from ocem.reporting import signal as charts
from ocem.store.signal import Follower
from ocem.ui import markup, review_item, state
from ocem.ui.database import ask, ask_while, database
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text
from ocem.ui.review_write import named

PLOTLY = {"displayModeBar": False}


def name_of(here: Here, chart: ControlChart) -> str:
    """Name a chart: its KPI and, where it is an objective's, the objective."""
    words = here.words
    label = words.label(chart.watched.kpi)
    return f"{label} · {words.label(chart.watched.objective)}" if chart.watched.objective else label


@st.fragment
def browse(here: Here, document: ReviewDocument, version: str) -> None:
    """Let the room look up any chart."""
    words = here.words
    _ = words.gettext
    asked = state.own("chart")
    box = st.expander(
        _("All charts ({n})", n=document.charts.n_charts + document.charts.n_without),
        icon=":material/stacked_line_chart:",
        on_change="rerun",
        key="all_charts",
        expanded=bool(asked),
    )
    if not box.open:
        return
    with box:
        found = {chart.watched.key: chart for chart in ask_while(version, all_charts, document.first)}
        if not found:
            st.caption(_("There is no chart yet."))
            return
        options = sorted(found, key=lambda key: (not found[key].is_flagged, name_of(here, found[key])))
        if "review_chart" not in st.session_state:
            st.session_state["review_chart"] = asked if asked in found else options[0]
        chosen = st.selectbox(
            _("Chart"), options, key="review_chart", format_func=lambda key: _option(here, found[key])
        )
        if not chosen:
            return
        item = ask_while(version, chart_item, document.first, chosen)
        if item is None:
            return
        _draw(here, item)
        with st.container(horizontal=True, gap="small"):
            lock = here.lock(Right.DECIDE)
            with st.popover(_("Set the limits anew"), icon=":material/straighten:", key="open_rebase", **lock):
                _rebase(here, document, chosen)
            lock = here.lock(Right.COMMENT)
            with st.popover(_("Follow"), icon=":material/notifications:", key="open_follow", **lock):
                _follow(here, item.kpi.key)


def _option(here: Here, chart: ControlChart) -> str:
    _ = here.words.gettext
    name = name_of(here, chart)
    if not chart.is_flagged:
        return name
    side = _("signal of improvement") if chart.improvement else _("signal of worsening")
    return f"{name} · {side}"


def _draw(here: Here, item: ReviewItem) -> None:
    words = here.words
    last = item.series[-1] if item.series else None
    told = charts.alternative(words, item)
    markup.show(
        tag("p", text(told), css="oce-panel-title"),
        tag("p", text(review_item.method_line(here, item)), css="oce-note oce-typed" if item.rebased else "oce-note"),
    )
    if last is None or not item.n_baseline:
        markup.show(tag("p", text(words.gettext("Too few weeks for limits: six are needed.")), css="oce-note"))
    st.plotly_chart(charts.control_chart(words, item, 320), key="browsed_chart", config=PLOTLY, alt=told)
    markup.show(review_item.events_list(here, item))
    review_item.contributions_table(here, item)


def _rebase(here: Here, document: ReviewDocument, key: str) -> None:
    words = here.words
    _ = words.gettext
    st.write(
        _(
            "Only if all four hold: the chart shows a changed process, the cause is known, the change is wanted or "
            "accepted, and it is expected to last."
        )
    )
    starts = st.date_input(
        _("From the week of"),
        value=document.first - timedelta(weeks=8),
        key=f"rebase_from_{key}",
        format="DD/MM/YYYY",
        max_value=document.last,
    )
    reason = st.text_input(_("Cause and reason"), key=f"rebase_why_{key}")
    by = named(here, _("Who decides it"), f"rebase_by_{key}")
    if st.button(_("Set the limits anew"), type="primary", key=f"rebase_{key}"):
        try:
            made = rebase(database(), key, starts if isinstance(starts, date) else document.first, reason or "", by)
        except OcemError as error:
            st.error(words.error(error), icon=":material/block:")
            return
        st.toast(_("New limits from {day}.", day=made.starts))
        st.rerun()


def _follow(here: Here, kpi: str) -> None:
    words = here.words
    _ = words.gettext
    st.write(_("One message when a signal begins and one when it is over; never on an unfinished week."))
    channel = st.segmented_control(
        _("How"), CHANNELS, default="mail", format_func=lambda name: channel_word(here, name), key="follow_channel"
    )
    address = st.text_input(_("Address"), key="follow_address", placeholder=_("name@company.it, https://…, file.jsonl"))
    if st.button(_("Follow"), type="primary", key="follow_add"):
        try:
            follow(database(), Follower(kpi, channel or "mail", (address or "").strip(), words.lang))
        except OcemError as error:
            st.error(words.error(error), icon=":material/block:")
            return
        st.rerun()
    for item in ask(followers, kpi):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(markup.literal(f"{channel_word(here, item.channel)}: {item.address}"))
            st.button(_("Stop"), key=f"unfollow_{item.channel}_{item.address}", on_click=_unfollow, args=(here, item))


def _unfollow(here: Here, item: Follower) -> None:
    try:
        unfollow(database(), item)
    except OcemError as error:
        st.toast(here.words.error(error), icon=":material/block:")


def channel_word(here: Here, channel: str) -> str:
    """Name a way of hearing."""
    _ = here.words.gettext
    return {"mail": _("Mail"), "webhook": _("Webhook"), "file": _("File")}[channel]
