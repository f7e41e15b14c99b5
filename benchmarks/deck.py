"""How long a deck of twelve charts takes: `python benchmarks/deck.py STORE [--rounds 3]` prints a table.

STORE is a database with data, the demo company's for instance; it is read only. Where its last week has fewer signals,
those of earlier weeks fill the deck up to twelve.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

CHARTS, LIMIT_S, MOST_WEEKS = 12, 5.0, 60


def document_of_twelve(store: Path) -> str:
    """Return a review with twelve items as JSON."""
    from ocem.evaluation import review
    from ocem.store.database import Database

    database = Database.open(store)
    try:
        monday = review.chosen_week(database)
        made = review.document(database, monday)
        items = list(made.items)
        for back in range(1, MOST_WEEKS):
            if len(items) >= CHARTS:
                break
            items += review.document(database, monday - timedelta(weeks=back)).items
        chosen = tuple(replace(item, rank=rank) for rank, item in enumerate(items[:CHARTS], 1))
        return replace(made, items=chosen).to_json()
    finally:
        database.close()


def measure(document: Path, suffix: str, target: Path) -> dict[str, float]:
    """Write one deck in a process of its own; time without the start of the interpreter, imports included."""
    code = (
        "import sys, time, json; started, cpu = time.perf_counter(), time.process_time()\n"
        "from pathlib import Path\n"
        "from ocem.domain.review import ReviewDocument\n"
        "from ocem.reporting import deck\n"
        "made = ReviewDocument.from_json(Path(sys.argv[1]).read_text())\n"
        "path = Path(sys.argv[2]); deck.write(made, path, 'it')\n"
        "print(json.dumps({'wall_s': time.perf_counter() - started, 'cpu_s': time.process_time() - cpu,\n"
        "                  'kib': path.stat().st_size / 1024}))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(document), str(target / f"deck{suffix}")],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Measure every format and say whether each keeps to five seconds."""
    from ocem.reporting.deck import SUFFIXES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        document = Path(folder) / "review.json"
        started = time.perf_counter()
        document.write_text(document_of_twelve(options.store), encoding="utf-8")
        print(f"review put together in {time.perf_counter() - started:.1f} s", file=sys.stderr)
        print("| format | CPU s | wall s | KiB |\n|---|---|---|---|")
        slow = False
        for suffix in SUFFIXES:
            rounds = [measure(document, suffix, Path(folder)) for _ in range(options.rounds)]
            cpu, wall, kib = (statistics.median(item[name] for item in rounds) for name in ("cpu_s", "wall_s", "kib"))
            slow |= cpu > LIMIT_S
            print(f"| {suffix[1:]} | {cpu:.2f} | {wall:.2f} | {kib:.0f} |")
    return int(slow)


if __name__ == "__main__":
    raise SystemExit(main())
