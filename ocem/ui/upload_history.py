"""Receipts of what was just registered, and all uploads so far, each with its refused rows and its undo."""

import csv
import io
from functools import partial
from pathlib import Path

import streamlit as st

from ocem.domain.access import Right
from ocem.domain.batch import Receipt, SourceProfile
from ocem.errors import OcemError
from ocem.evaluation.conversion import conversion_by_touchpoint
from ocem.evaluation.view import View
from ocem.intake.rejects import rejects_file, safe_cell
from ocem.reporting import batch as said
from ocem.store.batch import BatchRecord, list_batches, rejects_of, repeats_of, undo
from ocem.store.database import Database
from ocem.store.profile import load_profiles
from ocem.ui import desk, markup, navigation, state
from ocem.ui.database import ask, database
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text
from ocem.ui.upload_preview import notes

BATCHES_A_PAGE = 10
SHOWN_REJECTS = 200


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
                notes(here, receipt),
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
        return rejects_file(database(), batch, say=say, title=words.gettext("Why rejected"))
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
        called = f"{item.id} · {item.file}" if here.person.grant.whole else f"{item.id}"
        name = tag("p", tag("b", text(called)))
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
