"""The matrix of touchpoint, phase and segment: choose what it shows, open a cell, put cells in and out of scope."""

from typing import Any

import streamlit as st

from ocem.domain.kpi import Kpi
from ocem.errors import OcemError
from ocem.evaluation.control_room import control_room
from ocem.evaluation.matrix import Matrix, is_ratio_of_others, matrix
from ocem.evaluation.member import n_proposed
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.perimeter import set_cell
from ocem.reporting import matrix as said
from ocem.reporting.names import dimension_word, level_word
from ocem.store.perimeter import state_but_scope
from ocem.ui import legend, markup, perimeter_cell, perimeter_rules, state
from ocem.ui import matrix as drawn
from ocem.ui.database import ask, ask_while, database
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text
from ocem.ui.view_switch import view_switch

SHOWS = ("coverage", "verdict", "kpi")
CLICKS = ("open", "mark")
Cell = tuple[str, str, str]


def top(here: Here) -> str:
    """Draw title and switch; return which of the two views is asked for. The URL keeps it."""
    _ = here.words.gettext
    waiting = ask(n_proposed)
    markup.head(_("Perimeter"), here.names.limits(here.view.perimeter()))
    names = {
        "matrix": _("Matrix of cells"),
        "members": _("Touchpoints, phases, segments, roles") + (f" ({waiting})" if waiting else ""),
    }
    chosen = view_switch(here.words, names, "perimeter_view")
    if waiting and chosen == "matrix":
        said_waiting = here.words.ngettext(
            "{n} name found in files waits to be confirmed or merged.",
            "{n} names found in files wait to be confirmed or merged.",
            waiting,
        )
        st.info(said_waiting, icon=":material/fiber_new:")
    return str(chosen)


def show(here: Here, asked: str | None) -> None:
    """Draw the matrix, the chosen cell and the rules."""
    _ = here.words.gettext
    slot = st.container()
    with slot.skeleton(height=420):
        found = ask(matrix, here.view)
    with slot:
        if 0 in found.axes.shape:
            markup.show(
                tag("p", text(_("There are no touchpoints, phases and segments in this view.")), css="oce-headline")
            )
            return
        markup.show(tag("p", text(said.matrix_summary(here.words, found)), css="oce-headline"))
        if not found.is_declared:
            st.caption(
                _(
                    "Nothing has been declared yet, so the cells of the objectives count as in scope. Start from an "
                    "example or a rule below, or mark single cells."
                )
            )
        cell = _as_cell(found, asked)
        _matrix(here, found, cell)
        _cell_picker(here, found, cell)
        if cell is not None:
            perimeter_cell.show(here, cell)
        perimeter_rules.show(here, found)


def _as_cell(found: Matrix, asked: str | None) -> Cell | None:
    parts = tuple((asked or "").split("."))
    if len(parts) != 3 or found.place(*parts) is None:
        return None
    return parts[0], parts[1], parts[2]


@st.fragment
def _matrix(here: Here, found: Matrix, cell: Cell | None) -> None:
    """Draw the picture; colour and grouping redraw it alone, a click on a cell the whole page."""
    if st.session_state.pop("perimeter_clicked", False):
        st.rerun()
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_matrix"):
        shown, kpi, group, click = _choices(here)
        if kpi is not None:
            found = ask(matrix, here.view, kpi.key)
        verdicts = _verdicts() if shown == "verdict" else {}
        picture = said.matrix_picture(words, found, show=shown, group=group, verdicts=verdicts, kpi=kpi)
        drawn.draw(
            words,
            picture,
            key="matrix",
            summary=said.matrix_summary(words, found),
            chosen=".".join(cell) if cell else None,
            frames=click == "open",
            on_pick=lambda: _clicked(here, found, click),
        )
        legend.listed(picture.seen)
        caption = [_order_text(here, found, group)]
        if kpi is not None:
            caption.append(f"{words.label(kpi)}: {words.span(found.first, found.last)}.")
        caption.append(_("Hatched: nobody measures it. It is not zero."))
        st.caption(" ".join(part for part in caption if part))
        message = st.session_state.pop("perimeter_refused", None)
        if message:
            st.error(message, icon=":material/block:")


def _choices(here: Here) -> tuple[str, Kpi | None, str, str]:
    """Draw what the matrix is to show; return it with the KPI, the grouping and what a click does."""
    words = here.words
    _ = words.gettext
    names = {"coverage": _("Data"), "verdict": _("Verdicts"), "kpi": _("One KPI")}
    groups = {name: dimension_word(words, name) for name in said.GROUPS}
    clicks = {"open": _("opens the cell"), "mark": _("puts it in or out of scope")}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        shown = st.segmented_control(
            _("Colour"), SHOWS, default="coverage", format_func=names.__getitem__, required=True, key="matrix_show"
        )
        group = st.segmented_control(
            _("Columns by"),
            said.GROUPS,
            default="phase",
            format_func=groups.__getitem__,
            required=True,
            key="matrix_by",
        )
        click = st.segmented_control(
            _("A click"), CLICKS, default="open", format_func=clicks.__getitem__, required=True, key="matrix_click"
        )
    kpi = None
    if shown == "kpi":
        known = {item.key: item for item in ask(list_kpis) if not is_ratio_of_others(item)}
        key = st.selectbox(
            _("KPI"),
            list(known),
            format_func=lambda item: f"{words.label(known[item])} ({level_word(words, known[item].level)})",
            key="matrix_kpi",
        )
        kpi = known.get(key or "")
    return str(shown), kpi, str(group), str(click)


def _verdicts() -> dict[str, Any]:
    found = ask_while(state_but_scope(database()), control_room)
    return {card.objective.key: card.comparison.verdict for card in found.cards}


def _order_text(here: Here, found: Matrix, group: str) -> str:
    """Say in which order the columns of a group stand, where there are too many to label each."""
    _t, n_phases, n_segments = found.axes.shape
    if n_phases * n_segments <= drawn.FEW_COLUMNS:
        return ""
    inner = found.axes.segments if group == "phase" else found.axes.phases
    labels = here.words.listed(here.words.label(item) for item in inner)
    return here.words.gettext("In each group, from left to right: {members}.", members=labels)


def _clicked(here: Here, found: Matrix, click: str) -> None:
    """Open the cell that was clicked, or change whether it is in scope."""
    cell = _as_cell(found, drawn.picked("matrix"))
    if cell is None:
        return
    st.session_state["perimeter_clicked"] = True
    if click == "mark":
        mark(here, cell, not bool(found.in_scope[found.place(*cell)]))
    else:
        state.set_own("cell", ".".join(cell))


def mark(here: Here, cell: Cell, include: bool) -> None:
    """Put a cell in scope or take it out, keeping a refusal for the next run to show."""
    try:
        set_cell(database(), *cell, include)
    except OcemError as error:
        st.session_state["perimeter_refused"] = here.words.error(error)


def _cell_picker(here: Here, found: Matrix, cell: Cell | None) -> None:
    """Offer the three lists from which a cell is chosen without a pointer."""
    words = here.words
    chosen: list[str | None] = []
    columns = st.columns(3, gap="small")
    for index, name in enumerate(("touchpoint", "phase", "segment")):
        labels = {item.key: words.label(item) for item in found.axes.members()[index]}
        default = cell[index] if cell else None
        chosen.append(
            columns[index].selectbox(
                dimension_word(words, name),
                list(labels),
                index=list(labels).index(default) if default in labels else None,
                format_func=labels.__getitem__,
                placeholder=words.gettext("Choose"),
                key=f"cell_{name}_{default}",
            )
        )
    code = ".".join(part for part in chosen if part)
    if all(chosen) and code != state.own("cell"):
        state.set_own("cell", code)
        st.rerun()
