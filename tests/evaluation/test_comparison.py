"""Before and after on a company whose effect is known."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from ocem.domain.comparison import Verdict
from ocem.domain.event import Event, EventKind
from ocem.domain.kpi import Direction
from ocem.domain.perimeter import Perimeter
from ocem.errors import DefinitionError, Refused
from ocem.evaluation import comparison
from ocem.evaluation.baseline import freeze, frozen
from ocem.evaluation.comparison import compare
from ocem.evaluation.control_room import control_room
from ocem.evaluation.explain import explain
from ocem.evaluation.objective import list_objectives, readiness, save_objective
from ocem.evaluation.view import View
from ocem.store.database import Database
from ocem.store.definitions import load_documents
from ocem.store.event import save_event
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


def declared(database: Database, **changes: object) -> None:
    """Declare the objective anew with some of its fields changed."""
    load_documents(database, {"objective": {"riordini": {**DEFINITIONS["objective"]["riordini"], **changes}}})


def test_before_the_evaluation_ends_there_is_an_interval_but_no_verdict(database: Database) -> None:
    build(database)
    declared(database, evaluation="2026-12-27")
    (found,) = compare(database)
    assert found.provisional and found.evaluation_ends is not None
    assert found.verdict is Verdict.INCONCLUSIVE
    assert [note.code for note in found.reasons] == ["provisional"]
    assert found.effect is not None and found.p_value is None


def test_the_verdict_is_of_the_weeks_that_were_fixed_whatever_comes_later(database: Database) -> None:
    build(database)
    declared(database, evaluation="2026-05-03")
    (found,) = compare(database)
    assert not found.provisional
    assert found.evaluation.last is not None and found.evaluation.last.isoformat() == "2026-05-03"
    assert found.verdict is Verdict.IMPROVED


def test_without_a_fixed_end_the_interval_holds_for_a_look_every_week(database: Database) -> None:
    build(database)
    (open_end,) = compare(database)
    declared(database, evaluation=open_end.evaluation.last.isoformat() if open_end.evaluation.last else "")
    (fixed,) = compare(database)
    assert open_end.effect is not None and fixed.effect is not None
    assert "looked_at_every_week" in {note.code for note in open_end.warnings}
    assert open_end.effect.high - open_end.effect.low > 1.2 * (fixed.effect.high - fixed.effect.low)


def test_the_whole_stands_beside_the_same_effect_by_other_routes(database: Database) -> None:
    build(database)
    (found,) = compare(database)
    codes = {item.code for item in found.sensitivities}
    assert {"other_method", "later_start", "without_week", "placebo"} <= codes
    assert all(item.effect is not None for item in found.sensitivities if "verdict" in item.values)
    assert not [item for item in compare(database, checks=False)[0].sensitivities if item.code == "other_method"]


def test_an_analyst_may_ask_for_another_method(database: Database) -> None:
    build(database)
    (found,) = compare(database, method="interrupted_ar1", checks=False)
    assert found.verdict is Verdict.CHANGED_CAUSE_UNKNOWN


def test_another_initiative_in_the_same_cells_is_told(database: Database) -> None:
    build(database)
    other = {"label_it": "Catalogo", "label_en": "Catalogue", "go_live": [{"segment": "pmi", "day": "2026-02-02"}]}
    load_documents(database, {"initiative": {"catalogo": other}})
    (found,) = compare(database)
    notes = {note.code: note.values for note in found.warnings}
    assert notes["overlapping_initiative"] == {"initiatives": ["catalogo"]}


def test_a_change_of_what_is_counted_forbids_the_comparison(database: Database) -> None:
    build(database)
    event = Event(
        "conteggio", EventKind.TRACKING, "Nuovo conteggio", "New count", date(2026, 2, 2), date(2026, 2, 2),
        ("self_service_reorder_share",),
    )  # fmt: skip
    with database.write() as con:
        save_event(con, event, "Analista")
    (found,) = compare(database)
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert [note.code for note in found.reasons] == ["tracking_break"]


def test_members_together_say_what_each_says_alone(database: Database) -> None:
    build(database)
    _, *members = compare(database, by="segment")
    for member in members:
        (alone,) = compare(database, view=View(segments=(str(member.cell.segment),)), checks=False)
        assert alone.effect is not None and member.effect is not None
        assert member.effect.absolute == pytest.approx(alone.effect.absolute, rel=1e-9)
        assert member.effect.low == pytest.approx(alone.effect.low, rel=1e-6)


@pytest.mark.parametrize(("weeks", "told"), [(2.68, [{"weeks": 3}]), (1.3, [])])
def test_answers_that_wait_for_others_are_told(
    database: Database, monkeypatch: pytest.MonkeyPatch, weeks: float, told: list[dict[str, int]]
) -> None:
    monkeypatch.setattr(comparison, "is_of_answers", lambda _kpi: True)
    monkeypatch.setattr(comparison, "weeks_together", lambda *_asked: weeks)
    build(database)
    (found,) = compare(database, "riordini")
    assert [note.values for note in found.warnings if note.code == "answers_together"] == told
