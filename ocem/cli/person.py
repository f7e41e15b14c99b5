"""Commands about people: roles and rows, the audit log, one customer's records."""

import argparse
from collections.abc import Callable
from dataclasses import asdict

from ocem.cli import commands
from ocem.cli.outcome import Outcome
from ocem.domain.access import Grant, Person, Role
from ocem.errors import Refused
from ocem.i18n import N_, Words
from ocem.intake.pseudonym import load_key, pseudonym
from ocem.store import audit, erasure
from ocem.store import person as person_store


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


def grant(options: argparse.Namespace, words: Words) -> Outcome:
    """Put a grant in force."""
    who = Person(
        options.email.casefold(),
        frozenset(Role(role) for role in options.role),
        Grant(_members(options.segment), _members(options.touchpoint)),
    )
    with commands.opened(options) as database:
        person_store.grant(database, who)
    return Outcome(_person(who), [_line(who)])


def people(options: argparse.Namespace, words: Words) -> Outcome:
    """List grants in force."""
    with commands.opened(options) as database, database.cursor() as con:
        found = person_store.granted(con)
    return Outcome([_person(who) for who in found], [_line(who) for who in found])


def log(options: argparse.Namespace, words: Words) -> Outcome:
    """Show the newest entries, newest first; exit 1 when the chain is broken."""
    with commands.opened(options) as database, database.cursor() as con:
        found, place = audit.entries(con, options.last), audit.broken(con)
    lines = [
        f"{item.seq:>6}  {item.done_at:%Y-%m-%d %H:%M:%S}  {item.actor:<24} {item.action:<16} {item.subject or ''}"
        for item in found
    ]
    document = {"intact": place is None, "broken_at": place, "entries": [asdict(item) for item in found]}
    if place is None:
        return Outcome(document, lines)
    return Outcome(document, lines, 1, words.gettext("The audit log was changed at entry {n}.", n=place))


def about(options: argparse.Namespace, words: Words) -> Outcome:
    """Print what is stored about one customer."""
    with commands.opened(options) as database:
        found = erasure.about(database, pseudonym(load_key(database.folder, True), options.customer))
    return Outcome(found, [f"{table}: {len(rows)}" for table, rows in found.items()])


def forget(options: argparse.Namespace, words: Words) -> Outcome:
    """Erase one customer and print the proof."""
    with commands.opened(options) as database:
        done = erasure.forget(database, pseudonym(load_key(database.folder, True), options.customer))
    if done.left:
        raise Refused(N_("{n} rows still lead to the customer."), n=done.left)
    return Outcome(asdict(done), [f"{table}: {rows}" for table, rows in done.rows.items()])


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
