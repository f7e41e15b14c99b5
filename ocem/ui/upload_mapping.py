"""Which column of a file on the desk is what, and which member its words stand for."""

from dataclasses import replace
from functools import partial

import streamlit as st

from ocem.domain.batch import SourceProfile
from ocem.domain.fact import FACT_FIELDS, FactKind
from ocem.domain.perimeter import Dimension, Member
from ocem.i18n import Words
from ocem.intake.choosing import SURE_ENOUGH
from ocem.intake.importing import Preview
from ocem.reporting import batch as said
from ocem.store.database import Database
from ocem.store.member import list_members
from ocem.ui import desk, markup
from ocem.ui.database import ask
from ocem.ui.guard import Here


def values(here: Here, item: desk.File, found: Preview, profile: SourceProfile) -> None:
    """Let the analyst confirm which member a text stands for; what she leaves out becomes a proposed member."""
    words = here.words
    _ = words.gettext
    with st.expander(_("Words that may be known under another name"), icon=":material/spellcheck:", expanded=True):
        st.caption(_("What is left as a new word waits on the perimeter page to be confirmed or merged."))
        chosen: dict[tuple[str, str], str] = {}
        labels = ask(member_labels)
        with st.grid(3, min_column_width=200, gap="small"):
            for proposal in found.values:
                keys = [key for field, key in labels if field == proposal.field]
                member = st.selectbox(
                    f"{markup.literal(proposal.text)} ({said.field_word(words, proposal.field)})",
                    keys,
                    index=keys.index(proposal.member) if proposal.member in keys else None,
                    format_func=partial(_member_label, words, labels, proposal.field),
                    placeholder=_("a new word"),
                    key=f"value_{item.upload}_{proposal.field}_{proposal.text}",
                )
                if member:
                    chosen[proposal.field, proposal.text] = member
        if st.button(_("They stand for these"), key=f"values_{item.upload}", disabled=not chosen):
            desk.change(item, profile=desk.with_values(profile, chosen), found=None)
            st.rerun()


def member_labels(store: Database) -> dict[tuple[str, str], Member]:
    """Return the confirmed members by dimension and key."""
    with store.cursor() as con:
        return {
            (dimension.value, member.key): member
            for dimension in Dimension
            for member in list_members(con, dimension)
            if member.status == "confirmed"
        }


def _member_label(words: Words, labels: dict[tuple[str, str], Member], field: str, key: str) -> str:
    return words.label(labels[field, key])


def mapping(here: Here, item: desk.File, found: Preview, profile: SourceProfile) -> None:
    """Draw what each row is and which column fills which field, for the analyst to change."""
    words = here.words
    _ = words.gettext
    is_unsure = not found.recognised and found.confidence < SURE_ENOUGH
    with st.expander(_("Which column is what"), icon=":material/swap_horiz:", expanded=is_unsure):
        facts = list(FactKind)
        fact = st.selectbox(
            _("What one row of this file is"),
            facts,
            index=facts.index(profile.fact),
            format_func=lambda kind: said.fact_word(words, kind),
            key=f"fact_{item.upload}",
        )
        if fact is not profile.fact:
            desk.change(item, profile=desk.profile_for(found, fact, item.path.stem), found=None)
            st.rerun()
        label = st.text_input(
            _("Name of this source"), value=profile.label or item.path.stem, key=f"label_{item.upload}"
        )
        with st.grid(3, min_column_width=200, gap="small"):
            names = [name for field in FACT_FIELDS[fact] for name in (field.name, *desk.beside(profile, field.name))]
            chosen = {name: _column_of(here, item, found, profile, name) for name in names}
        wanted = desk.with_columns(profile, chosen)
        is_same = wanted.fields == profile.fields and label.strip() in ("", profile.label or item.path.stem)
        if st.button(_("Read it this way"), key=f"apply_{item.upload}", disabled=is_same):
            desk.change(item, profile=_labelled(wanted, label), found=None)
            st.rerun()


def _labelled(profile: SourceProfile, label: str) -> SourceProfile:
    return replace(profile, label=label.strip() or profile.label)


def _column_of(here: Here, item: desk.File, found: Preview, profile: SourceProfile, name: str) -> str | None:
    known = desk.column_of(profile, name)
    options = list(dict.fromkeys(found.header))
    star = " *" if desk.is_required(profile.fact, name) else ""
    chosen = st.selectbox(
        said.field_word(here.words, name) + star,
        options,
        index=options.index(known) if known in options else None,
        placeholder=here.words.gettext("none"),
        key=f"map_{item.upload}_{profile.fact}_{name}",
    )
    return str(chosen) if chosen is not None else None
