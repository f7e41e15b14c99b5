"""What each touchpoint that was opened or changed did to the others."""

import streamlit as st

from ocem.domain.displacement import Displacement, ShiftPart
from ocem.domain.fact import FactKind
from ocem.evaluation.displacement import displacements
from ocem.evaluation.view import View
from ocem.reporting import displacement as said
from ocem.reporting import note
from ocem.reporting.names import dimension_word
from ocem.ui import markup, navigation, state, why_figures
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text

PLOTLY = {"displayModeBar": False}


def displacement_page(here: Here) -> None:
    """Draw the page: one touchpoint at a time, the one with a verdict first."""
    words = here.words
    _ = words.gettext
    view = View(segments=here.view.segments)
    slot = st.container()
    with slot.skeleton(height=480):
        found = ask(displacements, None, view)
    with slot:
        markup.head(_("Displacement between touchpoints"), here.names.limits(view.perimeter()))
        if not found:
            markup.show(
                tag(
                    "p",
                    text(_("No initiative says which touchpoint it opened or changed, so there is nothing to judge.")),
                    css="oce-headline",
                )
            )
            st.page_link(
                navigation.page_of(words, "objectives"), label=_("Objectives"), icon=":material/target:", help="",
                query_params=state.link(),
            )  # fmt: skip
            return
        chosen = _choose(here, found)
        _statement(here, chosen)
        if chosen.here is None:
            return
        with st.container(border=True, key="panel_shift_figures"):
            markup.figures(said.figures(words, chosen))
        _history(here, chosen)
        _parts(here, chosen)
        _after(here, chosen)
        facts = (FactKind.INTERACTION, FactKind.SALE, FactKind.COST)
        lines = [said.windows_text(words, chosen, here.names)]
        why_figures.show(here, "displacement_why", said.made_of(words), lines, facts)


def _choose(here: Here, found: list[Displacement]) -> Displacement:
    if len(found) == 1:
        return found[0]
    names = {f"{item.touchpoint}.{item.initiative}": item for item in found}
    asked = state.own("touchpoint")
    default = next((key for key, item in names.items() if item.touchpoint == asked), next(iter(names)))
    key = st.segmented_control(
        dimension_word(here.words, "touchpoint"),
        list(names),
        default=default,
        format_func=lambda name: here.names.member("touchpoint", names[name].touchpoint),
        required=True,
        label_visibility="collapsed",
        key="displacement_touchpoint",
    )
    chosen = names[str(key)]
    state.set_own("touchpoint", chosen.touchpoint if key != next(iter(names)) else None)
    return chosen


def _statement(here: Here, found: Displacement) -> None:
    words, names = here.words, here.names
    look = said.verdict_look(words, found.verdict)
    lines = [tag("p", text(said.sentence(words, found, names)), css="say")]
    if found.here is not None:
        lines.append(tag("p", text(said.windows_text(words, found, names)), css="oce-note"))
    reasons = note.sentences(words, found.reasons, "count", names)
    lines += [tag("p", text(item), css="say") for item in reasons]
    warnings = note.sentences(words, found.warnings, "count", names)
    markup.statement(look.mark, look.tone, look.word, lines, warnings)


def _history(here: Here, found: Displacement) -> None:
    words = here.words
    _ = words.gettext
    with st.container(border=True, key="panel_shift_history"):
        markup.section(_("Contacts that customers began, week by week"))
        st.plotly_chart(
            said.history(words, found),
            key="shift_history",
            config=PLOTLY,
            alt=_("Weekly contacts elsewhere, expected and seen, and interactions here"),
        )


def _parts(here: Here, found: Displacement) -> None:
    words, names = here.words, here.names
    _ = words.gettext
    with st.container(border=True, key="panel_shift_parts"):
        by = st.segmented_control(
            _("Where it moved"),
            ("touchpoint", "reason"),
            default="touchpoint",
            format_func={"touchpoint": _("By touchpoint"), "reason": _("By reason of contact")}.__getitem__,
            required=True,
            key="shift_by",
        )
        shown = found.touchpoints if by == "touchpoint" else found.reasons_of_contact
        labels = [
            said.reason_word(words, item.key)
            if by == "reason" or not item.key
            else names.member("touchpoint", item.key)
            for item in shown
        ]
        if any(item.change for item in shown):
            st.plotly_chart(
                said.parts(words, shown, labels),
                key=f"shift_parts_{by}",
                config=PLOTLY,
                alt=_("Change of contacts a week in each part, with interval"),
            )
        _part_table(here, shown, labels)
        st.caption(_("The parts add up to the change elsewhere; the gap left by estimating each alone is shared out."))


def _part_table(here: Here, shown: tuple[ShiftPart, ...], labels: list[str]) -> None:
    words = here.words
    _ = words.gettext
    headers = [
        ("", "name"),
        (_("Seen, a week"), "num"),
        (_("Change, a week"), "num"),
        (_("Change in percent"), "num"),
        (_("Gone for each one here"), "num"),
    ]
    rows = []
    for item, label in zip(shown, labels, strict=True):
        why = note.sentence(words, item.refused, "count", here.names) if item.refused else ""
        rows.append(
            [
                text(label) + (tag("small", text(why)) if why else ""),
                text(words.number(item.weekly)),
                text(said.amount(words, item.change)),
                text(said.percent(words, item.relative)),
                text(said.amount(words, item.share, 2)),
            ]
        )
    markup.table(headers, rows, _("Change in each part"), stacks=True)


def _after(here: Here, found: Displacement) -> None:
    words = here.words
    lines = [said.handling_text(words, found.handling), said.repeat_text(words, found.repeat)]
    lines = [line for line in lines if line]
    if not lines:
        return
    with st.container(border=True, key="panel_shift_after"):
        markup.section(words.gettext("The contacts that remain"))
        markup.show(*[tag("p", text(line)) for line in lines])
