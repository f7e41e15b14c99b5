"""How a file on the desk was read: counts, notes, questions, rows as they are and as they were read, days."""

from functools import partial

import streamlit as st

from ocem.domain.batch import Question, Receipt, SourceProfile
from ocem.domain.fact import FACT_FIELDS
from ocem.intake.evidence import answer_key
from ocem.intake.importing import Preview
from ocem.reporting import batch as said
from ocem.ui import desk, markup
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text
from ocem.ui.upload_mapping import mapping, values

SHOWN_DAYS = 400
TALLY = (
    ("accepted", "good"),
    ("updated", "unknown"),
    ("unchanged", "still"),
    ("rejected", "bad"),
    ("skipped", "silent"),
)


def found(here: Here, item: desk.File, found: Preview) -> None:
    """Draw what is known of a file before anything is stored."""
    words = here.words
    _ = words.gettext
    profile = item.profile or found.profile
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _questions(here, item, found.receipt.needs_decision)
        if profile is not None:
            markup.show(
                tag(
                    "p", text(said.recognition_text(words, profile, found.recognised, found.confidence)), css="oce-note"
                ),
                _differences(here, found) if found.receipt.needs_decision else "",
                _tally(here, found.receipt) if not found.receipt.needs_decision else "",
                notes(here, found.receipt),
            )
            if not desk.brings_news(found) and not found.receipt.needs_decision and found.receipt.rows_read:
                st.info(_("Nothing new: every row of this file is already there."), icon=":material/done:")
    with right:
        detected = said.detected_rows(words, found.receipt.detected)
        if detected:
            rows = [
                tag("li", tag("span", text(name)), tag("span", text(value), css="right"))
                for name, value in detected.items()
            ]
            markup.show(
                tag("h3", text(_("How it was read")), css="oce-panel-title"), tag("ul", *rows, css="oce-list pairs")
            )
    if profile is not None and found.values:
        values(here, item, found, profile)
    if profile is not None and found.peek is not None:
        _peek(here, found, profile)
        _days(here, found)
    if found.header and profile is not None:
        mapping(here, item, found, profile)


def _tally(here: Here, receipt: Receipt) -> str:
    total = max(receipt.rows_read, 1)
    bars = [
        tag("i", css=f"oce-tone-{tone}", style=f"width:{100 * getattr(receipt, name) / total:.2f}%")
        for name, tone in TALLY
        if getattr(receipt, name)
    ]
    days = here.words.span(receipt.first_day, receipt.last_day) if receipt.first_day else ""
    return (
        tag("p", text(said.outcome_sentence(here.words, receipt)), css="oce-outcome")
        + tag("div", *bars, css="oce-tally", aria_hidden="true")
        + (tag("p", text(days), css="oce-note") if days else "")
    )


def notes(here: Here, receipt: Receipt) -> str:
    """Write what was noticed in a file: warnings, refused rows by reason, classes of skipped lines, new words."""
    words = here.words
    rows = [
        tag("li", mark("alert"), tag("span", text(item)), css="oce-open")
        for item in said.warning_texts(words, receipt.warnings)
    ]
    rows += [
        tag("li", mark("ban"), tag("span", text(item)), css="oce-bad")
        for item in said.reject_texts(words, receipt.rejects)
    ]
    rows += [
        tag("li", mark("gap"), tag("span", text(item)), css="oce-silent")
        for item in said.skip_texts(words, receipt.skips)
    ]
    rows += [
        tag("li", mark("question"), tag("span", text(item)), css="oce-unknown")
        for item in said.proposed_texts(words, receipt.proposed_members)
    ]
    return tag("ul", *rows, css="oce-list") if rows else ""


def _questions(here: Here, item: desk.File, questions: tuple[Question, ...]) -> None:
    """Ask what the data cannot decide; the answers are read at once and kept with the source."""
    if not questions:
        return
    _ = here.words.gettext
    answers = dict(item.answers)
    for index, question in enumerate(questions):
        key = answer_key(question.field, question.kind)
        name = f"ask_{item.upload}_{index}"
        asked = markup.literal(said.question_sentence(here.words, question))
        if question.choices:
            chosen = st.radio(
                asked,
                list(question.choices),
                index=None,
                format_func=partial(_choice, here, question),
                key=name,
            )
        elif question.kind == "no_date":
            day = st.date_input(asked, value=None, format="DD/MM/YYYY", key=name)
            chosen = day.isoformat() if day else None
        else:
            chosen = st.text_input(asked, key=name) or None
        if chosen:
            answers[key] = str(chosen)
    if st.button(_("Continue"), type="primary", key=f"answer_{item.upload}", disabled=answers == item.answers):
        desk.change(item, answers=answers, found=None)
        st.rerun()


def _choice(here: Here, question: Question, choice: str) -> str:
    return markup.literal(said.choice_text(here.words, question, choice))


def _peek(here: Here, found: Preview, profile: SourceProfile) -> None:
    """Show the first rows as they will be stored."""
    assert found.peek is not None
    words = here.words
    names = [name for name in profile.fields if any(name in row for row in found.peek.typed.values())]
    types = {item.name: str(item.type) for item in FACT_FIELDS[profile.fact]}
    headers = [(words.gettext("Line"), "num")] + [
        (said.field_word(words, name), "num" if types.get(name) in said.NUMBERS else "") for name in names
    ]
    rows = [
        [text(line), *[text(said.typed_text(words, row.get(name), types.get(name, ""))) for name in names]]
        for line, row in ((line, found.peek.typed.get(line)) for line, _raw in found.peek.raw)
        if row is not None
    ]
    if rows:
        markup.table(headers, rows, words.gettext("First rows as they will be stored"))


def _differences(here: Here, found: Preview) -> str:
    """Say how the columns have changed beside the questions this raises; without questions the notes say it."""
    said_so = said.difference_texts(here.words, found.difference)
    rows = [tag("li", mark("alert"), tag("span", text(item)), css="oce-open") for item in said_so]
    return tag("ul", *rows, css="oce-list") if rows else ""


def _days(here: Here, found: Preview) -> None:
    """Show rows and amounts a day, to be held against the system that wrote the file."""
    assert found.peek is not None
    words = here.words
    _ = words.gettext
    rows = said.day_rows(words, found.peek, found.peek.sums)
    if not rows:
        return
    with st.expander(_("Rows and amounts per day"), icon=":material/calendar_month:"):
        headers = [(_("Day"), ""), (_("Rows"), "num")]
        headers += [(said.field_word(words, name), "num") for name in found.peek.sums]
        total = [_("In total"), words.show(sum(n_rows for _day, n_rows in found.peek.days))]
        total += [words.number(float(value), 2) for value in found.peek.sums.values()]
        shown = [[text(cell) for cell in row] for row in (total, *rows[:SHOWN_DAYS])]
        markup.table(headers, shown, _("Rows and amounts per day"))
        if len(rows) > SHOWN_DAYS:
            st.caption(_("The first {n} days are shown.", n=SHOWN_DAYS))
