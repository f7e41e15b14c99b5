"""One theme from what was said to what was told: raise, decide, give back, close."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.feedback import AskedBy, Voice
from ocem.domain.perimeter import Dimension
from ocem.domain.theme import Decision, Restitution, Theme, ThemeState
from ocem.errors import OcemError
from ocem.evaluation import theme as use
from ocem.evaluation.feedback import rounds
from ocem.evaluation.theme import Told
from ocem.reporting import feedback as heard_words
from ocem.reporting import restitution as said
from ocem.ui import editing, markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

NEW = "new"


def show(here: Here, known: Told | None) -> None:
    """Draw the steps of a theme; each is saved on its own, and what was typed stays when something is refused."""
    words = here.words
    _ = words.gettext
    st.page_link(
        navigation.page_of(words, "restitution"),
        label=_("Back"),
        icon=":material/arrow_back:",
        help="",
        query_params=state.link(),
    )
    if known is None:
        markup.head(_("New theme"))
        _said(here, None)
        return
    markup.head(words.label(known.theme), said.state_word(words, known.state))
    _steps(here, known)
    _said(here, known.theme)
    _decision(here, known.theme)
    _messages(here, known)
    if here.may(Right.DECIDE):
        _close(here, known)


def _steps(here: Here, known: Told) -> None:
    _ = here.words.gettext
    names = [_("Said"), _("Decided"), _("Given back"), _("Closed")]
    done = [True, known.theme.decision is not None, bool(known.messages), known.state is ThemeState.CLOSED]
    now = next((index for index, value in enumerate(done) if not value), len(done))
    items = [
        tag("li", text(name), css="done" if done[index] else "now" if index == now else "")
        for index, name in enumerate(names)
    ]
    markup.show(tag("ol", *items, css="oce-steps"))


def _said(here: Here, known: Theme | None) -> None:
    editing.opened("theme", known.key if known else None)
    words = here.words
    _ = words.gettext
    labels = {item.round.key: words.label(item.round) for item in ask(rounds)}
    touchpoints = {member.key: words.label(member) for member in here.members(Dimension.TOUCHPOINT)}
    kept = known.tags if known else ()
    labels_of_tags = {item.key: words.label(item) for item in ask(use.tags) if not item.retired or item.key in kept}
    with st.form(f"said_{known.key if known else NEW}", border=True):
        markup.section(_("What they said"))
        left, right = st.columns(2)
        label_it = left.text_input(_("Name in Italian"), value=known.label_it if known else "", max_chars=80)
        label_en = right.text_input(_("Name in English"), value=known.label_en if known else "", max_chars=80)
        said_it = left.text_area(
            _("What they said, in Italian"), value=known.said_it if known else "", max_chars=600, height=90
        )
        said_en = right.text_area(
            _("What they said, in English"), value=known.said_en if known else "", max_chars=600, height=90
        )
        voices = left.multiselect(
            _("Who said it"),
            list(Voice),
            default=list(known.voices) if known else [Voice.CUSTOMER],
            format_func=lambda item: heard_words.voice_word(words, item),
            placeholder=_("choose"),
        )
        asked = right.multiselect(
            _("In which rounds"),
            list(labels),
            default=[key for key in (known.rounds if known else ()) if key in labels],
            format_func=labels.__getitem__,
            placeholder=_("choose"),
        )
        chosen_tags = left.multiselect(
            _("Tags"),
            list(labels_of_tags),
            default=[key for key in (known.tags if known else ()) if key in labels_of_tags],
            format_func=labels_of_tags.__getitem__,
            placeholder=_("choose"),
        )
        spoken = right.text_input(
            _("Words that find its comments, separated by commas"),
            value=", ".join(known.words) if known else "",
            max_chars=200,
        )
        options = ["", *touchpoints]
        touchpoint = left.selectbox(
            _("At which touchpoint"),
            options,
            index=options.index(known.touchpoint) if known and known.touchpoint in options else 0,
            format_func=lambda key: touchpoints[key] if key else _("none"),
        )
        owner = right.text_input(_("Owner"), value=known.owner if known else "", max_chars=80)
        raised_on = left.date_input(
            _("Raised on"), value=known.raised_on if known else date.today(), format="DD/MM/YYYY"
        )
        is_saved = st.form_submit_button(_("Save"), type="primary", icon=":material/save:", **here.lock(Right.COMMENT))
    if not is_saved:
        return
    base = known or Theme(use.new_theme_key(database(), label_it or "theme"), "", "", "", "", (), date.today())
    theme = replace(
        base,
        label_it=label_it.strip(),
        label_en=label_en.strip() or label_it.strip(),
        said_it=said_it.strip(),
        said_en=said_en.strip() or said_it.strip(),
        voices=tuple(Voice(item) for item in voices),
        rounds=tuple(asked),
        tags=tuple(chosen_tags),
        words=tuple(word.strip().casefold() for word in spoken.split(",") if word.strip()),
        touchpoint=touchpoint or None,
        owner=owner.strip(),
        raised_on=raised_on or date.today(),
    )
    try:
        with editing.unchanged(here, "theme", theme.key):
            use.save_theme(database(), theme)
    except OcemError as error:
        st.error(words.error(error), icon=":material/block:")
        return
    st.switch_page(navigation.page_of(words, "restitution"), query_params=state.link(edit=theme.key))


def _decision(here: Here, known: Theme) -> None:
    words = here.words
    _ = words.gettext
    options = list(Decision)
    with st.form(f"decision_{known.key}", border=True):
        markup.section(_("What was decided"))
        chosen = st.segmented_control(
            _("Decision"),
            options,
            default=known.decision,
            format_func=lambda item: said.decision_word(words, item),
        )
        left, right = st.columns(2)
        done_it = left.text_area(_("What we do, in Italian"), value=known.done_it, max_chars=600, height=90)
        done_en = right.text_area(_("What we do, in English"), value=known.done_en, max_chars=600, height=90)
        by = left.text_input(_("Decided by"), value=known.decided_by, max_chars=80)
        day = right.date_input(_("Decided on"), value=known.decided_on or date.today(), format="DD/MM/YYYY")
        is_saved = st.form_submit_button(
            _("Save the decision"), type="primary", icon=":material/gavel:", **here.lock(Right.DECIDE)
        )
    if not is_saved:
        return
    theme = replace(
        known,
        decision=Decision(chosen) if chosen else None,
        done_it=done_it.strip(),
        done_en=done_en.strip() or done_it.strip(),
        decided_by=by.strip(),
        decided_on=day,
    )

    def decide() -> None:
        with editing.unchanged(here, "theme", theme.key):
            use.decide(database(), theme)

    _try(here, decide)


def _messages(here: Here, known: Told) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_messages"):
        markup.section(_("What was told"))
        rows = [
            tag(
                "li",
                mark("check"),
                tag(
                    "span",
                    text(said.said(words, message, "message")),
                    tag(
                        "small",
                        text(
                            f"{said.audience_text(words, message, here.names)} · {words.day(message.day)} · "
                            f"{heard_words.asked_by_word(words, message.told_by)} · {message.by}"
                        ),
                        css="oce-note",
                    ),
                ),
            )
            for message in known.messages
        ]
        markup.show(
            tag("ul", *rows, css="oce-list stack oce-good")
            if rows
            else tag("p", text(_("Nothing yet.")), css="oce-note")
        )
        if not here.may(Right.DECIDE):
            return
        box = st.expander(_("Write a message"), icon=":material/campaign:", expanded=not known.messages)
        with box:
            _message(here, known)


def _message(here: Here, known: Told) -> None:
    words, theme = here.words, known.theme
    _ = words.gettext
    segments = {member.key: words.label(member) for member in here.members(Dimension.SEGMENT)}
    labels = {item.round.key: words.label(item.round) for item in ask(rounds)}
    with st.form(f"message_{theme.key}_{len(known.messages)}", border=False):
        left, right = st.columns(2)
        audience = left.selectbox(
            _("To whom"),
            list(Voice),
            index=list(Voice).index(theme.voices[0]) if theme.voices else 0,
            format_func=lambda item: heard_words.voice_word(words, item),
        )
        chosen = right.multiselect(
            _("Only these segments"), list(segments), format_func=segments.__getitem__, placeholder=_("All")
        )
        message_it = left.text_area(_("Message in Italian"), value="", max_chars=600, height=90)
        message_en = right.text_area(_("Message in English"), value="", max_chars=600, height=90)
        proof_it = left.text_input(_("What proves it, in Italian"), max_chars=200)
        proof_en = right.text_input(_("What proves it, in English"), max_chars=200)
        day = left.date_input(_("Told on"), value=date.today(), format="DD/MM/YYYY")
        told_by = right.selectbox(
            _("How they were told"), list(AskedBy), format_func=lambda item: heard_words.asked_by_word(words, item)
        )
        by = left.text_input(_("Who stands for it"), value=theme.owner, max_chars=80)
        asked = right.multiselect(
            _("Rounds it gives back"),
            list(labels),
            default=[key for key in theme.rounds if key in labels],
            format_func=labels.__getitem__,
            placeholder=_("none"),
        )
        is_saved = st.form_submit_button(_("Give back"), type="primary", icon=":material/send:")
    if not is_saved:
        return
    message = Restitution(
        "",
        theme.key,
        Voice(audience or Voice.CUSTOMER),
        message_it.strip(),
        message_en.strip() or message_it.strip(),
        day or date.today(),
        AskedBy(told_by or AskedBy.OTHER),
        proof_it.strip(),
        proof_en.strip() or proof_it.strip(),
        by.strip(),
        tuple(chosen),
        (),
        tuple(asked),
    )
    _try(here, lambda: use.give_back(database(), message))


def _close(here: Here, known: Told) -> None:
    words, theme = here.words, known.theme
    _ = words.gettext
    if known.state is ThemeState.CLOSED:
        markup.show(
            tag("p", mark("lock"), " ", text(_("Closed on {day} by {by}.", day=theme.closed_on, by=theme.closed_by)))
        )
        if st.button(_("Open again"), icon=":material/lock_open:"):
            _try(here, lambda: use.reopen_theme(database(), theme.key))
        return
    with st.form(f"close_{theme.key}", border=True):
        markup.section(_("Close the theme"))
        silence = st.text_input(
            _("Why nothing is told, if nothing is"),
            value=theme.silence,
            max_chars=300,
            help=_("A theme closes only when someone was told, or the reason not to is written down."),
        )
        by = st.text_input(_("Who closes it"), value=theme.owner, max_chars=80)
        is_closed = st.form_submit_button(_("Close"), icon=":material/lock:")
    if is_closed:
        _try(here, lambda: use.close_theme(database(), theme.key, by, date.today(), silence))


def _try(here: Here, act: Callable[[], object]) -> None:
    """Do it and draw the page anew, or say why not and leave what was typed."""
    try:
        act()
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.rerun()
