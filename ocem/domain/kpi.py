"""KPIs as definitions: named measures with kind, unit, direction, level and owner."""

from dataclasses import dataclass
from enum import StrEnum

from ocem.domain.fact import FactKind


class KpiKind(StrEnum):
    """How a KPI's value follows from its sums."""

    SHARE = "share"
    """Rows that satisfy a condition over rows: 0 to 1."""
    MEAN = "mean"
    """Sum of a column over the rows that have it."""
    RATIO = "ratio"
    """Sum over sum, possibly of two different facts."""
    COUNT = "count"
    SUM = "sum"
    DURATION = "duration"
    """A skewed mean; compared on the scale of logarithms."""
    NPS = "nps"
    """Promoters minus detractors over answers, -1 to 1."""
    TOP2 = "top2"
    """Share of answers in the two best boxes, 0 to 1."""


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"


class Level(StrEnum):
    """Where in the chain touchpoint -> internal process -> outcome a KPI stands."""

    TOUCHPOINT = "touchpoint"
    PROCESS = "process"
    OUTCOME = "outcome"


class Aggregate(StrEnum):
    """What a measure does with the rows that satisfy its conditions."""

    COUNT = "count"
    SUM = "sum"


@dataclass(frozen=True)
class Condition:
    """A column is one of `values`, or lies in [low, high]; a bool value asks for a flag."""

    column: str
    values: tuple[str | bool, ...] | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Measure:
    """One additive number: rows counted or a column summed under conditions."""

    fact: FactKind
    aggregate: Aggregate
    column: str | None = None
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Kpi:
    """A measure the company agreed on. Unit, direction, level and owner are required.

    `unit` is one of ``share`` (0 to 1), ``points`` (NPS), ``eur``, ``seconds``, ``hours``, ``days``, ``count``,
    ``score``, ``ratio``.
    """

    key: str
    kind: KpiKind
    numerator: Measure
    denominator: Measure | None
    unit: str
    direction: Direction
    level: Level
    owner: str
    label_it: str
    label_en: str
    description_it: str
    description_en: str
    version: int = 1

    @property
    def per_sale(self) -> bool:
        """Whether something else than sales is divided by sales.

        An order is placed at one touchpoint in one phase, the contacts it took happen at several: only its segment is
        shared, so such a KPI is divided by all sales of the segments in scope.
        """
        below = self.denominator
        return below is not None and below.fact is FactKind.SALE and self.numerator.fact is not FactKind.SALE
