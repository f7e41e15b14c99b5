"""Scorecards of touchpoints and segments; for touchpoints also where leads turned into sales."""

from dataclasses import replace

import streamlit as st

from ocem.domain.kpi import Kpi
from ocem.evaluation.conversion import TouchpointConversion, conversion_by_touchpoint, may_convert
from ocem.evaluation.scorecard import Scorecard, ScorecardTable, explain_figure, scorecards
from ocem.reporting import chart, sparkline
from ocem.reporting import scorecard as said
from ocem.reporting.names import dimension_word
from ocem.ui import empty, link_highlights, markup, why
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text
from ocem.ui.view_switch import view_switch


def scorecard_page(here: Here, dimension: str) -> None:
    """Draw the page of one dimension."""
    slot = st.container()
    with slot.skeleton(height=420):
        table = ask(scorecards, dimension, here.view)
        has_leads = dimension == "touchpoint" and ask(may_convert)
    name = dimension_word(here.words, dimension, plural=True)
    with slot:
        heading = st.container()
        shown = _chosen_view(here) if has_leads else "scorecard"
        if not table.rows and shown == "scorecard":
            with heading:
                markup.head(name)
            empty.nothing_in_view(here)
            return
        with heading:
            markup.head(name, _aside(here, table, shown))
        if shown == "conversion":
            _show_conversion(here, ask(conversion_by_touchpoint, here.view))
        else:
            _show_table(here, table)
            if dimension == "touchpoint":
                link_highlights.show_shifts(here)


def _aside(here: Here, table: ScorecardTable, shown: str) -> str:
    if shown == "conversion":
        return said.leads_text(here.words, here.view.first, here.view.last)
    return said.days_text(here.words, table)


def _chosen_view(here: Here) -> str:
    """Return which of the two views is asked for; the URL keeps it, so that it can be sent."""
    _ = here.words.gettext
    names = {"scorecard": _("Scorecard"), "conversion": _("Conversion")}
    return view_switch(here.words, names, "scorecard_view")


def _show_table(here: Here, table: ScorecardTable) -> None:
    words = here.words
    fed = tuple(
        kpi for kpi in table.kpis if not all(said.is_unfed(row.figures.get(kpi.key), kpi) for row in table.rows)
    )
    table = replace(table, kpis=fed)
    headers = [(dimension_word(words, table.dimension), "name")] + [
        (said.header(words, kpi), "num") for kpi in table.kpis
    ]
    headers.append((words.gettext("{name}, 26 weeks", name=words.label(table.kpis[0])) if table.kpis else "", ""))
    digits = {kpi.key: said.column_digits([row.figures.get(kpi.key) for row in table.rows], kpi) for kpi in table.kpis}
    rows = [
        [
            _name_cell(here, row),
            *[_figure_cell(here, row, kpi, digits[kpi.key]) for kpi in table.kpis],
            _trend_cell(here, row, table),
        ]
        for row in table.rows
    ]
    with st.container(border=True, key=f"panel_{table.dimension}"):
        markup.table(headers, rows, words.gettext("Scorecard by {dimension}", dimension=headers[0][0]))
    if table.kpis:
        _why(here, table)


def _why(here: Here, table: ScorecardTable) -> None:
    """Let any figure of the table be chosen and questioned."""
    words = here.words
    _ = words.gettext
    box = st.expander(_("Why these numbers?"), icon=":material/help:", on_change="rerun", key="scorecard_why")
    if not box.open:
        return
    rows, kpis = {row.member: row for row in table.rows}, {kpi.key: kpi for kpi in table.kpis}
    with box:
        with st.container(horizontal=True, gap="small"):
            kpi = st.selectbox(
                _("KPI"), list(kpis), format_func=lambda key: said.header(words, kpis[key]), key="scorecard_why_kpi"
            )
            member = st.selectbox(
                dimension_word(words, table.dimension),
                list(rows),
                format_func=lambda key: words.label(rows[key]),
                key="scorecard_why_member",
            )
        found = ask(explain_figure, table.dimension, member, kpi, here.view)
        why.definition(here, found.kpi, found.perimeter)
        figure = rows[member].figures.get(kpi)
        told = _(
            "{value} over the whole weeks of {days}, from {n} observations.",
            value=said.value_text(words, figure, found.kpi),
            days=words.span(found.first, found.last),
            n=words.number((figure.n if figure else 0) or 0),
        )
        markup.show(tag("p", text(told)))
        why.freshness(here, found.sources, found.data_version)
        why.queries(here, found.sql, found.fact_sql)


def _name_cell(here: Here, row: Scorecard) -> str:
    kind = said.attributes_text(here.words, row.attributes)
    return text(here.words.label(row)) + (tag("small", text(kind)) if kind else "")


def _figure_cell(here: Here, row: Scorecard, kpi: Kpi, digits: int) -> str:
    figure = row.figures.get(kpi.key)
    interval = said.interval_text(here.words, figure, kpi, digits)
    change = said.change_text(here.words, figure, kpi)
    value = text(said.value_text(here.words, figure, kpi, digits))
    return "".join((value, *(tag("small", text(line)) for line in (interval, change) if line)))


def _trend_cell(here: Here, row: Scorecard, table: ScorecardTable) -> str:
    if not table.kpis:
        return ""
    first = table.kpis[0]
    label = here.words.gettext("{kpi} of {name}, 26 weeks", kpi=here.words.label(first), name=here.words.label(row))
    drawn = sparkline.plain(row.figures[first.key].weekly if first.key in row.figures else (), label)
    return markup.picture(drawn, label, "")


def _show_conversion(here: Here, items: list[TouchpointConversion]) -> None:
    words = here.words
    if not items:
        empty.nothing_in_view(here)
        return
    _ = words.gettext
    known = sorted((item for item in items if item.share is not None), key=lambda item: -(item.share or 0.0))
    markup.show(tag("p", text(said.conversion_headline(words, items)), css="oce-headline"))
    with st.container(border=True, key="panel_conversion"):
        labels = [words.label(item) for item in known]
        values = [(item.share or 0.0, item.low or 0.0, item.high or 0.0) for item in known]
        hover = [said.conversion_hover(words, item, words.label(item)) for item in known]
        title = _("share of leads that bought, with 95% interval")
        st.plotly_chart(
            chart.shares(words, labels, values, hover, title),
            key="conversion_chart",
            config={"displayModeBar": False},
            alt=_("Conversion by touchpoint of first contact: share of leads that bought, with interval"),
        )
        headers = [
            (_("Touchpoint of first contact"), "name"),
            (_("Leads"), "num"),
            (_("Bought"), "num"),
            (_("Conversion"), "num"),
            (_("95% interval"), "num"),
            (_("Median days to the sale"), "num"),
        ]
        markup.table(
            headers, [_conversion_row(here, item) for item in [*known, *[i for i in items if i not in known]]], title
        )


def _conversion_row(here: Here, item: TouchpointConversion) -> list[str]:
    words = here.words
    interval = (
        f"{words.percent(item.low)} – {words.percent(item.high)}"
        if item.low is not None and item.high is not None
        else "–"
    )
    return [
        text(words.label(item)),
        text(words.number(item.leads)),
        text(words.number(item.won)),
        text(words.percent(item.share) if item.share is not None else words.gettext("too few leads")),
        text(interval),
        text(words.number(item.median_days) if item.median_days is not None else "–"),
    ]
