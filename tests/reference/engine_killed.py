"""The engine killed in the middle of a job, twenty times, and our own process, twenty times.

.venv/bin/python tests/reference/engine_killed.py [TIMES]
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from ocem.store.database import Database  # noqa: E402
from ocem.store.definitions import ensure_starter  # noqa: E402
from ocem.store.engine import settings  # noqa: E402
from tests.engine import killed, sail  # noqa: E402

TIMES = 20


def main(times: int) -> int:
    reason = sail.missing()
    if reason:
        print(reason)
        return 1
    os.environ[settings.PYTHON] = str(sail.python())
    folder = Path(tempfile.mkdtemp(prefix="engine-killed-"))
    try:
        path = folder / "ocem.duckdb"
        database = Database.open(path)
        ensure_starter(database)
        database.close()
        lakes = (killed.lake(folder / "one", 0), killed.lake(folder / "two", 25))
        known: dict[str, Path] = {}
        with sail.running(folder) as server:
            for place in lakes:
                killed.job(path, server.address, place)
                known[killed.fingerprint(path)] = place
            engine = killed.Tally(holds=lakes[1])
            for seed in range(times):
                killed.try_engine(path, server, lakes, known, engine, seed)
            own = killed.Tally(holds=engine.holds)
            for seed in range(times):
                killed.try_ourselves(path, server.address, lakes, known, own, seed)
        for name, tally in (("engine", engine), ("our process", own)):
            print(f"{name} killed {tally.tries} times: {tally.old} old, {tally.new} new, faults {tally.faults}")
        return int(bool(engine.faults or own.faults) or len(known) != 2)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES))
