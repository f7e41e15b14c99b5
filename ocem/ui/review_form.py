"""The two forms of the meeting: a decision, which becomes a comparison by itself, and an action with its owner."""

import json
from datetime import date, timedelta

import streamlit as st

from ocem.domain.access import LOCAL
from ocem.domain.decision import Action, Decision
from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Perimeter
from ocem.errors import OcemError
from ocem.evaluation import calendar
from ocem.evaluation.decision import FEWEST_WEEKS, assign, decide
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.review import write_down
from ocem.reporting import quantity
from ocem.reporting.names import dimension_word
from ocem.ui import draft
from ocem.ui.database import ask, database
from ocem.ui.review_write import Desk, author, day, keep_chosen, line, named

LOOK_AFTER_WEEKS = 8
DUE_AFTER_DAYS = 7
DECISION, ACTION = "decision", "action"
"""The forms an item offers."""
DECISION_FIELDS = (
    "decision", "decision_expected", "decision_starts", "decision_look", "decision_owner", "decision_kpi",
    "decision_segments",
)  # fmt: skip
ACTION_FIELDS = ("action", "action_owner", "action_due")


def open_form(at: Desk, item: str) -> str | None:
    """Return which form is open for an item."""
    found: str | None = st.session_state.get(at.key(item, "asked"))
    return found


def toggle_form(at: Desk, item: str, form: str | None) -> None:
    """Open a form of an item, or close it."""
    key = at.key(item, "asked")
    st.session_state[key] = None if st.session_state.get(key) == form else form


def decision_form(at: Desk, item: str, kpi: str | None, perimeter: Perimeter) -> None:
    """Ask for a decision: what, which figure, what effect, when to look."""
    words = at.here.words
    _ = words.gettext
    with st.container(key=f"form_decision_{at.key(item, 'form')}", gap="xsmall"):
        text = line(at, item, "decision", _("What is decided"), placeholder=_("What we change, where and for whom"))
        chosen = _chosen_kpi(at, item, kpi)
        if chosen is None:
            return
        scope = perimeter if kpi else _scope(at, item)
        times, unit = quantity.entered(words, chosen.unit)
        left, right = st.columns(2, gap="small")
        with left:
            expected = line(
                at,
                item,
                "decision_expected",
                _("Effect expected"),
                placeholder=_("for example {example}", example="-5%"),
                help=_(
                    "With a percent sign: a share of the value before. Without: in the KPI's unit ({unit}).", unit=unit
                ),
            )
            starts = day(at, item, "decision_starts", _("From"), date.today())
        with right:
            owner = line(at, item, "decision_owner", _("Who carries it out"))
            look = day(at, item, "decision_look", _("Look on"), date.today() + timedelta(weeks=LOOK_AFTER_WEEKS))
        amount, relative = read_effect(expected, times, words.lang)
        if expected.strip() and amount is None:
            st.caption(_("{value} is not a number.", value=expected))
        named(at.here, _("Who writes this down"), at.key(item, "decision_by"))
        st.caption(
            words.ngettext(
                "It becomes a before/after comparison by itself and comes back on that day. At least {n} week later.",
                "It becomes a before/after comparison by itself and comes back on that day. At least {n} weeks later.",
                FEWEST_WEEKS,
            )
        )
        decision = Decision(
            0, text, chosen.key, scope, starts, look, amount, author(at.here) or LOCAL.name,
            calendar.week_name(at.monday), expected_relative=relative, owner=owner.strip(), item=item,
        )  # fmt: skip
        _press(at, item, "decide", _("Decide"), decision)


def _chosen_kpi(at: Desk, item: str, kpi: str | None) -> Kpi | None:
    known = {found.key: found for found in ask(list_kpis)}
    if kpi is not None:
        return known.get(kpi)
    options = sorted(known, key=lambda key: at.here.names.kpi(key))
    if not options:
        return None
    key = at.key(item, "decision_kpi")
    if key not in st.session_state:
        st.session_state[key] = at.text(item, "decision_kpi") if at.text(item, "decision_kpi") in known else options[0]
    chosen = st.selectbox(
        at.here.words.gettext("Which figure should move"),
        options,
        key=key,
        format_func=at.here.names.kpi,
        on_change=keep_chosen,
        args=(at, item, "decision_kpi", key),
        disabled=not at.is_open,
    )
    return known.get(chosen or "")


def _scope(at: Desk, item: str) -> Perimeter:
    """Ask for which segments; none chosen means all."""
    words = at.here.words
    options = {member.key: words.label(member) for member in at.here.members("segment")}
    key = at.key(item, "decision_segments")
    if key not in st.session_state:
        try:
            kept = json.loads(at.text(item, "decision_segments") or "[]")
        except ValueError:
            kept = []
        st.session_state[key] = [one for one in kept if one in options]
    found = st.multiselect(
        dimension_word(words, "segment", plural=True),
        list(options),
        key=key,
        format_func=options.__getitem__,
        placeholder=words.gettext("All"),
        on_change=keep_chosen,
        args=(at, item, "decision_segments", key),
        disabled=not at.is_open,
    )
    return Perimeter(None, None, tuple(found) or None)


def action_form(at: Desk, item: str) -> None:
    """Ask for an action: what, who, by when."""
    words = at.here.words
    _ = words.gettext
    with st.container(key=f"form_action_{at.key(item, 'form')}", gap="xsmall"):
        text = line(at, item, "action", _("What is to be done"))
        left, right = st.columns(2, gap="small")
        with left:
            owner = line(at, item, "action_owner", _("Who"))
        with right:
            due = day(at, item, "action_due", _("By when"), date.today() + timedelta(days=DUE_AFTER_DAYS))
        action = Action(0, text, owner, due, calendar.week_name(at.monday), author(at.here) or LOCAL.name, item=item)
        _press(at, item, "assign", _("Assign"), action)


def _press(at: Desk, item: str, name: str, label: str, meant: Decision | Action) -> None:
    """Offer to store a form as it is filled in; a refusal stays below it until something in the form changes."""
    words = at.here.words
    pressed, refused = at.key(item, f"{name}_pressed"), at.key(item, f"{name}_refused")
    st.button(
        label, type="primary", key=at.key(item, name), disabled=not at.is_open, on_click=_note_press, args=(pressed,)
    )
    if st.session_state.pop(pressed, False):
        try:
            told = _store(at, item, meant)
        except OcemError as error:
            st.session_state[refused] = (meant, error)
        else:
            st.session_state.pop(refused, None)
            st.toast(told, icon=":material/check:")
            st.rerun()
    last, reason = st.session_state.get(refused, (None, None))
    if reason is not None and last == meant:
        st.error(words.error(reason), icon=":material/block:")


def _note_press(key: str) -> None:
    """Remember that a button was pressed until a run gets as far as the form: another one may break that run off."""
    st.session_state[key] = True


def _store(at: Desk, item: str, meant: Decision | Action) -> str:
    _ = at.here.words.gettext
    if isinstance(meant, Decision):
        decided = decide(database(), meant, date.today())
        _forget(at, item, DECISION_FIELDS)
        return _("Decision {number} is kept.", number=decided.number)
    assigned = assign(database(), meant, date.today())
    _forget(at, item, ACTION_FIELDS)
    return _("Action {number} is assigned to {owner}.", number=assigned.number, owner=assigned.owner)


def _forget(at: Desk, item: str, fields: tuple[str, ...]) -> None:
    """Clear and close a form once it is stored."""
    st.session_state.pop(at.key(item, "asked"), None)
    for field in fields:
        key = at.key(item, field)
        st.session_state.pop(key, None)
        if key in at.room.places:
            draft.done(at.room, key)
        elif at.text(item, field):
            write_down(database(), at.monday, item, field, "", at.room.author)


def read_effect(typed: str, times: float, lang: str) -> tuple[float | None, bool]:
    """Read a typed effect: the number as the KPI keeps it, and whether it is a share of the value before.

    Examples
    --------
    >>> read_effect("-5%", 100.0, "it"), read_effect("+1,5", 100.0, "it"), read_effect("1.200", 1.0, "it")
    ((-0.05, True), (0.015, False), (1200.0, False))
    """
    text = typed.strip().replace("\u2212", "-").replace(" ", "").replace("\xa0", "")
    relative = text.endswith("%")
    text = text.removesuffix("%")
    group, point = (".", ",") if lang == "it" else (",", ".")
    text = text.replace(group, "") if point in text or text.count(group) > 1 or _is_grouped(text, group) else text
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None, relative
    return (number / 100, True) if relative else (number / times, False)


def _is_grouped(text: str, group: str) -> bool:
    """Say whether a single separator has three digits behind it, as thousands have."""
    _head, found, tail = text.partition(group)
    return bool(found) and len(tail) == 3 and tail.isdigit()
