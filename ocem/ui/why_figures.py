"""The closed box under figures that no single KPI gives: what each is made of, and from which data."""

from collections.abc import Callable, Sequence

import streamlit as st

from ocem.domain.fact import FactKind
from ocem.evaluation.freshness import data_state
from ocem.ui import markup, why
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text


def show(
    here: Here,
    key: str,
    made_of: Sequence[tuple[str, str]],
    lines: Sequence[str] = (),
    facts: tuple[FactKind, ...] = (),
    more: Callable[[], None] | None = None,
    last: Callable[[], None] | None = None,
) -> None:
    """Draw the closed box; what stands in it is worked out when it is opened.

    Parameters
    ----------
    made_of : sequence of (figure, how it is made)
    lines : sequence of str
        Sentences below: windows, method.
    more, last : callable, optional
        Draw what only this page has, before everything else and after it.
    """
    _ = here.words.gettext
    box = st.expander(_("Why this number?"), icon=":material/help:", on_change="rerun", key=key)
    if not box.open:
        return
    with box:
        if more is not None:
            more()
        headers = [(_("Figure"), "name"), (_("How it is made"), "path")]
        markup.table(headers, [[text(name), text(how)] for name, how in made_of], _("How each figure is made"))
        markup.show(*[tag("p", text(line), css="oce-note") for line in lines if line])
        state = ask(data_state, facts)
        why.freshness(here, state.reaches, state.version)
        if last is not None:
            last()
