"""Giving back: themes on their way, how much came back, what the next round says, and the page that goes out."""

from datetime import date
from typing import Any

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.feedback import Voice
from ocem.domain.theme import ThemeState
from ocem.evaluation import restitution as given
from ocem.evaluation.people import note_export
from ocem.evaluation.theme import Told, themes
from ocem.reporting import feedback as heard_words
from ocem.reporting import restitution as said
from ocem.ui import markup, navigation, state, theme_form
from ocem.ui.database import ask, database
from ocem.ui.feedback import why
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.view_switch import view_switch

ORDER = (ThemeState.RAISED, ThemeState.DECIDED, ThemeState.GIVEN_BACK, ThemeState.CLOSED)


def restitution_page(here: Here) -> None:
    """Draw the page."""
    _ = here.words.gettext
    found = ask(themes)
    by_key = {item.theme.key: item for item in found}
    editing = state.own("edit")
    if editing == theme_form.NEW or editing in by_key:
        theme_form.show(here, by_key.get(editing or ""))
        return
    heading = st.container()
    shown = _chosen(here)
    with heading:
        markup.head(_("Giving back"), here.words.ngettext("{n} theme", "{n} themes", len(found)))
    if shown == "themes":
        _themes(here, found)
    elif shown == "page":
        _sheet(here)
    else:
        _echoes(here)


def _chosen(here: Here) -> str:
    _ = here.words.gettext
    names = {
        "themes": _("Themes"),
        "page": _("You said / We did"),
        "echo": _("The next round"),
    }
    return view_switch(here.words, names, "restitution_view")


def _themes(here: Here, found: tuple[Told, ...]) -> None:
    words = here.words
    _ = words.gettext
    coverage = ask(given.coverage, date.today())
    markup.show(tag("p", text(said.headline(words, coverage)), css="oce-headline"))
    if coverage.rounds or coverage.themes:
        with st.container(border=True, key="panel_coverage_back"):
            markup.figures(said.coverage_figures(words, coverage))
    st.page_link(
        navigation.page_of(words, "restitution"),
        label=_("Raise a theme"),
        icon=":material/add:",
        help="",
        query_params=state.link(edit=theme_form.NEW),
    )
    for group in ORDER:
        own = [item for item in found if item.state is group]
        if not own:
            continue
        title = said.state_word(words, group)
        markup.section(f"{title[:1].upper()}{title[1:]} ({len(own)})")
        for item in own:
            _row(here, item)
    if coverage.rounds or coverage.themes:
        why(here, [coverage.sql])


def _row(here: Here, item: Told) -> None:
    words, theme = here.words, item.theme
    _ = words.gettext
    shape, tone = said.STATE_LOOK[item.state]
    raised = _(
        "{voices}, {day}",
        voices=words.listed(heard_words.voice_word(words, voice) for voice in theme.voices),
        day=theme.raised_on,
    )
    decided = said.decision_word(words, theme.decision)
    if theme.decided_on:
        decided = _("{decision}, {day}, {by}", decision=decided, day=theme.decided_on, by=theme.decided_by)
    with st.container(border=True, key=f"card_{tone}_row_{theme.key}", gap="xxsmall"):
        markup.show(
            tag(
                "div",
                tag(
                    "div",
                    tag("p", mark(shape), tag("span", text(said.state_word(words, item.state))), css="oce-verdict"),
                    tag("p", text(raised), css="oce-note"),
                    css="cell",
                ),
                tag(
                    "div",
                    tag("h3", text(words.label(theme)), css="oce-title"),
                    tag("p", text(f"“{said.said(words, theme, 'said')}”"), css="oce-note"),
                    css="cell wide",
                ),
                tag(
                    "div",
                    tag("p", text(said.said(words, theme, "done") or "–")),
                    tag("p", text(decided), css="oce-note"),
                ),
                tag("div", *_told(here, item), css="cell oce-note"),
                css=f"oce-row oce-themed oce-{tone}",
            )
        )
        st.page_link(
            navigation.page_of(words, "restitution"),
            label=_("Open"),
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params=state.link(edit=theme.key),
        )


def _told(here: Here, item: Told) -> list[str]:
    words = here.words
    _ = words.gettext
    if not item.messages:
        if item.theme.silence:
            return [tag("p", text(_("Nobody was told, for a recorded reason.")))]
        return [tag("p", text(_("Nobody was told yet.")), css="missing")]
    return [
        tag("p", text(f"{said.audience_text(words, message, here.names)}, {words.day(message.day)}"))
        for message in item.messages
    ]


def _sheet(here: Here) -> None:
    """Show the page for one audience and offer it as PDF and HTML, in the language asked for."""
    words = here.words
    _ = words.gettext
    known = ask(given.audiences)
    if not known:
        st.info(
            _("Nobody was told anything yet. Decide about a theme, then write the message."), icon=":material/forum:"
        )
        return
    asked = state.own("audience")
    audience = st.segmented_control(
        _("For whom"),
        known,
        default=asked if asked in known else known[0],
        format_func=lambda voice: heard_words.voice_word(words, voice),
        required=True,
        key="sheet_audience",
    )
    state.set_own("audience", str(audience) if audience != known[0] else None)
    answered = ask(given.you_said, Voice(audience or known[0]), date.today())
    sheet = said.sheet(words, Voice(audience or known[0]), answered, date.today(), here.names)
    with st.container(border=True, key="panel_sheet"):
        for line in sheet.lines:
            markup.show(
                tag("h3", text(line.title), css="oce-title"),
                tag(
                    "div",
                    tag("div", tag("p", text(sheet.you_said), css="oce-note"), tag("p", text(f"“{line.said}”"))),
                    tag("div", tag("p", text(sheet.we_did), css="oce-note"), tag("p", text(line.done))),
                    css="oce-pair",
                ),
                tag("p", tag("b", text(line.message))),
                tag("p", text(f"{sheet.proof}: {line.proof}") if line.proof else "", css="oce-note"),
                tag("p", text(line.told), css="oce-note"),
            )
    if here.may(Right.EXPORT):
        _downloads(here, Voice(audience or known[0]), answered)


def _downloads(here: Here, audience: Voice, answered: Any) -> None:
    from ocem.i18n import Words
    from ocem.reporting.names import Names
    from ocem.reporting.restitution_pdf import as_pdf

    _ = here.words.gettext
    members = [member for dimension in ("segment", "touchpoint", "phase") for member in here.members(dimension)]
    columns = st.columns(4)
    for index, (lang, kind) in enumerate((("it", "pdf"), ("it", "html"), ("en", "pdf"), ("en", "html"))):
        words = Words(lang)
        sheet = said.sheet(words, audience, answered, date.today(), Names.of(words, members))
        label = _("{kind} in Italian", kind=kind.upper()) if lang == "it" else _("{kind} in English", kind=kind.upper())
        columns[index].download_button(
            label,
            data=(lambda item=sheet: as_pdf(item)) if kind == "pdf" else said.as_html(sheet),  # type: ignore[misc]
            file_name=f"{'ci-avete-detto' if lang == 'it' else 'you-said'}-{audience.value}.{kind}",
            mime="application/pdf" if kind == "pdf" else "text/html",
            icon=":material/download:",
            on_click=_noted,
            args=(audience, lang, kind),
            key=f"sheet_{lang}_{kind}",
            width="stretch",
        )


def _noted(audience: Voice, lang: str, kind: str) -> None:
    note_export(database(), "restitution", audience=audience.value, language=lang, kind=kind)


def _echoes(here: Here) -> None:
    words = here.words
    _ = words.gettext
    found = ask(given.echoes)
    if not found:
        st.info(_("No message has a later round of the same series to look at yet."), icon=":material/hourglass_empty:")
        return
    labels = {item.theme.key: words.label(item.theme) for item in ask(themes)}
    for number, item in enumerate(found):
        with st.container(border=True, key=f"panel_echo_{number}"):
            told = _(
                "{audience}, told on {day}; {before}, then {after}",
                audience=said.audience_text(words, item.message, here.names),
                day=item.message.day,
                before=words.label(item.given_back),
                after=words.label(item.next_round),
            )
            markup.show(
                tag("h3", text(labels.get(item.message.theme, item.message.theme)), css="oce-title"),
                tag("p", text(told), css="oce-note"),
                tag("p", text(said.echo_sentence(words, item, here.names))),
            )
    st.caption(
        _(
            "A difference between those told and the others is no proof: nobody drew lots, and the same people may "
            "have answered both rounds. It says whether telling goes with a change."
        )
    )
    why(here, [query for item in found for query in item.sql])
