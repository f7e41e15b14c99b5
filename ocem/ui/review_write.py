"""What is typed in the room: each text is kept in the store as it is typed, so that no rerun or reload loses it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import streamlit as st

from ocem.domain.access import LOCAL, Right
from ocem.domain.decision import Action, Decision
from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Perimeter
from ocem.domain.review import ReviewDocument
from ocem.errors import OcemError
from ocem.evaluation import calendar
from ocem.evaluation.decision import FEWEST_WEEKS, assign, decide
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.review import drafts, write_down
from ocem.reporting import quantity
from ocem.reporting.names import dimension_word
from ocem.ui import editing
from ocem.ui.database import ask, database
from ocem.ui.guard import Here

LOOK_AFTER_WEEKS = 8
DUE_AFTER_DAYS = 7
DATE_FORMAT = {"it": "DD/MM/YYYY", "en": "DD/MM/YYYY"}
PAUSE = "400ms"


@dataclass(frozen=True)
class Desk:
    """Where somebody writes: the week, the version being written, and what is kept so far by (item, field)."""

    here: Here
    monday: date
    version: int
    kept: dict[tuple[str, str], str]
    is_open: bool

    def key(self, item: str, field: str) -> str:
        """Return the key of a widget."""
        return f"review_{calendar.week_name(self.monday)}_{self.version}_{item}_{field}".replace("/", ".")

    def place(self, item: str, field: str) -> str:
        """Return where a text is kept."""
        return f"{calendar.week_name(self.monday)}/{item}/{field}"

    def text(self, item: str, field: str) -> str:
        """Return what is kept of a text."""
        return self.kept.get((item, field), "")


def desk(here: Here, document: ReviewDocument) -> Desk:
    """Return the desk of a week's review."""
    may = here.may(Right.COMMENT) and here.person.grant.whole  # who sees a part would overwrite what the room wrote
    return Desk(
        here, document.first, document.version, drafts(database(), document.first), document.state == "open" and may
    )


def author(here: Here) -> str:
    """Return who writes: who is signed in, or who was named last in this session."""
    if here.person.name != LOCAL.name:
        return here.person.name
    return str(st.session_state.get("_review_author", ""))


def named(here: Here, label: str, key: str) -> str:
    """Ask who acts; whoever is signed in need not say it."""
    known = author(here)
    if here.person.name != LOCAL.name:
        return known
    if key not in st.session_state:
        st.session_state[key] = known
    typed = st.text_input(label, key=key, autocomplete="name")
    if typed and typed.strip():
        st.session_state["_review_author"] = typed.strip()
    return (typed or "").strip()


def line(at: Desk, item: str, field: str, label: str, **options: Any) -> str:
    """One line of text, kept while it is typed."""
    return _kept(at, item, field, lambda **named_: st.text_input(label, live=PAUSE, **options, **named_))


def area(at: Desk, item: str, field: str, label: str, **options: Any) -> str:
    """Several lines of text, kept when the field is left."""
    return _kept(at, item, field, lambda **named_: st.text_area(label, **options, **named_))


def _kept(at: Desk, item: str, field: str, widget: Callable[..., str | None]) -> str:
    key = at.key(item, field)
    editing.follow(key, at.text(item, field))
    found = widget(key=key, on_change=_keep, args=(at, item, field, key), disabled=not at.is_open)
    editing.show_other(at.here, key)
    return found or ""


def _keep(at: Desk, item: str, field: str, key: str) -> None:
    value = st.session_state.get(key)
    content = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
    try:
        with editing.kept_text(at.here, at.place(item, field), key, content):
            write_down(database(), at.monday, item, field, content, author(at.here) or LOCAL.name)
    except OcemError as error:
        st.toast(at.here.words.error(error), icon=":material/block:")


def _day(at: Desk, item: str, field: str, label: str, default: date) -> date:
    key = at.key(item, field)
    if key not in st.session_state:
        st.session_state[key] = _read_day(at.text(item, field)) or default
    found = st.date_input(
        label,
        key=key,
        format=DATE_FORMAT[at.here.words.lang],
        on_change=_keep,
        args=(at, item, field, key),
        disabled=not at.is_open,
    )
    return found if isinstance(found, date) else default


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _forget(at: Desk, item: str, fields: tuple[str, ...]) -> None:
    """Clear the fields of a form once it is stored."""
    for field in fields:
        if st.session_state.pop(at.key(item, field), None):
            write_down(database(), at.monday, item, field, "", author(at.here) or LOCAL.name)


DECISION_FIELDS = (
    "decision", "decision_expected", "decision_starts", "decision_look", "decision_owner", "decision_kpi",
    "decision_segments",
)  # fmt: skip
ACTION_FIELDS = ("action", "action_owner", "action_due")


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
            starts = _day(at, item, "decision_starts", _("From"), date.today())
        with right:
            owner = line(at, item, "decision_owner", _("Who carries it out"))
            look = _day(at, item, "decision_look", _("Look on"), date.today() + timedelta(weeks=LOOK_AFTER_WEEKS))
        amount, relative = read_effect(expected, times, words.lang)
        if expected.strip() and amount is None:
            st.caption(_("{value} is not a number.", value=expected))
        by = named(at.here, _("Who writes this down"), at.key(item, "decision_by"))
        st.caption(
            words.ngettext(
                "It becomes a before/after comparison by itself and comes back on that day. At least {n} week later.",
                "It becomes a before/after comparison by itself and comes back on that day. At least {n} weeks later.",
                FEWEST_WEEKS,
            )
        )
        if st.button(_("Decide"), type="primary", key=at.key(item, "decide"), disabled=not at.is_open):
            decision = Decision(
                0, text, chosen.key, scope, starts, look, amount, by or LOCAL.name, calendar.week_name(at.monday),
                expected_relative=relative, owner=owner.strip(), item=item,
            )  # fmt: skip
            try:
                kept = decide(database(), decision, date.today())
            except OcemError as error:
                st.error(words.error(error), icon=":material/block:")
                return
            _forget(at, item, DECISION_FIELDS)
            st.toast(_("Decision {number} is kept.", number=kept.number), icon=":material/check:")
            st.rerun()


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
        on_change=_keep,
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
        on_change=_keep_list,
        args=(at, item, "decision_segments", key),
        disabled=not at.is_open,
    )
    return Perimeter(None, None, tuple(found) or None)


def _keep_list(at: Desk, item: str, field: str, key: str) -> None:
    write_down(
        database(), at.monday, item, field, json.dumps(st.session_state.get(key) or []), author(at.here) or LOCAL.name
    )


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
            due = _day(at, item, "action_due", _("By when"), date.today() + timedelta(days=DUE_AFTER_DAYS))
        if st.button(_("Assign"), type="primary", key=at.key(item, "assign"), disabled=not at.is_open):
            action = Action(
                0, text, owner, due, calendar.week_name(at.monday), author(at.here) or LOCAL.name, item=item
            )
            try:
                kept = assign(database(), action, date.today())
            except OcemError as error:
                st.error(words.error(error), icon=":material/block:")
                return
            _forget(at, item, ACTION_FIELDS)
            st.toast(_("Action {number} is assigned to {owner}.", number=kept.number, owner=kept.owner))
            st.rerun()
