"""The definitions an objective has had, the baseline frozen under each and the verdict it had."""

import streamlit as st

from ocem.domain.objective import Objective
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.objective_history import ObjectiveChange, objective_history
from ocem.reporting import objective as said
from ocem.reporting import quantity
from ocem.ui import markup
from ocem.ui.database import ask
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text


def show(here: Here, objective: Objective) -> None:
    """Draw the targets by period, and one row a version on demand."""
    _ = here.words.gettext
    _milestones(here, objective)
    box = st.expander(_("Versions of the definition"), icon=":material/history:", on_change="rerun", key="versions")
    if not box.open:
        return
    with box:
        headers = [
            (_("Version"), "num"),
            (_("Saved"), ""),
            (_("Changed"), "name"),
            (_("Benchmark ex ante"), ""),
            (_("Last verdict under it"), ""),
        ]
        found = ask(objective_history, objective.key)
        markup.table(headers, [_row(here, item) for item in found], _("Versions of the definition"))


def _milestones(here: Here, objective: Objective) -> None:
    if not objective.milestones:
        return
    words = here.words
    unit = next((kpi.unit for kpi in ask(list_kpis) if kpi.key == objective.kpi), "ratio")
    rows = [[text(words.day(item.day)), text(quantity.value(words, item.value, unit))] for item in objective.milestones]
    with st.container(border=True, key="panel_milestones"):
        title = words.gettext("Targets by period")
        markup.table([(words.gettext("By"), "name"), (words.gettext("Target"), "num")], rows, title)


def _row(here: Here, item: ObjectiveChange) -> list[str]:
    words = here.words
    _ = words.gettext
    frozen = text(_("none frozen"))
    if item.baseline is not None:
        record = item.baseline
        frozen = mark("lock") + text(f" {words.day(record.frozen_at.date())} · {record.frozen_by}")
        frozen += tag("small", text(record.hash[:12]))
    verdict = text(_("in force"))
    if item.finding is not None:
        look = said.kept_look(words, item.finding)
        verdict = tag("span", mark(look.mark), text(look.word), css=f"verdict oce-{look.tone}")
        verdict += tag("small", text(said.kept_text(words, item.finding)))
    return [
        text(item.definition.version),
        text(words.show(item.saved_at)),
        text(said.changed_text(words, item)),
        frozen,
        verdict,
    ]
