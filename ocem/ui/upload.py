"""The upload page's files that wait: each with how it was read, then registered or set aside."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import streamlit as st

from ocem.domain.access import Right
from ocem.errors import OcemError
from ocem.intake.importing import Preview
from ocem.reporting import batch as said
from ocem.ui import desk, markup
from ocem.ui.guard import Here
from ocem.ui.priority import step_back
from ocem.ui.upload_preview import found

LONG_FILE = 20 * 1024 * 1024


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
    step_back()
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
            found(here, item, item.found)
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
