"""One item of the agenda: sentence, chart, what stands near it, what it is mixed from, and what the room says."""

from datetime import date

import streamlit as st

from ocem.domain.review import ReviewItem
from ocem.reporting import agenda
from ocem.reporting import review as said
from ocem.reporting.comparison import VerdictLook
from ocem.reporting.names import dimension_word
from ocem.ui import markup, number_box, state
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.review_form import ACTION, DECISION, action_form, decision_form, open_form, toggle_form
from ocem.ui.review_picture import control_picture
from ocem.ui.review_write import Desk, line, of_this_run

MOST_EVENTS = 4


def look_of(here: Here, item: ReviewItem) -> VerdictLook:
    """Return word, mark and tone of an item's signal."""
    _ = here.words.gettext
    if item.improvement is None:
        return VerdictLook(_("signal of change"), "question", "open")
    if item.improvement:
        return VerdictLook(_("signal of improvement"), "check", "good")
    return VerdictLook(_("signal of worsening"), "alert", "bad")


def show(here: Here, item: ReviewItem, at: Desk | None) -> None:
    """Draw one item; without a desk nothing can be written."""
    look = look_of(here, item)
    with st.container(border=True, key=f"panel_item_{_key(item)}", gap="small"):
        heading(here, item, look)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            markup.show(control_picture(here, item))
        with right:
            _beside(here, item)
        if at is not None:
            written(here, item, at)


def aside(here: Here, item: ReviewItem) -> None:
    """Draw a figure that stands out inside its limits as one line; its chart on demand."""
    words = here.words
    line = words.gettext(
        "{rank} · to watch, still inside its limits: {sentence}",
        rank=item.rank,
        sentence=agenda.item_sentence(words, item),
    )
    box = st.expander(markup.literal(line), on_change="rerun", key=f"aside_{_key(item)}")
    if box.open:
        with box:
            markup.show(tag("p", text(method_line(here, item)), css="oce-note"))
            markup.show(control_picture(here, item))
            markup.show(tag("div", events_list(here, item), css="oce-beside"))


def heading(here: Here, item: ReviewItem, look: VerdictLook) -> None:
    """Write the item's sentence and, smaller, how it is charted."""
    words = here.words
    rank = tag("span", text(item.rank), css="oce-rank") if item.rank else ""
    sentence = agenda.item_sentence(words, item)
    sentence = sentence.rsplit(" (", 1)[0] if item.improvement is not None and item.signals else sentence
    markup.show(
        tag(
            "div",
            rank,
            tag(
                "div",
                tag("p", mark(look.mark), tag("span", text(_first_upper(look.word))), css="oce-verdict"),
                tag("p", text(f"{sentence}."), css="oce-say"),
                tag("p", text(method_line(here, item)), css="oce-note oce-typed" if item.rebased else "oce-note"),
                css="cell wide",
            ),
            css=f"oce-item oce-{look.tone}",
        )
    )


def _first_upper(word: str) -> str:
    return word[:1].upper() + word[1:]


def method_line(here: Here, item: ReviewItem) -> str:
    """Say how the item is charted, how firm its limits are, and whether the target will be met by luck."""
    words = here.words
    _ = words.gettext
    parts = [agenda.chart_text(words, item), _("limits {state}", state=agenda.limits_text(words, item))]
    if item.assurance:
        parts.append(_("target: {word}", word=agenda.assurance_word(words, item)))
    if item.autocorrelation is not None and item.autocorrelation >= 0.3:
        parts.append(
            _("each week resembles the one before ({value})", value=words.number(item.autocorrelation, 1, signed=True))
        )
    if item.objective:
        parts.append(_("objective: {name}", name=words.label(item.objective)))
    return " · ".join(parts)


def _beside(here: Here, item: ReviewItem) -> None:
    words = here.words
    _ = words.gettext
    parts = []
    whole = said.mixed_whole(words, item)
    mixed = [
        (dimension_word(words, dimension), told)
        for dimension in ("segment", "touchpoint")
        if (told := said.mixed_from(words, item, dimension))
    ]
    if mixed:
        parts.append(tag("h3", text(_("What it is mixed from"))))
        parts.append(tag("p", text(whole), css="oce-note"))
        parts.append(
            tag("dl", *[tag("dt", text(name)) + tag("dd", text(told)) for name, told in mixed], css="oce-pairs")
        )
    parts.append(tag("h3", text(_("What stands near it"))))
    parts.append(events_list(here, item))
    markup.show(tag("div", *parts, css="oce-beside"))


def events_list(here: Here, item: ReviewItem) -> str:
    """Write the newest events near an item, with the numbers they bear on the chart."""
    words = here.words
    _ = words.gettext
    numbers = {event.key: number for number, event in agenda.drawn_events(item)}
    soon = [event for event in item.events if event.key in numbers or _is_recent(item, event.last)]
    rows = []
    for event in sorted(soon, key=lambda event: event.first, reverse=True)[:MOST_EVENTS]:
        number = numbers.get(event.key)
        what = f"{agenda.event_kind_word(words, event.kind)}: {words.label(event)}"
        name = text(what)
        if event.url:
            query = state.link(show=event.key, kpi=item.kpi.key)
            address = "events?" + "&".join(f"{key}={value}" for key, value in query.items())
            name = tag("a", text(what), href=address, target="_self")
        rows.append(
            tag(
                "li",
                tag("b", text(number), css="oce-number") if number else mark("gap"),
                tag("span", name),
                tag("span", text(words.span(event.first, event.last)), css="right"),
            )
        )
    if not rows:
        return tag("p", text(_("Nothing is written down near it.")), css="oce-note")
    return tag("ul", *rows, css="oce-list oce-open")


def _is_recent(item: ReviewItem, last: date) -> bool:
    return bool(item.series) and (item.series[-1].first - last).days <= 42


@st.fragment
def written(here: Here, item: ReviewItem, at: Desk) -> None:
    """What the room says about an item: a note, a decision, an action; the numbers behind it on demand."""
    words = here.words
    _ = words.gettext
    at = of_this_run(at)
    if not at.is_open:
        told = at.text(item.key, "note")
        if told:
            markup.show(tag("p", tag("b", text(_("Note"))), " ", tag("span", text(told), css="oce-typed")))
    if at.is_open:
        with st.container(
            horizontal=True, vertical_alignment="bottom", gap="small", key=f"written_{at.key(item.key, 'row')}"
        ):
            _note(here, item, at)
            for form, label, icon in (
                (DECISION, _("Decide"), ":material/gavel:"),
                (ACTION, _("Assign"), ":material/assignment_ind:"),
            ):
                key = at.key(item.key, f"open_{form}")
                st.button(label, icon=icon, key=key, on_click=toggle_form, args=(at, item.key, form))
        _form(item, at)
    box = st.expander(
        _("Six weeks, twelve months, contributions"), on_change="rerun", key=at.key(item.key, "open_numbers")
    )
    if box.open:
        with box:
            contributions_table(here, item)
            if item.numbers is not None and item.numbers.has_values:
                number_box.draw(here, item.numbers, key=_key(item))


def _form(item: ReviewItem, at: Desk) -> None:
    """Draw the form that was asked for below the note, in the page: a floating one would not stay in view."""
    form = open_form(at, item.key)
    if form is None:
        return
    with st.container(border=True, key=f"asked_{at.key(item.key, 'form')}"):
        if form == DECISION:
            decision_form(at, item.key, item.kpi.key, item.perimeter)
        else:
            action_form(at, item.key)


def _note(here: Here, item: ReviewItem, at: Desk) -> None:
    _ = here.words.gettext
    with st.container(width="stretch"):
        line(at, item.key, "note", _("Note"), placeholder=_("The cause, or that it is being looked into"))


def contributions_table(here: Here, item: ReviewItem) -> None:
    """Draw what each segment and touchpoint brought, mix against rate."""
    words = here.words
    _ = words.gettext
    for dimension in ("segment", "touchpoint"):
        parts = [part for part in item.contributions if part.dimension == dimension]
        if not parts:
            continue
        has_mix = any(part.mix for part in parts)
        headers = [(dimension_word(words, dimension), "name"), (_("Usual"), "num"), (_("This week"), "num")]
        headers += [(_("Mix"), "num"), (_("Own change"), "num")] if has_mix else []
        headers += [(_("Contribution"), "num")]
        rows = []
        for part in sorted(parts, key=lambda part: -abs(part.total)):
            told = said.contribution_values(words, item, part)
            cells = ["name", "before", "now", *(["mix", "rate"] if has_mix else []), "total"]
            rows.append([text(told[cell]) for cell in cells])
        markup.table(headers, rows, _("Contributions by {dimension}", dimension=dimension_word(words, dimension)))


def _key(item: ReviewItem) -> str:
    return item.key.replace("/", ".")
