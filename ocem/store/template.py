"""Worked examples that ship with the program: a perimeter, objectives and an initiative one can start from."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocem.domain.perimeter import ScopeRule
from ocem.store.definition.reading import read_toml
from ocem.store.perimeter import parse_rule

FOLDER = Path(__file__).parents[2] / "data" / "templates"


@dataclass(frozen=True)
class Template:
    """One worked example; `objectives` and `initiative` are documents whose texts come in both languages."""

    key: str
    label_it: str
    label_en: str
    description_it: str
    description_en: str
    rules: tuple[ScopeRule, ...]
    objectives: tuple[dict[str, Any], ...]
    initiative: dict[str, Any]


def list_templates(folder: Path = FOLDER) -> list[Template]:
    """Return the worked examples, by file name."""
    return [_template(path.stem, read_toml(path)) for path in sorted(folder.glob("*.toml"), reverse=True)]


def _template(key: str, document: dict[str, Any]) -> Template:
    return Template(
        key,
        document["label_it"],
        document["label_en"],
        document["description_it"],
        document["description_en"],
        tuple(parse_rule(item) for item in document.get("rule", ())),
        tuple(document.get("objective", ())),
        document.get("initiative", {}),
    )
