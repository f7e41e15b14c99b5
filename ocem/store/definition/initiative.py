"""Initiatives as documents."""

from datetime import date
from enum import StrEnum
from typing import Any

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
from ocem.errors import N_, DefinitionError
from ocem.store.definition.reading import Document, choice, day_of, required


def parse_initiative(key: str, document: Document, version: int = 1) -> Initiative:
    """Read an initiative with its go-live days, steps, drivers and barriers, and the salesperson's roles."""
    subject = f"initiative.{key}"
    go_lives = []
    for item in required(subject, document, "go_live"):
        day = day_of(subject, "day", item.get("day"))
        if day is None:
            raise DefinitionError(N_("{subject}: {name} is missing."), subject=subject, name="day")
        go_lives.append(GoLive(day, item.get("segment"), item.get("touchpoint")))
    return Initiative(
        key,
        required(subject, document, "label_it"),
        required(subject, document, "label_en"),
        tuple(go_lives),
        document.get("touchpoint"),
        document.get("description_it", ""),
        document.get("description_en", ""),
        document.get("owner", ""),
        tuple(_step(subject, item) for item in document.get("step", ())),
        tuple(_force(subject, item) for item in document.get("force", ())),
        tuple(
            SalesRole(
                choice(subject, "role", item.get("role"), Orchestration),
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
        choice(subject, "kind", item.get("kind"), StepKind),
        required(subject, item, "text"),
        item.get("owner", ""),
        day_of(subject, "start", item.get("start")),
        day_of(subject, "due", item.get("due")),
        day_of(subject, "done", item.get("done")),
        choice(subject, "state", item.get("state", StepState.PLANNED), StepState),
    )


def _force(subject: str, item: Document) -> Force:
    return Force(
        choice(subject, "kind", item.get("kind"), ForceKind),
        required(subject, item, "text"),
        min(max(int(item.get("weight", 3)), 1), 5),
        choice(subject, "state", item.get("state", ForceState.OPEN), ForceState),
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
