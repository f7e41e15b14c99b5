"""Maturity: the score follows from the rubric, raters may disagree, the data speak for themselves."""

from datetime import date, timedelta

import pytest

from ocem.domain.assessment import FUNCTIONS, KEYS, REFERENCES, RUBRIC, Assessment
from ocem.errors import DefinitionError
from ocem.evaluation.assessment import maturity, save_assessment
from tests.evaluation.test_feedback import run
from tests.evaluation.voices import MONDAY, Answer, declare, import_answers
from tests.evaluation.world import build


def rated(rater: str, levels: dict[str, int], edition: str = "2026", **more: object) -> Assessment:
    given = {"involvement": {}, "evidence": {}} | more
    return Assessment("", edition, rater, "", date(2026, 5, 4), levels, **given)


def test_the_score_is_the_mean_level_over_four_times_ten(database):
    """Two raters: strategy 2 and 4, involvement 1: mean levels 3 and 1, so (3 + 1) / 2 / 4 x 10 = 5."""
    save_assessment(database, rated("Marketing", {"strategy": 2, "involvement": 1}))
    save_assessment(database, rated("Vendite", {"strategy": 4}))
    found = maturity(database).editions[0]
    assert found.score == found.rated_score == 5.0
    strategy = found.dimensions[0]
    assert (strategy.low, strategy.high, strategy.mean) == (2, 4, 3.0)
    assert strategy.ratings == (("Marketing", 2), ("Vendite", 4))


def test_where_the_data_know_the_answer_their_level_counts(database):
    save_assessment(database, rated("Marketing", {"measurement": 4}, evidence={"measurement": 1}))
    found = maturity(database).editions[0]
    assert found.rated_score == 10.0
    assert found.score == 2.5


def test_the_same_rater_again_is_a_new_version_not_a_second_rater(database):
    save_assessment(database, rated("Marketing", {"strategy": 1}))
    assert save_assessment(database, rated("Marketing", {"strategy": 3})).version == 2
    assert len(maturity(database).editions[0].raters) == 1


def test_marketing_and_sales_stand_side_by_side_with_their_range(database):
    save_assessment(database, rated("A", {"strategy": 1}, involvement={"marketing": 4, "sales": 1}))
    save_assessment(database, rated("B", {"strategy": 1}, involvement={"marketing": 3, "sales": 3}))
    by = {item.function: item for item in maturity(database).editions[0].involvement}
    assert (by["marketing"].mean, by["sales"].mean) == (3.5, 2.0)
    assert (by["sales"].low, by["sales"].high, by["sales"].n) == (1, 3, 2)


@pytest.mark.parametrize(
    "item",
    [
        rated("", {"strategy": 1}),
        rated("A", {}),
        rated("A", {"strategy": 5}),
        rated("A", {"happiness": 1}),
        rated("A", {"strategy": 1}, edition=" "),
    ],
)
def test_a_rating_that_cannot_be_is_refused(database, item):
    with pytest.raises(DefinitionError):
        save_assessment(database, item)
    assert maturity(database).editions == ()


def test_the_evidence_equals_its_queries_and_is_kept_with_the_assessment(database):
    """The small company has one objective that nobody froze, no customer keys, and sales at two touchpoints."""
    build(database)
    found = maturity(database)
    known = {item.dimension: item for item in found.evidence}
    assert known["measurement"].level == 1
    assert known["data"].level == 0 and known["journey"].level == 0
    assert known["giving_back"].level == 0
    for item in found.evidence:
        row = list(run(database, item.sql)[0].values())
        assert [float(value or 0) for value in row] == [item.row.part, item.row.of, item.row.extra]
    saved = save_assessment(database, rated("A", {"strategy": 1}))
    assert saved.evidence == {item.dimension: item.level for item in found.evidence}


def test_asked_but_not_told_is_the_first_level_of_giving_back(database):
    declare(database)
    import_answers(database, [Answer(MONDAY + timedelta(days=i), 4.0, customer=i) for i in range(12)])
    known = {item.dimension: item for item in maturity(database).evidence}
    assert known["giving_back"].level == 1


def test_the_rubric_is_whole():
    assert len(set(KEYS)) == len(KEYS) == 8
    assert all(len(item.levels) == 5 for item in RUBRIC)
    assert {item.dimension for item in REFERENCES} <= {*KEYS, "index"}
    assert {"marketing", "sales"} <= set(FUNCTIONS)
    assert {item.year for item in REFERENCES} == {2017, 2022, 2024, 2025}
