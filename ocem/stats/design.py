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
class Pace:
    """How long one "week" of a series is, and what follows for the rules of length.

    `per_year` periods make a year; `year`, `trend_from` and `alone_from` are the lengths of history, in periods, from
    which a design has grade A, may have a trend, and may stand alone.
    """

    name: str
    per_year: float
    year: int
    trend_from: int
    alone_from: int

    @property
    def has_season(self) -> bool:
        """Whether a year has periods enough to bend twice."""
        return self.per_year >= 6

    @property
    def has_closures(self) -> bool:
        """Whether a shop that shuts for a while leaves whole periods empty."""
        return self.name == "week"


WEEKLY = Pace("week", DAYS_IN_YEAR / 7.0, YEAR, TREND_FROM, ALONE_FROM)


def pace_named(name: str) -> Pace:
    """Return the rules for a period; half as many periods again as in a year and a half, but never fewer than 16.

    Examples
    --------
    >>> pace_named("month")
    Pace(name='month', per_year=12, year=12, trend_from=19, alone_from=24)
    """
    paces = {
        "week": WEEKLY,
        "day": Pace("day", DAYS_IN_YEAR, 364, 560, 560),
        "month": Pace("month", 12, 12, 19, 24),
        "quarter": Pace("quarter", 4, 16, 24, 16),
        "year": Pace("year", 1, 16, 24, 16),
        "period": Pace("period", 1, 52, 80, 52),
    }
    if name not in paces:
        raise StatsInputError(N_("No period is called {name}; there are {known}."), name=name, known=", ".join(paces))
    return paces[name]


@dataclass(frozen=True)
class Choice:
    """A method and what it is worth on this history."""

    method: Method
    grade: Grade


def choose(
    weeks_before: int,
    has_comparison: bool,
    method: str = "auto",
    comparison_cells: int = 0,
    pace: Pace = WEEKLY,
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
        return _asked(_method(method), weeks_before, has_comparison, comparison_cells, pace)
    if not has_comparison:
        return _alone(weeks_before, pace)
    if weeks_before < pace.year and comparison_cells >= FEWEST_CELLS and weeks_before >= CELLS_FROM:
        return Choice(Method.POOLED_CELLS, Grade.B)
    if weeks_before < SHORTEST:
        return Refusal("too_few_weeks_before", {"weeks": weeks_before, "needed": SHORTEST})
    longest = Method.DIFFERENCE_TREND if weeks_before >= pace.trend_from else Method.DIFFERENCE
    return Choice(longest, _grade(weeks_before, pace))


def _method(name: str) -> Method:
    try:
        return Method(name)
    except ValueError:
        known = ", ".join(["auto", *Method])
        raise StatsInputError(N_("No method is called {name}; there are {known}."), name=name, known=known) from None


def _grade(weeks_before: int, pace: Pace) -> Grade:
    return Grade.A if weeks_before >= pace.year else Grade.B


def _alone(weeks_before: int, pace: Pace) -> Choice | Refusal:
    if weeks_before < pace.alone_from:
        return Refusal("too_short_without_comparison", {"weeks": weeks_before, "needed": pace.alone_from})
    return Choice(Method.INTERRUPTED, Grade.C)


def _asked(
    method: Method, weeks_before: int, has_comparison: bool, comparison_cells: int, pace: Pace
) -> Choice | Refusal:
    """Follow the analyst's choice where it can be computed at all."""
    if method is Method.INTERRUPTED:
        return _alone(weeks_before, pace)
    if not has_comparison:
        return Refusal("comparison_needed", {"method": str(method)})
    if method is Method.POOLED_CELLS:
        if comparison_cells < 2:
            return Refusal("too_few_cells", {"cells": comparison_cells, "needed": 2})
        return Choice(method, Grade.B)
    if weeks_before < SHORTEST:
        return Refusal("too_few_weeks_before", {"weeks": weeks_before, "needed": SHORTEST})
    return Choice(method, _grade(weeks_before, pace))


@dataclass(frozen=True)
class Calendar:
    """Weeks numbered from the first one, and where each lies in the year."""

    first: np.datetime64
    go_live_week: int
    pace: Pace = WEEKLY

    def columns(self, method: Method, positions: Floats, step: Floats) -> Floats:
        """Design (len(positions), p) of a method: constant, step, then trend and harmonics where it has them."""
        columns = [np.ones(len(positions)), step]
        if method in (Method.DIFFERENCE_TREND, Method.INTERRUPTED):
            columns.append((positions - self.go_live_week) / self.pace.year)
        if method is Method.INTERRUPTED and self.pace.has_season:
            columns.extend(self._harmonics(positions))
        return np.column_stack(columns)

    def _harmonics(self, positions: Floats) -> list[Floats]:
        day_of_year = (self.first - self.first.astype("datetime64[Y]")).astype("timedelta64[D]").astype(float)
        angle = 2.0 * np.pi * (day_of_year / DAYS_IN_YEAR + positions / self.pace.per_year)
        return [wave(order * angle) for order in (1, 2) for wave in (np.sin, np.cos)]


STEP = 1
"""Column of the design that carries the effect."""
