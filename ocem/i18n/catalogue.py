"""Keep the catalogues in step with the code: `python -m ocem.i18n.catalogue` extracts, merges and says what lacks.

A sentence is found where it stands as the first argument of the catalogue calls or of an error class.
"""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from ocem.i18n.words import LANGUAGES, LOCALE_FOLDER

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("app.py", "pages", "ocem")
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    **dict.fromkeys(
        (
            "Refused",
            "DefinitionError",
            "NotFound",
            "Forbidden",
            "WrongUse",
            "StoreBusy",
            "StoreNewer",
            "NotAStore",
            "StoreDamaged",
        ),
        (1,),
    ),
    "FileRefused": (2,),
}
CODE = re.compile(r"[a-z]+(_[a-z]+)+")
"""A key by which a sentence is looked up elsewhere, not a sentence."""
PLACEHOLDER = re.compile(r"\{(\w+)[^}]*\}")

Message = str | tuple[str, str]


def source_files() -> Iterator[Path]:
    """Yield the Python files whose sentences people read."""
    for name in SOURCES:
        path = ROOT / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def extracted() -> dict[Message, list[tuple[str, int]]]:
    """Return every sentence of the code with the places where it stands."""
    found: dict[Message, list[tuple[str, int]]] = {}
    for path in source_files():
        place = path.relative_to(ROOT).as_posix()
        for line, message, _comments, _context in extract("python", BytesIO(path.read_bytes()), keywords=KEYWORDS):
            parts = message if isinstance(message, tuple) else (message,)
            if all(isinstance(part, str) and part and not CODE.fullmatch(part) for part in parts):
                key: Message = (parts[0], parts[1]) if len(parts) > 1 else parts[0]
                found.setdefault(key, []).append((place, line))
    return found


def placeholders(sentence: str) -> set[str]:
    """Return the named placeholders of a sentence."""
    return set(PLACEHOLDER.findall(sentence))


def load(language: str) -> Catalog:
    """Read one catalogue."""
    path = LOCALE_FOLDER / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, project="OCE control room", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> int:
    """Merge the code's sentences into a catalogue; return how many lack a translation."""
    old = load(language)
    new = Catalog(locale=language, project="OCE control room", charset="utf-8", fuzzy=False)
    new.revision_date = old.revision_date
    for message, places in sorted(extracted().items(), key=lambda item: str(item[0])):
        known = old.get(message if isinstance(message, str) else message[0])
        translation = known.string if known and known.id == message else ""
        new.add(message, translation, locations=[(place, 0) for place in dict(places)])
    path = LOCALE_FOLDER / f"{language}.po"
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        write(file, new)
    part.replace(path)  # whoever reads meanwhile reads one catalogue or the other
    return len(missing(language))


def write(file: BinaryIO, catalogue: Catalog) -> None:
    """Write a catalogue so that the same sentences give the same bytes."""
    catalogue.header_comment = "# Words of the OCE control room."
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 11, 22, tzinfo=UTC)
    catalogue.last_translator = catalogue.language_team = ""
    write_po(file, catalogue, width=0, sort_output=True, include_lineno=False)


def missing(language: str) -> list[Message]:
    """Return the code's sentences without a translation; English needs none."""
    if language == "en":
        return []
    catalogue = load(language)
    lacking: list[Message] = []
    for message in extracted():
        known = catalogue.get(message if isinstance(message, str) else message[0])
        strings = (known.string if isinstance(known.string, (tuple, list)) else (known.string,)) if known else ("",)
        if known is None or known.id != message or not all(strings):
            lacking.append(message)
    return lacking


if __name__ == "__main__":
    for lang in LANGUAGES:
        sys.stderr.write(f"{lang}: {update(lang)} without translation\n")
