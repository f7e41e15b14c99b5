"""What a review decides: a change with a prediction and a day to look, actions with an owner, limits set anew."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ocem.domain.comparison import Comparison
from ocem.domain.perimeter import Perimeter


class DecisionState(StrEnum):
    """Where a decision stands."""

    WAITING = "waiting"
    """The day to look has not come."""
    DUE = "due"
    """It has come, and the room has not accepted the outcome yet."""
    JUDGED = "judged"
    """The outcome stands beside the prediction, and stays."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Decision:
    """What was decided, and what it should do to which figure by when.

    `expected` with [`expected_low`, `expected_high`] is the predicted effect, in the KPI's unit, or as a share of the
    value before where `expected_relative`. `starts` is the first day of the change, `look_by` the day on which to look
    at its weeks. `comparison` is the group that the decision leaves alone.
    """

    number: int
    text: str
    kpi: str
    perimeter: Perimeter
    starts: date
    look_by: date
    expected: float | None
    author: str
    week: str
    expected_low: float | None = None
    expected_high: float | None = None
    expected_relative: bool = False
    comparison: Perimeter | None = None
    owner: str = ""
    item: str = ""
    withdrawn: str = ""
    """Why it was withdrawn; empty while it stands."""


@dataclass(frozen=True)
class Judgement:
    """The outcome of a decision as it was accepted: kept as it was seen, whatever is imported later."""

    decision: int
    week: str
    comparison: Comparison
    inside: bool | None
    by: str
    at: datetime


class ActionState(StrEnum):
    """Whether an action still has to be done."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Action:
    """Who does what by when; `closed_on` is the day on which it was done or dropped."""

    number: int
    text: str
    owner: str
    due: date
    week: str
    author: str
    state: ActionState = ActionState.OPEN
    item: str = ""
    closed_on: date | None = None
    closed_week: str = ""


@dataclass(frozen=True)
class Rebase:
    """A decision to set the limits of a chart anew from a week on; `chart` is the chart's key."""

    chart: str
    starts: date
    reason: str
    author: str
    at: datetime
    event: str = ""
