"""Bring TOML definitions into the store: the starter catalogue, or a company's own kept under version control."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ocem.domain.access import Right
from ocem.domain.perimeter import Dimension
from ocem.store import access
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.daily import rebuild
from ocem.store.database import Cursor, Database
from ocem.store.definition.initiative import parse_initiative
from ocem.store.definition.kpi import parse_kpi
from ocem.store.definition.objective import parse_objective
from ocem.store.definition.perimeter import parse_member
from ocem.store.definition.profile import parse_profile
from ocem.store.definition.reading import read_toml
from ocem.store.member import save_member
from ocem.store.profile import write_profile

STARTER = Path(__file__).parents[2] / "data" / "definitions"


@dataclass
class Loaded:
    """How many definitions of each noun were read, and which objectives ask not to be frozen."""

    counts: dict[str, int] = field(default_factory=dict)
    unfrozen: tuple[str, ...] = ()


def load_folder(database: Database, folder: Path = STARTER) -> Loaded:
    """Read every TOML file of a folder and store its definitions, all or nothing."""
    merged: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.toml")):
        for noun, items in read_toml(path).items():
            merged.setdefault(noun, {}).update(items)
    return load_documents(database, merged)


def load_documents(database: Database, documents: dict[str, dict[str, Any]]) -> Loaded:
    """Store definitions given as documents by noun and key, all or nothing.

    Raises
    ------
    DefinitionError
        For the first definition that cannot be accepted; nothing is stored then.
    """
    access.require(Right.DEFINE)
    loaded = Loaded(
        {noun: len(items) for noun, items in documents.items()},
        tuple(key for key, item in documents.get("objective", {}).items() if item.get("freeze") is False),
    )
    with database.write() as con:
        for dimension in Dimension:
            for position, (key, item) in enumerate(documents.get(dimension.value, {}).items(), start=1):
                save_member(con, parse_member(dimension, key, item, position))
        _save_kpis(con, documents.get("kpi", {}))
        for key, item in documents.get("profile", {}).items():
            write_profile(con, parse_profile(key, item))
        for key, item in documents.get("initiative", {}).items():
            objective_store.save_initiative(con, parse_initiative(key, item))
        for key, item in documents.get("objective", {}).items():
            objective_store.save_objective(con, parse_objective(key, item))
    return loaded


def _save_kpis(con: Cursor, documents: dict[str, Any]) -> None:
    numbers = {kpi_store.save_kpi(con, parse_kpi(key, item)) for key, item in documents.items()}
    changed = {number for number in numbers if number is not None}
    if changed:
        rebuild(con, kpi_store.numbered_kpis(con), only=changed)


def ensure_starter(database: Database) -> None:
    """Give a new store the starter catalogue; leave one that has definitions alone."""
    with database.cursor() as con:
        row = con.execute("SELECT count(*) FROM kpi").fetchone()
    if row and row[0] == 0:
        load_folder(database)
