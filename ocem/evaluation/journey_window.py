"""The two windows of journeys that are laid side by side: a year apart, or around a go-live."""

from dataclasses import dataclass
from datetime import date, timedelta

from ocem.domain.objective import Initiative
from ocem.evaluation.view import View
from ocem.store import objective as objective_store
from ocem.store.database import Database
from ocem.store.freshness import last_finished_day, source_reaches

WEEKS = 13
"""Weeks looked at where the view names no days."""


YEAR_DAYS = 364
"""Whole weeks nearest to a year: the same season, the same weekdays."""


WASH_IN_DAYS = 28
"""Days after a go-live that count for neither window."""


@dataclass(frozen=True)
class Window:
    """Inclusive days."""

    first: date
    last: date


@dataclass(frozen=True)
class GoLiveChoice:
    """A go-live that two windows can be laid around; `key` is stable and fits into an address."""

    key: str
    initiative: str
    label_it: str
    label_en: str
    day: date
    segment: str | None


def go_lives(database: Database) -> list[GoLiveChoice]:
    """Return the go-lives that lie within the data, newest first."""
    with database.cursor() as con:
        finished = last_finished_day(source_reaches(con))
        found = [choice for item in objective_store.list_initiatives(con) for choice in _choices(item)]
    known = [choice for choice in found if finished and choice.day + timedelta(days=WASH_IN_DAYS + 7) <= finished]
    return sorted(known, key=lambda choice: (-choice.day.toordinal(), choice.key))


def _choices(initiative: Initiative) -> list[GoLiveChoice]:
    return [
        GoLiveChoice(
            f"{initiative.key}.{item.segment or '-'}.{item.day.isoformat()}",
            initiative.key,
            initiative.label_it,
            initiative.label_en,
            item.day,
            item.segment,
        )
        for item in initiative.go_lives
    ]


def windows_of(go_live: GoLiveChoice | None, view: View, finished: date) -> tuple[Window, Window]:
    """Return the window looked at and the same weeks a year before.

    Around a go-live: from the end of the wash-in to at most a year after the go-live, so that the same weeks a year
    before all lie before it.
    """
    if go_live:
        first = go_live.day + timedelta(days=WASH_IN_DAYS)
        last = min(finished, go_live.day + timedelta(days=YEAR_DAYS - 1))
    else:
        last = min(view.last, finished) if view.last else finished
        first = view.first or last - timedelta(days=7 * WEEKS - 1)
        if first > last:  # nothing has finished there yet
            last = max(view.last or first, first)
    back = timedelta(days=YEAR_DAYS)
    return Window(first, last), Window(first - back, last - back)
