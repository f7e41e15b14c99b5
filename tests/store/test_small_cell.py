"""Blocks of answers: none is too small, later answers change none, and no difference of views tells of a few."""

from datetime import date, timedelta
from itertools import combinations

import hypothesis.strategies as some
import numpy as np
import pytest
from hypothesis import given, settings

from ocem.domain.access import Grant, Person, Role
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.feedback import voices
from ocem.evaluation.scorecard import scorecards
from ocem.evaluation.small_cell import set_thresholds
from ocem.evaluation.view import View
from ocem.store import access
from ocem.store.answer_weeks import weeks_together
from ocem.store.batch import undo
from ocem.store.check import check
from ocem.store.kpi import find_kpi
from ocem.store.small_cell import LONGEST_WEEKS, CellWeek, assign_blocks
from tests.evaluation.voices import MONDAY, SEGMENTS, TOUCHPOINTS, Answer, declare, import_answers

FEWEST = 5


def week(number: int) -> date:
    return MONDAY + timedelta(days=7 * number)


@some.composite
def cell_weeks(draw: some.DrawFn) -> tuple[CellWeek, ...]:
    """Up to 80 cell-weeks in a year and a half, each with a handful of respondents out of twenty."""
    places = draw(
        some.sets(
            some.tuples(some.integers(0, 75), some.integers(1, 2), some.integers(0, 1), some.integers(0, 2)),
            max_size=80,
        )
    )
    return tuple(
        CellWeek(week(place[0]), place[1:], len(who), frozenset(who))
        for place in sorted(places)
        for who in [draw(some.sets(some.sampled_from("abcdefghijklmnopqrst"), min_size=1, max_size=8))]
    )


@given(cell_weeks(), some.integers(2, 10))
@settings(max_examples=150, deadline=None)
def test_no_block_has_fewer_respondents_than_asked_for(rows, fewest):
    shown = assign_blocks(rows, fewest)
    assert set(shown) == {(row.week, row.cell) for row in rows}
    blocks: dict[object, set[str]] = {}
    for row in rows:
        place = shown[row.week, row.cell]
        if place is not None:
            blocks.setdefault(place, set()).update(row.tokens)
            assert place[0] >= row.week, "answers never move back in time"
    assert all(len(who) >= fewest for who in blocks.values())


@given(cell_weeks(), some.integers(2, 10), some.integers(0, 75))
@settings(max_examples=100, deadline=None)
def test_later_answers_change_no_block_that_is_closed(rows, fewest, until):
    """What was shown yesterday is shown alike today, so that two days' views reveal nothing either."""
    early = assign_blocks([row for row in rows if row.week <= week(until)], fewest)
    late = assign_blocks(rows, fewest)
    assert all(late[place] == shown for place, shown in early.items() if shown is not None)


def test_answers_that_wait_half_a_year_give_up_their_segment_and_then_their_touchpoint():
    alone = CellWeek(week(0), (1, 0, 2), 3, frozenset("abc"))
    later = CellWeek(week(LONGEST_WEEKS), (9, 0, 9), 5, frozenset("vwxyz"))
    crowd = CellWeek(week(LONGEST_WEEKS + 1), (1, 0, 0), 5, frozenset("defgh"))
    shown = assign_blocks([alone, later, crowd], FEWEST)
    assert shown[week(0), (1, 0, 2)] == (week(LONGEST_WEEKS + 1), (1, 0, 0))


def test_the_same_few_people_every_month_are_never_shown(database):
    """Three of the marketing staff answer in twelve months: 36 questionnaires, but no more than three people."""
    declare(database)
    months = [date(2026, month, 12) for month in range(1, 13)]
    import_answers(
        database,
        [Answer(day, 3.0, "staff", touchpoint="chat", segment="") for day in months for _ in range(3)],
    )
    with database.cursor() as con:
        assert con.execute("SELECT count(*) FROM response_shown").fetchone() == (0,)


def test_staff_answers_need_ten_people_and_customers_five(database):
    declare(database)
    answers = [Answer(MONDAY, 4.0, "staff", segment="") for _ in range(9)]
    answers += [Answer(MONDAY, 4.0, customer=i) for i in range(5)]
    import_answers(database, answers)
    with database.cursor() as con:
        assert con.execute("SELECT voice, count(*) FROM response_shown GROUP BY voice").fetchall() == [("customer", 5)]
    import_answers(database, [Answer(MONDAY, 4.0, "staff", segment="")], "one_more")
    with database.cursor() as con:
        assert con.execute("SELECT count(*) FROM response_shown WHERE voice = 'staff'").fetchone() == (10,)


def test_one_customer_who_answers_five_times_is_one_respondent(database):
    declare(database)
    import_answers(database, [Answer(MONDAY, 4.0, customer=7) for _ in range(5)])
    with database.cursor() as con:
        assert con.execute("SELECT count(*) FROM response_shown").fetchone() == (0,)


def drawn(seed: int, n: int = 600) -> list[Answer]:
    """Draw answers over forty weeks: some cells are crowded, many have a handful of people."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        day = MONDAY + timedelta(days=int(rng.integers(0, 280)))
        voice = str(rng.choice(["customer", "staff", "partner"], p=[0.7, 0.2, 0.1]))
        customer = None if voice == "staff" else int(rng.integers(1, 60))
        touchpoint = str(rng.choice(TOUCHPOINTS, p=[0.6, 0.25, 0.1, 0.05]))
        segment = str(rng.choice(SEGMENTS, p=[0.7, 0.25, 0.05])) if voice == "customer" else ""
        question = str(rng.choice(["csat", "nps"]))
        score = float(rng.integers(1, 6)) if question == "csat" else float(rng.integers(0, 11))
        found.append(Answer(day, score, voice, question, customer, touchpoint, segment))
    return found


def some_views(seed: int, n: int = 14) -> list[View]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        low, high = sorted(int(i) for i in rng.integers(0, 40, 2))
        touchpoints = tuple(str(key) for key in rng.choice(TOUCHPOINTS, int(rng.integers(0, 3)), replace=False))
        segments = tuple(str(key) for key in rng.choice(SEGMENTS, int(rng.integers(0, 3)), replace=False))
        found.append(View(week(low), week(high) + timedelta(days=6), segments, (), touchpoints))
    return found


def rows_behind(con, voice: str, question: str, view: View) -> frozenset[tuple[object, ...]]:
    """Return (questionnaire, person) of the raw answers behind what a view shows; people without a key by cell, month
    and rank, as if the same few answered every month."""
    where, values = ["shown_week >= ?", "shown_week + 6 <= ?"], [view.first, view.last]
    for column, keys in (("s.touchpoint", view.touchpoints), ("s.segment", view.segments)):
        if keys:
            where.append(f"list_contains(?, {column})")
            values.append(list(keys))
    rows = con.execute(
        "WITH ranked AS (SELECT batch_id, line, coalesce('c' || customer, touchpoint || segment || dense_rank() OVER ("
        "PARTITION BY voice, strftime(day, '%Y-%m'), touchpoint, segment, customer IS NULL "
        "ORDER BY source_id || '.' || batch_id || '.' || line)) AS who FROM response_live) "
        "SELECT DISTINCT s.batch_id, s.line, r.who FROM response_spread s JOIN ranked r USING (batch_id, line) "
        f"WHERE s.voice = ? AND s.question = ? AND {' AND '.join(where)}",
        [voice, question, *values],
    ).fetchall()
    return frozenset(rows)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_no_difference_of_two_views_tells_of_fewer_people_than_the_threshold(database, seed):
    """Whatever part of the answers can be singled out by adding and subtracting random views has enough people."""
    declare(database)
    import_answers(database, drawn(seed))
    views = some_views(seed)
    with database.cursor() as con:
        for voice, fewest in (("customer", 5), ("partner", 5), ("staff", 10)):
            for question in ("csat", "nps"):
                sets = [rows_behind(con, voice, question, view) for view in views]
                for one, two in combinations(sets, 2):
                    for part in (one - two, two - one, one & two, one):
                        people = {who for _batch, _line, who in part}
                        assert not people or len(people) >= fewest, (voice, question, len(people))


@pytest.mark.parametrize("seed", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_every_week_shows_the_same_part_of_a_whole_block(database, seed):
    """Sums by week are made of parts of whole blocks: nothing added or subtracted says more than a block does."""
    declare(database)
    import_answers(database, drawn(seed))
    with database.cursor() as con:
        con.execute(
            "CREATE TEMP TABLE spread AS SELECT voice, question, touchpoint, segment, phase, batch_id, line, weight, "
            "list(day ORDER BY day) AS days FROM response_spread GROUP BY ALL"
        )
        assert con.execute("SELECT count(*) FROM spread WHERE abs(weight * len(days) - 1) > 1e-12").fetchone() == (0,)
        assert (
            con.execute("SELECT count(*) FROM spread").fetchone()
            == (con.execute("SELECT count(*) FROM response_shown").fetchall()[0])
        )
        waited = con.execute("SELECT count(*) FROM spread WHERE len(days) > 1").fetchall()[0][0]
        assert waited > 20, "the drawn answers include cells that had to wait"
        who = (
            "SELECT batch_id, line, coalesce('c' || customer, touchpoint || segment || dense_rank() OVER ("
            "PARTITION BY voice, strftime(day, '%Y-%m'), touchpoint, segment, customer IS NULL "
            "ORDER BY source_id || '.' || batch_id || '.' || line)) AS who FROM response_live"
        )
        blocks = con.execute(
            f"SELECT voice, count(DISTINCT who) FROM spread JOIN ({who}) USING (batch_id, line) "
            "GROUP BY voice, question, touchpoint, segment, phase, days"
        ).fetchall()
    assert all(people >= (10 if voice == "staff" else 5) for voice, people in blocks)


def test_answers_that_waited_lie_evenly_over_the_weeks_in_which_they_were_given(database):
    """Two, two and two answers in three weeks count for two in each, with the score of all six."""
    declare(database)
    scores = {0: (5.0, 5.0), 1: (3.0, 3.0), 2: (1.0, 4.0)}
    answers = [
        Answer(week(w), score, customer=10 * w + i) for w, pair in scores.items() for i, score in enumerate(pair)
    ]
    import_answers(database, answers)
    with database.cursor() as con:
        found = con.execute(
            "SELECT day, sum(weight), sum(score * weight) FROM response_spread GROUP BY day ORDER BY day"
        ).fetchall()
        stored = con.execute(
            "SELECT day, n, numerator, denominator FROM daily JOIN kpi ON kpi.id = kpi_id AND kpi.current "
            "WHERE kpi.key = 'csat_top2' ORDER BY day"
        ).fetchall()
        _number, kpi = find_kpi(con, "csat_top2")
        together = [weeks_together(con, kpi, Perimeter(), week(first), week(99)) for first in (0, 50)]
    assert together == [pytest.approx(3.0), None]
    assert [day for day, _n, _score in found] == [week(0), week(1), week(2)]
    assert np.allclose([row[1:] for row in found], [[2, 21 / 3]] * 3)
    assert np.allclose([row[1:] for row in stored], [[2, 3 / 3, 2]] * 3), "three of six gave 4 or 5"


def test_pages_show_the_very_answers_that_may_be_shown(database):
    """The page's answers are those of the blocks in view, its figure and the scorecard's of their parts in view."""
    declare(database)
    import_answers(database, drawn(9))
    for view in some_views(9, 6):
        found = voices(database, view)
        shown = found.figure("customer", "csat")
        if found.first is None or found.last is None:
            continue
        with database.cursor() as con:
            inside = View(found.first, found.last, view.segments, (), view.touchpoints)
            behind = rows_behind(con, "customer", "csat", inside)
        assert (shown.answers or 0) == len(behind)
        cards = scorecards(database, "segment", view)
        for row in cards.rows:
            item = row.figures.get("csat_top2")
            if item is None or not item.n:
                continue
            of = "AND list_contains(?, touchpoint)" if view.touchpoints else ""
            chosen = [list(view.touchpoints)] if view.touchpoints else []
            with database.cursor() as con:
                parts = con.execute(
                    "SELECT sum(weight) FROM response_spread WHERE voice = 'customer' AND question = 'csat' "
                    f"AND segment = ? AND day BETWEEN ? AND ? {of}",
                    [row.member, cards.first, cards.last, *chosen],
                ).fetchall()[0][0]
            assert item.n == pytest.approx(parts)


def test_sums_stay_equal_to_the_answers_that_may_be_shown(database):
    declare(database)
    batch = import_answers(database, drawn(4))
    assert check(database) == []
    set_thresholds(database, 8, 15)
    assert check(database) == []
    undo(database, batch)
    assert check(database) == []
    with database.cursor() as con:
        assert con.execute("SELECT count(*) FROM answer_cell").fetchone() == (0,)


def test_who_may_see_one_segment_sees_no_part_of_a_block_shared_with_another(database):
    """Three SMEs and two workshops at the chat wait for half a year, then are shown together, without a segment."""
    declare(database)
    answers = [Answer(MONDAY, 4.0, customer=i, touchpoint="chat", segment="pmi") for i in range(3)]
    answers += [Answer(MONDAY, 2.0, customer=10 + i, touchpoint="chat", segment="officine") for i in range(2)]
    answers += [Answer(week(LONGEST_WEEKS), 5.0, customer=20 + i, touchpoint="email", segment="pmi") for i in range(6)]
    import_answers(database, answers)
    counted = "SELECT count(*) FROM response_shown WHERE touchpoint = 'chat'"
    with database.cursor() as con:
        assert con.execute(counted).fetchone() == (5,)
    narrow = Person("anna", frozenset({Role.DIRECTOR}), Grant(segments=frozenset({"pmi"})))
    with access.acting(narrow), database.cursor() as con:
        assert con.execute(counted).fetchone() == (0,)
        assert con.execute("SELECT count(*) FROM response_shown").fetchone() == (6,)
