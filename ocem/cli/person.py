"""Commands about people: roles and rows, the audit log, one customer's records, how long data are kept."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

from ocem.cli import commands
from ocem.cli.outcome import Outcome
from ocem.domain.access import Grant, Person, Role
from ocem.errors import Refused, WrongUse
from ocem.evaluation import people as use
from ocem.i18n import N_, Words
from ocem.store.retention import Kept

FOR_EVER = "ever"


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add these commands to the parser."""
    item = command("grant", grant, "Grant roles and rows to a person, by e-mail address; no role takes them back.")
    item.add_argument("email")
    item.add_argument("--role", action="append", default=[], choices=[role.value for role in Role])
    item.add_argument("--segment", action="append", help="rows of this segment only (repeatable)")
    item.add_argument("--touchpoint", action="append", help="rows of this touchpoint only (repeatable)")
    command("people", people, "List granted roles and rows.")
    command("audit", log, "Show the audit log and say whether it is intact.").add_argument(
        "--last", type=int, default=50, metavar="N"
    )
    command("about", about, "Everything stored about one customer.").add_argument("customer")
    command("forget", forget, "Take one customer out of every table; totals stay.").add_argument("customer")
    item = command("retention", retention, "Say how long data may lead back to somebody, or take away what is older.")
    item.add_argument(
        "--keep", action="append", default=[], metavar="KIND=MONTHS",
        help=f"months for {', '.join(Kept)}; KIND={FOR_EVER} takes the rule back (repeatable)",
    )  # fmt: skip
    item.add_argument("--apply", action="store_true", help="take away now what is older than its rule")
    item = command("names", names, "Look in comments for the names of a customer file; only their pseudonyms are kept.")
    item.add_argument("file", type=Path, nargs="?", help="one name a line, or a table")
    item.add_argument("--column", help="header of the column with the names")
    item.add_argument("--none", action="store_true", help="look for no such names any more")
    command("rotate-key", rotate_key, "Put a new key of the pseudonyms in force; stored and new data still join.")


def grant(options: argparse.Namespace, words: Words) -> Outcome:
    """Put a grant in force."""
    who = Person(
        options.email.casefold(),
        frozenset(Role(role) for role in options.role),
        Grant(_members(options.segment), _members(options.touchpoint)),
    )
    with commands.opened(options) as database:
        use.grant(database, who)
    return Outcome(_person(who), [_line(who)])


def people(options: argparse.Namespace, words: Words) -> Outcome:
    """List grants in force."""
    with commands.opened(options) as database:
        found = use.granted(database)
    return Outcome([_person(who) for who in found], [_line(who) for who in found])


def log(options: argparse.Namespace, words: Words) -> Outcome:
    """Show the newest entries, newest first; exit 1 when the chain is broken."""
    with commands.opened(options) as database:
        found = use.acts(database, options.last)
    lines = [
        f"{item.seq:>6}  {item.done_at:%Y-%m-%d %H:%M:%S}  {item.actor:<24} {item.action:<16} {item.subject or ''}"
        for item in found.entries
    ]
    place = found.broken_at
    document = {"intact": place is None, "broken_at": place, "entries": [asdict(item) for item in found.entries]}
    if place is None:
        return Outcome(document, lines)
    return Outcome(document, lines, 1, words.gettext("The audit log was changed at entry {n}.", n=place))


def about(options: argparse.Namespace, words: Words) -> Outcome:
    """Print what is stored about one customer."""
    with commands.opened(options) as database:
        found = use.about_customer(database, options.customer)
    return Outcome(found, [f"{table}: {len(rows)}" for table, rows in found.items()])


def forget(options: argparse.Namespace, words: Words) -> Outcome:
    """Erase one customer and print the proof."""
    with commands.opened(options) as database:
        done = use.forget_customer(database, options.customer)
    if done.left:
        raise Refused(N_("{n} rows still lead to the customer."), n=done.left)
    return Outcome(asdict(done), [f"{table}: {rows}" for table, rows in done.rows.items()])


def retention(options: argparse.Namespace, words: Words) -> Outcome:
    """Set rules, take away what is older, and print the rules in force."""
    asked = [_rule(text) for text in options.keep]
    with commands.opened(options) as database:
        for kind, months in asked:
            use.keep_for(database, kind, months)
        removed = use.apply_retention(database, date.today()) if options.apply else []
        in_force = use.privacy(database).months
    document = {
        "months": {kind.value: in_force.get(kind) for kind in Kept},
        "removed": [{"kind": item.kind.value, "before": item.before.isoformat(), "n": item.n} for item in removed],
    }
    lines = [f"{kind.value:<12} {in_force.get(kind, FOR_EVER)}" for kind in Kept]
    lines += [f"{item.kind.value} < {item.before}: {item.n}" for item in removed]
    return Outcome(document, lines)


def names(options: argparse.Namespace, words: Words) -> Outcome:
    """Set the names that comments are searched for."""
    if (options.file is None) != options.none:
        raise WrongUse(N_("Give a file with names, or --none."))
    with commands.opened(options) as database:
        if options.none:
            done = use.stop_screening_names(database)
        else:
            done = use.screen_names(database, options.file, options.column)
    return Outcome(asdict(done), [f"names: {done.names}", f"comments: {done.comments}"])


def rotate_key(options: argparse.Namespace, words: Words) -> Outcome:
    """Put a new key in force."""
    with commands.opened(options) as database:
        done = use.rotate_key(database)
    return Outcome(asdict(done), [f"generation: {done.generation}", f"changed: {done.changed}"])


def _rule(text: str) -> tuple[Kept, int | None]:
    kind, _, months = text.partition("=")
    if kind not in set(Kept) or not (months == FOR_EVER or months.isdigit()):
        raise WrongUse(
            N_("Write KIND=MONTHS with one of {kinds}, for example sale=36, not {text}."),
            kinds=", ".join(Kept),
            text=text,
        )
    return Kept(kind), None if months == FOR_EVER else int(months)


def _members(keys: list[str] | None) -> frozenset[str] | None:
    return None if keys is None else frozenset(keys)


def _person(who: Person) -> dict[str, object]:
    rows = who.grant
    return {
        "email": who.name,
        "roles": sorted(role.value for role in who.roles),
        "segments": None if rows.segments is None else sorted(rows.segments),
        "touchpoints": None if rows.touchpoints is None else sorted(rows.touchpoints),
    }


def _line(who: Person) -> str:
    found = _person(who)
    return f"{who.name:<32} {','.join(sorted(role.value for role in who.roles)):<32} {found['segments'] or ''}"
