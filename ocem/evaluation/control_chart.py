"""What a control chart is about, its weeks, and what it says of the week looked at."""

from dataclasses import dataclass, field
from datetime import date

from ocem.domain.decision import Rebase
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Direction, Kpi
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Perimeter
from ocem.stats.false_alarm import AGENDA
from ocem.stats.surprise import UNUSUAL
from ocem.stats.xmr import Signal
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor

IMPORTANCE = 2
"""Of a KPI without an objective."""


@dataclass(frozen=True)
class Watched:
    """What one chart is about; `key` tells it from all others."""

    key: str
    number: int
    kpi: Kpi
    perimeter: Perimeter = field(default_factory=Perimeter)
    objective: Objective | None = None

    @property
    def comparison(self) -> Perimeter | None:
        """The group to set against."""
        return self.objective.comparison if self.objective else None

    @property
    def importance(self) -> int:
        """How much the chart counts, 1 to 5."""
        return self.objective.importance if self.objective else IMPORTANCE

    @property
    def target(self) -> float | None:
        """The value to reach."""
        return self.objective.target if self.objective else None

    @property
    def facts(self) -> set[FactKind]:
        """The facts behind it."""
        return {self.kpi.numerator.fact} | ({self.kpi.denominator.fact} if self.kpi.denominator else set())


@dataclass(frozen=True)
class Point:
    """One week of a chart, limits in the KPI's unit; `baseline` says that the limits come from it."""

    first: date
    value: float | None
    n: float | None
    lower: float | None = None
    centre: float | None = None
    upper: float | None = None
    signals: tuple[Signal, ...] = ()
    news: tuple[Signal, ...] = ()
    distance: float | None = None
    excluded: bool = False
    baseline: bool = False
    finished: bool = True


@dataclass(frozen=True)
class ControlChart:
    """One chart up to the week looked at.

    `charted` is ``raw``, ``difference`` or ``year``; `chart` is ``xmr``, ``p_prime`` or ``u_prime``. `reached` says
    that the KPI's sources have passed the week: only then is its point news. Without limits (`n_baseline` 0) there are
    fewer than six points.
    """

    watched: Watched
    week: date
    charted: str
    chart: str
    points: tuple[Point, ...]
    reached: bool
    locked: bool = False
    n_baseline: int = 0
    baseline_first: date | None = None
    baseline_last: date | None = None
    autocorrelation: float = 0.0
    rebase: Rebase | None = None
    expected_news: float = 0.0
    """The chance that this chart is news this week although nothing happened."""
    expected_to_stand_out: float = 0.0
    """The chance that it stands out inside its limits although nothing happened."""
    strength: float = 0.0
    """How far from chance the week is, in standard deviations: its own point, or the run that its new signals saw."""

    @property
    def last(self) -> Point | None:
        """The point of the week looked at."""
        found = self.points[-1] if self.points else None
        return found if found is not None and found.first == self.week else None

    @property
    def is_news(self) -> bool:
        """Whether the week brings a new signal."""
        last = self.last
        return bool(last and self.reached and not AGENDA.isdisjoint(last.news))

    @property
    def is_flagged(self) -> bool:
        """Whether a signal holds in the week, new or not."""
        last = self.last
        return bool(last and self.reached and not AGENDA.isdisjoint(last.signals))

    @property
    def stands_out(self) -> bool:
        """Whether the week is no new signal, and yet further from what was to be expected than most."""
        return not self.is_news and self.expected_news > 0 and self.strength >= UNUSUAL

    @property
    def improvement(self) -> bool | None:
        """Whether the week lies on the good side of the centre; None without a side."""
        away = self.last.distance if self.last else None
        if not away:
            return None
        return (away > 0) == (self.watched.kpi.direction is Direction.UP)

    @property
    def assurance(self) -> str | None:
        """Whether luck alone will meet the target: ``met``, ``hit_or_miss`` or ``not_met``; None without one."""
        target, last = self.watched.target, self.last
        if target is None or last is None or last.lower is None or last.upper is None or not self.n_baseline:
            return None
        up = self.watched.kpi.direction is Direction.UP
        if (last.lower >= target) if up else (last.upper <= target):
            return "met"
        if (last.upper < target) if up else (last.lower > target):
            return "not_met"
        return "hit_or_miss"


def watch_list(con: Cursor) -> list[Watched]:
    """Return what is charted: each objective's KPI in its perimeter, and every other KPI over all cells."""
    numbered = {kpi.key: (number, kpi) for number, kpi in kpi_store.numbered_kpis(con)}
    found = [
        Watched(f"{item.kpi}/{item.key}", *numbered[item.kpi], item.perimeter, item)
        for item in objective_store.list_objectives(con)
        if item.kpi in numbered
    ]
    whole = {item.kpi.key for item in found if item.perimeter == Perimeter()}
    found += [Watched(key, number, kpi) for key, (number, kpi) in numbered.items() if key not in whole]
    return found
