"""Initiatives: what is changed, what it needs, what helps and hinders it, who orchestrates, when it goes live."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class StepKind(StrEnum):
    """What a step is for: redesign creates preconditions, roles and skills; implementation carries actions out."""

    PRECONDITION = "precondition"
    ACTION = "action"
    ROLE = "role"
    TRAINING = "training"


class StepState(StrEnum):
    """How far a step has come."""

    PLANNED = "planned"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"


class ForceKind(StrEnum):
    """What carries an initiative and what holds it back."""

    DRIVER = "driver"
    BARRIER = "barrier"


class ForceState(StrEnum):
    """Whether a driver is used yet, whether a barrier still stands."""

    OPEN = "open"
    """A driver nobody uses yet, a barrier that stands."""
    ADDRESSED = "addressed"
    """Being used, being removed."""
    SETTLED = "settled"
    """In full use, removed."""


class Orchestration(StrEnum):
    """What the salesperson does among the touchpoints."""

    GUIDE = "guide"
    """Leads the customer through the automated channels."""
    CONSULT = "consult"
    """Works out with the customer what to do."""
    LEAD = "lead"
    """Keeps the whole relationship in hand."""
    ABSENT = "absent"
    """The customer is served without a salesperson."""


@dataclass(frozen=True)
class GoLive:
    """The day on which an initiative starts: for all, for one segment, at one touchpoint."""

    day: date
    segment: str | None = None
    touchpoint: str | None = None


@dataclass(frozen=True)
class Step:
    """One thing that has to be there or be done; `due` and `done` are days."""

    kind: StepKind
    text: str
    owner: str = ""
    start: date | None = None
    due: date | None = None
    done: date | None = None
    state: StepState = StepState.PLANNED


@dataclass(frozen=True)
class Force:
    """A driver or a barrier; `weight` goes from 1 (hardly felt) to 5 (decides)."""

    kind: ForceKind
    text: str
    weight: int = 3
    state: ForceState = ForceState.OPEN
    owner: str = ""


@dataclass(frozen=True)
class SalesRole:
    """What the salesperson does for one segment (None: for all that have no line of their own)."""

    role: Orchestration
    segment: str | None = None
    who: str = ""
    note: str = ""


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
    owner: str = ""
    steps: tuple[Step, ...] = field(default=())
    forces: tuple[Force, ...] = field(default=())
    sales_roles: tuple[SalesRole, ...] = field(default=())
    version: int = 1

    def segments_live(self) -> tuple[str, ...]:
        """Return the segments that have a go-live day of their own."""
        return tuple(item.segment for item in self.go_lives if item.segment)

    def first_go_live(self) -> date:
        """Return the first day on which anything starts."""
        return min(item.day for item in self.go_lives)
