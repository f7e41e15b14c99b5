"""One touchpoint that an initiative changed: who went live when, whom to compare with, and the streams to judge."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.objective import Initiative
from ocem.evaluation.window import monday_on_or_after
from ocem.stats.displacement import FEWEST_AFTER, FEWEST_BEFORE, THIN_STREAM, Stream
from ocem.store.displacement import WeeklyContacts

Floats = NDArray[np.float64]


Bools = NDArray[np.bool_]


NEW_SHARE = 0.02
"""A touchpoint with less than this share of its judged volume before the go-live is new."""


@dataclass(frozen=True)
class Cohort:
    """Segments that went live on the same day, with the weeks that teach and those that are judged."""

    segments: tuple[str, ...]
    day: date
    before: Bools
    after: Bools


@dataclass(frozen=True)
class Case:
    """One touchpoint and the initiative that changed it, with everything that was counted."""

    touchpoint: str
    initiative: Initiative
    cohorts: tuple[Cohort, ...]
    comparison: tuple[str, ...]
    contacts: WeeklyContacts
    _rows: dict[tuple[str, ...], Bools] = field(default_factory=dict, compare=False, repr=False)

    @property
    def segments(self) -> tuple[str, ...]:
        """All segments that went live."""
        return tuple(key for cohort in self.cohorts for key in cohort.segments)

    @property
    def judged(self) -> Bools:
        """Weeks judged in any cohort."""
        return np.asarray(np.logical_or.reduce([cohort.after for cohort in self.cohorts]))

    def volume(self, segments: tuple[str, ...], rows: Bools, of: str = "n") -> Floats:
        """Add up rows of some segments week by week."""
        if segments not in self._rows:
            self._rows[segments] = np.isin(self.contacts.segments, segments)
        values: Floats = getattr(self.contacts, of)[rows & self._rows[segments]]
        return np.asarray(values.sum(axis=0))


def go_live_days(initiative: Initiative, all_segments: tuple[str, ...]) -> dict[str, date]:
    """Return the day on which each segment went live; segments that did not are left out."""
    own = {item.segment: item.day for item in initiative.go_lives if item.segment}
    general = min((item.day for item in initiative.go_lives if item.segment is None), default=None)
    days = {key: own.get(key, general) for key in all_segments}
    return {key: day for key, day in days.items() if day is not None}


def cohorts_of(
    days: dict[str, date], chosen: tuple[str, ...], weeks: NDArray[np.datetime64], wash_in: int
) -> tuple[Cohort, ...]:
    """Return the chosen segments by go-live day, those with enough weeks to judge."""
    found = []
    for day in sorted({days[key] for key in chosen}):
        start = monday_on_or_after(day + timedelta(days=7 * wash_in))
        before = weeks + 6 < np.datetime64(day, "D")
        after = weeks >= np.datetime64(start, "D")
        found.append(Cohort(tuple(key for key in chosen if days[key] == day), day, before, after))
    return tuple(item for item in found if item.after.sum() >= FEWEST_AFTER)


def blocked(
    touchpoint: str,
    chosen: tuple[str, ...],
    comparison: tuple[str, ...],
    cohorts: tuple[Cohort, ...],
    contacts: WeeklyContacts,
) -> Note | None:
    """Return why nothing can be said, or None."""
    if not chosen:
        return Note("no_segment_in_view", {})
    if not cohorts:
        return Note("too_few_weeks_after", {"needed": FEWEST_AFTER})
    if not (contacts.touchpoints == touchpoint).any():
        return Note("no_interactions_here", {"touchpoint": touchpoint})
    if not comparison:
        return Note("everyone_went_live", {})
    weeks = int(cohorts[0].before.sum())
    if weeks < FEWEST_BEFORE:
        return Note("too_few_weeks_before", {"weeks": weeks, "needed": FEWEST_BEFORE})
    return None


def is_new_touchpoint(case: Case, here: Bools) -> bool:
    """Say whether next to nothing came here before the go-live."""
    before = sum(float(case.volume(c.segments, here)[c.before].mean()) for c in case.cohorts)
    after = sum(float(case.volume(c.segments, here)[c.after].mean()) for c in case.cohorts)
    return before < NEW_SHARE * after


def streams_of(case: Case, here: Bools, elsewhere: Bools, is_new: bool) -> list[Stream]:
    """Return the streams here of all cohorts, then those elsewhere."""
    untouched_here, untouched = case.volume(case.comparison, here), case.volume(case.comparison, elsewhere)
    beside = untouched_here if np.median(untouched_here) >= 10 else untouched
    found = [
        Stream(case.volume(c.segments, here), None if is_new else beside, c.before, c.after, is_new)
        for c in case.cohorts
    ]
    return found + [Stream(case.volume(c.segments, elsewhere), untouched, c.before, c.after) for c in case.cohorts]


def part_streams(case: Case, names: NDArray[np.str_], rows: Bools) -> list[tuple[str, list[Stream]]]:
    """Return the streams of all cohorts for each other touchpoint or reason, the largest first.

    What is too small to be judged alone is put together under the key ``""``.
    """
    found, small = [], np.zeros(len(rows), dtype=bool)
    for key in sorted(set(names[rows].tolist())):
        own = rows & (names == key)
        streams = _of_rows(case, own)
        if any(_is_thin(stream) for stream in streams):
            small |= own
        else:
            found.append((key, streams))
    found.sort(key=lambda item: -sum(float(stream.volume.sum()) for stream in item[1]))
    return [*found, ("", _of_rows(case, small))] if small.any() else found


def _of_rows(case: Case, rows: Bools) -> list[Stream]:
    untouched = case.volume(case.comparison, rows)
    return [Stream(case.volume(c.segments, rows), untouched, c.before, c.after) for c in case.cohorts]


def _is_thin(stream: Stream) -> bool:
    windows = stream.before | stream.after
    return bool(min(np.median(stream.volume[windows]), np.median(np.asarray(stream.comparison)[windows])) < THIN_STREAM)
