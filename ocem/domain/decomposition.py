"""Why a number moved: the change between two windows as a sum of contributions."""

from dataclasses import dataclass
from datetime import date

from ocem.domain.comparison import Note


@dataclass(frozen=True)
class Contribution:
    """What one member of a dimension brought to the change, in the KPI's unit: ``total == mix + rate``.

    `before` and `after` are the member's own values (None where it has none), `weight_before` and `weight_after` its
    shares of the denominator (of the sum, for sums), `n_before` and `n_after` the rows behind.
    """

    member: str
    mix: float
    rate: float
    before: float | None
    after: float | None
    weight_before: float
    weight_after: float
    n_before: float
    n_after: float

    @property
    def total(self) -> float:
        """Mix and rate together."""
        return self.mix + self.rate


@dataclass(frozen=True)
class Decomposition:
    """The change of one KPI between two windows, split along one dimension.

    `contributions` are ordered by size and add up to ``after - before``; empty with a reason in `refused` when there is
    nothing to split. `has_mix` is False where parts only add up (counts, sums, contacts over all orders). `warnings`:
    ``simpson`` (parts and whole disagree), ``mix_dominates``, ``few_rows``.
    """

    kpi: str
    unit: str
    direction: str
    by: str
    before_window: tuple[date, date]
    after_window: tuple[date, date]
    before: float | None
    after: float | None
    has_mix: bool
    contributions: tuple[Contribution, ...] = ()
    warnings: tuple[Note, ...] = ()
    refused: Note | None = None

    @property
    def change(self) -> float | None:
        """Value after minus value before, in the KPI's unit; counts and sums are taken per week."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def mix(self) -> float:
        """Part of the change that comes from other weights of the members."""
        return sum(item.mix for item in self.contributions)

    @property
    def rate(self) -> float:
        """Part of the change that happened within the members."""
        return sum(item.rate for item in self.contributions)
