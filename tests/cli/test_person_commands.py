"""Commands about privacy: how long data are kept, names for comments, a new key."""

import json
from pathlib import Path
from typing import Any

import pytest

from ocem.cli.main import main
from tests.store.template import starter_file

__all__ = ["starter_file"]


@pytest.fixture
def run(tmp_path: Path, starter_file: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command on a store with the starter catalogue: its status and document."""
    path = tmp_path / "ocem.duckdb"
    path.write_bytes(starter_file.read_bytes())

    def command(*arguments: str) -> tuple[int, Any]:
        status = main(["--db", str(path), "--json", *arguments])
        return status, json.loads(capsys.readouterr().out)

    return command


def test_months_are_set_applied_and_taken_back(run: Any) -> None:
    status, found = run("retention", "--keep", "sale=36", "--keep", "upload=6", "--apply")
    assert status == 0 and found["months"]["sale"] == 36 and found["months"]["interaction"] is None
    assert {item["kind"] for item in found["removed"]} == {"sale", "upload"}
    assert run("retention", "--keep", "sale=ever")[1]["months"]["sale"] is None


@pytest.mark.parametrize("text", ["sale", "sale=", "sale=x", "nothing=3", "sale=-1"])
def test_a_rule_that_cannot_be_read_is_wrong_use(run: Any, text: str) -> None:
    assert run("retention", "--keep", text)[0] == 2


def test_names_come_from_a_list_or_a_column(run: Any, tmp_path: Path) -> None:
    listed, table = tmp_path / "names.txt", tmp_path / "clienti.csv"
    listed.write_text("Zampetti S.r.l.\nVerdolini\n", encoding="utf-8")
    table.write_text("Codice;Ragione sociale\nC1;Officine Brambati Spa\n", encoding="cp1252")
    assert run("names", str(listed)) == (0, {"names": 2, "comments": 0})
    assert run("names", str(table)) == (0, {"names": 2, "comments": 0})
    assert run("names", str(table), "--column", "Indirizzo")[0] == 2
    assert run("names", "--none") == (0, {"names": 0, "comments": 0})
    assert run("names")[0] == 2


def test_a_new_key_is_counted_and_logged(run: Any) -> None:
    assert run("rotate-key") == (0, {"generation": 2, "changed": 0})
    assert run("audit", "--last", "1")[1]["entries"][0]["action"] == "rotate_key"
