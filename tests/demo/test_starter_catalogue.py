"""The starter catalogue every company begins with: complete, in both languages, and readable by the store."""

import tomllib
from pathlib import Path

import pytest

from ocem.domain.objective import MacroObjective
from ocem.store.aggregate import check_kpi
from ocem.store.definition.initiative import parse_initiative
from ocem.store.definition.kpi import parse_kpi
from ocem.store.definition.objective import parse_objective
from ocem.store.definition.profile import parse_profile
from ocem.store.definition.reading import read_toml

DATA = Path(__file__).parents[2] / "data"
KPIS = tomllib.loads((DATA / "definitions" / "kpis.toml").read_text(encoding="utf-8"))["kpi"]
DIMENSIONS = tomllib.loads((DATA / "definitions" / "dimensions.toml").read_text(encoding="utf-8"))
DEMO = read_toml(DATA / "demo" / "initiatives_objectives.toml")


@pytest.mark.parametrize("key", KPIS)
def test_every_kpi_is_accepted_by_the_store(key):
    check_kpi(parse_kpi(key, KPIS[key]))


def test_the_catalogue_has_a_kpi_of_each_kind_and_level():
    assert {item["kind"] for item in KPIS.values()} == {
        "share", "mean", "ratio", "count", "sum", "duration", "nps", "top2",
    }  # fmt: skip
    assert {item["level"] for item in KPIS.values()} == {"touchpoint", "process", "outcome"}


@pytest.mark.parametrize("name", ["label_it", "label_en", "description_it", "description_en"])
def test_no_two_kpis_share_a_text(name):
    texts = [item[name] for item in KPIS.values()]
    assert len(set(texts)) == len(texts)


def test_conditions_name_touchpoints_and_phases_of_the_starter_dimensions():
    for key, item in KPIS.items():
        for part in (item["numerator"], item.get("denominator", {})):
            where = part.get("where", {})
            assert set(where.get("touchpoint", [])) <= set(DIMENSIONS["touchpoint"]), key
            assert set(where.get("phase", [])) <= set(DIMENSIONS["phase"]), key


def test_phases_come_in_the_order_of_the_relationship():
    assert list(DIMENSIONS["phase"]) == ["pre_acquisto", "acquisto", "post_acquisto"]


def test_the_demo_s_declarations_are_accepted_by_the_store():
    for key, document in DEMO["initiative"].items():
        parse_initiative(key, document)
    for key, document in read_toml(DATA / "demo" / "profiles.toml")["profile"].items():
        parse_profile(key, document)
    segments = DIMENSIONS["segment"] | read_toml(DATA / "demo" / "dimensions.toml")["segment"]
    for key, document in DEMO["objective"].items():
        objective = parse_objective(key, document)
        assert objective.initiative in DEMO["initiative"]
        assert {objective.kpi, *objective.guardrails} <= set(KPIS)
        assert set(objective.perimeter.segments or ()) <= set(segments)


def test_the_demo_has_an_objective_for_each_macro_objective():
    assert {item["macro_objective"] for item in DEMO["objective"].values()} == {item.value for item in MacroObjective}


def test_no_comparison_group_is_touched_by_the_initiative_it_judges():
    for item in DEMO["objective"].values():
        touched = {go_live.get("segment") for go_live in DEMO["initiative"][item["initiative"]]["go_live"]}
        assert touched.isdisjoint(item.get("comparison", {}).get("segment", ()))
