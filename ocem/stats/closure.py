"""Weeks in which a shop was shut or nearly so: August, Christmas, a strike."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

USUAL_SPAN = 13
"""Weeks over which the usual volume is the median."""
CLOSED_SHARE = 0.5
"""A week under this share of the usual volume, beyond chance, is a closure."""
REDUCED_SHARE = 0.9
"""A week beside a closure and under this share of the usual belongs to the closure."""


def _rolling_median(values: Floats, span: int) -> Floats:
    """Median of the `span` weeks around each week (at the ends, of the nearest ones); NaN are left out."""
    n_weeks = values.shape[1]
    span = min(span, n_weeks)
    ordered = np.sort(np.lib.stride_tricks.sliding_window_view(values, span, axis=1), axis=2)
    present = np.isfinite(ordered).sum(axis=2, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum(present - 1, 0) // 2, axis=2)[..., 0]
    high = np.take_along_axis(ordered, np.minimum(present // 2, span - 1), axis=2)[..., 0]
    start = np.clip(np.arange(n_weeks) - span // 2, 0, n_weeks - span)
    return ((low + high) / 2.0)[:, start]


def _beyond_chance(volume: Floats, usual: Floats) -> Bools:
    """Under half of the usual, and further under it than a Poisson count wanders."""
    with np.errstate(invalid="ignore"):
        return (volume < CLOSED_SHARE * usual) & (usual - volume > 3.0 * np.sqrt(usual))


def find_closures(volume: Floats, go_live_week: int) -> Bools:
    """Find weeks in which a group was shut or nearly so: August, Christmas, a strike.

    A week is a closure if its volume is under half of the median of the 13 weeks around it on its own side of the
    go-live (so that a lasting fall after the go-live is no closure), by more than three Poisson standard
    deviations; weeks beside it under 90 % of the usual belong to it. After the go-live a week also counts if it was
    part of a closure a year (51 to 53 weeks) earlier and is again under 90 % of what was usual before.

    Parameters
    ----------
    volume : array (k, T)
        Rows a week.
    go_live_week : int
        Index of the first treated week.

    Examples
    --------
    >>> volume = np.full((1, 60), 200.0)
    >>> volume[0, 30:33] = [130, 20, 60]
    >>> np.flatnonzero(find_closures(volume, 52)[0]).tolist()
    [30, 31, 32]
    """
    sides = [side for side in (volume[:, :go_live_week], volume[:, go_live_week:]) if side.shape[1]]
    usual = np.concatenate([_rolling_median(side, USUAL_SPAN) for side in sides], axis=1)
    closed = _with_neighbours(_beyond_chance(volume, usual), _reduced(volume, usual))
    if 0 < go_live_week < volume.shape[1]:
        before = _rolling_median(sides[0], go_live_week)[:, :1]
        closed[:, go_live_week:] |= (_year_later(closed) & _reduced(volume, before))[:, go_live_week:]
    return closed


def _reduced(volume: Floats, usual: Floats) -> Bools:
    with np.errstate(invalid="ignore"):
        return np.less(volume, REDUCED_SHARE * usual)


def _with_neighbours(closed: Bools, reduced: Bools) -> Bools:
    """Let closures grow over the reduced weeks beside them."""
    for _ in range(USUAL_SPAN // 2):
        beside = np.zeros_like(closed)
        beside[:, 1:] |= closed[:, :-1]
        beside[:, :-1] |= closed[:, 1:]
        closed = closed | (beside & reduced)
    return closed


def _year_later(closed: Bools) -> Bools:
    """Weeks that lie 51 to 53 weeks after a closure."""
    again = np.zeros_like(closed)
    for lag in (51, 52, 53):
        again[:, lag:] |= closed[:, :-lag]
    return again
