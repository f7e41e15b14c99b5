"""Kill the engine, or ourselves, in the middle of a job: the sums are the old ones or the new ones, never some of each.

Two lakes hold the same days with different orders; a store has the sums of one, a job brings those of the other.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ocem.domain.fact import FactKind
from ocem.errors import OcemError
from ocem.store.check import check
from ocem.store.database import Database
from ocem.store.engine import owned, settings
from ocem.store.engine.run import run
from tests.engine.sail import Sail

ROOT = Path(__file__).resolve().parents[2]
SALE = (FactKind.SALE,)
N_ORDERS, N_SEGMENTS = 120_000, 16


@dataclass
class Tally:
    """What a series of tries found."""

    holds: Path | None = None
    """The lake whose sums the store holds."""
    tries: int = 0
    old: int = 0
    new: int = 0
    faults: list[str] = field(default_factory=list)


def lake(folder: Path, cents: int, orders: int = N_ORDERS, segments: int = N_SEGMENTS) -> Path:
    """Write orders over half a year; another number of cents gives other sums in every cell."""
    place = folder / "facts" / "sale" / "orders"
    place.mkdir(parents=True)
    con = duckdb.connect()
    con.execute(
        f"""COPY (SELECT DATE '2026-01-01' + CAST(i % 181 AS INTEGER) AS day,
        ['portale_riordini', 'agente', 'email', 'telefono'][1 + i // 181 % 4] AS touchpoint,
        's' || (i // 724 % {segments}) AS segment, i % 3 = 0 AS is_reorder, DATE '2026-01-01' AS lead_day,
        CAST(i % 997 + {cents} / 100.0 AS DECIMAL(18, 4)) AS amount_eur FROM range({orders}) t(i))
        TO '{place / "month=2026-01.parquet"}' (FORMAT parquet)"""
    )
    con.close()
    return folder


def fingerprint(path: Path) -> str:
    """Return a digest of all daily sums, rounded beyond what adding up in another order can change."""
    database = Database.open(path)
    try:
        found = [f"{item.code} {item.values}" for item in check(database)]
        with database.cursor() as con:
            row = con.execute(
                "SELECT md5(string_agg(concat_ws('|', kpi_id, day, touchpoint_id, segment_id, phase_id, "
                "printf('%.9g %.9g %.9g %.9g', n, numerator, denominator, numerator_sq)), "
                "';' ORDER BY kpi_id, day, touchpoint_id, segment_id, phase_id)) FROM daily WHERE fact = 'sale'"
            ).fetchone()
            days = {item.run for item in owned.state(con).owned}
        assert row is not None
        return f"unsound: {found}" if found else f"runs of one kind: {row[0]}" if len(days) <= 1 else "mixed runs"
    finally:
        database.close()


def job(path: Path, address: str, folder: Path, worker: tuple[str, ...] | None = None) -> None:
    """Bring the sums of a lake into a store."""
    database = Database.open(path)
    try:
        run(database, settings.settings(address, str(folder), 120.0, worker=worker), SALE)
    finally:
        database.close()


def try_engine(
    path: Path, server: Sail, lakes: tuple[Path, Path], known: dict[str, Path], tally: Tally, seed: int
) -> None:
    """Kill the engine at a random moment of a job, look, and start it again."""
    bring = lakes[1] if tally.holds == lakes[0] else lakes[0]
    timer = threading.Timer(random.Random(seed).uniform(0.3, 9.0), server.kill)
    timer.start()
    try:
        job(path, server.address, bring)
    except OcemError as error:
        if "stayed" not in str(error) and "stay as they were" not in str(error):
            tally.faults.append(f"{seed}: {error}")
    timer.cancel()
    timer.join()
    _look(path, bring, known, tally, seed)
    if server.child is None:
        server.start()


def try_ourselves(
    path: Path,
    address: str,
    lakes: tuple[Path, Path],
    known: dict[str, Path],
    tally: Tally,
    seed: int,
    worker: str = "",
) -> None:
    """Kill the process that asks and stores, at a random moment after it began to store or shortly before."""
    bring = lakes[1] if tally.holds == lakes[0] else lakes[0]
    command = [sys.executable, "-m", "tests.engine.killed", str(path), address, str(bring), worker]
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert child.stdout is not None
    child.stdout.readline()  # it says when it begins to store
    time.sleep(random.Random(seed).uniform(0.0, 1.5))
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    _look(path, bring, known, tally, seed)


def _look(path: Path, bring: Path, known: dict[str, Path], tally: Tally, seed: int) -> None:
    tally.tries += 1
    found = fingerprint(path)
    tally.holds = known.get(found)
    if found not in known:
        tally.faults.append(f"{seed}: neither old nor new: {found}")
    elif known[found] == bring:
        tally.new += 1
    else:
        tally.old += 1


def _child(path: str, address: str, folder: str, script: str) -> None:
    worker = (sys.executable, script, "") if script else None
    database = Database.open(Path(path))
    say = {"store": lambda: print("storing", flush=True)}
    run(
        database, settings.settings(address, folder, 120.0, worker=worker), SALE,
        progress=lambda share, step: say.get(step, lambda: None)(),
    )  # fmt: skip
    time.sleep(60)


if __name__ == "__main__":
    _child(*sys.argv[1:])
