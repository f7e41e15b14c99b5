"""How much news stable charts bring by chance, so that an agenda can say what to expect of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocem.stats.surprise import UNUSUAL_RATE
from ocem.stats.xmr import LOCKED_FROM, ChartPoint, Signal

Floats = NDArray[np.float64]

AGENDA = frozenset({Signal.OUTSIDE, Signal.NEAR_LIMIT, Signal.RUN})
"""Signals that make news of a point. A jump alone does not: it is either outside or the way back."""
CORRELATIONS = (-0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8)
# Share of weeks with news, by points in the baseline and CORRELATIONS; from tests/reference/xmr_alarm_rates.py.
_PLAIN = {
    6: (0.0049, 0.0052, 0.0073, 0.0102, 0.0108, 0.0135, 0.0185, 0.0277, 0.0462),
    10: (0.0046, 0.0065, 0.0082, 0.0109, 0.0171, 0.0228, 0.0319, 0.0706, 0.1360),
    16: (0.0040, 0.0036, 0.0081, 0.0134, 0.0181, 0.0285, 0.0463, 0.0960, 0.1756),
    20: (0.0120, 0.0149, 0.0217, 0.0287, 0.0384, 0.0568, 0.0749, 0.1191, 0.1377),
    26: (0.0086, 0.0137, 0.0170, 0.0278, 0.0374, 0.0526, 0.0701, 0.1139, 0.1404),
    39: (0.0059, 0.0094, 0.0153, 0.0221, 0.0299, 0.0486, 0.0642, 0.1142, 0.1395),
    52: (0.0056, 0.0081, 0.0122, 0.0177, 0.0278, 0.0426, 0.0634, 0.1107, 0.1363),
}
_YEAR = {
    52: (0.0061, 0.0094, 0.0128, 0.0203, 0.0336, 0.0471, 0.0672, 0.1114, 0.1357),
}
# Share of a chart's false news that lie as far out as what stands out, by CORRELATIONS (tests/reference/
# xmr_standing_out.py): the more a week resembles the one before, the more news are runs of ordinary weeks.
_FAR = (0.24, 0.33, 0.43, 0.39, 0.35, 0.26, 0.23, 0.14, 0.12)


def counts(point: ChartPoint) -> bool:
    """Say whether a point is news for an agenda."""
    return not AGENDA.isdisjoint(point.new_signals)


def false_alarm_rate(n_baseline: int, correlation: float, year: bool = False) -> float:
    """Return the chance that a stable chart is news in a week.

    Parameters
    ----------
    n_baseline : int
        Points that set the limits; fewer than 20 are provisional limits, which hold the week itself.
    correlation : float
        Of lag 1, of the charted series when it is stable.
    year : bool
        Whether each week's difference to the same week a year before is charted.

    Examples
    --------
    >>> round(false_alarm_rate(20, 0.0), 3) < round(false_alarm_rate(20, 0.3), 3)
    True
    """
    table = _YEAR if year else _PLAIN
    known = np.array(sorted(n for n in table if (n < LOCKED_FROM) == (n_baseline < LOCKED_FROM)) or sorted(table))
    by_points = [float(np.interp(correlation, CORRELATIONS, table[int(n)])) for n in known]
    return float(np.interp(-1.0 / max(n_baseline, 1), -1.0 / known, by_points))


def standing_out_rate(news: float, correlation: float) -> float:
    """Return the chance that a stable chart stands out in a week without being news, from its chance of being news.

    Examples
    --------
    >>> round(standing_out_rate(0.022, 0.0), 3)
    0.036
    """
    return max(UNUSUAL_RATE - float(np.interp(correlation, CORRELATIONS, _FAR)) * news, 0.0)


def pooled_correlations(measured: Sequence[float], points: Sequence[int]) -> Floats:
    """Draw lag-1 correlations measured on short baselines towards their mean, by the share that is noise.

    Each is first freed of the bias of short series, (1 + 4 r) / n (Kendall 1954, Biometrika 41, 403-404).

    Examples
    --------
    >>> pooled_correlations([-0.25, 0.15, -0.05], [20, 20, 20]).round(2).tolist() == [0, 0, 0]
    True
    """
    r, n = np.asarray(measured, dtype=float), np.asarray(points, dtype=float)
    if not len(r):
        return r
    free = (n * r + 1) / np.maximum(n - 4, 1)
    noise = 1.0 / np.maximum(n - 4, 1)
    mean = float((free / noise).sum() / (1.0 / noise).sum())
    between = max(float(np.mean((free - mean) ** 2 - noise)), 0.0)
    kept: Floats = mean + between / (between + noise) * (free - mean)
    return np.clip(kept, CORRELATIONS[0], CORRELATIONS[-1])
