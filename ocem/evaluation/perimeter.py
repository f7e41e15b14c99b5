"""The dimensions a company works with, and which cells anybody measures."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ocem.domain.objective import Objective
from ocem.domain.perimeter import Dimension, Member
from ocem.errors import N_, DefinitionError
from ocem.store import member as store
from ocem.store.cells import living_cells
from ocem.store.database import Cursor, Database

COVERAGE_WEEKS = 13


def members(database: Database, dimension: str) -> list[Member]:
    """Return the members of ``touchpoint``, ``phase``, ``segment`` or ``dmu_role`` in their order."""
    with database.cursor() as con:
        return store.list_members(con, Dimension(dimension))


def save_member(database: Database, member: Member) -> None:
    """Add a member or change the labels and attributes of the one with the same key.

    Raises
    ------
    DefinitionError
        If a label is missing or belongs to another member of the dimension.
    """
    with database.write() as con:
        for other in store.list_members(con, member.dimension):
            if other.key != member.key and other.label_it.casefold() == member.label_it.strip().casefold():
                raise DefinitionError(
                    N_("There is already a {dimension} called {label}."),
                    dimension=member.dimension.value,
                    label=other.label_it,
                )
        if not member.label_it.strip():
            raise DefinitionError(N_("{subject}: {name} is missing."), subject=member.key, name="label_it")
        store.save_member(con, member)


@dataclass(frozen=True)
class Coverage:
    """Cells in the perimeters of the objectives: all, those measured lately, those nobody measures."""

    n_cells: int
    measured: int
    blind: int
    frozen: int = 0
    n_objectives: int = 0


def coverage(con: Cursor, objectives: list[Objective], last_day: date) -> Coverage:
    """Count the cells in scope of any objective, and in how many something was measured in the last 13 weeks."""
    keys = {
        dimension: [item.key for item in store.list_members(con, dimension) if item.status == "confirmed"]
        for dimension in (Dimension.TOUCHPOINT, Dimension.PHASE, Dimension.SEGMENT)
    }
    names = {dimension.value: np.array(found) for dimension, found in keys.items()}
    shape = tuple(len(found) for found in keys.values())
    scope = np.zeros(shape, dtype=bool)
    for objective in objectives:
        mask = np.ones(shape, dtype=bool)
        for axis, (dimension, found) in enumerate(names.items()):
            declared = objective.perimeter.members(dimension)
            if declared is not None:
                wanted = np.isin(found, declared)
                mask &= wanted.reshape([-1 if i == axis else 1 for i in range(3)])
        scope |= mask
    measured = np.zeros(shape, dtype=bool)
    index = [{key: place for place, key in enumerate(found)} for found in keys.values()]
    for cell in living_cells(con, last_day - timedelta(days=7 * COVERAGE_WEEKS - 1), last_day):
        places = [index[axis].get(key) for axis, key in enumerate(cell)]
        if all(place is not None for place in places):
            measured[tuple(places)] = True
    return Coverage(int(scope.sum()), int((scope & measured).sum()), int((scope & ~measured).sum()))
