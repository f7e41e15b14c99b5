"""The matrix: what rules put in scope, who aims at a cell, who measures it, and what its numbers are."""

import time

import numpy as np
import pytest

from ocem.domain.comparison import Verdict
from ocem.domain.perimeter import Choice, Control, Dimension, Medium, Member, Perimeter, ScopeRule, Trait
from ocem.errors import DefinitionError, NotFound
from ocem.evaluation import matrix, member, perimeter, perimeter_cell
from ocem.evaluation.comparison import compare
from ocem.evaluation.view import View
from ocem.store import batch
from ocem.store.database import Database
from ocem.store.member import member_versions
from ocem.store.perimeter import state_but_scope
from tests.evaluation.world import build
from tests.store.staging import contacts

pytestmark = pytest.mark.slow  # many small ones that add up


def _segment(key: str, **named: object) -> Member:
    return Member(Dimension.SEGMENT, key, key.title(), key.title(), **named)  # type: ignore[arg-type]


def test_without_a_declaration_the_objectives_cells_are_in_scope(database: Database) -> None:
    build(database)
    found = matrix.matrix(database)
    n_touchpoints, n_phases, n_segments = found.axes.shape
    assert not found.is_declared
    assert found.n_in_scope == n_touchpoints * n_phases * 2  # the objective speaks of pmi and officine
    assert n_segments >= 3


def test_later_rules_decide_over_earlier_ones(database: Database) -> None:
    build(database)
    rules = (
        ScopeRule(True, segments=Choice(("pmi", "strategici"))),
        ScopeRule(False, phases=Choice(("acquisto",))),
        ScopeRule(True, Choice(("venditore",)), Choice(("acquisto",)), Choice(("pmi",))),
    )
    perimeter.save_scope(database, rules)
    found = matrix.matrix(database)
    n_touchpoints, n_phases, _ = found.axes.shape
    assert found.n_in_scope == n_touchpoints * (n_phases - 1) * 2 + 1
    assert next(item.n_cells for item in found.rules) == n_touchpoints * n_phases * 2
    assert found.rules[0].n_deciding == n_touchpoints * (n_phases - 1) * 2
    assert found.in_scope[found.place("venditore", "acquisto", "pmi")]
    assert not found.in_scope[found.place("email", "acquisto", "pmi")]


def test_a_rule_by_property_follows_the_members(database: Database) -> None:
    perimeter.save_scope(database, (ScopeRule(True, segments=Choice(None, (Trait.STRATEGIC,))),))
    before = matrix.matrix(database)
    member.save_member(database, _segment("fondatori", strategic=True, position=9))
    after = matrix.matrix(database)
    per_segment = after.axes.shape[0] * after.axes.shape[1]
    assert (before.n_in_scope, after.n_in_scope) == (per_segment, 2 * per_segment)


def test_a_segment_stands_for_all_that_is_nested_in_it(database: Database) -> None:
    member.save_member(database, _segment("grandi", position=7))
    member.save_member(database, _segment("grandi_nord", parent="grandi", position=8))
    perimeter.save_scope(database, (ScopeRule(True, segments=Choice(("grandi",))),))
    found = matrix.matrix(database)
    assert found.n_in_scope == 2 * found.axes.shape[0] * found.axes.shape[1]
    assert matrix.perimeter_mask(found.axes, Perimeter(segments=("grandi",))).sum() == found.n_in_scope


def test_marking_a_cell_and_taking_it_back_leaves_the_rules_as_they_were(database: Database) -> None:
    rules = (ScopeRule(True, segments=Choice(("pmi",))),)
    perimeter.save_scope(database, rules)
    perimeter.set_cell(database, "email", "acquisto", "pmi", False)
    found = matrix.matrix(database)
    assert len(perimeter.scope(database).rules) == 2
    assert not found.in_scope[found.place("email", "acquisto", "pmi")]
    perimeter.set_cell(database, "email", "acquisto", "pmi", True)
    assert perimeter.scope(database).rules == rules
    assert [item.version for item in perimeter.scope_history(database)] == [3, 2, 1]


def test_a_cell_nobody_measures_has_no_number_and_no_zero(database: Database) -> None:
    build(database)
    found = matrix.matrix(database, kpi="self_service_reorder_share")
    blind = found.place("newsletter", "acquisto", "pmi")
    seen = found.place("portale_riordini", "acquisto", "pmi")
    assert found.n_kpis[blind] == 0 and np.isnan(found.value[blind]) and found.coverage[blind] == 0
    assert found.n_kpis[seen] > 0 and found.value[seen] == 1.0 and found.coverage[seen] == 1.0
    assert found.n_blind > 0
    assert perimeter_cell.cell_detail(database, "newsletter", "acquisto", "pmi").kpis == ()


def test_every_number_of_a_cell_equals_its_query(database: Database) -> None:
    build(database)
    found = perimeter_cell.cell_detail(database, "venditore", "acquisto", "officine")
    assert {item.kpi.key for item in found.kpis} >= {"orders", "reorders", "self_service_reorder_share"}
    with database.cursor() as con:
        for item in found.kpis:
            sql, fact_sql = perimeter_cell.cell_queries(database, "venditore", "acquisto", "officine", item.kpi.key)
            _name, _first, _last, n, value = con.execute(sql).fetchall()[0]
            assert (n, value) == (pytest.approx(item.n), pytest.approx(item.value)), item.kpi.key
            assert con.execute(fact_sql).fetchall()[0][1] == pytest.approx(item.n), item.kpi.key


def test_a_cell_is_compared_by_itself(database: Database) -> None:
    """The portal takes all its re-orders itself, so there the share stays where it is; over all cells it rises."""
    build(database)
    [alone] = perimeter_cell.cell_comparisons(database, "portale_riordini", "acquisto", "pmi")
    [whole] = compare(database, "riordini", checks=False)
    assert alone.objective.key == "riordini"
    assert alone.comparison is not None and alone.comparison.verdict is not Verdict.IMPROVED
    assert whole.verdict is Verdict.IMPROVED


def test_an_unknown_cell_is_refused(database: Database) -> None:
    with pytest.raises(NotFound):
        perimeter_cell.cell_detail(database, "nirgendwo", "acquisto", "pmi")


def test_a_member_never_takes_anothers_name(database: Database) -> None:
    with pytest.raises(DefinitionError, match="already one called"):
        member.save_member(database, Member(Dimension.SEGMENT, "neu", "clienti STRATEGICI", "Brand new", 9))
    with pytest.raises(DefinitionError, match="already one called"):
        member.save_member(database, Member(Dimension.SEGMENT, "neu", "Nuovo", "Prospects", 9))
    with pytest.raises(DefinitionError, match="Give it a name"):
        member.save_member(database, Member(Dimension.SEGMENT, "neu", "  ", "New", 9))


def test_a_segment_cannot_lie_inside_itself(database: Database) -> None:
    member.save_member(database, _segment("a", position=7))
    member.save_member(database, _segment("b", parent="a", position=8))
    with pytest.raises(DefinitionError, match="inside itself"):
        member.save_member(database, _segment("a", parent="b", position=7))


def test_a_segment_in_use_is_not_deleted_and_an_unused_one_is(database: Database) -> None:
    build(database)
    with pytest.raises(DefinitionError, match="Self-service re-orders, Portal"):
        member.delete_member(database, Dimension.SEGMENT, "pmi")
    member.save_member(database, _segment("leer", position=9))
    member.delete_member(database, Dimension.SEGMENT, "leer")
    assert "leer" not in [item.key for item in member.members(database, "segment")]
    batch.commit(database, contacts(database, n=4))
    with pytest.raises(DefinitionError, match="imported rows"):
        member.delete_member(database, Dimension.TOUCHPOINT, "nuovo_canale")


def test_changes_of_a_member_are_kept_as_versions(database: Database) -> None:
    member.save_member(database, _segment("neu", position=9))
    member.save_member(database, _segment("neu", position=9, priority_criteria="Grandi progetti"))
    member.save_member(database, _segment("neu", position=9, priority_criteria="Grandi progetti"))
    with database.cursor() as con:
        found = member_versions(con, Dimension.SEGMENT, "neu")
    assert [(item.version, item.definition["priority_criteria"]) for item in found] == [
        (2, "Grandi progetti"),
        (1, None),
    ]


def test_phases_take_the_order_they_are_given(database: Database) -> None:
    member.reorder(database, Dimension.PHASE, ["acquisto", "pre_acquisto"])
    assert [item.key for item in member.members(database, "phase")] == ["acquisto", "pre_acquisto", "post_acquisto"]


def test_both_worked_examples_fit_the_starter_catalogue(database: Database) -> None:
    examples = {item.key: item for item in perimeter.templates()}
    assert set(examples) == {"strategic_customers", "reorder_portal"}
    perimeter.start_from(database, examples["strategic_customers"])
    found = matrix.matrix(database)
    assert found.n_in_scope == found.axes.shape[0] * found.axes.shape[1]  # one strategic segment, everything else
    perimeter.start_from(database, examples["reorder_portal"])
    found = matrix.matrix(database)
    assert found.in_scope[found.place("portale_riordini", "acquisto", "pmi")]
    assert found.in_scope[found.place("venditore", "acquisto", "pmi")]
    assert not found.in_scope[found.place("portale_riordini", "acquisto", "prospect")]
    assert not found.in_scope[found.place("recensioni", "acquisto", "pmi")]


def test_a_rule_that_fits_no_cell_is_refused(database: Database) -> None:
    with pytest.raises(DefinitionError, match="No cell"):
        perimeter.add_rule(database, ScopeRule(True, Choice(None, (Trait.ONLINE, Trait.OFFLINE))))


def test_thirty_touchpoints_six_phases_and_twenty_segments_answer_in_under_a_second(database: Database) -> None:
    build(database)
    for number in range(18):
        member.save_member(
            database,
            Member(
                Dimension.TOUCHPOINT, f"t{number}", f"T {number}", f"T {number}", 50 + number,
                medium=Medium.ONLINE, control=Control.OWNED,
            ),
        )  # fmt: skip
    for number in range(3):
        member.save_member(database, Member(Dimension.PHASE, f"p{number}", f"P {number}", f"P {number}", 50 + number))
    known = len(member.members(database, "segment"))
    for number in range(20 - known):
        member.save_member(database, _segment(f"s{number}", position=50 + number))
    started = time.perf_counter()
    found = matrix.matrix(database, View(), "orders")
    assert found.axes.shape == (30, 6, 20)
    assert time.perf_counter() - started < 1.0


def test_what_does_not_depend_on_the_rules_outlives_them_and_nothing_else(database: Database) -> None:
    build(database)
    state = state_but_scope(database)
    perimeter.set_cell(database, "email", "acquisto", "pmi", False)
    perimeter.set_cell(database, "email", "acquisto", "pmi", True)
    assert state_but_scope(database) == state
    member.save_member(database, _segment("neu", position=9))
    assert state_but_scope(database) != state
