"""Answers are computed once for each state of the data and each set of rows, and never given to who sees others."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ocem.domain.access import Grant, Person, Role
from ocem.store import access
from ocem.store.database import Database
from ocem.store.kept import Kept

SOME = Person("some", frozenset({Role.DIRECTOR}), Grant(frozenset({"pmi"})))
OTHER = Person("other", frozenset({Role.DIRECTOR}), Grant(frozenset({"estero"})))
SAME_ROWS = Person("third", frozenset({Role.ANALYST}), Grant(frozenset({"pmi"})))


def test_many_who_ask_at_once_are_answered_by_one_computation():
    kept, asked, begun = Kept(10), [], threading.Barrier(8)

    def make() -> str:
        asked.append(1)
        threading.Event().wait(0.05)
        return "answer"

    def ask(_: int) -> str:
        begun.wait()
        return kept.get(1, "question", make)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"answer"}
    assert len(asked) == 1


def test_a_failure_is_not_kept_and_whoever_waited_computes_anew():
    kept = Kept(10)

    def fail() -> str:
        raise ValueError

    with pytest.raises(ValueError):
        kept.get(1, "question", fail)
    assert not kept.holds(1, "question")
    assert kept.get(1, "question", lambda: "answer") == "answer"


def test_what_was_asked_for_longest_ago_is_given_up_first():
    kept = Kept(2)
    for key in ("a", "b", "a", "c"):
        kept.get(1, key, str)
    assert [kept.holds(1, key) for key in "abc"] == [True, False, True]


def test_earlier_data_are_forgotten_and_what_depends_on_no_data_is_not():
    kept = Kept(10)
    for state in (-1, 1, 2):
        kept.get(state, "question", str)
    kept.forget_before(2)
    assert [kept.holds(state, "question") for state in (-1, 1, 2)] == [True, False, True]


def test_an_answer_is_only_for_who_sees_the_same_rows(database: Database):
    def told() -> str:
        return database.keep_answer("question", lambda: access.person().name, state=1)

    assert told() == "local"
    for person, said in ((SOME, "some"), (OTHER, "other"), (SAME_ROWS, "some")):
        with access.acting(person):
            assert told() == said
    with access.acting(OTHER):
        assert database.keep("reading", lambda: access.person().name) == "other"
    assert database.keep("reading", lambda: access.person().name) == "local"


def test_a_committed_write_makes_readings_anew_and_one_that_is_taken_back_does_not(database: Database):
    made = []

    def read() -> int:
        return database.keep("reading", lambda: made.append(1) or len(made))

    assert [read(), read()] == [1, 1]
    with pytest.raises(ValueError), database.write():
        raise ValueError
    assert read() == 1
    with database.write():
        pass
    assert read() == 2
    with database.write(is_shown=False):
        pass
    assert read() == 2


def test_the_version_of_the_data_is_the_one_in_the_file(database: Database):
    with database.write():
        pass
    with database.cursor() as con:
        row = con.execute("SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'data_version'").fetchone()
    assert row == (database.data_version(),)
    assert database.written_by("local") == database.data_version()
