"""The command line: one JSON document, numbers as numbers, statuses that other programs rely on."""

import asyncio
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import pytest
from starlette.requests import Request

from ocem.cli import main, remote, route
from ocem.cli.main import parser
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation.world import build


@pytest.fixture
def store(tmp_path: Path, company_file: Path) -> Path:
    path = tmp_path / "ocem.duckdb"
    shutil.copyfile(company_file, path)
    return path


@pytest.fixture(scope="module")
def company_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("company") / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    build(database)
    database.close()
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    """Run a command with --json and return its status and its one document."""
    status = main([str(item) for item in arguments])
    out = capsys.readouterr().out
    return status, json.loads(out) if out else None


def test_compare_keeps_the_shape_of_the_contract(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = run(capsys, "--db", store, "--json", "compare", "riordini", "--by", "segment")
    assert status == 0
    whole = found[0]
    assert set(whole) >= {
        "objective", "kpi", "cell", "kind", "unit", "direction", "baseline", "evaluation", "effect",
        "expected_without", "p_value", "q_value", "mde", "method", "verdict", "reasons", "warnings", "frozen",
    }  # fmt: skip
    assert set(whole["baseline"]) == {"first", "last", "days", "n", "value"}
    assert whole["cell"] == {"touchpoint": None, "phase": None, "segment": None}
    assert whole["baseline"]["first"] == "2024-09-30"
    assert whole["effect"]["confidence"] == 0.95
    assert [item["cell"]["segment"] for item in found[1:]] == ["pmi", "officine"]


def test_a_refused_comparison_carries_no_number(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, (found,) = run(capsys, "--json", "--db", store, "compare", "riordini", "--kpi", "nps")
    assert found["verdict"] == "not_enough_data"
    assert found["effect"] is None and found["p_value"] is None and found["baseline"]["value"] is None


def test_an_unknown_objective_is_refused_with_status_one(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = run(capsys, "--json", "--db", store, "compare", "niente")
    assert status == 1
    assert told["error"] == "NotFound" and "niente" in told["message"]


def test_wrong_use_ends_with_status_two(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--db", str(store), "compare", "riordini", "--by", "colour"])
    assert ended.value.code == 2
    assert main(["--db", str(store), "analyse", "x.csv", "--when", "d", "--value", "v", "--go-live", "soon"]) == 2


def test_a_busy_store_ends_with_status_three_and_queues_the_file(tmp_path: Path, store: Path) -> None:
    database = Database.open(store)
    try:
        source = tmp_path / "ordini.csv"
        source.write_text("Data;Importo\n01/02/2026;3,50\n")
        command = [sys.executable, "-m", "ocem", "--db", str(store), "--json", "import", str(source)]
        root = Path(__file__).parents[2]
        told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    finally:
        database.close()
    assert told.returncode == 3
    queued = Path(json.loads(told.stdout)["queued"][0])
    assert queued.parent == store.parent / "inbox"
    assert queued.read_text() == source.read_text()


def test_undo_and_imports_tell_the_same_story(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, batches = run(capsys, "--json", "--db", store, "imports")
    assert [(item["batch"], item["status"]) for item in batches] == [(1, "live")]
    status, done = run(capsys, "--json", "--db", store, "undo", 1)
    assert status == 0 and done["removed"] == batches[0]["accepted"]
    _, batches = run(capsys, "--json", "--db", store, "imports")
    assert batches[0]["status"] == "undone"
    assert run(capsys, "--json", "--db", store, "check") == (0, {"sound": True, "findings": []})


def test_freeze_once_then_refused(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, done = run(capsys, "--json", "--db", store, "freeze", "riordini", "--by", "Direttrice")
    assert status == 0 and len(done["hash"]) == 64 and done["frozen_by"] == "Direttrice"
    status, told = run(capsys, "--json", "--db", store, "freeze", "riordini")
    assert status == 1 and "Direttrice" in told["message"]


def test_definitions_survive_export_and_import(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for noun in ("objectives", "kpis"):
        file = tmp_path / f"{noun}.toml"
        assert run(capsys, "--json", "--db", store, noun, "export", file)[0] == 0
        _, before = run(capsys, "--json", "--db", store, noun)
        assert run(capsys, "--json", "--db", store, noun, "import", file)[0] == 0
        assert run(capsys, "--json", "--db", store, noun)[1] == before


def test_backup_and_restore_bring_the_store_back(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.duckdb"
    assert run(capsys, "--json", "--db", store, "backup", copy)[0] == 0
    run(capsys, "--json", "--db", store, "undo", 1)
    status, told = run(capsys, "--json", "--db", store, "restore", copy)
    assert status == 0 and Path(told["kept"]).is_file()
    _, batches = run(capsys, "--json", "--db", store, "imports")
    assert batches[0]["status"] == "live"


def _daily_file(path: Path, rise: float) -> Path:
    """Two groups of 130 weeks; the treated one rises by a factor from 2026-01-05."""
    import numpy as np

    rng = np.random.default_rng(3)
    days = np.datetime64("2024-01-01") + np.arange(7 * 130)
    lines = ["day,calls,group"]
    for group, level in (("in", 200.0), ("out", 400.0)):
        factor = np.where((days >= np.datetime64("2026-01-05")) & (group == "in"), rise, 1.0)
        for day, calls in zip(days, rng.poisson(level * factor), strict=True):
            lines.append(f"{day},{calls},{group}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_analyse_answers_about_any_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _daily_file(tmp_path / "calls.csv", rise=1.2)
    common = [
        "--json",
        "analyse",
        file,
        "--when",
        "day",
        "--value",
        "calls",
        "--kind",
        "count",
        "--go-live",
        "2026-01-05",
    ]
    status, found = run(capsys, *common, "--group", "group", "--treated", "in", "--threshold", "20")
    assert status == 0
    assert found["verdict"] == "improved" and found["grade"] == "A"
    assert found["effect"]["relative_low"] < 0.2 < found["effect"]["relative_high"]
    status, found = run(capsys, *common)
    assert found["verdict"] not in ("improved", "worsened")


def test_analyse_names_the_line_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("day,calls\n2026-01-01,3\n2026-01-02,many\n")
    command = ["--json", "analyse", file, "--when", "day", "--value", "calls", "--go-live", "2026-01-02"]
    status, told = run(capsys, *command)
    assert status == 1 and told["file_error"] == "bad_number"
    assert "line 3" in told["message"] and "many" in told["message"]


def test_the_app_answers_commands_sent_with_its_token(store: Path) -> None:
    token = remote.announce(store, 1)
    note = store.with_name(f".{store.name}.app.json")
    assert note.stat().st_mode & 0o077 == 0
    remote.withdraw(store)
    assert not note.exists()
    database = Database.open(store)
    try:
        told = remote.answer(database, parser().parse_args, ["--json", "compare", "riordini"], store.parent)
        assert told["status"] == 0 and told["document"][0]["verdict"] == "improved"
        refused = remote.answer(database, parser().parse_args, ["--json", "demo"], store.parent)
        assert refused["status"] == 2
    finally:
        database.close()
    assert remote.allowed(f"Bearer {token}", token) and not remote.allowed("Bearer x", token)
    nobody = Request({"type": "http", "method": "POST", "headers": []})
    # On a thread of its own: a browser test before this one may have left a running loop on the main thread.
    with ThreadPoolExecutor(1) as thread:
        refusal = thread.submit(lambda: asyncio.run(route.receive(nobody))).result()
    assert refusal.status_code == 403


@pytest.mark.parametrize(
    "stop",
    [
        KeyboardInterrupt(),
        RuntimeError("Query interrupted"),
        duckdb.InvalidInputException("Invalid Input Error: Python exception: KeyboardInterrupt"),
    ],
)
def test_ctrl_c_is_told_as_such_wherever_it_comes(
    stop: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise stop

    monkeypatch.setattr(import_module("ocem.cli.main"), "_run", stopped)
    assert main(["--lang", "en", "imports"]) == 130
    assert "Stopped" in capsys.readouterr().err


def test_another_error_is_no_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("something else")

    monkeypatch.setattr(import_module("ocem.cli.main"), "_run", fails)
    with pytest.raises(RuntimeError, match="something else"):
        main(["imports"])
