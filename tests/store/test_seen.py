"""Who saves second is told what changed and by whom; nothing is overwritten that was not seen."""

import json
from datetime import UTC, datetime

import pytest

from ocem.domain.access import Person, Role
from ocem.errors import Conflict
from ocem.store import access, audit, person, seen
from ocem.store.database import Database

ANNA, BRUNO = (Person(name, frozenset(Role)) for name in ("anna@example.com", "bruno@example.com"))


def save(database: Database, who: Person, **document: object) -> None:
    with access.acting(who), database.write() as con:
        con.execute(
            "INSERT INTO objective SELECT 'a', coalesce(max(version), 0) + 1, ?, ? FROM objective WHERE key = 'a'",
            [json.dumps(document), datetime.now(UTC)],
        )
        audit.record(con, "define", "objective:a")


def look(database: Database, table: str = "objective", key: str = "a") -> seen.Seen:
    with database.cursor() as con:
        return seen.mark(con, table, key)


def versions(database: Database) -> int:
    with database.cursor() as con:
        return int(con.execute("SELECT count(*) FROM objective WHERE key = 'a'").fetchall()[0][0])


def test_the_second_is_told_who_changed_what_and_stores_nothing(database: Database) -> None:
    save(database, ANNA, target=0.3, owner="Anna")
    opened = look(database)
    save(database, BRUNO, target=0.4, owner="Anna")
    with pytest.raises(Conflict) as refused, seen.expecting(opened):
        save(database, ANNA, target=0.5, owner="Anna")
    assert refused.value.values["person"] == BRUNO.name
    assert refused.value.values["changes"] == (("target", 0.3, 0.4),)
    assert versions(database) == 2


def test_who_saw_the_newest_saves_more_than_once(database: Database) -> None:
    save(database, ANNA, target=0.3)
    with seen.expecting(look(database)):
        save(database, ANNA, target=0.4)
        save(database, ANNA, target=0.5)
    assert versions(database) == 3


def test_a_new_thing_does_not_fall_on_one_of_the_same_name(database: Database) -> None:
    new = look(database)
    save(database, BRUNO, target=0.4)
    with pytest.raises(Conflict), seen.expecting(new):
        save(database, ANNA, target=0.5)


def test_a_change_of_something_else_is_no_conflict(database: Database) -> None:
    save(database, ANNA, target=0.3)
    opened = look(database)
    person.grant(database, ANNA)
    with seen.expecting(opened):
        save(database, ANNA, target=0.4)
    assert versions(database) == 2


def test_a_grant_changed_meanwhile_is_not_overwritten(database: Database) -> None:
    opened = look(database, "person_grant", "carla@example.com")
    person.grant(database, Person("carla@example.com", frozenset({Role.DIRECTOR})))
    with pytest.raises(Conflict) as refused, seen.expecting(opened):
        person.grant(database, Person("carla@example.com", frozenset({Role.ANALYST})))
    assert ("roles", None, ["director"]) in refused.value.values["changes"]


@pytest.mark.parametrize("table", sorted(seen.TABLES))
def test_every_kind_of_thing_has_a_mark(database: Database, table: str) -> None:
    assert look(database, table, "nobody/x/y").stamp in ("0", "")
