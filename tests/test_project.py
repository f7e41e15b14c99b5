"""The project's own papers: commands, pins, links and words stand as they are promised."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = [
    ROOT / "start.py",
    *ROOT.glob("app.py"),
    *(path for folder in ("ocem", "pages", "tests", "benchmarks", "docs") for path in (ROOT / folder).rglob("*.py")),
]
ENGINE_CLIENT = "ocem/store/engine/worker.py"
"""Runs in an environment of its own, with packages of its own."""
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)(?:; sys_platform != \"win32\")?$")


def pins(name: str) -> dict[str, str]:
    """Return the pinned versions of a requirements file by normalised package name."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [PIN.match(line) for line in lines if line and not line.startswith(("#", "-r"))]
    assert all(found), f"{name} has a line that is not name==version"
    names = [normal(match[1]) for match in found if match]
    assert len(names) == len(set(names)), f"{name} pins a package twice"
    return {normal(match[1]): match[2] for match in found if match}


def direct_pins(name: str) -> set[str]:
    """Return the packages of a requirements file's first block: those the program names itself."""
    block = (ROOT / name).read_text(encoding="utf-8").split("# Needed by those")[0]
    return {normal(match[1]) for match in map(PIN.match, block.splitlines()) if match}


def normal(name: str) -> str:
    """Spell a package name as indexes do."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def imported(*folders: str) -> dict[str, str]:
    """Return the packages from elsewhere that the code imports, each with a file that does."""
    own = {"ocem", "tests", "benchmarks", "pages", "start"}
    owners = importlib.metadata.packages_distributions()
    found: dict[str, str] = {}
    for path in SOURCES:
        if path.relative_to(ROOT).parts[0] in folders:
            for name in modules_of(path):
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names and top not in own:
                    found[normal(owners.get(top, [top])[0])] = str(path.relative_to(ROOT))
    return found


@cache
def modules_of(path: Path) -> frozenset[str]:
    """Return the modules that a file imports by absolute name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return frozenset(names)


def test_the_readme_has_exactly_two_commands_to_start_with():
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Two commands")[1].split("\n## ")[0]
    blocks = re.findall(r"```\n(.*?)```", section, flags=re.S)
    assert [block.strip() for block in blocks] == ["python3 start.py", "python3 start.py test"]


def test_continuous_integration_runs_the_readmes_test_command():
    assert "python3 start.py test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_is_what_is_installed(name):
    installed = {package: importlib.metadata.version(package) for package in pins(name)}
    assert installed == pins(name)


def test_every_needed_package_is_pinned():
    wanted = pins("requirements.txt") | pins("requirements-dev.txt")
    missing = set()
    for package in wanted:
        for requirement in importlib.metadata.requires(package) or []:
            if ";" not in requirement:  # with a marker: an extra, or another system
                missing |= {normal(re.split(r"[^A-Za-z0-9._-]", requirement)[0])} - set(wanted)
    assert missing == set()


def test_every_imported_package_is_a_direct_pin_with_a_reason():
    direct = direct_pins("requirements.txt")
    runtime = imported("ocem", "pages", "app.py")
    assert {name: file for name, file in runtime.items() if name not in direct and file != ENGINE_CLIENT} == {}
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| ([a-z0-9-]+) \|", reasons, flags=re.M)) - {"package"}
    engine = direct_pins("requirements-engine.txt") | direct_pins("requirements-engine-dev.txt")
    assert rows == direct | direct_pins("requirements-dev.txt") | engine


def test_no_direct_pin_is_without_use():
    used = imported("ocem", "pages", "app.py")
    assert direct_pins("requirements.txt") - set(used) == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_in_the_documents_leads_somewhere(path):
    targets = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_command_of_the_readme_exists():
    from ocem.cli.main import parser

    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## Command line")[1].split("\n## ")[0]
    cells = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]
    named = {command for cell in cells for command in re.findall(r"`([a-z]+)", cell)}
    actions = [action for action in parser()._actions if isinstance(action.choices, dict)]
    assert named - set(actions[0].choices) == set()


def test_every_glossary_entry_has_both_languages_and_a_meaning():
    rows = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()[6:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("|")]
    assert len(cells) > 25
    assert [row for row in cells if len(row) != 3 or not all(row)] == []


def test_every_statement_file_says_what_its_rows_are():
    heads = {path: path.read_text(encoding="utf-8").lstrip() for path in (ROOT / "ocem").rglob("*.sql")}
    assert [path.name for path, head in heads.items() if not head.startswith("--")] == []


def test_the_changelog_speaks_of_this_version():
    from ocem import __version__

    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_file_names_a_machine_or_a_registry():
    """A path of one machine or the address of a package index would bind the project to that place."""
    place = re.compile(r"(?<![\w.])/(work|root|home/\w+|opt)/|pypi\.org|files\.pythonhosted|registry\.npmjs")
    texts = [
        *SOURCES,
        *DOCUMENTS,
        *ROOT.glob("*.t*ml"),
        *ROOT.glob("*.txt"),
        ROOT / "Makefile",
        ROOT / ".ci" / "run",
    ]
    found = {
        str(path.relative_to(ROOT)): place.findall(path.read_text(encoding="utf-8"))
        for path in texts
        if path != Path(__file__).resolve()
    }
    assert {path: hits for path, hits in found.items() if hits} == {}


def test_pages_ask_use_cases_and_hold_no_sql():
    offences = {}
    for path in (ROOT / "pages").glob("*.py"):
        forbidden = {name for name in modules_of(path) if name.split(".")[0] == "duckdb"}
        if re.search(r"\b(SELECT|INSERT INTO|DELETE FROM)\b", path.read_text(encoding="utf-8")):
            forbidden.add("SQL")
        if forbidden:
            offences[path.name] = forbidden
    assert offences == {}


def test_tool_settings_give_a_reason_beside_every_contract():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    with_reason = re.findall(r"\[\[tool\.importlinter\.contracts\]\]\n# ", text)
    assert len(with_reason) == len(contracts)
