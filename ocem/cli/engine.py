"""Commands about sums made beyond this machine: run the engine over shared storage, say what came from it."""

import argparse
from collections.abc import Callable
from datetime import date

from ocem.cli import commands
from ocem.cli.outcome import Outcome
from ocem.domain.fact import FactKind
from ocem.errors import N_, WrongUse
from ocem.i18n import Words
from ocem.reporting import engine as said
from ocem.store.database import Database
from ocem.store.engine import owned, run
from ocem.store.engine.settings import settings
from ocem.store.engine.source import FACTS

PATIENCE_S = 24 * 3600.0
"""How long a command waits for a running app to answer; the engine's own limit is shorter."""

STEPS = {
    "open": N_("Engine"),
    "count": N_("Rows on shared storage"),
    "interaction": N_("Sums of the contacts"),
    "sale": N_("Sums of the sales"),
    "measure": N_("Sums of the figures that came as totals"),
    "cost": N_("Sums of the costs"),
    "store": N_("Storing"),
}
"""What a run says of each of its steps."""


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    item = command("engine", engine, "Daily sums from facts on shared storage, made by a Spark Connect engine.")
    item.add_argument("action", choices=("run", "status", "give-back"))
    item.add_argument("--address", help="sc://host:port (default: OCEM_ENGINE); a token only in OCEM_ENGINE_TOKEN")
    item.add_argument("--facts", help="folder with the facts as the engine sees it (default: OCEM_ENGINE_FACTS)")
    known = [fact.value for fact in FACTS]
    item.add_argument("--fact", action="append", choices=known, help="repeatable; all unless given")
    item.add_argument("--days", nargs=2, metavar=("FIRST", "LAST"), help="YYYY-MM-DD; every day there unless given")
    item.add_argument("--limit", type=float, metavar="SECONDS", help="give up after that long (default: six hours)")
    item.add_argument("--fewer", action="store_true", help="accept that days have fewer rows than before")
    item.set_defaults(patience=PATIENCE_S)


def engine(options: argparse.Namespace, words: Words) -> Outcome:
    """Run the engine, say what came from it, or let days count from the store's own facts again."""
    with commands.opened(options) as database:
        if options.action == "run":
            return _run(options, words, database)
        if options.action == "give-back":
            days = _days(options.days)
            if days is None:
                raise WrongUse(N_("Say which days: --days FIRST LAST."))
            given = run.give_back(database, _facts(options.fact), days)
            return Outcome({"given_back": given}, [f"{fact}: {n}" for fact, n in given.items()])
        with database.cursor() as con:
            state = owned.state(con)
    return Outcome(said.document(state), said.lines(words, state))


def _run(options: argparse.Namespace, words: Words, database: Database) -> Outcome:
    where = settings(options.address, options.facts, options.limit)
    show = commands.progress_of(words, quiet=options.json)
    done = run.run(
        database, where, _facts(options.fact), _days(options.days), options.fewer,
        lambda share, step: show(share, STEPS[step]),
    )  # fmt: skip
    show(1.0, N_("Done"))
    document = {
        "engine": where.shown,
        "version": done.version,
        "rows": done.rows,
        "days": {fact: [first.isoformat(), last.isoformat()] for fact, (first, last) in done.days.items()},
        "sums": done.n_sums,
        "manifest": done.has_manifest,
    }
    lines = [
        words.ngettext(
            "{fact}: {n} row, {days}",
            "{fact}: {n} rows, {days}",
            n,
            fact=words.gettext(said.FACTS[FactKind(fact)]),
            days=words.span(*done.days[fact]),
        )
        for fact, n in done.rows.items()
    ]
    if not done.has_manifest:
        lines.append(words.gettext("There is no manifest: whether rows were missing there could not be checked."))
    return Outcome(document, lines)


def _facts(given: list[str] | None) -> tuple[FactKind, ...]:
    return tuple(FactKind(name) for name in dict.fromkeys(given)) if given else FACTS


def _days(given: list[str] | None) -> tuple[date, date] | None:
    if given is None:
        return None
    try:
        first, last = (date.fromisoformat(text) for text in given)
    except ValueError as error:
        raise WrongUse(N_("Write days as YYYY-MM-DD.")) from error
    if last < first:
        raise WrongUse(N_("The last day lies before the first."))
    return first, last
