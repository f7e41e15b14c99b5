"""Who gets the credit for orders and margin: every model beside the others, and what none can say."""

import streamlit as st

from ocem.domain.fact import FactKind
from ocem.evaluation.attribution import AttributionTable, attribution, attribution_queries
from ocem.evaluation.journey import JourneyReport
from ocem.evaluation.view import View
from ocem.reporting import attribution as said
from ocem.reporting.journey import touchpoint_name
from ocem.stats.attribution import MODELS
from ocem.ui import markup, why_figures
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text


def show_attribution(here: Here, report: JourneyReport) -> None:
    """Draw the models side by side for the window of the report."""
    words = here.words
    _ = words.gettext
    assert report.window is not None
    view = View(report.window.first, report.window.last, report.segments, here.view.phases, here.view.touchpoints)
    table = ask(attribution, view, MODELS)
    if table.refusal:
        st.info(said.refusal_text(words, table), icon=":material/info:")
        return
    markup.show(tag("p", text(said.headline(words, table, here.names)), css="oce-headline"))
    with st.container(border=True, key="panel_attribution_chart"):
        markup.section(_("Share of orders by touchpoint and model"))
        st.plotly_chart(
            said.side_by_side(words, table, here.names),
            key="attribution_chart",
            config={"displayModeBar": False},
            alt=_("Share of orders that each model gives each touchpoint, the removal effect with its interval"),
        )
    with st.container(border=True, key="panel_attribution_table"):
        _table(here, table)
    with st.container(border=True, key="panel_attribution_limits"):
        markup.section(_("What this cannot say"))
        markup.show(tag("ul", *[tag("li", text(sentence)) for sentence in said.caveats(words)], css="oce-plain"))
    why_figures.show(
        here,
        "journeys_why_attribution",
        said.made_of(words, table),
        facts=(FactKind.INTERACTION, FactKind.SALE),
        last=lambda: _queries(here, view),
    )


def _queries(here: Here, view: View) -> None:
    """Show the statements that give the page's figures."""
    _ = here.words.gettext
    found = ask(attribution_queries, view)
    if found is None:
        return
    for title, sql in (
        (_("The query behind the five rules"), found.rules),
        (_("The query behind the removal effects"), found.removal),
    ):
        st.caption(title)
        st.code(sql, language="sql", wrap_lines=True)


def _table(here: Here, table: AttributionTable) -> None:
    words = here.words
    _ = words.gettext
    models = list(table.credits)
    headers = [(_("Touchpoint"), "name"), (_("Margin by removal effect"), "num")]
    headers += [(said.model_name(words, model), "num") for model in models]
    by_model = {model: {line.touchpoint: line for line in table.credits[model]} for model in models}
    rows = []
    for line in table.credits[said.SHOWN_MODEL]:
        amount, interval = said.margin_text(words, line)
        row = [text(touchpoint_name(words, here.names, line.touchpoint)), text(amount) + tag("small", text(interval))]
        for model in models:
            share, bounds = said.share_text(words, by_model[model][line.touchpoint])
            row.append(text(share) + tag("small", text(bounds)))
        rows.append(row)
    markup.table(headers, rows, _("Attribution by touchpoint and model"), stacks=True)
    meanings = [f"{said.model_name(words, model)}: {words.gettext(said.MODEL_MEANINGS[model])}" for model in models]
    markup.show(
        tag(
            "p",
            text(
                _(
                    "{orders} journeys with an order, {margin} EUR of margin. In small: 95% intervals by resampling "
                    "customers.",
                    orders=words.number(table.journeys_won),
                    margin=words.compact(table.margin_eur),
                )
            ),
            css="oce-note",
        ),
        tag("p", text(". ".join(meanings) + "."), css="oce-note"),
    )
