"""A process that writes in every way the program writes, and ways to stop it: for tests and for the long script.

The writer says each thing it has done. Whatever stops it, what it said must be in the file afterwards, whole, and
nothing half: sums equal to facts, the log unbroken, every closed review byte for byte.
"""

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ocem.errors import OcemError
from ocem.store import audit, migration
from ocem.store.check import check
from ocem.store.database import Database

ROOT = Path(__file__).resolve().parents[1]
LONGEST_UNTIL_FULL_S = 40.0
OLD_VERSIONS = 2
"""How many migrations a store lacks that is to be upgraded."""


@dataclass
class Tally:
    """What a series of tries found."""

    tries: int = 0
    midway: int = 0
    said: int = 0
    faults: list[str] = field(default_factory=list)


def writer(path: str, seed: str) -> None:
    """Write until stopped: imports, undos, aggregates worked out anew, reviews closed and reopened, a new key."""
    from ocem.evaluation import review
    from ocem.store import batch, pseudonym
    from ocem.store.definitions import load_documents
    from tests.evaluation.world import FIRST, N_WEEKS
    from tests.store.staging import contacts, sales

    rng = random.Random(int(seed))
    database = Database.open(Path(path))
    pseudonym.load_ring(database.folder, data_exist=False)
    monday = FIRST + timedelta(weeks=N_WEEKS - 1)
    seen = review.document(database, monday)
    print("open", flush=True)
    for number in range(1_000_000):
        act = rng.choice(["import", "import", "contacts", "undo", "kpi", "review", "key"])
        name = f"{act}-{seed}-{number}"
        with contextlib.suppress(OcemError) if act in ("undo", "contacts") else contextlib.nullcontext():
            if act == "import":
                first = rng.randrange(4000)
                batch.commit(database, sales(database, name, first, first + rng.randrange(1, 3000), cents=number % 90))
            elif act == "contacts":
                batch.commit(database, contacts(database, name, n=rng.randrange(1, 2000)))
            elif act == "undo":
                with database.cursor() as con:
                    live = [item.id for item in batch.list_batches(con) if item.status == "live"]
                if live:
                    batch.undo(database, live[0])
            elif act == "kpi":
                definition = {
                    "kind": "share", "unit": "share", "direction": "up", "level": "process", "owner": "x",
                    "label_it": f"Prova {number}", "label_en": f"Trial {number}",
                    "description_it": "Prova", "description_en": "Trial",
                    "numerator": {"fact": "sale", "aggregate": "count", "where": {"is_reorder": [True]}},
                    "denominator": {"fact": "sale", "aggregate": "count", "where": {"segment": ["pmi"]}},
                }  # fmt: skip
                load_documents(database, {"kpi": {f"prova_{number % 3}": definition}})
            elif act == "review":
                with contextlib.suppress(OcemError):
                    review.close(database, monday, "Marco", seen=seen)
                with contextlib.suppress(OcemError):
                    review.reopen(database, monday, "Marco", f"again {number}")
            else:
                pseudonym.rotate(database)
            print(f"done {database.data_version()}", flush=True)


def opener(path: str, _seed: str) -> None:
    """Bring an old store to the newest version."""
    print("open", flush=True)
    Database.open(Path(path)).close()
    print("done 0", flush=True)


def start(what: str, path: Path, seed: int, most_bytes: int | None = None) -> "subprocess.Popen[str]":
    """Start a writer; with a limit its files cannot grow beyond that many bytes."""

    def limit() -> None:
        if most_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    command = [sys.executable, "-m", "tests.durability", what, str(path), str(seed)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT, start_new_session=True,
        preexec_fn=limit,
    )  # fmt: skip


def kill(child: "subprocess.Popen[str]", after: float) -> tuple[bool, int]:
    """Kill a writer some seconds after it opened the store: whether it still ran, the last thing it said was done."""
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(after)
    running = child.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    said = [int(line.split()[1]) for line in child.stdout.read().splitlines() if line.startswith("done")]
    child.wait()
    child.stdout.close()
    return running, max(said, default=0)


def faults(path: Path, at_least: int = 0) -> list[str]:
    """Open a store without a hand's help and say what is not whole."""
    try:
        database = Database.open(path)
    except OcemError as error:
        return [f"does not open: {error}"]
    try:
        found = [f"{item.code} {item.values}" for item in check(database)]
        if database.data_version() < at_least:
            found.append(f"lost: said {at_least}, found {database.data_version()}")
        with database.cursor() as con:
            if audit.broken(con) is not None:
                found.append("the log is broken")
            rows = con.execute("SELECT hash, sha256(document) FROM review").fetchall()
            found += ["a closed review changed" for kept, now in rows if kept != now]
            if migration.current_version(con) != max(migration.available()):
                found.append("not migrated")
        return found
    finally:
        database.close()


def try_kill(path: Path, tally: Tally, seed: int, longest: float) -> None:
    """Kill the writer at a random moment and look."""
    midway, said = kill(start("writer", path, seed), random.Random(seed).uniform(0.05, longest))
    tally.tries += 1
    tally.midway += midway
    tally.said += said > 0
    tally.faults += [f"kill {seed}: {item}" for item in faults(path, said)]


def try_copy(path: Path, tally: Tally, seed: int, folder: Path, longest: float) -> None:
    """Copy the files while the writer stands still at a random moment, as a machine that stops would leave them."""
    child = start("writer", path, seed)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(random.Random(seed).uniform(0.05, longest))
    os.killpg(child.pid, signal.SIGSTOP)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in (path.name, path.name + ".wal", "secret.key"):
        if (path.parent / name).exists():
            shutil.copy2(path.parent / name, folder / name)
    os.killpg(child.pid, signal.SIGCONT)
    kill(child, 0)
    tally.tries += 1
    tally.faults += [f"copy {seed}: {item}" for item in faults(folder / path.name)]


def try_full_disk(path: Path, tally: Tally, seed: int) -> None:
    """Let the file grow by some kilobytes more only, and write until that fails."""
    most = path.stat().st_size + random.Random(seed).randrange(0, 300_000)
    child = start("writer", path, seed, most_bytes=most)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=LONGEST_UNTIL_FULL_S)
    running, said = kill(child, 0)
    tally.tries += 1
    tally.midway += not running
    tally.faults += [f"full {seed}: {item}" for item in faults(path, said)]


def try_migration(old: Path, tally: Tally, seed: int, folder: Path, longest: float) -> None:
    """Kill the upgrade of an old store at a random moment; the next start finishes it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = Path(shutil.copy2(old, folder / old.name))
    midway, _ = kill(start("opener", path, seed), random.Random(seed).uniform(0, longest))
    tally.tries += 1
    tally.midway += midway
    tally.faults += [f"migration {seed}: {item}" for item in faults(path)]


if __name__ == "__main__":
    {"writer": writer, "opener": opener}[sys.argv[1]](sys.argv[2], sys.argv[3])
