"""One chart as an item of the agenda: its weeks, the events near it, what it is mixed from, its numbers box."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ocem.domain.comparison import Note
from ocem.domain.decomposition import Decomposition
from ocem.domain.event import Event
from ocem.domain.kpi import Kpi
from ocem.domain.number_box import NumberBox
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Cell, Dimension, Member, Perimeter
from ocem.domain.review import (
    Contribution,
    EventNear,
    Named,
    ReviewItem,
    SeriesPoint,
)
from ocem.errors import OcemError
from ocem.evaluation.control_chart import ControlChart
from ocem.evaluation.decomposition import decompose
from ocem.evaluation.number_box import number_box
from ocem.evaluation.view import View
from ocem.stats.false_alarm import AGENDA
from ocem.stats.xmr import Signal
from ocem.store import kpi as kpi_store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import SourceReach
from ocem.store.member import list_members

SHOWN_WEEKS = 60
"""Weeks of a chart in the document."""
USUAL_WEEKS = 12
"""Weeks before the one looked at that stand for the usual."""
BY = ("segment", "touchpoint")


@dataclass(frozen=True)
class Labels:
    """Labels of members, KPIs and objectives."""

    members: dict[tuple[str, str], Named]
    kpis: dict[str, Kpi]

    @classmethod
    def read(cls, con: Cursor) -> "Labels":
        """Read them all."""
        members = {
            (dimension.value, member.key): named(member)
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


def named(thing: Member | Kpi | Objective) -> Named:
    """Return the labels of something declared."""
    return Named(thing.key, thing.label_it, thing.label_en)


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
        kpi=named(item.kpi),
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
        objective=named(item.objective) if item.objective else None,
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
