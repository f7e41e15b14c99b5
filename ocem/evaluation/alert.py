"""Tell followers of a KPI when its chart changes state: once, and never on an unfinished week."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ocem.domain.access import Grant, Person, Right
from ocem.domain.review import Named, ReviewItem
from ocem.errors import N_, DefinitionError
from ocem.evaluation import calendar
from ocem.evaluation.agenda import last_week
from ocem.evaluation.agenda_item import Labels, as_item
from ocem.evaluation.control_chart import ControlChart
from ocem.evaluation.event import closures, events_between
from ocem.evaluation.signal import draw, read_record
from ocem.stats.false_alarm import AGENDA
from ocem.store import access, audit, person
from ocem.store import kpi as kpi_store
from ocem.store import signal as store
from ocem.store.database import Database
from ocem.store.signal import Follower, Told

CHANNELS = ("mail", "webhook", "file")
QUIET = "quiet"


@dataclass(frozen=True)
class Alert:
    """One thing to tell one follower; `state` is ``improvement``, ``worsening`` or ``quiet`` (the signal is over)."""

    follower: Follower
    week: str
    state: str
    item: ReviewItem
    rows: tuple[Named, ...] = ()
    """The members that the figures speak of, where the follower sees some rows only."""


@dataclass(frozen=True)
class Fired:
    """A change of state that would have been told, in a replay."""

    week: str
    chart: str
    kpi: str
    state: str
    signals: tuple[str, ...]


def state_of(chart: ControlChart) -> str:
    """Return the state of a chart in its week: ``improvement``, ``worsening`` or ``quiet``."""
    last = chart.last
    if last is None or not chart.reached or AGENDA.isdisjoint(last.signals):
        return QUIET
    return "improvement" if chart.improvement else "worsening"


def _can_speak(chart: ControlChart) -> bool:
    """Say whether the week's point is there and finished: otherwise the state is not known, and nothing is told."""
    last = chart.last
    return bool(chart.reached and last and last.value is not None and not last.excluded and chart.n_baseline)


def due_alerts(database: Database, monday: date | None = None) -> tuple[Alert, ...]:
    """Return what followers have not heard yet: changes of state, not repetitions.

    Each is told of the rows that they may see, and that whoever let them follow might see.
    """
    monday = monday or last_week(database)
    if monday is None:
        return ()
    with database.cursor() as con:
        everybody, heard = store.list_followers(con), store.last_told(con)
        known = {item.name: item for item in person.granted(con)}
    by_rows: dict[Grant, list[Follower]] = {}
    for follower in everybody:
        if (rows := _rows_of(follower, known)) is not None:
            by_rows.setdefault(rows, []).append(follower)
    found: list[Alert] = []
    for rows, some in by_rows.items():
        with access.acting(replace(access.person(), grant=rows)):
            found += _due(database, monday, some, heard)
    return tuple(found)


def _rows_of(follower: Follower, known: Mapping[str, Person]) -> Grant | None:
    """Return the rows that a follower may be told of; None where a grant in force lets nothing be read."""
    rows = follower.rows
    for name in (follower.asked_by, follower.address if follower.channel == "mail" else None):
        granted = known.get((name or "").casefold())
        if granted is not None and not granted.may(Right.READ):
            return None
        rows = rows.within(granted.grant) if granted else rows
    return rows


def _due(
    database: Database, monday: date, followers: list[Follower], heard: Mapping[tuple[str, str, str], Told]
) -> list[Alert]:
    """Return what some followers have not heard yet, of the acting person's rows."""
    sunday, week = monday + timedelta(days=6), calendar.week_name(monday)
    with database.cursor() as con:
        record = read_record(con, sunday, closures(con))
        labels = Labels.read(con)
        near = events_between(con, monday - timedelta(weeks=60), sunday)
    found = []
    for chart in draw(record, monday) if record else ():
        for follower in _followers_of(chart, followers):
            told = heard.get((chart.watched.key, follower.channel, follower.address))
            if told is not None and told.week > week:
                continue
            state, before = state_of(chart), told.state if told else QUIET
            if _can_speak(chart) and state != before:
                item = as_item(database, chart, labels, near, explained=False)
                found.append(Alert(follower, week, state, item, _named_rows(labels, access.person().grant)))
    return found


def _named_rows(labels: Labels, grant: Grant) -> tuple[Named, ...]:
    rows = {"segment": grant.segments, "touchpoint": grant.touchpoints}
    return tuple(labels.member(name, key) for name, keys in rows.items() for key in sorted(keys or ()))


def _followers_of(chart: ControlChart, followers: Iterable[Follower]) -> list[Follower]:
    return [item for item in followers if item.kpi == chart.watched.kpi.key]


def mark_told(database: Database, alert: Alert) -> None:
    """Remember that an alert was sent."""
    with database.write() as con:
        told = Told(
            alert.item.key, alert.item.kpi.key, alert.week, alert.state, alert.follower.channel, alert.follower.address
        )
        store.save_told(con, told)
        audit.record(con, "alert", alert.item.key, {"week": alert.week, "state": alert.state})


def replay(database: Database, first: date, last: date, kpis: Iterable[str] = ()) -> tuple[Fired, ...]:
    """Return what would have fired week by week between two days, for some KPIs or all, if everybody had followed."""
    monday = first - timedelta(days=first.weekday())
    wanted = set(kpis)
    with database.cursor() as con:
        record = read_record(con, last, closures(con))
    if record is None:
        return ()
    states: dict[str, str] = {}
    found = []
    while monday + timedelta(days=6) <= last:
        for chart in draw(record, monday):
            item = chart.watched
            if (wanted and item.kpi.key not in wanted) or not _can_speak(chart):
                continue
            state = state_of(chart)
            if state != states.get(item.key, QUIET) and (item.key in states or state != QUIET):
                signals = tuple(signal.value for signal in (chart.last.signals if chart.last else ()))
                found.append(Fired(calendar.week_name(monday), item.key, item.kpi.key, state, signals))
            states[item.key] = state
        monday += timedelta(days=7)
    return tuple(found)


def follow(database: Database, follower: Follower) -> None:
    """Let somebody hear of a KPI's signals.

    Raises
    ------
    DefinitionError
        If the channel is unknown or the address is none.
    """
    by = access.require(Right.COMMENT)
    _check(follower)
    with database.write() as con:
        kpi_store.find_kpi(con, follower.kpi)
        store.save_follower(con, follower, by)
        audit.record(con, "follow", follower.kpi, {"channel": follower.channel, "address": follower.address})


def unfollow(database: Database, follower: Follower) -> None:
    """Let somebody hear of a KPI no more."""
    access.require(Right.COMMENT)
    with database.write() as con:
        store.remove_follower(con, follower)
        audit.record(con, "unfollow", follower.kpi, {"channel": follower.channel, "address": follower.address})


def followers(database: Database, kpi: str | None = None) -> list[Follower]:
    """Return who follows a KPI, or all."""
    with database.cursor() as con:
        return [item for item in store.list_followers(con) if kpi is None or item.kpi == kpi]


def _check(follower: Follower) -> None:
    address = follower.address.strip()
    fits = {
        "mail": "@" in address and " " not in address and not address.startswith("@") and not address.endswith("@"),
        "webhook": address.startswith(("https://", "http://")),
        "file": bool(address) and "/" not in address and "\\" not in address and not address.startswith("."),
    }
    if follower.channel not in fits:
        raise DefinitionError(
            N_("There is no channel {channel}; choose mail, webhook or file."), channel=follower.channel
        )
    if not fits[follower.channel]:
        raise DefinitionError(
            N_("{address} is no address for {channel}."), address=address or "-", channel=follower.channel
        )
