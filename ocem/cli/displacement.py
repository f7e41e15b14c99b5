"""Displacement on the command line."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ocem.cli import documents
from ocem.cli.commands import opened
from ocem.cli.outcome import Outcome
from ocem.domain.displacement import Displacement
from ocem.domain.perimeter import Dimension
from ocem.evaluation.displacement import displacements
from ocem.evaluation.member import members
from ocem.i18n import Words
from ocem.reporting import displacement as said
from ocem.reporting import note
from ocem.reporting.names import Names


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser."""
    item = command("displacement", displacement, "What a touchpoint that was opened or changed did to the others.")
    item.add_argument("touchpoint", nargs="?")


def displacement(options: argparse.Namespace, words: Words) -> Outcome:
    """Print the displacement of one touchpoint or of all that an initiative changed."""
    with opened(options) as database:
        found = displacements(database, options.touchpoint)
        names = Names.of(words, [item for dimension in Dimension for item in members(database, dimension)])
    lines = [
        " ".join([said.brief(words, item, names), *note.sentences(words, item.reasons, "count", names)])
        for item in found
    ]
    if not found:
        lines = [words.gettext("No initiative with a go-live names a touchpoint here: there is nothing to judge.")]
    return Outcome([document(item) for item in found], lines)


def document(found: Displacement) -> dict[str, Any]:
    """Return a displacement as other programs read it."""
    plain: dict[str, Any] = documents.plain(asdict(found))
    plain["verdict"] = found.verdict.value
    plain["reasons"] = [documents.note(item) for item in found.reasons]
    plain["warnings"] = [documents.note(item) for item in found.warnings]
    for name in ("touchpoints", "reasons_of_contact"):
        for row, part in zip(plain[name], getattr(found, name), strict=True):
            row["refused"] = documents.note(part.refused) if part.refused else None
    return plain
