"""How much of a change counts for an objective, and what is to be reached by when."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from ocem.domain.kpi import Kpi
from ocem.domain.objective import Milestone, Objective
from ocem.reporting import quantity
from ocem.ui.guard import Here


@dataclass(frozen=True)
class Aim:
    """The threshold in the KPI's unit or as a share of the baseline, the target and those on the way to it."""

    relevance: float
    kind: str
    target: float | None
    milestones: tuple[Milestone, ...]


def ask_aim(here: Here, known: Objective | None, kpi: Kpi | None) -> Aim:
    """Ask how much counts and what is to be reached by when, in the unit in which people say the KPI."""
    words = here.words
    _ = words.gettext
    kinds = {"absolute": _("in the KPI's unit"), "relative": _("percent of the baseline")}
    same = known is not None and kpi is not None and known.kpi == kpi.key
    kind = st.segmented_control(
        _("Smallest change worth having"),
        list(kinds),
        default=known.relevance_kind if known and same else "relative",
        format_func=kinds.__getitem__,
        required=True,
    )
    shown, unit = quantity.entered(words, kpi.unit if kpi else "ratio")
    is_points = kpi is not None and kpi.unit in ("share", "points")
    times = 100.0 if kind == "relative" else shown
    named = "%" if kind == "relative" else _("points") if is_points else unit
    left, right = st.columns(2)
    default = known.relevance * times if known and same and known.relevance_kind == kind else 5.0
    relevance = left.number_input(
        _("Threshold ({unit})", unit=named), min_value=0.0, value=round(default, 6), step=0.5, format="%g"
    )
    target = right.number_input(
        _("Target ({unit})", unit=unit) if kpi else _("Target"),
        value=round(known.target * shown, 6) if known and same and known.target is not None else None,
        format="%g",
        placeholder=_("none"),
    )
    steps = known.milestones if known and same else ()
    milestones = _milestones(here, steps, shown, unit, kpi.key if kpi else "none")
    return Aim(relevance / times, str(kind), None if target is None else target / shown, milestones)


def _milestones(here: Here, known: Sequence[Milestone], shown: float, unit: str, spot: str) -> tuple[Milestone, ...]:
    """Ask for targets by period, on the way to the last one."""
    _ = here.words.gettext
    with st.expander(_("Targets by period"), expanded=bool(known)):
        frame = pd.DataFrame(
            {
                "day": pd.to_datetime(pd.Series([item.day for item in known], dtype="object")),
                "value": pd.Series([item.value * shown for item in known], dtype="float64"),
            }
        )
        edited = st.data_editor(
            frame,
            column_config={
                "day": st.column_config.DateColumn(_("By"), format="DD/MM/YYYY", required=True),
                "value": st.column_config.NumberColumn(_("Target ({unit})", unit=unit), format="%g", required=True),
            },
            num_rows="dynamic",
            hide_index=True,
            key=f"milestones_{spot}",
        )
    whole = edited.dropna()
    return tuple(
        Milestone(pd.Timestamp(day).date(), float(value) / shown)
        for day, value in zip(whole["day"], whole["value"], strict=True)
    )
