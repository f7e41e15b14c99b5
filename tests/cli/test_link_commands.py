"""Links and displacement on the command line: one document, numbers as numbers, null and never NaN."""

import json
from pathlib import Path
from typing import Any

import pytest

from ocem.cli import main
from ocem.domain.link import LinkHypothesis, Movement
from ocem.evaluation.link import save_hypothesis
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation.link_world import declare, import_contacts, import_measures


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("links") / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    declare(database)
    import_measures(database)
    import_contacts(database)
    save_hypothesis(
        database, LinkHypothesis("viste", "portal_views", "market_share", Movement.RISES, 8, "Marketing", "perché sì")
    )
    save_hypothesis(database, LinkHypothesis("vuota", "reviews", "orders", Movement.RISES, 8, "Marketing"))
    database.close()
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    status = main([str(item) for item in arguments])
    out = capsys.readouterr().out
    assert "NaN" not in out and "Infinity" not in out
    return status, json.loads(out)


def test_links_carry_lag_interval_q_value_and_how_much_was_looked_at(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = run(capsys, "--db", store, "--json", "links", "--record")
    assert status == 0
    declared = next(item for item in found["links"] if item["leading"] == "portal_views")
    assert (declared["status"], declared["lag_weeks"]) == ("supported", 2)
    assert declared["r"]["low"] < declared["r"]["value"] < declared["r"]["high"]
    assert declared["hypothesis"]["owner"] == "Marketing"
    assert found["n_looked_at"] >= len(found["links"]) - 1
    empty = next(item for item in found["links"] if item["leading"] == "reviews")
    assert empty["status"] == "not_testable" and empty["r"]["value"] is None
    assert empty["reasons"][0]["code"] == "kpi_without_data"


def test_displacement_carries_verdict_ratio_and_parts(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = run(capsys, "--db", store, "--json", "displacement", "portale_riordini")
    assert status == 0
    assert found[0]["verdict"] == "replaces"
    assert found[0]["ratio"]["low"] <= 0.5 <= found[0]["ratio"]["high"]
    assert {part["key"] for part in found[0]["touchpoints"]} == {"contact_center", "email"}


def test_an_unknown_touchpoint_is_refused(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = run(capsys, "--db", store, "--json", "displacement", "nothing")
    assert (status, found["error"]) == (1, "NotFound")


def test_lines_for_people_are_in_their_language(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--db", str(store), "--lang", "it", "links"]) == 0
    assert "Sostenuta: Quando" in capsys.readouterr().out
