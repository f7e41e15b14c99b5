"""Before and after on a company whose effect is known."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from ocem.domain.comparison import Verdict
from ocem.domain.kpi import Direction
from ocem.domain.perimeter import Perimeter
from ocem.errors import DefinitionError, Refused
from ocem.evaluation.baseline import freeze, frozen
from ocem.evaluation.comparison import compare
from ocem.evaluation.control_room import control_room
from ocem.evaluation.explain import explain
from ocem.evaluation.objective import list_objectives, readiness, save_objective
from ocem.evaluation.view import View
from ocem.store.database import Database
from ocem.store.definitions import load_documents
from tests.evaluation.world import AFTER, BEFORE, DEFINITIONS, build, import_orders, orders

EX_ANTE = datetime(2025, 9, 20, 9, 0, tzinfo=UTC)


def test_a_planted_rise_is_an_improvement_inside_its_interval(database: Database) -> None:
    build(database)
    (found,) = compare(database)
    assert found.verdict is Verdict.IMPROVED
    assert found.grade == "A"
    assert found.effect is not None and found.effect.low <= AFTER - BEFORE <= found.effect.high
    assert found.baseline.value == pytest.approx(BEFORE, abs=0.03)
    assert found.baseline.first is not None and found.baseline.first.isoformat() == "2024-09-30"


def test_nothing_planted_is_not_called_a_change(database: Database) -> None:
    build(database, effect=0.0)
    (found,) = compare(database)
    assert found.verdict in (Verdict.NO_RELEVANT_CHANGE, Verdict.INCONCLUSIVE)


def test_each_segment_has_its_own_finding_after_the_whole(database: Database) -> None:
    build(database)
    whole, officine, pmi = sorted(compare(database, by="segment"), key=lambda item: item.cell.segment or "")
    assert (whole.cell.segment, officine.cell.segment, pmi.cell.segment) == (None, "officine", "pmi")
    assert officine.go_live is not None and pmi.go_live is not None and officine.go_live > pmi.go_live
    assert all(item.q_value is not None for item in (whole, officine, pmi))


def test_without_a_comparison_group_the_cause_stays_unknown(database: Database) -> None:
    build(database)
    documents = {"objective": {"riordini": {**DEFINITIONS["objective"]["riordini"], "comparison": None}}}
    load_documents(database, documents)
    (found,) = compare(database)
    assert found.verdict is Verdict.CHANGED_CAUSE_UNKNOWN
    assert found.grade == "C"


def test_a_refusal_shows_no_number(database: Database) -> None:
    build(database)
    (found,) = compare(database, kpi="nps")
    assert found.verdict is Verdict.NOT_ENOUGH_DATA
    assert found.effect is None and found.baseline.value is None and found.reasons


def test_a_comparison_group_that_went_live_is_refused(database: Database) -> None:
    build(database)
    initiative = {**DEFINITIONS["initiative"]["portale"]}
    initiative["go_live"] = [*initiative["go_live"], {"segment": "strategici", "day": "2026-03-02"}]
    load_documents(database, {"initiative": {"portale": initiative}})
    (found,) = compare(database)
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert [note.code for note in found.reasons] == ["comparison_treated"]


def test_an_unfrozen_objective_says_so(database: Database) -> None:
    build(database)
    (found,) = compare(database)
    assert not found.frozen
    assert "no_ex_ante_benchmark" in {note.code for note in found.warnings}


def test_a_frozen_baseline_stays_when_its_days_change_and_a_notice_says_so(database: Database) -> None:
    build(database)
    before = freeze(database, "riordini", "Direttrice", EX_ANTE)
    assert before.state == "ex_ante" and before.intact
    drawn = orders()
    early = drawn["day"] == 301  # a day inside the baseline gets more self-service orders
    import_orders(
        database,
        {"day": drawn["day"][early], "segment": drawn["segment"][early], "self": np.ones(early.sum(), dtype=bool)},
        name="late",
        source="late",
    )
    (found,) = compare(database)
    assert found.frozen
    assert found.baseline.value == before.value
    assert "baseline_restated" in {note.code for note in found.warnings}
    assert frozen(database, "riordini").hash == before.hash


def test_freezing_twice_or_late_is_told_apart(database: Database) -> None:
    build(database)
    assert freeze(database, "riordini", "Direttrice").state == "late"
    with pytest.raises(Refused, match="does not change"):
        freeze(database, "riordini", "Direttrice")


def test_a_view_of_one_segment_cuts_the_perimeter(database: Database) -> None:
    build(database)
    assert len(compare(database, view=View(segments=("pmi",)))) == 1
    assert compare(database, view=View(segments=("strategici",))) == []


def test_the_control_room_has_a_card_and_counts_blind_cells(database: Database) -> None:
    build(database)
    room = control_room(database)
    assert [card.objective.key for card in room.cards] == ["riordini"]
    assert room.coverage.blind > 0 and room.coverage.measured > 0
    assert {item.code for item in room.attention} >= {"no_ex_ante_benchmark", "blind_cells"}


def test_the_explanation_gives_the_same_numbers_when_run(database: Database) -> None:
    build(database)
    found = compare(database, by="segment")[-1]
    told = explain(database, found)
    with database.cursor() as con:
        sums = {row[0]: row[-1] for row in con.execute(told.sql).fetchall()}
    assert sums["baseline"] == pytest.approx(found.baseline.value, rel=1e-12)
    assert sums["evaluation"] == pytest.approx(found.evaluation.value, rel=1e-12)


def test_readiness_tells_the_smallest_detectable_change(database: Database) -> None:
    build(database)
    (objective,) = list_objectives(database)
    told = readiness(database, objective)
    assert told.n_weeks == 52
    weeks, sizes = zip(*told.detectable, strict=True)
    assert weeks[0] == 4 and 0 < sizes[-1] <= sizes[0] < 0.2


def test_an_objective_against_its_kpi_is_refused(database: Database) -> None:
    build(database)
    (objective,) = list_objectives(database)
    with pytest.raises(DefinitionError, match="direction"):
        save_objective(database, replace(objective, direction=Direction.DOWN))
    with pytest.raises(DefinitionError, match="nessuno"):
        save_objective(database, replace(objective, perimeter=Perimeter(segments=("nessuno",))))
    with pytest.raises(DefinitionError, match="shares cells"):
        save_objective(database, replace(objective, comparison=Perimeter(segments=("pmi",))))
