"""Do two series still go together once what moves many series at once is taken out of both?

A market that rises lifts sales, calls and visits in the same week or some weeks apart: two of them then move together
with nothing between them. What the other series share, its first two principal components, stands for the market.
"""

import numpy as np

from ocem.stats.link import MAX_ORDER, Best, Cleaned, Floats, best_lag, profiles

COMPONENTS = 2
"""A movement that reaches some series later than others has two directions."""
FEWEST_OTHERS = 6
"""Other series under which a common movement cannot be seen."""


def common_movement(others: Cleaned) -> Floats | None:
    """Return what many series share, (COMPONENTS, T) with a variance of 1; None when there are too few of them."""
    values = others.values[others.usable]
    if len(values) < FEWEST_OTHERS:
        return None
    _left, _size, shared = np.linalg.svd(values, full_matrices=False)
    return np.asarray(shared[:COMPONENTS] * np.sqrt(values.shape[1]))


def beyond_common(lead: Cleaned, follow: Cleaned, shared: Floats, lag: int, max_order: int = MAX_ORDER) -> Best:
    """Correlate one pair at one lag, both without the common movement of the two periods that the lag ties together."""
    x = _without(lead, np.vstack([shared, _moved(shared, -lag)]) if lag else shared)
    y = _without(follow, np.vstack([shared, _moved(shared, lag)]) if lag else shared)
    return best_lag(profiles(x, y, max(abs(lag), 1), max_order), lag, lag)


def _moved(values: Floats, lag: int) -> Floats:
    """Move series along: at period t stands what was at t - lag, 0 where nothing was."""
    out = np.zeros_like(values)
    if lag > 0:
        out[:, lag:] = values[:, :-lag]
    elif lag < 0:
        out[:, :lag] = values[:, -lag:]
    return out


def _without(item: Cleaned, shared: Floats) -> Cleaned:
    design = np.column_stack([np.ones(item.values.shape[1]), *shared])
    used = item.used[0]
    params = np.linalg.lstsq(design[used], item.values[0, used], rcond=None)[0]
    left = np.where(used, item.values[0] - design @ params, 0.0)[None]
    return Cleaned(left, item.used, item.scale, item.reason, item.n_columns + len(shared))
