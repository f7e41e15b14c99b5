"""Every error a person can meet: a sentence template with named values, said in the reader's language by `ocem.i18n`.

OcemError
├── Refused             exit 1: understood, and not done for a reason
│   ├── FileRefused     a file that cannot be imported (code as in the import contract)
│   ├── DefinitionError a KPI, objective, profile or dimension that cannot be accepted
│   ├── NotFound        a key that nothing bears
│   ├── Forbidden       a person who may not do or see this
│   ├── Conflict        somebody else changed it meanwhile
│   ├── EngineFailed    an engine beyond this machine did not bring what was asked of it
│   └── StatsInputError numbers that a formula cannot take
├── WrongUse            exit 2: the call itself is off
└── StoreError          exit 3: the database cannot be used now
    ├── StoreBusy       another process holds the file
    ├── StoreNewer      written by a newer version of the program
    ├── NotAStore       not a database of ours
    └── StoreDamaged    cannot be read
"""

from dataclasses import dataclass
from typing import Any


def N_(template: str) -> str:
    """Mark a sentence for the catalogue without translating it here."""
    return template


@dataclass(frozen=True, repr=False)
class Named:
    """What people call a thing, in both languages; as a value of an error it is said in the reader's."""

    label_it: str
    label_en: str

    def __str__(self) -> str:
        return self.label_en or self.label_it

    __repr__ = __str__


class OcemError(Exception):
    """A sentence template (English, the catalogue's key) and its values.

    Parameters
    ----------
    template : str
        English sentence with named placeholders, e.g. ``"No objective is called {key}."``.
    **values
        What fills the placeholders; kept as values so that every language can format them.
    """

    exit_status = 1

    def __init__(self, template: str, **values: Any) -> None:
        self.template = template
        self.values = values
        super().__init__(template)

    def __str__(self) -> str:
        return self.template.format(**self.values)


class Refused(OcemError):
    """Understood, and not done for a stated reason."""


class FileRefused(Refused):
    """A file that cannot be imported; `code` is the contract's file_error."""

    def __init__(self, code: str, template: str, **values: Any) -> None:
        super().__init__(template, **values)
        self.code = code


class DefinitionError(Refused):
    """A definition that cannot be accepted as written."""


class NotFound(Refused):
    """A key that nothing bears."""


class Forbidden(Refused):
    """A person who may not do or see this."""


class Conflict(Refused):
    """Somebody else changed it after it was shown."""


class EngineFailed(Refused):
    """An engine beyond this machine did not bring what was asked of it; `code` says in one word what happened."""

    def __init__(self, code: str, template: str, **values: Any) -> None:
        super().__init__(template, **values)
        self.code = code


class StatsInputError(Refused):
    """Numbers that a formula cannot take: counts that are no counts, arrays that do not fit each other."""


class WrongUse(OcemError):
    """The call itself is off."""

    exit_status = 2


class StoreError(OcemError):
    """The database cannot be used now."""

    exit_status = 3


class StoreBusy(StoreError):
    """Another process holds the database file."""


class StoreNewer(StoreError):
    """The database was written by a newer version of the program."""


class NotAStore(StoreError):
    """The file is not a database of this program."""


class StoreDamaged(StoreError):
    """The database file cannot be read."""
