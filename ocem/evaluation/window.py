"""Which weeks count: baseline, wash-in, evaluation, and what each go-live cohort covers."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.objective import Initiative, Objective
from ocem.domain.perimeter import Perimeter

Bools = NDArray[np.bool_]
BASELINE_WEEKS = 52


@dataclass(frozen=True)
class CohortScope:
    """What went live on the same day: its cells and the day."""

    perimeter: Perimeter
    go_live: date


def monday_on_or_after(day: date) -> date:
    """Return the first Monday that is not before the day."""
    return day + timedelta(days=(7 - day.weekday()) % 7)


def cohorts(perimeter: Perimeter, initiative: Initiative, all_segments: tuple[str, ...]) -> tuple[CohortScope, ...]:
    """Split a perimeter by go-live day; segments that never went live belong to none.

    A go-live without a segment holds for every segment that has no day of its own.
    """
    segments = perimeter.segments if perimeter.segments is not None else all_segments
    own = {item.segment: item.day for item in initiative.go_lives if item.segment}
    general = min((item.day for item in initiative.go_lives if item.segment is None), default=None)
    days = {key: own.get(key, general) for key in segments}
    found = []
    for day in sorted({day for day in days.values() if day is not None}):
        keys = tuple(key for key in segments if days[key] == day)
        whole = perimeter.segments is None and set(keys) == set(all_segments)
        found.append(CohortScope(perimeter if whole else replace(perimeter, segments=keys), day))
    return tuple(found)


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


def whole_weeks(weeks: NDArray[np.datetime64], first: date, last: date) -> Bools:
    """Say for every Monday whether its whole week lies within inclusive days."""
    start, end = np.datetime64(first, "D"), np.datetime64(last, "D")
    return (weeks >= start) & (weeks + 6 <= end)
