"""Us beside other programs, in one command: the same two questions over the same rows, and 17,550 comparisons.

    .venv/bin/python benchmarks/peers.py [--rows 10M] [--rounds 5] [--write benchmarks/RESULTS.md]

Superset, pandas with polars, and gbstats are installed in environments of their own below ``--work`` (2 GB, removed
with ``--clean``). Contenders are asked in turn, so that a busy machine is busy for all; their answers must agree.
With ``--rows 100M`` the history is drawn by ``history.py`` (12 GB in all), frames that would have to lie in memory as a
whole are left out, and so are the comparisons, which do not depend on the number of rows.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import history, peer_tests  # noqa: E402  the path above comes first
from benchmarks.browse import CHOICES, visit  # noqa: E402
from benchmarks.comparisons import put  # noqa: E402
from benchmarks.generate import write_export  # noqa: E402
from benchmarks.peer_process import processor_seconds  # noqa: E402
from benchmarks.peer_questions import apart, named  # noqa: E402
from benchmarks.peer_report import PAGES, QUESTIONS, Times, heading, section  # noqa: E402
from benchmarks.peer_superset import PACKAGES, Superset  # noqa: E402
from benchmarks.run import machine, measure  # noqa: E402
from tests.browser.harness import CHROMIUM_FLAGS, find_chromium, running_server  # noqa: E402

FRAMES = ("polars==2.1.0", "pandas==3.1.1", "pyarrow")
TESTS = ("gbstats==0.8.0",)
CLOSE = 1e-9
FRESH = [choice for choice in CHOICES if len(choice) > 1]
"""Of single segments the control room is made ahead."""
SIZES = {"1M": 1_000_000, "10M": 10_000_000, "100M": 100_000_000}
LARGE = SIZES["100M"]
"""From here on a history is drawn as it stands in the store, and no frame is kept in memory."""

PLAIN = """
CREATE TABLE contact AS
SELECT CAST(timezone('Europe/Rome', occurred_at) AS TIMESTAMP) AS ts, customer, touchpoint, segment, phase, kind,
       outcome, duration_s, wait_s, CAST(cost_eur AS DOUBLE) AS cost_eur, resolved_first AS resolved, self_service
FROM store.interaction_live
"""


def data(work: Path, rows: int) -> tuple[Path, Path, Path]:
    """Return the store, the same rows as a plain DuckDB table, and as Parquet; made once."""
    store, table, parquet = (
        work / name for name in (f"store-{rows}/ocem.duckdb", f"c{rows}.duckdb", f"c{rows}.parquet")
    )
    if not store.exists() and rows >= LARGE:
        store.parent.mkdir(parents=True, exist_ok=True)
        history.build(store, rows)
    elif not store.exists():
        export = write_export(work / f"contacts-{rows}.csv", rows)
        measure("prepare", store)
        measure("load", export, store)
    if not parquet.exists():
        import duckdb

        table.unlink(missing_ok=True)
        con = duckdb.connect(str(table), config={"memory_limit": "4GB", "temp_directory": str(work / "spill")})
        con.execute(f"ATTACH '{store}' AS store (READ_ONLY)")
        con.execute(PLAIN + ("" if rows >= LARGE else "ORDER BY ts"))  # a drawn history lies in the order of its days
        con.execute("DETACH store")
        con.execute(f"COPY contact TO '{parquet}' (FORMAT parquet, COMPRESSION zstd)")
        con.close()
    return store, table, parquet


def environment(path: Path, packages: tuple[str, ...]) -> Path:
    """Return the Python of an environment with these packages."""
    python = path / "bin" / "python"
    if not (path / "complete").exists():
        print(f"installing {packages[0]} and {len(packages) - 1} more", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(path)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
        (path / "complete").touch()
    return python


class Worker:
    """A contender in a process of its own."""

    def __init__(self, python: Path, kind: str, path: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), str(HERE / "peer_worker.py"), kind, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self._said() != "ready":
            raise SystemExit(f"{kind} does not start")

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, question: str) -> str:
        """Return the line that answers."""
        assert self._process.stdin is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return self._said()

    def spent(self) -> float:
        """Return the processor seconds that the process has taken so far."""
        return processor_seconds(self._process.pid)

    def close(self) -> None:
        """Let the process end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def in_turn(contenders: Mapping[str, Worker | Superset], rounds: int) -> tuple[Times, Times]:
    """Ask everybody everything, round by round: wall and processor seconds. The first round is not counted."""
    wall: Times = {(name, question): [] for name in contenders for question in QUESTIONS}
    spent: Times = {key: [] for key in wall}
    for number in range(rounds + 1):
        for question in QUESTIONS:
            for name, contender in contenders.items():
                before, started = contender.spent(), time.perf_counter()
                contender.ask(question)
                if number:
                    wall[name, question].append(time.perf_counter() - started)
                    spent[name, question].append(contender.spent() - before)
    return wall, spent


def painted(store: Path, superset: Superset, rounds: int) -> Times:
    """A change of the filter until the page is painted, and Superset's reply, in turn.

    Every round is a new visitor who chooses segments that nobody chose before, so that nothing of the answer is kept.
    """
    from playwright.sync_api import sync_playwright

    times: Times = {(who, question): [] for who in ("page", "reply") for question in QUESTIONS}
    with sync_playwright() as driver, running_server(store, store.with_name("server.log")) as address:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        for page in PAGES.values():
            visit(browser, address, page, CHOICES[0])  # the first visitor waits for what is worked out at the start
        for number in range(rounds):
            for question, page in PAGES.items():
                started = time.perf_counter()
                superset.ask(question)
                times["reply", question].append(time.perf_counter() - started)
                change = visit(browser, address, page, FRESH[number % len(FRESH)])[1]
                if change is not None:
                    times["page", question].append(change)
        browser.close()
    return times


def comparisons(work: Path, table: Path, store: Path, gbstats: Path) -> dict[str, dict[str, float]]:
    """Time the comparisons by every contender, and how far p-values lie apart."""
    import numpy as np

    sums = work / "sums.npz"
    n = peer_tests.prepare(table, sums)
    found: dict[str, dict[str, float]] = {}
    for name, python in (("arrays", Path(sys.executable)), ("gbstats", gbstats), ("statsmodels", Path(sys.executable))):
        command = [str(python), str(HERE / "peer_tests.py"), name, str(sums), str(work / f"{name}.npy")]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found[name] = json.loads(told.splitlines()[-1])
        print(f"  {name}: {found[name]}", flush=True)
    p = {name: np.load(work / f"{name}.npy") for name in found}
    for name in ("gbstats", "statsmodels"):
        both = np.isfinite(p["arrays"]) & np.isfinite(p[name])
        odd = both & (p[name] == 1.0) & (p["arrays"] < 1.0 - CLOSE)
        found[name] |= {"apart": float(np.abs(p["arrays"] - p[name])[both & ~odd].max()), "odd": int(odd.sum())}
        found[name]["both"] = int(both.sum())
    command = [sys.executable, str(HERE / "peer_tests.py"), "buckets", str(store)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found["buckets"] = json.loads(told.splitlines()[-1])
    found["arrays"]["comparisons"] = n
    print(f"  buckets: {found['buckets']}", flush=True)
    return found


def main() -> None:
    """Measure everything and print the section."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", choices=SIZES, default="10M")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", type=Path, default=HERE / "work" / "peers")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--clean", action="store_true", help="remove environments and data afterwards")
    asked = parser.parse_args()
    work = asked.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    environment(work / "superset", PACKAGES)
    frames, gbstats = environment(work / "frames", FRAMES), environment(work / "gbstats", TESTS)
    rows = SIZES[asked.rows]
    store, table, parquet = data(work, rows)
    superset = Superset(work / "superset", work / "home", table)
    try:
        workers = contenders(frames, store, table, parquet, in_memory=rows < LARGE)
        times, spent, worst = answers(workers, superset, asked.rounds)
        pages = painted(store, superset, asked.rounds)
    finally:
        superset.close()
    tests = comparisons(work, table, store, gbstats) if rows < LARGE else None
    lines = section(asked.rows, asked.rounds, machine(), (times, spent), pages, tests, worst)
    print("\n".join(lines))
    if asked.write:
        put(asked.write, heading(asked.rows), lines)
    if asked.clean:
        shutil.rmtree(work)


def copied(store: Path) -> Path:
    """Return a copy of a store: one process at a time may have one open."""
    target = store.parent.with_name(store.parent.name + "-copy")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(store.parent, target)
    return target / store.name


def contenders(frames: Path, store: Path, table: Path, parquet: Path, in_memory: bool) -> dict[str, Worker]:
    """Start everybody but Superset; those that keep all rows in memory only where they fit."""
    here = Path(sys.executable)
    workers = {
        "duckdb": Worker(here, "duckdb", table),
        "ours": Worker(here, "ours", store),
        "ours_kept": Worker(here, "ours_kept", copied(store)),
        "polars_scan": Worker(frames, "polars_scan", parquet),
    }
    if in_memory:
        workers |= {name: Worker(frames, name, parquet) for name in ("polars", "pandas")}
    return workers


def answers(workers: dict[str, Worker], superset: Superset, rounds: int) -> tuple[Times, Times, float]:
    """Ask the two questions of everybody: wall and processor seconds, and how far two answers lie apart at most."""
    try:
        worst = 0.0
        for question in QUESTIONS:
            told = {name: json.loads(worker.ask(question + "?")) for name, worker in workers.items()}
            told["superset"] = named(question, superset.rows(question))
            for name, answer in told.items():
                far = apart(told["duckdb"], answer)
                if not far < CLOSE:
                    raise SystemExit(f"{question}: {name} says something else than DuckDB ({far:.1e})")
                worst = max(worst, far)
        return *in_turn(workers | {"superset": superset}, rounds), worst
    finally:
        for worker in workers.values():
            worker.close()


if __name__ == "__main__":
    main()
