"""What an administrator asks and does: who may do what, the log, one customer's records, and how long data are kept."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from ocem.domain.access import Person, Right
from ocem.errors import N_, WrongUse
from ocem.store import access, audit, erasure, person, pseudonym, retention, screening
from ocem.store.audit import Entry
from ocem.store.database import Database
from ocem.store.erasure import Erased
from ocem.store.pseudonym import Rotated
from ocem.store.retention import Kept, Removed
from ocem.store.screening import Screened

NAME_HEADERS = (
    "ragione sociale", "denominazione", "nominativo", "nome cliente", "cliente", "nome", "customer name",
    "company name", "customer", "company", "name",
)  # fmt: skip
"""Headers under which a customer file keeps names, the most telling first."""


@dataclass(frozen=True)
class Acts:
    """The newest entries of the log, and the first that does not fit the chain."""

    entries: tuple[Entry, ...]
    broken_at: int | None


@dataclass(frozen=True)
class Privacy:
    """What is in force: months by kind, how many names are looked for, how many keys the pseudonyms went through."""

    months: dict[Kept, int]
    names: int
    generation: int


def granted(database: Database) -> list[Person]:
    """Return everybody with a grant in force."""
    access.require(Right.ADMINISTER)
    with database.cursor() as con:
        return person.granted(con)


def grant(database: Database, who: Person) -> None:
    """Put a grant in force."""
    person.grant(database, who)


def not_for(database: Database, addresses: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses whose grant in force shows some rows only, or none: not for them is what concerns all."""
    found = {address: person.find(database, parseaddr(address)[1]) for address in addresses}
    return tuple(name for name, who in found.items() if who and not (who.may(Right.READ) and who.grant.whole))


def acts(database: Database, limit: int) -> Acts:
    """Return what was done last, and whether the log is whole."""
    access.require(Right.ADMINISTER)
    with database.cursor() as con:
        return Acts(tuple(audit.entries(con, limit)), audit.broken(con))


def note_export(database: Database, what: str, **details: object) -> None:
    """Write into the log that somebody took something out of the program."""
    access.require(Right.EXPORT)
    with database.write() as con:
        audit.record(con, "export", what, dict(details))


def about_customer(database: Database, code: str) -> dict[str, list[dict[str, Any]]]:
    """Return everything stored about a customer, written as in the files."""
    access.require(Right.ADMINISTER)
    return erasure.about(database, pseudonym.of_customer(database, code))


def forget_customer(database: Database, code: str) -> Erased:
    """Take a customer, written as in the files, out of every table; totals stay."""
    access.require(Right.ADMINISTER)
    return erasure.forget(database, pseudonym.of_customer(database, code))


def privacy(database: Database) -> Privacy:
    """Return the rules in force."""
    access.require(Right.ADMINISTER)
    with database.cursor() as con:
        row = con.execute("SELECT count(*) FROM screened_name").fetchone()
        return Privacy(retention.rules(con), int(row[0]) if row else 0, pseudonym.generation(con))


def keep_for(database: Database, kind: Kept, months: int | None) -> None:
    """Say how many months a kind of data may lead back to somebody; None is for ever."""
    retention.set_rule(database, kind, months)


def apply_retention(database: Database, today: date) -> list[Removed]:
    """Take away now what is older than its rule."""
    return retention.apply(database, today)


def apply_retention_daily(database: Database, today: date) -> list[Removed]:
    """Take away what is older than its rule unless that was done today."""
    with database.cursor() as con:
        if not retention.rules(con) or not retention.due(con, today):
            return []
    return retention.apply(database, today)


def rotate_key(database: Database) -> Rotated:
    """Put a new key of the pseudonyms in force."""
    return pseudonym.rotate(database)


def screen_names(database: Database, file: Path, column: str | None = None) -> Screened:
    """Look in comments for the names of a customer file: one name a line, or a column of a table.

    Raises
    ------
    WrongUse
        If the column is not in the file, or nothing in the file is a name.
    """
    access.require(Right.ADMINISTER)
    if not Path(file).is_file():
        raise WrongUse(N_("There is no file {file}."), file=str(file))
    return screen_texts(database, _text(Path(file).read_bytes()), column)


def screen_texts(database: Database, text: str, column: str | None = None) -> Screened:
    """Look in comments for the names that a text holds."""
    names = list(_names(text.splitlines(), column))
    if not names:
        raise WrongUse(N_("No name was found. Give one name a line, or say which column holds them."))
    return screening.set_names(database, names)


def stop_screening_names(database: Database) -> Screened:
    """Look for no names of a customer file any more; shapes and cues are still looked for."""
    return screening.set_names(database, [])


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _names(lines: list[str], column: str | None) -> Iterator[str]:
    """Read one name a line, or the column of a table whose first line names it."""
    first = lines[0] if lines else ""
    delimiter = max(";\t,|", key=first.count)
    if first.count(delimiter) == 0 and column is None:
        headed = first.strip().casefold() in NAME_HEADERS
        yield from _filled(lines[1:] if headed else lines)
        return
    rows = list(csv.reader(lines, delimiter=delimiter))
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    wanted = [column.strip().casefold()] if column else list(NAME_HEADERS)
    at = next((header.index(name) for name in wanted if name in header), None)
    if at is None:
        raise WrongUse(N_("Say which column holds the names: {columns}."), columns=", ".join(rows[0] if rows else []))
    yield from _filled(row[at] for row in rows[1:] if len(row) > at)


def _filled(texts: Iterable[str]) -> Iterator[str]:
    return (text.strip() for text in texts if text.strip())
