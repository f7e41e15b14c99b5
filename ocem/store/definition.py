"""Definitions as documents: one plain form for the TOML files, for the versions kept in the store and for export."""

import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from ocem.domain.batch import FieldMapping, QuestionColumn, SourceProfile
from ocem.domain.fact import FactKind, fact_field
from ocem.domain.initiative import (
    Force,
    ForceKind,
    ForceState,
    GoLive,
    Initiative,
    Orchestration,
    SalesRole,
    Step,
    StepKind,
    StepState,
)
from ocem.domain.kpi import Aggregate, Condition, Direction, Kpi, KpiKind, Level, Measure
from ocem.domain.objective import MacroObjective, Milestone, Objective
from ocem.domain.perimeter import Control, Dimension, Medium, Member, Perimeter
from ocem.errors import N_, DefinitionError

Document = Mapping[str, Any]
Choice = TypeVar("Choice", bound=StrEnum)
UNITS = ("share", "points", "eur", "seconds", "hours", "days", "count", "score", "ratio")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of definitions.

    Raises
    ------
    DefinitionError
        When the file is not TOML, naming the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(N_("{file} is not a TOML file: {detail}."), file=path.name, detail=str(error)) from error


def _required(subject: str, document: Document, name: str) -> Any:
    value = document.get(name)
    if value is None or value == "":
        raise DefinitionError(N_("{subject}: {name} is missing."), subject=subject, name=name)
    return value


def _choice(subject: str, name: str, value: Any, kind: type[Choice]) -> Choice:
    try:
        return kind(value)
    except ValueError as error:
        raise DefinitionError(
            N_("{subject}: {name} is {value}; it must be one of {known}."),
            subject=subject,
            name=name,
            value=str(value),
            known=", ".join(item.value for item in kind),
        ) from error


def _day(subject: str, name: str, value: Any) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise DefinitionError(
            N_("{subject}: {name} is {value}; write a day as 2026-11-16."), subject=subject, name=name, value=str(value)
        ) from error


def _days(subject: str, name: str, value: Any) -> tuple[date | None, date | None]:
    if not value:
        return None, None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise DefinitionError(N_("{subject}: {name} needs a first and a last day."), subject=subject, name=name)
    first, last = _day(subject, name, value[0]), _day(subject, name, value[1])
    if first and last and first > last:
        raise DefinitionError(
            N_("{subject}: {name} starts on {first}, after its last day {last}."),
            subject=subject,
            name=name,
            first=first.isoformat(),
            last=last.isoformat(),
        )
    return first, last


def _evaluation(subject: str, value: Any) -> tuple[date | None, date | None]:
    """Read an evaluation: its first and last day, or the last alone."""
    if isinstance(value, str | date):
        return None, _day(subject, "evaluation", value)
    return _days(subject, "evaluation", value)


def parse_measure(subject: str, document: Document) -> Measure:
    """Read one measure of a KPI."""
    where = []
    for column, wanted in (document.get("where") or {}).items():
        if isinstance(wanted, Mapping):
            where.append(Condition(column, None, wanted.get("low"), wanted.get("high")))
        elif isinstance(wanted, bool):
            where.append(Condition(column, (wanted,)))
        else:
            where.append(Condition(column, tuple(wanted) if isinstance(wanted, list | tuple) else (str(wanted),)))
    return Measure(
        _choice(subject, "fact", _required(subject, document, "fact"), FactKind),
        _choice(subject, "aggregate", _required(subject, document, "aggregate"), Aggregate),
        document.get("column"),
        tuple(where),
    )


def measure_document(measure: Measure) -> dict[str, Any]:
    """Write one measure back as a document."""
    where: dict[str, Any] = {}
    for item in measure.where:
        if item.values is None:
            where[item.column] = {k: v for k, v in (("low", item.low), ("high", item.high)) if v is not None}
        elif len(item.values) == 1 and isinstance(item.values[0], bool):
            where[item.column] = item.values[0]
        else:
            where[item.column] = list(item.values)
    document: dict[str, Any] = {"fact": measure.fact.value, "aggregate": measure.aggregate.value}
    if measure.column:
        document["column"] = measure.column
    if where:
        document["where"] = where
    return document


def parse_kpi(key: str, document: Document) -> Kpi:
    """Read a KPI; unit, direction, level, owner and both languages are required.

    Raises
    ------
    DefinitionError
        Naming what is missing or not one of the known words.
    """
    subject = f"kpi.{key}"
    unit = _required(subject, document, "unit")
    if unit not in UNITS:
        raise DefinitionError(
            N_("{subject}: {name} is {value}; it must be one of {known}."),
            subject=subject,
            name="unit",
            value=str(unit),
            known=", ".join(UNITS),
        )
    denominator = document.get("denominator")
    return Kpi(
        key=key,
        kind=_choice(subject, "kind", _required(subject, document, "kind"), KpiKind),
        numerator=parse_measure(subject, _required(subject, document, "numerator")),
        denominator=parse_measure(subject, denominator) if denominator else None,
        unit=unit,
        direction=_choice(subject, "direction", _required(subject, document, "direction"), Direction),
        level=_choice(subject, "level", _required(subject, document, "level"), Level),
        owner=_required(subject, document, "owner"),
        label_it=_required(subject, document, "label_it"),
        label_en=_required(subject, document, "label_en"),
        description_it=_required(subject, document, "description_it"),
        description_en=_required(subject, document, "description_en"),
    )


def kpi_document(kpi: Kpi) -> dict[str, Any]:
    """Write a KPI back as a document."""
    document: dict[str, Any] = {
        "kind": kpi.kind.value,
        "unit": kpi.unit,
        "direction": kpi.direction.value,
        "level": kpi.level.value,
        "owner": kpi.owner,
        "label_it": kpi.label_it,
        "label_en": kpi.label_en,
        "description_it": kpi.description_it,
        "description_en": kpi.description_en,
        "numerator": measure_document(kpi.numerator),
    }
    if kpi.denominator:
        document["denominator"] = measure_document(kpi.denominator)
    return document


def parse_member(dimension: Dimension, key: str, document: Document, position: int) -> Member:
    """Read a member of a dimension."""
    subject = f"{dimension.value}.{key}"
    medium, control = document.get("medium"), document.get("control")
    return Member(
        dimension=dimension,
        key=key,
        label_it=_required(subject, document, "label_it"),
        label_en=_required(subject, document, "label_en"),
        position=int(document.get("position", position)),
        status=document.get("status", "confirmed"),
        medium=_choice(subject, "medium", medium, Medium) if medium else None,
        control=_choice(subject, "control", control, Control) if control else None,
        self_service=document.get("self_service"),
        owner_function=document.get("owner_function"),
        parent=document.get("parent"),
        relationship=document.get("relationship"),
        strategic=document.get("strategic"),
        priority_criteria=document.get("priority_criteria"),
    )


def parse_perimeter(document: Document | None) -> Perimeter:
    """Read a perimeter; a missing dimension means all of its members."""
    document = document or {}

    def keys(name: str) -> tuple[str, ...] | None:
        found = document.get(name)
        return tuple(found) if found else None

    return Perimeter(keys("touchpoint"), keys("phase"), keys("segment"))


def perimeter_document(perimeter: Perimeter) -> dict[str, list[str]]:
    """Write a perimeter back as a document."""
    named = {"touchpoint": perimeter.touchpoints, "phase": perimeter.phases, "segment": perimeter.segments}
    return {name: list(keys) for name, keys in named.items() if keys is not None}


def parse_initiative(key: str, document: Document, version: int = 1) -> Initiative:
    """Read an initiative with its go-live days, steps, drivers and barriers, and the salesperson's roles."""
    subject = f"initiative.{key}"
    go_lives = []
    for item in _required(subject, document, "go_live"):
        day = _day(subject, "day", item.get("day"))
        if day is None:
            raise DefinitionError(N_("{subject}: {name} is missing."), subject=subject, name="day")
        go_lives.append(GoLive(day, item.get("segment"), item.get("touchpoint")))
    return Initiative(
        key,
        _required(subject, document, "label_it"),
        _required(subject, document, "label_en"),
        tuple(go_lives),
        document.get("touchpoint"),
        document.get("description_it", ""),
        document.get("description_en", ""),
        document.get("owner", ""),
        tuple(_step(subject, item) for item in document.get("step", ())),
        tuple(_force(subject, item) for item in document.get("force", ())),
        tuple(
            SalesRole(
                _choice(subject, "role", item.get("role"), Orchestration),
                item.get("segment"),
                item.get("who", ""),
                item.get("note", ""),
            )
            for item in document.get("sales_role", ())
        ),
        version,
    )


def _step(subject: str, item: Document) -> Step:
    return Step(
        _choice(subject, "kind", item.get("kind"), StepKind),
        _required(subject, item, "text"),
        item.get("owner", ""),
        _day(subject, "start", item.get("start")),
        _day(subject, "due", item.get("due")),
        _day(subject, "done", item.get("done")),
        _choice(subject, "state", item.get("state", StepState.PLANNED), StepState),
    )


def _force(subject: str, item: Document) -> Force:
    return Force(
        _choice(subject, "kind", item.get("kind"), ForceKind),
        _required(subject, item, "text"),
        min(max(int(item.get("weight", 3)), 1), 5),
        _choice(subject, "state", item.get("state", ForceState.OPEN), ForceState),
        item.get("owner", ""),
    )


def _said(item: Any) -> dict[str, Any]:
    """Write a flat dataclass as a document, leaving out what is empty."""
    found = {name: getattr(item, name) for name in item.__dataclass_fields__}
    return {
        name: value.isoformat() if isinstance(value, date) else value.value if isinstance(value, StrEnum) else value
        for name, value in found.items()
        if value not in (None, "")
    }


def initiative_document(initiative: Initiative) -> dict[str, Any]:
    """Write an initiative back as a document."""
    go_lives = [_said(item) for item in initiative.go_lives]
    document: dict[str, Any] = {
        "label_it": initiative.label_it,
        "label_en": initiative.label_en,
        "go_live": go_lives,
        "description_it": initiative.description_it,
        "description_en": initiative.description_en,
    }
    more = {
        "touchpoint": initiative.touchpoint,
        "owner": initiative.owner,
        "step": [_said(item) for item in initiative.steps],
        "force": [_said(item) for item in initiative.forces],
        "sales_role": [_said(item) for item in initiative.sales_roles],
    }
    return document | {name: value for name, value in more.items() if value}


def parse_objective(key: str, document: Document, version: int = 1) -> Objective:
    """Read an objective.

    Raises
    ------
    DefinitionError
        Naming what is missing, not known or against the direction.
    """
    subject = f"objective.{key}"
    baseline = _days(subject, "baseline", document.get("baseline"))
    evaluation = _evaluation(subject, document.get("evaluation"))
    relevance = float(_required(subject, document, "relevance"))
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
        label_it=_required(subject, document, "label_it"),
        label_en=_required(subject, document, "label_en"),
        macro_objective=_choice(
            subject, "macro_objective", _required(subject, document, "macro_objective"), MacroObjective
        ),
        kpi=_required(subject, document, "kpi"),
        perimeter=parse_perimeter(document.get("perimeter")),
        initiative=_required(subject, document, "initiative"),
        direction=_choice(subject, "direction", _required(subject, document, "direction"), Direction),
        relevance=relevance,
        relevance_kind=relevance_kind,
        target=None if target is None else float(target),
        owner=_required(subject, document, "owner"),
        baseline_first=baseline[0],
        baseline_last=baseline[1],
        evaluation_first=evaluation[0],
        evaluation_last=evaluation[1],
        wash_in_days=int(document.get("wash_in_days", 0)),
        comparison=parse_perimeter(document["comparison"]) if document.get("comparison") else None,
        deadline=_day(subject, "deadline", document.get("deadline")),
        importance=int(document.get("importance", 3)),
        version=version,
        guardrails=tuple(document.get("guardrails", ())),
        also=tuple(
            _choice(subject, "also", item, MacroObjective)
            for item in document.get("also", ())
            if item != document.get("macro_objective")
        ),
        milestones=_milestones(subject, document.get("milestones")),
    )


def _milestones(subject: str, items: Any) -> tuple[Milestone, ...]:
    found = []
    for item in items or ():
        day = _day(subject, "day", item.get("day"))
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


def parse_profile(key: str, document: Document, version: int = 1) -> SourceProfile:
    """Read a source profile; every field must exist on its fact.

    Raises
    ------
    DefinitionError
        Naming the field that the fact does not have.
    """
    subject = f"profile.{key}"
    fact = _choice(subject, "fact", _required(subject, document, "fact"), FactKind)
    fields = {}
    for name, item in (document.get("fields") or {}).items():
        if fact_field(fact, name) is None:
            raise DefinitionError(
                N_("{subject}: {fact} has no field {field}."), subject=subject, fact=fact.value, field=name
            )
        fields[name] = FieldMapping(
            _required(subject, item, "type"), item.get("column"), item.get("index"), dict(item.get("values") or {})
        )
    questions = tuple(
        QuestionColumn(item["question"], float(item["low"]), float(item["high"]), item.get("column"), item.get("index"))
        for item in document.get("questions") or ()
    )
    return SourceProfile(
        key=key,
        fact=fact,
        fields=fields,
        label=document.get("label", ""),
        system=document.get("system", ""),
        questions=questions,
        constants=dict(document.get("constants") or {}),
        inherit=tuple(document.get("inherit") or ()),
        key_fields=tuple(document.get("key_fields") or ()),
        required=tuple(document.get("required") or ()),
        formats=dict(document.get("formats") or {}),
        fingerprint=document.get("fingerprint"),
        version=version,
        label_en=document.get("label_en", ""),
    )


def profile_document(profile: SourceProfile) -> dict[str, Any]:
    """Write a source profile back as a document."""

    def place(item: FieldMapping | QuestionColumn) -> dict[str, Any]:
        return {k: v for k, v in (("column", item.column), ("index", item.index)) if v is not None}

    return {
        "label": profile.label,
        "system": profile.system,
        "fact": profile.fact.value,
        "fields": {
            name: {"type": item.type} | place(item) | ({"values": dict(item.values)} if item.values else {})
            for name, item in profile.fields.items()
        },
        "questions": [
            {"question": item.question, "low": item.low, "high": item.high} | place(item) for item in profile.questions
        ],
        "constants": dict(profile.constants),
        "inherit": list(profile.inherit),
        "key_fields": list(profile.key_fields),
        "required": list(profile.required),
        "formats": dict(profile.formats),
    } | {k: v for k, v in (("fingerprint", profile.fingerprint), ("label_en", profile.label_en)) if v}
