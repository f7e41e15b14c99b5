"""Pages speak of the newest data whose first answers are made; whoever changed them sees the change at once."""

import threading

import pytest

from ocem.domain.access import LOCAL
from ocem.evaluation.control_room import control_room
from ocem.evaluation.view import EVERYTHING
from ocem.store import access
from ocem.store.database import Database
from ocem.ui import warm
from ocem.ui.database import _question
from tests.store.template import database, starter_file

__all__ = ["database", "starter_file"]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> warm.Shown:
    found = warm.Shown()
    monkeypatch.setattr(warm, "SHOWN", found)
    monkeypatch.setattr(warm, "LATELY", warm.Lately())
    return found


def write_as(store: Database, person: access.Person) -> int:
    with access.acting(person), store.write():
        pass
    return store.data_version()


def test_without_anybody_who_makes_answers_ahead_the_newest_data_are_shown(database: Database, shown: warm.Shown):
    after = write_as(database, access.SYSTEM)
    assert shown.of(database, "anna") == after


def test_others_see_a_change_when_its_answers_are_made_and_its_author_at_once(database: Database, shown: warm.Shown):
    before = database.data_version()
    shown.is_ready(before)
    after = write_as(database, LOCAL)
    assert (shown.of(database, "anna"), shown.of(database, LOCAL.name)) == (before, after)
    assert warm.make_ahead(database, threading.Event())
    assert shown.of(database, "anna") == after
    assert database.holds_answer(_question(control_room, (EVERYTHING,), {}), after)


def test_nobody_is_shown_old_data_for_long(database: Database, shown: warm.Shown, monkeypatch: pytest.MonkeyPatch):
    shown.is_ready(database.data_version())
    before, after = database.data_version(), write_as(database, access.SYSTEM)
    assert shown.of(database, "anna") == before
    later = warm.time.monotonic() + warm.LONGEST_BEHIND_S + 1
    monkeypatch.setattr(warm.time, "monotonic", lambda: later)
    assert shown.of(database, "anna") == after


def test_answers_are_not_finished_for_data_that_have_changed_meanwhile(
    database: Database, shown: warm.Shown, monkeypatch: pytest.MonkeyPatch
):
    before = database.data_version()
    shown.is_ready(before)
    monkeypatch.setattr(warm, "_first_asked", lambda: [(lambda store: write_as(store, access.SYSTEM), ())] * 2)
    assert not warm.make_ahead(database, threading.Event())
    assert shown.of(database, "anna") == before


def test_a_question_that_took_its_time_is_asked_again_for_new_data_and_a_quick_one_is_not():
    lately = warm.Lately()
    for name, took in (("slow", 0.2), ("quick", 0.001)):
        lately.note(name, warm.Asked(print, (name,), (), LOCAL, at=10.0), took)
    lately.note("slow", warm.Asked(print, ("slow",), (), LOCAL, at=20.0), None)
    assert [asked.arguments for asked in lately.since(15.0)] == [("slow",)]
    assert lately.since(25.0) == []


def test_memory_is_given_back_in_a_quiet_moment_after_a_burst_and_not_without_one():
    tidy = warm.Tidy(0.0)
    asked = [(0, 30.0), (50, 31.0), (60, 32.0), (60, 35.0), (60, 90.0), (70, 100.0), (80, 700.0)]
    assert [tidy.is_due(*at) for at in asked] == [False, False, False, True, False, False, True]
