"""Which words on a page belong to the other language: catalogue against catalogue, labels against labels."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale

from ocem.i18n.catalogue import extracted, load

DATA = Path(__file__).resolve().parents[2] / "data"
OTHER = {"it": "en", "en": "it"}
PLACEHOLDER = re.compile(r"\{[^}]*\}")
WORD = re.compile(r"[^\W\d_]{3,}")

# Words without which no sentence of the language is made: they betray a text that never met the catalogue.
FUNCTION_WORDS = {
    "en": set("the and with from this that are was were not you your which what when where into than here per".split())
    | set("choose option drag drop browse files upload limit select search results".split()),
    "it": set("il lo la gli le un una del della dei delle degli nel nella con non sono che come dove quando".split())
    | set("più meno questo questa ogni dopo prima senza".split()),
}


def words_of(text: str) -> set[str]:
    """Words of a text in small letters, placeholders left out."""
    return set(WORD.findall(PLACEHOLDER.sub(" ", text).lower()))


def strings_of(value: Any) -> Iterator[str]:
    """Every text in a value of a definition file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner)


def split_labels(table: dict[str, Any], found: dict[str, set[str]]) -> None:
    """Sort the words of a definition file into Italian, English and neither."""
    for name, value in table.items():
        ending = name.rsplit("_", 1)[-1]
        if ending in OTHER and isinstance(value, str):
            found[ending] |= words_of(value)
        elif isinstance(value, dict):
            found["any"] |= words_of(name)
            split_labels(value, found)
        else:
            for text in strings_of(value):
                found["any"] |= words_of(text)


def calendar_words(language: str) -> set[str]:
    """Names of months and days, short and long."""
    locale = Locale.parse(language)
    widths = [names for table in (locale.months, locale.days) for form in table.values() for names in form.values()]
    return {word for names in widths for name in names.values() for word in words_of(str(name))}


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, set[str]]:
    """Words that a page may show in Italian, in English and in both."""
    found: dict[str, set[str]] = {"it": set(), "en": set(), "any": set()}
    for path in sorted(DATA.rglob("*.toml")):
        split_labels(tomllib.loads(path.read_text(encoding="utf-8")), found)
    for language, names in found.items():
        if language in OTHER:
            names |= calendar_words(language)
    for message in extracted():
        for text in message if isinstance(message, tuple) else (message,):
            found["en"] |= words_of(text)
    for entry in load("it"):
        for text in entry.string if isinstance(entry.string, (tuple, list)) else (entry.string,):
            found["it"] |= words_of(text or "")
    return found


@lru_cache(maxsize=2)
def foreign_vocabulary(language: str) -> frozenset[str]:
    """Words that only the other language's catalogue, labels or grammar know."""
    known = vocabulary()
    other = known[OTHER[language]] | FUNCTION_WORDS[OTHER[language]]
    return frozenset(other - known[language] - known["any"])


def foreign_words(texts: Iterable[str], language: str) -> dict[str, str]:
    """Return the words of the other language on a page, each with a text in which it stands."""
    foreign = foreign_vocabulary(language)
    return {word: text for text in texts for word in words_of(text) & foreign}
