"""Feedback rounds: who was asked, how many answered, what came back; add one or change it."""

from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ocem.domain.access import Right
from ocem.domain.feedback import QUESTIONS, AskedBy, FeedbackRound, Voice
from ocem.errors import OcemError
from ocem.evaluation import feedback as heard
from ocem.evaluation.theme import themes
from ocem.reporting import feedback as said
from ocem.store.member import key_for
from ocem.ui import editing, markup, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

NEW = "new"
LATEST = 8
"""Rounds that are listed at once; earlier ones stand below."""


def show(here: Here, heading: DeltaGenerator) -> None:
    """Draw the rounds and, when asked, the form."""
    words = here.words
    _ = words.gettext
    found = ask(heard.rounds)
    with heading:
        markup.head(_("Four voices"), words.ngettext("{n} round", "{n} rounds", len(found)))
    editing = state.own("round")
    known = next((item.round for item in found if item.round.key == editing), None)
    if here.may(Right.DEFINE) and (editing == NEW or known):
        _form(here, known)
    elif st.button(_("New round"), icon=":material/add:", **here.lock(Right.DEFINE)):
        state.set_own("round", NEW)
        st.rerun()
    if not found:
        markup.show(tag("p", text(_("No feedback round has been recorded yet.")), css="oce-headline"))
        st.caption(_("A round says who was asked what and when; the answers come with the imported surveys."))
        return
    _table(here, found)


def _table(here: Here, found: tuple[heard.RoundResult, ...]) -> None:
    words = here.words
    _ = words.gettext
    told = {key for item in ask(themes) for message in item.messages for key in message.rounds}
    headers = [
        (_("Round"), "name"),
        (_("Voice"), "half"),
        (_("Invited"), "num"),
        (_("Answered"), "num"),
        (_("Response rate"), "num"),
        (_("Leading question"), "num"),
        (_("Given back"), "half"),
    ]
    rows = [_row(here, item, item.round.key in told) for item in found]
    with st.container(border=True, key="panel_rounds"):
        markup.table(headers, rows[:LATEST], _("Feedback rounds"), stacks=True)
        if rows[LATEST:]:
            with st.expander(_("Earlier rounds ({n})", n=len(rows) - LATEST), icon=":material/history:"):
                markup.table(headers, rows[LATEST:], _("Feedback rounds"), stacks=True)
        st.caption(
            _(
                "Respondents are told to the nearest five. Leading figures count the weeks whose Sunday lies in the "
                "round."
            )
        )
        if not here.may(Right.DEFINE):
            return
        labels = {item.round.key: words.label(item.round) for item in found}
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        chosen = left.selectbox(_("Change a round"), list(labels), index=None, format_func=labels.__getitem__,
                                placeholder=_("choose"), key="round_to_change")  # fmt: skip
        if right.button(_("Edit"), icon=":material/edit:", disabled=not chosen):
            state.set_own("round", chosen)
            st.rerun()
    box = st.expander(_("Why these numbers?"), icon=":material/help:", on_change="rerun", key="why_rounds")
    if box.open:
        with box:
            for item in found:
                st.caption(markup.literal(words.label(item.round)))
                for query in item.sql:
                    st.code(query, language="sql", wrap_lines=True)


def _row(here: Here, item: heard.RoundResult, is_told: bool) -> list[str]:
    words = here.words
    rate, interval = said.rate_text(words, item)
    leading = tag("span", text(words.gettext("too few to show")), css="oce-veil")
    if item.leading and item.leading.level:
        question = item.leading.question
        value = said.value_text(words, item.leading.level, question)
        name = said.question_word(words, question)
        leading = text(value) + tag("small", text(f"{name}, {said.interval_text(words, item.leading.level, question)}"))
    given = words.gettext("given back") if is_told else words.gettext("not yet")
    return [
        text(words.label(item.round)) + tag("small", text(words.span(item.round.first, item.round.last))),
        text(said.voice_word(words, item.round.voice))
        + tag("small", text(said.asked_by_word(words, item.round.asked_by))),
        text(words.number(item.round.invited)) if item.round.invited else "–",
        text(said.respondents_text(words, item)),
        text(rate) + (tag("small", text(interval)) if interval else ""),
        leading,
        tag(
            "span",
            mark("check" if is_told else "wait"),
            text(given),
            css=f"verdict oce-{'good' if is_told else 'open'}",
        ),
    ]


def _form(here: Here, known: FeedbackRound | None) -> None:
    """Ask who was asked what and when; what was typed stays when something is refused."""
    editing.opened("feedback_round", known.key if known else None)
    words = here.words
    _ = words.gettext
    today = date.today()
    key = known.key if known else NEW
    with st.form(f"round_{key}", border=True):
        markup.section(words.label(known) if known else _("New round"))
        left, right = st.columns(2)
        label_it = left.text_input(_("Name in Italian"), value=known.label_it if known else "", max_chars=80)
        label_en = right.text_input(_("Name in English"), value=known.label_en if known else "", max_chars=80)
        voice = left.selectbox(
            _("Whose voice"),
            list(Voice),
            index=list(Voice).index(known.voice) if known else 0,
            format_func=lambda item: said.voice_word(words, item),
        )
        asked_by = right.selectbox(
            _("How they were asked"),
            list(AskedBy),
            index=list(AskedBy).index(known.asked_by) if known else 0,
            format_func=lambda item: said.asked_by_word(words, item),
        )
        first = left.date_input(
            _("From"), value=known.first if known else today - timedelta(days=27), format="DD/MM/YYYY"
        )
        last = right.date_input(_("To"), value=known.last if known else today, format="DD/MM/YYYY")
        asks = st.multiselect(
            _("Questions, the leading one first"),
            list(QUESTIONS),
            default=list(known.asks) if known else ["csat"],
            format_func=lambda item: said.question_word(words, item),
            placeholder=_("choose"),
        )
        invited = left.number_input(
            _("People asked"), min_value=0, value=known.invited if known else None, step=1, placeholder=_("not counted")
        )
        series = right.text_input(
            _("Series"),
            value=known.series if known else "",
            max_chars=40,
            help=_("Rounds of one series ask the same again and again, so that one can be compared with the next."),
        )
        note = st.text_input(_("Note"), value=known.note if known else "", max_chars=200)
        is_saved = st.form_submit_button(_("Save"), type="primary", icon=":material/save:")
    if st.button(_("Cancel"), key="cancel_round"):
        state.set_own("round", None)
        st.rerun()
    if not is_saved:
        return
    item = FeedbackRound(
        known.key if known else _new_key(label_it),
        label_it.strip(),
        label_en.strip() or label_it.strip(),
        Voice(voice or Voice.CUSTOMER),
        AskedBy(asked_by or AskedBy.OTHER),
        first or today,
        last or today,
        tuple(asks),
        series.strip(),
        int(invited) if invited else None,
        known.source if known else None,
        note.strip(),
    )
    try:
        with editing.unchanged(here, "feedback_round", item.key):
            heard.save_round(database(), item)
    except OcemError as error:
        st.error(words.error(error), icon=":material/block:")
        return
    state.set_own("round", None)
    st.rerun()


def _new_key(label: str) -> str:
    taken = {item.round.key for item in ask(heard.rounds)}
    base = key_for(label or "round")
    return next(name for name in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if name not in taken)
