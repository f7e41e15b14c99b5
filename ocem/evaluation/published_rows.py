"""A table in a file as the methods of published studies take it, and what they answer."""

from dataclasses import dataclass, field
from math import expm1, inf

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, WrongUse
from ocem.evaluation.method_options import MethodOptions
from ocem.stats.interval import Contrast
from ocem.stats.result import Grade

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows(MethodOptions):
    """A table as arrays, one entry a row; what was not asked for is None.

    `values` and `weights` hold one or more columns; `after` and `treated` are masks; `at` counts periods.
    """

    values: list[Floats]
    weights: list[Floats]
    squares: list[Floats]
    at: NDArray[np.int64] | None
    go_live: int | None
    treated: Bools | None
    learned: Bools
    """Rows of the baseline; all before the go-live where none was given."""
    judged: Bools
    unit: NDArray[np.str_] | None = None
    second_unit: NDArray[np.str_] | None = None
    dose: Floats | None = None
    beside: Floats | None = None
    beside_names: tuple[str, ...] = ()
    cohort: Floats | None = None
    others: Floats | None = None
    other_names: tuple[str, ...] = ()
    mix: tuple[float, ...] | None = None

    @property
    def value(self) -> Floats:
        """The first value column, as logarithms where they are asked for."""
        return np.log(self.values[0]) if self.log else self.values[0]

    @property
    def after(self) -> Bools:
        """Rows from the go-live on."""
        return self.periods >= self.start

    @property
    def periods(self) -> NDArray[np.int64]:
        """Periods; refused where none were named."""
        if self.at is None:
            raise WrongUse(N_("This method needs --{option}."), option="when")
        return self.at

    @property
    def start(self) -> int:
        """Period of the go-live; refused where none was named."""
        if self.go_live is None:
            raise WrongUse(N_("This method needs --{option}."), option="go-live")
        return self.go_live

    @property
    def inside(self) -> Bools:
        """Treated rows; refused where no group was named."""
        if self.treated is None:
            raise WrongUse(N_("This method needs --{option}."), option="group")
        return self.treated

    @property
    def second_half(self) -> Bools:
        """Rows whose mean is compared with the others': the treated, or those after the go-live."""
        return self.after if self.treated is None else self.treated


@dataclass(frozen=True)
class Published:
    """What a method found; `relative` and its ends are shares, `figures` everything else it prints.

    `before` and `evaluation` are the values of the windows or of the two groups.
    """

    estimate: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    relative: tuple[float, float, float] | None = None
    before: float | None = None
    evaluation: float | None = None
    has_comparison: bool = False
    grade: Grade = Grade.D
    figures: dict[str, float] = field(default_factory=dict)
    plain: bool = False
    """Whether it describes something and compares nothing."""


def of_contrast(found: Contrast, has_comparison: bool, before: float, after: float, **figures: float) -> Published:
    """Return a contrast of two groups, with its error and degrees of freedom among the figures."""
    more = {"standard_error": found.standard_error} | ({} if np.isinf(found.df) else {"df": found.df})
    return Published(
        found.estimate,
        found.low,
        found.high,
        found.p_value,
        before=before,
        evaluation=after,
        has_comparison=has_comparison,
        figures=more | figures,
    )


def normal_interval(
    effect: float, error: float, rows: Rows, before: float, after: float, figures: dict[str, float], df: float = inf
) -> Published:
    """Return an effect with its interval; the normal where degrees of freedom are without bound."""
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    tail = 0.5 + rows.confidence / 2.0
    if not error > 0:
        return Published(effect, before=before, evaluation=after, has_comparison=True, grade=Grade.C, figures=figures)
    half = float(ndtri(tail) if np.isinf(df) else stdtrit(df, tail)) * error
    p_value = 2.0 * float(ndtr(-abs(effect / error)) if np.isinf(df) else stdtr(df, -abs(effect / error)))
    return Published(
        effect,
        effect - half,
        effect + half,
        p_value,
        from_log(effect, half) if rows.log else None,
        before,
        after,
        True,
        Grade.C,
        figures,
    )


def from_log(effect: float, half: float) -> tuple[float, float, float]:
    """Turn an effect on logarithms into shares."""
    return expm1(effect), expm1(effect - half), expm1(effect + half)


def coefficient(rows: Rows, effect: float, half: float, p_value: float, figures: dict[str, float]) -> Published:
    """Return a coefficient as the effect of a table."""
    relative = from_log(effect, half) if rows.log else None
    if relative is not None:
        figures = figures | {"percent": 100.0 * relative[0]}
    has = rows.treated is not None
    before, after = window_means(rows)
    grade = Grade.C if has or rows.beside is not None else Grade.D
    return Published(effect, effect - half, effect + half, p_value, relative, before, after, has, grade, figures)


def window_means(rows: Rows) -> tuple[float | None, float | None]:
    """Mean of the value before and after, where the table has both."""
    if rows.at is None or rows.go_live is None:
        return None, None
    inside = np.ones(len(rows.value), bool) if rows.treated is None else rows.treated
    parts = [rows.values[0][inside & mask & np.isfinite(rows.values[0])] for mask in (~rows.after, rows.after)]
    return (float(parts[0].mean()) if len(parts[0]) else None, float(parts[1].mean()) if len(parts[1]) else None)


def codes_of(names: NDArray[np.str_] | None) -> NDArray[np.int64] | None:
    """Number the distinct names."""
    return None if names is None else np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)
