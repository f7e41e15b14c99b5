"""The upload page's parts: the file that is looked at, its questions, its mapping, receipts, history and undo."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.batch import Question, Receipt, SourceProfile
from ocem.domain.fact import FACT_FIELDS, FactKind
from ocem.domain.perimeter import Dimension, Member
from ocem.errors import OcemError
from ocem.evaluation.conversion import conversion_by_touchpoint
from ocem.evaluation.view import View
from ocem.i18n import Words
from ocem.intake.choosing import SURE_ENOUGH
from ocem.intake.evidence import answer_key
from ocem.intake.importing import Preview
from ocem.intake.rejects import rejects_file, safe_cell
from ocem.reporting import batch as said
from ocem.store.batch import BatchRecord, list_batches, rejects_of, repeats_of, undo
from ocem.store.database import Database
from ocem.store.member import list_members
from ocem.store.profile import load_profiles
from ocem.ui import desk, markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

BATCHES_A_PAGE = 10
SHOWN_REJECTS = 200
SHOWN_DAYS = 400
LONG_FILE = 20 * 1024 * 1024
TALLY = (
    ("accepted", "good"),
    ("updated", "unknown"),
    ("unchanged", "still"),
    ("rejected", "bad"),
    ("skipped", "silent"),
)


# The files that wait


def waiting_files(here: Here) -> None:
    """Draw the files on the desk: a word for each, and the first one opened."""
    waiting = desk.files()
    if not waiting:
        return
    _ = here.words.gettext
    with st.spinner(_("Reading the files")):
        looked = [_look(here, item) for item in waiting]
    ready = [item for item in looked if item.is_ready]
    if len(ready) > 1:
        label = here.words.ngettext("Register {n} file", "Register all {n} files", len(ready))
        if st.button(label, type="primary", icon=":material/done_all:", key="register_all", **here.lock(Right.IMPORT)):
            _register(here, ready)
    for item in looked:
        _file_panel(here, item, is_alone=len(looked) == 1)


def _look(here: Here, item: desk.File) -> desk.File:
    """Look at a file; a long one shows how far the reading is and can be set aside meanwhile."""
    if item.found is not None or item.path.stat().st_size < LONG_FILE:
        return desk.look(item)
    with _told(here, item, partial(desk.dismiss, item)) as told:
        return desk.look(item, told.show)


@contextmanager
def _told(here: Here, item: desk.File, on_cancel: Callable[[], None] = lambda: None) -> Iterator["_Told"]:
    """Show how far the work on a file is, with a button that stops it: a click ends the running script."""
    place = st.empty()
    with place.container(key=f"working_{item.upload}"):
        bar = st.progress(0.0)
        st.button(
            here.words.gettext("Cancel"), icon=":material/close:", key=f"cancel_{item.upload}", on_click=on_cancel
        )
    yield _Told(here, item.path.name, bar, time.monotonic())
    place.empty()


@dataclass(frozen=True)
class _Told:
    """Says how far the work on a file is and how long it will still take, from when it began."""

    here: Here
    name: str
    bar: Any
    began: float

    def show(self, share: float, what: str, n_rows: int) -> None:
        """Move the bar; here the script ends if something was clicked."""
        words = self.here.words
        share = min(max(share, 0.0), 1.0)
        parts = [markup.literal(self.name), words.gettext(what), words.percent(share, 0)]
        if n_rows:
            parts.append(words.ngettext("{n} row", "{n} rows", n_rows))
        if share >= 0.05:
            parts.append(said.time_left(words, (time.monotonic() - self.began) * (1 - share) / share))
        self.bar.progress(share, text=" · ".join(parts))


def _file_panel(here: Here, item: desk.File, is_alone: bool) -> None:
    _ = here.words.gettext
    with st.container(border=True, key=f"panel_file_{item.upload}"):
        markup.section(item.path.name)
        if isinstance(item.found, OcemError):
            st.error(markup.literal(here.words.error(item.found)), icon=":material/block:")
        elif item.found is not None:
            _found(here, item, item.found)
        with st.container(horizontal=True, gap="small"):
            if item.is_ready and isinstance(item.found, Preview):
                count = item.found.receipt.accepted + item.found.receipt.updated
                label = here.words.ngettext("Register {n} row", "Register {n} rows", count)
                kind: Literal["primary", "secondary"] = "primary" if is_alone else "secondary"
                lock = here.lock(Right.IMPORT)
                if st.button(label, type=kind, icon=":material/check:", key=f"register_{item.upload}", **lock):
                    _register(here, [item])
            st.button(
                _("Set aside"),
                icon=":material/close:",
                type="tertiary",
                key=f"dismiss_{item.upload}",
                on_click=desk.pass_over if _repeats_only(item) else desk.dismiss,
                args=(item,),
            )


def _repeats_only(item: desk.File) -> bool:
    """Say whether a file holds nothing but rows that are stored already."""
    found = item.found
    if not isinstance(found, Preview) or found.receipt.needs_decision:
        return False
    return bool(found.receipt.unchanged) and not desk.brings_news(found)


def _register(here: Here, items: list[desk.File]) -> None:
    for item in items:
        with _told(here, item) as told:
            try:
                desk.register(item, told.show)
            except OcemError as error:
                desk.change(item, found=error)
    st.rerun()


def _found(here: Here, item: desk.File, found: Preview) -> None:
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
                _notes(here, found.receipt),
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
        _values(here, item, found, profile)
    if profile is not None and found.peek is not None:
        _peek(here, found, profile)
        _days(here, found)
    if found.header and profile is not None:
        _mapping(here, item, found, profile)


def _tally(here: Here, receipt: Receipt) -> str:
    total = max(receipt.rows_read, 1)
    bars = [
        tag("i", css=f"oce-tone-{tone}", style=f"width:{100 * getattr(receipt, name) / total:.2f}%")
        for name, tone in TALLY
        if getattr(receipt, name)
    ]
    days = here.words.span(receipt.first_day, receipt.last_day) if receipt.first_day else ""
    return (
        tag("p", text(said.outcome_sentence(here.words, receipt)))
        + tag("div", *bars, css="oce-tally", aria_hidden="true")
        + (tag("p", text(days), css="oce-note") if days else "")
    )


def _notes(here: Here, receipt: Receipt) -> str:
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


def _values(here: Here, item: desk.File, found: Preview, profile: SourceProfile) -> None:
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


def _mapping(here: Here, item: desk.File, found: Preview, profile: SourceProfile) -> None:
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
            chosen = {field.name: _column_of(here, item, found, profile, field.name) for field in FACT_FIELDS[fact]}
        wanted = desk.with_columns(profile, chosen)
        is_same = wanted.fields == profile.fields and label.strip() in ("", profile.label or item.path.stem)
        if st.button(_("Read it this way"), key=f"apply_{item.upload}", disabled=is_same):
            desk.change(item, profile=_labelled(wanted, label), found=None)
            st.rerun()


def _labelled(profile: SourceProfile, label: str) -> SourceProfile:
    return replace(profile, label=label.strip() or profile.label)


def _column_of(here: Here, item: desk.File, found: Preview, profile: SourceProfile, name: str) -> str | None:
    known = profile.fields.get(name)
    options = list(dict.fromkeys(found.header))
    star = " *" if desk.is_required(profile.fact, name) else ""
    chosen = st.selectbox(
        said.field_word(here.words, name) + star,
        options,
        index=options.index(known.column) if known and known.column in options else None,
        placeholder=here.words.gettext("none"),
        key=f"map_{item.upload}_{profile.fact}_{name}",
    )
    return str(chosen) if chosen is not None else None


# Receipts of this session


def receipts(here: Here) -> None:
    """Draw what was registered in this session, and where to go next."""
    done = desk.receipts()
    if not done:
        return
    _ = here.words.gettext
    with st.container(border=True, key="panel_receipts"):
        markup.section(_("Registered"))
        for receipt in done[:5]:
            markup.show(
                tag("p", tag("b", text(receipt.file)), text(f" · {said.outcome_sentence(here.words, receipt)}")),
                _notes(here, receipt),
            )
            if receipt.rejects:
                _rejects_download(here, receipt.batch or 0, receipt)
        with st.container(horizontal=True, gap="small"):
            if ask(conversion_by_touchpoint, View()):
                _next(here, "touchpoints", _("See conversion by touchpoint"), show="conversion")
            _next(here, "touchpoints", _("See the touchpoints"))
            _next(here, "control_room", _("To the control room"))


def _next(here: Here, key: str, label: str, **own: str) -> None:
    page = navigation.page_of(here.words, key)
    st.page_link(
        page,
        label=label,
        icon=":material/arrow_forward:",
        icon_position="right",
        help="",
        query_params=state.link(**own),
    )


def _rejects_download(here: Here, batch: int, receipt: Receipt) -> None:
    label = here.words.ngettext("Download {n} rejected row", "Download {n} rejected rows", receipt.rejected)
    _download(here, batch, receipt.file, label, f"rejects_{batch}_{receipt.sha256[:8]}")


def _download(here: Here, batch: int, file: str, label: str, key: str) -> None:
    name = here.words.gettext("rejected")
    st.download_button(
        label,
        data=partial(_rejected, here, batch),
        file_name=f"{Path(file).stem}-{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        key=key,
        on_click="ignore",
    )


def _rejected(here: Here, batch: int) -> bytes:
    """Return the rejected rows as they came with the reason beside each; only the reasons when the file is gone."""
    words = here.words
    say = partial(said.reject_word, words)
    try:
        return rejects_file(database(), batch, say=say, title=words.gettext("Reason"))
    except OcemError:
        with database().cursor() as con:
            return as_csv(said.reject_rows(words, rejects_of(con, batch)))


def as_csv(rows: list[dict[str, str | int]]) -> bytes:
    """Write rows as Italian spreadsheets open them; text that looks like a formula is disarmed.

    Examples
    --------
    >>> as_csv([{"Riga": 3, "Valore": "=1+1"}]).decode("utf-8-sig").splitlines()
    ['Riga;Valore', "3;'=1+1"]
    """
    if not rows:
        return b""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([safe_cell(value) if isinstance(value, str) else value for value in row.values()])
    return out.getvalue().encode("utf-8-sig")


# History


def history(here: Here) -> None:
    """Draw every upload, newest first, with its rejects and its undo."""
    with database().cursor() as con:
        batches = sorted(list_batches(con), key=lambda item: -item.id)
    _ = here.words.gettext
    markup.section(_("Uploads so far"))
    if not batches:
        st.caption(_("No file has been registered yet."))
        return
    profiles = ask(profiles_by_key)
    pages = -(-len(batches) // BATCHES_A_PAGE)
    page = st.session_state.get("history_page", 1) if pages > 1 else 1
    for item in batches[(page - 1) * BATCHES_A_PAGE : page * BATCHES_A_PAGE]:
        _batch_row(here, item, profiles.get(item.source))
    if pages > 1:
        st.pagination(pages, key="history_page")


def profiles_by_key(store: Database) -> dict[str, SourceProfile]:
    """Return the source profiles in force."""
    with store.cursor() as con:
        return {profile.key: profile for profile in load_profiles(con)}


def _batch_row(here: Here, item: BatchRecord, profile: SourceProfile | None) -> None:
    words = here.words
    _ = words.gettext
    is_live = item.status == "live"
    with st.container(
        border=True, key=f"panel_batch_{item.id}", horizontal=True, vertical_alignment="center", gap="small"
    ):
        name = tag("p", tag("b", text(f"{item.id} · {item.file}")))
        origin = tag("p", text(said.batch_text(words, item, profile)), css="oce-note")
        brought = said.counts_text(words, item) if is_live else _("undone")
        counts = tag("p", text(brought), css="oce-note")
        markup.show(tag("div", tag("div", name, origin), counts, css="oce-batch" if is_live else "oce-batch undone"))
        if item.rejected:
            with st.popover(words.ngettext("{n} row rejected", "{n} rows rejected", item.rejected), type="tertiary"):
                _batch_rejects(here, item)
        if is_live:
            with st.popover(_("Undo"), icon=":material/undo:", type="tertiary", **here.lock(Right.IMPORT)):
                st.write(_("Takes this upload out again; what it had replaced comes back. Nothing else changes."))
                _repeats(here, item)
                if st.button(_("Undo upload {batch}", batch=item.id), key=f"undo_{item.id}", type="primary"):
                    _undo(here, item)


def _repeats(here: Here, item: BatchRecord) -> None:
    """Name the files that carried rows of a batch too and left no batch of their own: its undo takes them out."""
    with database().cursor() as con:
        found = repeats_of(con, item.id)
    for repeat in found:
        told = here.words.ngettext(
            "{file} also carried {n} of its rows and brought nothing new. Load it again if that row is to stay.",
            "{file} also carried {n} of its rows and brought nothing new. Load it again if those rows are to stay.",
            repeat.n_rows,
            file=repeat.file,
        )
        st.caption(markup.literal(told))


def _batch_rejects(here: Here, item: BatchRecord) -> None:
    with database().cursor() as con:
        found = rejects_of(con, item.id)
    rows = said.reject_rows(here.words, found)
    markup.table(
        [(name, "") for name in rows[0]] if rows else [],
        [[text(value) for value in row.values()] for row in rows[:SHOWN_REJECTS]],
        here.words.gettext("Rejected rows"),
    )
    _download(here, item.id, item.file, here.words.gettext("Download them all"), f"download_{item.id}")


def _undo(here: Here, item: BatchRecord) -> None:
    try:
        undo(database(), item.id)
    except OcemError as error:
        st.error(here.words.error(error))
        return
    st.session_state["_receipts"] = [done for done in desk.receipts() if done.batch != item.id]
    st.toast(here.words.gettext("Upload {batch} is undone.", batch=item.id), icon=":material/undo:")
    st.rerun()
