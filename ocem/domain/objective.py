"""Objectives, initiatives and their go-live days."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ocem.domain.kpi import Direction
from ocem.domain.perimeter import Perimeter


class MacroObjective(StrEnum):
    """The three aims of the roadmap; an objective makes one specific."""

    CUSTOMER_EXPERIENCE = "customer_experience"
    INTERNAL_PROCESSES = "internal_processes"
    BUSINESS_OPPORTUNITIES = "business_opportunities"


@dataclass(frozen=True)
class GoLive:
    """The day on which an initiative starts, for all or for one segment."""

    day: date
    segment: str | None = None


@dataclass(frozen=True)
class Initiative:
    """What was changed."""

    key: str
    label_it: str
    label_en: str
    go_lives: tuple[GoLive, ...]
    touchpoint: str | None = None
    description_it: str = ""
    description_en: str = ""

    def segments_live(self) -> tuple[str, ...]:
        """Return the segments that have a go-live day of their own."""
        return tuple(item.segment for item in self.go_lives if item.segment)


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
