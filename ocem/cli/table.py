"""Commands that answer about any table in a file, without a store."""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

from ocem.cli import documents
from ocem.cli.outcome import Outcome
from ocem.domain.kpi import Direction
from ocem.errors import N_, WrongUse
from ocem.evaluation import analyse as analysis
from ocem.i18n import Words


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser."""
    item = command("analyse", analyse, "Before/after for a table in a CSV file.")
    item.add_argument("file", type=Path)
    item.add_argument("--when", required=True)
    item.add_argument("--value", required=True)
    item.add_argument("--weight")
    item.add_argument("--kind", default="mean")
    item.add_argument("--go-live", required=True)
    item.add_argument("--baseline", metavar="A..B")
    item.add_argument("--evaluation", metavar="A..B")
    item.add_argument("--group")
    item.add_argument("--treated")
    item.add_argument("--threshold", type=float)
    item.add_argument("--direction", choices=("up", "down"), default="up")
    item.add_argument("--method", default="auto")


def analyse(options: argparse.Namespace, words: Words) -> Outcome:
    """Compare before and after for a table in a file."""
    try:
        kind = analysis.kind_named(options.kind)
    except ValueError as error:
        raise WrongUse(N_("There is no kind {kind}."), kind=options.kind) from error
    if bool(options.group) != (options.treated is not None):
        raise WrongUse(N_("--group and --treated go together."))
    table = analysis.Table(
        options.file, options.when, options.value, _day(options.go_live), kind, Direction(options.direction),
        options.weight, options.group, options.treated, _span(options.baseline), _span(options.evaluation),
        options.threshold, options.method,
    )  # fmt: skip
    document = documents.comparison(analysis.analyse(table))
    return Outcome(document, [f"{key}: {value}" for key, value in document.items() if key != "sensitivities"])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(N_("{value} is not a day; write it as 2026-11-16."), value=text) from error


def _span(text: str | None) -> tuple[date, date] | None:
    if text is None:
        return None
    first, dots, last = text.partition("..")
    if not dots:
        raise WrongUse(N_("{value} is not a window; write it as 2026-01-05..2026-06-28."), value=text)
    return _day(first), _day(last)
