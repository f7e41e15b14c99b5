"""The definitions an objective has had, and what was found under each: a change never rewrites a verdict."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ocem.domain.comparison import Comparison
from ocem.domain.objective import Objective
from ocem.errors import OcemError
from ocem.evaluation.comparison import compare
from ocem.store import objective as store
from ocem.store.database import Database
from ocem.store.definition.objective import objective_document
from ocem.store.objective import BaselineRecord, ObjectiveVersion


@dataclass(frozen=True)
class KeptFinding:
    """A verdict as it was given under an earlier definition; figures in the KPI's unit, None where it was silent."""

    verdict: str
    kpi: str
    unit: str
    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None
    last: date | None
    frozen: bool


@dataclass(frozen=True)
class ObjectiveChange:
    """One definition, when it was saved, the baseline frozen under it, and the last finding before it changed."""

    definition: Objective
    saved_at: datetime
    changed: tuple[str, ...]
    baseline: BaselineRecord | None
    finding: KeptFinding | None
    recorded_at: datetime | None


def keep_finding_before_change(database: Database, objective: Objective) -> None:
    """Keep the verdict of the definition in force when `objective` is about to replace it by another."""
    with database.cursor() as con:
        known = next((item for item in store.list_objectives(con) if item.key == objective.key), None)
    if known is None or objective_document(known) == objective_document(objective):
        return
    try:
        found = compare(database, objective.key, checks=False)
    except OcemError:
        return
    if found:
        with database.write() as con:
            store.keep_finding(con, objective.key, known.version, _document(found[0]))


def objective_history(database: Database, key: str) -> list[ObjectiveChange]:
    """Return the definitions of an objective, newest first."""
    with database.cursor() as con:
        versions = store.objective_versions(con, key)
        baselines = store.list_baselines(con, key)
    found = []
    for item, before in zip(versions, [*versions, None][1:], strict=True):
        frozen = [record for record in baselines if record.objective_version == item.objective.version]
        found.append(
            ObjectiveChange(
                item.objective,
                item.saved_at,
                _changed(item, before),
                frozen[0] if frozen else None,
                _kept(item.finding) if item.finding else None,
                item.recorded_at,
            )
        )
    return found


def _changed(item: ObjectiveVersion, before: ObjectiveVersion | None) -> tuple[str, ...]:
    if before is None:
        return ()
    new, old = objective_document(item.objective), objective_document(before.objective)
    return tuple(name for name in {**new, **old} if new.get(name) != old.get(name))


def _document(found: Comparison) -> dict[str, Any]:
    effect = found.effect
    return {
        "verdict": found.verdict.value,
        "kpi": found.kpi,
        "unit": found.unit,
        "before": found.baseline.value if effect else None,
        "after": found.evaluation.value if effect else None,
        "change": effect.absolute if effect else None,
        "low": effect.low if effect else None,
        "high": effect.high if effect else None,
        "last": found.evaluation.last.isoformat() if found.evaluation.last else None,
        "frozen": found.frozen,
    }


def _kept(document: dict[str, Any]) -> KeptFinding:
    last = document.get("last")
    return KeptFinding(**document | {"last": date.fromisoformat(last) if last else None})
