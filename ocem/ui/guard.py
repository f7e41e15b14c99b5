"""What every page starts with: the words, the store and the view of this run, checked anew each time."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import streamlit as st

from ocem.domain.access import Person, Right
from ocem.domain.perimeter import Dimension, Member
from ocem.evaluation.member import members
from ocem.evaluation.objective import list_initiatives, list_kpis, list_objectives
from ocem.evaluation.view import View
from ocem.i18n import Words
from ocem.reporting.names import Names
from ocem.store import access
from ocem.ui.database import ask, database, drawn
from ocem.ui.state import Codes


@dataclass(frozen=True)
class Here:
    """One run of one page."""

    words: Words
    view: View
    codes: Codes
    person: Person

    def may(self, right: Right) -> bool:
        """Say whether whoever looks may do this; what they may not do is offered switched off."""
        return self.person.may(right)

    def lock(self, right: Right, disabled: bool = False, help: str | None = None) -> dict[str, Any]:
        """Return how a button is drawn for whoever looks: switched off, and why, where the right is missing."""
        if self.may(right):
            return {"disabled": disabled, "help": help}
        reason = self.words.gettext("Your role does not include this. An administrator can grant it.")
        return {"disabled": True, "help": reason}

    @cached_property
    def names(self) -> Names:
        """Labels of everything declared."""
        return drawn("names", self._names, self.words.lang)

    def _names(self) -> Names:
        return Names.of(
            self.words,
            [member for dimension in Dimension for member in self.members(dimension)],
            ask(list_kpis),
            ask(list_objectives),
            ask(list_initiatives),
        )

    def members(self, dimension: Dimension | str) -> list[Member]:
        """Return the members of a dimension in their order."""
        return ask(members, Dimension(dimension))


def page() -> Here:
    """Return this run's context; a page that was reached without the shell or without a role stops here."""
    codes = st.session_state.get("_codes")
    if codes is None:
        st.stop()
    database()
    st.session_state["_run"] = int(st.session_state.get("_run", 0)) + 1
    person = access.person()
    if not person.may(Right.READ):
        st.stop()
    return Here(Words(codes.lang), codes.view(), codes, person)
