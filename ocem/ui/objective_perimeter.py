"""Where an objective applies, and the group that nobody touched with which it is compared."""

import streamlit as st

from ocem.domain.kpi import Kpi
from ocem.domain.objective import Initiative, Objective
from ocem.domain.perimeter import Dimension, Perimeter, descendants
from ocem.evaluation.comparison_group import GroupCandidate, propose_groups
from ocem.reporting.names import dimension_word
from ocem.ui import markup
from ocem.ui.database import ask
from ocem.ui.guard import Here

DIMENSIONS = ("segment", "touchpoint", "phase")


def ask_perimeter(here: Here, title: str, prefix: str, known: Perimeter) -> Perimeter:
    """Ask for the cells; choosing a segment that holds others chooses them too."""
    words = here.words
    markup.section(title)
    chosen: dict[str, tuple[str, ...] | None] = {}
    for dimension in DIMENSIONS:
        members = here.members(Dimension(dimension))
        options = {member.key: words.label(member) for member in members}
        default = [key for key in known.members(dimension) or () if key in options]
        keys = st.multiselect(
            dimension_word(words, dimension, plural=True),
            list(options),
            default=default,
            format_func=options.__getitem__,
            placeholder=words.gettext("All"),
            key=f"form_{prefix}_{dimension}",
        )
        if dimension == "segment":
            keys = list(dict.fromkeys(inner for key in keys for inner in descendants(members, key)))
        chosen[dimension] = tuple(keys) or None
    return Perimeter(chosen["touchpoint"], chosen["phase"], chosen["segment"])


def groups(
    known: Objective | None, kpi: Kpi | None, perimeter: Perimeter, initiative: Initiative
) -> tuple[GroupCandidate, ...]:
    """Ask the data which groups a new objective could be compared with."""
    return ask(propose_groups, kpi.key, perimeter, initiative) if known is None and kpi is not None else ()


def ask_comparison(here: Here, known: Objective | None, proposed: tuple[GroupCandidate, ...]) -> Perimeter | None:
    """Ask whether and with whom; the group found in the data is proposed."""
    words = here.words
    _ = words.gettext
    group = known.comparison if known else next((item.perimeter for item in proposed), None)
    if proposed:
        names = words.listed(here.names.member("segment", key) for key in proposed[0].segments)
        st.caption(
            _(
                "Proposed from the weeks before the go-live: {segments}. Confirm that nobody touched this group and "
                "that customers did not come from it.",
                segments=names,
            )
        )
    has_group = st.toggle(
        _("Compare with a group that nobody touched"),
        value=group is not None,
        help=_("Without one, season and market cannot be told from the initiative."),
    )
    if not has_group:
        return None
    return ask_perimeter(here, _("Compared with"), "out", group or Perimeter())
