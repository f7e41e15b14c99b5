"""What a hundred million interactions cost beside ten: `python benchmarks/hundred.py --write benchmarks/RESULTS.md`.

The stores are made once in `--work` by `history.py` (4.2 GB and 7 processor minutes for a hundred million) and kept;
what has been measured is kept there too, so that `--rows` and `--steps` can measure a part again.
Every step runs in a process of its own: processor time of the work itself, wall time, peak memory.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import history
from benchmarks.generate import FIRST_DAY, N_DAYS, write_export
from benchmarks.step import Stopwatch, load, peak_mib, scan

SIZES = {"10M": 10_000_000, "100M": 100_000_000}
NEW_DAYS, LATE_DAYS = 10, 30
"""A batch brings the days after the history, and late rows on its last days."""
BATCH_NUMBER, IMPORT_NUMBER = 1 << 40, 500_000_000


QUIETLY = ("--server.headless=true", "--browser.gatherUsageStats=false")


class Stop(Exception):
    """Ends a transaction that must not hold."""


@contextmanager
def opened(path: str) -> Iterator[Any]:
    """Lend a store."""
    from ocem.store.database import Database

    database = Database.open(Path(path))
    try:
        yield database
    finally:
        database.close()


def make(path: str, rows: str, last_tenth: str = "") -> dict[str, Any]:
    """Make a store."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    history.build(target, int(rows), bool(last_tenth))
    with opened(path) as database:
        return {"bytes": database.path.stat().st_size}


def text_scan(path: str) -> dict[str, Any]:
    """Read the same columns as `scan`, of texts only the length."""
    columns = "superseded_by touchpoint_id segment_id phase_id duration_s wait_s cost_eur".split()
    asked = [f"sum({name})" for name in columns] + [
        "sum(CAST(resolved_first AS INTEGER))",
        "bit_xor(day - DATE '2000-01-01')",
    ]
    asked += [f"max(strlen({name}))" for name in ("kind", "outcome")]
    with opened(path) as database:
        watch = Stopwatch()
        with database.cursor() as con:
            con.execute(f"SELECT {', '.join(asked)} FROM interaction").fetchall()
        return dict(watch.read())


def sums(path: str) -> dict[str, Any]:
    """Work out all daily sums anew."""
    from ocem.store import daily
    from ocem.store.kpi import numbered_kpis

    with opened(path) as database:
        watch = Stopwatch()
        with database.write() as con:
            daily.rebuild_sums(con, numbered_kpis(con))
        return dict(watch.read())


def everything(path: str) -> dict[str, Any]:
    """Work out all that follows from the facts but journeys: sums, weeks, customers' buckets; each step's seconds."""
    from ocem.store import daily
    from ocem.store.kpi import numbered_kpis

    steps: dict[str, float] = {}
    at: list[Any] = ["", 0.0]

    def before(step: str) -> None:
        steps[at[0]] = time.process_time() - at[1]
        at[:] = step, time.process_time()

    with opened(path) as database:
        watch = Stopwatch()
        with database.write() as con:
            daily.rebuild(con, numbered_kpis(con), before=before)
            before("")
        return watch.read() | {"steps": {name: round(spent, 2) for name, spent in steps.items() if name}}


def stopped(path: str, steps: str = "2") -> dict[str, Any]:
    """Begin to work out everything anew, stop after some steps; how long until all is as it was."""
    from ocem.store.rebuild import rebuild

    began: list[float] = []

    def before(done: int, step: str) -> None:
        if done == int(steps):
            began.append(time.perf_counter())
            raise Stop

    with opened(path) as database:
        try:
            rebuild(database, before)
        except Stop:
            return {"wall_s": time.perf_counter() - began[0], "cpu_s": 0.0}
    raise SystemExit("the rebuild was not stopped")


def journeys(path: str) -> dict[str, Any]:
    """Work out all journeys anew."""
    from ocem.store import journey

    with opened(path) as database:
        watch = Stopwatch()
        with database.write() as con:
            journey.rebuild(con)
        spent = watch.read()
        with database.cursor() as con:
            row = con.execute("SELECT count(*) FROM journey").fetchone()
        return spent | {"journeys": row[0] if row else 0}


def batch(path: str, staged: str, rows: str) -> dict[str, Any]:
    """Store a batch; then once more what follows from it alone: sums, weeks and buckets of the days it touched."""
    from ocem.domain.fact import FactKind
    from ocem.store import daily
    from ocem.store.kpi import numbered_kpis

    with opened(path) as database:
        inside = database.folder / "staging" / "batch.parquet"
        shutil.copyfile(staged, inside)
        watch = Stopwatch()
        history.store(database, inside, "batch", int(rows))
        spent = watch.read()
        again = {}
        with database.write() as con:
            con.execute(
                f"CREATE TEMP TABLE touched AS SELECT DISTINCT {', '.join(daily.CELL)} FROM interaction "
                "WHERE batch_id = (SELECT max(id) FROM import_batch)"
            )
            kpis = numbered_kpis(con)
            for name, work in (("update_sums", daily.refresh_sums), ("update", daily.refresh_touched)):
                watch = Stopwatch()
                work(con, kpis, FactKind.INTERACTION)
                again[name] = watch.read()["cpu_s"]
        return spent | again


def imported(path: str, file: str) -> dict[str, Any]:
    """Import a file of text: read, checked, compared, stored."""
    return load(file, path)


def check(path: str) -> dict[str, Any]:
    """Compare all that is kept with the facts."""
    from ocem.store.check import check as find

    with opened(path) as database:
        watch = Stopwatch()
        found = find(database)
        if found:
            raise SystemExit(f"the store is not sound: {found}")
        return dict(watch.read())


def pages(path: str, rounds: str) -> dict[str, Any]:
    """Ask what three pages ask: at first, and again with nothing kept; medians, seconds by page."""
    from ocem.evaluation.control_room import control_room
    from ocem.evaluation.scorecard import scorecards

    asked: dict[str, Callable[[Any], Any]] = {
        "control room": control_room,
        "touchpoints": lambda database: scorecards(database, "touchpoint"),
        "segments": lambda database: scorecards(database, "segment"),
    }
    found: dict[str, Any] = {}
    for name, ask in asked.items():
        with opened(path) as database:
            ask(database)
        taken, used = [], []
        for _ in range(int(rounds)):
            with opened(path) as database:
                watch = Stopwatch()
                ask(database)
                spent = watch.read()
                taken.append(spent["wall_s"])
                used.append(spent["cpu_s"])
        found[name] = [statistics.median(used), statistics.median(taken)]
    return found


def stage_batch(work: Path, n_rows: int) -> Path:
    """Write the batch that is stored into every history: the ten days after it, and late rows on thirty before."""
    path = work / f"batch-{n_rows}.parquet"
    if path.exists():
        return path
    end, late = FIRST_DAY.date() + timedelta(days=N_DAYS), n_rows * 3 // 100
    customers = history.customers_of(100 * n_rows)
    new = history.rows_of(history.Stretch(BATCH_NUMBER + late, BATCH_NUMBER + n_rows, end, NEW_DAYS, customers))
    old = history.rows_of(
        history.Stretch(BATCH_NUMBER, BATCH_NUMBER + late, end - timedelta(days=LATE_DAYS), LATE_DAYS, customers)
    )
    rows = f"(FROM ({new})) UNION ALL (FROM ({old}))"
    query = f"SELECT CAST(row_number() OVER () AS INTEGER) AS line, * EXCLUDE (line) FROM ({rows})"
    return history.stage(work, path.stem, query)


def people(path: str) -> dict[str, Any]:
    """Serve the store to 1, 5, 20 and 50 people who change a filter every five seconds; their waits and the memory."""
    import asyncio
    import signal

    from benchmarks import sessions

    plain = bare_mib()
    server, port = sessions.serve(Path(path))
    try:
        sessions.settle(server)
        asyncio.run(sessions.visitors(port, 10))
        found: dict[str, Any] = {"bare_mib": plain, "mib": sessions.memory(server), "crowds": {}}
        for n in (1, 5, 20, 50):
            used = sessions.processor(server)
            seen = asyncio.run(sessions.crowd(port, n, 25, 5))
            used = sessions.processor(server) - used
            found["crowds"][n] = {
                "first_p50": seen.at(0.5, seen.first),
                "p50": seen.at(0.5, seen.change), "p95": seen.at(0.95, seen.change),
                "changes": len(seen.change), "errors": len(seen.errors),
                "cpu_ms": 1000 * used / max(len(seen.first) + len(seen.change), 1), "mib": sessions.memory(server),
            }  # fmt: skip
        return found
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


def bare_mib() -> float:
    """Return the memory of a Streamlit server whose one page says one word, opened once."""
    import asyncio
    import subprocess
    import tempfile
    import urllib.request

    import psutil

    from benchmarks import sessions

    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "app.py"
        script.write_text("import streamlit as st\n\nst.write('here')\n")
        port = sessions.free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", *QUIETLY],
            stdout=subprocess.DEVNULL,
        )
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.25)
            asyncio.run(_open_once(port))
            return float(psutil.Process(server.pid).memory_info().rss / 2**20)
        finally:
            server.terminate()
            server.wait(timeout=30)


async def _open_once(port: int) -> None:
    from benchmarks import sessions

    session = sessions.Session(port)
    await session.open(sessions.Seen())
    await session.socket.close()


def browser(path: str) -> dict[str, Any]:
    """Time three pages in Chromium."""
    from benchmarks.browse import browse

    return {"pages": [[item.page, item.cold_s, item.view_s, item.filter_s] for item in browse(Path(path), 3)]}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    step.__name__: step
    for step in (
        *(make, scan, text_scan, sums, batch, imported, pages, people, browser),
        *(everything, stopped, check, journeys),
    )
}
ROUNDS = ("scan", "text_scan", "sums", "batch")
"""Steps measured several times, in turn."""
DEFAULT = [step for step in STEPS if step not in ("make", "imported")]
NAMES = ("10M", "tenth", "100M")


class Book:
    """What has been measured, kept in a file, so that a step can be measured again by itself."""

    def __init__(self, work: Path) -> None:
        self.work, self.path = work, work / "hundred.json"
        self.found: dict[str, dict[str, list[dict[str, Any]]]] = (
            json.loads(self.path.read_text()) if self.path.exists() else {}
        )

    def measure(self, name: str, step: str, *arguments: Any) -> None:
        """Run a step in a process of its own and write down what it took."""
        from benchmarks.run import measure

        cost = measure(step, *arguments, script="hundred.py")
        told = {"peak_mib": cost.peak_mib, "load": os.getloadavg()[0]}
        one = {"cpu_s": cost.cpu_s, "wall_s": cost.wall_s} | cost.answer | told
        self.found.setdefault(name, {}).setdefault(step, []).append(one)
        self.path.write_text(json.dumps(self.found, indent=1))
        print(f"  {name} {step}: {one}", flush=True)

    def forget(self, name: str, step: str) -> None:
        """Give up the earlier rounds of a step."""
        self.found.get(name, {}).pop(step, None)

    def median(self, name: str, step: str, figure: str = "cpu_s") -> float:
        """Return the median over the rounds of a step."""
        return statistics.median(item[figure] for item in self.found[name][step])

    def one(self, name: str, step: str) -> dict[str, Any]:
        """Return the last round of a step."""
        return self.found[name][step][-1]


def measure_store(book: Book, name: str, steps: Sequence[str], rounds: int) -> None:
    """Measure some steps on one store; batches go into copies."""
    store = book.work / name / "ocem.duckdb"
    rows = SIZES["100M"] if name == "tenth" else SIZES[name]
    if not store.exists():
        book.measure(name, "make", store, rows, *(["yes"] if name == "tenth" else []))
    batch_rows = SIZES["100M"] // 100
    staged = stage_batch(book.work, batch_rows)
    for step in [*steps, *(["imported"] if "batch" in steps else [])]:
        book.forget(name, step)
    for number in range(rounds):
        for step in steps:
            if number and step not in ROUNDS:
                continue
            if step == "batch":
                grown = book.work / f"{name}-grown"
                shutil.rmtree(grown, ignore_errors=True)
                grown.mkdir()
                for file in (store, store.with_name("secret.key")):
                    shutil.copy2(file, grown / file.name)
                if (keys := store.with_name("keys")).exists():
                    shutil.copytree(keys, grown / "keys")
                book.measure(name, step, grown / store.name, staged, batch_rows)
                file = write_export(book.work / "batch.csv", batch_rows, IMPORT_NUMBER, N_DAYS + NEW_DAYS, NEW_DAYS)
                book.measure(name, "imported", grown / store.name, file)
                shutil.rmtree(grown)
            else:
                book.measure(name, step, store, *([5] if step == "pages" else []))


def main() -> None:
    """Measure and write the section."""
    from benchmarks.hundred_report import HEADING, section
    from benchmarks.run import machine
    from benchmarks.sessions import write

    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", nargs="*", choices=NAMES, default=list(NAMES), help="stores to measure")
    asked.add_argument("--steps", nargs="*", choices=STEPS, default=DEFAULT)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--work", type=Path, default=Path(__file__).parent / "work" / "hundred")
    asked.add_argument("--write", type=Path, help="file whose section is replaced")
    options = asked.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    book = Book(options.work)
    for name in options.rows:
        measure_store(book, name, ["batch"] if name == "tenth" else options.steps, options.rounds)
    lines = section(book, machine())
    print("\n".join(lines))
    if options.write:
        write(lines, HEADING, options.write)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in STEPS:
        answer = STEPS[sys.argv[1]](*sys.argv[2:])
        print(json.dumps({"peak_mib": peak_mib()} | answer))
    else:
        main()
