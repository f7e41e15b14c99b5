"""All objectives, one line each, every line a link to its detail."""

from dataclasses import replace

import streamlit as st

from ocem.domain.objective import Objective
from ocem.evaluation.control_room import Card, control_room
from ocem.reporting import comparison as said
from ocem.reporting.control_room import frozen_state_text
from ocem.reporting.names import macro_objective_word
from ocem.reporting.readable import readable
from ocem.ui import empty, example, markup, navigation, state
from ocem.ui.cards import where
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text


def show(here: Here, objectives: list[Objective], unknown: str | None = None) -> None:
    """Draw the list."""
    _ = here.words.gettext
    count = here.words.ngettext("{n} objective", "{n} objectives", len(objectives))
    limits = here.names.limits(here.view.perimeter())
    markup.head(_("Objectives"), " · ".join(part for part in (count, limits) if part))
    if unknown:
        st.warning(_("No objective is called {key}.", key=markup.literal(unknown)), icon=":material/search_off:")
    st.page_link(
        navigation.page_of(here.words, "objectives"),
        label=_("New objective"),
        icon=":material/add:",
        help="",
        query_params=state.link(edit="new"),
    )
    slot = st.container(gap="small")
    with slot.skeleton(height=360):
        room = ask(control_room, here.view)
    with slot:
        if not room.cards:
            if objectives:
                empty.nothing_in_view(here)
            else:
                markup.show(
                    tag("p", text(_("No objective has been defined yet.")), css="oce-headline"),
                    tag(
                        "p",
                        text(
                            _(
                                "An objective says which KPI should move, for whom, by how much and until when. "
                                "Define it and freeze its baseline before the go-live. Start from one of these, or "
                                "from nothing."
                            )
                        ),
                        css="oce-note",
                    ),
                )
                example.start_here(here, "objectives")
            return
        for card in room.cards:
            _row(here, card)


def _row(here: Here, card: Card) -> None:
    words = here.words
    card = replace(card, comparison=readable(card.comparison))
    look = said.verdict_look(words, card.comparison.verdict)
    with st.container(border=True, key=f"card_{look.tone}_row_{card.objective.key}", gap="xxsmall"):
        markup.show(
            tag(
                "div",
                tag("div", markup.verdict_line(look), _below_verdict(here, card), css="cell"),
                tag(
                    "div",
                    tag("h3", text(words.label(card.objective)), css="oce-title"),
                    tag("p", text(where(words, card, here.names)), css="oce-where"),
                    css="cell wide",
                ),
                tag("div", *_figures(here, card), css="cell"),
                tag("div", *_facts(here, card), css="cell oce-note"),
                css=f"oce-row oce-{look.tone}",
            )
        )
        st.page_link(
            navigation.page_of(words, "objectives"),
            label=words.gettext("Open"),
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params=state.link(objective=card.objective.key),
        )


def _below_verdict(here: Here, card: Card) -> str:
    grade = said.grade_text(here.words, card.comparison)
    return tag("p", text(grade or ""), css="oce-note")


def _figures(here: Here, card: Card) -> list[str]:
    numbers = said.before_after(here.words, card.comparison)
    if numbers is None:
        return [tag("p", "–", css="oce-values")]
    change = said.change(here.words, card.comparison) or ""
    interval = said.change_interval(here.words, card.comparison) or ""
    return [
        tag("p", text(numbers), css="oce-values"),
        tag("p", tag("b", text(change)), " ", text(f"({interval})"), css="oce-change"),
    ]


def _facts(here: Here, card: Card) -> list[str]:
    shape = "lock" if card.frozen_state == "ex_ante" else "open"
    macro = macro_objective_word(here.words, card.objective.macro_objective)
    target = said.target_text(here.words, card.comparison)
    frozen = frozen_state_text(here.words, card.frozen_state)
    return [
        tag("p", text(" · ".join(part for part in (target, macro) if part))),
        tag("p", mark(shape), " ", text(frozen), css="" if card.frozen_state == "ex_ante" else "missing"),
    ]
