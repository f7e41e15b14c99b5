"""What a before/after analysis answers: an estimate with its doubts, or a reason why there is none."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.kpi import KpiKind

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Scale(StrEnum):
    """On which scale two groups are compared."""

    LOG = "log"
    """Differences of logarithms: effects are percentages of what was to be expected."""
    IDENTITY = "identity"
    """Plain differences in the KPI's unit."""
    INDEX = "index"
    """Each group as a multiple of its own baseline mean: for sums with zeros, small counts and negative amounts."""


class Method(StrEnum):
    """How an estimate was made."""

    DIFFERENCE = "difference_ar1"
    """Weekly difference to the comparison group, step, AR(1) errors."""
    DIFFERENCE_TREND = "difference_trend_ar1"
    """The same with a linear trend in the difference."""
    POOLED_CELLS = "pooled_cells"
    """One before/after change per cell, pooled t test between cells inside and outside."""
    INTERRUPTED = "interrupted_ar1"
    """One series alone: step, trend, two yearly harmonics, AR(1) errors."""
    STAGGERED = "staggered_ar1"
    """Several go-lives: one estimate each, averaged with fixed weights."""


class Grade(StrEnum):
    """What the design can bear: A comparison group and a year, B comparison group and less, C none, D description."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


@dataclass(frozen=True)
class Refusal:
    """No estimate, for a reason: the code and the values that a sentence about it needs.

    Codes: no_baseline, too_few_weeks_before, too_few_weeks_after, too_short_without_comparison, no_variation,
    too_few_answers, all_missing, go_live_outside_data, overlapping_windows, windows_on_wrong_side, not_positive,
    comparison_missing, negative_weights, comparison_needed, too_few_cells, not_estimable. Which of them more data would
    lift, `ocem.stats.verdict` says.
    """

    code: str
    values: dict[str, Any] = field(default_factory=dict)
    grade: Grade = Grade.D


@dataclass(frozen=True)
class WeeklyPath:
    """The chart, one entry a week of the whole input, in the KPI's unit, NaN where a line has nothing to say.

    `value` and `comparison` are what was seen; `expected` is what was to be expected without the initiative, and in
    [`low`, `high`] a single week would lie with the estimate's confidence. `used` marks the weeks that were fitted.
    Counts and sums of the comparison group keep their own size.
    """

    value: Floats
    expected: Floats
    low: Floats
    high: Floats
    comparison: Floats
    used: Bools


@dataclass(frozen=True)
class PlaceboEstimate:
    """The same analysis pretending a go-live in `week` (index), before the real one; effect on the estimate's scale."""

    week: int
    estimate: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Slope:
    """Drift of the difference before go-live, per 52 weeks, or another shift, on the estimate's scale."""

    per_year: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Estimate:
    """The effect of a change: on the scale it was estimated and in the KPI's unit.

    `estimate`, `low`, `high`, `standard_error` are on `scale`. `baseline_value`, `evaluation_value`,
    `expected_without`, `absolute` and `mde` are in the KPI's unit, counts and sums **per week**;
    values are over all weeks of their window, closures included. `relative` is `absolute / expected_without`.
    `mde` is the smallest change these windows would show in four cases of five; `df` belong to the t of the interval,
    `rho` is how much of a week's
    deviation the next week keeps; the weeks are those that were fitted.

    Codes of `warnings`: closure_weeks, thin_weeks_merged, weeks_missing, short_history, few_answers, small_counts,
    strong_persistence, trend_before, placebo_moved, anticipation, unusual_before, comparison_moved, effect_grows,
    effect_fades, season_uncertain, looked_at_every_week, cells_left_out, cohorts_left_out.
    """

    kind: KpiKind
    method: Method
    grade: Grade
    scale: Scale
    confidence: float
    estimate: float
    low: float
    high: float
    standard_error: float
    df: float
    p_value: float
    has_comparison: bool
    baseline_value: float
    evaluation_value: float
    expected_without: float
    absolute: float
    absolute_low: float
    absolute_high: float
    relative: float | None
    relative_low: float | None
    relative_high: float | None
    mde: float | None
    rho: float | None = None
    n_weeks_before: int = 0
    n_weeks_after: int = 0
    path: WeeklyPath | None = None
    placebos: tuple[PlaceboEstimate, ...] = ()
    pre_trend: Slope | None = None
    warnings: tuple[Note, ...] = ()
    detectable_after: Callable[[int], float] | None = field(default=None, repr=False, compare=False)
    """Smallest change (KPI's unit) seen in four cases of five if the evaluation had this many weeks."""

    @property
    def is_finite(self) -> bool:
        """Whether every figure is a number; noise without bounds can push an end beyond all numbers."""
        ends = (self.low, self.high, self.absolute_low, self.absolute_high, self.expected_without, self.p_value)
        return all(map(isfinite, (*ends, self.baseline_value, self.mde or 0.0)))

    def weeks_needed(self, relevance: float, most: int = 104) -> int | None:
        """Weeks still to wait until a change of `relevance` (KPI's unit) would be seen in four cases of five.

        None when even `most` further weeks would not do.
        """
        if self.detectable_after is None or not relevance > 0:
            return None
        enough = [self.detectable_after(self.n_weeks_after + extra) <= relevance for extra in (0, most)]
        if enough[0] or not enough[1]:
            return 0 if enough[0] else None
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (low, middle) if self.detectable_after(self.n_weeks_after + middle) <= relevance else (middle, high)
            )
        return high

    def with_warnings(self, *notes: Note) -> "Estimate":
        """Return this estimate with more warnings."""
        return self if not notes else replace(self, warnings=self.warnings + notes)
