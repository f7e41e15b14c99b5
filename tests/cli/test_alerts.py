"""Alerts from the command line: by mail to a real server, by webhook to a real server, into a file, and a replay."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocem.cli.main import main
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests.evaluation import world
from tests.reporting.test_mail import running

pytestmark = pytest.mark.slow
KPI = "self_service_reorder_share"
CHART = f"{KPI}/riordini"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("alerts") / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    world.build(database)
    database.close()
    return path


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Path:
    path = tmp_path / "ocem.duckdb"
    path.write_bytes(built.read_bytes())
    return path


@pytest.fixture
def call(store: Path, capsys: pytest.CaptureFixture[str]):
    def run(*arguments: str) -> tuple[int, Any]:
        status = main(["--db", str(store), "--json", *arguments])
        return status, json.loads(capsys.readouterr().out)

    return run


class Listener:
    """What a webhook was handed; it answers with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.calls: list[tuple[str, dict[str, Any]]] = []


@contextmanager
def listening() -> Iterator[tuple[str, Listener]]:
    """Start an HTTP server on a free port."""
    kept = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kept.calls.append((self.headers["Content-Type"], body))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/signal", kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def changes(call) -> list[tuple[str, str]]:
    """Return week and state of each change of the objective's chart, as a replay over its history lists them."""
    status, found = call("alerts", "--replay", "2025-W01..2026-W26", "--kpi", KPI)
    assert status == 0
    return [(item["week"], item["state"]) for item in found if item["chart"] == CHART]


def of_chart(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in found if item["chart"] == CHART]


def test_a_mail_is_sent_once_and_again_only_when_the_state_changes(call, monkeypatch: pytest.MonkeyPatch) -> None:
    told = changes(call)
    assert len(told) >= 2 and told[0][1] == "improvement"
    call("follow", KPI, "--address", "giulia@fresalta.example")
    with running() as (server, inbox):
        for name, value in {"HOST": server.host, "PORT": str(server.port), "SECURITY": "none"}.items():
            monkeypatch.setenv(f"OCEM_MAIL_{name}", value)
        monkeypatch.setenv("OCEM_MAIL_SENDER", server.sender)
        heard = []
        for week, _state in told:
            for _again in range(2):
                before = len(inbox.messages)
                status, found = call("alerts", week, "--send")
                assert status == 0
                assert len(inbox.messages) - before == len(found)
                heard += [(item["week"], item["state"]) for item in of_chart(found)]
    assert heard == told
    mail = inbox.messages[0]
    assert mail["To"] == "giulia@fresalta.example" and "segnale di miglioramento" in mail["Subject"]
    body = mail.get_body(("plain",))
    assert body is not None and "limiti fissi" in body.get_content()


def test_a_webhook_that_fails_is_tried_again_and_then_heard_once(call) -> None:
    with listening() as (address, listener):
        call("follow", KPI, "--channel", "webhook", "--address", address, "--lang", "en")
        listener.status = 503
        status, found = call("alerts", "--send")
        assert status == 1 and found and not any(item["sent"] for item in found)
        listener.status, failed = 200, len(listener.calls)
        status, found = call("alerts", "--send")
        assert status == 0 and all(item["sent"] for item in found)
        assert len(listener.calls) == 2 * failed
        kind, body = next(one for one in listener.calls if one[1]["chart"] == CHART)
        assert kind == "application/json"
        assert body["state"] == "improvement" and body["value"] > body["centre"]
        assert "signal of improvement" in body["subject"]
        assert call("alerts", "--send") == (0, [])
        assert len(listener.calls) == 2 * failed


def test_a_server_that_is_not_there_is_named_and_nothing_is_marked_told(call) -> None:
    call("follow", KPI, "--channel", "webhook", "--address", "http://127.0.0.1:9/none")
    status, found = call("alerts", "--send")
    assert status == 1 and found
    status, again = call("alerts")
    assert status == 0 and len(again) == len(found)


def test_a_file_gets_one_line_an_alert(call, store: Path) -> None:
    call("follow", KPI, "--channel", "file", "--address", "signals.jsonl")
    _status, found = call("alerts", "--send")
    call("alerts", "--send")
    lines = (store.parent / "alerts" / "signals.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["chart"] for line in lines] == [item["chart"] for item in found]


def test_an_unfinished_week_is_never_told(call, store: Path) -> None:
    call("follow", KPI, "--channel", "file", "--address", "signals.jsonl")
    call("alerts", "--send")
    database = Database.open(store)
    start = world.N_WEEKS * 7
    early = {"day": np.repeat([start, start + 1], 300), "segment": np.full(600, "pmi"), "self": np.zeros(600, bool)}
    world.import_orders(database, early, "early", "late_orders")
    database.close()
    assert call("alerts", "--send") == (0, [])
    assert call("alerts", "2026-W27", "--send") == (0, [])
    status, found = call("alerts", "--replay", "2026-W27..2026-W27", "--kpi", KPI)
    assert status == 0 and found == []


def test_who_stopped_following_hears_no_more(call) -> None:
    call("follow", KPI, "--channel", "file", "--address", "signals.jsonl")
    call("follow", KPI, "--channel", "file", "--address", "signals.jsonl", "--stop")
    assert call("alerts", "--send") == (0, [])
