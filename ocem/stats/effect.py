"""Effects on a scale, brought to the KPI's unit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.stats.looking import Looks
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
class StepEstimate:
    """An effect on its scale, with its t interval; `looks` are those so far if it is looked at every week."""

    step: float
    error: float
    df: float
    confidence: float
    looks: Looks | None = None

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        from scipy.special import stdtrit

        tail = 0.5 + self.confidence / 2.0
        if self.looks is not None:
            tail = 1.0 - self.looks.tail(self.confidence) / 2.0
        return float(stdtrit(self.df, tail)) * self.error

    @property
    def p_value(self) -> float:
        """Two-sided."""
        from scipy.special import stdtr

        p_value = float(2.0 * stdtr(self.df, -abs(self.step / self.error)))
        return p_value if self.looks is None else self.looks.p_value(p_value)


@dataclass(frozen=True)
class Window:
    """What the unit of an effect hangs on: the values before and after, and how large one of the scale is."""

    baseline: float
    evaluation: float
    scale: Scale
    index_unit: float = 1.0

    def in_unit(self, step: float) -> float:
        """Bring an effect on the scale to the KPI's unit: what was seen minus what was to be expected."""
        if self.scale is Scale.LOG:
            return -self.evaluation * _expm1(-step)
        return step * (self.index_unit if self.scale is Scale.INDEX else 1.0)

    def size_in_unit(self, size: float, step: float) -> float:
        """Bring the size of a possible effect to the KPI's unit, around what was to be expected."""
        if self.scale is Scale.LOG:
            return abs(self.evaluation - self.in_unit(step)) * _expm1(size)
        return self.in_unit(size)


def _expm1(value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.expm1(value))


def describe(
    kind: KpiKind, found: StepEstimate, window: Window, method: Method, grade: Grade, mde: float | None
) -> Estimate:
    """Say an effect in the KPI's unit and as a share of what was to be expected; `mde` is on the scale."""
    ends = [found.step, found.step - found.half_width, found.step + found.half_width]
    absolute = [window.in_unit(end) for end in ends]
    relative = [_share_of_expected(kind, effect, window.evaluation) for effect in absolute]
    whole = all(share is not None for share in relative)
    return Estimate(
        kind=kind,
        method=method,
        grade=grade,
        scale=window.scale,
        confidence=found.confidence,
        estimate=ends[0],
        low=ends[1],
        high=ends[2],
        standard_error=found.error,
        df=found.df,
        p_value=found.p_value,
        has_comparison=method is not Method.INTERRUPTED,
        baseline_value=window.baseline,
        evaluation_value=window.evaluation,
        expected_without=window.evaluation - absolute[0],
        absolute=absolute[0],
        absolute_low=absolute[1],
        absolute_high=absolute[2],
        relative=relative[0] if whole else None,
        relative_low=relative[1] if whole else None,
        relative_high=relative[2] if whole else None,
        mde=None if mde is None else window.size_in_unit(mde, found.step),
    )


def _share_of_expected(kind: KpiKind, effect: float, evaluation: float) -> float | None:
    """None where the expected value is not above zero, and for scores around zero."""
    expected = evaluation - effect
    return effect / expected if kind is not KpiKind.NPS and expected > 0 else None
