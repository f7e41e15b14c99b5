"""Objectives as documents."""

from datetime import date
from typing import Any

from ocem.domain.kpi import Direction
from ocem.domain.objective import MacroObjective, Milestone, Objective
from ocem.errors import N_, DefinitionError
from ocem.store.definition.perimeter import parse_perimeter, perimeter_document
from ocem.store.definition.reading import Document, choice, day_of, days_of, required


def _evaluation(subject: str, value: Any) -> tuple[date | None, date | None]:
    """Read an evaluation: its first and last day, or the last alone."""
    if isinstance(value, str | date):
        return None, day_of(subject, "evaluation", value)
    return days_of(subject, "evaluation", value)


def parse_objective(key: str, document: Document, version: int = 1) -> Objective:
    """Read an objective.

    Raises
    ------
    DefinitionError
        Naming what is missing, not known or against the direction.
    """
    subject = f"objective.{key}"
    baseline = days_of(subject, "baseline", document.get("baseline"))
    evaluation = _evaluation(subject, document.get("evaluation"))
    relevance = float(required(subject, document, "relevance"))
    if relevance <= 0:
        raise DefinitionError(
            N_("{subject}: the relevance threshold is {value}; it must be above zero."),
            subject=subject,
            value=relevance,
        )
    relevance_kind = document.get("relevance_kind", "absolute")
    if relevance_kind not in ("absolute", "relative"):
        raise DefinitionError(
            N_("{subject}: {name} is {value}; it must be one of {known}."),
            subject=subject,
            name="relevance_kind",
            value=str(relevance_kind),
            known="absolute, relative",
        )
    target = document.get("target")
    return Objective(
        key=key,
        label_it=required(subject, document, "label_it"),
        label_en=required(subject, document, "label_en"),
        macro_objective=choice(
            subject, "macro_objective", required(subject, document, "macro_objective"), MacroObjective
        ),
        kpi=required(subject, document, "kpi"),
        perimeter=parse_perimeter(document.get("perimeter")),
        initiative=required(subject, document, "initiative"),
        direction=choice(subject, "direction", required(subject, document, "direction"), Direction),
        relevance=relevance,
        relevance_kind=relevance_kind,
        target=None if target is None else float(target),
        owner=required(subject, document, "owner"),
        baseline_first=baseline[0],
        baseline_last=baseline[1],
        evaluation_first=evaluation[0],
        evaluation_last=evaluation[1],
        wash_in_days=int(document.get("wash_in_days", 0)),
        comparison=parse_perimeter(document["comparison"]) if document.get("comparison") else None,
        deadline=day_of(subject, "deadline", document.get("deadline")),
        importance=int(document.get("importance", 3)),
        version=version,
        guardrails=tuple(document.get("guardrails", ())),
        also=tuple(
            choice(subject, "also", item, MacroObjective)
            for item in document.get("also", ())
            if item != document.get("macro_objective")
        ),
        milestones=_milestones(subject, document.get("milestones")),
    )


def _milestones(subject: str, items: Any) -> tuple[Milestone, ...]:
    found = []
    for item in items or ():
        day = day_of(subject, "day", item.get("day"))
        if day is None or item.get("value") is None:
            raise DefinitionError(N_("{subject}: {name} is missing."), subject=subject, name="milestones")
        found.append(Milestone(day, float(item["value"])))
    return tuple(sorted(found, key=lambda item: item.day))


def objective_document(objective: Objective) -> dict[str, Any]:
    """Write an objective back as a document."""
    document: dict[str, Any] = {
        "label_it": objective.label_it,
        "label_en": objective.label_en,
        "macro_objective": objective.macro_objective.value,
        "kpi": objective.kpi,
        "perimeter": perimeter_document(objective.perimeter),
        "initiative": objective.initiative,
        "direction": objective.direction.value,
        "relevance": objective.relevance,
        "relevance_kind": objective.relevance_kind,
        "owner": objective.owner,
        "wash_in_days": objective.wash_in_days,
        "importance": objective.importance,
        "guardrails": list(objective.guardrails),
    }
    for name, first, last in (
        ("baseline", objective.baseline_first, objective.baseline_last),
        ("evaluation", objective.evaluation_first, objective.evaluation_last),
    ):
        if first and last:
            document[name] = [first.isoformat(), last.isoformat()]
        elif last and name == "evaluation":
            document[name] = last.isoformat()
    if objective.target is not None:
        document["target"] = objective.target
    if objective.comparison:
        document["comparison"] = perimeter_document(objective.comparison)
    if objective.deadline:
        document["deadline"] = objective.deadline.isoformat()
    if objective.also:
        document["also"] = [item.value for item in objective.also]
    if objective.milestones:
        document["milestones"] = [{"day": item.day.isoformat(), "value": item.value} for item in objective.milestones]
    return document
