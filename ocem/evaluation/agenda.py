"""What changed beyond noise this week: new signals, ranked, with what stands near them and what they are mixed from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ocem.domain.comparison import Note
from ocem.domain.decomposition import Decomposition
from ocem.domain.event import Event
from ocem.domain.kpi import Kpi
from ocem.domain.number_box import NumberBox
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Cell, Dimension, Member, Perimeter
from ocem.domain.review import (
    ChartCount,
    Contribution,
    EventNear,
    Named,
    ObjectiveFinding,
    ReviewItem,
    SeriesPoint,
    SourceAsOf,
)
from ocem.errors import OcemError
from ocem.evaluation.comparison import compare
from ocem.evaluation.decomposition import decompose
from ocem.evaluation.event import closures, events_between
from ocem.evaluation.number_box import number_box
from ocem.evaluation.signal import ControlChart, draw, read_record
from ocem.evaluation.view import View
from ocem.stats.false_alarm import AGENDA
from ocem.stats.xmr import Signal
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import SourceReach, last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.profile import load_profiles

SHOWN_WEEKS = 60
"""Weeks of a chart in the document."""
EVENT_WEEKS = 6
"""An event this many weeks before a signal, or less, stands near it."""
USUAL_WEEKS = 12
"""Weeks before the one looked at that stand for the usual."""
EXPLAINED = 8
"""Items for which contributions and the numbers box are worked out."""
STUCK_WEEKS = 26
"""Weeks on one side of the centre after which limits are called outdated."""
WEIGHT = {1: 0.7, 2: 0.85, 3: 1.0, 4: 1.2, 5: 1.4}
"""What importance does to the rank: the strength of a signal is multiplied by it."""
BY = ("segment", "touchpoint")


@dataclass(frozen=True)
class Figures:
    """All figures of a review: everything in the document that nobody types."""

    first: date
    last: date
    finished: bool
    as_of: tuple[SourceAsOf, ...]
    data_version: int
    expected_false_alarms: float
    charts: ChartCount
    items: tuple[ReviewItem, ...]
    comparisons: tuple[ObjectiveFinding, ...]
    events: tuple[EventNear, ...]
    findings: tuple[Note, ...]


@dataclass(frozen=True)
class Labels:
    """Labels of members, KPIs and objectives."""

    members: dict[tuple[str, str], Named]
    kpis: dict[str, Kpi]

    @classmethod
    def read(cls, con: Cursor) -> "Labels":
        """Read them all."""
        members = {
            (dimension.value, member.key): _named(member)
            for dimension in (Dimension.TOUCHPOINT, Dimension.PHASE, Dimension.SEGMENT)
            for member in list_members(con, dimension)
        }
        return cls(members, {kpi.key: kpi for kpi in kpi_store.list_kpis(con)})

    def member(self, dimension: str, key: str) -> Named:
        """Return a member's labels; one that is not given in the file is named so."""
        return self.members.get((dimension, key)) or Named(key, key or "Non indicato", key or "Not given")

    def perimeter(self, perimeter: Perimeter | None) -> tuple[Named, ...]:
        """Return the labels of all members a perimeter names."""
        if perimeter is None:
            return ()
        return tuple(
            self.member(dimension, key)
            for dimension in ("touchpoint", "phase", "segment")
            for key in perimeter.members(dimension) or ()
        )

    def kpi(self, key: str) -> Named:
        """Return a KPI's labels."""
        found = self.kpis.get(key)
        return Named(key, found.label_it, found.label_en) if found else Named(key, key, key)


def _named(thing: Member | Kpi | Objective) -> Named:
    return Named(thing.key, thing.label_it, thing.label_en)


def last_week(database: Database) -> date | None:
    """Return the Monday of the last week that every living source has passed; None without data."""
    with database.cursor() as con:
        finished = last_finished_day(source_reaches(con))
    return finished - timedelta(days=6) if finished else None


def figures(database: Database, monday: date) -> Figures:
    """Return all figures of a week's review."""
    sunday = monday + timedelta(days=6)
    with database.cursor() as con:
        reaches = source_reaches(con)
        record = read_record(con, sunday, closures(con))
        labels = Labels.read(con)
        near = events_between(con, monday - timedelta(weeks=SHOWN_WEEKS), sunday)
        objectives = {item.key: item for item in objective_store.list_objectives(con)}
        as_of = _as_of(con, reaches)
    found = draw(record, monday) if record else ()
    finished = last_finished_day(reaches)
    return Figures(
        monday,
        sunday,
        finished is not None and finished >= sunday,
        as_of,
        database.data_version(),
        sum(chart.expected_news for chart in found),
        _count(found),
        _items(database, found, labels, near),
        tuple(_findings_of(database, objectives, labels, sunday)),
        tuple(event_near(event) for event in near if event.touches(monday - timedelta(weeks=1), sunday)),
        _notes(found, reaches, sunday),
    )


def _as_of(con: Cursor, reaches: Sequence[SourceReach]) -> tuple[SourceAsOf, ...]:
    profiles = {profile.key: profile for profile in load_profiles(con)}
    newest = dict(
        con.execute("SELECT source, max(id) FROM import_batch WHERE status = 'live' GROUP BY source").fetchall()
    )
    found = []
    for reach in reaches:
        profile = profiles.get(reach.source)
        it = (profile.label if profile else "") or reach.source
        named = Named(reach.source, it, getattr(profile, "label_en", "") or it)
        found.append(
            SourceAsOf(
                named, reach.fact.value, reach.last_day, reach.finished, reach.imported_at,
                int(newest.get(reach.source, 0)),
            )
        )  # fmt: skip
    return tuple(found)


def _count(found: Sequence[ControlChart]) -> ChartCount:
    drawn = [chart for chart in found if chart.n_baseline and chart.last and chart.last.value is not None]
    return ChartCount(
        len(drawn),
        sum(not chart.locked for chart in drawn),
        len(found) - len(drawn),
        sum(chart.is_flagged for chart in drawn),
    )


def _items(
    database: Database, found: Sequence[ControlChart], labels: Labels, near: Sequence[Event]
) -> tuple[ReviewItem, ...]:
    news = sorted((chart for chart in found if chart.is_news), key=lambda chart: (-rank_of(chart), chart.watched.key))
    return tuple(
        as_item(database, chart, labels, near, number, explained=number <= EXPLAINED)
        for number, chart in enumerate(news, start=1)
    )


def rank_of(chart: ControlChart) -> float:
    """Return what the agenda is ranked by: the strength of the signal times the weight of its importance."""
    return chart.strength * WEIGHT[max(1, min(chart.watched.importance, 5))]


def as_item(
    database: Database,
    chart: ControlChart,
    labels: Labels,
    near: Sequence[Event],
    rank: int = 0,
    explained: bool = True,
) -> ReviewItem:
    """Return a chart as an item of the agenda, with its events, what it is mixed from and its numbers box."""
    item, last = chart.watched, chart.last
    points = chart.points[-SHOWN_WEEKS:]
    previous = next((p.value for p in reversed(points[:-1]) if p.value is not None), None) if last else None
    signals = [s for s in (last.news if last else ()) if s in AGENDA or s is Signal.RANGE]
    events = [
        event
        for event in near
        if points and event.concerns(item.kpi.key) and _overlaps(event.perimeter, item.perimeter)
        and event.touches(points[0].first, chart.week + timedelta(days=6))
    ]  # fmt: skip
    return ReviewItem(
        rank=rank,
        kpi=_named(item.kpi),
        kpi_version=item.kpi.version,
        cell=Cell(),
        cell_labels=labels.perimeter(item.perimeter),
        perimeter=item.perimeter,
        unit=item.kpi.unit,
        kind=item.kpi.kind.value,
        direction=item.kpi.direction.value,
        signals=tuple(signal.value for signal in signals),
        improvement=chart.improvement,
        size=abs(last.distance) if last and last.distance is not None else 0.0,
        value=last.value if last else None,
        centre=last.centre if last else None,
        lower=last.lower if last else None,
        upper=last.upper if last else None,
        charted=chart.charted,
        chart=chart.chart,
        limits_state="locked" if chart.locked else "provisional",
        limits_first=chart.baseline_first,
        limits_last=chart.baseline_last,
        n_baseline=chart.n_baseline,
        autocorrelation=chart.autocorrelation,
        assurance=chart.assurance,
        target=item.target,
        importance=item.importance,
        objective=_named(item.objective) if item.objective else None,
        owner=item.objective.owner if item.objective else item.kpi.owner,
        comparison_labels=labels.perimeter(item.comparison) if chart.charted == "difference" else (),
        rebased=_rebased(chart),
        series=tuple(
            SeriesPoint(
                p.first, p.value, p.lower, p.centre, p.upper, tuple(s.value for s in p.signals),
                tuple(s.value for s in p.news), p.excluded, p.baseline, p.distance, p.n, p.finished,
            )
            for p in points
        ),
        events=tuple(event_near(event, item.kpi.key) for event in events),
        contributions=contributions(database, chart, labels) if explained else (),
        numbers=_numbers(database, chart) if explained else None,
        previous=previous,
    )  # fmt: skip


def _overlaps(first: Perimeter, second: Perimeter) -> bool:
    for dimension in ("touchpoint", "phase", "segment"):
        one, two = first.members(dimension), second.members(dimension)
        if one is not None and two is not None and not set(one) & set(two):
            return False
    return True


def _rebased(chart: ControlChart) -> Note | None:
    made = chart.rebase
    if made is None:
        return None
    return Note(
        "rebased",
        {
            "starts": made.starts,
            "reason": made.reason,
            "author": made.author,
            "day": made.at.date(),
            "event": made.event,
        },
    )


def event_near(event: Event, kpi: str = "") -> EventNear:
    """Return an event as the document holds it."""
    query = f"show={event.key}" + (f"&kpi={kpi}" if kpi else "")
    is_day_off = event.kind == "holiday"
    return EventNear(
        event.key, event.kind.value, event.label_it, event.label_en, event.first, event.last, event.tags, event.kpis,
        event.initiative, "" if is_day_off else f"events?{query}",
    )  # fmt: skip


def contributions(database: Database, chart: ControlChart, labels: Labels) -> tuple[Contribution, ...]:
    """Split what moved the week away from the usual: from the 12 weeks before, or from the same week a year before."""
    item = chart.watched
    this = (chart.week, chart.week + timedelta(days=6))
    if chart.charted == "year":
        usual = (this[0] - timedelta(days=364), this[1] - timedelta(days=364))
    else:
        usual = (chart.week - timedelta(weeks=USUAL_WEEKS), chart.week - timedelta(days=1))
    scope = item.perimeter
    view = View(None, None, scope.segments or (), scope.phases or (), scope.touchpoints or ())
    found: list[Contribution] = []
    for dimension in BY:
        members = scope.members(dimension)
        if members is not None and len(members) < 2:
            continue
        try:
            split = decompose(database, item.kpi.key, view, usual, this, dimension)
        except OcemError:
            continue
        found += _parts(split, dimension, labels)
    return tuple(found)


def _parts(split: Decomposition, dimension: str, labels: Labels) -> list[Contribution]:
    if split.refused is not None:
        return []
    return [
        Contribution(
            dimension, labels.member(dimension, part.member), part.before, part.after, part.weight_before,
            part.weight_after, part.mix, part.rate,
        )
        for part in split.contributions
    ]  # fmt: skip


def _numbers(database: Database, chart: ControlChart) -> NumberBox | None:
    item = chart.watched
    try:
        return number_box(
            database, item.kpi.key, item.perimeter, chart.week, item.objective.key if item.objective else None
        )
    except OcemError:
        return None


def _findings_of(
    database: Database, objectives: dict[str, Objective], labels: Labels, until: date
) -> list[ObjectiveFinding]:
    found = [
        ObjectiveFinding(
            _named(objectives[item.objective or ""]),
            labels.kpi(item.kpi),
            objectives[item.objective or ""].owner,
            item,
            objectives[item.objective or ""].importance,
        )
        for item in compare(database, checks=False, until=until)
    ]
    return sorted(found, key=lambda finding: (-finding.importance, finding.objective.key))


def _notes(found: Sequence[ControlChart], reaches: Sequence[SourceReach], sunday: date) -> tuple[Note, ...]:
    """Say which sources have not reached the week, and whose limits no longer fit."""
    notes = []
    late = [reach.source for reach in reaches if reach.finished < sunday]
    if late:
        notes.append(Note("sources_behind", {"sources": late}))
    stuck = [chart.watched.key for chart in found if chart.locked and _is_stuck(chart)]
    if stuck:
        notes.append(Note("limits_outdated", {"charts": stuck, "count": len(stuck), "weeks": STUCK_WEEKS}))
    return tuple(notes)


def _is_stuck(chart: ControlChart) -> bool:
    """Say whether half a year of points lies on one side of the centre: the process moved, its limits did not."""
    away = [p.distance for p in chart.points if p.distance is not None and not p.excluded][-STUCK_WEEKS:]
    return len(away) == STUCK_WEEKS and (min(away) > 0 or max(away) < 0)
