"""The weekly review: last week's decisions and overdue actions, the few things beyond noise, minutes, closing."""

from dataclasses import replace
from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ocem.domain.comparison import Comparison
from ocem.domain.decision import Decision
from ocem.domain.perimeter import Perimeter
from ocem.domain.review import ObjectiveFinding, ReviewDocument, ReviewItem
from ocem.errors import OcemError
from ocem.evaluation import calendar
from ocem.evaluation.agenda import Movements, figures, last_week, movements
from ocem.evaluation.decision import outcome
from ocem.evaluation.review import closed_reviews, document
from ocem.reporting import agenda, finding
from ocem.reporting import comparison as compared
from ocem.reporting import review as said
from ocem.reporting.readable import readable
from ocem.store.review import figures_version
from ocem.ui import empty, keeper, markup, navigation, review_chart, review_close, review_follow, review_item, state
from ocem.ui.database import ask, ask_while, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.review_form import decision_form
from ocem.ui.review_write import Desk, desk, of_this_run

SHOWN = 5
WEEKS_BACK = 12
TOGETHER = "_"
"""The item of decisions that belong to no item of the agenda."""


def version_of_figures() -> str:
    """Return what changes when any figure may: notes, decisions and actions do not count."""
    with database().cursor() as con:
        return figures_version(con)


def judge(version: str, decision: Decision, until: date) -> Comparison:
    """Return the outcome of a decision, kept while no figure changes."""
    return ask_while(version, outcome, decision, until)


def load(monday: date, version: str) -> ReviewDocument:
    """Return a week's review without its movements, which come later; its figures are kept while none changes."""
    found = ask_while(version, figures, monday)
    return document(database(), monday, found, lambda decision, until: judge(version, decision, until), Movements())


def show(here: Here) -> None:
    """Draw the page."""
    newest = ask(last_week)
    if newest is None:
        markup.head(here.words.gettext("Weekly review"))
        empty.nothing_in_view(here)
        return
    monday = _chosen(newest)
    version = version_of_figures()
    top = st.container()
    slot = st.container()
    with slot.skeleton(height=520):
        shown = load(monday, version)
    with top:
        export = _head(here, shown, newest)
    with slot:
        moving = _room(here, shown, version)
    if shown.state == "open":
        moved = ask_while(version, movements, monday)
        shown = replace(shown, shifts=moved.shifts, links=moved.links)
    with moving:
        _movements(here, shown)
    with export:
        review_close.export(here, shown)


def _chosen(newest: date) -> date:
    asked = state.own("week")
    try:
        return calendar.week_named(asked) if asked else newest
    except OcemError:
        return newest


def _head(here: Here, shown: ReviewDocument, newest: date) -> DeltaGenerator:
    """Draw the head; return the place of the export, which waits for the whole document."""
    words = here.words
    _ = words.gettext
    markup.head(_("Weekly review"), said.week_text(words, shown))
    options = _weeks(shown.first, newest)
    closed = {item.week for item in ask(closed_reviews)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        key = f"review_week_{shown.week}"
        st.selectbox(
            _("Week"),
            options,
            index=options.index(shown.first),
            key=key,
            format_func=lambda monday: _week_name(here, monday, calendar.week_name(monday) in closed),
            on_change=_choose,
            args=(key,),
            label_visibility="collapsed",
            width=300,
        )
        export = st.container(width="content")
        st.page_link(
            navigation.page_of(words, "decisions"),
            label=_("All decisions"),
            icon=":material/gavel:",
            help="",
            query_params=state.link(),
        )
    told = said.state_text(words, shown)
    if told:
        tone, shape = ("good", "lock") if shown.state == "closed" else ("open", "alert")
        markup.show(tag("p", mark(shape), " ", text(told), css=f"oce-note oce-{tone}"))
    return export


def _weeks(shown: date, newest: date) -> list[date]:
    weeks = [newest - timedelta(weeks=back) for back in range(WEEKS_BACK)]
    kept = [calendar.week_named(item.week) for item in ask(closed_reviews)]
    return sorted({*weeks, *kept, shown}, reverse=True)


def _week_name(here: Here, monday: date, closed: bool) -> str:
    words = here.words
    name = words.gettext(
        "Week {week}, {days}", week=str(monday.isocalendar().week), days=words.span(monday, monday + timedelta(days=6))
    )
    state_word = words.gettext("review closed")
    return f"{name} · {state_word}" if closed else name


def _choose(key: str) -> None:
    chosen = st.session_state.get(key)
    state.set_own("week", calendar.week_name(chosen) if chosen else None)


def _room(here: Here, shown: ReviewDocument, version: str) -> DeltaGenerator:
    """Draw the meeting from top to end; return the place of the movements, which take longest to find."""
    at = desk(here, shown)
    keeper.watch(at.room)
    review_follow.show(here, shown, at)
    _agenda(here, shown, at)
    _objectives(here, shown)
    moving = st.container()
    if shown.state == "closed":
        review_close.frozen(here, shown)
    else:
        _together(here, at)
        seen = st.session_state.get(f"_review_seen_{shown.week}", version)
        review_close.show(here, shown, at, version, seen != version)
    st.session_state[f"_review_seen_{shown.week}"] = version
    review_chart.browse(here, shown, version)
    _findings(here, shown, version)
    return moving


def _agenda(here: Here, shown: ReviewDocument, at: Desk) -> None:
    words = here.words
    markup.show(
        tag(
            "p",
            text(agenda.headline(words, shown)),
            " ",
            tag("span", text(agenda.by_chance(words, shown)), css="oce-soft"),
            css="oce-headline",
        )
    )
    for item in shown.ranked[:SHOWN]:
        _item(here, item, at)
    told = agenda.standing_out_text(words, shown)
    if told:
        st.caption(markup.literal(told))
    rest = shown.ranked[SHOWN:]
    if rest:
        label = words.ngettext("and {n} more", "and {n} more", len(rest))
        box = st.expander(label, on_change="rerun", key=f"more_items_{shown.week}")
        if box.open:
            with box:
                for item in rest:
                    _item(here, item, at)


def _item(here: Here, item: ReviewItem, at: Desk) -> None:
    """Draw a signal with all that belongs to it, or a line for what stands out inside its limits."""
    if item.signals:
        review_item.show(here, item, at)
    else:
        review_item.aside(here, item)


def _objectives(here: Here, shown: ReviewDocument) -> None:
    words = here.words
    _ = words.gettext
    if not shown.comparisons:
        return
    with st.container(border=True, key="panel_objectives"):
        markup.section(_("Where the objectives stand"))
        headers = [
            (_("Objective"), "name"),
            (_("Verdict"), ""),
            (_("Before"), "num"),
            (_("After"), "num"),
            (_("Change"), "num"),
            (_("95% interval"), "num"),
        ]
        rows = [_objective(here, item) for item in shown.comparisons]
        markup.table(headers, rows, _("Where the objectives stand"), stacks=True)


def _objective(here: Here, item: ObjectiveFinding) -> list[str]:
    words = here.words
    found = readable(item.comparison)
    look = compared.verdict_look(words, found.verdict)
    verdict = tag("span", mark(look.mark), text(look.word), css=f"verdict oce-{look.tone}")
    benchmark = finding.benchmark_text(words, found)
    under = " · ".join(part for part in (words.label(item.kpi), benchmark) if part)
    name = text(words.label(item.objective)) + tag("small", text(under))
    interim = finding.interim_text(words, found)
    verdict += tag("small", text(interim)) if interim else ""
    if compared.is_silent(found):
        return [name, verdict, "–", "–", "–", "–"]
    before, after = compared.window_values(words, found)
    told = (before, after, compared.change(words, found) or "–", compared.change_interval(words, found) or "–")
    return [name, verdict, *map(text, told)]


def _movements(here: Here, shown: ReviewDocument) -> None:
    rows = _said(finding.movements(here.words, shown))
    if rows:
        with st.container(border=True, key="panel_movements"):
            markup.section(here.words.gettext("From touchpoint to outcome"))
            markup.show(tag("ul", *rows, css="oce-list"))


def _said(found: list[finding.Said]) -> list[str]:
    return [tag("li", mark(item.mark), tag("span", text(item.text)), css=f"oce-{item.tone}") for item in found]


@st.fragment
def _together(here: Here, at: Desk) -> None:
    """Offer a decision that belongs to no item."""
    _ = here.words.gettext
    if not at.is_open:
        return
    at = of_this_run(at)
    box = st.expander(_("Another decision"), icon=":material/gavel:", on_change="rerun", key="another_decision")
    if box.open:
        with box:
            decision_form(at, TOGETHER, None, Perimeter())


def _findings(here: Here, shown: ReviewDocument, version: str) -> None:
    words = here.words
    as_of = [
        words.gettext("{source}: up to {day}", source=words.label(item.source), day=item.last_day)
        for item in shown.as_of
    ]
    minded = _said(finding.warnings(words, shown))
    if minded:
        markup.show(tag("ul", *minded, css="oce-list stack"))
    if as_of:
        st.caption(markup.literal(words.gettext("Data: {sources}.", sources="; ".join(as_of))))
