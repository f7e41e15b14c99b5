"""Effects on a scale, brought to the KPI's unit."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.stats.looking import Looks, p_values, tails
from ocem.stats.result import Estimate, Grade, Method, Scale
from ocem.stats.series import Sums

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def window_value(group: Sums, window: Bools) -> Floats:
    """Value of the KPI over a window, (k,): sum over sum, counts and sums per week; NaN without data."""
    there = window & group.present
    below = np.where(there, group.denominator, 0.0).sum(axis=1)
    above = np.where(there, group.numerator, 0.0).sum(axis=1)
    value: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return value


@dataclass(frozen=True)
class Steps:
    """Effects of k series on their scales, with their t intervals; arrays (k,).

    `growth` and `looks` are those of `ocem.stats.looking` where every week is a look at the result, else None.
    """

    step: Floats
    error: Floats
    df: Floats
    confidence: float
    growth: Floats | None = None
    looks: NDArray[np.int64] | None = None

    @cached_property
    def half_width(self) -> Floats:
        """Half of each interval."""
        from scipy.special import stdtrit

        tail: float | Floats = 0.5 + self.confidence / 2.0
        if self.growth is not None and self.looks is not None:
            tail = 1.0 - tails(self.growth, self.looks, self.confidence) / 2.0
        return np.asarray(stdtrit(self.df, tail) * self.error, dtype=float)

    @cached_property
    def p_value(self) -> Floats:
        """Two-sided."""
        from scipy.special import stdtr

        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = np.asarray(2.0 * stdtr(self.df, -np.abs(self.step / self.error)), dtype=float)
        if self.growth is None or self.looks is None:
            return p_value
        return p_values(self.growth, self.looks, p_value)


@dataclass(frozen=True)
class StepEstimate:
    """One effect on its scale, with its t interval; `looks` are those so far if it is looked at every week."""

    step: float
    error: float
    df: float
    confidence: float
    looks: Looks | None = None

    @cached_property
    def as_steps(self) -> Steps:
        """The same as arrays of one."""
        looks = self.looks
        return Steps(
            np.array([self.step]),
            np.array([self.error]),
            np.array([self.df]),
            self.confidence,
            None if looks is None else np.array([looks.growth]),
            None if looks is None else np.array([looks.weeks]),
        )

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return float(self.as_steps.half_width[0])

    @property
    def p_value(self) -> float:
        """Two-sided."""
        return float(self.as_steps.p_value[0])


@dataclass(frozen=True)
class Values:
    """What the units of k effects hang on: the values before and after, and how large one of the scale is, (k,)."""

    baseline: Floats
    evaluation: Floats
    is_log: Bools
    index_unit: Floats

    def in_unit(self, step: Floats) -> Floats:
        """Bring effects on the scale to the KPI's unit: what was seen minus what was to be expected."""
        with np.errstate(over="ignore", invalid="ignore"):
            by_log = -self.evaluation * np.expm1(np.where(self.is_log, -step, 0.0))
        return np.where(self.is_log, by_log, step * self.index_unit)

    def size_in_unit(self, size: Floats, step: Floats) -> Floats:
        """Bring the sizes of possible effects to the KPI's unit, around what was to be expected."""
        with np.errstate(over="ignore", invalid="ignore"):
            by_log = np.abs(self.evaluation - self.in_unit(step)) * np.expm1(np.where(self.is_log, size, 0.0))
        return np.where(self.is_log, by_log, size * self.index_unit)


@dataclass(frozen=True)
class Window:
    """The same for one effect, with the name of its scale."""

    baseline: float
    evaluation: float
    scale: Scale
    index_unit: float = 1.0

    @cached_property
    def as_values(self) -> Values:
        """The same as arrays of one."""
        unit = self.index_unit if self.scale is Scale.INDEX else 1.0
        is_log = np.array([self.scale is Scale.LOG])
        return Values(np.array([self.baseline]), np.array([self.evaluation]), is_log, np.array([unit]))

    def size_in_unit(self, size: float, step: float) -> float:
        """Bring the size of a possible effect to the KPI's unit, around what was to be expected."""
        return float(self.as_values.size_in_unit(np.array([size]), np.array([step]))[0])


def described(kind: KpiKind, found: Steps, values: Values, mde: Floats | None) -> list[dict[str, Any]]:
    """Say k effects in the KPI's unit and as a share of what was to be expected; `mde` (k,) is on the scale.

    Returns
    -------
    list of dict
        The figures of an `Estimate`, one entry per effect.
    """
    ends = np.stack([found.step, found.step - found.half_width, found.step + found.half_width])
    absolute = values.in_unit(ends)
    columns = {
        "confidence": [found.confidence] * len(found.step),
        "estimate": ends[0].tolist(),
        "low": ends[1].tolist(),
        "high": ends[2].tolist(),
        "standard_error": found.error.tolist(),
        "df": found.df.tolist(),
        "p_value": found.p_value.tolist(),
        "baseline_value": values.baseline.tolist(),
        "evaluation_value": values.evaluation.tolist(),
        "expected_without": (values.evaluation - absolute[0]).tolist(),
        "absolute": absolute[0].tolist(),
        "absolute_low": absolute[1].tolist(),
        "absolute_high": absolute[2].tolist(),
        "mde": [None] * len(found.step) if mde is None else values.size_in_unit(mde, found.step).tolist(),
    }
    for name, share in zip(
        ("relative", "relative_low", "relative_high"), _shares_of_expected(kind, absolute, values), strict=True
    ):
        columns[name] = share
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _shares_of_expected(kind: KpiKind, absolute: Floats, values: Values) -> list[list[float | None]]:
    """None where an expected value is not above zero, and for scores around zero."""
    expected = values.evaluation - absolute
    whole: Bools = np.full(expected.shape[1], kind is not KpiKind.NPS) & np.min(expected > 0, axis=0)
    share = np.divide(absolute, expected, out=np.zeros_like(absolute), where=expected > 0)
    told: list[bool] = whole.tolist()
    return [[one if there else None for one, there in zip(row, told, strict=True)] for row in share.tolist()]


def describe(
    kind: KpiKind, found: StepEstimate, window: Window, method: Method, grade: Grade, mde: float | None
) -> Estimate:
    """Say one effect in the KPI's unit and as a share of what was to be expected; `mde` is on the scale."""
    smallest = None if mde is None else np.array([mde])
    (figures,) = described(kind, found.as_steps, window.as_values, smallest)
    return Estimate(
        kind=kind,
        method=method,
        grade=grade,
        scale=window.scale,
        has_comparison=method is not Method.INTERRUPTED,
        **figures,
    )
