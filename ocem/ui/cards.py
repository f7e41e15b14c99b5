"""The card of an objective: verdict, before and after, interval, target, history; all of it one link to its why."""

from dataclasses import replace

import streamlit as st

from ocem.domain.comparison import Comparison
from ocem.evaluation.control_room import Card
from ocem.i18n import Words
from ocem.reporting import comparison as said
from ocem.reporting import note
from ocem.reporting.control_room import frozen_state_text
from ocem.reporting.names import Names
from ocem.reporting.readable import readable
from ocem.reporting.sparkline import sparkline
from ocem.ui import markup, navigation, state
from ocem.ui.markup import mark, tag, text


def objective_card(words: Words, card: Card, body: str) -> None:
    """Draw one card, its body written by `card_body`, into the current container."""
    look = said.verdict_look(words, card.comparison.verdict)
    with st.container(border=True, key=f"card_{look.tone}_{card.objective.key}", gap="xsmall", height="stretch"):
        markup.show(body)
        st.page_link(
            navigation.page_of(words, "objectives"),
            label=words.gettext("Why"),
            icon=":material/arrow_forward:",
            icon_position="right",
            help="",
            query_params=state.link(objective=card.objective.key),
        )


def card_body(words: Words, card: Card, names: Names) -> str:
    """Write what a card says, as markup."""
    card = replace(card, comparison=readable(card.comparison))
    comparison, objective = card.comparison, card.objective
    subject = words.label(objective)
    look = said.verdict_look(words, comparison.verdict)
    parts = [
        markup.verdict_line(look),
        tag("h3", text(subject), css="oce-title"),
        _where(words, card, names),
    ]
    parts += _silence(words, comparison, names) if said.is_silent(comparison) else _numbers(words, comparison)
    drawing = sparkline(words, comparison, subject)
    parts.append(markup.picture(drawing, words.gettext("Weekly history of {subject}", subject=subject), "oce-spark"))
    parts.append(tag("p", *_foot(words, card), css="oce-foot"))
    return tag("div", *parts, css=f"oce-{look.tone}")


def where(words: Words, card: Card, names: Names) -> str:
    """Say which KPI a card shows, for whom."""
    return f"{said.kpi_text(words, card.comparison, names)} · {names.perimeter(card.objective.perimeter)}"


def _where(words: Words, card: Card, names: Names) -> str:
    shown = where(words, card, names)
    return tag("p", text(shown), css="oce-where", title=shown)


def _numbers(words: Words, comparison: Comparison) -> list[str]:
    before, after = said.window_values(words, comparison)
    change = said.change(words, comparison) or ""
    interval = said.change_interval(words, comparison) or ""
    return [
        tag(
            "p",
            tag("span", text(before), css="was"),
            tag("span", "→", css="to"),
            text(after),
            css="oce-values",
        ),
        tag("p", tag("b", text(change)), " ", text(words.gettext("against expectation")), css="oce-change"),
        tag("p", text(words.gettext("95%: {interval}", interval=interval)), css="oce-change"),
        markup.gauge_strip(words, comparison),
    ]


def _silence(words: Words, comparison: Comparison, names: Names) -> list[str]:
    reasons = " ".join(note.sentences(words, comparison.reasons, comparison.unit, names))
    return [tag("p", text(reasons), css="oce-why")]


def _foot(words: Words, card: Card) -> list[str]:
    parts = []
    grade = said.grade_text(words, card.comparison)
    if grade:
        parts.append(tag("span", text(grade), title=said.grade_help(words)))
    target = said.target_text(words, card.comparison)
    if target and not said.is_silent(card.comparison):
        parts.append(tag("span", text(target)))
    frozen = frozen_state_text(words, card.frozen_state)
    shape = "lock" if card.frozen_state == "ex_ante" else "open"
    css = "" if card.frozen_state == "ex_ante" else "missing"
    parts.append(tag("span", mark(shape), text(frozen), css=css))
    return parts
