"""The parts of "Why this number?" that every page says alike: definition, freshness, queries."""

from collections.abc import Iterable

import streamlit as st

from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.control_room import control_room
from ocem.evaluation.view import View
from ocem.store.freshness import SourceReach
from ocem.ui import markup
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text


def definition(here: Here, kpi: Kpi, perimeter: Perimeter) -> None:
    """Say what a KPI is, who owns it, and which cells are meant."""
    words = here.words
    _ = words.gettext
    markup.show(
        tag("p", tag("b", text(words.label(kpi))), text(" · " + words.description(kpi))),
        tag(
            "p",
            text(_("Owner: {owner}. Definition version {version}.", owner=kpi.owner, version=kpi.version)),
            css="oce-note",
        ),
        tag("p", text(_("Cells: {perimeter}.", perimeter=here.names.perimeter(perimeter))), css="oce-note"),
    )


def freshness(here: Here, reaches: Iterable[SourceReach], version: int) -> None:
    """Say up to which day each source has sent data, and the state of the data."""
    words = here.words
    labels = {source.source: words.label(source) for source in ask(control_room, View()).sources}
    said = [
        words.gettext("{source}: up to {day}", source=labels.get(item.source, item.source), day=item.last_day)
        for item in reaches
    ]
    st.caption(
        words.gettext("Data: {sources}. State of the data number {version}.", sources="; ".join(said), version=version)
    )


def queries(here: Here, sql: str, fact_sql: str) -> None:
    """Show the query on the daily sums and the same on the single facts."""
    st.caption(here.words.gettext("The query behind the figures, on the daily sums"))
    st.code(sql, language="sql", wrap_lines=True)
    st.caption(here.words.gettext("The same from the single facts"))
    st.code(fact_sql, language="sql", wrap_lines=True)
