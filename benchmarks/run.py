"""How fast it is, in one command: `python benchmarks/run.py [--rows 1M 10M] [--rounds 3]`, table in RESULTS.md.

Every step runs in a process of its own, measured by the operating system: processor time, wall time, peak memory.
Ratios of processor time between steps run in turn are the figures to trust on a machine that does other work too.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.browse import browse  # noqa: E402  the path above comes first
from benchmarks.generate import N_DAYS, write_export  # noqa: E402
from benchmarks.report import write_results  # noqa: E402

SIZES = {"1M": 1_000_000, "10M": 10_000_000}
BATCH_ROWS = 10_000
BATCH_DAYS = 7


@dataclass(frozen=True)
class Cost:
    """What one process took: processor and wall seconds, peak resident MiB, and what it printed."""

    cpu_s: float
    wall_s: float
    peak_mib: float
    answer: dict[str, Any]


@dataclass
class Sizing:
    """The measurements of one size, rounds by step name."""

    rows: int
    costs: dict[str, list[Cost]] = field(default_factory=dict)

    def add(self, name: str, cost: Cost) -> Cost:
        """Remember a round and say it aloud."""
        self.costs.setdefault(name, []).append(cost)
        print(
            f"  {name}: {cost.cpu_s:.2f} CPU s, {cost.wall_s:.2f} s, {cost.peak_mib:.0f} MiB {cost.answer}",
            flush=True,
        )
        return cost

    def median(self, name: str, figure: str = "cpu_s") -> float:
        """Median over the rounds of a step."""
        return statistics.median(getattr(cost, figure) for cost in self.costs[name])

    def ratio(self, name: str, other: str, figure: str = "cpu_s") -> float:
        """Median over the rounds of one step's figure divided by another's of the same round."""
        pairs = zip(self.costs[name], self.costs[other], strict=True)
        return statistics.median(getattr(a, figure) / getattr(b, figure) for a, b in pairs)


def measure(step: str, *arguments: Path | str | int, script: str = "step.py") -> Cost:
    """Run one step of a script in a fresh process."""
    command = [sys.executable, str(HERE / script), step, *map(str, arguments)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=HERE.parent)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with status {process.returncode}")
    answer = json.loads(printed.splitlines()[-1])
    return Cost(usage.ru_utime + usage.ru_stime, wall, answer.pop("peak_mib"), answer)


def sound(cost: Cost) -> None:
    """Stop when the daily sums are not what the facts give: fast and wrong is no result."""
    if cost.answer["differences"]:
        raise SystemExit("the daily sums differ from the facts")


def remove(database: Path) -> None:
    """Delete a database and what lies beside it."""
    shutil.rmtree(database.parent, ignore_errors=True)


def copy(database: Path, name: str) -> Path:
    """Copy an installation to a folder of its own."""
    target = database.parent.with_name(name)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(database.parent, target)
    return target / database.name


def measure_size(rows: int, work: Path, rounds: int) -> tuple[Sizing, Path]:
    """Measure everything that depends on the size of the history; the last store is kept for what follows."""
    found = Sizing(rows)
    export = write_export(work / f"contacts-{rows}.csv", rows)
    store = work / f"store-{rows}" / "ocem.duckdb"
    for _ in range(rounds):
        bare = work / "plain.duckdb"
        bare.unlink(missing_ok=True)
        found.add("plain load", measure("plain", export, bare))
        bare.unlink()
        remove(store)
        measure("prepare", store)
        found.add("import", measure("load", export, store))
        sound(measure("check", store))
    for _ in range(rounds):
        found.add("scan", measure("scan", store))
        found.add("rebuild", measure("rebuild", store))
    for number in range(rounds):
        first = rows + number * BATCH_ROWS
        late = write_export(work / f"batch-{rows}-{number}.csv", BATCH_ROWS, first, N_DAYS - BATCH_DAYS, BATCH_DAYS)
        grown = copy(store, f"store-{rows}-grown")
        found.add("open and close", measure("touch", grown))
        found.add("batch", measure("load", late, grown))
        sound(found.add("check", measure("check", grown)))
        remove(grown)
    found.add("comparisons", measure("compare", store))
    return found, store


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    import duckdb
    import numpy
    import streamlit

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "day": date.today().isoformat(),
        "machine": f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}",
        "load": " ".join(f"{value:.1f}" for value in os.getloadavg()),
        "versions": f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, "
        f"NumPy {numpy.__version__}, Streamlit {streamlit.__version__}",
    }


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=HERE / "work", help="folder for generated files (3 GB at 10M)")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    about = machine()
    sizings, pages = [], {}
    for name in options.rows:
        print(f"{name} rows", flush=True)
        sizing, store = measure_size(SIZES[name], options.work, options.rounds)
        sizings.append(sizing)
        pages[name] = browse(store, options.rounds)
        remove(store)
    write_results(HERE / "RESULTS.md", about, sizings, pages, options.rounds)


if __name__ == "__main__":
    main()
