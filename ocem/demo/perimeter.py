"""The demo company's strategic perimeter and what it wrote down before its initiatives went live."""

from datetime import datetime
from pathlib import Path
from typing import Any

from ocem.domain.ex_ante import ExAnte
from ocem.evaluation.ex_ante import save_ex_ante
from ocem.evaluation.perimeter import save_scope
from ocem.store.database import Database
from ocem.store.definition.reading import read_toml
from ocem.store.perimeter import parse_rule

FILE = Path(__file__).parents[2] / "data" / "demo" / "perimeter.toml"


def seed(database: Database) -> None:
    """Declare the perimeter and save the analyses, each on the day it was written."""
    document = read_toml(FILE)
    save_scope(database, tuple(parse_rule(item) for item in document["scope"]["rule"]))
    for key, item in document["ex_ante"].items():
        save_ex_ante(database, _analysis(key, item), at=_moment(item["saved_at"]))


def _analysis(key: str, item: dict[str, Any]) -> ExAnte:
    return ExAnte(key, dict(item["answers"]), tuple(item.get("integrate", ())), author=item["author"])


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
