"""Two people at the same form: who saves second sees what changed, and nothing is overwritten silently.

A form calls `opened` where it begins, and saves inside `unchanged`. The version that was shown when the form was opened
is kept while the form stays on the page. After a refusal the newer version counts as seen: a second save is meant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from ocem.errors import Conflict
from ocem.reporting import seen as said
from ocem.store import access
from ocem.store.seen import Seen, expecting, mark, restated
from ocem.ui.database import catch_up, database, is_behind
from ocem.ui.guard import Here

_KEPT, _RUN = "_seen", "_run"


def opened(table: str, key: str | None) -> None:
    """Remember which version of a thing a form shows, from the run in which it was opened on; new things have none."""
    if not key:
        return
    kept, run = _kept(), int(st.session_state.get(_RUN, 0))
    known = kept.get((table, key))
    if known is None or known[1] < run - 1:
        found = _mark(table, key)
        if is_behind():
            catch_up()  # saved since this run began: what the form is about to show may be older than the mark
        known = (found, run)
    kept[table, key] = (known[0], run)


@contextmanager
def unchanged(here: Here, table: str, key: str) -> Iterator[None]:
    """Save inside: refused, with what changed in words, unless the thing is as the form showed it."""
    kept = _kept()
    shown = kept.get((table, key))
    try:
        with expecting(shown[0] if shown else _new(table, key)):
            yield
    except Conflict as error:
        kept[table, key] = (_mark(table, key), int(st.session_state.get(_RUN, 0)))
        raise restated(error, said.changes(here.words, error)) from error
    kept.pop((table, key), None)


def _kept() -> dict[tuple[str, str], tuple[Seen, int]]:
    found: Any = st.session_state.setdefault(_KEPT, {})
    return found  # type: ignore[no-any-return]


def _new(table: str, key: str) -> Seen:
    """Expect that nothing bears the key of a new thing; a member's key may have been used before it was deleted."""
    return _mark(table, key) if table == "member_version" else Seen(table, key, "0")


def _mark(table: str, key: str) -> Seen:
    store = database()
    with access.acting(access.SYSTEM), store.cursor() as con:
        return mark(con, table, key)
