"""One cell of the matrix: in scope or not, who aims at it, who measures it, with which result."""

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.comparison import Comparison, Verdict
from ocem.errors import OcemError
from ocem.evaluation.control_room import control_room
from ocem.evaluation.matrix import COVERAGE_WEEKS
from ocem.evaluation.perimeter_cell import CellDetail, CellKpi, cell_comparisons, cell_detail, cell_queries
from ocem.reporting import comparison as told
from ocem.reporting import note, quantity
from ocem.reporting import perimeter as said
from ocem.reporting.control_room import frozen_state_text
from ocem.reporting.readable import readable
from ocem.store.perimeter import state_but_scope
from ocem.ui import markup, navigation, perimeter, state, why
from ocem.ui.database import ask, ask_while, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

Cell = tuple[str, str, str]


def show(here: Here, cell: Cell) -> None:
    """Draw the panel of one cell."""
    words, names = here.words, here.names
    _ = words.gettext
    try:
        found = ask(cell_detail, *cell)
    except OcemError as error:
        st.warning(words.error(error), icon=":material/search_off:")
        return
    title = " · ".join(
        names.member(name, key) for name, key in zip(("touchpoint", "phase", "segment"), cell, strict=True)
    )
    with st.container(border=True, key="panel_cell"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            markup.section(title)
            _switch(here, cell, found)
        objectives = st.container()
        _kpis(here, cell, found)
        with objectives:
            _objectives(here, cell, found)


def _switch(here: Here, cell: Cell, found: CellDetail) -> None:
    _ = here.words.gettext
    shape, word = ("check", _("in scope")) if found.in_scope else ("ban", _("outside the perimeter"))
    markup.show(tag("p", mark(shape), " ", text(word), css="oce-note"))
    label = _("Take out of scope") if found.in_scope else _("Put in scope")
    lock = here.lock(Right.DEFINE)
    st.button(label, key="cell_switch", on_click=perimeter.mark, args=(here, cell, not found.in_scope), **lock)


def _objectives(here: Here, cell: Cell, found: CellDetail) -> None:
    words = here.words
    _ = words.gettext
    if not found.objectives:
        markup.show(tag("p", text(_("No objective speaks of this cell.")), css="oce-note"))
        st.page_link(
            navigation.page_of(words, "objectives"),
            label=_("New objective"),
            icon=":material/add:",
            help="",
            query_params=state.link(edit="new"),
        )
        return
    slot = st.container()
    with slot.skeleton(height=160):
        measured = state_but_scope(database())
        here_alone = {item.objective.key: item.comparison for item in ask_while(measured, cell_comparisons, *cell)}
        whole = {card.objective.key: card for card in ask_while(measured, control_room).cards}
    headers = [
        (_("Objective"), "name"),
        (_("In this cell"), "half"),
        (_("Change"), "num"),
        (_("In all its cells"), "half"),
    ]
    rows = []
    for objective in found.objectives:
        alone, card = here_alone.get(objective.key), whole.get(objective.key)
        frozen = frozen_state_text(words, card.frozen_state) if card else ""
        name = text(words.label(objective)) + tag("small", text(f"{here.names.kpi(objective.kpi)} · {frozen}"))
        change = "–"
        if alone is not None and not told.is_silent(alone):
            alone = readable(alone)
            change = text(told.change(words, alone) or "–") + tag(
                "small", text(told.change_interval(words, alone) or "")
            )
        rows.append(
            [
                name,
                _alone(here, alone),
                change,
                _verdict(here, card.comparison.verdict) if card else text("–"),
            ]
        )
    with slot:
        markup.table(headers, rows, _("Objectives of this cell"), stacks=True)


def _alone(here: Here, alone: Comparison | None) -> str:
    """Write the verdict in the cell, and why there is none."""
    if alone is None:
        return text("–")
    why = ""
    if told.is_silent(alone):
        why = " ".join(note.sentences(here.words, alone.reasons, alone.unit, here.names))
    return _verdict(here, alone.verdict) + (tag("small", text(why)) if why else "")


def _verdict(here: Here, verdict: Verdict) -> str:
    look = told.verdict_look(here.words, verdict)
    return tag("span", mark(look.mark), text(look.word), css=f"verdict oce-{look.tone}")


def _kpis(here: Here, cell: Cell, found: CellDetail) -> None:
    words = here.words
    _ = words.gettext
    if not found.kpis:
        markup.show(
            tag("p", mark("gap"), " ", text(_("Nobody measures this cell: no KPI has data in it.")), css="oce-note")
        )
        return
    headers = [(_("KPI"), "name"), (_("Value"), "num"), (_("Observations"), "num"), (_("Weeks with data"), "num")]
    rows = [
        [
            text(_name(here, item)),
            text(_value(here, item)),
            text(words.number(item.n)),
            text(f"{item.n_weeks}/{COVERAGE_WEEKS}"),
        ]
        for item in found.kpis
    ]
    markup.table(headers, rows, _("What is measured in this cell"))
    caption = _(
        "{days}: the last {weeks} finished weeks.", days=words.span(found.first, found.last), weeks=COVERAGE_WEEKS
    )
    if found.used_kpis:
        missing = words.listed(here.names.kpi(key) for key in found.used_kpis)
        caption += " " + _("Asked for by an objective, but not measured in this cell alone: {kpis}.", kpis=missing)
    st.caption(caption)
    _why(here, cell, found)


def _name(here: Here, item: CellKpi) -> str:
    name = here.words.label(item.kpi)
    return here.words.gettext("{name} a week", name=name) if said.is_weekly(item.kpi) else name


def _value(here: Here, item: CellKpi) -> str:
    return quantity.value(here.words, item.value, item.kpi.unit)


def _why(here: Here, cell: Cell, found: CellDetail) -> None:
    words = here.words
    _ = words.gettext
    box = st.expander(_("Why this number?"), icon=":material/help:", on_change="rerun", key="cell_why")
    if not box.open:
        return
    with box:
        by_key = {item.kpi.key: item for item in found.kpis}
        chosen = st.selectbox(
            _("KPI"), list(by_key), format_func=lambda key: _name(here, by_key[key]), key="cell_why_kpi"
        )
        item = by_key[chosen]
        markup.show(tag("p", text(words.description(item.kpi))))
        why.queries(here, *ask(cell_queries, *cell, chosen))
