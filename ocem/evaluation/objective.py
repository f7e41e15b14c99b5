"""Define objectives and initiatives; say before go-live whether the baseline can carry a verdict."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ocem.domain.access import Right
from ocem.domain.comparison import Note
from ocem.domain.kpi import Kpi
from ocem.domain.objective import Initiative, Objective
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.errors import N_, DefinitionError, Forbidden, Named
from ocem.evaluation.comparison import figure, weekly_group
from ocem.evaluation.objective_check import refuse_contradictions, refuse_go_live_before_data
from ocem.evaluation.objective_history import keep_finding_before_change
from ocem.evaluation.question import relevance_in_unit
from ocem.evaluation.scope import scope_of, total
from ocem.evaluation.window import baseline_days, whole_weeks
from ocem.stats.design import SHORTEST
from ocem.stats.plan import plan_evaluation
from ocem.stats.result import Refusal
from ocem.stats.weekly import Detectable
from ocem.store import access, audit
from ocem.store import kpi as kpi_store
from ocem.store import objective as store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.perimeter import named
from ocem.store.series import WeeklyCube, data_span, weekly_cube


def list_objectives(database: Database) -> list[Objective]:
    """Return the objectives in force, in the order in which they were first declared."""
    with database.cursor() as con:
        return store.list_objectives(con)


def list_initiatives(database: Database) -> list[Initiative]:
    """Return the initiatives in force."""
    with database.cursor() as con:
        return store.list_initiatives(con)


def list_kpis(database: Database) -> list[Kpi]:
    """Return the KPI definitions in force."""
    with database.cursor() as con:
        return kpi_store.list_kpis(con)


def save_objective(database: Database, objective: Objective) -> Objective:
    """Store an objective after checking it against what exists.

    Raises
    ------
    DefinitionError
        If its KPI, initiative or members do not exist, its target lies against its direction, or the group to
        compare with overlaps the perimeter.
    """
    who = access.require(Right.DEFINE)
    scope = objective.perimeter
    if not who.grant.holds(scope.segments or (), scope.touchpoints or ()):
        raise Forbidden(N_("You may define objectives on the segments and touchpoints granted to you only."))
    with database.cursor() as con:
        mine = {item.key for item in store.list_objectives(con)}
        check_objective(con, objective)
        refuse_contradictions(con, objective)
    keep_finding_before_change(database, objective)
    with database.write() as con:
        before = {item.key: item.version for item in store.list_objectives(con)}
        if objective.key in before.keys() - mine:
            raise Forbidden(N_("An objective of this name lies outside what you may see. Choose another name."))
        version = store.save_objective(con, objective)
        if before.get(objective.key) != version:
            audit.record(con, "define", f"objective:{objective.key}", {"version": version})
    return replace(objective, version=version)


def check_objective(con: Cursor, objective: Objective) -> None:
    """Refuse an objective that names what is not there or contradicts itself; see `save_objective`."""
    subject = Named(objective.label_it or objective.key, objective.label_en)
    _, kpi = kpi_store.find_kpi(con, objective.kpi)
    initiative = store.find_initiative(con, objective.initiative)
    for perimeter in filter(None, (objective.perimeter, objective.comparison)):
        for dimension in (Dimension.TOUCHPOINT, Dimension.PHASE, Dimension.SEGMENT):
            _check_members(con, subject, dimension, perimeter.members(dimension.value) or ())
    if objective.direction is not kpi.direction:
        raise DefinitionError(
            N_("{subject}: the direction is {found}, but good for KPI {kpi} is {wanted}."),
            subject=subject,
            found=objective.direction.value,
            kpi=named(kpi),
            wanted=kpi.direction.value,
        )
    if objective.comparison is not None and _overlap(objective.perimeter, objective.comparison):
        raise DefinitionError(
            N_("{subject}: the comparison group shares cells with the perimeter; choose a group nobody touched."),
            subject=subject,
        )
    go_live = min(item.day for item in initiative.go_lives)
    if objective.baseline_last and objective.baseline_last >= go_live:
        raise DefinitionError(
            N_("{subject}: the baseline ends on {last}, but the first go-live is on {go_live}."),
            subject=subject,
            last=objective.baseline_last,
            go_live=go_live,
        )


def _check_members(con: Cursor, subject: Named, dimension: Dimension, keys: tuple[str, ...]) -> None:
    known = {member.key for member in list_members(con, dimension)}
    for key in keys:
        if key not in known:
            raise DefinitionError(
                N_("{subject}: there is no {dimension} called {key}. Known: {known}."),
                subject=subject,
                dimension=dimension.value,
                key=key,
                known=", ".join(sorted(known)),
            )


def _overlap(first: Perimeter, second: Perimeter) -> bool:
    """Say whether two perimeters share a cell."""
    for dimension in ("touchpoint", "phase", "segment"):
        one, two = first.members(dimension), second.members(dimension)
        if one is not None and two is not None and not set(one) & set(two):
            return False
    return True


PLANNED_WEEKS = (4, 8, 13, 26, 52)
"""Lengths of evaluation for which the smallest detectable change is told."""


@dataclass(frozen=True)
class Readiness:
    """What a baseline can carry before go-live: finished weeks, and the smallest change they would show.

    `detectable` pairs weeks after go-live with the smallest change (KPI's unit; counts and sums per week) that would be
    seen in four cases of five. Empty with a note when the history cannot carry a verdict.
    """

    n_weeks: int
    first: date | None
    last: date | None
    value: float | None
    detectable: tuple[tuple[int, float], ...]
    relevance: float | None
    notes: tuple[Note, ...]


def readiness(database: Database, objective: Objective, planned: Initiative | None = None) -> Readiness:
    """Say whether the baseline is long enough and what the smallest detectable change is.

    The answer comes from the history alone, as if the go-live came after its last finished week. `planned` is an
    initiative that has not been saved yet.

    Raises
    ------
    DefinitionError
        If the first go-live is not after the first day of data.
    """
    with database.cursor() as con:
        number, kpi = kpi_store.find_kpi(con, objective.kpi)
        initiative = planned or store.find_initiative(con, objective.initiative)
        facts = {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())
        finished = last_finished_day(source_reaches(con), facts)
        first, _ = data_span(con, number)
        go_live = min(item.day for item in initiative.go_lives)
        start, end = baseline_days(objective, go_live)
        if finished is None or first is None or first > finished:
            return Readiness(0, None, None, None, (), None, (Note("no_data", {"kpi": kpi.key}),))
        refuse_go_live_before_data(objective, go_live, first)
        cube = weekly_cube(con, number, first, min(finished, go_live))
    sums = total(cube, scope_of(cube, kpi, objective.perimeter))
    baseline = whole_weeks(cube.weeks, start, min(end, finished))
    window = figure(kpi, sums, cube.weeks, baseline)
    notes = []
    if start < first:
        notes.append(Note("baseline_before_data", {"first": start, "data": first}))
    if end > finished:
        notes.append(Note("baseline_not_reached", {"last": end, "data": finished}))
    if objective.comparison is None:
        notes.append(Note("no_comparison_group", {}))
    relevance = relevance_in_unit(objective, kpi, window.value)
    history = whole_weeks(cube.weeks, first, min(finished, go_live - timedelta(days=1)))
    plan = _plan(objective, kpi, cube, history)
    if isinstance(plan, Refusal):
        notes.append(Note(plan.code, plan.values))
    detectable = () if isinstance(plan, Refusal) else tuple((weeks, float(plan(weeks))) for weeks in PLANNED_WEEKS)
    return Readiness(int(baseline.sum()), window.first, window.last, window.value, detectable, relevance, tuple(notes))


def _plan(objective: Objective, kpi: Kpi, cube: WeeklyCube, history: NDArray[np.bool_]) -> Detectable | Refusal:
    """Take the noise of the history and ask what change it would let through, by weeks of evaluation."""
    inside, outside = scope_of(cube, kpi, objective.perimeter), scope_of(cube, kpi, objective.comparison)
    group = weekly_group(kpi, total(cube, outside)) if outside else None
    if not history.any():
        return Refusal("too_few_weeks_before", {"weeks": 0, "needed": SHORTEST})
    wash_in = -(-objective.wash_in_days // 7)
    return plan_evaluation(
        kpi.kind, weekly_group(kpi, total(cube, inside)), group, cube.weeks, history, wash_in_weeks=wash_in
    )
