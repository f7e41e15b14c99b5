"""Every sentence of the code is in the catalogues, with the same placeholders."""

import ast
from functools import cache
from pathlib import Path

import pytest

from ocem.i18n import LANGUAGES
from ocem.i18n.catalogue import extracted, load, missing, placeholders, source_files

CALLS = {"_", "gettext", "ngettext"}


def _forms(message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple | list) else [message.id]


def _translations(message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string]


def test_every_sentence_of_the_code_has_an_italian_translation():
    assert missing("it") == []


@cache
def _said() -> frozenset[str | tuple[str, ...]]:
    return frozenset(extracted())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_keeps_sentences_that_the_code_no_longer_says(language):
    said = _said()
    kept = {
        tuple(message.id) if isinstance(message.id, list) else message.id for message in load(language) if message.id
    }
    assert kept - said == set()
    assert said - kept == set()


def test_translations_carry_the_same_placeholders():
    wrong = []
    for message in load("it"):
        if not message.id:
            continue
        allowed = set().union(*(placeholders(form) for form in _forms(message))) | (
            {"n"} if message.pluralizable else set()
        )
        needed = placeholders(_forms(message)[-1])
        for index, form in enumerate(_translations(message)):
            found = placeholders(form)
            is_last = index == len(_translations(message)) - 1
            if not found <= allowed or (is_last and not message.pluralizable and found != needed):
                wrong.append((message.id, form))
    assert wrong == []


def test_translations_keep_the_full_stop_of_their_sentence():
    wrong = [
        message.id
        for message in load("it")
        if message.id and isinstance(message.id, str) and message.id.endswith(".") != str(message.string).endswith(".")
    ]
    assert wrong == []


def test_no_sentence_shouts():
    assert [message.id for message in load("it") if message.id and "!" in "".join(_translations(message))] == []


@pytest.mark.parametrize("path", list(source_files()), ids=lambda path: path.name)
def test_no_catalogue_call_hides_inside_an_f_string(path: Path):
    """The extractor does not look into f-strings: such a sentence would never reach the catalogues."""
    hidden = [
        (path.name, call.lineno)
        for joined in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(joined, ast.JoinedStr)
        for call in ast.walk(joined)
        if isinstance(call, ast.Call)
        and _name(call.func) in CALLS
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]
    assert hidden == []


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
