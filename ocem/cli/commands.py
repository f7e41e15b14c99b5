"""One function a command: open what it needs, ask one use case, return a document and the lines to print."""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ocem.cli import documents
from ocem.cli.outcome import Outcome
from ocem.domain.comparison import Comparison
from ocem.errors import N_, FileRefused, Refused, StoreBusy, WrongUse
from ocem.evaluation import baseline, comparison, grid
from ocem.evaluation.link import record_new_weeks
from ocem.i18n import Words
from ocem.reporting.batch import time_left
from ocem.reporting.control_room import frozen_state_text
from ocem.store import batch as batch_store
from ocem.store import exchange
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.check import check as check_store
from ocem.store.database import Database
from ocem.store.definition.initiative import initiative_document
from ocem.store.definition.kpi import kpi_document
from ocem.store.definition.objective import objective_document
from ocem.store.definition.reading import read_toml
from ocem.store.definitions import ensure_starter, load_documents
from ocem.store.rebuild import rebuild as rebuild_store


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Database]:
    """Lend the store: the app's own when the command was sent to it, else opened for this command."""
    if getattr(options, "database", None) is not None:
        yield options.database
        return
    database = Database.open(options.db)
    try:
        ensure_starter(database)
        yield database
    finally:
        database.close()


STEPS = {
    "answers": N_("Which answers may be shown"),
    "weeks": N_("Contacts by week"),
    "interaction": N_("Sums of the contacts"),
    "sale": N_("Sums of the sales"),
    "response": N_("Sums of the answers"),
    "measure": N_("Sums of the figures that came as totals"),
    "cost": N_("Sums of the costs"),
    "journeys": N_("Journeys"),
}
"""What a rebuild says of each of its steps."""


def progress_of(words: Words, quiet: bool) -> Any:
    """Return a function that shows how far a long task is, with rows and time left, on standard error."""
    shown: dict[str, Any] = {"at": 0.0, "text": ""}
    live = sys.stderr.isatty()
    began = time.monotonic()

    def show(share: float, text: str, n_rows: int = 0) -> None:
        if quiet or (time.monotonic() - shown["at"] < 0.2 and text == shown["text"] and share < 1):
            return
        if not live and text == shown["text"]:
            return
        shown.update(at=time.monotonic(), text=text)
        line = f"{round(100 * share):3d}%  {words.gettext(text)}"
        if n_rows:
            line += " · " + words.ngettext("{n} row", "{n} rows", n_rows)
        if 0.05 <= share < 1:
            line += " · " + time_left(words, (time.monotonic() - began) * (1 - share) / share)
        print(f"\r{line[:100]:<100}" if live else line, end="" if live else "\n", file=sys.stderr, flush=True)
        if live and share >= 1:
            print(file=sys.stderr)

    return show


def demo(options: argparse.Namespace, words: Words) -> Outcome:
    """Build the demo company."""
    from ocem.demo.build import build

    with opened(options) as database:
        built = build(database, folder=options.out, scale=options.scale, progress=progress_of(words, quiet=False))
    document = {
        "database": str(options.db),
        "exports": str(built.exports),
        "batches": built.batches,
        "rows": built.rows,
    }
    line = words.gettext("Demo company ready in {database}; its exports are in {exports}.", **{
        "database": str(options.db), "exports": str(built.exports)})  # fmt: skip
    return Outcome(document, [line])


def import_(options: argparse.Namespace, words: Words) -> Outcome:
    """Import files, or queue them in the inbox of the app that holds the store."""
    answers = dict(item.split("=", 1) for item in options.answer if "=" in item)
    if len(answers) != len(options.answer):
        raise WrongUse(N_("An answer is written FIELD.KIND=CHOICE."))
    if len(options.files) == 1 and exchange.is_exchange(options.files[0]):
        return _read_exchange(options, words)
    missing = [str(path) for path in options.files if not path.is_file()]
    if missing:
        raise WrongUse(N_("There is no file {file}."), file=missing[0])
    try:
        with opened(options) as database:
            outcomes = [_import_one(database, path, options, answers, words) for path in options.files]
            if not options.dry_run:
                record_new_weeks(database)
    except StoreBusy as busy:
        return _queue(options, busy, words)
    document = outcomes[0].document if len(outcomes) == 1 else [item.document for item in outcomes]
    return Outcome(document, [line for item in outcomes for line in item.lines], max(item.status for item in outcomes))


def _read_exchange(options: argparse.Namespace, words: Words) -> Outcome:
    """Store a folder written by `export`."""
    with opened(options) as database:
        done = exchange.read(database, options.files[0])
    lines = [f"{fact}: {rows}" for fact, rows in done.rows.items()]
    return Outcome({"rows": done.rows, "batches": list(done.batches)}, lines)


def export(options: argparse.Namespace, words: Words) -> Outcome:
    """Write facts, daily sums and definitions as Parquet and JSON below a folder."""
    with opened(options) as database:
        done = exchange.write(database, options.folder)
    return Outcome({"folder": str(done.folder), "rows": done.rows}, [f"{fact}: {n}" for fact, n in done.rows.items()])


def _import_one(
    database: Database, path: Path, options: argparse.Namespace, answers: dict[str, str], words: Words
) -> Outcome:
    from ocem.intake.importing import import_file
    from ocem.intake.receipt import receipt_to_json

    try:
        receipt = import_file(
            database,
            path,
            source=options.source,
            answers=answers,
            dry_run=options.dry_run,
            progress=progress_of(words, quiet=options.json),
        )
    except FileRefused as refused:
        message = words.error(refused)
        document = {"batch": None, "file": path.name, "file_error": refused.code, "message": message}
        return Outcome(document, [f"{path.name}: {message}"], refused.exit_status)
    document = receipt_to_json(receipt)
    if receipt.needs_decision:
        lines = [
            words.gettext(
                "{file}: {field} can be read in several ways ({choices}). Answer with --answer {name}=CHOICE.",
                file=path.name, field=item.field or item.kind, choices=", ".join(item.choices),
                name=f"{item.field}.{item.kind}" if item.field else item.kind)
            for item in receipt.needs_decision
        ]  # fmt: skip
        return Outcome(document, lines, 1)
    line = words.gettext(
        "{file}: {rows} rows read, {accepted} new, {updated} updated, {unchanged} unchanged, {rejected} rejected, "
        "{skipped} skipped.",
        file=path.name, rows=receipt.rows_read, accepted=receipt.accepted, updated=receipt.updated,
        unchanged=receipt.unchanged, rejected=receipt.rejected, skipped=receipt.skipped,
    )  # fmt: skip
    return Outcome(document, [line])


def _queue(options: argparse.Namespace, busy: StoreBusy, words: Words) -> Outcome:
    """Put the files where the running app picks them up."""
    inbox = Path(options.db).expanduser().resolve().parent / "inbox"
    queued = []
    for path in options.files:
        target = inbox / (options.source or "") / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        number = 1
        while target.exists():
            target = target.with_name(f"{path.stem} ({number}){path.suffix}")
            number += 1
        part = target.with_name("." + target.name + ".part")
        shutil.copyfile(path, part)
        part.rename(target)
        queued.append(str(target))
    message = words.error(busy)
    line = words.gettext("{message} The files wait in the inbox; the running app imports them.", message=message)
    return Outcome({"batch": None, "queued": queued, "message": message}, [line], busy.exit_status)


def imports(options: argparse.Namespace, words: Words) -> Outcome:
    """List the import batches."""
    with opened(options) as database, database.cursor() as con:
        batches = batch_store.list_batches(con)
    document = [
        {
            "batch": item.id,
            "file": item.file,
            "sheet": item.sheet,
            "source": item.source,
            "fact": item.fact,
            "sha256": item.sha256,
            "imported_at": item.imported_at.isoformat(),
            "rows_read": item.rows_read,
            "accepted": item.accepted,
            "updated": item.updated,
            "unchanged": item.unchanged,
            "rejected": item.rejected,
            "skipped": item.skipped,
            "first_day": documents.day(item.first_day),
            "last_day": documents.day(item.last_day),
            "status": item.status,
        }
        for item in batches
    ]
    lines = [f"{i['batch']:>5}  {i['status']:<7} {i['source']:<24} {i['accepted']:>9}  {i['file']}" for i in document]
    return Outcome(document, lines)


def undo(options: argparse.Namespace, words: Words) -> Outcome:
    """Take a batch out."""
    with opened(options) as database:
        result = batch_store.undo(database, options.batch)
    line = words.gettext(
        "Batch {batch} is undone: {removed} rows taken out, {restored} earlier versions count again, {kept} kept by a "
        "later batch.",
        **asdict(result),
    )
    return Outcome(asdict(result), [line])


def check(options: argparse.Namespace, words: Words) -> Outcome:
    """Check the store."""
    with opened(options) as database:
        found = check_store(database)
    document = {"sound": not found, "findings": [{"code": item.code, **documents.plain(item.values)} for item in found]}
    lines = [f"{item.code}: {item.values}" for item in found] or [words.gettext("The store is sound.")]
    return Outcome(document, lines, 1 if found else 0)


def rebuild(options: argparse.Namespace, words: Words) -> Outcome:
    """Work out all stored sums anew."""
    show = progress_of(words, quiet=options.json)
    with opened(options) as database:
        rebuild_store(database, lambda done, step: show(done / len(STEPS), STEPS[step]))
    show(1.0, N_("Done"))
    return Outcome({"rebuilt": True}, [words.gettext("All sums are worked out anew.")])


def backup(options: argparse.Namespace, words: Words) -> Outcome:
    """Copy the store."""
    with opened(options) as database:
        target = database.backup(options.file)
    return Outcome({"file": str(target)}, [words.gettext("Copied to {file}.", file=str(target))])


def restore(options: argparse.Namespace, words: Words) -> Outcome:
    """Put a copy back after checking it; what was there is kept beside it."""
    from ocem.store.database import restore as put_back

    kept = put_back(options.file, options.db)
    lines = [words.gettext("Restored {file}.", file=str(options.file))]
    if kept:
        lines.append(words.gettext("What was there before is kept as {file}.", file=str(kept)))
    return Outcome({"file": str(options.file), "kept": str(kept) if kept else None}, lines)


def _import_definitions(options: argparse.Namespace, words: Words) -> Outcome:
    if options.file is None:
        raise WrongUse(N_("Name the TOML file to import."))
    with opened(options) as database:
        loaded = load_documents(database, read_toml(options.file))
    return Outcome(loaded.counts, [f"{noun}: {count}" for noun, count in loaded.counts.items()])


def _export(options: argparse.Namespace, tables: dict[str, Any], words: Words) -> Outcome:
    import tomli_w

    text = tomli_w.dumps(tables)
    if options.file is None:
        return Outcome(tables, [text])
    options.file.write_text(text, encoding="utf-8")
    return Outcome({"file": str(options.file)}, [words.gettext("Written to {file}.", file=str(options.file))])


def objectives(options: argparse.Namespace, words: Words) -> Outcome:
    """List, export or import objectives and initiatives."""
    if options.action == "import":
        return _import_definitions(options, words)
    with opened(options) as database, database.cursor() as con:
        items = objective_store.list_objectives(con)
        starts = objective_store.list_initiatives(con)
        states = {item.key: baseline.frozen_state(con, item) for item in items}
    if options.action == "export":
        tables = {
            "initiative": {item.key: initiative_document(item) for item in starts},
            "objective": {item.key: objective_document(item) for item in items},
        }
        return _export(options, tables, words)
    document = [
        {"key": item.key, "version": item.version, "benchmark": states[item.key].state, **objective_document(item)}
        for item in items
    ]
    lines = [
        f"{item.key:<32} {words.label(item):<40} {frozen_state_text(words, states[item.key].state)}" for item in items
    ]
    return Outcome(document, lines)


def kpis(options: argparse.Namespace, words: Words) -> Outcome:
    """List, export or import KPI definitions."""
    if options.action == "import":
        return _import_definitions(options, words)
    with opened(options) as database, database.cursor() as con:
        items = kpi_store.list_kpis(con)
    if options.action == "export":
        return _export(options, {"kpi": {item.key: kpi_document(item) for item in items}}, words)
    document = [{"key": item.key, "version": item.version, **kpi_document(item)} for item in items]
    return Outcome(document, [f"{item.key:<32} {item.kind.value:<9} {words.label(item)}" for item in items])


def freeze(options: argparse.Namespace, words: Words) -> Outcome:
    """Freeze the baseline of an objective."""
    with opened(options) as database:
        done = baseline.freeze(database, options.objective, options.by)
    document = documents.plain(asdict(done))
    line = words.gettext("Frozen: {objective}, {hash}.", objective=done.objective, hash=(done.hash or "")[:12])
    return Outcome(document, [line])


def compare(options: argparse.Namespace, words: Words) -> Outcome:
    """Compare before and after."""
    with opened(options) as database:
        found = _compared(database, options)
        with database.cursor() as con:
            states = {item.key: baseline.frozen_state(con, item).state for item in objective_store.list_objectives(con)}
    lines = []
    for item in found:
        cell = " ".join(filter(None, (item.cell.touchpoint, item.cell.phase, item.cell.segment)))
        effect = ""
        if item.effect:
            effect = f"{item.effect.absolute:+.4g} [{item.effect.low:+.4g}, {item.effect.high:+.4g}] {item.grade}"
        state = states.get(item.objective or "", "ex_ante")
        frozen = "" if state == "ex_ante" else f"  {frozen_state_text(words, state)}"
        lines.append(f"{item.objective or '':<32} {cell:<20} {item.verdict.value:<22} {effect}{frozen}")
    return Outcome([documents.comparison(item) for item in found], lines)


def _compared(database: Database, options: argparse.Namespace) -> list[Comparison]:
    """Compare as asked: an objective and its members, or every cell of it, for one KPI or for all."""
    if options.by != "cell":
        if options.kpi == "all":
            raise WrongUse(N_("All KPIs at once are compared cell by cell: give an objective and --by cell."))
        return comparison.compare(database, options.objective, options.kpi, options.by)
    if not options.objective:
        raise WrongUse(N_("Cell by cell needs the name of one objective."))
    kpis = None if options.kpi == "all" else (options.kpi,) if options.kpi else ()
    return grid.compare_cells(database, options.objective, kpis)


def serve(options: argparse.Namespace, words: Words) -> Outcome:
    """Start the app; ends when the app ends."""
    import os
    import signal
    import subprocess

    app = Path(__file__).parents[2] / "app.py"
    arguments = [
        sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(options.port),
        "--server.address", options.address, "--server.headless", str(bool(options.no_browser)).lower(),
    ]  # fmt: skip
    environment = os.environ | {"OCEM_DB": str(Path(options.db).expanduser().resolve())}
    stopped = []

    def stop(*_: object) -> None:
        stopped.append(True)
        running.terminate()

    try:
        with subprocess.Popen(arguments, cwd=app.parent, env=environment) as running:
            signal.signal(signal.SIGTERM, stop)  # else the app would live on without the command
            status = running.wait()
    except KeyboardInterrupt:
        status = 0
    if status and not stopped:
        raise Refused(N_("The app ended with status {status}."), status=status)
    return Outcome({"ended": True})
