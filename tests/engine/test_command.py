"""The command line of sums made beyond this machine."""

import json
import socket
from pathlib import Path

import pytest

from ocem.cli.main import main
from ocem.store.engine import settings
from tests.engine.conftest import World


def test_the_command_says_why_nothing_came_and_what_stands(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    client = tmp_path / "python"
    client.touch()
    monkeypatch.setenv(settings.PYTHON, str(client))
    path = str(world.database.path)
    world.database.close()
    arguments = ["--address", f"sc://127.0.0.1:{free}", "--facts", str(world.folder)]
    assert main(["--db", path, "engine", "run", *arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["engine_error"] == "gone"
    assert main(["--db", path, "--lang", "it", "engine", "status"]) == 0
    assert "non risponde" in capsys.readouterr().out
    assert main(["--db", path, "engine", "run", "--facts", str(world.folder)]) == 2
    assert main(["--db", path, "engine", "give-back"]) == 2
