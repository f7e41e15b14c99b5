"""Plan and follow initiatives: check them, change a step, and say what happened when."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ocem.domain.access import Right
from ocem.domain.initiative import Initiative, StepState
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Dimension
from ocem.errors import N_, DefinitionError, Named
from ocem.evaluation.baseline import state_of
from ocem.evaluation.window import baseline_days, cohorts, evaluation_days
from ocem.store import access, audit
from ocem.store import objective as store
from ocem.store.database import Cursor, Database
from ocem.store.ex_ante import list_ex_ante
from ocem.store.freshness import source_reaches
from ocem.store.member import list_members
from ocem.store.series import data_span


def find_initiative(database: Database, key: str) -> Initiative:
    """Return one initiative in force; see `ocem.store.objective.find_initiative`."""
    with database.cursor() as con:
        return store.find_initiative(con, key)


def save_initiative(database: Database, initiative: Initiative) -> Initiative:
    """Store an initiative; a change makes a new version.

    Raises
    ------
    DefinitionError
        If it has no name, no go-live day or two for the same cells, bears another's name, or names what is not there.
    """
    access.require(Right.DEFINE)
    with database.write() as con:
        check_initiative(con, initiative)
        before = {item.key: item.version for item in store.list_initiatives(con)}
        version = store.save_initiative(con, initiative)
        if before.get(initiative.key) != version:
            audit.record(con, "define", f"initiative:{initiative.key}", {"version": version})
    return replace(initiative, version=version)


def check_initiative(con: Cursor, initiative: Initiative) -> None:
    """Refuse an initiative that cannot be planned as written; see `save_initiative`."""
    subject = Named(initiative.label_it or initiative.key, initiative.label_en)
    if not initiative.label_it.strip():
        raise DefinitionError(N_("Give the initiative a name in Italian."))
    for other in store.list_initiatives(con):
        same = other.label_it.strip().casefold() == initiative.label_it.strip().casefold()
        if same and other.key != initiative.key:
            raise DefinitionError(N_("There is already an initiative called {label}."), label=other.label_it)
    if not initiative.go_lives:
        raise DefinitionError(N_("{subject}: at least one go-live day is needed."), subject=subject)
    cells = [(item.segment, item.touchpoint) for item in initiative.go_lives]
    if len(set(cells)) < len(cells):
        raise DefinitionError(
            N_("{subject}: two go-live days for the same segment and touchpoint; one of them is too many."),
            subject=subject,
        )
    segments = {item.segment for item in initiative.go_lives} | {item.segment for item in initiative.sales_roles}
    touchpoints = {initiative.touchpoint} | {item.touchpoint for item in initiative.go_lives}
    for dimension, keys in ((Dimension.SEGMENT, segments), (Dimension.TOUCHPOINT, touchpoints)):
        known = {member.key for member in list_members(con, dimension)}
        for key in sorted({key for key in keys if key} - known):
            raise DefinitionError(
                N_("{subject}: there is no {dimension} called {key}. Known: {known}."),
                subject=subject,
                dimension=dimension.value,
                key=key,
                known=", ".join(sorted(known)),
            )


def settle_step(database: Database, key: str, index: int, day: date) -> Initiative:
    """Note that a step was done on a day, or, when it was noted already, that it was not."""
    initiative = find_initiative(database, key)
    step = initiative.steps[index]
    is_done = step.state is StepState.DONE
    changed = replace(step, state=StepState.DOING if is_done else StepState.DONE, done=None if is_done else day)
    steps = (*initiative.steps[:index], changed, *initiative.steps[index + 1 :])
    return save_initiative(database, replace(initiative, steps=steps))


@dataclass(frozen=True)
class Stage:
    """One go-live: its segments (None: all) and touchpoint, the days before, of wash-in and after; inclusive."""

    go_live: date
    segments: tuple[str, ...] | None
    touchpoint: str | None
    baseline: tuple[date, date] | None
    wash_in_last: date | None
    evaluation: tuple[date, date] | None


@dataclass(frozen=True)
class AimedAt:
    """An objective of the initiative; `state` of its baseline is ``ex_ante``, ``late`` or ``none``."""

    objective: Objective
    state: str
    frozen_at: datetime | None


@dataclass(frozen=True)
class RoadmapRow:
    """One initiative on the roadmap; its analysis `ex_ante` was saved ``before`` go-live, ``after``, or ``none``."""

    initiative: Initiative
    stages: tuple[Stage, ...]
    objectives: tuple[AimedAt, ...]
    ex_ante: str


@dataclass(frozen=True)
class Roadmap:
    """All initiatives by first go-live; `first_data` and `last_data` are the days for which any source has data."""

    rows: tuple[RoadmapRow, ...]
    first_data: date | None
    last_data: date | None


def roadmap(database: Database) -> Roadmap:
    """Say what happened, and is to happen, when."""
    with database.cursor() as con:
        objectives = store.list_objectives(con)
        baselines = store.first_baselines(con)
        segments = tuple(member.key for member in list_members(con, Dimension.SEGMENT))
        last = max((reach.finished for reach in source_reaches(con)), default=None)
        first, _ = data_span(con)
        saved = {item.analysis.initiative: item.saved_at for item in list_ex_ante(con)}
        rows = []
        for item in sorted(store.list_initiatives(con), key=lambda item: item.first_go_live()):
            mine = [objective for objective in objectives if objective.initiative == item.key]
            aimed = []
            for objective in mine:
                state = state_of(objective, baselines.get(objective.key), item)
                aimed.append(AimedAt(objective, state.state, state.frozen_at))
            rows.append(
                RoadmapRow(
                    item,
                    tuple(_stages(item, mine, segments, last)),
                    tuple(aimed),
                    ex_ante_state(item, saved.get(item.key)),
                )
            )
    return Roadmap(tuple(rows), first, last)


def ex_ante_state(initiative: Initiative, first_saved: datetime | None) -> str:
    """Say whether an analysis was first saved ``before`` the first go-live, ``after`` it, or never (``none``)."""
    if first_saved is None:
        return "none"
    return "before" if first_saved.date() < initiative.first_go_live() else "after"


def _stages(
    initiative: Initiative, objectives: list[Objective], segments: tuple[str, ...], last: date | None
) -> Iterable[Stage]:
    """Yield one stage a go-live, with the widest windows that any objective uses."""
    by_day: dict[tuple[date, str | None], list[str | None]] = {}
    for item in initiative.go_lives:
        by_day.setdefault((item.day, item.touchpoint), []).append(item.segment)
    for (day, touchpoint), keys in sorted(by_day.items(), key=lambda pair: (pair[0][0], pair[0][1] or "")):
        named = tuple(key for key in keys if key is not None)
        using = [
            item for item in objectives if any(c.go_live == day for c in cohorts(item.perimeter, initiative, segments))
        ]
        before = [baseline_days(item, initiative.first_go_live()) for item in using]
        wash = max((item.wash_in_days for item in using), default=0)
        after = [evaluation_days(item, day, last) for item in using] if last else []
        after = [window for window in after if window[0] <= window[1]]
        yield Stage(
            day,
            None if None in keys else named,
            touchpoint,
            (min(w[0] for w in before), max(w[1] for w in before)) if before else None,
            day + timedelta(days=wash - 1) if wash else None,
            (max(w[0] for w in after), max(w[1] for w in after)) if after else None,
        )


@dataclass(frozen=True)
class InitiativeDetail:
    """One initiative with its place on the roadmap and its changes, newest first: when, who, which version."""

    row: RoadmapRow
    first_data: date | None
    last_data: date | None
    versions: tuple[tuple[datetime, int], ...]


def initiative_detail(database: Database, key: str) -> InitiativeDetail:
    """Return all there is to say about one initiative."""
    found = roadmap(database)
    initiative = find_initiative(database, key)
    row = next(item for item in found.rows if item.initiative.key == initiative.key)
    with database.cursor() as con:
        versions = store.initiative_versions(con, key)
    return InitiativeDetail(row, found.first_data, found.last_data, tuple(versions))
