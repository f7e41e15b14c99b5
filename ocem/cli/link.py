"""The link ledger on the command line."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ocem.cli import documents
from ocem.cli.commands import opened
from ocem.cli.outcome import Outcome
from ocem.domain.link import Ledger, Link
from ocem.domain.perimeter import Dimension
from ocem.evaluation.link import ledger, record_tests
from ocem.evaluation.member import require_members
from ocem.evaluation.objective import list_kpis
from ocem.evaluation.view import View
from ocem.i18n import Words
from ocem.reporting import link as said
from ocem.reporting import note
from ocem.reporting.names import Names


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser."""
    item = command("links", links, "Test expected links and screen all pairs from touchpoint to outcome.")
    item.add_argument("--segment", action="append", default=[], help="only these segments")
    item.add_argument("--phase", action="append", default=[], help="only these phases")
    item.add_argument("--record", action="store_true", help="keep the tests of this finished week")


def links(options: argparse.Namespace, words: Words) -> Outcome:
    """Print the ledger."""
    view = View(segments=tuple(options.segment), phases=tuple(options.phase))
    with opened(options) as database:
        for dimension, keys in ((Dimension.SEGMENT, view.segments), (Dimension.PHASE, view.phases)):
            require_members(database, dimension, keys)
        if options.record:
            record_tests(database)
        found = ledger(database, view)
        names = Names.of(words, kpis=list_kpis(database))
    if found.refused is not None:
        headline = note.sentence(words, found.refused, "count", names)
    else:
        headline = said.headline(words, found)
    shown = [item for item in found.links if item.hypothesis or not item.is_same_week]
    return Outcome(document(found), [headline, *[_line(words, item, names) for item in shown]])


def _line(words: Words, item: Link, names: Names) -> str:
    """Write one link with its status; why it cannot be tested where it cannot."""
    told = f"{said.status_look(words, item.status).word}: {said.sentence(words, item, names)}"
    return " ".join([told, *[note.sentence(words, reason, "count", names) for reason in item.reasons]])


def document(found: Ledger) -> dict[str, Any]:
    """Return the ledger as other programs read it."""
    return {
        "first_week": documents.day(found.first_week),
        "last_day": documents.day(found.last_day),
        "n_weeks": found.n_weeks,
        "n_kpis": found.n_kpis,
        "n_looked_at": found.n_looked_at,
        "refused": documents.note(found.refused) if found.refused else None,
        "links": [_link(item) for item in found.links],
    }


def _link(item: Link) -> dict[str, Any]:
    return {
        "leading": item.leading,
        "following": item.following,
        "status": item.status.value,
        "hypothesis": documents.plain(asdict(item.hypothesis)) if item.hypothesis else None,
        "lag_weeks": item.lag,
        "r": {
            "value": documents.number(item.r),
            "low": documents.number(item.low),
            "high": documents.number(item.high),
        },
        "p_value": documents.number(item.p_value),
        "q_value": documents.number(item.q_value),
        "n_weeks": item.n,
        "first_week": documents.day(item.first_week),
        "last_week": documents.day(item.last_week),
        "counts_same_rows": item.counts_same_rows,
        "beyond_common": documents.plain(asdict(item.beyond_common)) if item.beyond_common else None,
        "outcome_leads": documents.plain(asdict(item.outcome_leads)) if item.outcome_leads else None,
        "recent": documents.plain(asdict(item.recent)) if item.recent else None,
        "first_test": documents.day(item.first_test),
        "last_test": documents.day(item.last_test),
        "backed_by": documents.plain(asdict(item.backing)) if item.backing else None,
        "lags": [documents.plain(asdict(point)) for point in item.profile],
        "reasons": [documents.note(note) for note in item.reasons],
        "warnings": [documents.note(note) for note in item.warnings],
    }
