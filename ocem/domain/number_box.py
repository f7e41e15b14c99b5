"""A KPI's six weeks and twelve months with the year before, and the figures to date."""

from dataclasses import dataclass
from datetime import date

from ocem.domain.perimeter import Perimeter


@dataclass(frozen=True)
class Figure:
    """A KPI over inclusive days: sum over sum, or the sum itself for counts and amounts.

    `value` is None where the data do not reach, or nothing happened that could be divided by. `n` is what is divided
    by, or the rows counted.
    """

    first: date
    last: date
    value: float | None
    n: float | None
    working_days: int
    holidays: tuple[date, ...] = ()


@dataclass(frozen=True)
class Period:
    """A week or month and the days of the year before it is matched with; unfinished ones are never compared."""

    now: Figure
    year_before: Figure
    finished: bool


@dataclass(frozen=True)
class Change:
    """A change against other days: a difference in the KPI's unit for rates and scores, a share for volumes.

    `amount` is None where there is nothing to compare. `against` is ``week_before``, ``year_before`` or ``easter``
    (the week equally far from Easter).
    """

    against: str
    base: Figure
    amount: float | None


@dataclass(frozen=True)
class BoxFigure:
    """One line of the numbers box: ``last_week``, ``month_to_date``, ``quarter_to_date`` or ``year_to_date``."""

    name: str
    figure: Figure
    changes: tuple[Change, ...]
    finished: bool = True


@dataclass(frozen=True)
class Target:
    """An objective's target for the KPI in just this perimeter."""

    objective: str
    value: float
    deadline: date | None


@dataclass(frozen=True)
class NumberBox:
    """Everything about one KPI in one perimeter as seen from one week.

    `weeks` end with the chosen week; `months` are the last complete ones and, where it has begun, the running one,
    unfinished. `is_total` says that the KPI adds up (a count or a sum): its values are of a week or of a month, and it
    changes by percent unless `in_points`. `monthly` says that the figures come by the month, so that weeks have none.
    """

    kpi: str
    unit: str
    direction: str
    perimeter: Perimeter
    week: date
    data_to: date
    is_total: bool
    in_points: bool
    monthly: bool
    weeks: tuple[Period, ...]
    months: tuple[Period, ...]
    figures: tuple[BoxFigure, ...]
    target: Target | None = None

    @property
    def last_week(self) -> Period:
        """The chosen week."""
        return self.weeks[-1]

    @property
    def has_values(self) -> bool:
        """Whether anything can be shown."""
        return any(item.now.value is not None for item in (*self.weeks, *self.months))
