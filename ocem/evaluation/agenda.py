"""What changed beyond noise this week: new signals, ranked, with what stands near them and what they are mixed from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    LinkFinding,
    Named,
    ObjectiveFinding,
    ReviewItem,
    SeriesPoint,
    ShiftFinding,
    SourceAsOf,
)
from ocem.errors import OcemError
from ocem.evaluation import displacement, link
from ocem.evaluation.comparison import compare
from ocem.evaluation.decomposition import decompose
from ocem.evaluation.event import closures, events_between
from ocem.evaluation.number_box import number_box
from ocem.evaluation.signal import ControlChart, Watched, draw, read_record
from ocem.evaluation.view import View
from ocem.stats.false_alarm import AGENDA
from ocem.stats.surprise import UNUSUAL_RATE
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
MOST_STANDING_OUT = 3
"""Figures inside their limits that the agenda names."""
FAR_SIGNALS = 0.35
"""Share of false signals whose point lies as far out as what stands out (measured: 0.27 to 0.46)."""
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
    standing_out: tuple[ReviewItem, ...]
    expected_standing_out: float
    comparisons: tuple[ObjectiveFinding, ...]
    events: tuple[EventNear, ...]
    findings: tuple[Note, ...]


@dataclass(frozen=True)
class Movements:
    """What goes from touchpoints to outcomes, as of the newest data."""

    shifts: tuple[ShiftFinding, ...] = ()
    links: tuple[LinkFinding, ...] = ()


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
    ranks = ranked(found)
    return Figures(
        monday,
        sunday,
        finished is not None and finished >= sunday,
        as_of,
        database.data_version(),
        sum(chart.expected_news for chart in found),
        _count(found),
        tuple(
            as_item(database, chart, labels, near, rank, rank <= EXPLAINED, reaches)
            for rank, chart in ranks.items()
            if chart.is_news
        ),
        tuple(
            as_item(database, chart, labels, near, rank, explained=False)
            for rank, chart in ranks.items()
            if not chart.is_news
        ),
        expected_to_stand_out(found),
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


def ranked(found: Sequence[ControlChart]) -> dict[int, ControlChart]:
    """Return the new signals and the few figures that stand out inside their limits, ranked together from 1 on."""
    out = sorted((chart for chart in found if chart.stands_out), key=_order)[:MOST_STANDING_OUT]
    return dict(enumerate(sorted([*(chart for chart in found if chart.is_news), *out], key=_order), start=1))


def expected_to_stand_out(found: Sequence[ControlChart]) -> float:
    """Return how many figures stand out inside their limits in a week with nothing going on."""
    return sum(max(UNUSUAL_RATE - FAR_SIGNALS * chart.expected_news, 0.0) for chart in found if chart.expected_news > 0)


def _order(chart: ControlChart) -> tuple[float, str]:
    return -rank_of(chart), chart.watched.key


def rank_of(chart: ControlChart) -> float:
    """Return what the agenda is ranked by: how far from chance the week is, times the weight of its importance."""
    return chart.strength * WEIGHT[max(1, min(chart.watched.importance, 5))]


def as_item(
    database: Database,
    chart: ControlChart,
    labels: Labels,
    near: Sequence[Event],
    rank: int = 0,
    explained: bool = True,
    reaches: list[SourceReach] | None = None,
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
        numbers=numbers_of(database, chart, reaches) if explained else None,
        previous=previous,
        strength=chart.strength,
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


def numbers_of(database: Database, chart: ControlChart, reaches: list[SourceReach] | None = None) -> NumberBox | None:
    """Return the numbers box of a chart; None where its figures cannot make one."""
    item = chart.watched
    try:
        return number_box(
            database, item.kpi.key, item.perimeter, chart.week, item.objective.key if item.objective else None, reaches
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


def movements(database: Database, monday: date) -> Movements:
    """Return the displacements and links that matter, without their weekly courses.

    They are computed from all weeks there are, so that only the newest finished week has any.
    """
    if monday != last_week(database):
        return Movements()
    try:
        shifts, links = displacement.highlights(database), link.highlights(database)
    except OcemError:
        return Movements()
    with database.cursor() as con:
        labels = Labels.read(con)
    return Movements(
        tuple(ShiftFinding(labels.member("touchpoint", item.touchpoint), replace(item, weeks=())) for item in shifts),
        tuple(
            LinkFinding(labels.kpi(item.leading), labels.kpi(item.following), replace(item, profile=()))
            for item in links
        ),
    )


def _notes(found: Sequence[ControlChart], reaches: Sequence[SourceReach], sunday: date) -> tuple[Note, ...]:
    """Say which sources have not reached the week, and whose limits no longer fit."""
    notes = []
    late = [reach.source for reach in reaches if reach.finished < sunday]
    if late:
        notes.append(Note("sources_behind", {"sources": late}))
    stuck = [chart.watched for chart in found if chart.locked and _is_stuck(chart)]
    if stuck:
        labels = [_label_of(item) for item in stuck]
        keys = [item.key for item in stuck]
        values = {"charts": keys, "labels": labels, "count": len(stuck), "weeks": STUCK_WEEKS}
        notes.append(Note("limits_outdated", values))
    return tuple(notes)


def _label_of(item: Watched) -> dict[str, str]:
    """Return both labels of a chart: of its KPI and, where it is an objective's, of that."""
    one, two = item.kpi, item.objective
    return {
        "key": item.key,
        "it": one.label_it if two is None else f"{one.label_it} ({two.label_it})",
        "en": one.label_en if two is None else f"{one.label_en} ({two.label_en})",
    }


def _is_stuck(chart: ControlChart) -> bool:
    """Say whether half a year of points lies on one side of the centre: the process moved, its limits did not."""
    away = [p.distance for p in chart.points if p.distance is not None and not p.excluded][-STUCK_WEEKS:]
    return len(away) == STUCK_WEEKS and (min(away) > 0 or max(away) < 0)
