"""What a director meets on Monday: one card an objective, what needs attention, how fresh the data are."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from ocem.domain.batch import SourceProfile
from ocem.domain.comparison import Comparison, Verdict
from ocem.domain.kpi import Kpi
from ocem.domain.objective import Objective
from ocem.evaluation.baseline import state_of
from ocem.evaluation.comparison import compare
from ocem.evaluation.matrix import Coverage, coverage
from ocem.evaluation.view import EVERYTHING, View
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Database
from ocem.store.engine.owned import NOTHING_SHARED, State
from ocem.store.engine.owned import state as shared_state
from ocem.store.freshness import ALIVE_DAYS, SourceReach, known_reaches, last_finished_day
from ocem.store.profile import load_profiles

STALE_DAYS = 14
"""Days behind the newest source from which a source is worth a warning."""


@dataclass(frozen=True)
class Card:
    """One objective with its comparison; `frozen_state` is ``ex_ante``, ``late`` or ``none``."""

    objective: Objective
    kpi: Kpi
    comparison: Comparison
    frozen_state: str


@dataclass(frozen=True)
class Attention:
    """Something to look at: a code of the catalogue, its values, the objective it belongs to."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)
    objective: str | None = None


@dataclass(frozen=True)
class SourceState:
    """How fresh one source is; `days_behind` counts from the newest source."""

    source: str
    label_it: str
    label_en: str
    system: str
    fact: str
    last_day: date
    imported_at: datetime
    days_behind: int
    n_batches: int


@dataclass(frozen=True)
class ControlRoom:
    """Everything on the first page. `last_week` is the Monday of the last finished week, None without data."""

    last_week: date | None
    cards: tuple[Card, ...]
    attention: tuple[Attention, ...]
    sources: tuple[SourceState, ...]
    coverage: Coverage
    shared: State = NOTHING_SHARED
    """What shared storage holds."""


def control_room(database: Database, view: View = EVERYTHING) -> ControlRoom:
    """Compare every objective in view and gather what needs attention."""
    found = {item.objective: item for item in compare(database, view=view, checks=False)}
    known = database.keep("control room", lambda: _known(database))
    cards = tuple(
        Card(item, known.kpis[item.kpi], found[item.key], known.states[item.key])
        for item in sorted(known.objectives, key=lambda item: -item.importance)
        if item.key in found
    )
    covered, finished = known.coverage, known.finished
    covered = replace(covered, frozen=sum(card.frozen_state == "ex_ante" for card in cards), n_objectives=len(cards))
    monday = finished - timedelta(days=6) if finished else None
    return ControlRoom(monday, cards, _attention(cards, known.sources, covered), known.sources, covered, known.shared)


@dataclass(frozen=True)
class _Known:
    """What the page says whatever is looked at."""

    objectives: list[Objective]
    kpis: dict[str, Kpi]
    states: dict[str, str]
    """What is frozen of every objective."""
    sources: tuple[SourceState, ...]
    coverage: Coverage
    finished: date | None
    shared: State


def _known(database: Database) -> _Known:
    reaches = known_reaches(database)
    finished = last_finished_day(reaches)
    with database.cursor() as con:
        objectives = objective_store.list_objectives(con)
        initiatives = {item.key: item for item in objective_store.list_initiatives(con)}
        baselines = objective_store.first_baselines(con)
        profiles = {profile.key: profile for profile in load_profiles(con)}
        return _Known(
            objectives,
            {kpi.key: kpi for _, kpi in kpi_store.numbered_kpis(con)},
            {
                item.key: state_of(item, baselines.get(item.key), initiatives[item.initiative]).state
                for item in objectives
                if item.initiative in initiatives
            },
            _sources(reaches, profiles),
            coverage(con, objectives, finished) if finished else Coverage(0, 0, 0),
            finished,
            shared_state(con),
        )


def _sources(reaches: list[SourceReach], profiles: dict[str, SourceProfile]) -> tuple[SourceState, ...]:
    newest = max((item.last_day for item in reaches), default=None)
    return tuple(
        SourceState(
            item.source,
            _label(profiles.get(item.source), item.source),
            getattr(profiles.get(item.source), "label_en", "") or _label(profiles.get(item.source), item.source),
            profiles[item.source].system if item.source in profiles else "",
            item.fact.value,
            item.last_day,
            item.imported_at,
            (newest - item.last_day).days if newest else 0,
            item.n_batches,
        )
        for item in reaches
    )


def _label(profile: SourceProfile | None, key: str) -> str:
    return (profile.label if profile else "") or key


def _attention(cards: tuple[Card, ...], sources: tuple[SourceState, ...], covered: Coverage) -> tuple[Attention, ...]:
    """Order: what got worse, what looks better than it is, benchmarks that are missing, data that are late."""
    found: list[Attention] = []
    for card in cards:
        item, key = card.comparison, card.objective.key
        if item.verdict is Verdict.WORSENED and item.effect:
            found.append(
                Attention("worsened", {"relative": item.effect.relative, "absolute": item.effect.absolute}, key)
            )
    for card in cards:
        item, key = card.comparison, card.objective.key
        codes = {note.code: note for note in item.warnings}
        for code in ("mix_shift", "baseline_restated"):
            if code in codes:
                found.append(Attention(code, codes[code].values, key))
        if item.verdict is Verdict.CHANGED_CAUSE_UNKNOWN:
            found.append(Attention("cause_unknown", {}, key))
        if item.verdict in (Verdict.NOT_COMPARABLE, Verdict.NOT_ENOUGH_DATA):
            found.append(Attention("no_verdict", {}, key))
    for card in cards:
        if card.frozen_state != "ex_ante":
            found.append(Attention("no_ex_ante_benchmark", {}, card.objective.key))
    for source in sources:
        late = {"source": source.label_it, "source_en": source.label_en, "days": source.days_behind}
        if source.days_behind > ALIVE_DAYS:
            found.append(Attention("silent_source", late))
        elif source.days_behind > STALE_DAYS:
            found.append(Attention("stale_source", late))
    if covered.blind:
        found.append(Attention("blind_cells", {"blind": covered.blind, "cells": covered.n_cells}))
    return tuple(found)
