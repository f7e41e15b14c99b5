"""The 6-12 chart of a KPI with its numbers box, as one panel of any page."""

from datetime import date

import streamlit as st

from ocem.domain.number_box import NumberBox
from ocem.domain.perimeter import Perimeter
from ocem.errors import NotFound
from ocem.evaluation.number_box import EVERYTHING, number_box
from ocem.reporting import six_twelve, six_twelve_figure
from ocem.ui import markup
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text

PLOTLY = {"displayModeBar": False}


def show(
    here: Here, kpi: str, perimeter: Perimeter = EVERYTHING, week: date | None = None, objective: str | None = None
) -> None:
    """Draw a KPI's weeks, months and figures to date; nothing where it has no data."""
    try:
        box = ask(number_box, kpi, perimeter, week, objective)
    except NotFound:
        return
    if not box.has_values:
        return
    with st.container(border=True, key=f"panel_six_twelve_{kpi}"):
        title = here.words.gettext("{kpi}: weeks, months and the year before", kpi=here.names.kpi(kpi))
        markup.section(title)
        draw(here, box)


def draw(here: Here, box: NumberBox, key: str = "") -> None:
    """Draw a box that is at hand: chart, table, what to mind."""
    words = here.words
    st.plotly_chart(
        six_twelve_figure.figure(words, box),
        key=f"six_twelve_{key or box.kpi}",
        config=PLOTLY,
        alt=six_twelve.alternative(words, box, here.names.kpi(box.kpi)),
    )
    _table(here, box)
    for line in six_twelve.notes(words, box):
        st.caption(markup.literal(line))


def _table(here: Here, box: NumberBox) -> None:
    _ = here.words.gettext
    headers = [
        (_("Period"), "name"),
        (_("Value"), "num"),
        (_("Change"), "num"),
        (_("Against"), ""),
        (_("Value then"), "num"),
    ]
    shown: list[list[str]] = []
    named = ""
    for row in six_twelve.rows(here.words, box):
        again = row.name == named
        named = row.name
        shown.append(
            [
                "" if again else text(row.name) + tag("small", text(row.days)),
                "" if again else text(row.value),
                text(row.change or "–"),
                text(row.against) + tag("small", text(row.against_days)) if row.against else "–",
                text(row.against_value or "–"),
            ]
        )
    markup.table(headers, shown, _("Figures to date of {kpi}", kpi=here.names.kpi(box.kpi)))
