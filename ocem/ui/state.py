"""What a person looks at, shared by all pages and kept in the URL as codes that mean the same in both languages.

`?seg=pmi.officine&tp=portale&ph=acquisto&from=2026-01-01&to=2026-06-30&lang=en`. When the URL differs from what this
session wrote last (first run, an opened link, back and forward), the URL decides; otherwise the widgets do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from ocem.evaluation.view import View
from ocem.i18n import DEFAULT_LANGUAGE, LANGUAGES

DIMENSION_PARAMETERS = {"segment": "seg", "touchpoint": "tp", "phase": "ph"}
DAY_PARAMETERS = ("from", "to")
SHARED = (*DIMENSION_PARAMETERS.values(), *DAY_PARAMETERS, "lang")
SEPARATOR = "."


@dataclass(frozen=True)
class Codes:
    """A view and a language as the URL holds them."""

    members: tuple[tuple[str, tuple[str, ...]], ...] = ()
    first: date | None = None
    last: date | None = None
    lang: str = DEFAULT_LANGUAGE

    def of(self, dimension: str) -> tuple[str, ...]:
        """Return the chosen members of a dimension; empty means all."""
        return dict(self.members).get(dimension, ())

    def view(self) -> View:
        """Return what use cases are asked about, the same in whatever order the members were chosen."""
        segments, phases, touchpoints = (tuple(sorted(self.of(name))) for name in ("segment", "phase", "touchpoint"))
        return View(self.first, self.last, segments, phases, touchpoints)


def parse(query: Mapping[str, str]) -> Codes:
    """Read codes from URL parameters; what cannot be read is dropped.

    Examples
    --------
    >>> parse({"seg": "pmi.officine", "from": "2026-02-30", "lang": "xx"})
    Codes(members=(('segment', ('pmi', 'officine')),), first=None, last=None, lang='it')
    """
    members = tuple(
        (dimension, tuple(code for code in query[name].split(SEPARATOR) if code))
        for dimension, name in DIMENSION_PARAMETERS.items()
        if query.get(name)
    )
    lang = query.get("lang", DEFAULT_LANGUAGE)
    return Codes(
        members, _day(query.get("from")), _day(query.get("to")), lang if lang in LANGUAGES else DEFAULT_LANGUAGE
    )


def query_of(codes: Codes) -> dict[str, str]:
    """Write codes as URL parameters; what is at its default is left out.

    Examples
    --------
    >>> query_of(Codes((("segment", ("pmi", "officine")),), date(2026, 1, 1), lang="en"))
    {'seg': 'pmi.officine', 'from': '2026-01-01', 'lang': 'en'}
    """
    query = {name: SEPARATOR.join(codes.of(dimension)) for dimension, name in DIMENSION_PARAMETERS.items()}
    query |= {
        "from": codes.first.isoformat() if codes.first else "",
        "to": codes.last.isoformat() if codes.last else "",
    }
    query["lang"] = codes.lang if codes.lang != DEFAULT_LANGUAGE else ""
    return {name: value for name, value in query.items() if value}


def load() -> Codes:
    """Return this run's codes before any widget is drawn, seeding the widgets when the URL decides."""
    state, query = st.session_state, st.query_params.to_dict()
    shared = {name: value for name, value in query.items() if name in SHARED}
    moved = state.get("_path") != _path()
    state["_path"] = _path()
    if "_codes" not in state or (shared != state.get("_written") and not (moved and not shared)):
        state["_codes"] = parse(shared)
        _seed(state["_codes"], overwrite=True)
    else:
        _seed(state["_codes"], overwrite=False)
    chosen = state[widget_key("lang")]
    codes: Codes = state["_codes"]
    return replace(codes, lang=chosen) if chosen in LANGUAGES else codes


def store(codes: Codes) -> None:
    """Keep the codes and write them to the URL beside the page's own parameters."""
    wanted = query_of(codes)
    current = st.query_params.to_dict()
    own = {name: value for name, value in current.items() if name not in SHARED}
    if current != own | wanted:
        st.query_params.from_dict(own | wanted)
    st.session_state["_codes"] = codes
    st.session_state["_written"] = wanted


def link(**own: str) -> dict[str, str]:
    """Return the URL parameters of a link that keeps the view and adds a page's own."""
    codes: Codes = st.session_state.get("_codes", Codes())
    return query_of(codes) | own


def own(name: str) -> str | None:
    """Return a parameter that belongs to one page."""
    value = st.query_params.get(name)
    return str(value) if value else None


def set_own(name: str, value: str | None) -> None:
    """Set or clear a parameter that belongs to one page."""
    if value:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def widget_key(name: str) -> str:
    """Return the key under which a shared widget keeps its value."""
    return f"view_{name}"


def _seed(codes: Codes, overwrite: bool) -> None:
    values: dict[str, Any] = {name: list(codes.of(dimension)) for dimension, name in DIMENSION_PARAMETERS.items()}
    values |= {"from": codes.first, "to": codes.last, "lang": codes.lang}
    for name, value in values.items():
        key = widget_key(name)
        if overwrite or key not in st.session_state:
            st.session_state[key] = value


def _path() -> str:
    return urlsplit(st.context.url or "").path


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
