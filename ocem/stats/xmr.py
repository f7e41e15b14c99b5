"""Control charts of individual values (XmR), and of shares and rates with changing denominators (Laney p' and u').

Constants: limits at 2.66 mean moving ranges (3 / 1.128 rounded as printed everywhere), range limit 3.267 (D4 for
n = 2). Limits keep full precision; they are never rounded before a point is tested.

References
----------
Wheeler (2000), Understanding Variation, 2nd ed.; Nelson (1982), J. Quality Technology 14, 172-173, for the screening
of moving ranges; Laney (2002), Quality Engineering 14, 531-537.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LIMIT = 2.66
RANGE_LIMIT = 3.267
D2 = 1.128
LARGEST = 1e150
"""Size of a value beyond which its square is no number."""
LOCKED_FROM = 20
"""Baseline points from which limits are locked; below they are provisional."""
RUN = 8


class Signal(StrEnum):
    """What makes a point remarkable, strongest first."""

    OUTSIDE = "outside"
    """Beyond a limit."""
    RANGE = "range"
    """A jump from the point before beyond the range limit."""
    NEAR_LIMIT = "near_limit"
    """Three of four consecutive points nearer the same limit than the centre."""
    RUN = "run"
    """Eight consecutive points on one side of the centre."""


@dataclass(frozen=True)
class ChartPoint:
    """One point with its limits; `signals` hold, `new_signals` are news.

    A signal is news when it did not hold at the last point with a value. It is none when a run on the same side held
    there already (that the process has moved is known), nor is the jump back after a single point outside. A period
    without a value has None, and where the denominator is 0 also no limits. `distance` from the centre is in standard
    deviations of the chart, with sign; None where the chart has no variation.
    """

    value: float | None
    lower: float | None
    upper: float | None
    signals: tuple[Signal, ...]
    new_signals: tuple[Signal, ...]
    distance: float | None = None


@dataclass(frozen=True)
class Chart:
    """A control chart. `sigma` is a third of the half-width at a point of mean size; `range_limit` None where points
    have different limits; `autocorrelation` is of lag 1 over the baseline; `locked` once the baseline has 20 points.
    """

    centre: float
    lower: float
    upper: float
    sigma: float
    range_limit: float | None
    mean_range: float
    locked: bool
    autocorrelation: float
    points: tuple[ChartPoint, ...]


def xmr(
    values: Floats,
    baseline_points: int | None = None,
    screen: bool = False,
    floor: float = -np.inf,
    ceiling: float = np.inf,
) -> Chart:
    """Chart individual values, one a period.

    Parameters
    ----------
    values : array
        In order of time, at least two in the baseline; NaN is a period without a value.
    baseline_points : int, optional
        The first so many values set centre and limits; default all.
    screen : bool
        Leave out, once, moving ranges at or above 3.267 times their mean before setting the limits.
    floor, ceiling : float
        Values that the measure cannot pass: a limit beyond is drawn there and that side is not tested.

    Examples
    --------
    The NHS-R vignette's series; its limits are 6.95 and -3.06, screened 4.6 and -0.72.

    >>> values = np.array([1.0, 2, 1, 2, 10, *([1, 2] * 6), 1])
    >>> [round(v, 2) for v in (xmr(values).upper, xmr(values).lower)]
    [6.95, -3.06]
    >>> [round(v, 2) for v in (xmr(values, screen=True).upper, xmr(values, screen=True).lower)]
    [4.6, -0.72]
    """
    values = np.asarray(values, dtype=float)
    base = _baseline(values, baseline_points)
    if np.abs(base).max() > LARGEST:
        raise StatsInputError(N_("These values are too large to reckon with."))
    mean_range = _mean_range(np.abs(np.diff(base)), screen)
    half = np.full(len(values), LIMIT * mean_range)
    return _chart(values, base, float(base.mean()), half, mean_range, RANGE_LIMIT * mean_range, (floor, ceiling))


def p_prime(numerator: Floats, denominator: Floats, baseline_points: int | None = None, screen: bool = False) -> Chart:
    """Chart shares whose denominators change, with limits that follow them (Laney's p').

    The z-scores of the baseline carry the variation beyond chance: limits are p -+ 3 s sqrt(p (1 - p) / n_i) with
    s = mean |z_i - z_{i-1}| / 1.128.

    Examples
    --------
    >>> chart = p_prime(np.array([20.0, 24, 18, 90]), np.array([100.0, 120, 90, 300]), baseline_points=3)
    >>> round(chart.centre, 3), chart.points[3].signals
    (0.2, (<Signal.OUTSIDE: 'outside'>,))
    """
    k, n = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if k.shape != n.shape or (k < 0).any() or (k > n).any() or (n < 0).any():
        raise StatsInputError(
            N_("A share needs a denominator for each numerator, and none smaller than its numerator.")
        )
    return _laney(k, n, baseline_points, screen, lambda centre: centre * (1 - centre), (0.0, 1.0))


def u_prime(numerator: Floats, denominator: Floats, baseline_points: int | None = None, screen: bool = False) -> Chart:
    """Chart rates of events per unit whose units change (Laney's u'): contacts per order, complaints per thousand.

    As p', with the chance of counts: limits are u -+ 3 s sqrt(u / n_i).

    Examples
    --------
    >>> chart = u_prime(np.array([20.0, 24, 18, 150]), np.array([10.0, 12, 9, 30]), baseline_points=3)
    >>> round(chart.centre, 3), chart.points[3].signals
    (2.0, (<Signal.OUTSIDE: 'outside'>,))
    """
    k, n = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    if k.shape != n.shape or (k < 0).any() or (n < 0).any():
        raise StatsInputError(N_("A rate needs a denominator for each numerator, and neither below zero."))
    return _laney(k, n, baseline_points, screen, lambda centre: centre, (0.0, np.inf))


def _laney(
    k: Floats,
    n: Floats,
    points: int | None,
    screen: bool,
    chance_of_one: Callable[[float], float],
    bounds: tuple[float, float],
) -> Chart:
    """Chart k over n with limits at 3 s sqrt(chance of one / n), s from the baseline's moving z-scores."""
    share = np.divide(k, n, out=np.full(len(k), np.nan), where=n > 0)
    base = _baseline(share, points)
    first = slice(0, points)
    centre = float(np.nansum(k[first]) / np.nansum(n[first]))
    chance = np.sqrt(chance_of_one(centre) / np.where(n > 0, n, np.nan))
    z = np.divide(share - centre, chance, out=np.zeros(len(share)), where=chance > 0)
    scores = z[first][np.isfinite(share[first])]
    mean_range = _mean_range(np.abs(np.diff(scores)), screen)
    return _chart(share, base, centre, 3.0 * mean_range / D2 * chance, mean_range, None, bounds, scores)


def _baseline(values: Floats, points: int | None) -> Floats:
    base = values[:points]
    base = base[np.isfinite(base)]
    if len(base) < 2:
        raise StatsInputError(
            N_("A control chart needs at least two values in its baseline; found {found}."), found=len(base)
        )
    return base


def _mean_range(ranges: Floats, screen: bool) -> float:
    mean = float(ranges.mean())
    kept = ranges[ranges < RANGE_LIMIT * mean]
    return float(kept.mean()) if screen and len(kept) else mean


def _chart(
    values: Floats,
    base: Floats,
    centre: float,
    half: Floats,
    mean_range: float,
    range_limit: float | None,
    bounds: tuple[float, float],
    scores: Floats | None = None,
) -> Chart:
    floor, ceiling = bounds
    lower, upper = centre - half, centre + half
    tested = (lower > floor, upper < ceiling)
    found = {
        Signal.OUTSIDE: ((values < lower) & tested[0]) | ((values > upper) & tested[1]),
        Signal.RANGE: _jumps(values, range_limit),
        Signal.NEAR_LIMIT: _near_limit(values - centre, half, tested),
        Signal.RUN: _runs(values, centre),
    }
    limits = np.maximum(lower, floor), np.minimum(upper, ceiling)
    middle = float(np.nanmean(half))
    news = _news(values, values - centre, found)
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.where(half > 0, 3.0 * (values - centre) / half, np.nan)
    return Chart(
        centre=centre,
        lower=max(centre - middle, floor),
        upper=min(centre + middle, ceiling),
        sigma=middle / 3.0,
        range_limit=range_limit,
        mean_range=mean_range,
        locked=len(base) >= LOCKED_FROM,
        autocorrelation=_autocorrelation(base if scores is None else scores),
        points=_points((values, *limits, distance), found, news),
    )


def _points(
    numbers: tuple[Floats, Floats, Floats, Floats], found: dict[Signal, Bools], news: dict[Signal, Bools]
) -> tuple[ChartPoint, ...]:
    value, lower, upper, distance = (
        [number if known else None for number, known in zip(row.tolist(), np.isfinite(row).tolist(), strict=True)]
        for row in numbers
    )
    held, new = _named(found, len(value)), _named(news, len(value))
    return tuple(ChartPoint(*row) for row in zip(value, lower, upper, held, new, distance, strict=True))


def _named(holds: dict[Signal, Bools], n: int) -> list[tuple[Signal, ...]]:
    names: list[tuple[Signal, ...]] = [()] * n
    for i in np.flatnonzero(np.any(list(holds.values()), axis=0)):
        names[i] = tuple(signal for signal, where in holds.items() if where[i])
    return names


def _news(values: Floats, from_centre: Floats, found: dict[Signal, Bools]) -> dict[Signal, Bools]:
    """Say which signals tell something that the last point with a value did not; see `ChartPoint`."""
    there = np.flatnonzero(np.isfinite(values))
    news = {signal: np.zeros(len(values), bool) for signal in found}
    if not len(there):
        return news
    side = np.sign(from_centre[there])
    same_side = np.concatenate([[False], side[1:] == side[:-1]])
    held = {signal: holds[there] for signal, holds in found.items()}
    before = {signal: np.concatenate([[False], holds[:-1]]) for signal, holds in held.items()}
    known = before[Signal.RUN] & same_side
    back = before[Signal.OUTSIDE] & ~held[Signal.OUTSIDE]
    silent = {
        Signal.OUTSIDE: known,
        Signal.NEAR_LIMIT: known,
        Signal.RANGE: back,
        Signal.RUN: np.zeros(len(there), bool),
    }
    for signal, holds in held.items():
        news[signal][there] = holds & ~before[signal] & ~silent[signal]
    return news


def _jumps(values: Floats, range_limit: float | None) -> Bools:
    """Points further from the last value before them than the range limit."""
    jumps = np.zeros(len(values), bool)
    if range_limit is not None:
        there = np.flatnonzero(np.isfinite(values))
        jumps[there[1:]] = np.abs(np.diff(values[there])) > range_limit
    return jumps


def _near_limit(distance: Floats, half: Floats, tested: tuple[Bools, Bools]) -> Bools:
    """Values beyond half-way to a limit that are, with the three before them, three of four beyond half-way to it."""
    there = np.flatnonzero(np.isfinite(distance))
    near = np.zeros(len(distance), bool)
    for sign, side in zip((-1.0, 1.0), tested, strict=True):
        beyond = (sign * distance[there] > half[there] / 2.0) & side[there]
        last_four = np.convolve(beyond, np.ones(4))[: len(beyond)]
        near[there[beyond & (last_four >= 3)]] = True
    return near


def _runs(values: Floats, centre: float) -> Bools:
    """Values that complete or prolong eight in a row on one side; a value on the centre neither counts nor breaks."""
    runs = np.zeros(len(values), bool)
    off = np.flatnonzero(np.isfinite(values) & (values != centre))
    side = np.sign(values[off] - centre)
    length = 0
    for i, position in enumerate(off):
        length = length + 1 if i and side[i] == side[i - 1] else 1
        runs[position] = length >= RUN
    return runs


def _autocorrelation(base: Floats) -> float:
    centred = base - base.mean()
    square = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / square if square > 0 else 0.0
