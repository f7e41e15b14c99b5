"""The evidence of one link: both series, every delay, segments, earlier tests, and what else could be behind it."""

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.comparison import Note
from ocem.domain.link import Evidence, LinkTest
from ocem.errors import OcemError
from ocem.evaluation.link import withdraw
from ocem.evaluation.link_evidence import evidence
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.view import View
from ocem.reporting import link as said
from ocem.reporting import link_figure, note
from ocem.ui import markup, navigation, state, why, why_figures
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

PLOTLY = {"displayModeBar": False}


def show(here: Here, leading: str, following: str) -> None:
    """Draw the evidence of one pair."""
    words, names = here.words, here.names
    _ = words.gettext
    page = navigation.page_of(words, "links")
    view = View(segments=here.view.segments, phases=here.view.phases)
    try:
        found = ask(evidence, leading, following, view)
    except OcemError as error:
        st.page_link(page, label=_("All links"), icon=":material/arrow_back:", help="", query_params=state.link())
        st.warning(words.error(error), icon=":material/search_off:")
        return
    hypothesis = found.link.hypothesis if isinstance(found, Evidence) else None
    with st.container(horizontal=True, gap="small"):
        st.page_link(page, label=_("All links"), icon=":material/arrow_back:", help="", query_params=state.link())
        if hypothesis:
            st.page_link(
                page, label=_("Edit"), icon=":material/edit:", help="", query_params=state.link(edit=hypothesis.key)
            )
    markup.head(f"{names.kpi(leading)} → {names.kpi(following)}", names.limits(view.perimeter()))
    if isinstance(found, Note):
        markup.show(tag("p", text(note.sentence(words, found, "ratio", names)), css="oce-headline"))
        return
    _statement(here, found)
    _figures(here, found)
    _charts(here, found)
    _segments(here, found)
    _other_readings(here, found)
    _history(here, found)
    _why(here, found, view)
    if hypothesis:
        with st.popover(_("Withdraw this link"), icon=":material/delete:", **here.lock(Right.DEFINE)):
            _withdraw(here, hypothesis.key)


def _statement(here: Here, found: Evidence) -> None:
    words, names, link = here.words, here.names, found.link
    look = said.status_look(words, link.status)
    kpis = {kpi.key: kpi for kpi in ask(list_kpis)}
    lines = [tag("p", text(said.sentence(words, link, names)), css="say")]
    quiet = [
        said.expectation(words, link),
        link.hypothesis.reason if link.hypothesis else "",
        said.tested_text(words, link),
    ]
    lines.append(tag("p", text(" ".join(part for part in quiet if part)), css="oce-note"))
    amount = said.elasticity_text(words, found, names, kpis)
    if amount:
        lines.append(tag("p", text(amount), css="oce-note"))
    if link.backing:
        lines.append(tag("p", text(said.backing_text(words, link.backing, link, names, kpis)), css="say"))
    warnings = note.sentences(words, link.warnings, "ratio", names)
    markup.statement(look.mark, look.tone, look.word, lines, warnings)


def _figures(here: Here, found: Evidence) -> None:
    words, link = here.words, found.link
    _ = words.gettext
    delay = _("same week") if not link.lag else words.ngettext("{n} week", "{n} weeks", link.lag)
    items = [
        (_("Delay"), delay, ""),
        (_("Correlation"), words.number(link.r or 0.0, 2, signed=True), said.strength_text(words, link)),
        (
            _("95% interval"),
            _(
                "{low} to {high}",
                low=words.number(link.low or 0.0, 2, signed=True),
                high=words.number(link.high or 0.0, 2, signed=True),
            ),
            _("all delays counted"),
        ),
        (_("q-value"), said.q_text(words, link.q_value), _("everything looked at counted")),
        (_("Weeks"), words.number(link.n), words.span(link.first_week, link.last_week)),
    ]
    if link.recent:
        items.append(
            (
                _("Last year"),
                words.number(link.recent.r, 2, signed=True),
                words.ngettext("{n} week", "{n} weeks", link.recent.n),
            )
        )
    with st.container(border=True, key="panel_link_figures"):
        markup.figures(items)


def _why(here: Here, found: Evidence, view: View) -> None:
    """Say what both KPIs are and how each figure of the link is made."""
    kpis = {kpi.key: kpi for kpi in ask(list_kpis)}
    ends = [kpis[key] for key in (found.link.leading, found.link.following) if key in kpis]

    def definitions() -> None:
        for kpi in ends:
            why.definition(here, kpi, view.perimeter())

    facts = tuple({item.fact: None for kpi in ends for item in (kpi.numerator, kpi.denominator) if item})
    why_figures.show(here, "link_why", said.made_of(here.words), facts=facts, more=definitions)


def _charts(here: Here, found: Evidence) -> None:
    words, names = here.words, here.names
    _ = words.gettext
    with st.container(border=True, key="panel_link_series"):
        markup.section(_("Both, without trend, season and closures"))
        st.plotly_chart(
            link_figure.both_series(words, found, names),
            key="link_series",
            config=PLOTLY,
            alt=_("Both series week by week, the second moved back by the delay"),
        )
        st.caption(
            _(
                "Peaks that stand together are what the correlation counts. Gaps are closures or weeks with too few "
                "rows."
            )
        )
    with st.container(border=True, key="panel_link_lags"):
        markup.section(_("Every delay"))
        st.plotly_chart(
            link_figure.lag_profile(words, found.link),
            key="link_lags",
            config=PLOTLY,
            alt=_("Correlation at every delay in weeks"),
        )
        st.caption(
            _(
                "Right of the line the first KPI moves before the second, left of it after. A bar beyond the dashed "
                "lines is unlikely to be chance, however many delays are looked at."
            )
        )
        if found.link.counts_same_rows:
            st.caption(_("Both KPIs count the same rows, so the same week proves nothing and is left out of the test."))


def _segments(here: Here, found: Evidence) -> None:
    if not found.segments:
        return
    words = here.words
    _ = words.gettext
    headers = [
        (_("Segment"), "name"),
        (_("Correlation"), "num"),
        (_("95% interval"), "num"),
        (_("Drawn to the mean"), "num"),
        (_("Weeks"), "num"),
    ]
    rows = []
    for item in found.segments:
        name = text(here.names.member("segment", item.segment))
        if item.r is None or item.low is None or item.high is None:
            why = note.sentence(words, item.refused, "ratio", here.names) if item.refused else ""
            rows.append([name + tag("small", text(why)), "–", "–", "–", "–"])
            continue
        rows.append(
            [
                name,
                text(words.number(item.r, 2, signed=True)),
                text(
                    _(
                        "{low} to {high}",
                        low=words.number(item.low, 2, signed=True),
                        high=words.number(item.high, 2, signed=True),
                    )
                ),
                text("–" if item.pooled is None else words.number(item.pooled, 2, signed=True)),
                text(words.number(item.n)),
            ]
        )
    with st.container(border=True, key="panel_link_segments"):
        markup.section(_("In each segment, at the same delay"))
        markup.table(headers, rows, _("The link by segment"), stacks=True)
        if found.pooled is not None and found.pooled_low is not None and found.pooled_high is not None:
            st.caption(
                _(
                    "Mean of the segments {mean}. Each is drawn towards it as far as its own weeks are unsure, so that "
                    "the largest is not simply the luckiest.",
                    mean=said.r_text(words, found.pooled, found.pooled_low, found.pooled_high),
                )
            )


def _other_readings(here: Here, found: Evidence) -> None:
    words = here.words
    title = (
        words.gettext("What else could be behind it")
        if found.link.backing
        else words.gettext("Moving before is not making move. What else could be behind it")
    )
    with st.container(border=True, key="panel_link_readings"):
        markup.section(title)
        items = [
            tag("li", mark("question"), tag("span", text(item)), css="oce-unknown") for item in said.alternatives(words)
        ]
        markup.show(tag("ul", *items, css="oce-list"))


def _history(here: Here, found: Evidence) -> None:
    if len(found.history) < 2:
        return
    words = here.words
    _ = words.gettext
    headers = [
        (_("Weeks up to"), "name"),
        (_("Status"), ""),
        (_("Delay"), "num"),
        (_("Correlation"), "num"),
        (_("q-value"), "num"),
    ]
    with st.container(border=True, key="panel_link_history"):
        markup.table(headers, [_history_row(here, item) for item in reversed(found.history)], _("Earlier tests"))


def _history_row(here: Here, item: LinkTest) -> list[str]:
    words = here.words
    look = said.status_look(words, item.status)
    return [
        text(words.day(item.last_day)),
        tag("span", mark(look.mark), text(look.word), css=f"verdict oce-{look.tone}"),
        text("–" if item.lag is None else words.number(item.lag)),
        text(said.r_text(words, item.r, item.low, item.high)),
        text(said.q_text(words, item.q_value)),
    ]


def _withdraw(here: Here, key: str) -> None:
    _ = here.words.gettext
    st.write(_("The link stays on record with its tests and is no longer tested."))
    if st.button(_("Withdraw"), type="primary"):
        try:
            withdraw(database(), key)
        except OcemError as error:
            st.error(here.words.error(error))
            return
        st.switch_page(navigation.page_of(here.words, "links"), query_params=state.link())
