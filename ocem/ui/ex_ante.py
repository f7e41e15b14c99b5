"""The analysis before go-live of one initiative: questions, figures from the data, words of people."""

from datetime import date

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.ex_ante import EXTERNAL, INTERNAL, ExAnte, ExAnteTopic
from ocem.domain.initiative import Initiative
from ocem.domain.perimeter import Dimension
from ocem.errors import OcemError
from ocem.evaluation.ex_ante import ExAnteView, TopicFigures, ex_ante, save_ex_ante
from ocem.reporting import ex_ante as said
from ocem.ui import editing, markup
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

Answers = dict[str, str]


def show(here: Here, initiative: Initiative) -> None:
    """Draw the record and its form in one."""
    words = here.words
    _ = words.gettext
    editing.opened("ex_ante", initiative.key)
    slot = st.container()
    with slot.skeleton(height=320):
        view = ask(ex_ante, initiative.key)
    with slot:
        shape = "lock" if view.state == "before" else "open"
        markup.show(
            tag("p", text(said.answered_text(words, view)), css="oce-headline"),
            tag("p", mark(shape), " ", text(said.state_text(words, view)), css="oce-note"),
        )
        answers: Answers = {}
        test = _test_phase(here, view)
        left, right = st.columns(2, gap="small")
        with left:
            markup.section(_("Internal: our own process"))
            for topic in INTERNAL:
                _topic(here, view, topic, answers)
            integrate = _integrate(here, view)
        with right:
            markup.section(_("External: the customers"))
            for topic in EXTERNAL:
                _topic(here, view, topic, answers)
        _save(here, view, answers, integrate, test)
        _history(here, view)


def _topic(here: Here, view: ExAnteView, topic: ExAnteTopic, answers: Answers) -> None:
    words = here.words
    with st.container(border=True, key=f"panel_topic_{topic}", gap="small"):
        markup.section(said.topic_question(words, topic))
        shown = [item for item in view.figures if item.topic is topic and item.rows]
        asked = [item for item in view.figures if item.topic is topic and not item.rows]
        for table in said.tables(words, view, topic, here.names):
            _table(here, table)
        if asked and not shown:
            names = words.listed(words.label(item.kpi) for item in asked)
            markup.show(
                tag(
                    "p",
                    mark("gap"),
                    " ",
                    text(words.gettext("No data in these days: {kpis}.", kpis=names)),
                    css="oce-note",
                )
            )
        known = view.record.analysis.answers.get(topic.value, "") if view.record else ""
        answers[topic.value] = st.text_area(
            words.gettext("In words"),
            known,
            max_chars=1500,
            height=80,
            label_visibility="collapsed",
            placeholder=words.gettext("What the figures do not say"),
            key=f"answer_{view.initiative.key}_{topic}",
        )
        if shown:
            _why(here, topic, shown)


def _table(here: Here, item: said.Table) -> None:
    markup.show(tag("p", text(item.title), css="oce-note"))
    css = "" if any(len(cell) > 1 for _name, cells in item.rows for cell in cells) else "num"
    headers = [(item.first, "name"), *[(name, css) for name in item.columns]]
    rows = [[text(name), *[_cell(cell) for cell in cells]] for name, cells in item.rows]
    markup.table(headers, rows, item.title)


def _cell(values: tuple[said.Value, ...]) -> str:
    return "".join(
        tag("div", text(value.text), tag("small", text(value.below)) if value.below else "") for value in values
    )


def _why(here: Here, topic: ExAnteTopic, shown: list[TopicFigures]) -> None:
    _ = here.words.gettext
    box = st.expander(_("Why this number?"), icon=":material/help:", on_change="rerun", key=f"ex_ante_why_{topic}")
    if not box.open:
        return
    with box:
        for item in shown:
            markup.show(
                tag("p", tag("b", text(here.words.label(item.kpi))), text(" · " + here.words.description(item.kpi)))
            )
            st.code(item.statement, language="sql", wrap_lines=True)


def _test_phase(here: Here, view: ExAnteView) -> tuple[date | None, date | None]:
    _ = here.words.gettext
    known = view.record.analysis if view.record else None
    with st.container(horizontal=True, gap="small"):
        first = st.date_input(
            _("Test phase: from"),
            value=known.test_first if known else None,
            format="DD/MM/YYYY",
            key=f"test_first_{view.initiative.key}",
            width=200,
        )
        last = st.date_input(
            _("Test phase: to"),
            value=known.test_last if known else None,
            format="DD/MM/YYYY",
            key=f"test_last_{view.initiative.key}",
            width=200,
        )
    if not (first or last) and view.test:
        st.caption(
            _("Without days of your own: the last weeks before the go-live, {days}.", days=here.words.span(*view.test))
        )
    return (first if isinstance(first, date) else None, last if isinstance(last, date) else None)


def _integrate(here: Here, view: ExAnteView) -> tuple[str, ...]:
    words = here.words
    labels = {member.key: words.label(member) for member in here.members(Dimension.TOUCHPOINT)}
    known = view.record.analysis.integrate if view.record else ()
    chosen = st.multiselect(
        words.gettext("Touchpoints to integrate"),
        list(labels),
        default=[key for key in known if key in labels],
        format_func=labels.__getitem__,
        placeholder=words.gettext("None"),
        key=f"integrate_{view.initiative.key}",
    )
    return tuple(chosen)


def _save(
    here: Here, view: ExAnteView, answers: Answers, integrate: tuple[str, ...], test: tuple[date | None, date | None]
) -> None:
    _ = here.words.gettext
    known = view.record.analysis.author if view.record else view.initiative.owner
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        author = st.text_input(_("Written by"), known, key=f"author_{view.initiative.key}", width=280)
        lock = here.lock(Right.DEFINE)
        wants = st.button(_("Save the analysis"), type="primary", icon=":material/save:", key="save_ex_ante", **lock)
    if not wants:
        return
    analysis = ExAnte(view.initiative.key, answers, integrate, test[0], test[1], author.strip())
    try:
        with editing.unchanged(here, "ex_ante", view.initiative.key):
            save_ex_ante(database(), analysis)
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.rerun()


def _history(here: Here, view: ExAnteView) -> None:
    words = here.words
    _ = words.gettext
    if not view.history:
        return
    box = st.expander(_("Versions"), icon=":material/history:", on_change="rerun", key="ex_ante_versions")
    if not box.open:
        return
    with box:
        headers = [(_("Version"), "num"), (_("Saved"), ""), (_("Written by"), ""), (_("Answers in words"), "num")]
        rows = [
            [
                text(item.analysis.version),
                text(words.show(item.saved_at)),
                text(item.analysis.author or item.saved_by),
                text(len(item.analysis.answers)),
            ]
            for item in view.history
        ]
        markup.table(headers, rows, _("Versions"))
