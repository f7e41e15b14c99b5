"""Everybody who may see an objective sees the same verdict; what lies outside a grant is refused or not there."""

from dataclasses import replace

import pytest

from ocem.domain.access import Grant, Person, Role
from ocem.domain.perimeter import Perimeter
from ocem.errors import Forbidden, NotFound
from ocem.evaluation.baseline import freeze
from ocem.evaluation.comparison import compare
from ocem.evaluation.objective import list_objectives, save_objective
from ocem.store import access
from ocem.store.database import Database
from tests.evaluation.world import build


@pytest.fixture
def world(database: Database) -> Database:
    """Orders with a planted effect and one objective."""
    build(database)
    return database


@pytest.fixture
def insider(world: Database) -> Person:
    """Somebody who may see exactly the perimeter of the first objective with a comparison group."""
    objective = next(item for item in list_objectives(world) if item.comparison is not None)
    return Person("a", frozenset({Role.DIRECTOR, Role.ANALYST}), Grant(frozenset(objective.perimeter.segments or ())))


def test_the_verdict_is_the_same_and_the_other_groups_course_is_not_shown(world: Database, insider: Person) -> None:
    with access.acting(insider):
        mine = compare(world)
        keys = {item.key for item in list_objectives(world)}
    assert mine and {item.objective for item in mine} == keys
    for item in mine:
        whole = compare(world, item.objective)[0]
        assert (item.verdict, item.effect, item.grade) == (whole.verdict, whole.effect, whole.grade)
        assert all(week.comparison is None for week in item.weeks)


def test_an_objective_outside_a_grant_is_not_there(world: Database) -> None:
    nobody = Person("b", frozenset({Role.REVIEWER}), Grant(frozenset({"altrove"})))
    key = list_objectives(world)[0].key
    with access.acting(nobody):
        assert list_objectives(world) == []
        for attempt in (lambda: compare(world, key), lambda: freeze(world, key, "b")):
            with pytest.raises(NotFound):
                attempt()


def test_nobody_defines_beyond_a_grant_nor_over_a_hidden_objective(world: Database, insider: Person) -> None:
    objective = list_objectives(world)[0]
    with access.acting(insider), pytest.raises(Forbidden):
        save_objective(world, replace(objective, key="tutti", perimeter=Perimeter()))
    stranger = replace(insider, grant=Grant(frozenset({"prospect"})))
    with access.acting(stranger), pytest.raises(Forbidden):
        save_objective(world, replace(objective, perimeter=Perimeter(segments=("prospect",)), comparison=None))
