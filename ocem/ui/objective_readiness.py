"""Before an objective is saved: whether its baseline is long enough, and which change its history could show."""

from dataclasses import replace

import streamlit as st

from ocem.domain.comparison import Note
from ocem.domain.kpi import Kpi
from ocem.domain.objective import Initiative, Objective
from ocem.errors import OcemError
from ocem.evaluation.initiative import check_initiative
from ocem.evaluation.objective import Readiness, readiness
from ocem.reporting import note, quantity
from ocem.reporting import objective as said
from ocem.store.database import Database
from ocem.ui import markup
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text


def show(here: Here, objective: Objective, kpi: Kpi | None, initiative: Initiative) -> None:
    """Say before anything is saved whether the baseline is long enough and what its history could show."""
    if kpi is None or not objective.relevance or not initiative.go_lives:
        return
    words = here.words
    _ = words.gettext
    try:
        found = ask(_planned_readiness, objective, initiative)
    except OcemError as error:
        st.warning(words.error(error), icon=":material/event_busy:")
        return
    verdict = said.readiness_verdict(words, found, kpi.unit)
    rows = [
        [
            text(words.ngettext("{n} week", "{n} weeks", weeks)),
            text(quantity.threshold(words, size, kpi.unit)),
            tag(
                "span",
                mark("check" if enough else "wait"),
                text(_("enough") if enough else _("not enough")),
                css=f"verdict oce-{'good' if enough else 'open'}",
            ),
        ]
        for weeks, size, enough in said.detectable_rows(found)
    ]
    with st.container(border=True, key="panel_readiness"):
        markup.section(_("What this history could show"))
        markup.show(
            tag(
                "div",
                tag("p", mark(verdict.mark), tag("span", text(verdict.word)), css="oce-verdict"),
                tag("p", text(verdict.sentence)),
                css=f"oce-statement oce-{verdict.tone}",
            )
        )
        if rows:
            headers = [
                (_("After the go-live"), "name"),
                (_("Smallest change that would show"), "num"),
                (_("Against the threshold"), ""),
            ]
            markup.table(headers, rows, _("What this history could show"))
            st.caption(
                _(
                    "In four cases of five. The threshold is {threshold}; the before figure is {value}.",
                    threshold=quantity.threshold(words, found.relevance, kpi.unit),
                    value=quantity.value(words, found.value, kpi.unit),
                )
            )
        notes: tuple[Note, ...] = found.notes
        for item in note.sentences(words, notes, kpi.unit, here.names):
            st.caption(item)


def _planned_readiness(store: Database, objective: Objective, initiative: Initiative) -> Readiness:
    with store.cursor() as con:
        check_initiative(con, initiative if initiative.label_it else replace(initiative, label_it="-"))
    return readiness(store, objective, initiative)
