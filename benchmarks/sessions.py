"""Many people at once: sessions that speak the app's own protocol, a filter change every few seconds, no browser.

    .venv/bin/python benchmarks/sessions.py DATABASE [--sessions 50] [--seconds 30] [--bring FILE.csv] [--visitors 500]

Works on a copy of the database's folder. First so many visitors come and go one after the other and the server's memory
is read before and after; then one person alone, then all at once, then all at once while a file is imported through the
inbox. Writes its section of benchmarks/RESULTS.md. Loopback only; the browser's drawing is not in it.
"""

import argparse
import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
TITLE = "## Many people at once"
LONGEST_S = 300.0
REST_S = 30.0
"""After which memory is read: the app tidies up three times a minute."""
SETTLING_S = 15
"""For so long after an import what is shown is made anew."""


@dataclass
class Seen:
    """What the sessions of one round met: seconds until a page was whole, and when each change was asked for."""

    first: list[float] = field(default_factory=list)
    change: list[float] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def at(self, share: float, times: list[float]) -> float:
        """Return a quantile in milliseconds."""
        ordered = sorted(times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")

    def until(self, moment: float) -> "Seen":
        """Return what was met by those who asked before a moment."""
        early = [pair for pair in zip(self.change, self.asked_at, strict=True) if pair[1] <= moment]
        return Seen([], [took for took, _ in early], [at for _, at in early])


class Session:
    """One tab: opens the control room, then chooses segments."""

    def __init__(self, port: int) -> None:
        self.url = f"ws://127.0.0.1:{port}/_stcore/stream"
        self.hash = ""
        self.filter: tuple[str, list[str]] | None = None

    async def open(self, seen: Seen) -> None:
        """Connect and draw the first page."""
        self.socket = await websockets.connect(
            self.url, subprotocols=["streamlit"], max_size=None, open_timeout=120, ping_timeout=None
        )
        seen.first.append(await self.run(seen, {}))

    async def choose(self, seen: Seen, rng: random.Random) -> None:
        """Change the filter of segments."""
        if self.filter is None:
            seen.errors.append("no filter of segments on the page")
            return
        number, options = self.filter
        moment = time.time()
        seen.change.append(await self.run(seen, {number: rng.sample(options, rng.randint(0, len(options)))}))
        seen.asked_at.append(moment)

    async def run(self, seen: Seen, widgets: dict[str, list[str]]) -> float:
        """Ask for one run of the page; return the seconds until it was sent whole."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self.hash
        for number, values in widgets.items():
            widget = message.rerun_script.widget_states.widgets.add()
            widget.id = number
            widget.string_array_value.data.extend(values)
        message.rerun_script.context_info.timezone = "Europe/Rome"
        message.rerun_script.context_info.locale = "it-IT"
        message.rerun_script.context_info.url = "http://127.0.0.1/"
        started, began = time.perf_counter(), False
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await asyncio.wait_for(self.socket.recv(), LONGEST_S))
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                began = True
            elif kind == "navigation":
                self.hash = answer.navigation.page_script_hash or self.hash
            elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                self._look(answer.delta.new_element, seen)
            elif kind == "script_finished" and began and answer.script_finished == 0:
                return time.perf_counter() - started

    def _look(self, element, seen: Seen) -> None:
        kind = element.WhichOneof("type")
        if kind == "multiselect" and (not self.filter or "view_seg" in element.multiselect.id):
            self.filter = (element.multiselect.id, list(element.multiselect.options))
        elif kind == "exception":
            seen.errors.append(element.exception.message[:200])


async def crowd(port: int, n: int, seconds: float, think: float) -> Seen:
    """Let n sessions open the page at once, and once all have it, change filters for some seconds."""
    seen = Seen()
    opened = asyncio.Barrier(n)

    async def one(number: int) -> None:
        rng = random.Random(number)
        try:
            session = Session(port)
            await session.open(seen)
            await opened.wait()
            await asyncio.sleep(rng.random() * think)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                await session.choose(seen, rng)
                await asyncio.sleep(think * (0.5 + rng.random()))
            await session.socket.close()
        except Exception as error:  # what a person would meet, whatever it is
            await opened.abort()
            seen.errors.append(f"{type(error).__name__}: {error}"[:200])

    await asyncio.gather(*(one(number) for number in range(n)))
    return seen


async def visitors(port: int, n: int) -> Seen:
    """Let n people come one after the other, change the filter once and go."""
    seen = Seen()
    for number in range(n):
        session = Session(port)
        await session.open(seen)
        await session.choose(seen, random.Random(number))
        await session.socket.close()
    return seen


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(database: Path) -> tuple[subprocess.Popen, int]:
    """Start the app; return its process and port."""
    port = free_port()
    command = [sys.executable, "-m", "ocem", "--db", str(database), "serve", "--no-browser", "--port", str(port)]
    log = database.with_name("server.log").open("w")
    server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    for _ in range(480):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
            return server, port
        except OSError:
            time.sleep(0.25)
    raise SystemExit("The app did not start; see " + str(log.name))


def settle(server: subprocess.Popen) -> None:
    """Wait until the app has made ahead what it makes ahead."""
    for _ in range(60):
        used = processor(server)
        time.sleep(1)
        if processor(server) - used < 0.05:
            return


def memory(server: subprocess.Popen) -> float:
    """Return the resident memory of the server and what it started, in MiB."""
    parent = psutil.Process(server.pid)
    return sum(item.memory_info().rss for item in [parent, *parent.children(recursive=True)]) / 2**20


def processor(server: subprocess.Popen) -> float:
    """Return the processor seconds used so far."""
    parent = psutil.Process(server.pid)
    return sum(sum(item.cpu_times()[:2]) for item in [parent, *parent.children(recursive=True)])


def row(label: str, seen: Seen, used: float | None) -> str:
    """Return one line of the table; the processor seconds of a part of a round are not known."""
    each = "-" if used is None else f"{1000 * used / max(len(seen.first) + len(seen.change), 1):.0f}"
    first = f"{seen.at(0.5, seen.first):.0f}" if seen.first else "-"
    return (
        f"| {label} | {first} | {seen.at(0.5, seen.change):.0f} | "
        f"{seen.at(0.95, seen.change):.0f} | {len(seen.change)} | {len(seen.errors)} | {each} |"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("database", type=Path)
    asked.add_argument("--sessions", type=int, default=50)
    asked.add_argument("--seconds", type=float, default=30)
    asked.add_argument("--think", type=float, default=5)
    asked.add_argument("--visitors", type=int, default=500)
    asked.add_argument("--bring", type=Path, help="a file whose headers are known, imported in the third round")
    options = asked.parse_args()
    load = os.getloadavg()
    with tempfile.TemporaryDirectory() as home:
        database = Path(home) / options.database.name
        for name in (options.database.name, "secret.key"):
            if (options.database.parent / name).exists():
                shutil.copy2(options.database.parent / name, Path(home) / name)
        server, port = serve(database)
        try:
            lines = []
            settle(server)
            asyncio.run(visitors(port, 20))
            time.sleep(REST_S)
            before = memory(server)
            went = asyncio.run(visitors(port, options.visitors))
            time.sleep(REST_S)
            after = memory(server)
            print(f"memory {before:.0f} -> {after:.0f} MiB after {options.visitors} visitors", *went.errors[:3])
            for label, n, bring in (
                ("one person", 1, None),
                (f"{options.sessions} people", options.sessions, None),
                (f"{options.sessions} people, a file coming in", options.sessions, options.bring),
            ):
                seconds = options.seconds
                if label.endswith("coming in"):
                    if bring is None:
                        continue
                    inbox, seconds = database.parent / "inbox", 4 * seconds
                    shutil.copyfile(bring, inbox / ("." + bring.name))
                    (inbox / ("." + bring.name)).rename(inbox / bring.name)
                used = processor(server)
                seen = asyncio.run(crowd(port, n, seconds, options.think if n > 1 else 1))
                lines.append(row(label, seen, processor(server) - used))
                print(lines[-1], *seen.errors[:3], sep="\n", flush=True)
            done = [path.stat().st_mtime for path in (database.parent / "inbox" / "done").glob("*.json")]
            for later in (0, SETTLING_S) if done else ():
                label = f"of these, until {later} s after it was stored" if later else "of these, until it was stored"
                lines.append(row(label, seen.until(max(done) + later), None))
                print(lines[-1], flush=True)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=60)
    size = options.database.stat().st_size / 2**20
    write(
        [
            TITLE,
            "",
            f"`benchmarks/sessions.py`, {date.today().isoformat()}, on a store of {size:.0f} MiB; each person changes",
            f"the filter of segments every {options.think:g} s or so. Load average at the start",
            f"{load[0]:.1f} {load[1]:.1f} {load[2]:.1f} on {os.cpu_count()} processors: on a busy machine",
            "processor time and ratios are the figures to trust. One person changes it every second or so. Server and",
            f"sessions ran at nice {os.nice(0)}.",
            "",
            "| who | first page p50 ms | filter change p50 ms | p95 ms | changes | errors | processor ms a run |",
            "|---|---|---|---|---|---|---|",
            *lines,
            "",
            f"Memory of the server: {before:.0f} MiB, and {after:.0f} MiB after {options.visitors} visitors came and",
            "went one after the other.",
            "",
        ]
    )


def write(section: list[str], title: str = TITLE, target: Path = RESULTS) -> None:
    """Put the section in place of the one from the last time, or at the end."""
    text = target.read_text(encoding="utf-8")
    start = text.find(title)
    end = text.find("\n## ", start + 1) + 1 if start >= 0 else len(text)
    head = text[:start] if start >= 0 else text.rstrip() + "\n\n"
    tail = text[end:] if start >= 0 and end > 0 else ""
    target.write_text(head + "\n".join(section) + ("\n" + tail if tail else ""), encoding="utf-8")


if __name__ == "__main__":
    main()
