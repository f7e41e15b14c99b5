"""Objectives as people declare them: refused when they contradict themselves, versioned, frozen once and for what."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ocem.domain.kpi import Direction
from ocem.domain.objective import GoLive, Initiative, MacroObjective, Milestone, Objective
from ocem.domain.perimeter import Perimeter
from ocem.errors import DefinitionError, NotFound, Refused
from ocem.evaluation.baseline import freeze, frozen
from ocem.evaluation.comparison import compare
from ocem.evaluation.initiative import save_initiative
from ocem.evaluation.objective import list_objectives, readiness, save_objective
from ocem.evaluation.objective_history import objective_history
from ocem.store.database import Database
from tests.evaluation.world import build


def _objective(database: Database) -> Objective:
    return list_objectives(database)[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": 0.05}, "lies against the direction"),  # it was about 0.20 before, and higher is better
        ({"milestones": (Milestone(date(2026, 6, 30), 0.10),)}, "lies against the direction"),
        ({"deadline": date(2025, 1, 1)}, "before the first go-live"),
        ({"baseline_first": date(2025, 9, 1), "baseline_last": date(2025, 8, 1)}, "after its last day"),
        ({"comparison": Perimeter(segments=("pmi",))}, "comparison group"),
        ({"direction": Direction.DOWN}, "direction"),
    ],
)
def test_an_objective_that_contradicts_itself_is_refused_and_stays_as_it_was(database, change, message) -> None:
    build(database)
    before = _objective(database)
    with pytest.raises(DefinitionError, match=message):
        save_objective(database, replace(before, **change))
    assert _objective(database) == before


def test_an_objective_without_a_kpi_is_refused(database: Database) -> None:
    build(database)
    with pytest.raises(NotFound):
        save_objective(database, replace(_objective(database), kpi=""))


def test_a_go_live_before_the_first_data_is_refused_with_both_days(database: Database) -> None:
    build(database)
    save_initiative(database, Initiative("alt", "Vecchia", "Old", (GoLive(date(2023, 5, 1)),)))
    early = replace(
        _objective(database), initiative="alt", baseline_first=None, baseline_last=None, comparison=None, target=None
    )
    with pytest.raises(DefinitionError) as refused:
        save_objective(database, early)
    assert refused.value.values["go_live"] == date(2023, 5, 1)
    assert refused.value.values["first"] == date(2024, 1, 1)


def test_several_macro_objectives_and_targets_by_period_are_kept(database: Database) -> None:
    build(database)
    rich = replace(
        _objective(database),
        also=(MacroObjective.CUSTOMER_EXPERIENCE,),
        milestones=(Milestone(date(2026, 3, 31), 0.25), Milestone(date(2026, 9, 30), 0.28)),
    )
    saved = save_objective(database, rich)
    assert saved.version == 2
    assert replace(_objective(database), version=1) == rich


def test_a_changed_definition_keeps_the_verdict_of_the_old_one(database: Database) -> None:
    build(database)
    [before] = compare(database, "riordini", checks=False)
    save_objective(database, replace(_objective(database), relevance=0.30))
    newest, first = objective_history(database, "riordini")
    assert (newest.definition.version, newest.changed, newest.finding) == (2, ("relevance",), None)
    assert first.finding is not None and before.effect is not None
    assert (first.finding.verdict, first.finding.change) == (before.verdict.value, before.effect.absolute)
    assert compare(database, "riordini", checks=False)[0].verdict is not before.verdict


def test_a_baseline_stands_for_the_definition_it_was_frozen_for(database: Database) -> None:
    """Owner and target may change; another perimeter starts without a benchmark, and the first comes back with it."""
    build(database)
    kept = freeze(database, "riordini", "Ada", at=datetime(2025, 9, 22, tzinfo=UTC))
    first = _objective(database)
    save_objective(database, replace(first, owner="Bruno", target=0.31))
    assert frozen(database, "riordini").hash == kept.hash
    save_objective(database, replace(_objective(database), perimeter=Perimeter(segments=("pmi",))))
    assert frozen(database, "riordini").state == "none"
    assert "no_ex_ante_benchmark" in [note.code for note in compare(database, "riordini", checks=False)[0].warnings]
    late = freeze(database, "riordini", "Bruno")
    assert late.state == "late" and late.hash != kept.hash
    save_objective(database, replace(first, owner="Carla"))
    assert frozen(database, "riordini").hash == kept.hash
    with pytest.raises(Refused):
        freeze(database, "riordini", "Carla")


def test_only_what_goes_live_is_frozen(database: Database) -> None:
    """The perimeter names three segments, two of which have a go-live day: the third is neither frozen nor compared."""
    build(database)
    wide = replace(
        _objective(database), perimeter=Perimeter(segments=("pmi", "officine", "strategici")), comparison=None
    )
    save_objective(database, wide)
    kept = freeze(database, "riordini", "Ada", at=datetime(2025, 9, 22, tzinfo=UTC))
    [found] = compare(database, "riordini", checks=False)
    assert found.baseline.value == pytest.approx(kept.value)
    assert found.baseline.n == pytest.approx(kept.n)
    assert "baseline_restated" not in [note.code for note in found.warnings]


def test_the_wizard_answers_for_an_initiative_that_is_not_saved_yet(database: Database) -> None:
    build(database)
    planned = Initiative("neu", "Nuova", "New", (GoLive(date(2026, 6, 1), "pmi"),))
    draft = replace(_objective(database), initiative="neu", baseline_first=None, baseline_last=None)
    found = readiness(database, draft, planned)
    assert found.n_weeks == 52
    assert [weeks for weeks, _size in found.detectable] == [4, 8, 13, 26, 52]
    sizes = [size for _weeks, size in found.detectable]
    assert sizes == sorted(sizes, reverse=True)
