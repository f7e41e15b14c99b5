"""The two pages about running the program give the same commands, and the program knows every one of them."""

import argparse
import re
from pathlib import Path

import pytest

from ocem.cli.main import parser

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (DOCS / "operations.md", DOCS / "esercizio.md")
COMMAND = re.compile(r"-m ocem(?: --db \S+| --json)? ([a-z][a-z-]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
OTHERS = re.compile(
    r"start\.py(?: [a-z]+)?|\b(?:OCEM|STREAMLIT)_[A-Z_]+|deploy/[\w.*-]+|(?:tests|benchmarks)[./]\w+"
    r"|/(?:oce/)?(?:healthz|metrics|api/command)"
)
NOT_OURS = {"--system", "--home", "--now", "--rows"}
"""Options of other programs that the pages call."""


def said(page: Path, what: re.Pattern[str]) -> set[str]:
    """Return what a page names of a kind: commands, options; variables, files and addresses."""
    return set(what.findall(" ".join(page.read_text(encoding="utf-8").split())))


def settings(page: Path) -> set[str]:
    """Return the keys of the settings that a page shows."""
    return set(re.findall(r"^(\w+|\[[\w.]+\])(?: =.*)?(?: *#.*)?$", page.read_text(encoding="utf-8"), re.MULTILINE))


def test_both_pages_name_the_same_commands_options_and_settings() -> None:
    for what, fewest in ((COMMAND, 15), (OPTION, 10), (OTHERS, 10)):
        english, italian = (said(page, what) for page in PAGES)
        assert len(english) >= fewest
        assert english ^ italian == set()
    assert settings(PAGES[0]) ^ settings(PAGES[1]) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_program_knows_every_command_and_option_that_a_page_gives(page: Path) -> None:
    (commands,) = (item for item in parser()._actions if isinstance(item, argparse._SubParsersAction))
    options = {name for item in parser()._actions for name in item.option_strings}
    for known in commands.choices.values():
        options |= {name for item in known._actions for name in item.option_strings}
    assert said(page, COMMAND) <= set(commands.choices)
    assert said(page, OPTION) - NOT_OURS <= options
