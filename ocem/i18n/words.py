"""Sentences in the reader's language: gettext catalogues kept as .po files, parsed once at start."""

import gettext
import io
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ocem.errors import Named, OcemError
from ocem.i18n import formats

LANGUAGES = ("it", "en")
DEFAULT_LANGUAGE = "it"
LOCALES = {"it": "it_IT", "en": "en_GB"}
LOCALE_FOLDER = Path(__file__).parent / "locale"


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> gettext.NullTranslations:
    with (LOCALE_FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class _Named(dict[str, str]):
    """Values by placeholder; a missing one shows its name instead of breaking the page."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class Words:
    """One language: sentences of the catalogue, numbers and days.

    Parameters
    ----------
    lang : str
        ``it`` or ``en``; anything else falls back to Italian.

    Examples
    --------
    >>> Words("en").gettext("{n} of {total}", n=1200, total="all")
    '1,200 of all'
    """

    def __init__(self, lang: str = DEFAULT_LANGUAGE) -> None:
        self.lang = lang if lang in LANGUAGES else DEFAULT_LANGUAGE
        self.locale = LOCALES[self.lang]

    def gettext(self, template: str, **values: Any) -> str:
        """Say the catalogue's sentence for an English template, its values written as the language writes them."""
        if not template:
            return ""  # the empty msgid is the catalogue's own header
        return self._filled(_catalogue(self.lang).gettext(template), values)

    def ngettext(self, one: str, many: str, n: int, **values: Any) -> str:
        """Say one or many; `n` is a value of the sentence too."""
        return self._filled(_catalogue(self.lang).ngettext(one, many, n), {"n": n, **values})

    def error(self, error: OcemError) -> str:
        """Say an error of the program to its reader."""
        return self.gettext(error.template, **error.values)

    def label(self, thing: Any) -> str:
        """Return the label of anything that carries `label_it` and `label_en`."""
        ours, other = ("label_it", "label_en") if self.lang == "it" else ("label_en", "label_it")
        return str(getattr(thing, ours, "") or getattr(thing, other, "") or getattr(thing, "key", ""))

    def description(self, thing: Any) -> str:
        """Return the description of anything that carries `description_it` and `description_en`."""
        return str(getattr(thing, f"description_{self.lang}", "") or "")

    def show(self, value: Any) -> str:
        """Write a value as the language does; words pass through."""
        match value:
            case None:
                return formats.NOTHING
            case str():
                return value
            case bool():
                return self.gettext("yes") if value else self.gettext("no")
            case datetime():
                return formats.moment(self.locale, value)
            case date():
                return formats.day(self.locale, value)
            case int():
                return formats.number(self.locale, value)
            case float():
                return formats.number(self.locale, value, 3, fixed=False)
            case Named():
                return self.label(value)
            case list() | tuple() | set() | frozenset():
                return self.listed(self.show(item) for item in value)
        return str(value)

    def number(self, value: float, digits: int = 0, signed: bool = False) -> str:
        """Write a number with fixed decimals."""
        return formats.number(self.locale, value, digits, signed)

    def percent(self, share: float, digits: int = 1, signed: bool = False) -> str:
        """Write a share (0 to 1) as percent."""
        return formats.percent(self.locale, share, digits, signed)

    def money(self, euros: float, digits: int = 0, signed: bool = False) -> str:
        """Write euros."""
        return formats.money(self.locale, euros, digits, signed)

    def compact(self, value: float) -> str:
        """Write a large number shortly."""
        return formats.compact(self.locale, value)

    def day(self, value: date) -> str:
        """Write a day with its year."""
        return formats.day(self.locale, value)

    def span(self, first: date | None, last: date | None) -> str:
        """Write inclusive days."""
        if first is None or last is None:
            return formats.NOTHING
        return formats.days_span(self.locale, first, last)

    def listed(self, items: Iterable[str]) -> str:
        """Join words with commas and an `and`."""
        return formats.listed(self.locale, list(items))

    def _filled(self, sentence: str, values: dict[str, Any]) -> str:
        return sentence.format_map(_Named({name: self.show(value) for name, value in values.items()}))
