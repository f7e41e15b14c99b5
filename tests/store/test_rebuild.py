"""Everything worked out anew: the same sums, or what was there before if it is stopped."""

import pytest

from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.rebuild import rebuild
from tests.evaluation.voices import import_answers
from tests.evaluation.world import build
from tests.store.test_small_cell import drawn

pytestmark = pytest.mark.slow  # many small ones that add up

EVERYTHING = "SELECT * EXCLUDE (n, numerator, denominator, numerator_sq, numerator_log, numerator_log_sq) FROM daily"


def test_a_rebuild_repairs_sums_that_went_wrong(database: Database) -> None:
    build(database)
    import_answers(database, drawn(2))
    with database.cursor() as con:
        cells = sorted(con.execute(EVERYTHING).fetchall())
    with database.write() as con:
        con.execute("UPDATE daily SET numerator = numerator + 1 WHERE day < '2025-01-01'")
    assert check(database) != []
    steps: list[tuple[int, str]] = []
    rebuild(database, lambda done, step: steps.append((done, step)))
    assert check(database) == []
    assert [done for done, _ in steps] == list(range(8)) and steps[-1][1] == "journeys"
    with database.cursor() as con:
        assert sorted(con.execute(EVERYTHING).fetchall()) == cells


def test_a_rebuild_that_is_stopped_changes_nothing(database: Database) -> None:
    build(database)
    with database.cursor() as con:
        stored = con.execute("SELECT sum(numerator), count(*) FROM daily").fetchall()

    def stop(done: int, step: str) -> None:
        if step == "sale":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(database, stop)
    with database.cursor() as con:
        assert con.execute("SELECT sum(numerator), count(*) FROM daily").fetchall() == stored
    assert check(database) == []
