"""Six weeks, twelve months, the year before, and the figures to date of one KPI in one perimeter."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ocem.domain.kpi import Kpi
from ocem.domain.number_box import BoxFigure, Change, Figure, NumberBox, Period, Target
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Perimeter
from ocem.errors import N_, NotFound
from ocem.evaluation import calendar
from ocem.evaluation.calendar import Span
from ocem.evaluation.comparison import TOTALS
from ocem.evaluation.scope import denominator_perimeter
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Database
from ocem.store.freshness import SourceReach, last_finished_day, source_reaches
from ocem.store.number_box import DailySums, daily_sums, known_from

WEEKS = 6
MONTHS = 12
FEWEST = 10
"""Observations below which a mean or rate is shown without a change."""
POINT_UNITS = frozenset({"share", "points", "score"})
"""Units whose changes are differences; everything else changes by percent."""
EVERYTHING = Perimeter()


def number_box(
    database: Database,
    kpi: str,
    perimeter: Perimeter = EVERYTHING,
    week: date | None = None,
    objective: str | None = None,
    reaches: list[SourceReach] | None = None,
) -> NumberBox:
    """Return the weeks, months and figures to date of a KPI as seen from one week.

    Parameters
    ----------
    kpi : str
        Key of a KPI.
    perimeter : Perimeter
        Cells summed over.
    week : date, optional
        Any day of the chosen week; default the last finished one. Days after its Sunday are not looked at.
    objective : str, optional
        Whose target to show, if its perimeter is just this one; default the most important such objective.
    reaches : list of SourceReach, optional
        How far the sources have come, when the caller knows it.

    Raises
    ------
    NotFound
        If nothing is called so, or the KPI has no data at all.
    """
    with database.cursor() as con:
        number, found = kpi_store.find_kpi(con, kpi)
        facts = {found.numerator.fact} | ({found.denominator.fact} if found.denominator else set())
        finished = last_finished_day(source_reaches(con) if reaches is None else reaches, facts)
        begins = known_from(con, number, facts)
        if finished is None or begins is None:
            raise NotFound(N_("There are no data yet for the KPI {kpi}."), kpi=kpi)
        chosen = calendar.week_span(week or finished)
        first = _earliest(chosen)
        below = denominator_perimeter(found, perimeter)
        sums = daily_sums(con, number, perimeter, below, first, chosen.last)
        target = _target(objective_store.list_objectives(con), found, perimeter, objective)
    reach = min(finished, chosen.last)
    return _assemble(_Reading(found, sums, begins, reach), perimeter, chosen, finished, target)


@dataclass(frozen=True)
class _Reading:
    """A KPI's days, and between which of them it is known."""

    kpi: Kpi
    sums: DailySums
    begins: date
    reach: date

    def figure(self, span: Span) -> Figure:
        """Return the KPI over a span: nothing where the data do not reach back to its first day."""
        closed = calendar.holidays_in(span)
        empty = Figure(span.first, span.last, None, None, calendar.working_days(span), closed)
        if span.first < self.begins or span.first > span.last:
            return empty
        at = slice((span.first - self.sums.first).days, (span.last - self.sums.first).days + 1)
        top, below = float(self.sums.numerator[at].sum()), float(self.sums.denominator[at].sum())
        if self.kpi.kind in TOTALS:
            return Figure(span.first, span.last, top, float(self.sums.n[at].sum()), empty.working_days, closed)
        value = top / below if below else None
        return Figure(span.first, span.last, value, below, empty.working_days, closed)

    @property
    def monthly(self) -> bool:
        """Whether either side of the KPI comes by the month: all of its days are the first of one."""
        sides = [self.sums.numerator] + ([] if self.kpi.kind in TOTALS else [self.sums.denominator])
        return any(_by_month(self.sums.first, side) for side in sides)


def _by_month(first: date, side: np.ndarray) -> bool:
    days = np.flatnonzero(side)
    return len(days) >= 3 and all((first + timedelta(days=int(at))).day == 1 for at in days)


def _earliest(chosen: Span) -> date:
    """Return the first day any of the spans needs, those of the year before included."""
    months = calendar.trailing_months(chosen.first - timedelta(days=1), MONTHS)
    spans = (
        calendar.same_month_a_year_before(months[0]),
        calendar.equally_long_a_year_before(calendar.year_to_date(chosen.first)),
        calendar.equally_long_a_year_before(calendar.year_to_date(chosen.last)),
        calendar.same_weekdays_a_year_before(calendar.trailing_weeks(chosen.first, WEEKS)[0]),
        calendar.same_week_from_easter(chosen) or chosen,
    )
    return min(span.first for span in spans)


def _assemble(
    reading: _Reading, perimeter: Perimeter, chosen: Span, finished: date, target: Target | None
) -> NumberBox:
    monthly = reading.monthly
    weeks = tuple(_week(reading, span, monthly) for span in calendar.trailing_weeks(chosen.first, WEEKS))
    months = _months(reading, chosen, monthly)
    figures = (*_last_week(reading, weeks, monthly), *_to_date(reading, months, monthly))
    return NumberBox(
        kpi=reading.kpi.key,
        unit=reading.kpi.unit,
        direction=reading.kpi.direction.value,
        perimeter=perimeter,
        week=chosen.first,
        data_to=finished,
        is_total=reading.kpi.kind in TOTALS,
        in_points=reading.kpi.unit in POINT_UNITS,
        monthly=monthly,
        weeks=weeks,
        months=months,
        figures=figures,
        target=target,
    )


def _week(reading: _Reading, span: Span, monthly: bool) -> Period:
    past = calendar.same_weekdays_a_year_before(span)
    now, before = reading.figure(span), reading.figure(past)
    if monthly:
        now, before = _silenced(now), _silenced(before)
    finished = span.last <= reading.reach
    return Period(now if finished else _unless_empty(now), before, finished)


def _months(reading: _Reading, chosen: Span, monthly: bool) -> tuple[Period, ...]:
    """Return the complete months and the running one; figures that come by the month have no running one."""
    complete = calendar.trailing_months(reading.reach, MONTHS)
    found = [
        Period(reading.figure(span), reading.figure(calendar.same_month_a_year_before(span)), True) for span in complete
    ]
    running = calendar.month_to_date(chosen.last)
    if running.first > complete[-1].last and not monthly:
        past = calendar.equally_long_a_year_before(running)
        found.append(Period(_unless_empty(reading.figure(running)), reading.figure(past), finished=False))
    return tuple(found)


def _last_week(reading: _Reading, weeks: tuple[Period, ...], monthly: bool) -> tuple[BoxFigure, ...]:
    if monthly:
        return ()
    period, before = weeks[-1], weeks[-2]
    changes: tuple[Change, ...] = ()
    if period.finished:
        changes = (
            _change(reading, "week_before", period.now, before.now),
            _change(reading, "year_before", period.now, period.year_before),
        )
        matched = calendar.same_week_from_easter(Span(period.now.first, period.now.last))
        if matched:
            changes += (_change(reading, "easter", period.now, reading.figure(matched)),)
    return (BoxFigure("last_week", period.now, changes, period.finished),)


def _to_date(reading: _Reading, months: tuple[Period, ...], monthly: bool) -> tuple[BoxFigure, ...]:
    """Return month, quarter and year to date: up to the last finished day, or month where figures come by the month."""
    until = months[-1].now.last if monthly else reading.reach
    spans = {
        "month_to_date": calendar.month_to_date(until),
        "quarter_to_date": calendar.quarter_to_date(until),
        "year_to_date": calendar.year_to_date(until),
    }
    found = []
    for name, span in spans.items():
        past = calendar.equally_long_a_year_before(span)
        if monthly:
            past = Span(past.first, calendar.same_month_a_year_before(calendar.month_span(until)).last)
        now = reading.figure(span)
        found.append(BoxFigure(name, now, (_change(reading, "year_before", now, reading.figure(past)),)))
    return tuple(found)


def _change(reading: _Reading, against: str, now: Figure, base: Figure) -> Change:
    """Compare two spans; thin ones and those without a value are not compared."""
    if now.value is None or base.value is None:
        return Change(against, base, None)
    if reading.kpi.kind not in TOTALS and min(now.n or 0.0, base.n or 0.0) < FEWEST:
        return Change(against, base, None)
    if reading.kpi.unit in POINT_UNITS:
        return Change(against, base, now.value - base.value)
    return Change(against, base, now.value / base.value - 1 if base.value > 0 else None)


def _silenced(figure: Figure) -> Figure:
    return Figure(figure.first, figure.last, None, None, figure.working_days, figure.holidays)


def _unless_empty(figure: Figure) -> Figure:
    """Return an unfinished period's figure; where nothing has come in yet there is none, not zero."""
    return figure if figure.n else _silenced(figure)


def _target(objectives: list[Objective], kpi: Kpi, perimeter: Perimeter, key: str | None) -> Target | None:
    fitting = [
        item
        for item in objectives
        if item.kpi == kpi.key
        and item.target is not None
        and _same(item.perimeter, perimeter)
        and key in (None, item.key)
    ]
    chosen = max(fitting, key=lambda item: item.importance, default=None)
    if chosen is None or chosen.target is None:
        return None
    return Target(chosen.key, chosen.target, chosen.deadline)


def _same(one: Perimeter, other: Perimeter) -> bool:
    return all(
        set(one.members(dimension) or ()) == set(other.members(dimension) or ())
        for dimension in ("touchpoint", "phase", "segment")
    )
