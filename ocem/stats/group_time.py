"""Effects by cohort and period for units that go live at different times, and their averages.

For each cohort g and period t the change since the period before g is compared with that of units that never go live;
before the go-live with the change over one period, as a check. References: Callaway & Sant'Anna (2021), J.
Econometrics 225, 200-230; errors from the influence functions, weights included.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GroupTime:
    """One effect of a cohort in a period."""

    cohort: float
    period: float
    effect: float
    error: float


@dataclass(frozen=True)
class Average:
    """An average of effects with its standard error."""

    effect: float
    error: float


@dataclass(frozen=True)
class GroupTimes:
    """All effects, and their averages: over all, by cohort first, by time since the go-live, by period."""

    effects: tuple[GroupTime, ...]
    simple: Average
    group: Average
    dynamic: Average
    calendar: Average
    by_length: dict[int, Average]
    n_units: int


def group_time_effects(values: Floats, cohorts: Floats, periods: Floats) -> GroupTimes:
    """Estimate every effect on a balanced panel.

    Parameters
    ----------
    values : array (n, T)
        One row a unit; complete.
    cohorts : array (n,)
        First period in which the unit is live; infinite or 0: never.
    periods : array (T,)
        Ascending.

    Examples
    --------
    >>> values = np.array([[1.0, 1, 4], [2, 2, 5], [1, 2, 2], [0, 1, 1], [3, 4, 4.0]])
    >>> found = group_time_effects(values, np.array([3.0, 3, 0, 0, 0]), np.array([1.0, 2, 3]))
    >>> [(item.period, item.effect) for item in found.effects], round(found.simple.effect, 6)
    ([(2.0, -1.0), (3.0, 3.0)], 3.0)
    """
    never = ~np.isfinite(cohorts) | (cohorts <= 0) | (cohorts > periods.max())
    keep = never | (cohorts > periods.min())
    values, cohorts, never = values[keep], cohorts[keep], never[keep]
    groups = np.unique(cohorts[~never])
    if not len(groups) or not never.any() or not np.isfinite(values).all():
        raise StatsInputError(N_("Staggered effects need complete units that go live and units that never do."))
    n = len(values)
    effects, influences, keys = [], [], []
    for g in groups:
        mine = cohorts == g
        start = int(np.searchsorted(periods, g))
        for t in range(1, len(periods)):
            base = start - 1 if t >= start else t - 1
            change = values[:, t] - values[:, base]
            effect = change[mine].mean() - change[never].mean()
            influence = np.zeros(n)
            influence[mine] = (change[mine] - change[mine].mean()) / mine.mean()
            influence[never] = -(change[never] - change[never].mean()) / never.mean()
            effects.append(GroupTime(float(g), float(periods[t]), float(effect), _error(influence)))
            influences.append(influence)
            keys.append((g, t, t - start))
    matrix, estimate = np.array(influences), np.array([item.effect for item in effects])
    share = {g: float((cohorts == g).mean()) for g in groups}
    after = [i for i, key in enumerate(keys) if key[2] >= 0]

    def averaged(rows: list[int]) -> tuple[float, Floats]:
        """Average by the size of the cohorts, with what their estimated sizes add."""
        weight = np.array([share[keys[i][0]] for i in rows])
        total = weight.sum()
        mean = float(weight @ estimate[rows] / total)
        own = weight @ matrix[rows] / total
        members = np.array([(cohorts == keys[i][0]) - share[keys[i][0]] for i in rows], dtype=float)
        return mean, own + (estimate[rows] @ members) / total - mean * members.sum(axis=0) / total

    lengths = sorted({keys[i][2] for i in range(len(keys))})
    by_length = {e: averaged([i for i in range(len(keys)) if keys[i][2] == e]) for e in lengths}
    dynamic = [by_length[e] for e in lengths if e >= 0]
    by_period = [averaged([i for i in after if keys[i][1] == t]) for t in sorted({keys[i][1] for i in after})]
    of_groups = [[i for i in after if keys[i][0] == g] for g in groups]
    means = np.array([estimate[rows].mean() for rows in of_groups])
    sizes = np.array([share[g] for g in groups])
    group_mean = float(sizes @ means / sizes.sum())
    members = np.array([(cohorts == g) - share[g] for g in groups], dtype=float)
    own = sizes @ np.array([matrix[rows].mean(axis=0) for rows in of_groups]) / sizes.sum()
    group_influence = own + (means @ members - group_mean * members.sum(axis=0)) / sizes.sum()
    return GroupTimes(
        tuple(effects),
        _average(*averaged(after)),
        _average(group_mean, group_influence),
        _mean_of(dynamic),
        _mean_of(by_period),
        {int(e): _average(*pair) for e, pair in by_length.items()},
        n,
    )


def _error(influence: Floats) -> float:
    return float(np.sqrt((influence**2).mean() / len(influence)))


def _average(effect: float, influence: Floats) -> Average:
    return Average(effect, _error(influence))


def _mean_of(pairs: list[tuple[float, Floats]]) -> Average:
    """Plain mean of averages that share units."""
    return _average(float(np.mean([pair[0] for pair in pairs])), np.mean([pair[1] for pair in pairs], axis=0))
