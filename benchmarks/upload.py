"""What an upload costs the server: `python benchmarks/upload.py [--mb 2048]` sends a file through the page's own route.

A browser opens the upload page of a fresh installation and gives away the address the page sends files to; the bytes
are then sent to it in one stream, and the memory of the server's process is read before, during and after.
"""

import argparse
import http.client
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.harness import CHROMIUM_FLAGS, Visit, find_chromium, running_server

BLOCK = b"O0000001;12/01/2026;C0001;Portale;1.234,50\n" * 24_000


def address_of_uploads(base: str) -> str:
    """Open the upload page, send a small file and return the address it went to, token and all."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        visit = Visit(browser.new_page(), base)
        visit.open("upload")
        with visit.page.expect_request("**/api/upload/**") as sent:
            visit.page.set_input_files("input#files", [{"name": "a.csv", "mimeType": "text/csv", "buffer": b"a;b\n"}])
        found = sent.value.url
        browser.close()
    return found.partition("?")[0]


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def send(address: str, n_mib: int) -> tuple[int, float]:
    """Send so much in one stream; return the answer's status and the seconds it took."""
    parts = urlsplit(address)
    n_blocks = n_mib * 1024**2 // len(BLOCK)

    def body() -> Iterator[bytes]:
        for _ in range(n_blocks):
            yield BLOCK

    started = time.perf_counter()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=600)
    headers = {"Content-Length": str(n_blocks * len(BLOCK))}
    connection.request("PUT", f"{parts.path}?name=large.csv", body=body(), headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status, time.perf_counter() - started


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=2048)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "ocem.duckdb"
        with running_server(database, Path(folder) / "server.log") as base:
            address = address_of_uploads(base)
            pid = json.loads(database.with_name(f".{database.name}.app.json").read_text())["pid"]
            before = resident_mib(pid)
            seen = [before]
            done = threading.Event()

            def watch() -> None:
                while not done.wait(0.05):
                    seen.append(resident_mib(pid))

            watcher = threading.Thread(target=watch)
            watcher.start()
            status, seconds = send(address, options.mb)
            done.set()
            watcher.join()
            after = resident_mib(pid)
    found = {"status": status, "mb": options.mb, "seconds": round(seconds, 1), "before_mib": round(before)}
    print(json.dumps(found | {"peak_mib": round(max(seen)), "after_mib": round(after)}))


if __name__ == "__main__":
    main()
