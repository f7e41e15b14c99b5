"""What comes first in the room: overdue actions, decisions whose day to look has come, what was decided last time."""

from datetime import date

import streamlit as st

from ocem.domain.access import LOCAL, Right
from ocem.domain.decision import ActionState
from ocem.domain.review import ActionRecord, DecisionRecord, ReviewDocument
from ocem.errors import OcemError
from ocem.evaluation.decision import settle
from ocem.reporting import agenda
from ocem.reporting import review as said
from ocem.reporting.comparison import verdict_look
from ocem.ui import markup
from ocem.ui.database import database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.review_write import Desk, author


def show(here: Here, document: ReviewDocument, at: Desk) -> None:
    """Draw decisions on the left and actions on the right."""
    if not (document.decisions_due or document.decisions or document.actions):
        return
    decided = document.decisions_due or any(item.state != "withdrawn" for item in document.decisions)
    left, right = st.columns([3, 2] if decided else [2, 3], gap="small")
    with left, st.container(border=True, key="panel_decisions", height="stretch"):
        _decisions(here, document)
    with right, st.container(border=True, key="panel_actions", height="stretch"):
        actions(here, document.actions, at.is_open, document.week)


def _decisions(here: Here, document: ReviewDocument) -> None:
    _ = here.words.gettext
    due = document.decisions_due
    shown = {item.number for item in due}
    others = [item for item in document.decisions if item.number not in shown and item.state != "withdrawn"]
    if due:
        markup.section(_("What our decisions came to"))
        markup.show(*[outcome_block(here, item) for item in due])
    if others or not due:
        markup.section(_("Decided last time and today"))
        rows = [_decided(here, item) for item in others]
        if rows:
            markup.show(tag("ul", *rows, css="oce-list stack"))
        else:
            markup.show(tag("p", text(_("No decision was taken last week.")), css="oce-note"))


def outcome_block(here: Here, item: DecisionRecord) -> str:
    """Write a decision with its prediction and, beside it, what came of it."""
    words = here.words
    _ = words.gettext
    tone, shape = "silent", "gap"
    verdict = ""
    if item.outcome is not None:
        look = verdict_look(words, item.outcome.verdict)
        tone, shape, verdict = look.tone, look.mark, look.word
    inside = said.inside_text(words, item)
    pairs = [
        (_("Predicted"), agenda.expected_text(words, item), ""),
        (_("Came out"), said.outcome_text(words, item), verdict),
        ("", "", inside),
    ]
    cells = [
        tag("div", tag("dt", text(name)), tag("dd", text(value), tag("small", text(below)) if below else ""))
        for name, value, below in pairs
        if name or below
    ]
    where = words.listed(words.label(label) for label in item.perimeter_labels)
    aside = " · ".join(part for part in (words.label(item.kpi), where, _since(here, item)) if part)
    return tag(
        "div",
        tag("p", mark(shape), tag("span", text(item.text), css="oce-typed"), css="oce-verdict"),
        tag("p", text(aside), css="oce-note"),
        tag("dl", *cells, css="oce-figures"),
        css=f"oce-outcome oce-{tone}",
    )


def _since(here: Here, item: DecisionRecord) -> str:
    return here.words.gettext("from {starts}, look on {look}", starts=item.starts, look=item.look_by)


def _decided(here: Here, item: DecisionRecord) -> str:
    words = here.words
    expected = agenda.expected_text(words, item)
    aside = " · ".join(
        part
        for part in (
            words.label(item.kpi),
            words.gettext("expected {effect}", effect=expected),
            _since(here, item),
        )
        if part
    )
    owner = tag("span", text(item.owner), css="oce-typed")
    return tag(
        "li",
        mark("wait"),
        tag("span", text(item.text), css="oce-typed"),
        tag("span", text(f"{aside} · ") + owner if item.owner else text(aside), css="right"),
        css="oce-silent",
    )


def actions(here: Here, found: tuple[ActionRecord, ...], can_write: bool, week: str) -> None:
    """Draw actions, overdue first, each with a button that settles it."""
    words = here.words
    _ = words.gettext
    late = sum(item.overdue for item in found)
    title = words.ngettext("Actions: {n} overdue", "Actions: {n} overdue", late) if late else _("Actions")
    markup.section(title)
    if not found:
        markup.show(tag("p", text(_("No action is open.")), css="oce-note"))
    for item in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"action_{item.number}"):
            with st.container(width="stretch"):
                markup.show(_action(here, item))
            if can_write and item.state == "open":
                st.button(
                    _("Done"),
                    key=f"done_{item.number}_{week}",
                    icon=":material/check:",
                    on_click=_settle,
                    args=(here, item.number, ActionState.DONE, week),
                    **here.lock(Right.COMMENT),
                )


def _action(here: Here, item: ActionRecord) -> str:
    words = here.words
    shape = {"done": "check", "dropped": "ban"}.get(item.state, "alert" if item.overdue else "wait")
    tone = {"done": "good", "dropped": "silent"}.get(item.state, "bad" if item.overdue else "silent")
    due = words.gettext("by {day}", day=item.due)
    state_word = said.action_state_word(words, item)
    owner = tag("span", text(item.owner), css="oce-typed")
    return tag(
        "ul",
        tag(
            "li",
            mark(shape),
            tag(
                "span",
                tag("span", text(item.text), css="oce-typed"),
                tag("small", owner, text(f" · {due} · {state_word}")),
            ),
            css=f"oce-{tone}",
        ),
        css="oce-list stack",
    )


def _settle(here: Here, number: int, state: ActionState, week: str) -> None:
    try:
        settle(database(), number, state, author(here) or LOCAL.name, date.today(), week)
    except OcemError as error:
        st.toast(here.words.error(error), icon=":material/block:")
