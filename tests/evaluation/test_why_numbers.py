"""Every number of the pages of defining, listening, giving back, return and maturity is what its shown query gives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ocem.domain.feedback import Voice
from ocem.domain.theme import Tag
from ocem.evaluation import matrix, perimeter_cell
from ocem.evaluation.assessment import maturity
from ocem.evaluation.comparison import compare
from ocem.evaluation.ex_ante import ex_ante
from ocem.evaluation.explain import explain
from ocem.evaluation.feedback import comments, homogeneity, rounds, save_round, two_views, voices
from ocem.evaluation.restitution import coverage, echoes
from ocem.evaluation.roi import returns
from ocem.evaluation.theme import decide, give_back, save_tag, save_theme, spoken
from ocem.evaluation.view import EVERYTHING, View
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation.test_feedback import asked, run
from tests.evaluation.test_restitution import a_message, a_theme, decided
from tests.evaluation.test_roi import import_costs
from tests.evaluation.voices import MONDAY, SEGMENTS, TOUCHPOINTS, Answer, import_answers
from tests.evaluation.world import build

pytestmark = pytest.mark.slow
QUESTIONS = ("csat", "nps", "simplicity", "speed")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Orders with a go-live, half a year of answers of two voices, costs, rounds, a theme told and a tag."""
    database = Database.open(tmp_path_factory.mktemp("why") / "ocem.duckdb")
    ensure_starter(database)
    build(database)
    answers = []
    for day in range(175):
        for i in range(9):
            scale = {"nps": 11, "csat": 5}.get(QUESTIONS[i % 4], 5)
            score = float((i * 3 + day) % scale + (scale == 5))
            place = {"touchpoint": TOUCHPOINTS[i % 3], "segment": SEGMENTS[(i + day) % 3]}
            text = ("Troppo tempo", "I prezzi cambiano", None)[(i + day) % 3]
            when = MONDAY + timedelta(days=day)
            answers.append(
                Answer(when, score, question=QUESTIONS[i % 4], customer=(7 * i + 5 * day) % 97, comment=text, **place)
            )
            if i < 4:
                answers.append(Answer(when, score, "staff", QUESTIONS[i], touchpoint="", segment="", comment=text))
    import_answers(database, answers)
    days = [MONDAY + timedelta(days=i) for i in range(175)]
    import_costs(database, [(day, key, kind, 10.0) for day in days for key in TOUCHPOINTS for kind in KINDS])
    save_round(database, asked("marzo", asks=("csat", "nps"), series="s", invited=60))
    later = {"first": date(2026, 4, 1), "last": date(2026, 4, 30), "label_it": "Aprile"}
    save_round(database, asked("aprile", asks=("csat", "nps"), series="s", invited=60, **later))
    tag = save_tag(database, Tag("", "Prezzi", "Prices", ("prezz",)))
    save_theme(database, a_theme(words=("troppo tempo",), tags=(tag.key,)))
    decide(database, replace(decided(), words=("troppo tempo",), tags=(tag.key,)))
    give_back(database, a_message(day=date(2026, 3, 31), rounds=("marzo",), segments=("pmi",)))
    yield database
    database.close()


KINDS = ("fixed", "variable")


def test_what_every_voice_says(store):
    found = voices(store)
    rows = {(row["voice"], row["question"]): row for row in run(store, found.sql)}
    shown = [item for item in found.figures if item.level]
    assert len(shown) == len(rows) == 8
    for item in shown:
        row = rows[item.voice, item.question]
        assert (row["value"], row["answers"]) == (pytest.approx(item.level.value), item.answers)


def test_both_sides(store):
    both = two_views(store, Voice.STAFF)
    rows = {(row["voice"], row["question"]): row["value"] for row in run(store, both.sql)}
    assert {item.question for item in both.gaps} == {"simplicity", "speed"}
    for item in both.gaps:
        mine, theirs = rows["customer", item.question], rows["staff", item.question]
        assert item.customers.level.value == pytest.approx(mine) and item.others.level.value == pytest.approx(theirs)
        assert item.difference.estimate == pytest.approx(theirs - mine)


def test_evenness_of_touchpoints(store):
    found = homogeneity(store, "csat")
    before, after = ({row["member"]: row["value"] for row in run(store, query)} for query in found.sql)
    assert len(found.touchpoints) == 3
    for item in found.touchpoints:
        assert (item.before is None) == (item.touchpoint not in before)
        assert item.after.value == pytest.approx(after[item.touchpoint])


def test_comments_by_theme_and_tag(store):
    found = comments(store, spoken(store))
    row = list(run(store, found.sql)[0].values())
    assert row == [found.n, *[n for _key, n in found.by_theme], found.in_no_theme]
    assert found.n > 100 and len(found.by_theme) == 2


def test_rounds_with_rate_and_leading_figure(store):
    for item in rounds(store):
        respondents, leading = (run(store, query)[0] for query in item.sql)
        assert respondents["respondents"] == item.respondents
        assert item.rate.estimate == pytest.approx(min(item.respondents, 60) / 60)
        assert leading["value"] == pytest.approx(item.leading.level.value)
        assert leading["answers"] == item.leading.answers


def test_how_much_was_given_back_and_what_the_next_round_says(store):
    found = coverage(store, date(2026, 6, 30))
    row = run(store, found.sql)[0]
    names = ("rounds", "rounds_told", "themes", "themes_told", "themes_silent", "median_days")
    assert list(row.values()) == [getattr(found, name) for name in names]
    assert found.rounds_told == 1 and found.median_days is not None
    [echo] = echoes(store)
    values = [run(store, query)[0]["value"] for query in echo.sql]
    sides = [level.value for pair in zip(echo.told, echo.others, strict=True) for level in pair if level]
    assert values == pytest.approx(sides)
    assert echo.change.estimate == pytest.approx(echo.told[1].value - echo.told[0].value)


def test_cost_use_and_answers_of_touchpoints(store):
    found = returns(store)
    costs = {row["touchpoint"]: row for row in run(store, found.sql[0])}
    heard = {(row["member"], row["question"]): row["value"] for row in run(store, found.sql[1])}
    assert len(found.rows) >= 3
    for item in found.rows:
        cost = costs[item.touchpoint]
        assert (item.fixed_eur, item.interactions) == (cost["fixed_eur"], cost["interactions"])
        assert item.placed_margin_eur == cost["placed_margin_eur"]
        assert item.cost_eur == (cost["fixed_eur"] + cost["variable_eur"] or cost["interaction_cost_eur"])
        for question, level in item.answers:
            assert heard[item.touchpoint, question] == pytest.approx(level.value)


@pytest.mark.parametrize("cell", [("venditore", "acquisto", "pmi"), ("portale_riordini", "acquisto", "officine")])
def test_a_cell_of_the_matrix(store, cell):
    found = perimeter_cell.cell_detail(store, *cell)
    assert len(found.kpis) >= 4
    with store.cursor() as con:
        for item in found.kpis:
            sql, fact_sql = perimeter_cell.cell_queries(store, *cell, item.kpi.key)
            assert con.execute(sql).fetchall()[0][-1] == pytest.approx(item.value), item.kpi.key
            _name, n, above, *below = con.execute(fact_sql).fetchall()[0]
            value = above / below[0] if below else above / matrix.COVERAGE_WEEKS
            assert (n, value) == (pytest.approx(item.n), pytest.approx(item.value)), item.kpi.key
        whole = matrix.matrix(store, kpi="self_service_reorder_share")
        own = next(item for item in found.kpis if item.kpi.key == "self_service_reorder_share")
        assert whole.value[whole.place(*cell)] == pytest.approx(own.value)


def test_an_objective_and_its_analysis_before_go_live(store):
    for view in (EVERYTHING, View(segments=("officine",))):
        for item in compare(store, "riordini", by="segment", view=view):
            if item.effect is None:
                continue
            rows = {row["window"]: row["value"] for row in _windows(store, explain(store, item, view).sql)}
            assert rows["baseline"] == pytest.approx(item.baseline.value, rel=1e-12)
            assert rows["evaluation"] == pytest.approx(item.evaluation.value, rel=1e-12)
    found = ex_ante(store, "portale")
    assert sum(len(item.rows) for item in found.figures) > 4
    with store.cursor() as con:
        for item in found.figures:
            rows = {tuple(row[: len(item.by)]): row[-1] for row in con.execute(item.statement).fetchall()}
            assert {row.members: row.value for row in item.rows}.items() <= rows.items()


def _windows(store: Database, sql: str) -> list[dict[str, object]]:
    with store.cursor() as con:
        return [{"window": row[0], "value": row[-1]} for row in con.execute(sql).fetchall()]


def test_what_the_data_know_of_maturity(store):
    found = maturity(store).evidence
    assert len(found) >= 4
    for item in found:
        row = [float(value or 0) for value in run(store, item.sql)[0].values()]
        assert row == [item.row.part, item.row.of, item.row.extra]
