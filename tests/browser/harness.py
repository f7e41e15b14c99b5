"""A real server and a real Chromium: how the browser tests start them, open pages and listen for trouble."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "control-room",
    "perimeter",
    "objectives",
    "initiatives",
    "touchpoints",
    "segments",
    "links",
    "displacement",
    "journeys",
    "feedback",
    "restitution",
    "roi",
    "maturity",
    "review",
    "decisions",
    "events",
    "upload",
    "people",
)
LANGUAGES = ("it", "en")
WIDTHS = {390: 844, 1024: 768, 1440: 900}

# Without the background flags Chromium looks up hosts of its maker at every start.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Streamlit looks for its own address below the page's path first; the answer 404 is part of that.
HARMLESS = ("/_stcore/health", "/_stcore/host-config")

READY = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app) return false;
  if (document.querySelector('[data-testid="stException"]')) return true;
  const waiting = '[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]';
  const plots = [...document.querySelectorAll('[data-testid="stPlotlyChart"]')];
  return app.getAttribute('data-test-script-state') === 'notRunning'
    && !!document.querySelector('[data-testid="stMain"] h1, [data-testid="stMain"] h2')
    && !document.querySelector(waiting)
    && plots.every(plot => plot.querySelector('.main-svg'));
}"""

# Text that a person sees: no icons (their text is a ligature), no code, nothing hidden; the language switch names each
# language in itself, and what people typed stands as they typed it.
VISIBLE_TEXT = """() => {
  const skip = 'script, style, noscript, code, pre, .st-key-view_lang, .oce-typed, '
    + '[class*="st-key-typed_"], [data-testid="stException"]';
  const shown = element => element.checkVisibility({visibilityProperty: true})
    && !getComputedStyle(element).fontFamily.includes('Material');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (text && parent && !parent.closest(skip) && shown(parent)) found.push(text);
  }
  for (const cell of document.querySelectorAll('canvas th, canvas td, canvas [role="columnheader"]'))
    if (cell.textContent.trim()) found.push(cell.textContent.trim());
  for (const box of document.querySelectorAll('[placeholder]'))
    if (box.placeholder && !box.value) found.push(box.placeholder);
  return found;
}"""

OVERFLOW = """() => {
  const main = document.querySelector('[data-testid="stMain"]') || document.body;
  return Math.max(document.documentElement.scrollWidth - window.innerWidth, main.scrollWidth - main.clientWidth);
}"""


def find_chromium() -> str | None:
    """Path of a Chromium or Chrome on this machine."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(
    database: Path,
    log: Path,
    *,
    port: int | None = None,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Serve a database with the command line as people do, and give the address."""
    port = port or free_port()
    command = [sys.executable, "-m", "ocem", "--db", str(database), "serve", "--port", str(port), "--no-browser"]
    command += arguments
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | dict(environment or {}),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_healthy(address, process, log)
        yield address
    finally:
        stop(process)


def wait_until_healthy(address: str, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 60) -> None:
    """Return when the server answers; tell what it printed if it does not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address + "/_stcore/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    """Return when something has come true."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"not true after {seconds} s")
        time.sleep(0.1)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a server and what it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=20)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


@dataclass
class Visit:
    """One browser tab and what went wrong in it."""

    page: object
    address: str
    console: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    external: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Collect console errors, uncaught exceptions, failed requests and requests to other hosts."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.exceptions.append(str(error)))
        self.page.on("request", self._on_request)
        self.page.on("requestfailed", self._on_failure)

    def _on_console(self, message) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not any(part in where for part in HARMLESS):
            self.console.append(f"{message.text} ({where})")

    def _on_request(self, request) -> None:
        if not request.url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.external.append(request.url)

    def _on_failure(self, request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page left while it still loaded
            self.failed.append(f"{request.url}: {request.failure}")

    def open(self, path: str = "", **query: str) -> None:
        """Open a page of the app by its address and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}?{urlencode(query)}", wait_until="domcontentloaded")
        self.wait_ready()

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until the script has finished and every chart is drawn."""
        self.page.wait_for_function(READY, timeout=seconds * 1000, polling=50)
        self.page.wait_for_timeout(250)
        self.page.wait_for_function(READY, timeout=seconds * 1000, polling=50)

    def search(self) -> str:
        """The address bar's query; the tab's own word, because the driver's copy may be stale."""
        return str(self.page.evaluate("location.search"))

    def texts(self) -> list[str]:
        """Every text a person sees."""
        return list(self.page.evaluate(VISIBLE_TEXT))

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.page.evaluate(OVERFLOW))

    def script_exceptions(self) -> list[str]:
        """Tracebacks that the page shows instead of its content."""
        return [box.inner_text() for box in self.page.query_selector_all('[data-testid="stException"]')]

    def troubles(self) -> dict[str, list[str]]:
        """Everything that went wrong so far; empty when all is well."""
        found = {
            "exception on the page": self.script_exceptions(),
            "exception in the browser": self.exceptions,
            "console error": self.console,
            "failed request": self.failed,
            "request to another host": self.external,
        }
        return {name: entries for name, entries in found.items() if entries}
