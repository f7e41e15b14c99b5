"""How far a week lies from what the weeks before it lead to expect, so that charts can be ranked against each other.

Limits say whether a point is a signal; they do not say which of several points is the stranger one, for charts differ
in how many weeks stand behind their limits and in how much a week resembles the one before.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UNUSUAL = 2.0
"""Standard deviations beyond which a point inside its limits stands out."""
UNUSUAL_RATE = math.erfc(UNUSUAL / math.sqrt(2.0))
"""Share of stable charts that stand out in any week."""
LONGEST = 52
"""Weeks before the one looked at that say what to expect."""
FEWEST = 6
SMALLEST = 1e-300


def surprise(distances: Floats, correlation: float) -> float:
    """Return how surprising the last of a series is, in standard deviations of a normal distribution.

    The last value is set against its forecast from the value before, (1 - r) mean + r x, and the distance divided by
    the spread of such forecasts' errors over the year before. The t-statistic becomes the normal deviate of the same
    chance, so that charts with short and with long histories can be compared. 0 where fewer than six values stand
    before it or they do not vary.

    Parameters
    ----------
    distances : array
        In order of time, without gaps, from the centre of a chart.
    correlation : float
        Of lag 1, as it is when nothing happens.

    Examples
    --------
    >>> usual = np.array([1.0, -1.0] * 20)
    >>> surprise(np.append(usual, 0.5), 0.0) < 1.0 < 2.5 < surprise(np.append(usual, 3.0), 0.0)
    True
    """
    from scipy import special

    values = np.asarray(distances, dtype=float)[-LONGEST - 1 :]
    before, n = values[:-1], len(values) - 1
    if n < FEWEST:
        return 0.0
    mean = float(before.mean())
    errors = (before[1:] - mean) - correlation * (before[:-1] - mean)
    spread = math.sqrt(float(errors @ errors) / (n - 2)) * math.sqrt(1.0 + 1.0 / n)
    if not spread > 1e-12 * max(float(np.abs(values).max()), 1e-300):
        return 0.0
    t = ((values[-1] - mean) - correlation * (before[-1] - mean)) / spread
    chance = max(float(special.stdtr(n - 2, -abs(t))), SMALLEST)
    return float(-special.ndtri(chance))


def run_strength(distances: Floats, correlation: float) -> float:
    """Return how far the mean of some consecutive points lies from the centre, in its own standard deviations.

    Points that resemble each other weigh less: their mean varies more than independent points' would, and moving ranges
    understate their spread, by sqrt(1 - r).

    Examples
    --------
    >>> run_strength(np.ones(4), 0.0), round(run_strength(np.ones(4), 0.5), 2)
    (2.0, 0.98)
    """
    n = len(distances)
    if not n:
        return 0.0
    lags = np.arange(1, n)
    inflation = 1.0 + 2.0 * float(((1.0 - lags / n) * correlation**lags).sum())
    spread = math.sqrt(max(inflation, 0.1) / n) / math.sqrt(max(1.0 - correlation, 0.1))
    return abs(float(np.mean(distances))) / spread
