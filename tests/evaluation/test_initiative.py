"""Initiatives, their analysis before go-live, and the roadmap that both make."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ocem.domain.ex_ante import ExAnte, ExAnteTopic
from ocem.domain.initiative import (
    Force,
    ForceKind,
    GoLive,
    Initiative,
    Orchestration,
    SalesRole,
    Step,
    StepKind,
    StepState,
)
from ocem.errors import DefinitionError
from ocem.evaluation.baseline import freeze
from ocem.evaluation.ex_ante import ex_ante, save_ex_ante, saved_value
from ocem.evaluation.initiative import find_initiative, initiative_detail, roadmap, save_initiative, settle_step
from ocem.store.database import Database
from tests.evaluation.world import OFFICINE_LIVE, PMI_LIVE, build

PLAN = Initiative(
    "crm",
    "CRM unico",
    "Single CRM",
    (GoLive(date(2026, 3, 2), "pmi"), GoLive(date(2026, 4, 6), "strategici", "email")),
    touchpoint="email",
    owner="Vendite",
    steps=(Step(StepKind.TRAINING, "Corso", "HR", date(2026, 1, 12), date(2026, 2, 20)),),
    forces=(Force(ForceKind.BARRIER, "Paura di perdere il cliente", 4),),
    sales_roles=(SalesRole(Orchestration.GUIDE, "pmi", "Inside sales"), SalesRole(Orchestration.LEAD)),
)


def test_an_initiative_is_kept_whole_and_a_change_makes_a_version(database: Database) -> None:
    build(database)
    assert save_initiative(database, PLAN).version == 1
    assert find_initiative(database, "crm") == PLAN
    assert save_initiative(database, PLAN).version == 1
    done = settle_step(database, "crm", 0, date(2026, 2, 19))
    assert (done.version, done.steps[0].state, done.steps[0].done) == (2, StepState.DONE, date(2026, 2, 19))
    back = settle_step(database, "crm", 0, date(2026, 2, 20))
    assert (back.version, back.steps[0].state, back.steps[0].done) == (3, StepState.DOING, None)
    assert [version for _when, version in initiative_detail(database, "crm").versions] == [3, 2, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label_it": " "}, "Give the initiative a name"),
        ({"label_it": "PORTALE"}, "already an initiative"),
        ({"go_lives": ()}, "at least one go-live day"),
        ({"go_lives": (GoLive(date(2026, 3, 2)), GoLive(date(2026, 4, 6)))}, "two go-live days"),
        ({"go_lives": (GoLive(date(2026, 3, 2), "niemand"),)}, "no segment called niemand"),
        ({"touchpoint": "nirgends"}, "no touchpoint called nirgends"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_nothing_is_stored(database, change, message) -> None:
    build(database)
    with pytest.raises(DefinitionError, match=message):
        save_initiative(database, replace(PLAN, **change))
    assert [row.initiative.key for row in roadmap(database).rows] == ["portale"]


def test_the_roadmap_shows_each_go_live_with_its_own_windows(database: Database) -> None:
    build(database)
    freeze(database, "riordini", "Ada", at=datetime(2025, 9, 22, tzinfo=UTC))
    [row] = roadmap(database).rows
    first, second = row.stages
    assert (first.go_live, first.segments) == (PMI_LIVE, ("pmi",))
    assert (second.go_live, second.segments) == (OFFICINE_LIVE, ("officine",))
    assert first.baseline == (date(2024, 9, 30), date(2025, 9, 28))
    assert first.wash_in_last == date(2025, 10, 12)  # 14 days of wash-in, the go-live included
    assert first.evaluation is not None and first.evaluation[0] == date(2025, 10, 13)
    assert [(item.objective.key, item.state) for item in row.objectives] == [("riordini", "ex_ante")]
    assert row.ex_ante == "none"


def test_half_of_the_analysis_is_filled_from_data_and_every_figure_equals_its_query(database: Database) -> None:
    build(database)
    found = ex_ante(database, "portale")
    assert found.window == (date(2024, 9, 30), date(2025, 9, 28))
    filled = {item.topic for item in found.figures if item.rows}
    assert {ExAnteTopic.PREFERENCE, ExAnteTopic.INTEGRATION} <= filled
    with database.cursor() as con:
        for item in found.figures:
            rows = {tuple(row[: len(item.by)]): row[-1] for row in con.execute(item.statement).fetchall()}
            for row in item.rows:
                assert row.value == rows[row.members], item.kpi.key
    shares = next(item for item in found.figures if item.topic is ExAnteTopic.PREFERENCE)
    pmi = [row for row in shares.rows if row.members[0] == "pmi"]
    assert sum(row.share or 0 for row in pmi) == pytest.approx(1)


def test_an_analysis_saved_before_the_go_live_is_a_benchmark_and_keeps_its_figures(database: Database) -> None:
    build(database)
    words = ExAnte("portale", {"duration": "Dieci giorni", "cost": "  "}, ("email",), author="Ada")
    saved = save_ex_ante(database, words, at=datetime(2025, 9, 1, tzinfo=UTC))
    assert saved.analysis.answers == {"duration": "Dieci giorni"}
    again = save_ex_ante(database, replace(words, answers={"duration": "Nove giorni"}))
    found = ex_ante(database, "portale")
    assert (again.analysis.version, found.state) == (2, "before")
    item = next(figures for figures in found.figures if figures.rows)
    assert saved_value(found.record, item, item.rows[0].members) == item.rows[0].value


def test_an_analysis_written_after_the_go_live_is_no_benchmark(database: Database) -> None:
    build(database)
    save_ex_ante(database, ExAnte("portale", {"feedback": "Bene"}))
    assert ex_ante(database, "portale").state == "after"


def test_a_test_phase_ends_before_the_go_live(database: Database) -> None:
    build(database)
    for first, last in ((date(2025, 9, 8), date(2025, 9, 1)), (date(2025, 9, 1), PMI_LIVE)):
        with pytest.raises(DefinitionError, match="test phase"):
            save_ex_ante(database, ExAnte("portale", {}, (), first, last))
