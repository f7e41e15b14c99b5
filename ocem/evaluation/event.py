"""What happened around the figures, and what came of it: events near a week, before and after an event."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ocem.domain.access import Right
from ocem.domain.comparison import Comparison
from ocem.domain.event import Event, EventKind
from ocem.domain.kpi import Kpi
from ocem.domain.objective import GoLive, Initiative, MacroObjective, Objective
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.errors import N_, DefinitionError
from ocem.evaluation import calendar
from ocem.evaluation.calendar import Span
from ocem.evaluation.comparison import compare_declared
from ocem.evaluation.question import RELEVANCE_OF_OTHERS
from ocem.store import access, audit
from ocem.store import event as store
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import list_members

JUST = "event_"
"""What the key of an objective or initiative made up for one comparison begins with."""


def list_events(database: Database, first: date, last: date, kpi: str | None = None) -> list[Event]:
    """Return the events that touch inclusive days, oldest first: go-lives, holidays and those written down."""
    with database.cursor() as con:
        return events_between(con, first, last, kpi)


def events_between(con: Cursor, first: date, last: date, kpi: str | None = None) -> list[Event]:
    """Return the events that touch inclusive days, oldest first; see `list_events`."""
    found = [*store.list_events(con), *go_lives(objective_store.list_initiatives(con)), *holidays(first, last)]
    near = [event for event in found if event.touches(first, last) and (kpi is None or event.concerns(kpi))]
    return sorted(near, key=lambda event: (event.first, event.key))


def declared_events(database: Database) -> list[Event]:
    """Return the events that people wrote down, newest first."""
    with database.cursor() as con:
        return store.list_events(con)


def all_events(database: Database) -> list[Event]:
    """Return go-lives and what people wrote down, newest first; holidays are left out."""
    with database.cursor() as con:
        found = [*store.list_events(con), *go_lives(objective_store.list_initiatives(con))]
    return sorted(found, key=lambda event: (event.first, event.key), reverse=True)


def find_event(database: Database, key: str) -> Event | None:
    """Return a go-live or an event that somebody wrote down; None when nothing bears the key."""
    return next((event for event in all_events(database) if event.key == key), None)


def go_lives(initiatives: Iterable[Initiative]) -> list[Event]:
    """Return one event a go-live day of every initiative."""
    found = []
    for item in initiatives:
        for day in sorted({go_live.day for go_live in item.go_lives}):
            segments = tuple(g.segment for g in item.go_lives if g.day == day and g.segment)
            touchpoints = tuple(dict.fromkeys(g.touchpoint for g in item.go_lives if g.day == day and g.touchpoint))
            scope = Perimeter(touchpoints or None, None, segments or None)
            found.append(
                Event(
                    f"go_live.{item.key}.{day.isoformat()}", EventKind.GO_LIVE, item.label_it, item.label_en,
                    day, day, perimeter=scope, tags=tuple(filter(None, (item.touchpoint,))), initiative=item.key,
                )
            )  # fmt: skip
    return found


def holidays(first: date, last: date) -> list[Event]:
    """Return the Italian public holidays between inclusive days, named in both languages."""
    import holidays as known

    found = []
    for day in calendar.holidays_in(Span(first, last)):
        it = known.country_holidays("IT", years=day.year, language="it_IT").get(day, "")
        en = known.country_holidays("IT", years=day.year, language="en_US").get(day, "")
        found.append(Event(f"holiday.{day.isoformat()}", EventKind.HOLIDAY, it, en, day, day))
    return found


def closures(con: Cursor) -> list[tuple[date, date]]:
    """Return the days on which the company was closed, as people wrote them down."""
    return [(event.first, event.last) for event in store.list_events(con) if event.kind is EventKind.CLOSURE]


def save_event(database: Database, event: Event, by: str) -> Event:
    """Store an event.

    Raises
    ------
    DefinitionError
        If it has no name, ends before it begins, or names a KPI that is not there.
    """
    access.require(Right.COMMENT)
    if not (event.label_it.strip() or event.label_en.strip()):
        raise DefinitionError(N_("An event needs a name."))
    if event.last < event.first:
        raise DefinitionError(
            N_("The event ends on {last}, before it begins on {first}."), first=event.first, last=event.last
        )
    with database.write() as con:
        for kpi in event.kpis:
            kpi_store.find_kpi(con, kpi)
        it, en = event.label_it.strip() or event.label_en.strip(), event.label_en.strip() or event.label_it.strip()
        kept = replace(event, label_it=it, label_en=en, author=event.author or by)
        store.save_event(con, kept, by)
        audit.record(con, "event", event.key, {"first": event.first, "last": event.last}, actor=by)
    return kept


def withdraw_event(database: Database, key: str, by: str) -> None:
    """Take back an event that somebody wrote down; its versions stay."""
    access.require(Right.COMMENT)
    with database.write() as con:
        store.save_event(con, store.find_event(con, key), by, withdrawn=True)
        audit.record(con, "event_withdrawn", key, actor=by)


@dataclass(frozen=True)
class Aftermath:
    """One KPI before and after an event; `objective` is what was compared, prefilled from the event."""

    event: Event
    kpi: Kpi
    objective: Objective
    comparison: Comparison


def after_event(database: Database, key: str, kpi: str) -> Aftermath | None:
    """Compare a KPI before and after an event as if it were an initiative; None when the event is gone.

    Before: the 52 whole weeks up to it. After: from the first whole week after its last day. Against: the segments that
    it did not touch, where it touched some.
    """
    event = find_event(database, key)
    if event is None:
        return None
    with database.cursor() as con:
        _, found = kpi_store.find_kpi(con, kpi)
        finished = last_finished_day(source_reaches(con))
        others = _untouched(con, event)
    objective, initiative = prefilled(event, found, others, finished)
    compared = compare_declared(database, objective, initiative, checks=True, instead_of=event.initiative)
    return Aftermath(event, found, objective, compared[0])


def _untouched(con: Cursor, event: Event) -> tuple[str, ...]:
    """Return the segments that neither the event nor another go-live of its initiative touches."""
    if event.perimeter.segments is None:
        return ()
    touched = set(event.perimeter.segments)
    for item in objective_store.list_initiatives(con):
        if item.key == event.initiative:
            touched |= set(item.segments_live())
    return tuple(member.key for member in list_members(con, Dimension.SEGMENT) if member.key not in touched)


def prefilled(event: Event, kpi: Kpi, others: tuple[str, ...], finished: date | None) -> tuple[Objective, Initiative]:
    """Return the objective and initiative that a before/after of an event stands for; `others` are compared with."""
    name = f"{JUST}{event.key}"
    initiative = Initiative(name, event.label_it, event.label_en, (GoLive(event.first),))
    wash_in = max((event.last - event.first).days, 0) if event.kind is not EventKind.CAMPAIGN else 0
    ends = event.last + timedelta(days=6 - event.last.weekday()) if event.kind is EventKind.CAMPAIGN else finished
    objective = Objective(
        key=name,
        label_it=event.label_it,
        label_en=event.label_en,
        macro_objective=MacroObjective.CUSTOMER_EXPERIENCE,
        kpi=kpi.key,
        perimeter=event.perimeter,
        initiative=name,
        direction=kpi.direction,
        relevance=RELEVANCE_OF_OTHERS,
        relevance_kind="relative",
        target=None,
        owner=kpi.owner,
        wash_in_days=wash_in,
        comparison=Perimeter(event.perimeter.touchpoints, None, others) if others else None,
        evaluation_last=ends if ends and (finished is None or ends <= finished) else None,
    )
    return objective, initiative
