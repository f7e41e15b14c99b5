"""The perimeter, the roadmap and whole definitions on the command line."""

import json
import tomllib
from pathlib import Path

import pytest

from ocem.cli.main import main
from ocem.store.database import Database
from tests.evaluation.conftest import starter_file
from tests.evaluation.test_initiative import PLAN
from tests.evaluation.world import build

__all__ = ["starter_file"]


@pytest.fixture
def store(tmp_path: Path, starter_file: Path) -> Path:
    path = tmp_path / "ocem.duckdb"
    path.write_bytes(starter_file.read_bytes())
    database = Database.open(path)
    build(database)
    from ocem.evaluation.initiative import save_initiative

    save_initiative(database, PLAN)
    database.close()
    return path


def _json(capsys, store: Path, *arguments: str) -> object:
    assert main(["--db", str(store), "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_perimeter_is_counted(capsys, store):
    found = _json(capsys, store, "perimeter")
    assert isinstance(found, dict)
    assert found["declared"] is False and found["in_scope"] == found["touchpoints"] * found["phases"] * 2
    assert 0 < found["blind"] < found["in_scope"] and found["without_objective"] == 0


def test_the_roadmap_lists_go_lives_and_what_was_never_frozen(capsys, store):
    first, second = _json(capsys, store, "roadmap")
    assert (first["key"], first["ex_ante"]) == ("portale", "none")
    assert [item["go_live"] for item in first["stages"]] == ["2025-09-29", "2026-01-12"]
    assert first["objectives"] == [{"key": "riordini", "baseline": "none", "frozen_at": None}]
    assert second["step"][0]["text"] == "Corso" and second["force"][0]["weight"] == 4


def test_an_objective_never_frozen_says_so_in_the_list(capsys, store):
    assert main(["--db", str(store), "--lang", "it", "objectives"]) == 0
    assert "nessun benchmark ex ante" in capsys.readouterr().out


def test_whole_initiatives_survive_export_and_import(capsys, store, tmp_path):
    file = tmp_path / "definitions.toml"
    assert main(["--db", str(store), "objectives", "export", str(file)]) == 0
    kept = tomllib.loads(file.read_text(encoding="utf-8"))
    assert kept["initiative"]["crm"]["sales_role"][0]["role"] == "guide"
    capsys.readouterr()
    before = _json(capsys, store, "roadmap")
    assert main(["--db", str(store), "objectives", "import", str(file)]) == 0
    capsys.readouterr()
    assert _json(capsys, store, "roadmap") == before
