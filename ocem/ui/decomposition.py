"""Why a number moved: the change between two windows by segment, touchpoint or phase, mix told apart from rate."""

from datetime import date

import streamlit as st

from ocem.domain.comparison import Comparison
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.decomposition import DIMENSIONS, decompose
from ocem.evaluation.view import View
from ocem.reporting import decomposition as said
from ocem.reporting.names import dimension_word
from ocem.ui import markup
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

PLOTLY = {"displayModeBar": False}
Window = tuple[date, date]


@st.fragment
def show(here: Here, kpi: str, view: View, before: Window, after: Window, key: str = "decomposition") -> None:
    """Draw the split of a KPI's change between two windows into a panel.

    Parameters
    ----------
    key : str
        Tells panels of one page apart.
    """
    words, names = here.words, here.names
    _ = words.gettext
    with st.container(border=True, key=f"panel_{key}"):
        by = st.segmented_control(
            _("Why it moved"),
            DIMENSIONS,
            default="segment",
            format_func=lambda dimension: dimension_word(words, dimension),
            required=True,
            key=f"{key}_by",
        )
        found = ask(decompose, kpi, view, before, after, str(by))
        markup.show(tag("p", text(said.headline(words, found, names))))
        if found.refused is not None:
            return
        alerts = [
            tag("li", mark("alert"), tag("span", text(item)), css="oce-open")
            for item in said.warnings(words, found, names)
        ]
        if alerts:
            markup.show(tag("ul", *alerts, css="oce-list"))
        st.plotly_chart(
            said.figure(words, found, names),
            key=f"{key}_figure_{by}",
            config=PLOTLY,
            alt=_("What each {dimension} brought to the change", dimension=dimension_word(words, str(by)).lower()),
        )
        headers = [
            (dimension_word(words, str(by)), "name"),
            (_("Before"), "num"),
            (_("After"), "num"),
            (_("Weight before"), "num"),
            (_("Weight after"), "num"),
            (_("Within"), "num"),
            (_("Mix"), "num"),
            (_("Together"), "num"),
        ]
        rows = [[text(cell) for cell in row] for row in said.rows(words, found, names)]
        markup.table(headers, rows, _("Contributions to the change"), stacks=True)
        st.caption(
            _(
                "From {before} to {after}, as seen and without any comparison group: this says where a change sits, "
                "not what made it. The parts add up exactly.",
                before=words.span(*before),
                after=words.span(*after),
            )
        )


def between_windows(here: Here, comparison: Comparison, perimeter: Perimeter | None) -> None:
    """Draw the split of a comparison's change between its two windows; nothing where a window is missing."""
    before, after = comparison.baseline, comparison.evaluation
    if perimeter is None or not (before.first and before.last and after.first and after.last):
        return
    view = View(
        segments=perimeter.segments or (), phases=perimeter.phases or (), touchpoints=perimeter.touchpoints or ()
    )
    show(here, comparison.kpi, view, (before.first, before.last), (after.first, after.last), key="why_it_moved")
