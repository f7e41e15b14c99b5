"""Kill, fill and copy many times: python -m tests.reference.nothing_lost --kills 200 --full 20 --copies 50.

Prints one line a series: tries, how many were stopped while writing, faults. Ends with status 1 when there is a fault.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from ocem.evaluation import review
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from tests import durability
from tests.durability import Tally
from tests.evaluation.world import FIRST, N_WEEKS, build
from tests.test_nothing_lost import old_store

FRESH_EVERY = 20
"""A store grows with every try; after so many a new copy is taken."""


def main() -> int:
    """Run the series that are asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    for name, default in (("kills", 200), ("full", 20), ("copies", 50), ("upgrades", 50)):
        asked.add_argument(f"--{name}", type=int, default=default)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        company = home / "company" / "ocem.duckdb"
        database = Database.open(company)
        ensure_starter(database)
        build(database)
        review.close(database, FIRST + timedelta(weeks=N_WEEKS - 1), "Marco")
        database.close()
        (home / "old").mkdir()
        old = old_store(home / "old", home)
        series: dict[str, tuple[int, Callable[[Path, Tally, int], None]]] = {
            "kills": (options.kills, lambda path, tally, seed: durability.try_kill(path, tally, seed, 4)),
            "full": (options.full, durability.try_full_disk),
            "copies": (
                options.copies,
                lambda path, tally, seed: durability.try_copy(path, tally, seed, home / "copy", 4),
            ),
            "upgrades": (
                options.upgrades,
                lambda _path, tally, seed: durability.try_migration(old, tally, seed, home / "copy", 0.8),
            ),
        }
        wrong = 0
        for label, (tries, attempt) in series.items():
            tally = Tally()
            for seed in range(tries):
                work = home / "work"
                if seed % FRESH_EVERY == 0:
                    shutil.rmtree(work, ignore_errors=True)
                    work.mkdir()
                    shutil.copy2(company, work / company.name)
                attempt(work / company.name, tally, seed)
            print(
                f"{label}: {tally.tries} tries, {tally.midway} stopped midway, {len(tally.faults)} faults", flush=True
            )
            print("\n".join(tally.faults[:20]))
            wrong += len(tally.faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
