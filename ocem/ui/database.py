"""The open store of this process, and answers kept until the data change."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ocem.store.database import Database
from ocem.store.definitions import ensure_starter

ROOT = Path(__file__).resolve().parents[2]
Answer = TypeVar("Answer")


def database_path() -> Path:
    """Return the database file this process serves: OCEM_DB, else var/ocem.duckdb of the project."""
    path = Path(os.environ.get("OCEM_DB") or "var/ocem.duckdb").expanduser()
    return path if path.is_absolute() else ROOT / path


@st.cache_resource(show_spinner=False, on_release=lambda database: database.close())
def _open(path: str) -> Database:
    opened = Database.open(Path(path))
    ensure_starter(opened)
    return opened


def database() -> Database:
    """Return the process's one open store."""
    return _open(str(database_path()))


@st.cache_resource(show_spinner=False, max_entries=400)
def _answer(name: str, version: int, path: str, question: str, _ask: Callable[[], Any]) -> Any:
    return _ask()


def begin_run() -> None:
    """Fix the state of the data that this run of a page is about, so that all of the page says the same."""
    st.session_state["_data_version"] = database().data_version()


def _version(store: Database) -> int:
    fixed = st.session_state.get("_data_version") if get_script_run_ctx(suppress_warning=True) else None
    return store.data_version() if fixed is None else int(fixed)


def ask(use_case: Callable[..., Answer], *arguments: Any, **named: Any) -> Answer:
    """Call a use case with the store, or return what it said for the same arguments and the same data.

    Answers are frozen findings shared between sessions; nobody changes them.
    """
    store = database()
    question = repr((arguments, sorted(named.items())))
    name = f"{use_case.__module__}.{use_case.__qualname__}"
    answer: Answer = _answer(
        name, _version(store), str(store.path), question, lambda: use_case(store, *arguments, **named)
    )
    return answer


def close() -> None:
    """Give the store back at the end of the process."""
    _open.clear()
