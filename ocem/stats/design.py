"""Which design the data at hand can bear, by fixed rules of length, never by a p-value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.result import Grade, Method, Refusal

Floats = NDArray[np.float64]

YEAR = 52
"""Weeks of history from which a comparison with a group has grade A."""
TREND_FROM = 80
"""Weeks of history from which the difference may have a trend of its own; a shorter one makes it worse."""
ALONE_FROM = 80
"""Weeks of history without which a series alone says nothing."""
SHORTEST = 16
"""Fewest weeks before for a weekly difference."""
SHORTEST_AFTER = 4
"""Fewest judged weeks."""
CELLS_FROM = 8
"""Fewest weeks before for a change per cell."""
FEWEST_CELLS = 10
"""Fewest comparison cells for a change per cell."""
DAYS_IN_YEAR = 365.25


@dataclass(frozen=True)
class Choice:
    """A method and what it is worth on this history."""

    method: Method
    grade: Grade


def choose(
    weeks_before: int, has_comparison: bool, method: str = "auto", comparison_cells: int = 0
) -> Choice | Refusal:
    """Choose the design for a history of `weeks_before` weeks.

    Examples
    --------
    >>> choose(60, True)
    Choice(method=<Method.DIFFERENCE: 'difference_ar1'>, grade=<Grade.A: 'A'>)
    >>> choose(60, False).code
    'too_short_without_comparison'
    """
    if method != "auto":
        return _asked(_method(method), weeks_before, has_comparison, comparison_cells)
    if not has_comparison:
        return _alone(weeks_before)
    if weeks_before < YEAR and comparison_cells >= FEWEST_CELLS and weeks_before >= CELLS_FROM:
        return Choice(Method.POOLED_CELLS, Grade.B)
    if weeks_before < SHORTEST:
        return Refusal("too_few_weeks_before", {"weeks": weeks_before, "needed": SHORTEST})
    longest = Method.DIFFERENCE_TREND if weeks_before >= TREND_FROM else Method.DIFFERENCE
    return Choice(longest, _grade(weeks_before))


def _method(name: str) -> Method:
    try:
        return Method(name)
    except ValueError:
        known = ", ".join(["auto", *Method])
        raise StatsInputError(N_("No method is called {name}; there are {known}."), name=name, known=known) from None


def _grade(weeks_before: int) -> Grade:
    return Grade.A if weeks_before >= YEAR else Grade.B


def _alone(weeks_before: int) -> Choice | Refusal:
    if weeks_before < ALONE_FROM:
        return Refusal("too_short_without_comparison", {"weeks": weeks_before, "needed": ALONE_FROM})
    return Choice(Method.INTERRUPTED, Grade.C)


def _asked(method: Method, weeks_before: int, has_comparison: bool, comparison_cells: int) -> Choice | Refusal:
    """Follow the analyst's choice where it can be computed at all."""
    if method is Method.INTERRUPTED:
        return _alone(weeks_before)
    if not has_comparison:
        return Refusal("comparison_needed", {"method": str(method)})
    if method is Method.POOLED_CELLS:
        if comparison_cells < 2:
            return Refusal("too_few_cells", {"cells": comparison_cells, "needed": 2})
        return Choice(method, Grade.B)
    if weeks_before < SHORTEST:
        return Refusal("too_few_weeks_before", {"weeks": weeks_before, "needed": SHORTEST})
    return Choice(method, _grade(weeks_before))


@dataclass(frozen=True)
class Calendar:
    """Weeks numbered from the first one, and where each lies in the year."""

    first: np.datetime64
    go_live_week: int

    def columns(self, method: Method, positions: Floats, step: Floats) -> Floats:
        """Design (len(positions), p) of a method: constant, step, then trend and harmonics where it has them."""
        columns = [np.ones(len(positions)), step]
        if method in (Method.DIFFERENCE_TREND, Method.INTERRUPTED):
            columns.append((positions - self.go_live_week) / YEAR)
        if method is Method.INTERRUPTED:
            columns.extend(self._harmonics(positions))
        return np.column_stack(columns)

    def _harmonics(self, positions: Floats) -> list[Floats]:
        day_of_year = (self.first - self.first.astype("datetime64[Y]")).astype("timedelta64[D]").astype(float)
        angle = 2.0 * np.pi * (day_of_year + 7.0 * positions) / DAYS_IN_YEAR
        return [wave(order * angle) for order in (1, 2) for wave in (np.sin, np.cos)]


STEP = 1
"""Column of the design that carries the effect."""
