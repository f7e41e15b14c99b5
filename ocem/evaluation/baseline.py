"""Freeze the before figures, so that nobody can move them afterwards."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ocem.domain.access import Right
from ocem.domain.kpi import KpiKind
from ocem.domain.objective import Initiative, Objective
from ocem.domain.perimeter import Dimension
from ocem.errors import N_, Refused
from ocem.evaluation.comparison import figure
from ocem.evaluation.scope import by_member, scope_of, total
from ocem.evaluation.window import baseline_days, cohorts, whole_weeks
from ocem.store import access, audit
from ocem.store import kpi as kpi_store
from ocem.store import objective as store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.objective import BaselineRecord
from ocem.store.series import weekly_cube


@dataclass(frozen=True)
class FrozenBaseline:
    """A frozen baseline as people see it; `state` is ``ex_ante``, ``late`` or ``none``."""

    objective: str
    state: str
    frozen_at: datetime | None = None
    frozen_by: str | None = None
    hash: str | None = None
    first: date | None = None
    last: date | None = None
    value: float | None = None
    n: float | None = None
    intact: bool = True
    """Whether the figures still give the hash they were frozen with."""


def fingerprint(figures: dict[str, Any]) -> str:
    """Return the SHA-256 of figures in one canonical spelling."""
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _figures(con: Cursor, objective: Objective) -> dict[str, Any]:
    """Return what is frozen: the window, the value, its sums, and the weekly sums by segment behind them."""
    initiative = store.find_initiative(con, objective.initiative)
    number, kpi = kpi_store.find_kpi(con, objective.kpi)
    segments = tuple(member.key for member in list_members(con, Dimension.SEGMENT))
    scopes = cohorts(objective.perimeter, initiative, segments)
    if not scopes:
        raise Refused(
            N_("Objective {objective}: no segment of its perimeter has a go-live day."), objective=objective.key
        )
    first, last = baseline_days(objective, scopes[0].go_live)
    facts = {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())
    finished = last_finished_day(source_reaches(con), facts)
    if finished is None or finished < last:
        raise Refused(
            N_(
                "Objective {objective}: the baseline ends on {last}, but the data reach only {finished}. "
                "Import the rest first."
            ),
            objective=objective.key,
            last=last,
            finished=finished or "-",
        )
    cube = weekly_cube(con, number, first, last)
    inside = scope_of(cube, kpi, None)
    for scope in scopes:  # only what goes live: the rest of the perimeter is never compared
        inside = inside | scope_of(cube, kpi, scope.perimeter)
    mask = whole_weeks(cube.weeks, first, last)
    window = figure(kpi, total(cube, inside), cube.weeks, mask)
    if window.value is None or window.first is None or window.last is None:
        raise Refused(
            N_("Objective {objective}: there are no data between {first} and {last} to freeze."),
            objective=objective.key,
            first=first,
            last=last,
        )
    keys, by_segment = by_member(cube, "segment", inside)
    names = ("n", "numerator") if kpi.kind in (KpiKind.COUNT, KpiKind.SUM) else ("n", "numerator", "denominator")
    return {
        "kpi": kpi.key,
        "kpi_version": kpi.version,
        "window": [window.first.isoformat(), window.last.isoformat()],
        "value": window.value,
        "n": window.n,
        "weeks": [str(week) for week in cube.weeks[mask]],
        "segments": {
            key: {name: [float(x) for x in by_segment[name][index][mask]] for name in names}
            for index, key in enumerate(keys)
        },
    }


def freeze(database: Database, objective_key: str, by: str, at: datetime | None = None) -> FrozenBaseline:
    """Freeze the baseline of an objective.

    Parameters
    ----------
    by : str
        Who freezes.
    at : datetime, optional
        When; default now. The demo company freezes on days of its own history.

    Raises
    ------
    Refused
        If it is frozen already, or the data do not reach the end of its window.
    """
    access.require(Right.DECIDE)
    with database.cursor() as con:
        store.find_objective(con, objective_key)  # what the acting person may not see does not exist
    with database.write() as con:
        objective = store.find_objective(con, objective_key)
        known = store.find_baseline(con, objective_key)
        if known is not None:
            raise Refused(
                N_("The baseline of {objective} was frozen on {day} by {by}. A frozen baseline does not change."),
                objective=objective_key,
                day=known.frozen_at.date(),
                by=known.frozen_by,
            )
        figures = _figures(con, objective)
        record = BaselineRecord(
            objective_key, objective.version, at or datetime.now(UTC), by, figures, fingerprint(figures)
        )
        store.save_baseline(con, record)
        audit.record(con, "freeze", f"objective:{objective_key}", {"hash": record.hash}, actor=by)
    return frozen(database, objective_key)


def frozen(database: Database, objective_key: str) -> FrozenBaseline:
    """Return the frozen baseline of an objective; its state is ``none`` when there is none."""
    with database.cursor() as con:
        objective = store.find_objective(con, objective_key)
        return frozen_state(con, objective)


def frozen_state(con: Cursor, objective: Objective) -> FrozenBaseline:
    """Return the frozen baseline of an objective on a cursor; see `frozen`."""
    record = store.find_baseline(con, objective.key)
    return state_of(objective, record, store.find_initiative(con, objective.initiative))


def state_of(objective: Objective, record: BaselineRecord | None, initiative: Initiative) -> FrozenBaseline:
    """Return a baseline record as people see it."""
    if record is None:
        return FrozenBaseline(objective.key, "none")
    go_live = min(item.day for item in initiative.go_lives)
    first, last = (date.fromisoformat(day) for day in record.figures["window"])
    return FrozenBaseline(
        objective.key,
        "ex_ante" if record.frozen_at.date() < go_live else "late",
        record.frozen_at,
        record.frozen_by,
        record.hash,
        first,
        last,
        record.figures["value"],
        record.figures["n"],
        fingerprint(record.figures) == record.hash,
    )
