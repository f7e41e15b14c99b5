"""The strategic perimeter as rules one can say aloud, worked examples to start from, and its versions."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.perimeter import SEGMENT_TRAITS, TOUCHPOINT_TRAITS, Choice, Dimension, ScopeRule, Trait
from ocem.errors import OcemError
from ocem.evaluation.matrix import Matrix
from ocem.evaluation.perimeter import add_rule, remove_rule, scope_history, start_from, templates
from ocem.reporting import perimeter as said
from ocem.reporting.names import dimension_word
from ocem.store.template import Template
from ocem.ui import editing, example, markup
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import literal, mark, tag, text

SHOWN_VERSIONS = 8


def show(here: Here, found: Matrix) -> None:
    """Draw rules and examples side by side."""
    editing.opened("scope", "scope")
    left, right = st.columns([3, 2], gap="small")
    with left, st.container(border=True, key="panel_rules"):
        _rules(here, found)
        _new_rule(here)
        _versions(here)
    with right, st.container(border=True, key="panel_examples"):
        _examples(here, found)


def _labels(here: Here) -> dict[tuple[str, str], str]:
    return here.names.members


def _rules(here: Here, found: Matrix) -> None:
    words = here.words
    _ = words.gettext
    markup.section(_("What is in scope"))
    if not found.rules:
        markup.show(tag("p", text(_("No rule yet.")), css="oce-note"))
        return
    st.caption(_("Read from top to bottom: a later rule decides over an earlier one."))
    for index, reach in enumerate(found.rules):
        wide, narrow = st.columns([5, 1], gap="small", vertical_alignment="center")
        with wide:
            shape, word = ("check", _("in")) if reach.rule.include else ("ban", _("out"))
            sentence = said.rule_text(words, reach.rule, _labels(here))
            cells = words.ngettext("{n} cell", "{n} cells", reach.n_cells)
            if reach.n_deciding < reach.n_cells:
                cells += " · " + _("{n} after later rules", n=reach.n_deciding)
            markup.show(
                tag("p", mark(shape), " ", tag("b", text(word)), " ", text(sentence), tag("small", text(f" ({cells})")))
            )
        lock = here.lock(Right.DEFINE, help=_("Remove the rule"))
        if narrow.button(_("Remove"), key=f"remove_rule_{index}", type="tertiary", **lock):
            _do(here, partial(remove_rule, database(), index))


def _do(here: Here, change: Callable[[], object]) -> None:
    """Make a change and draw the page anew; say why where it was refused."""
    try:
        with editing.unchanged(here, "scope", "scope"):
            change()
    except OcemError as error:
        st.error(here.words.error(error), icon=":material/block:")
        return
    st.rerun()


def _new_rule(here: Here) -> None:
    _ = here.words.gettext
    with st.popover(_("Add a rule"), icon=":material/add:", **here.lock(Right.DEFINE)):
        include = st.segmented_control(
            _("These cells are"),
            (True, False),
            default=True,
            format_func=lambda value: _("in scope") if value else _("out of scope"),
            required=True,
            key="rule_include",
        )
        choices = [
            _choice(here, Dimension.SEGMENT, SEGMENT_TRAITS),
            _choice(here, Dimension.TOUCHPOINT, TOUCHPOINT_TRAITS),
            _choice(here, Dimension.PHASE, ()),
        ]
        rule = ScopeRule(bool(include), segments=choices[0], touchpoints=choices[1], phases=choices[2])
        st.caption(said.rule_text(here.words, rule, _labels(here)))
        if st.button(_("Add the rule"), type="primary", key="rule_add"):
            _do(here, partial(add_rule, database(), rule))


def _choice(here: Here, dimension: Dimension, traits: tuple[Trait, ...]) -> Choice:
    """Ask which members a rule speaks of: by property, by name, or all."""
    words = here.words
    chosen: tuple[Trait, ...] = ()
    if traits:
        picked = st.pills(
            dimension_word(words, dimension, plural=True),
            traits,
            selection_mode="multi",
            format_func=lambda trait: said.trait_word(words, trait),
            key=f"rule_traits_{dimension}",
        )
        chosen = tuple(Trait(item) for item in picked)
    labels = {item.key: words.label(item) for item in here.members(dimension)}
    keys = st.multiselect(
        dimension_word(words, dimension, plural=True),
        list(labels),
        format_func=labels.__getitem__,
        placeholder=words.gettext("All"),
        label_visibility="collapsed" if traits else "visible",
        key=f"rule_keys_{dimension}",
    )
    return replace(Choice(tuple(keys) or None), traits=chosen)


def _versions(here: Here) -> None:
    words = here.words
    _ = words.gettext
    versions = ask(scope_history)
    if not versions:
        return
    box = st.expander(
        _("Versions of the perimeter"), icon=":material/history:", on_change="rerun", key="scope_versions"
    )
    if not box.open:
        return
    with box:
        headers = [(_("Version"), "num"), (_("Saved"), ""), (_("By"), ""), (_("Rules"), "name")]
        rows = [
            [
                text(item.version),
                text(words.show(item.saved_at)),
                text(item.saved_by),
                "".join(
                    tag("p", text(("+ " if rule.include else "– ") + said.rule_text(words, rule, _labels(here))))
                    for rule in item.rules
                ),
            ]
            for item in versions[:SHOWN_VERSIONS]
        ]
        markup.table(headers, rows, _("Versions of the perimeter"))


def _examples(here: Here, found: Matrix) -> None:
    words = here.words
    _ = words.gettext
    markup.section(_("Examples to start from"))
    for item in templates():
        with st.container(border=True, key=f"example_{item.key}", gap="xsmall"):
            markup.show(
                tag("h3", text(words.label(item)), css="oce-title"),
                tag("p", text(words.description(item)), css="oce-note"),
                *[
                    tag("p", mark("check"), " ", text(said.rule_text(words, rule, _labels(here))), css="oce-note")
                    for rule in item.rules
                ],
            )
            with st.container(horizontal=True, gap="small"):
                _start(here, item, found)
                example.initiative_link(here, item)
            example.objective_links(here, item)


def _start(here: Here, item: Template, found: Matrix) -> None:
    _ = here.words.gettext
    label = _("Use this perimeter")
    if not found.rules:
        if st.button(label, key=f"start_{item.key}", icon=":material/play_arrow:", **here.lock(Right.DEFINE)):
            _do(here, partial(start_from, database(), item))
        return
    with st.popover(label, icon=":material/play_arrow:", **here.lock(Right.DEFINE)):
        st.write(
            _(
                "The rules in force are replaced by those of {example}. They stay in the history of versions.",
                example=literal(here.words.label(item)),
            )
        )
        if st.button(_("Replace the rules"), type="primary", key=f"replace_{item.key}"):
            _do(here, partial(start_from, database(), item))
