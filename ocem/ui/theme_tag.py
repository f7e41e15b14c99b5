"""The vocabulary of tags: words that recur in comments become tags, tags become themes."""

from contextlib import nullcontext
from dataclasses import replace

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.theme import Tag
from ocem.errors import OcemError
from ocem.evaluation import theme as use
from ocem.ui import editing, markup
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text

NEW = ""


def show(here: Here, frequent: tuple[tuple[str, int], ...]) -> None:
    """Propose words that recur outside any theme and tag, and let the vocabulary be changed."""
    words = here.words
    _ = words.gettext
    may = here.may(Right.COMMENT)
    picked: list[str] = []
    if frequent:
        markup.section(_("Words that recur outside any theme and tag"))
        if may:
            counts = dict(frequent)
            picked = st.pills(
                _("Words that recur outside any theme and tag"),
                list(counts),
                selection_mode="multi",
                format_func=lambda word: f"{word} ({words.number(counts[word])})",
                label_visibility="collapsed",
                key="recurring_words",
            )
        else:
            told = " · ".join(f"{word} ({words.number(n)})" for word, n in frequent)
            markup.show(tag("p", text(told), css="oce-note"))
    if may:
        label = _("Make a tag of the chosen words") if picked else _("Change the tags")
        with st.popover(label, icon=":material/label:", key="tag_editor"):
            _editor(here, tuple(picked))


def _editor(here: Here, picked: tuple[str, ...]) -> None:
    """Ask for a tag's names and words; words that were picked are added to those it has."""
    words = here.words
    _ = words.gettext
    known = {item.key: item for item in ask(use.tags)}
    key = st.selectbox(
        _("Tag"),
        [NEW, *known],
        format_func=lambda key: _("A new one") if key == NEW else words.label(known[key]),
        key="tag_chosen",
    )
    editing.opened("theme_tag", key or None)
    item = known.get(key) or Tag("", picked[0].capitalize() if picked else "", "", ())
    spot = f"{key}_{'_'.join(picked)}"
    label_it = st.text_input(_("Name in Italian"), item.label_it, max_chars=40, key=f"tag_it_{spot}")
    label_en = st.text_input(_("Name in English"), item.label_en, max_chars=40, key=f"tag_en_{spot}")
    spoken = st.text_input(
        _("Words that find its comments, separated by commas"),
        ", ".join(dict.fromkeys([*item.words, *picked])),
        max_chars=200,
        key=f"tag_words_{spot}",
    )
    retired = st.toggle(_("Retired: no longer offered"), item.retired, key=f"tag_retired_{spot}") if key else False
    if st.button(_("Save the tag"), type="primary", key="save_tag"):
        changed = replace(
            item, label_it=label_it, label_en=label_en, words=tuple(spoken.split(",")), retired=bool(retired)
        )
        try:
            with editing.unchanged(here, "theme_tag", key) if key else nullcontext():
                use.save_tag(database(), changed)
        except OcemError as error:
            st.error(words.error(error), icon=":material/block:")
            return
        st.rerun()
