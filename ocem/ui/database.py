"""The open store of this process, and answers kept until the data change."""

import os
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import RunLocation, ThreadState

from ocem.store import access
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from ocem.ui import signin, warm

ROOT = Path(__file__).resolve().parents[2]
Answer = TypeVar("Answer")


def database_path() -> Path:
    """Return the database file this process serves: OCEM_DB, else var/ocem.duckdb of the project."""
    path = Path(os.environ.get("OCEM_DB") or "var/ocem.duckdb").expanduser()
    return path if path.is_absolute() else ROOT / path


@st.cache_resource(show_spinner=False, on_release=lambda database: database.close())
def _open(path: str) -> Database:
    with access.acting(access.SYSTEM):
        opened = Database.open(Path(path))
        ensure_starter(opened)
    return opened


def database() -> Database:
    """Return the process's one open store, with the person of this run acting on it."""
    opened = _open(str(database_path()))
    signin.begin(opened)
    return opened


def begin_run() -> signin.Closed | None:
    """Fix the state of the data that this run of a page is about, so that all of the page says the same.

    Returns
    -------
    signin.Closed or None
        Why whoever asks for the page does not get in.
    """
    store = database()
    st.session_state["_data_version"] = max(
        warm.SHOWN.of(store, access.person().name), int(st.session_state.get("_not_before", 0))
    )
    found = signin.who(store)
    return found if isinstance(found, signin.Closed) else None


def is_behind() -> bool:
    """Say whether this run speaks of data that have changed since."""
    return database().data_version() != st.session_state.get("_data_version")


def catch_up_next() -> None:
    """Let the next run speak of the data as they are."""
    st.session_state["_not_before"] = database().data_version()


def catch_up() -> None:
    """Begin this run anew with the data as they are."""
    catch_up_next()
    st.rerun()


def _version(store: Database) -> int:
    fixed = st.session_state.get("_data_version") if get_script_run_ctx(suppress_warning=True) else None
    return store.data_version() if fixed is None else int(fixed)


def ask(use_case: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """Call a use case with the store, or return what it said for the same arguments, the same data and the same rows.

    Answers are frozen findings shared between sessions; nobody changes them.
    """
    store = database()
    state, newest = _version(store), store.data_version()
    if state < newest and not store.holds_answer(_question(use_case, arguments, named), state):
        # What is not at hand can only be told of the data as they are: then all of the page speaks of them.
        if ThreadState.get().run_location is RunLocation.MAIN_SCRIPT:
            catch_up()
        state = newest
    return answer(store, state, use_case, arguments, named)


def answer(
    store: Database, state: int, use_case: Callable[..., Answer], arguments: tuple[Any, ...], named: dict[str, Any]
) -> Answer:
    """Return what a use case says to the acting person of the data in a state, and take note that it was asked."""
    took: float | None = None

    def make() -> Answer:
        nonlocal took
        began = time.perf_counter()
        found = use_case(store, *arguments, **named)
        took = time.perf_counter() - began
        return found

    key = _question(use_case, arguments, named)
    found = store.keep_answer(key, make, state)
    if get_script_run_ctx(suppress_warning=True) is not None:
        who = access.person()
        asked = warm.Asked(use_case, arguments, tuple(named.items()), who, time.monotonic())
        warm.LATELY.note((key, who.grant), asked, took)
    return found


def drawn(name: str, make: Callable[[], Answer], *of: Hashable) -> Answer:
    """Return what is drawn the same for everybody who sees the same rows, made once for the data as they are.

    `name` and `of` say everything else that it depends on, the language above all.
    """
    store = database()
    return store.keep_answer((name, of), make, _version(store))


def ask_while(state: str, use_case: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """Call a use case, or return what it said in the same state: for answers that not every write changes."""
    store = database()
    key = (state, _question(use_case, arguments, named))
    return store.keep_answer(key, lambda: use_case(store, *arguments, **named))


def _question(use_case: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> str:
    return f"{use_case.__module__}.{use_case.__qualname__}{arguments!r}{sorted(named.items())!r}"


def close() -> None:
    """Give the store back at the end of the process."""
    _open.clear()
