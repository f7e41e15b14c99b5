"""Whatever may be filtered, every figure made of answers is a sum over whole blocks, and no block has too few people.

A figure that is a weighted sum of blocks says nothing about a part of a block, and neither does any sum or difference
of such figures: that is checked here, figure by figure, over the functions that pages, exports and commands ask.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ocem.cli.main import main
from ocem.domain.access import Person, Role
from ocem.domain.feedback import Voice
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.driver import drivers
from ocem.evaluation.feedback import comments, homogeneity, rounds, save_round, two_views, voices
from ocem.evaluation.perimeter_cell import cell_detail
from ocem.evaluation.roi import returns
from ocem.evaluation.scorecard import scorecards
from ocem.evaluation.view import View
from ocem.store import access, exchange
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from ocem.store.feedback import Which, answer_sums
from tests.evaluation.test_feedback import asked
from tests.evaluation.voices import SEGMENTS, TOUCHPOINTS, declare, import_answers
from tests.store.test_small_cell import drawn, week

pytestmark = pytest.mark.slow
FEWEST = {"customer": 5, "partner": 5, "staff": 10}
N_VIEWS = 300
SIX = timedelta(days=6)
SAID = (
    "CASE question WHEN 'nps' THEN CAST(score >= 9 AS INTEGER) - CAST(score <= 6 AS INTEGER) "
    "WHEN 'csat' THEN CAST(score >= 4 AS INTEGER) ELSE score END"
)


@dataclass(frozen=True)
class Block:
    """Answers to one question of one voice that are shown together: where, over which weeks, how many."""

    voice: str
    question: str
    touchpoint: str
    segment: str
    phase: str
    shown: date
    since: date
    n: int
    total: float
    people: int

    def inside(self, view: View) -> bool:
        """Whether some of its weeks and its cell lie in a view."""
        return (
            self.part(view.first, view.last) > 0
            and (not view.segments or self.segment in view.segments)
            and (not view.touchpoints or self.touchpoint in view.touchpoints)
            and (not view.phases or self.phase in view.phases)
        )

    def part(self, first: date | None, last: date | None) -> float:
        """The part of its weeks that lies in a span of whole weeks."""
        return sum((not first or first <= day) and (not last or day + SIX <= last) for day in self.weeks) / len(
            self.weeks
        )

    @property
    def weeks(self) -> list[date]:
        """The Mondays of its weeks."""
        return [self.since + timedelta(days=7 * i) for i in range((self.shown - self.since).days // 7 + 1)]


def blocks_of(database: Database) -> list[Block]:
    """Put the live answers together as the table of cells says; people without a key are counted within their month."""
    with database.cursor() as con:
        rows = con.execute(
            "WITH who AS (SELECT *, coalesce('c' || customer, concat_ws('.', touchpoint, segment, dense_rank() OVER ("
            "PARTITION BY voice, strftime(day, '%Y-%m'), touchpoint, segment, phase, customer IS NULL "
            "ORDER BY source_id || '.' || coalesce(external_id, batch_id || '.' || line)))) AS person "
            "FROM response_live WHERE score IS NOT NULL) "
            "SELECT f.voice, f.question, t.key, s.key, p.key, c.shown_week, "
            f"min(CAST(date_trunc('week', f.day) AS DATE)), count(*), sum({SAID.replace('question', 'f.question')}), "
            "count(DISTINCT person) "
            "FROM who f JOIN answer_cell c ON c.voice = f.voice AND c.question = f.question "
            "AND c.from_week = CAST(date_trunc('week', f.day) AS DATE) AND c.from_touchpoint_id = f.touchpoint_id "
            "AND c.from_phase_id = f.phase_id AND c.from_segment_id = f.segment_id "
            "JOIN member t ON t.dimension = 'touchpoint' AND t.id = c.touchpoint_id "
            "JOIN member s ON s.dimension = 'segment' AND s.id = c.segment_id "
            "JOIN member p ON p.dimension = 'phase' AND p.id = c.phase_id "
            "WHERE c.shown_week IS NOT NULL GROUP BY ALL"
        ).fetchall()
    return [Block(*row) for row in rows]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, list[Block]]]:
    """Answers of three voices over forty weeks, crowded cells and thin ones."""
    database = Database.open(tmp_path_factory.mktemp("shown") / "ocem.duckdb")
    ensure_starter(database)
    declare(database)
    import_answers(database, drawn(11, 1500))
    yield database, blocks_of(database)
    database.close()


def some_view(rng: np.random.Generator) -> View:
    """Draw a period and members; each may be left open."""
    low, high = sorted(int(i) for i in rng.integers(0, 40, 2))
    days = (week(low), week(high) + timedelta(days=6)) if rng.random() < 0.8 else (None, None)
    touchpoints = tuple(str(key) for key in rng.choice(TOUCHPOINTS, int(rng.integers(0, 4)), replace=False))
    segments = tuple(str(key) for key in rng.choice(SEGMENTS, int(rng.integers(0, 3)), replace=False))
    phases = ("",) if rng.random() < 0.05 else ()
    return View(*days, segments, phases, touchpoints)


def test_every_block_has_enough_people(world):
    _database, blocks = world
    assert len(blocks) > 50
    assert [block for block in blocks if block.people < FEWEST[block.voice]] == []
    assert {block.voice for block in blocks} == {"customer", "staff", "partner"}


def test_whatever_is_filtered_a_voice_is_a_sum_of_whole_blocks(world):
    """300 random views of three voices and two questions: 1,800 figures, each the sum of the blocks in view."""
    database, blocks = world
    rng = np.random.default_rng(3)
    tried = 0
    for _ in range(N_VIEWS):
        view = some_view(rng)
        found = voices(database, view)
        if found.first is None:
            continue
        inside = View(found.first, found.last, view.segments, view.phases, view.touchpoints)
        for voice in FEWEST:
            for question in ("csat", "nps"):
                mine = [b for b in blocks if (b.voice, b.question) == (voice, question) and b.inside(inside)]
                figure = found.figure(voice, question)
                assert figure is not None and (figure.answers or 0) == sum(b.n for b in mine), (view, voice, question)
                assert (figure.level is None) == (not mine)
                if mine:
                    parts = [(b, b.part(found.first, found.last)) for b in mine]
                    value = sum(b.total * part for b, part in parts) / sum(b.n * part for b, part in parts)
                    assert figure.level.value == pytest.approx(value)
                tried += 1
    assert tried > 1000


def test_sums_by_any_dimension_are_sums_of_whole_blocks(world):
    """What maps, both sides, evenness, return of touchpoints and the next round are made of."""
    database, blocks = world
    rng = np.random.default_rng(5)
    with database.cursor() as con:
        for _ in range(120):
            view = some_view(rng)
            by = str(rng.choice(["touchpoint", "segment", "shown_week"]))
            which = Which(view.first, view.last, perimeter=view.perimeter())
            for row in answer_sums(con, which, by):
                of = (view.first, view.last)
                if by == "shown_week":
                    monday = date.fromisoformat(row.member)
                    of = (monday, monday + SIX)
                mine = [
                    b
                    for b in blocks
                    if (b.voice, b.question) == (row.voice, row.question)
                    and b.inside(replace(view, first=of[0], last=of[1]))
                    and (by == "shown_week" or row.member == getattr(b, by))
                ]
                assert row.answers == sum(b.n for b in mine)
                assert row.x == pytest.approx(sum(b.n * b.part(*of) for b in mine))
                assert row.y == pytest.approx(sum(b.total * b.part(*of) for b in mine))


def test_derived_figures_rest_on_whole_blocks_only(world):
    """Both sides, evenness, scorecards, cells: where blocks in view are missing there is no figure."""
    database, blocks = world
    rng = np.random.default_rng(7)
    for _ in range(15):
        view = some_view(rng)
        sides = two_views(database, Voice.STAFF, view)
        for gap in sides.gaps:
            assert gap.others.level is None or gap.others.answers >= FEWEST["staff"]
        even = homogeneity(database, "csat", view=view)
        for level in even.touchpoints:
            for side, days in ((level.before, even.before_days), (level.after, even.after_days)):
                assert days is not None
                own = View(*days, view.segments, view.phases, (level.touchpoint,))
                mine = [b for b in blocks if b.voice == "customer" and b.question == "csat" and b.inside(own)]
                assert side is None or mine
        for dimension in ("touchpoint", "segment"):
            cards = scorecards(database, dimension, view)
            for row in cards.rows:
                item = row.figures.get("csat_top2")
                if item is None or not item.n:
                    continue
                own = view.perimeter().narrowed(dimension, row.member)
                mine = [b for b in blocks if b.voice == "customer" and b.question == "csat" and _in(b, own)]
                assert item.n == pytest.approx(sum(b.n * b.part(cards.first, cards.last) for b in mine)), view
    for touchpoint in TOUCHPOINTS:
        for segment in SEGMENTS:
            detail = cell_detail(database, touchpoint, "acquisto", segment)
            assert [item for item in detail.kpis if item.kpi.numerator.fact == "response"] == []
    assert all(item.n_respondents >= 5 or item.refused for item in drivers(database, View()))
    assert {row.touchpoint for row in returns(database).rows} <= set(TOUCHPOINTS)


def _in(block: Block, perimeter: Perimeter) -> bool:
    return all(
        keys is None or getattr(block, name) in keys
        for name, keys in (
            ("touchpoint", perimeter.touchpoints),
            ("segment", perimeter.segments),
            ("phase", perimeter.phases),
        )
    )


def test_rounds_tell_people_to_the_nearest_five_and_never_a_few(world):
    database, _blocks = world
    rng = np.random.default_rng(9)
    for number in range(30):
        low, high = sorted(int(i) for i in rng.integers(0, 40, 2))
        voice = Voice(str(rng.choice(list(FEWEST))))
        item = asked("r", voice=voice, first=week(low), last=week(high) + timedelta(days=int(number % 7)))
        save_round(database, item)
        found = rounds(database)[0]
        assert found.fewest == FEWEST[voice]
        assert (
            found.respondents is None
            or found.respondents == 0
            or (found.respondents >= FEWEST[voice] and found.respondents % 5 == 0)
        )


def test_an_export_of_whoever_is_no_administrator_holds_sums_of_blocks_and_no_single_answer(world, tmp_path):
    database, blocks = world
    with access.acting(Person("dora", frozenset({Role.DIRECTOR}))):
        done = exchange.write(database, tmp_path / "out")
    assert "response" not in done.rows and not (tmp_path / "out" / "facts" / "response").exists()
    daily = pa.concat_tables([pq.read_table(path) for path in (tmp_path / "out" / "daily").rglob("*.parquet")])
    kept = daily.filter(pc.equal(daily["kpi"], "csat_top2"))
    mine = [block for block in blocks if (block.voice, block.question) == ("customer", "csat")]
    for touchpoint in TOUCHPOINTS:
        own = kept.filter(pc.equal(kept["touchpoint"], touchpoint))
        assert (pc.sum(own["n"]).as_py() or 0) == pytest.approx(sum(b.n for b in mine if b.touchpoint == touchpoint))
    assert pc.sum(kept["n"]).as_py() == pytest.approx(sum(block.n for block in mine))


def test_the_command_line_gives_the_same_sums_under_random_filters(tmp_path, capsys):
    database = Database.open(tmp_path / "ocem.duckdb")
    ensure_starter(database)
    declare(database)
    import_answers(database, drawn(13, 800))
    blocks = blocks_of(database)
    database.close()
    rng = np.random.default_rng(1)
    for _ in range(6):
        view = some_view(rng)
        names = [("--segment", key) for key in view.segments] + [("--touchpoint", key) for key in view.touchpoints]
        assert main(["--db", str(database.path), "--json", "voices", *(word for pair in names for word in pair)]) == 0
        told = json.loads(capsys.readouterr().out)
        first, last = date.fromisoformat(told["first"]), date.fromisoformat(told["last"])
        inside = View(first, last, view.segments, (), view.touchpoints)
        for item in told["figures"]:
            mine = [b for b in blocks if (b.voice, b.question) == (item["voice"], item["question"])]
            assert (item["answers"] or 0) == sum(b.n for b in mine if b.inside(inside))


def test_comments_are_whole_blocks_and_the_staffs_are_never_read(tmp_path):
    """Of 1,200 comments by four voices every count in all is a sum of blocks, and no text comes from a colleague."""
    database = Database.open(tmp_path / "ocem.duckdb")
    ensure_starter(database)
    declare(database)
    answers = [replace(item, comment=f"{item.voice} {number % 3}") for number, item in enumerate(drawn(17, 1200))]
    import_answers(database, answers)
    with database.cursor() as con:
        sizes = con.execute(
            "SELECT voice, count(*) FROM comment_shown GROUP BY voice, shown_week, touchpoint, segment, phase"
        ).fetchall()
    assert sizes and all(n >= FEWEST[voice] for voice, n in sizes)
    rng = np.random.default_rng(2)
    for _ in range(80):
        found = comments(database, {"one": ("staff 1",), "two": ("customer 2",)}, some_view(rng))
        assert found.n == 0 or found.n >= 5
        assert not any("staff" in item.text for item in found.shown)
        assert dict(found.by_theme).get("one", 0) % 5 == 0
    database.close()
