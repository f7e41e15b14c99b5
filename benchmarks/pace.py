"""Reading a large file with bad rows beside DuckDB's own typed read: `python benchmarks/pace.py [--rows 10M]`.

The file is the export of `generate.py` with three rows in a thousand damaged in one of seven ways. Three things are run
in turn, each in a process of its own: DuckDB's typed read of the file with `store_rejects` into a database file, the
reading of an import (every accepted row typed, with its hashes and pseudonym, as Parquet; every refused row with its
line, column, value and reason), and the whole import into the store. The lines of all refused rows are held against
those that were damaged. The section of RESULTS.md is written by this command.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.generate import SEED, write_export  # noqa: E402  the path above comes first
from benchmarks.run import SIZES, Sizing, machine, measure, remove  # noqa: E402

SHARE = 0.003
HEADING = "## A file with bad rows"
MOMENT, DURATION, COST = 1, 8, 10


def _put(index: int, text: str) -> Callable[[list[str]], list[str]]:
    return lambda cells: [*cells[:index], text, *cells[index + 1 :]]


DAMAGES: tuple[Callable[[list[str]], list[str]], ...] = (
    _put(MOMENT, "31/02/2026 10:00:00"),
    _put(MOMENT, ""),
    _put(DURATION, "1.2.3"),
    _put(COST, "12,3,4"),
    _put(COST, "n/a?"),
    lambda cells: cells[:-3],
    lambda cells: [*cells, "x", "y"],
)


def write_damaged(target: Path, rows: int) -> Path:
    """Write the export with damaged rows, and beside it the numbers of their lines; what is there is kept."""
    truth = target.with_suffix(".lines.json")
    if target.exists() and truth.exists():
        return target
    sound = write_export(target.with_suffix(".sound"), rows)
    rng = random.Random(SEED)
    damaged = []
    with sound.open(encoding="utf-8") as source, target.open("w", encoding="utf-8") as out:
        out.write(next(source))
        for number, line in enumerate(source, start=2):
            if rng.random() < SHARE:
                damaged.append(number)
                line = ";".join(rng.choice(DAMAGES)(line.rstrip("\n").split(";"))) + "\n"
            out.write(line)
    truth.write_text(json.dumps(damaged))
    sound.unlink()
    return target


def check_lines(file: Path, answer: dict[str, object]) -> None:
    """Stop unless exactly the damaged lines were refused; `sed` shows the first, the middle and the last of them."""
    damaged = json.loads(file.with_suffix(".lines.json").read_text())
    if answer["lines"] != damaged:
        raise SystemExit("the refused lines are not the damaged ones")
    for number in (damaged[0], damaged[len(damaged) // 2], damaged[-1]):
        command = ["sed", "-n", f"{number}p;{number}q", str(file)]
        print(f"  line {number}: {subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()}")


def measure_pace(rows: int, work: Path, rounds: int) -> Sizing:
    """Run the three in turn, so many rounds."""
    found = Sizing(rows)
    file = write_damaged(work / f"damaged-{rows}.csv", rows)
    store, bare = work / f"pace-{rows}" / "ocem.duckdb", work / "typed.duckdb"
    for number in range(rounds):
        bare.unlink(missing_ok=True)
        found.add("typed", measure("typed", file, bare))
        bare.unlink()
        remove(store)
        measure("prepare", store)
        read = measure("read", file, store)
        if number == 0:
            check_lines(file, read.answer)
        read.answer.pop("lines")
        found.add("read", read)
        found.add("import", measure("load", file, store))
        remove(store)
    return found


def write_section(target: Path, sizings: list[Sizing], rounds: int) -> None:
    """Write the section over the last one, before the one that follows it."""
    about = machine()
    names = {
        "typed": "DuckDB: `read_csv` with types and `store_rejects` into a database file",
        "read": "reading: typed rows with hashes and pseudonyms, refused rows with line, column, value, reason",
        "import": "the whole import: reading, comparing, storing, daily sums of 12 KPIs, receipt",
    }
    lines = [
        HEADING,
        "",
        "`.venv/bin/python benchmarks/pace.py` writes this section: an export with three rows in a thousand damaged in",
        "one of seven ways, read one after the other in processes of their own, their start included. DuckDB's rejects",
        "name no exact line, and it takes rows without their day for good ones.",
        "",
        f"Measured {about['day']} on {about['machine']} (load average {about['load']} at the end),",
        f"{about['versions']}; medians of {rounds} rounds.",
        "",
        "| step | rows | processor s | wall s | peak MiB | processor ratio | wall ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for sizing in sizings:
        for name, meaning in names.items():
            lines.append(
                f"| {meaning} | {sizing.rows // 1_000_000}M | {sizing.median(name):.1f} | "
                f"{sizing.median(name, 'wall_s'):.1f} | {sizing.median(name, 'peak_mib'):.0f} | "
                f"{sizing.ratio(name, 'typed'):.2f} | {sizing.ratio(name, 'typed', 'wall_s'):.2f} |"
            )
    text = target.read_text(encoding="utf-8")
    before, _, old = text.partition(HEADING + "\n")
    _, mark, after = old.partition("\n## ")
    if not old:
        before, mark, after = before.rstrip("\n") + "\n\n", "", ""
    target.write_text(before + "\n".join(lines) + "\n" + mark + after, encoding="utf-8")
    print(f"Written: {target}")


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=HERE / "work", help="folder for generated files (3 GB at 10M)")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    sizings = []
    for name in options.rows:
        print(f"{name} rows", flush=True)
        sizings.append(measure_pace(SIZES[name], options.work, options.rounds))
    write_section(HERE / "RESULTS.md", sizings, options.rounds)


if __name__ == "__main__":
    main()
