"""What column names mean: the vocabulary of ``meanings.toml``, in both languages and for known systems."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ocem.domain.fact import FactKind

SOURCE = Path(__file__).with_name("meanings.toml")


@dataclass(frozen=True)
class Meaning:
    """A field that a column can be, the names it goes by and how it is read.

    `needs` is what the values must look like: ``date``, ``number``, ``flag``, ``words``, ``id`` or ``any``.
    """

    field: str
    type: str
    facts: tuple[FactKind, ...]
    needs: str
    names: tuple[str, ...]
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class System:
    """A system known by columns that only its exports have together; `fields` maps a field to (column, type)."""

    name: str
    signature: tuple[str, ...]
    fact: FactKind
    fields: dict[str, tuple[str, str]]
    formats: dict[str, str]


@dataclass(frozen=True)
class Vocabulary:
    """All that names can mean. `questions` and `phases` are pairs of a key and its telling words."""

    meanings: tuple[Meaning, ...]
    systems: tuple[System, ...]
    personal: tuple[str, ...]
    questions: tuple[tuple[str, tuple[str, ...]], ...]
    phases: tuple[tuple[str, tuple[str, ...]], ...]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary, read once."""
    document = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    return Vocabulary(
        tuple(
            Meaning(
                item["field"],
                item["type"],
                tuple(FactKind(fact) for fact in item["facts"]),
                item["needs"],
                tuple(item["names"]),
                tuple(item.get("words", ())),
                tuple(item.get("never", ())),
            )
            for item in document["meaning"]
        ),
        tuple(
            System(
                item["name"],
                tuple(item["signature"]),
                FactKind(item["fact"]),
                {field: (place["column"], place["type"]) for field, place in item["fields"].items()},
                dict(item["formats"]),
            )
            for item in document["system"]
        ),
        tuple(document["personal"]["words"]),
        tuple((item["key"], tuple(item["words"])) for item in document["question"]),
        tuple((item["key"], tuple(item["words"])) for item in document["phase"]),
    )
