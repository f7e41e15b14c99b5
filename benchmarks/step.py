"""One measured step in a process of its own: `python benchmarks/step.py NAME ARGUMENTS` prints one JSON document."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

DEFINITIONS = Path(__file__).parent / "definitions"
PLAIN_LOAD = """
    CREATE TABLE contact AS
    SELECT * FROM read_csv(?, delim = ';', header = true, decimal_separator = ',',
                           timestampformat = '%d/%m/%Y %H:%M:%S')
"""

TYPES = {
    "id": "VARCHAR", "moment": "TIMESTAMP", "customer": "VARCHAR", "touchpoint": "VARCHAR", "segment": "VARCHAR",
    "phase": "VARCHAR", "kind": "VARCHAR", "outcome": "VARCHAR", "duration": "INTEGER", "wait": "INTEGER",
    "cost": "DECIMAL(18,4)", "resolved": "VARCHAR",
}  # fmt: skip


class Stopwatch:
    """Wall and processor seconds of a piece of work, without the start of its process."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        """Seconds since the start."""
        return {"wall_s": time.perf_counter() - self._wall, "cpu_s": time.process_time() - self._cpu}


def plain(file: str, database: str) -> dict[str, Any]:
    """Load the file with DuckDB alone: types found by itself, no checks, no keys, no aggregates."""
    import duckdb

    con = duckdb.connect(database)
    con.execute(PLAIN_LOAD, [file])
    rows = con.execute("SELECT count(*) FROM contact").fetchone()
    con.execute("CHECKPOINT")
    con.close()
    return {"rows": rows[0] if rows else 0}


def typed(file: str, database: str) -> dict[str, Any]:
    """Read the file with DuckDB alone, typed as an import reads it, what does not fit in its table of rejects."""
    import duckdb

    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    con = duckdb.connect(database)
    con.execute(
        f"CREATE TABLE contact AS SELECT * FROM read_csv(?, auto_detect = false, header = true, delim = ';', "
        f"quote = '\"', escape = '\"', decimal_separator = ',', timestampformat = '%d/%m/%Y %H:%M:%S', "
        f"columns = {{{columns}}}, store_rejects = true)",
        [file],
    )
    rows = con.execute("SELECT count(*) FROM contact").fetchone()
    refused = con.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
    con.execute("CHECKPOINT")
    con.close()
    return {"accepted": rows[0] if rows else 0, "rejected": refused[0] if refused else 0}


def read(file: str, database: str) -> dict[str, Any]:
    """Do the reading of an import: every row typed and hashed as Parquet, or refused with its line and reason."""
    from ocem.intake.file_reading import read_file
    from ocem.intake.importing import working_folder
    from ocem.intake.receive import receive
    from ocem.store.database import Database
    from ocem.store.profile import find_profile

    store = Database.open(Path(database))
    with store.cursor() as con:
        profile = find_profile(con, "bench_contacts")
    assert profile is not None
    with working_folder(store) as work:
        rows = read_file(store, receive(Path(file), work), work, profile, {}).rows
    store.close()
    assert rows is not None
    lines = sorted({reject.line for reject in rows.rejects})
    return {"accepted": rows.n_good, "rejected": len(lines), "lines": lines}


def prepare(database: str) -> dict[str, Any]:
    """Make an empty store with the benchmark's definitions."""
    from ocem.store.database import Database
    from ocem.store.definitions import load_folder

    store = Database.open(Path(database))
    counts = load_folder(store, DEFINITIONS).counts
    store.close()
    return counts


def load(file: str, database: str) -> dict[str, Any]:
    """Import the file as the program does: read, checked, pseudonymised, stored, daily sums of the touched days."""
    from ocem.intake.importing import import_file
    from ocem.store.database import Database

    store = Database.open(Path(database))
    watch = Stopwatch()
    receipt = import_file(store, Path(file), source="bench_contacts")
    spent = watch.read()
    store.close()
    return {"accepted": receipt.accepted, "rejected": receipt.rejected} | spent


def rebuild(database: str) -> dict[str, Any]:
    """Recompute every daily sum from the facts, as a changed definition of all KPIs would."""
    from ocem.store.daily import rebuild as rebuild_daily
    from ocem.store.database import Database
    from ocem.store.kpi import numbered_kpis

    store = Database.open(Path(database))
    watch = Stopwatch()
    with store.write() as con:
        rebuild_daily(con, numbered_kpis(con))
    spent = watch.read()
    with store.cursor() as con:
        row = con.execute("SELECT count(*) FROM daily").fetchone()
    store.close()
    return {"daily_rows": row[0] if row else 0} | spent


def scan(database: str) -> dict[str, Any]:
    """Read the columns that the daily sums need and do next to nothing with them: the floor of any rebuild."""
    from ocem.store.database import Database

    columns = (
        "superseded_by day touchpoint_id segment_id phase_id kind outcome duration_s wait_s cost_eur resolved_first"
    ).split()
    store = Database.open(Path(database))
    watch = Stopwatch()
    with store.cursor() as con:
        con.execute(f"SELECT {', '.join(f'max({name})' for name in columns)} FROM interaction").fetchall()
    spent = watch.read()
    store.close()
    return dict(spent)


def touch(database: str) -> dict[str, Any]:
    """Open and close the store: what every command pays."""
    from ocem.store.database import Database

    Database.open(Path(database)).close()
    return {}


def compare(database: str) -> dict[str, Any]:
    """Compare before and after for every objective, in whole and by each member, until there are a thousand.

    As tables and the control room ask: without the checks and routes that stand beside a single objective.
    """
    from ocem.evaluation.comparison import compare as compare_cells
    from ocem.store.database import Database

    store = Database.open(Path(database))
    verdicts: Counter[str] = Counter()
    watch = Stopwatch()
    while verdicts.total() < 1000:
        found = compare_cells(store, by=("touchpoint", "segment", "phase"), checks=False)
        verdicts.update(item.verdict.value for item in found)
    spent = watch.read()
    store.close()
    return {"comparisons": verdicts.total(), "verdicts": dict(verdicts)} | spent


def check(database: str) -> dict[str, Any]:
    """Compare the daily sums with the facts."""
    from ocem.store.daily import differences
    from ocem.store.database import Database
    from ocem.store.kpi import numbered_kpis

    store = Database.open(Path(database))
    with store.cursor() as con:
        found = differences(con, numbered_kpis(con))
    store.close()
    return {"differences": len(found)}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    step.__name__: step for step in (plain, typed, read, prepare, load, rebuild, scan, touch, compare, check)
}


def peak_mib() -> float:
    """Peak resident memory of this process alone; the system's own counter starts at the parent's."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    answer = STEPS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(answer | {"peak_mib": peak_mib()}))
