"""How far the sources behind a finding have come, and which state of the data it was read from."""

from dataclasses import dataclass

from ocem.domain.fact import FactKind
from ocem.store.database import Database
from ocem.store.freshness import SourceReach, source_reaches


@dataclass(frozen=True)
class DataState:
    """Sources with live batches, and the number that grows with every change of the store."""

    reaches: tuple[SourceReach, ...]
    version: int


def data_state(database: Database, facts: tuple[FactKind, ...] = ()) -> DataState:
    """Return the sources of some facts, or of all."""
    with database.cursor() as con:
        reaches = [item for item in source_reaches(con) if not facts or item.fact in facts]
    return DataState(tuple(reaches), database.data_version())
