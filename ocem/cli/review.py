"""The weekly review on the command line: show it, close it, write its deck."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from ocem.cli import commands
from ocem.cli.documents import plain
from ocem.cli.outcome import Outcome
from ocem.domain.document import to_plain
from ocem.domain.review import ReviewDocument, ReviewItem
from ocem.evaluation import review as reviewing
from ocem.evaluation.people import note_export
from ocem.evaluation.restatement import restated
from ocem.i18n import Words
from ocem.reporting import agenda, deck
from ocem.reporting import review as said


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add this command to the parser."""
    item = command("review", review, "The weekly review: agenda, decisions, actions; close it, write its deck.")
    item.add_argument("week", nargs="?", help="a week as 2026-W47 (default: the last finished one)")
    item.add_argument("--close", action="store_true", help="keep what it says now for good")
    item.add_argument("--reopen", metavar="REASON", help="begin a new version of a closed review")
    item.add_argument("--by", default=os.environ.get("USER", "local"), help="who closes or reopens it")
    item.add_argument("--out", type=Path, metavar="DECK", help="write the deck: .pptx, .pdf, .xlsx or .html")
    item.add_argument("--lang", dest="text_lang", choices=("it", "en"), help="language of the deck (default: it)")


def review(options: argparse.Namespace, words: Words) -> Outcome:
    """Show, close or reopen a review and write its deck."""
    with commands.opened(options) as database:
        monday = reviewing.chosen_week(database, options.week)
        if options.reopen:
            reviewing.reopen(database, monday, options.by, options.reopen)
        if options.close:
            reviewing.close(database, monday, options.by)
        shown = reviewing.document(database, monday)
        closed = reviewing.closed_reviews(database, shown.week)
        changed = restated(database, monday) if closed else ()
        lang = options.text_lang or (options.lang if options.lang != "en" else "it")
        if options.out:
            deck.write(shown, options.out, lang)
            note_export(database, "review", week=shown.week, file=options.out.name, lang=lang)
    record = next((item for item in closed if item.version == shown.version), None)
    document = plain(to_plain(shown)) | {
        "hash": record.hash if record and shown.state == "closed" else None,
        "intact": reviewing.is_intact(record) if record and shown.state == "closed" else None,
        "restated": plain([to_plain(item) for item in changed]),
        "out": str(options.out) if options.out else None,
    }
    spoken = Words(options.text_lang) if options.text_lang else words
    lines = _lines(spoken, shown)
    if options.out:
        lines.append(spoken.gettext("Written: {file}", file=str(options.out)))
    lines += [
        f"! {row.subject}, {row.number}: {row.frozen} -> {row.now} ({row.cause})"
        for row in said.restated_rows(spoken, changed)
    ]
    return Outcome(document, lines)


def _lines(words: Words, shown: ReviewDocument) -> list[str]:
    lines = [said.week_text(words, shown), said.state_text(words, shown)]
    lines += [
        f"  {'!' if item.overdue else '-'} {item.owner}: {item.text} ({said.action_state_word(words, item)})"
        for item in shown.actions
    ]
    lines += [
        f"  ? {item.text}: {agenda.expected_text(words, item)} / {said.outcome_text(words, item)}"
        for item in shown.decisions_due
    ]
    lines.append(f"{agenda.headline(words, shown)} {agenda.by_chance(words, shown)}")
    lines += [f"{item.rank:>3}  {_sentence(words, item)}" for item in shown.ranked]
    lines.append(agenda.standing_out_text(words, shown))
    return [line for line in lines if line]


def _sentence(words: Words, item: ReviewItem) -> str:
    told, quiet = agenda.item_sentence(words, item), words.gettext("inside its limits")
    return told if item.signals else f"{told} ({quiet})"
