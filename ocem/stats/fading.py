"""Is a link that held still there? Two questions about the last year: as a whole, and since it may have stopped."""

from dataclasses import dataclass

import numpy as np

from ocem.stats.link import FEWEST, MAX_ORDER, Best, Bools, Cleaned, Floats, best_lag, only, prewhitened, profiles

RECENT = 52
"""Periods at the end over which a link must still be there."""
FEWEST_RECENT = 20
GONE = 4.5
"""Cumulative sum of log-likelihood ratios, "gone" against "as before", from which a link has stopped."""
STRONGEST = 0.9
"""Correlation beyond which a link's own size is not believed when it is asked whether it stopped."""


@dataclass(frozen=True)
class Recent:
    """Whether a link that held before the last periods still holds in them.

    `before` is the best lag of the periods before; `r`, `low` and `high` are the correlation at that lag in the last
    periods with its interval. `has_faded` when the earlier link was beyond chance and either the last periods as a
    whole do not show it and are smaller than before beyond chance (each at 5 %, one-sided), or the cumulative sum says
    that it stopped in them.
    """

    before: Best
    r: float
    low: float
    high: float
    n: float
    has_faded: bool


def recent(
    lead: Cleaned, follow: Cleaned, first: int, last: int, n_recent: int = RECENT, max_order: int = MAX_ORDER
) -> Recent | None:
    """Ask of one pair whether the link of the earlier periods is still there; None when the history is too short."""
    from scipy.special import ndtri

    n = lead.values.shape[1]
    if n - n_recent < FEWEST:
        return None
    early = np.arange(n) < n - n_recent
    old = profiles(only(lead, early), only(follow, early), max(abs(first), abs(last)), max_order)
    before = best_lag(old, first, last)
    lag = int(before.lag[0, 0])
    late = np.arange(n) >= n - n_recent - abs(lag)
    new = profiles(lead, only(follow, late if lag >= 0 else ~early), max(abs(lag), 1), max_order)
    at = int(np.flatnonzero(new.lags == lag)[0])
    r, pairs = float(new.r[0, 0, at]), float(new.n[0, 0, at])
    pairs = min(pairs + lead.n_columns, float(n_recent))
    if pairs < FEWEST_RECENT:
        return None
    one_sided, two_sided = float(ndtri(0.95)), float(ndtri(0.975))
    error = 1.0 / np.sqrt(pairs - 3.0)
    middle = float(np.arctanh(np.clip(r, -0.999, 0.999)))
    z_new, z_old = middle * (1.0 if before.r[0, 0] >= 0 else -1.0), float(np.arctanh(abs(before.r[0, 0])))
    gap = np.sqrt(1.0 / (pairs - 3.0) + 1.0 / max(float(before.n[0, 0]) - 3.0, 1.0))
    whole = z_new < one_sided * error and z_old - z_new > one_sided * gap
    held = float(before.p_value[0, 0]) < 0.05
    faded = held and (whole or stopped(lead, follow, lag, float(before.r[0, 0]), ~early, max_order) > GONE)
    return Recent(
        before, r, float(np.tanh(middle - two_sided * error)), float(np.tanh(middle + two_sided * error)), pairs,
        bool(faded),
    )  # fmt: skip


def stopped(lead: Cleaned, follow: Cleaned, lag: int, r: float, periods: Bools, max_order: int = MAX_ORDER) -> float:
    """Return how much the last of some periods speak for a link of size r at a lag being gone; 0 when nothing does.

    A cumulative sum of log-likelihood ratios, no relation against the relation as it was, restarted at 0 whenever the
    old relation explains the periods better: the quickest way to see a change of known size (Page 1954; Moustakides
    1986), here on series without memory.
    """
    pair = prewhitened(lead, follow, max_order)
    ahead = slice(0, len(periods) - lag) if lag >= 0 else slice(-lag, len(periods))
    behind = slice(lag, len(periods)) if lag >= 0 else slice(0, len(periods) + lag)
    x, y = pair.x[0, ahead], pair.y[0, behind]
    counted = (pair.x_used[0, ahead] > 0) & (pair.y_used[0, behind] > 0) & periods[behind]
    size = float(np.clip(r, -STRONGEST, STRONGEST))
    ratio = gone_against_there(x[counted], y[counted], size)
    total = 0.0
    for step in ratio.tolist():
        total = max(0.0, total + step)
    return total


def gone_against_there(x: Floats, y: Floats, r: float) -> Floats:
    """Logarithm of the likelihood of pairs of standard normal values without a correlation against one of r.

    Examples
    --------
    >>> gone_against_there(np.array([1.0, 1.0]), np.array([1.0, -1.0]), 0.5).round(3).tolist()
    [-0.477, 0.856]
    """
    unexplained = 1.0 - r * r
    there = (x * x - 2.0 * r * x * y + y * y) / (2.0 * unexplained)
    return np.asarray(0.5 * np.log(unexplained) - (x * x + y * y) / 2.0 + there)
