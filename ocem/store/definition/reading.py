"""Reading a definition, value by value, with an error that names what is wrong."""

import tomllib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from ocem.errors import N_, DefinitionError

Document = Mapping[str, Any]
Choice = TypeVar("Choice", bound=StrEnum)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of definitions.

    Raises
    ------
    DefinitionError
        When the file is not TOML, naming the line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(N_("{file} is not a TOML file: {detail}."), file=path.name, detail=str(error)) from error


def required(subject: str, document: Document, name: str) -> Any:
    """Return a value that must be given."""
    value = document.get(name)
    if value is None or value == "":
        raise DefinitionError(N_("{subject}: {name} is missing."), subject=subject, name=name)
    return value


def choice(subject: str, name: str, value: Any, kind: type[Choice]) -> Choice:
    """Return the member of an enumeration that is written."""
    try:
        return kind(value)
    except ValueError as error:
        raise DefinitionError(
            N_("{subject}: {name} is {value}; it must be one of {known}."),
            subject=subject,
            name=name,
            value=str(value),
            known=", ".join(item.value for item in kind),
        ) from error


def day_of(subject: str, name: str, value: Any) -> date | None:
    """Return the day that is written, None where there is none."""
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise DefinitionError(
            N_("{subject}: {name} is {value}; write a day as 2026-11-16."), subject=subject, name=name, value=str(value)
        ) from error


def days_of(subject: str, name: str, value: Any) -> tuple[date | None, date | None]:
    """Return a first and a last day, in order; either may be open."""
    if not value:
        return None, None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise DefinitionError(N_("{subject}: {name} needs a first and a last day."), subject=subject, name=name)
    first, last = day_of(subject, name, value[0]), day_of(subject, name, value[1])
    if first and last and first > last:
        raise DefinitionError(
            N_("{subject}: {name} starts on {first}, after its last day {last}."),
            subject=subject,
            name=name,
            first=first.isoformat(),
            last=last.isoformat(),
        )
    return first, last
