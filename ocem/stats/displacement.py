"""Where did the interactions of a new touchpoint come from: how many are gone elsewhere for each one more here?

Each stream of volumes (the touchpoint itself, the other touchpoints, one of them, one reason of contact) is compared
week by week with volumes nobody touched, on the scale of logarithms; all streams get a step of their own at the
go-live and share one persistence. Steps turn into volumes, ``sum V (1 - exp(-step))`` over the judged weeks, and the
ratio of two volumes gets Fieller's interval from their joint covariance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.design import TREND_FROM, YEAR
from ocem.stats.glsar import fit_weekly
from ocem.stats.power import t_degrees
from ocem.stats.spacing import find_spacing, whiten

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEGLIGIBLE = 0.03
"""Interactions gone (or come) elsewhere per extra one here that are not worth a verdict."""
ADDS_WITHIN = 0.30
"""Interactions elsewhere per extra one here up to which, at both ends of the interval, volume counts as added."""
TOLD_APART = 0.15
"""Half an interval of the ratio up to which the four verdicts are told apart in 95 of 100 cases (`docs/links.md`)."""
STILL_HERE = 0.25
STILL_ELSEWHERE = 0.10
"""Steps (logarithm) within which, at both ends of the interval, a volume has not moved."""
FEWEST_BEFORE = 16
FEWEST_AFTER = 4
THIN_STREAM = 10.0
"""Volume of a median week below which a stream is not judged."""
STEP = 1


@dataclass(frozen=True)
class Stream:
    """Weekly volumes of something that may have moved, and of what nobody touched; arrays (T,).

    `before` and `after` are the weeks that teach and the weeks that are judged. A stream that did not exist before
    (`is_new`) has no comparison: all its volume is extra.
    """

    volume: Floats
    comparison: Floats | None
    before: Bools
    after: Bools
    is_new: bool = False


@dataclass(frozen=True)
class Volumes:
    """How much each of m streams has more (or less, negative) than without the go-live, over its judged weeks.

    `extra` (m,) and `covariance` (m, m); `step` (m,) and `step_error` (m,) on the scale of logarithms (infinite and 0
    for what is new); `df` degrees of freedom; `reason` (m,) is empty, or why a stream could not be judged (then its
    numbers are NaN).
    """

    extra: Floats
    covariance: Floats
    step: Floats
    step_error: Floats
    df: float
    rho: float
    reason: tuple[str, ...]

    def interval(self, weights: Floats, confidence: float = 0.95) -> tuple[float, float, float]:
        """Return a weighted sum of the extra volumes with its interval: value, low, high."""
        value = float(weights @ self.extra)
        half = quantile(self.df, confidence) * float(np.sqrt(max(float(weights @ self.covariance @ weights), 0.0)))
        return value, value - half, value + half


def quantile(df: float, confidence: float) -> float:
    """Return the two-sided quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + confidence / 2.0))


@dataclass(frozen=True)
class Ratio:
    """A ratio with Fieller's interval; unbounded (None) when the denominator may be 0."""

    value: float
    low: float | None
    high: float | None

    @property
    def is_identified(self) -> bool:
        """Whether the interval has two ends."""
        return self.low is not None and self.high is not None


def fieller(
    numerator: float, denominator: float, var_numerator: float, var_denominator: float, covariance: float, t: float
) -> Ratio:
    """Ratio of two estimates with Fieller's interval; `t` is the quantile of its coverage.

    References
    ----------
    Fieller (1954), J. R. Stat. Soc. B 16, 175-185.

    Examples
    --------
    >>> found = fieller(10.0, 20.0, 1.0, 1.0, 0.0, 1.96)
    >>> round(found.value, 2), round(found.low, 3), round(found.high, 3)
    (0.5, 0.395, 0.615)
    >>> fieller(10.0, 1.0, 1.0, 1.0, 0.0, 1.96).is_identified
    False
    """
    if denominator == 0:
        return Ratio(float("nan"), None, None)
    a = denominator**2 - t**2 * var_denominator
    b = numerator * denominator - t**2 * covariance
    c = numerator**2 - t**2 * var_numerator
    value = numerator / denominator
    if a <= 0:
        return Ratio(value, None, None)
    root = float(np.sqrt(max(b * b - a * c, 0.0)))
    return Ratio(value, (b - root) / a, (b + root) / a)


def volumes(streams: Sequence[Stream]) -> Volumes:
    """Estimate the extra volume of every stream and how their errors hang together.

    Raises
    ------
    StatsInputError
        If streams differ in length, or none can be judged.
    """
    if len({len(item.volume) for item in streams}) != 1:
        raise StatsInputError(N_("Streams of different lengths cannot be compared."))
    reasons = [_reason(item) for item in streams]
    fitted = [i for i, item in enumerate(streams) if not reasons[i] and not item.is_new]
    m = len(streams)
    extra, step, error = np.full(m, np.nan), np.full(m, np.nan), np.full(m, np.nan)
    covariance = np.full((m, m), np.nan)
    judged = [i for i in range(m) if not reasons[i]]
    covariance[np.ix_(judged, judged)] = 0.0
    gradient = np.zeros(m)
    df, rho = 1e6, 0.0
    if fitted:
        steps, cov, df, rho = _joint_steps([streams[i] for i in fitted])
        for place, i in enumerate(fitted):
            total = float(streams[i].volume[streams[i].after].sum())
            step[i], error[i] = steps[place], np.sqrt(cov[place, place])
            extra[i] = total * (1.0 - np.exp(-steps[place]))
            gradient[i] = total * np.exp(-steps[place])
        covariance[np.ix_(fitted, fitted)] = cov * np.outer(gradient[fitted], gradient[fitted])
    for i in judged:
        if streams[i].is_new:
            extra[i] = float(streams[i].volume[streams[i].after].sum())
            step[i], error[i] = np.inf, 0.0
    return Volumes(extra, covariance, step, error, df, rho, tuple(reasons))


def _reason(item: Stream) -> str:
    """Say why a stream cannot be judged; empty when it can."""
    if int(item.after.sum()) < FEWEST_AFTER:
        return "too_few_weeks_after"
    if item.is_new:
        return "" if float(item.volume[item.after].sum()) > 0 else "no_volume"
    if int(item.before.sum()) < FEWEST_BEFORE:
        return "too_few_weeks_before"
    if item.comparison is None:
        return "no_comparison"
    windows = item.before | item.after
    if float(np.median(item.volume[windows])) < THIN_STREAM:
        return "too_small"
    if float(np.median(item.comparison[windows])) < THIN_STREAM:
        return "comparison_too_small"
    return ""


def _joint_steps(streams: Sequence[Stream]) -> tuple[Floats, Floats, float, float]:
    """Steps of all streams with their covariance, from regressions with one common AR(1)."""
    n = len(streams[0].volume)
    y, used = np.zeros((len(streams), n)), np.zeros((len(streams), n), dtype=bool)
    for i, item in enumerate(streams):
        assert item.comparison is not None
        used[i] = (item.before | item.after) & (item.volume > 0) & (item.comparison > 0)
        y[i, used[i]] = np.log(item.volume[used[i]] / item.comparison[used[i]])
    designs = [_design(item, n) for item in streams]
    rho = float(np.mean([_persistence(y[i], designs[i], used[i]) for i in range(len(streams))]))
    influences, innovations, steps, degrees = [], [], [], []
    for i, design in enumerate(designs):
        spacing = find_spacing(used[i : i + 1])
        at = np.array([rho])
        x = np.stack([np.nan_to_num(whiten(column[None], at, spacing, first=True)[0]) for column in design.T])
        target = np.nan_to_num(whiten(y[i : i + 1], at, spacing, first=True)[0])
        bread = np.linalg.pinv(x @ x.T)
        params = bread @ (x @ target)
        influences.append(bread[STEP] @ x)
        left = max(int(used[i].sum()) - design.shape[1], 1)
        innovations.append((target - params @ x) / np.sqrt(left))
        steps.append(params[STEP])
        degrees.append(float(t_degrees(design, used[i : i + 1], at, STEP)[0]))
    a, e = np.stack(influences), np.stack(innovations)
    return np.array(steps), (a @ a.T) * (e @ e.T), float(np.median(degrees)), rho


def _design(item: Stream, n: int) -> Floats:
    columns = [np.ones(n), item.after.astype(float)]
    if int(item.before.sum()) >= TREND_FROM:
        first_after = int(np.flatnonzero(item.after)[0])
        columns.append((np.arange(n) - first_after) / YEAR)
    return np.column_stack(columns)


def _persistence(y: Floats, design: Floats, used: Bools) -> float:
    """Persistence of one stream, corrected for its small-sample bias."""
    fit = fit_weekly(y[None], design, used[None])
    if not fit.ok[0]:
        return 0.0
    return float(fit.rho[0])


def reconciled(parts: Floats, variances: Floats, total: float) -> Floats:
    """Let parts add up to the total: the gap is shared out in proportion to how uncertain each part is.

    Examples
    --------
    >>> reconciled(np.array([10.0, 20.0]), np.array([1.0, 3.0]), 34.0).tolist()
    [11.0, 23.0]
    """
    weight = variances / variances.sum() if variances.sum() > 0 else np.full(len(parts), 1.0 / max(len(parts), 1))
    return np.asarray(parts + weight * (total - parts.sum()))


@dataclass(frozen=True)
class Shift:
    """What one touchpoint's extra volume did elsewhere: the ratio and what it amounts to.

    `verdict` is ``replaces``, ``adds``, ``generates_contacts``, ``no_shift`` or ``not_identified``.
    """

    ratio: Ratio
    verdict: str


def shift_between(found: Volumes, here: Floats, elsewhere: Floats, confidence: float = 0.95) -> Shift:
    """Judge the volumes gone elsewhere per extra one here.

    Parameters
    ----------
    here, elsewhere : array (m,)
        Weights (0 or 1) of the streams that make up each side.
    """
    t = quantile(found.df, confidence)
    extra, cov = np.nan_to_num(found.extra), np.nan_to_num(found.covariance)
    gone, more = -float(elsewhere @ extra), float(here @ extra)
    ratio = fieller(
        gone, more, float(elsewhere @ cov @ elsewhere), float(here @ cov @ here), -float(here @ cov @ elsewhere), t
    )
    if ratio.low is None or ratio.high is None:
        return Shift(ratio, "no_shift" if _still(found, here, elsewhere, t) else "not_identified")
    if more < 0:
        return Shift(ratio, "not_identified")
    if ratio.low > NEGLIGIBLE:
        return Shift(ratio, "replaces")
    if ratio.high < -NEGLIGIBLE:
        return Shift(ratio, "generates_contacts")
    within = max(abs(ratio.low), abs(ratio.high)) <= ADDS_WITHIN
    return Shift(ratio, "adds" if within else "not_identified")


def _still(found: Volumes, here: Floats, elsewhere: Floats, t: float) -> bool:
    """Say whether neither side moved, and that beyond doubt."""
    far = np.abs(found.step) + t * found.step_error
    return bool((far[here > 0] <= STILL_HERE).all() and (far[elsewhere > 0] <= STILL_ELSEWHERE).all())
