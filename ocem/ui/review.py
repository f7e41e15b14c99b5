"""The weekly review: last week's decisions and overdue actions, the few things beyond noise, minutes, closing."""

from datetime import date, timedelta

import streamlit as st

from ocem.domain.comparison import Comparison
from ocem.domain.decision import Decision
from ocem.domain.perimeter import Perimeter
from ocem.domain.review import ObjectiveFinding, ReviewDocument
from ocem.errors import OcemError
from ocem.evaluation import calendar
from ocem.evaluation.agenda import figures, last_week
from ocem.evaluation.decision import outcome
from ocem.evaluation.review import closed_reviews, document
from ocem.reporting import comparison as compared
from ocem.reporting import deck_content as deck
from ocem.reporting import review as said
from ocem.reporting.readable import readable
from ocem.store.review import figures_version
from ocem.ui import empty, markup, navigation, review_chart, review_close, review_follow, review_item, state
from ocem.ui.database import ask, ask_while, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.review_write import Desk, decision_form, desk

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
    """Return a week's review; its figures are kept while none changes."""
    found = ask_while(version, figures, monday)
    return document(database(), monday, found, lambda decision, until: judge(version, decision, until))


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
        _head(here, shown, newest)
    with slot:
        _room(here, shown, version)


def _chosen(newest: date) -> date:
    asked = state.own("week")
    try:
        return calendar.week_named(asked) if asked else newest
    except OcemError:
        return newest


def _head(here: Here, shown: ReviewDocument, newest: date) -> None:
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
        review_close.export(here, shown)
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


def _room(here: Here, shown: ReviewDocument, version: str) -> None:
    at = desk(here, shown)
    review_follow.show(here, shown, at)
    _agenda(here, shown, at)
    _objectives(here, shown)
    if shown.state == "closed":
        review_close.frozen(here, shown)
    else:
        _together(here, at)
        seen = st.session_state.get(f"_review_seen_{shown.week}", version)
        review_close.show(here, shown, at, ask_while(version, figures, shown.first), seen != version)
    st.session_state[f"_review_seen_{shown.week}"] = version
    review_chart.browse(here, shown, version)
    _findings(here, shown, version)


def _agenda(here: Here, shown: ReviewDocument, at: Desk) -> None:
    words = here.words
    markup.show(
        tag(
            "p",
            text(deck.headline(words, shown)),
            " ",
            tag("span", text(said.by_chance(words, shown)), css="oce-soft"),
            css="oce-headline",
        )
    )
    for item in shown.items[:SHOWN]:
        review_item.show(here, item, at)
    rest = shown.items[SHOWN:]
    if rest:
        label = words.ngettext("and {n} more", "and {n} more", len(rest))
        box = st.expander(label, on_change="rerun", key=f"more_items_{shown.week}")
        if box.open:
            with box:
                for item in rest:
                    review_item.show(here, item, at)


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
        markup.table(headers, [_objective(here, item) for item in shown.comparisons], _("Where the objectives stand"))


def _objective(here: Here, item: ObjectiveFinding) -> list[str]:
    words = here.words
    found = readable(item.comparison)
    look = compared.verdict_look(words, found.verdict)
    verdict = tag("span", mark(look.mark), text(look.word), css=f"verdict oce-{look.tone}")
    name = text(words.label(item.objective)) + tag("small", text(words.label(item.kpi)))
    if compared.is_silent(found):
        return [name, verdict, "–", "–", "–", "–"]
    before, after = compared.window_values(words, found)
    told = (before, after, compared.change(words, found) or "–", compared.change_interval(words, found) or "–")
    return [name, verdict, *map(text, told)]


@st.fragment
def _together(here: Here, at: Desk) -> None:
    """Offer a decision that belongs to no item."""
    _ = here.words.gettext
    if not at.is_open:
        return
    box = st.expander(_("Another decision"), icon=":material/gavel:", on_change="rerun", key="another_decision")
    if box.open:
        with box:
            decision_form(at, TOGETHER, None, Perimeter())


def _findings(here: Here, shown: ReviewDocument, version: str) -> None:
    words = here.words
    labels = {source.source.key: words.label(source.source) for source in shown.as_of}
    labels |= here.names.kpis
    labels |= {f"{item.kpi.key}/{item.objective.key}": words.label(item.objective) for item in shown.comparisons}
    told = [said.finding_text(words, item, labels) for item in shown.findings]
    as_of = [
        words.gettext("{source}: up to {day}", source=words.label(item.source), day=item.last_day)
        for item in shown.as_of
    ]
    rows = [tag("li", mark("gap"), tag("span", text(item)), css="oce-silent") for item in told if item]
    if rows:
        markup.show(tag("ul", *rows, css="oce-list stack"))
    if as_of:
        st.caption(markup.literal(words.gettext("Data: {sources}.", sources="; ".join(as_of))))
