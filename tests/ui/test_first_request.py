"""A fresh server shows a page inside the shell even when that page is the first thing anybody asks for.

With a folder `pages/` beside the main script Streamlit would run the page alone until the navigation was built once.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask(address: str, page: str) -> dict:
    """Open a page as the first request of a session, over Streamlit's own interface for programs."""
    body = json.dumps({"page": page}).encode()
    request = urllib.request.Request(f"{address}/_stcore/agent/interact", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["", "objectives", "touchpoints", "segments", "upload"])
def test_a_fresh_server_wraps_the_first_page_asked_for(page, tmp_path):
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--server.enableAgentApi", "true"]
    environment = os.environ | {"OCEM_DB": str(tmp_path / "ocem.duckdb")}
    server = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.25)
        snapshot = json.dumps(_ask(address, page))
        assert '"status": "ready"' in snapshot
        assert "Cabina di regia" in snapshot and "view_lang" in snapshot
    finally:
        server.terminate()
        server.wait(timeout=30)
