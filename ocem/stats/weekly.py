"""The weekly model for many series at once: fitted, drawn, and asked what it could have seen."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.stats.design import STEP, WEEKLY, Calendar, Choice, Pace
from ocem.stats.effect import Window, window_value
from ocem.stats.glsar import GlsarFit
from ocem.stats.looking import FIRST_LOOK, GROWTHS, YEAR_OF_LOOKS, Looks, tails
from ocem.stats.marginal import fit_marginal
from ocem.stats.power import minimum_detectable, step_error
from ocem.stats.result import Method, WeeklyPath
from ocem.stats.series import Prepared, Sums
from ocem.stats.spacing import find_spacing, whiten
from ocem.stats.windows import Windows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

RELATIVE_NOISE = 1e-24
"""Variance of the residuals, relative to the series, below which a series has no noise to measure against."""


@dataclass(frozen=True)
class Task:
    """What is asked of k series at once."""

    kind: KpiKind
    inside: Sums
    comparison: Sums | None
    windows: Windows
    baseline: Bools
    evaluation: Bools
    weeks: Days
    confidence: float
    pace: Pace = WEEKLY
    every_week: bool = False

    @cached_property
    def first_after(self) -> int:
        """Index of the first judged week."""
        return int(np.flatnonzero(self.windows.after)[0])

    @cached_property
    def calendar(self) -> Calendar:
        """Where the weeks lie in time."""
        return Calendar(self.weeks[0].astype("datetime64[D]"), self.windows.go_live_week, self.pace)

    @cached_property
    def fewest_answers(self) -> Floats:
        """Fewest rows that stand behind a window in either group, (k,)."""
        groups = [self.inside] if self.comparison is None else [self.inside, self.comparison]
        totals = [
            np.where(window, np.nan_to_num(group.n), 0.0).sum(axis=1)
            for group in groups
            for window in (self.windows.before, self.windows.after)
        ]
        fewest: Floats = np.minimum.reduce(np.broadcast_arrays(*totals))
        return fewest

    @cached_property
    def values(self) -> tuple[Floats, Floats]:
        """Value inside over the baseline and over the evaluation, (k,) each."""
        return window_value(self.inside, self.baseline), window_value(self.inside, self.evaluation)


@dataclass(frozen=True)
class WeeklyFit:
    """The fits of some rows by one design, and what follows from them on the scale; arrays (rows, ...)."""

    choice: Choice
    rows: NDArray[np.int64]
    design: Floats
    glsar: GlsarFit
    step: Floats
    error: Floats
    df: Floats
    noise: Floats
    """Variance of a week around the model."""
    widened: Floats
    """How much wider the interval is than known persistence would make it, as a share of the error, (rows,)."""
    mde: Floats
    growth: Floats | None = None
    """How much the logarithm of information grows over a year of looks, where the result is looked at every week."""
    confidence: Floats | None = None
    """Coverage that the interval of this look alone has, (rows,)."""

    def looks_at(self, i: int, weeks: int) -> Looks | None:
        """Return the looks at the i-th series so far, where every week is one."""
        return None if self.growth is None else Looks(float(self.growth[i]), weeks)

    def influence(self, i: int) -> Floats:
        """How much an innovation of each week moves the estimated step of the i-th series, (T,)."""
        used = np.isfinite(self.glsar.residuals[i])
        spacing = find_spacing(np.broadcast_to(used, self.design.T.shape))
        columns = whiten(self.design.T, np.full(len(self.design.T), self.glsar.rho[i]), spacing, first=True)
        moved: Floats = self.glsar.bread[i, STEP] @ np.nan_to_num(columns)
        return moved


def fit_rows(task: Task, prepared: Prepared, choice: Choice, rows: NDArray[np.int64]) -> WeeklyFit:
    """Fit some of the prepared series by one design."""
    windows = task.windows
    positions = np.arange(len(windows.before), dtype=float)
    design = task.calendar.columns(choice.method, positions, windows.after.astype(float))
    used = prepared.used[rows]
    found = fit_marginal(prepared.y[rows], design, used, STEP)
    fit, step = found.fit, found.value
    noise = np.nansum(fit.residuals**2, axis=1) / np.maximum(used.sum(axis=1) - design.shape[1], 1)
    rho = np.nan_to_num(fit.rho)
    with np.errstate(divide="ignore", invalid="ignore"):
        widened = np.nan_to_num(found.error / step_error(design, used, rho, noise, STEP), nan=1.0, posinf=1.0)
    growth = _growth(task, choice, used, rho) if task.every_week else None
    seen = WeeklyFit(choice, rows, design, fit, step, found.error, found.df, noise, widened, step, growth)
    n_after = (used & windows.after).sum(axis=1)
    confidence = np.full(len(rows), task.confidence)
    if growth is not None:
        confidence = 1.0 - tails(growth, n_after, task.confidence)
    mde = minimum_detectable(found.error, found.df, confidence)
    return replace(seen, mde=mde, confidence=confidence)


def _growth(task: Task, choice: Choice, used: Bools, rho: Floats) -> Floats:
    """Logarithm of the information at the last look of a year over that at the first, (rows,)."""
    before = used & task.windows.before
    start = task.first_after
    errors = []
    for n_weeks in (FIRST_LOOK, YEAR_OF_LOOKS):
        positions = np.arange(start + n_weeks)
        after = positions >= start
        known = np.broadcast_to(after, (len(used), len(after))).copy()
        known[:, :start] = before[:, :start]
        design = task.calendar.columns(choice.method, positions.astype(float), after.astype(float))
        errors.append(step_error(design, known, rho, np.ones(len(rho)), STEP))
    with np.errstate(divide="ignore", invalid="ignore"):
        growth: Floats = np.nan_to_num(2.0 * np.log(errors[0] / errors[1]), nan=GROWTHS[-1], posinf=GROWTHS[-1])
    return np.clip(growth, 0.0, GROWTHS[-1])


def without_noise(prepared: Prepared, fit: WeeklyFit) -> Bools:
    """Say which series leave nothing unexplained, so that no noise can be measured."""
    used = prepared.used[fit.rows]
    square = np.nan_to_num(prepared.level[fit.rows]) ** 2 + np.nan_to_num(prepared.y[fit.rows]) ** 2
    size = np.where(used, square, 0.0).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
    silent: Bools = np.logical_not(fit.glsar.sigma2 > RELATIVE_NOISE * size)
    return silent


def draw_paths(task: Task, prepared: Prepared, fit: WeeklyFit, which: NDArray[np.int64]) -> dict[int, WeeklyPath]:
    """Weekly values, what was to be expected and where a single week would lie, for some of the fitted series."""
    from scipy.special import stdtrit

    rows = fit.rows[which]
    without = fit.design.copy()
    without[:, STEP] = 0.0
    reference = prepared.reference[rows]
    level = reference + fit.glsar.params[which] @ without.T
    spread = fit.noise[which, None] + np.einsum("ti,kij,tj->kt", without, fit.glsar.covariance[which], without)
    half = stdtrit(fit.df[which], 0.5 + task.confidence / 2.0)[:, None] * np.sqrt(np.maximum(spread, 0.0))
    lines = [_within(task.kind, prepared.in_unit(line, rows)) for line in (level, level - half, level + half)]
    value, other = prepared.value[rows], prepared.comparison_value[rows]
    return {
        int(at): WeeklyPath(value[i], lines[0][i], lines[1][i], lines[2][i], other[i], prepared.used[rows[i]])
        for i, at in enumerate(which)
    }


def _within(kind: KpiKind, values: Floats) -> Floats:
    """Hold expectations inside the range that the kind can take."""
    if kind in (KpiKind.SHARE, KpiKind.TOP2):
        return np.clip(values, 0.0, 1.0)
    return np.clip(values, -1.0, 1.0) if kind is KpiKind.NPS else values


@dataclass(frozen=True)
class Detectable:
    """Smallest change, in the KPI's unit, that an evaluation of so many weeks would show in four cases of five."""

    calendar: Calendar
    method: Method
    before: NDArray[np.int64]
    first_after: int
    rho: float
    noise: float
    df: float
    confidence: float
    window: Window
    step: float

    def __call__(self, n_weeks: int) -> float:
        """Return the minimum detectable effect of an evaluation of `n_weeks` weeks."""
        return self.window.size_in_unit(self.on_scale(n_weeks), self.step)

    def on_scale(self, n_weeks: int) -> float:
        """Return the same on the scale of the estimate."""
        last = self.first_after + max(n_weeks, 1)
        positions = np.arange(last, dtype=float)
        design = self.calendar.columns(self.method, positions, (positions >= self.first_after).astype(float))
        used = positions >= self.first_after
        used[self.before] = True
        error = step_error(design, used[None], np.array([self.rho]), np.array([self.noise]), STEP)
        return float(minimum_detectable(error, np.array([self.df]), self.confidence)[0])


def detectable(task: Task, prepared: Prepared, fit: WeeklyFit, window: Window, i: int) -> Detectable:
    """Return what longer or shorter evaluations of the i-th fitted series could see."""
    return Detectable(
        calendar=task.calendar,
        method=fit.choice.method,
        before=np.flatnonzero(prepared.used[fit.rows[i]] & task.windows.before),
        first_after=task.first_after,
        rho=float(fit.glsar.rho[i]),
        noise=float(fit.noise[i] * fit.widened[i] ** 2),
        df=float(fit.df[i]),
        confidence=task.confidence if fit.confidence is None else float(fit.confidence[i]),
        window=window,
        step=float(fit.step[i]),
    )
