"""Before/after findings: keys and numbers, never words."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from ocem.domain.perimeter import Cell


class Verdict(StrEnum):
    """What a comparison concludes; with the last two no number is shown."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    NO_RELEVANT_CHANGE = "no_relevant_change"
    CHANGED_CAUSE_UNKNOWN = "changed_cause_unknown"
    """A change beyond noise without a comparison group: nobody can say whose merit it is."""
    INCONCLUSIVE = "inconclusive"
    NOT_ENOUGH_DATA = "not_enough_data"
    NOT_COMPARABLE = "not_comparable"


SILENT_VERDICTS = frozenset({Verdict.NOT_ENOUGH_DATA, Verdict.NOT_COMPARABLE})


@dataclass(frozen=True)
class Note:
    """A reason or a warning: a key of the catalogue and the values that fill its sentence."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WindowFigure:
    """A KPI over inclusive days: `n` is the denominator (or the rows counted), `value` in the KPI's unit."""

    first: date | None
    last: date | None
    days: int
    n: float | None
    value: float | None


@dataclass(frozen=True)
class Effect:
    """Change against what was to be expected, in the KPI's unit; `relative` are shares of `expected_without`."""

    absolute: float
    low: float
    high: float
    relative: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
    confidence: float = 0.95


@dataclass(frozen=True)
class Sensitivity:
    """The same effect by another route (raw mix, placebo day, other comparison group): `code` names the route."""

    code: str
    values: dict[str, Any]
    effect: Effect | None


@dataclass(frozen=True)
class WeekPoint:
    """One finished week of the chart: what was seen and what was expected without the initiative."""

    first: date
    value: float | None
    expected: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    comparison: float | None = None


@dataclass(frozen=True)
class Comparison:
    """One KPI of one objective in one cell, before and after."""

    objective: str | None
    kpi: str
    cell: Cell
    kind: str
    unit: str
    direction: str
    baseline: WindowFigure
    evaluation: WindowFigure
    verdict: Verdict
    effect: Effect | None = None
    expected_without: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    mde: float | None = None
    """Smallest change (KPI's unit) that these windows would show in four cases of five."""
    weeks_needed: int | None = None
    method: str = ""
    grade: str | None = None
    reasons: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()
    frozen: bool = False
    relevance: float | None = None
    """Relevance threshold in the KPI's unit."""
    target: float | None = None
    sensitivities: tuple[Sensitivity, ...] = ()
    weeks: tuple[WeekPoint, ...] = ()
    go_live: date | None = None
    evaluation_ends: date | None = None
    """Last day of the evaluation as fixed beforehand; None: none was fixed."""
    provisional: bool = False
    """Whether the evaluation is still running: the interval is shown, but there is no verdict yet."""
    figures: dict[str, float] = field(default_factory=dict)
    """Further figures of a published method, by name."""
