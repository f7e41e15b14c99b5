"""Go-live days as rows of a form: for all, for one segment, at one touchpoint; as many as there are stages."""

from datetime import date

import streamlit as st

from ocem.domain.initiative import GoLive
from ocem.domain.perimeter import Dimension
from ocem.ui.guard import Here


def show(here: Here, known: tuple[GoLive, ...], spot: str) -> tuple[GoLive, ...]:
    """Draw one row a go-live day and return what they say; `spot` keeps the rows of different forms apart."""
    _ = here.words.gettext
    kept = f"go_live_rows_{spot}"
    if kept not in st.session_state:
        st.session_state[kept] = list(range(max(len(known), 1)))
    rows: list[int] = st.session_state[kept]
    found = [_row(here, known[number] if number < len(known) else None, spot, number, len(rows)) for number in rows]
    if st.button(_("Add a go-live day"), icon=":material/add:", type="tertiary", key=f"add_{kept}"):
        st.session_state[kept] = [*rows, max(rows, default=-1) + 1]
        st.rerun()
    return tuple(item for item in found if item is not None)


def _row(here: Here, known: GoLive | None, spot: str, number: int, n_rows: int) -> GoLive | None:
    words = here.words
    _ = words.gettext
    left, middle, right, end = st.columns([3, 3, 3, 1.2], vertical_alignment="bottom")
    day = left.date_input(
        _("Go-live day"),
        value=known.day if known else "today",
        format="DD/MM/YYYY",
        key=f"go_live_day_{spot}_{number}",
    )
    chosen: list[str | None] = []
    pairs = (
        (middle, Dimension.SEGMENT, known and known.segment),
        (right, Dimension.TOUCHPOINT, known and known.touchpoint),
    )
    for place, dimension, key in pairs:
        labels = {member.key: words.label(member) for member in here.members(dimension)}
        chosen.append(
            place.selectbox(
                _("Segment") if dimension is Dimension.SEGMENT else _("Touchpoint"),
                list(labels),
                index=list(labels).index(key) if key in labels else None,
                format_func=labels.__getitem__,
                placeholder=_("All"),
                key=f"go_live_{dimension}_{spot}_{number}",
            )
        )
    if n_rows > 1 and end.button(
        _("Remove"), type="tertiary", key=f"go_live_remove_{spot}_{number}", help=_("Remove this go-live day")
    ):
        st.session_state[f"go_live_rows_{spot}"].remove(number)
        st.rerun()
    return GoLive(day, chosen[0], chosen[1]) if isinstance(day, date) else None
