"""The command for a damaged file: save every table that still reads."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ocem.cli.outcome import Outcome
from ocem.i18n import Words
from ocem.store import salvage as use


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add this command to the parser."""
    item = command("salvage", salvage, "Save the readable tables of a damaged database as Parquet, changing nothing.")
    item.add_argument("folder", type=Path)


def salvage(options: argparse.Namespace, words: Words) -> Outcome:
    """Write the tables; exit 1 when something was lost."""
    done = use.salvage(options.db, options.folder)
    lines = [
        f"{item.table:<24} {item.rows:>12}" + ("" if item.lost == 0 else f"   - {item.lost if item.lost else '?'}")
        for item in done.tables
    ]
    document = {"folder": str(done.folder), "whole": done.whole, "tables": [asdict(item) for item in done.tables]}
    rows = sum(item.rows for item in done.tables)
    if done.whole:
        return Outcome(document, [*lines, words.gettext("Everything could be read: {n} rows.", n=rows)])
    broken = [item.table for item in done.tables if item.lost != 0]
    message = words.gettext(
        "Saved {n} rows in {folder}. Not whole: {tables}. Restore the last backup; what came after is in these files.",
        n=rows,
        folder=str(done.folder),
        tables=", ".join(broken),
    )
    return Outcome(document, lines, 1, message)
