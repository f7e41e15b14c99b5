"""The open store of this process, and answers kept until the data change."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ocem.store import access
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from ocem.ui import signin

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


@st.cache_resource(show_spinner=False, max_entries=400)
def _answer(name: str, version: int, path: str, question: str, _ask: Callable[[], Any]) -> Any:
    return _ask()


def begin_run() -> signin.Closed | None:
    """Fix the state of the data that this run of a page is about, so that all of the page says the same.

    Returns
    -------
    signin.Closed or None
        Why whoever asks for the page does not get in.
    """
    store = database()
    st.session_state["_data_version"] = store.data_version()
    found = signin.who(store)
    return found if isinstance(found, signin.Closed) else None


def _version(store: Database) -> int:
    fixed = st.session_state.get("_data_version") if get_script_run_ctx(suppress_warning=True) else None
    return store.data_version() if fixed is None else int(fixed)


def ask(use_case: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """Call a use case with the store, or return what it said for the same arguments and the same data.

    Answers are frozen findings shared between sessions; nobody changes them.
    """
    store = database()
    question = repr((arguments, sorted(named.items()), access.person().grant))
    name = f"{use_case.__module__}.{use_case.__qualname__}"
    answer: Answer = _answer(
        name, _version(store), str(store.path), question, lambda: use_case(store, *arguments, **named)
    )
    return answer


def ask_while(state: str, use_case: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """Call a use case, or return what it said in the same state: for answers that not every write changes."""
    store = database()
    question = repr((state, arguments, sorted(named.items()), access.person().grant))
    name = f"{use_case.__module__}.{use_case.__qualname__}"
    answer: Answer = _answer(name, -1, str(store.path), question, lambda: use_case(store, *arguments, **named))
    return answer


def close() -> None:
    """Give the store back at the end of the process."""
    _open.clear()
