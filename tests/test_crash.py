"""Killed without warning while it imports: what was committed is whole, nothing else is there, nobody repairs."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ocem.store.daily import differences
from ocem.store.database import Database
from ocem.store.definitions import ensure_starter
from ocem.store.kpi import numbered_kpis

pytestmark = pytest.mark.slow

TRIES = int(os.environ.get("OCEM_CRASH_TRIES", "6"))  # 50 by hand before a release
FILES_A_TRY = 6
ROWS = 4000
SEED = 7

PROFILE = """
[profile.crash]
label = "Crash"
system = "Test"
fact = "interaction"
key_fields = ["external_id"]
required = ["occurred_at", "external_id"]
formats = { decimal = ",", thousands = ".", date_order = "DMY", timezone = "Europe/Rome" }
[profile.crash.fields]
external_id = { column = "ID", type = "text" }
occurred_at = { column = "Quando", type = "datetime" }
customer = { column = "Cliente", type = "customer" }
touchpoint = { column = "Canale", type = "member" }
segment = { column = "Segmento", type = "member" }
cost_eur = { column = "Costo", type = "amount" }
"""

IMPORTER = """
import sys
from pathlib import Path
from ocem.intake.importing import import_file
from ocem.store.database import Database

database = Database.open(Path(sys.argv[1]))
print("open", flush=True)
for path in sys.argv[2:]:
    receipt = import_file(database, Path(path), source="crash")
    print(receipt.batch, flush=True)
"""


def write_export(path: Path, number: int) -> Path:
    """Write a file of which half the records correct those of the file before."""
    rng = random.Random(SEED + number)
    first = number * ROWS // 2
    lines = ["ID;Quando;Cliente;Canale;Segmento;Costo"]
    for record in range(first, first + ROWS):
        day, month = 1 + record % 28, 1 + record % 12
        lines.append(
            f"R{record};{day:02}/{month:02}/2026 {9 + record % 8:02}:{record % 60:02}:00;K{record % 97};"
            f"Canale {record % 5};Segmento {record % 3};{rng.randint(100, 999)},{rng.randint(10, 99)}"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def import_and_kill(database: Path, exports: list[Path], after: float | None) -> tuple[list[int], float]:
    """Import the files in a child process and kill it after some seconds: batches it acknowledged, seconds it had."""
    command = [sys.executable, "-c", IMPORTER, str(database), *map(str, exports)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        started = time.monotonic()
        if after is not None:
            time.sleep(after)
            os.killpg(child.pid, signal.SIGKILL)
        printed = child.stdout.read()
    return [int(line) for line in printed.splitlines() if line.isdigit()], time.monotonic() - started


def broken(database: Database) -> list[str]:
    """Say what is not whole in a store: batches against facts, facts against batches, sums against facts."""
    with database.cursor() as con:
        halves = con.execute(
            """SELECT b.id, b.accepted + b.updated, count(f.line) FROM import_batch b
            LEFT JOIN interaction f ON f.batch_id = b.id GROUP BY ALL HAVING count(f.line) <> b.accepted + b.updated"""
        ).fetchall()
        strays = con.execute(
            """SELECT count(*) FROM interaction f WHERE f.batch_id NOT IN (SELECT id FROM import_batch)
            OR f.superseded_by NOT IN (SELECT id FROM import_batch)"""
        ).fetchall()
        twins = con.execute(
            """SELECT count(*) FROM (SELECT key_hash FROM interaction WHERE superseded_by IS NULL
            GROUP BY key_hash HAVING count(*) > 1)"""
        ).fetchall()
        sums = differences(con, numbered_kpis(con))
    found = [f"batch {batch}: {promised} rows promised, {there} there" for batch, promised, there in halves]
    found += [f"{n} rows of no batch" for (n,) in strays if n] + [f"{n} records live twice" for (n,) in twins if n]
    return found + [f"sums of {kpi} differ from the facts in {cells} cells" for _, kpi, cells in sums]


@pytest.fixture(scope="module")
def crash_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the starter definitions and the profile of the files to import."""
    import tomllib

    from ocem.store.definitions import load_documents

    path = tmp_path_factory.mktemp("crash") / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    load_documents(database, tomllib.loads(PROFILE))
    database.close()
    return path


def test_a_killed_import_leaves_whole_batches_and_needs_no_repair(crash_store, tmp_path):
    exports = [write_export(tmp_path / f"export-{number}.csv", number) for number in range((TRIES + 1) * FILES_A_TRY)]
    whole, whole_run = import_and_kill(crash_store, exports[:FILES_A_TRY], after=None)
    acknowledged = set(whole)
    assert len(acknowledged) == FILES_A_TRY
    rng = random.Random(SEED)
    killed_midway = 0
    for attempt in range(1, TRIES + 1):
        batch_of_files = exports[attempt * FILES_A_TRY : (attempt + 1) * FILES_A_TRY]
        done, _ = import_and_kill(crash_store, batch_of_files, after=rng.uniform(0, whole_run))
        killed_midway += len(done) < FILES_A_TRY
        acknowledged |= set(done)
        database = Database.open(crash_store)
        with database.cursor() as con:
            stored = {row[0] for row in con.execute("SELECT id FROM import_batch").fetchall()}
        assert acknowledged <= stored, f"try {attempt}: acknowledged batches are lost"
        assert len(stored - acknowledged) <= 1, f"try {attempt}: more than the one batch in flight was stored"
        assert broken(database) == [], f"try {attempt}"
        acknowledged |= stored
        database.close()
    print(f"{TRIES} kills, {killed_midway} of them midway, {len(stored)} batches stored")
    assert killed_midway >= TRIES // 2, "most tries ended before the kill: it proves nothing"
