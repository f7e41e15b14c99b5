"""One initiative: its roadmap, what it needs, what helps and hinders it, who orchestrates, its objectives."""

from datetime import date

import streamlit as st

from ocem.domain.initiative import ForceKind, Initiative, Orchestration, StepKind, StepState
from ocem.errors import OcemError
from ocem.evaluation.initiative import InitiativeDetail, Roadmap, initiative_detail, settle_step
from ocem.evaluation.perimeter import templates
from ocem.reporting import initiative as said
from ocem.reporting import roadmap as drawn
from ocem.reporting.control_room import frozen_state_text
from ocem.ui import ex_ante, example, legend, markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

PLOTLY = {"displayModeBar": False}


def show(here: Here, initiative: Initiative) -> None:
    """Draw the detail of one initiative."""
    words = here.words
    _ = words.gettext
    found = ask(initiative_detail, initiative.key)
    _top(here, initiative, said.state_look(words, found.row, found.last_data).word)
    views = {"plan": _("Plan"), "ex_ante": _("Analysis ex ante")}
    asked = state.own("show")
    chosen = st.segmented_control(
        _("What to show"),
        list(views),
        default=asked if asked in views else "plan",
        format_func=views.__getitem__,
        required=True,
        label_visibility="collapsed",
        key="initiative_view",
    )
    state.set_own("show", chosen if chosen != "plan" else None)
    if chosen == "ex_ante":
        ex_ante.show(here, initiative)
        return
    _picture(here, found)
    left, right = st.columns(2, gap="small")
    with left:
        _steps(here, initiative)
        _roles(here, initiative)
    with right:
        _forces(here, initiative)
        _objectives(here, found)
    _versions(here, found)


def _top(here: Here, initiative: Initiative, word: str) -> None:
    words = here.words
    _ = words.gettext
    page = navigation.page_of(words, "initiatives")
    with st.container(horizontal=True, gap="small"):
        st.page_link(page, label=_("All initiatives"), icon=":material/arrow_back:", help="", query_params=state.link())
        st.page_link(
            page, label=_("Edit"), icon=":material/edit:", help="", query_params=state.link(edit=initiative.key)
        )
        _new_objective(here, initiative.key)
    parts = [word, initiative.owner]
    if initiative.touchpoint:
        parts.append(here.names.member("touchpoint", initiative.touchpoint))
    markup.head(words.label(initiative), " · ".join(part for part in parts if part))
    if words.description(initiative):
        markup.show(tag("p", text(words.description(initiative)), css="oce-headline"))


def _new_objective(here: Here, initiative: str) -> None:
    st.page_link(
        navigation.page_of(here.words, "objectives"),
        label=here.words.gettext("New objective"),
        icon=":material/target:",
        help="",
        query_params=state.link(edit="new", initiative=initiative),
    )


def _picture(here: Here, found: InitiativeDetail) -> None:
    words = here.words
    _ = words.gettext
    alone = Roadmap((found.row,), found.first_data, found.last_data)
    with st.container(border=True, key="panel_roadmap"):
        markup.section(_("What happens when"))
        figure = drawn.roadmap_figure(words, alone, here.names, found.row.initiative.key)
        st.plotly_chart(
            figure,
            key="roadmap_one",
            config=PLOTLY,
            alt="; ".join(said.go_live_lines(words, found.row.initiative, here.names)),
        )
        legend.show(figure)
        if found.first_data and found.row.initiative.first_go_live() <= found.first_data:
            st.warning(
                _(
                    "The first go-live, {go_live}, is not after the first day of data, {first}: there is no before to "
                    "compare with.",
                    go_live=found.row.initiative.first_go_live(),
                    first=found.first_data,
                ),
                icon=":material/event_busy:",
            )


def _steps(here: Here, initiative: Initiative) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_steps"):
        markup.section(_("What it needs"))
        if not initiative.steps:
            markup.show(tag("p", text(_("No step has been written down.")), css="oce-note"))
        for kind in StepKind:
            items = [(index, item) for index, item in enumerate(initiative.steps) if item.kind is kind]
            if not items:
                continue
            markup.show(tag("h3", text(said.step_kind_word(words, kind, plural=True)), css="oce-title"))
            for index, item in items:
                is_done = item.state is StepState.DONE
                with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                    st.checkbox(
                        markup.literal(item.text),
                        value=is_done,
                        key=f"step_{initiative.key}_{index}_{initiative.version}",
                        disabled=item.state is StepState.DROPPED,
                        on_change=_settle,
                        args=(here, initiative.key, index),
                    )
                    markup.show(tag("p", text(said.step_line(words, item)), css="oce-note"))
        message = st.session_state.pop("initiative_refused", None)
        if message:
            st.error(message, icon=":material/block:")


def _settle(here: Here, key: str, index: int) -> None:
    try:
        settle_step(database(), key, index, date.today())
    except OcemError as error:
        st.session_state["initiative_refused"] = here.words.error(error)


def _forces(here: Here, initiative: Initiative) -> None:
    words = here.words
    _ = words.gettext
    titles = {ForceKind.DRIVER: _("Drivers and accelerators"), ForceKind.BARRIER: _("Inhibitors and barriers")}
    with st.container(border=True, key="panel_forces"):
        for kind, title in titles.items():
            markup.section(title)
            items = sorted((item for item in initiative.forces if item.kind is kind), key=lambda item: -item.weight)
            if not items:
                markup.show(tag("p", text(_("None written down.")), css="oce-note"))
                continue
            tone = "good" if kind is ForceKind.DRIVER else "bad"
            rows = [
                tag(
                    "li",
                    tag("span", text("●" * item.weight + "○" * (5 - item.weight)), css=f"oce-weight oce-{tone}"),
                    tag("span", text(item.text), tag("small", text(said.force_line(words, item)))),
                )
                for item in items
            ]
            markup.show(tag("ul", *rows, css="oce-list weights"))


def _roles(here: Here, initiative: Initiative) -> None:
    words, names = here.words, here.names
    _ = words.gettext
    with st.container(border=True, key="panel_roles"):
        markup.section(_("Who orchestrates"))
        if not initiative.sales_roles:
            markup.show(tag("p", text(_("The salesperson's role has not been decided.")), css="oce-note"))
            return
        headers = [(_("Segment"), "name"), (_("What the salesperson does"), ""), (_("Who"), "")]
        rows = []
        for item in initiative.sales_roles:
            segment = names.member("segment", item.segment) if item.segment else _("All the others")
            word = said.orchestration_word(words, Orchestration(item.role))
            note = tag("small", text(item.note)) if item.note else ""
            rows.append([text(segment), text(word) + note, text(item.who or "–")])
        markup.table(headers, rows, _("Who orchestrates"), stacks=True)


def _objectives(here: Here, found: InitiativeDetail) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_objectives"):
        markup.section(_("What it is for"))
        initiative = found.row.initiative
        if not found.row.objectives:
            markup.show(tag("p", text(_("No objective is linked to it yet.")), css="oce-note"))
            _new_objective(here, initiative.key)
            for worked in templates():
                if initiative.touchpoint and worked.initiative.get("touchpoint") == initiative.touchpoint:
                    example.objective_links(here, worked, initiative.key)
        for item in found.row.objectives:
            shape = "lock" if item.state == "ex_ante" else "open"
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.page_link(
                    navigation.page_of(words, "objectives"),
                    label=words.label(item.objective),
                    help="",
                    query_params=state.link(objective=item.objective.key),
                )
                missing = "oce-note" if item.state == "ex_ante" else "oce-note missing"
                markup.show(tag("p", mark(shape), " ", text(frozen_state_text(words, item.state)), css=missing))


def _versions(here: Here, found: InitiativeDetail) -> None:
    _ = here.words.gettext
    box = st.expander(_("Versions"), icon=":material/history:", on_change="rerun", key="initiative_versions")
    if box.open:
        with box:
            lines = said.version_lines(here.words, found.versions)
            markup.show(*[tag("p", text(line), css="oce-note") for line in lines])
