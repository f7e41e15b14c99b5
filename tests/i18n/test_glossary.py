"""The glossary is one place, and the Italian catalogue keeps to it."""

import re

from ocem.i18n.catalogue import PLACEHOLDER, load
from ocem.i18n.glossary import TERMS


def test_every_term_has_one_entry_in_both_languages():
    english = [term.english for term in TERMS]
    assert len(english) == len(set(english))
    assert all(term.italian and term.meaning_en and term.meaning_it for term in TERMS)


def test_the_italian_catalogue_uses_the_glossarys_words():
    """Where an English sentence names a term, its translation names the Italian one (by its stem)."""
    wrong = []
    for message in load("it"):
        if not message.id or not isinstance(message.id, str):
            continue
        for term in TERMS:
            english = PLACEHOLDER.sub("", message.id)
            is_named = term.is_binding and re.search(rf"\b{term.english}s?\b", english, re.IGNORECASE)
            if is_named and not any(re.search(stem, str(message.string), re.IGNORECASE) for stem in term.stems):
                wrong.append((term.english, message.id, message.string))
    assert wrong == [], wrong
