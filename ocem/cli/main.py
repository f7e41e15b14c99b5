"""Arguments in, one JSON document or a few lines out, a status others can rely on.

Exit 0 done, 1 refused for a reason, 2 wrong use, 3 store busy or damaged.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

from ocem.cli import (
    alert,
    attribution,
    commands,
    digest,
    displacement,
    engine,
    feedback,
    link,
    perimeter,
    person,
    remote,
    review,
    salvage,
    table,
    xmr,
)
from ocem.cli.outcome import Outcome
from ocem.errors import EngineFailed, OcemError, Refused, StoreBusy
from ocem.i18n import Words

DEFAULT_DB = Path(os.environ.get("OCEM_DB", Path(__file__).parents[2] / "var" / "ocem.duckdb"))

Command = Callable[[argparse.Namespace, Words], Outcome]

GROUPS = (
    table, attribution, person, xmr, digest, link, displacement, review, alert, feedback, perimeter, salvage, engine,
)  # fmt: skip
"""Modules that add commands of their own; each has `add(command)`."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = _Parser(prog="python -m ocem", description="Cabina di regia OCE on the command line.")
    top.add_argument("--db", type=Path, default=DEFAULT_DB, help="database file (default: var/ocem.duckdb)")
    top.add_argument("--json", action="store_true", help="one JSON document on standard output")
    top.add_argument("--lang", choices=("it", "en"), default="en", help="language of messages")
    sub = top.add_subparsers(dest="command", required=True, parser_class=_Parser)

    def command(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        item = sub.add_parser(name, help=text, description=text)
        item.set_defaults(run=run)
        item.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        item.add_argument("--db", type=Path, default=argparse.SUPPRESS)
        return item

    item = command("demo", commands.demo, "Build the demo company: exports, import, definitions, frozen baselines.")
    item.add_argument("--out", type=Path, help="folder for the export files (default: beside the database)")
    item.add_argument("--scale", type=float, default=1.0, help="size of the company (1 = about 2 million interactions)")

    item = command("import", commands.import_, "Import export files.")
    item.add_argument("files", nargs="+", type=Path, metavar="FILE")
    item.add_argument("--source", help="source profile to read the files with")
    item.add_argument("--dry-run", action="store_true", help="say what would be stored, store nothing")
    item.add_argument("--answer", action="append", default=[], metavar="FIELD.KIND=CHOICE")

    item = command("export", commands.export, "Write facts, daily sums and definitions as Parquet by month.")
    item.add_argument("folder", type=Path)

    command("imports", commands.imports, "List the import batches.")
    command("undo", commands.undo, "Take a batch out.").add_argument("batch", type=int)
    command("check", commands.check, "Check the store: file, aggregates against facts.")
    command("rebuild", commands.rebuild, "Work out all stored sums anew; Ctrl-C leaves them as they were.")
    command("backup", commands.backup, "Copy the store while it is in use.").add_argument("file", type=Path)
    command("restore", commands.restore, "Put a copy back, keeping what is there now.").add_argument("file", type=Path)

    for name, run in (("objectives", commands.objectives), ("kpis", commands.kpis)):
        item = command(name, run, f"List, export or import {name}.")
        item.add_argument("action", nargs="?", choices=("export", "import"))
        item.add_argument("file", nargs="?", type=Path)

    item = command("freeze", commands.freeze, "Freeze the baseline of an objective.")
    item.add_argument("objective")
    item.add_argument("--by", default=os.environ.get("USER", "local"), help="who freezes")

    item = command("compare", commands.compare, "Compare before and after.")
    item.add_argument("objective", nargs="?")
    item.add_argument("--kpi", help="another KPI than the objective's own; all: every one, with --by cell")
    item.add_argument("--by", choices=("segment", "touchpoint", "phase", "cell"))

    for group in GROUPS:
        group.add(command)

    item = command("serve", commands.serve, "Start the app.")
    item.add_argument("--port", type=int, default=8501)
    item.add_argument("--address", default="127.0.0.1")
    item.add_argument("--no-browser", action="store_true")
    return top


INTERRUPTED = 130
"""What shells report of a command that Ctrl-C ended."""
QUERY_STOPPED = ("Query interrupted", KeyboardInterrupt.__name__)
"""What DuckDB's errors say instead of being a KeyboardInterrupt when Ctrl-C comes in the middle of its work."""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    options = parser().parse_args(arguments)
    words = Words(options.lang)
    try:
        outcome = _run(options, words, arguments)
    except OcemError as error:
        message = words.error(error)
        document = {"error": type(error).__name__, "message": message, **_plain(error.values)}
        if isinstance(error, Refused) and hasattr(error, "code"):
            document["engine_error" if isinstance(error, EngineFailed) else "file_error"] = error.code
        outcome = Outcome(document, [], error.exit_status, message)
    except (KeyboardInterrupt, Exception) as stop:
        if isinstance(stop, Exception) and not any(text in str(stop) for text in QUERY_STOPPED):
            raise
        message = words.gettext("Stopped. Of what was not finished nothing is left.")
        outcome = Outcome({"error": "Stopped", "message": message}, [], INTERRUPTED, message)
    if outcome.message:
        print(outcome.message, file=sys.stderr)
    if options.json:
        print(json.dumps(outcome.document, ensure_ascii=False, allow_nan=False, default=str))
    else:
        for line in outcome.lines:
            print(line)
    return outcome.status


def _run(options: argparse.Namespace, words: Words, arguments: list[str]) -> Outcome:
    """Run a command here, or let the app that holds the store run it."""
    try:
        found: Outcome = options.run(options, words)
    except StoreBusy:
        answered = _ask(options, arguments) if options.command in remote.FORWARDED else None
        if answered is None:
            raise
        return answered
    return found


def _ask(options: argparse.Namespace, arguments: list[str]) -> Outcome | None:
    return remote.ask(options.db, arguments, getattr(options, "patience", remote.TIMEOUT_S))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Keep what JSON can hold; everything else, numbers without bounds too, as text."""
    return {
        key: value if isinstance(value, int | str) or (isinstance(value, float) and isfinite(value)) else str(value)
        for key, value in values.items()
    }
