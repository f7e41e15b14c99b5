"""Objectives: a macro-objective made specific."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ocem.domain.initiative import GoLive as GoLive
from ocem.domain.initiative import Initiative as Initiative
from ocem.domain.kpi import Direction
from ocem.domain.perimeter import Perimeter


class MacroObjective(StrEnum):
    """The three aims of the roadmap; an objective makes one specific."""

    CUSTOMER_EXPERIENCE = "customer_experience"
    INTERNAL_PROCESSES = "internal_processes"
    BUSINESS_OPPORTUNITIES = "business_opportunities"


@dataclass(frozen=True)
class Milestone:
    """A value of the KPI that is to be reached by a day."""

    day: date
    value: float


@dataclass(frozen=True)
class Objective:
    """A macro-objective made specific.

    `relevance` is the smallest change worth having, in the KPI's unit when `relevance_kind` is ``absolute``
    and as a share of the baseline (0.05 = 5%) when it is ``relative``. `target` is a value of the KPI.
    `baseline_first`/`baseline_last` and `evaluation_first`/`evaluation_last` are inclusive days; empty evaluation days
    mean from the end of the wash-in to the last finished week. `comparison` is the group that nobody touched.
    """

    key: str
    label_it: str
    label_en: str
    macro_objective: MacroObjective
    kpi: str
    perimeter: Perimeter
    initiative: str
    direction: Direction
    relevance: float
    relevance_kind: str
    target: float | None
    owner: str
    baseline_first: date | None = None
    baseline_last: date | None = None
    evaluation_first: date | None = None
    evaluation_last: date | None = None
    wash_in_days: int = 0
    comparison: Perimeter | None = None
    deadline: date | None = None
    importance: int = 3
    version: int = 1
    guardrails: tuple[str, ...] = field(default=())
    """KPIs that must not get worse; compared beside the main one."""
    also: tuple[MacroObjective, ...] = field(default=())
    """Further macro-objectives it serves: they do not exclude one another."""
    milestones: tuple[Milestone, ...] = field(default=())
    """Targets by period on the way to `target`."""
