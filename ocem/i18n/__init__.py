"""Words: gettext catalogues, CLDR formats and the glossary. English is the source language, Italian the first shown."""

from ocem.errors import N_
from ocem.i18n.words import DEFAULT_LANGUAGE, LANGUAGES, Words

__all__ = ["DEFAULT_LANGUAGE", "LANGUAGES", "N_", "Words"]
