"""What changed beyond noise this week: new signals, ranked, with what stands near them and what they are mixed from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ocem.domain.comparison import Note
from ocem.domain.objective import Objective
from ocem.domain.review import (
    ChartCount,
    EventNear,
    LinkFinding,
    Named,
    ObjectiveFinding,
    ReviewItem,
    ShiftFinding,
    SourceAsOf,
)
from ocem.errors import OcemError
from ocem.evaluation import displacement, link
from ocem.evaluation.agenda_item import SHOWN_WEEKS, Labels, as_item, event_near, named
from ocem.evaluation.comparison import compare
from ocem.evaluation.control_chart import ControlChart, Watched
from ocem.evaluation.event import closures, events_between
from ocem.evaluation.signal import draw, read_record
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import SourceReach, last_finished_day, source_reaches
from ocem.store.profile import load_profiles

EXPLAINED = 8
"""Items for which contributions and the numbers box are worked out."""
MOST_STANDING_OUT = 3
"""Figures inside their limits that the agenda names."""
STUCK_WEEKS = 26
"""Weeks on one side of the centre after which limits are called outdated."""
WEIGHT = {1: 0.7, 2: 0.85, 3: 1.0, 4: 1.2, 5: 1.4}
"""What importance does to the rank: the strength of a signal is multiplied by it."""


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
        sum(chart.expected_to_stand_out for chart in found),
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


def _order(chart: ControlChart) -> tuple[float, str]:
    return -rank_of(chart), chart.watched.key


def rank_of(chart: ControlChart) -> float:
    """Return what the agenda is ranked by: how far from chance the week is, times the weight of its importance."""
    return chart.strength * WEIGHT[max(1, min(chart.watched.importance, 5))]


def _findings_of(
    database: Database, objectives: dict[str, Objective], labels: Labels, until: date
) -> list[ObjectiveFinding]:
    found = [
        ObjectiveFinding(
            named(objectives[item.objective or ""]),
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
