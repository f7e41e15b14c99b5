"""The strategic perimeter and the roadmap on the command line."""

import argparse
from collections.abc import Callable
from typing import Any

from ocem.cli import commands, documents
from ocem.cli.outcome import Outcome
from ocem.evaluation.initiative import RoadmapRow
from ocem.evaluation.initiative import roadmap as ask_roadmap
from ocem.evaluation.matrix import matrix
from ocem.i18n import Words
from ocem.reporting.initiative import ex_ante_text, frozen_text
from ocem.reporting.matrix import matrix_summary
from ocem.store.definition.initiative import initiative_document
from ocem.store.perimeter import rule_document


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    command("perimeter", perimeter, "Count the cells in scope, measured and aimed at; list the rules.")
    command("roadmap", roadmap, "List the initiatives: go-lives, steps, analysis ex ante, frozen baselines.")


def perimeter(options: argparse.Namespace, words: Words) -> Outcome:
    """Say how much is in scope."""
    with commands.opened(options) as database:
        found = matrix(database)
    n_touchpoints, n_phases, n_segments = found.axes.shape
    document = {
        "version": found.version,
        "declared": found.is_declared,
        "touchpoints": n_touchpoints,
        "phases": n_phases,
        "segments": n_segments,
        "in_scope": found.n_in_scope,
        "blind": found.n_blind,
        "without_objective": found.n_without_objective,
        "rules": [rule_document(item.rule) | {"cells": item.n_cells} for item in found.rules],
    }
    return Outcome(document, [matrix_summary(words, found)])


def roadmap(options: argparse.Namespace, words: Words) -> Outcome:
    """List the initiatives."""
    with commands.opened(options) as database:
        found = ask_roadmap(database)
    lines = [
        f"{item.initiative.key:<24} {item.initiative.first_go_live()}  {ex_ante_text(words, item.ex_ante)}; "
        f"{frozen_text(words, item)}"
        for item in found.rows
    ]
    return Outcome([_document(item) for item in found.rows], lines)


def _document(row: RoadmapRow) -> dict[str, Any]:
    return {
        "key": row.initiative.key,
        "version": row.initiative.version,
        **initiative_document(row.initiative),
        "ex_ante": row.ex_ante,
        "objectives": [
            {"key": item.objective.key, "baseline": item.state, "frozen_at": _moment(item.frozen_at)}
            for item in row.objectives
        ],
        "stages": [
            {
                "go_live": item.go_live.isoformat(),
                "segments": list(item.segments) if item.segments else None,
                "touchpoint": item.touchpoint,
                "baseline": [documents.day(day) for day in item.baseline] if item.baseline else None,
                "evaluation": [documents.day(day) for day in item.evaluation] if item.evaluation else None,
            }
            for item in row.stages
        ],
    }


def _moment(value: Any) -> str | None:
    return value.isoformat() if value else None
