"""Which weeks count: baseline, wash-in, evaluation, and what each go-live cohort covers."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.objective import Initiative, Objective
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.calendar import easter

Bools = NDArray[np.bool_]
BASELINE_WEEKS = 52
EVALUATION_WEEKS = 13
"""Weeks of an evaluation that is proposed: a quarter."""


@dataclass(frozen=True)
class CohortScope:
    """What went live on the same day: its cells and the day."""

    perimeter: Perimeter
    go_live: date


def monday_on_or_after(day: date) -> date:
    """Return the first Monday that is not before the day."""
    return day + timedelta(days=(7 - day.weekday()) % 7)


def cohorts(perimeter: Perimeter, initiative: Initiative, all_segments: tuple[str, ...]) -> tuple[CohortScope, ...]:
    """Split a perimeter by go-live day; cells that never went live belong to none.

    A go-live without a segment holds for every segment that has no day of its own; one at a touchpoint goes before one
    for the segment as a whole.
    """
    touchpoints: tuple[str | None, ...] = _touchpoints_live(perimeter, initiative)
    segments = perimeter.segments if perimeter.segments is not None else all_segments
    found: list[CohortScope] = []
    together: dict[tuple[date, tuple[str, ...]], list[str]] = {}
    for touchpoint in touchpoints:
        days = {key: _day_of(initiative, touchpoint, key) for key in segments}
        for day in sorted({day for day in days.values() if day is not None}):
            keys = tuple(key for key in segments if days[key] == day)
            together.setdefault((day, keys), []).extend([touchpoint] if touchpoint else [])
    for (day, keys), named in together.items():
        scope = perimeter if perimeter.segments is None and set(keys) == set(all_segments) else None
        scope = scope or replace(perimeter, segments=keys)
        found.append(CohortScope(replace(scope, touchpoints=tuple(named)) if named else scope, day))
    return tuple(sorted(found, key=lambda item: item.go_live))


def _touchpoints_live(perimeter: Perimeter, initiative: Initiative) -> tuple[str | None, ...]:
    """Touchpoints that go live on days of their own; a single None where all go together."""
    own = {item.touchpoint for item in initiative.go_lives if item.touchpoint}
    if not own:
        return (None,)
    if perimeter.touchpoints is not None:
        return perimeter.touchpoints
    everywhere = any(item.touchpoint is None for item in initiative.go_lives)
    return (None,) if everywhere else tuple(sorted(own))


def _day_of(initiative: Initiative, touchpoint: str | None, segment: str) -> date | None:
    """First day that holds for a cell: the most particular go-live wins."""
    for wanted in ((touchpoint, segment), (touchpoint, None), (None, segment), (None, None)):
        days = [item.day for item in initiative.go_lives if (item.touchpoint, item.segment) == wanted]
        if days:
            return min(days)
    if touchpoint is None:
        return min((item.day for item in initiative.go_lives if item.segment in (segment, None)), default=None)
    return None


def baseline_days(objective: Objective, first_go_live: date) -> tuple[date, date]:
    """Return the declared baseline, or the 52 whole weeks before the first go-live."""
    if objective.baseline_first and objective.baseline_last:
        return objective.baseline_first, objective.baseline_last
    last = first_go_live - timedelta(days=first_go_live.weekday() + 1)
    return last - timedelta(days=7 * BASELINE_WEEKS - 1), last


def evaluation_days(objective: Objective, go_live: date, last_finished: date) -> tuple[date, date]:
    """Return the first and last day judged for one cohort: after the wash-in, up to the last finished week."""
    first = monday_on_or_after(go_live + timedelta(days=objective.wash_in_days))
    if objective.evaluation_first:
        first = max(first, objective.evaluation_first)
    last = min(last_finished, objective.evaluation_last) if objective.evaluation_last else last_finished
    return first, last


def evaluation_end(objective: Objective) -> date | None:
    """Return the last Sunday of the evaluation as fixed in the objective; None when it is open."""
    last = objective.evaluation_last
    return None if last is None else last - timedelta(days=(last.weekday() + 1) % 7)


@dataclass(frozen=True)
class ProposedWindows:
    """Windows taken from the calendar: a baseline of whole years of weeks, an evaluation, and what to know of them.

    Notes: ``baseline_not_a_year`` (the data do not reach back 52 weeks), ``easter_in_one_window``,
    ``closure_in_one_window`` (August or Christmas weeks in only one of them).
    """

    baseline: tuple[date, date]
    evaluation: tuple[date, date]
    notes: tuple[Note, ...]


def propose_windows(
    go_live: date, first_data: date, wash_in_days: int = 0, evaluation_weeks: int = EVALUATION_WEEKS
) -> ProposedWindows:
    """Propose what to compare with what: the 364 days before the go-live, or the whole weeks there are.

    Years are counted as 52 weeks, so that weekdays match and years of 53 weeks push nothing out of step.

    Examples
    --------
    >>> found = propose_windows(date(2026, 2, 4), date(2023, 1, 2), wash_in_days=28)
    >>> [day.isoformat() for day in (*found.baseline, *found.evaluation)]
    ['2025-02-03', '2026-02-01', '2026-03-09', '2026-06-07']
    """
    last = go_live - timedelta(days=go_live.weekday() + 1)
    wanted = last - timedelta(days=7 * BASELINE_WEEKS - 1)
    first = max(wanted, monday_on_or_after(first_data))
    start = monday_on_or_after(go_live + timedelta(days=wash_in_days))
    end = start + timedelta(days=7 * evaluation_weeks - 1)
    notes = [Note("baseline_not_a_year", {"weeks": max((last - first).days + 1, 0) // 7})] if first > wanted else []
    if _easters(start, end) and not _easters(first, last):
        notes.append(Note("easter_in_one_window", {"day": _easters(start, end)[0]}))
    if _closures(start, end) and not _closures(first, last):
        notes.append(Note("closure_in_one_window", {}))
    return ProposedWindows((first, last), (start, end), tuple(notes))


def _easters(first: date, last: date) -> list[date]:
    return [day for year in range(first.year, last.year + 1) if first <= (day := easter(year)) <= last]


def _closures(first: date, last: date) -> bool:
    """Say whether Ferragosto or Christmas lies between two days."""
    fixed = [date(year, month, day) for year in range(first.year, last.year + 1) for month, day in ((8, 15), (12, 25))]
    return any(first <= day <= last for day in fixed)


def whole_weeks(weeks: NDArray[np.datetime64], first: date, last: date) -> Bools:
    """Say for every Monday whether its whole week lies within inclusive days."""
    start, end = np.datetime64(first, "D"), np.datetime64(last, "D")
    return (weeks >= start) & (weeks + 6 <= end)
