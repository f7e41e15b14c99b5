"""Where journeys stop and turn: phases, what follows a contact, and how much of the way is traced."""

import streamlit as st

from ocem.evaluation.journey import JourneyReport
from ocem.reporting import journey as said
from ocem.ui import markup
from ocem.ui.guard import Here
from ocem.ui.journeys_table import beside, journey_table, notes
from ocem.ui.markup import tag, text


def show_stops(here: Here, report: JourneyReport) -> None:
    """Draw phases, steps and tracing."""
    words, names = here.words, here.names
    markup.show(tag("p", text(said.steps_text(words, report.steps, names)), css="oce-headline"))
    with st.container(border=True, key="panel_journey_phases"):
        _phases(here, report)
    with st.container(border=True, key="panel_journey_steps"):
        _steps(here, report)
    with st.container(border=True, key="panel_journey_tracing"):
        _tracing(here, report)


def _phases(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
    headers = [
        (_("Phase"), "name"),
        (_("Orders that pass through it"), "num"),
        (_("Contacts for each order"), "num"),
        (_("First contact there (median)"), "num"),
    ]
    rows = [
        [
            text(here.names.member("phase", row.phase)),
            beside(here, words.percent(row.share, 0), row.share_before, lambda x: words.percent(x, 0)),
            beside(here, words.number(row.contacts, 1), row.contacts_before, lambda x: words.number(x, 1)),
            beside(
                here,
                said.from_order_text(words, row.days),
                row.days_before,
                lambda days: said.from_order_text(words, days),
            ),
        ]
        for row in report.phases
    ]
    sentences = (
        said.phases_text(words, report.phases, here.names),
        _("Only journeys that ended with an order; days count from the order. In small: the window before."),
    )
    journey_table(here, _("Time and contacts by phase"), headers, rows, sentences)


def _steps(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
    headers = [
        (_("After a contact at"), "name"),
        (_("Times"), "num"),
        (_("An order"), "num"),
        (_("Another touchpoint"), "num"),
        (_("Most often"), "next"),
        (_("Nothing more"), "num"),
    ]
    rows = []
    for row in report.steps:
        target = said.touchpoint_name(words, here.names, row.next_touchpoint) if row.next_touchpoint is not None else ""
        rows.append(
            [
                text(said.touchpoint_name(words, here.names, row.touchpoint)),
                text(words.number(row.times)),
                text(words.percent(row.orders, 0)),
                text(words.percent(row.moves, 0)),
                beside(
                    here,
                    f"{target}, {words.percent(row.next_share, 0)}" if target else "–",
                    row.next_before if target else None,
                    lambda x: words.percent(x, 0),
                ),
                beside(here, words.percent(row.stops, 1), row.stops_before, lambda x: words.percent(x, 1)),
            ]
        )
    sentence = _(
        "Shares of the times that journeys were at a touchpoint, contacts in a row counted once. Nothing more: no "
        "contact and no order within {days} days.",
        days=report.silence_days,
    )
    journey_table(here, _("What follows a contact"), headers, rows, (sentence,))


def _tracing(here: Here, report: JourneyReport) -> None:
    words = here.words
    _ = words.gettext
    markup.section(_("How much of the way is traced"))
    if report.orders is None:
        return
    parts = said.tracing_parts(words, report.orders)
    markup.show(tag("p", text(said.tracing_text(words, report.orders, report.contacts))))
    bar = [tag("i", css=f"oce-traced-{part.key}", style=f"flex:{part.share:.4f} 1 0") for part in parts]
    markup.show(tag("div", *bar, css="oce-tally", aria_hidden="true"))
    legend = [
        tag(
            "li",
            tag("span", tag("i", css=f"key oce-traced-{part.key}", aria_hidden="true"), text(part.name)),
            tag("span", text(words.percent(part.share)), css="right"),
        )
        for part in parts
    ]
    markup.show(tag("ul", *legend, css="oce-list pairs"))
    headers = [
        (_("Touchpoint"), "name"),
        (_("Contacts"), "num"),
        (_("With a customer code"), "num"),
    ]
    rows = [
        [
            text(said.touchpoint_name(words, here.names, item.touchpoint)),
            text(words.number(item.contacts)),
            text(words.percent(item.with_customer / item.contacts, 0)),
        ]
        for item in report.contacts
        if item.contacts
    ]
    markup.table(headers, rows, _("Contacts that can be tied to a customer"))
    notes([said.blind_text(words, report.contacts, here.names)])
