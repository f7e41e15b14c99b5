"""Killed, out of disk, copied in the middle, two versions old: what was said to be stored is there, whole."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from ocem.evaluation import review
from ocem.store import batch, bucket, migration
from ocem.store.check import check
from ocem.store.database import Database, restore
from ocem.store.definitions import ensure_starter, load_documents
from ocem.store.pseudonym import load_key
from tests import durability
from tests.browser.harness import ROOT, free_port, stop, wait_until, wait_until_healthy
from tests.durability import Tally
from tests.evaluation.world import FIRST, N_WEEKS, build
from tests.store.staging import contacts, sales
from tests.test_crash import PROFILE, ROWS, write_export

TRIES = int(os.environ.get("OCEM_DURABILITY_TRIES", "2"))  # tests/reference/nothing_lost.py does hundreds


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small company with facts, aggregates and a closed review."""
    path = tmp_path_factory.mktemp("company") / "ocem.duckdb"
    database = Database.open(path)
    ensure_starter(database)
    build(database)
    review.close(database, FIRST + timedelta(weeks=N_WEEKS - 1), "Marco")
    database.close()
    return path


@pytest.fixture
def path(company: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy2(company, tmp_path / company.name))


def old_store(folder: Path, tmp_path: Path, lacking: int = durability.OLD_VERSIONS) -> Path:
    """A store as the program left it some versions ago, with rows."""
    old = tmp_path / "migrations"
    shutil.copytree(migration.FOLDER, old)
    for number in sorted(migration.available())[-lacking:]:
        next(old.glob(f"{number:04d}_*.sql")).unlink()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migration, "FOLDER", old)
        for unknown in ("settle", "fill"):  # what that version did not do yet
            patched.setattr(bucket, unknown, lambda *_: None)
        opened = Database.open(folder / "ocem.duckdb")
        with opened.write() as con:
            con.execute("INSERT INTO source VALUES (7, 'of old')")
            con.execute("INSERT INTO review_draft VALUES ('2026-W01', '', 'minutes', 'of old', 'Anna', now())")
        opened.close()
    return folder / "ocem.duckdb"


def test_a_store_two_versions_old_is_brought_up_to_date_and_copied_first(tmp_path: Path) -> None:
    path = old_store(tmp_path, tmp_path)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    opened = Database.open(path)
    ensure_starter(opened)
    batch.commit(opened, sales(opened, "new", 0, 50))
    with opened.cursor() as con:
        assert migration.applied(con) == set(migration.available())
        assert con.execute("SELECT key FROM source WHERE id = 7").fetchone() == ("of old",)
        assert con.execute("SELECT content FROM review_draft").fetchone() == ("of old",)
    assert check(opened) == []
    opened.close()
    (copy,) = (tmp_path / "backups").iterdir()
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == before


def figures(path: Path) -> str:
    """Return one hash over every row of every table."""
    database = Database.open(path)
    digest = hashlib.sha256()
    with database.cursor() as con:
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1").fetchall():
            rows = con.execute(f'SELECT count(*), bit_xor(hash(t)), sum(hash(t)) FROM "{table}" t').fetchall()
            digest.update(repr((table, rows)).encode())
    database.close()
    return digest.hexdigest()


@pytest.mark.slow
def test_a_restored_backup_is_the_last_committed_state_to_the_last_row(path: Path, tmp_path: Path) -> None:
    """The copy is taken while the store is open and between writes; what was written later is not in it."""
    database = Database.open(path)
    batch.commit(database, contacts(database, "december", n=300))
    copy = database.backup(tmp_path / "night" / "ocem.duckdb")
    batch.commit(database, sales(database, "january", 0, 500))
    database.close()
    later = figures(path)
    at_night = figures(Path(shutil.copytree(copy.parent, tmp_path / "looked-at") / copy.name))
    assert later != at_night
    kept = restore(copy, path)
    assert figures(path) == at_night
    assert kept is not None and figures(kept) == later
    restored = Database.open(path)
    assert check(restored) == []
    restored.close()


@pytest.mark.slow
def test_a_copy_taken_in_mid_import_is_the_last_committed_state_to_the_last_row(path: Path, tmp_path: Path) -> None:
    """The files are copied while all rows of an import are written and not committed; a backup asked for then waits."""
    database = Database.open(path)
    before = figures(database.backup(tmp_path / "before" / path.name))
    written, go_on = threading.Event(), threading.Event()

    def hold(share: float) -> None:
        if share == 1:
            written.set()
            assert go_on.wait(60)

    with ThreadPoolExecutor(2) as pool:
        importing = pool.submit(batch.commit, database, contacts(database, "december", n=5000), progress=hold)
        try:
            assert written.wait(60)
            copy = tmp_path / "instant"
            copy.mkdir()
            for name in (path.name, f"{path.name}.wal"):
                if path.with_name(name).exists():
                    shutil.copy2(path.with_name(name), copy / name)
            backup = pool.submit(database.backup, tmp_path / "asked-for" / path.name)
        finally:
            go_on.set()
        assert importing.result().counts.accepted == 5000
        asked_for = backup.result()
    database.close()
    assert restore(copy / path.name, tmp_path / "restored" / path.name) is None
    assert figures(tmp_path / "restored" / path.name) == before
    assert figures(asked_for) == figures(path) != before


@pytest.mark.slow
def test_an_app_told_to_stop_in_mid_import_ends_by_itself_and_leaves_nothing_half(path: Path, tmp_path: Path) -> None:
    database = Database.open(path)
    load_documents(database, tomllib.loads(PROFILE))
    load_key(path.parent, data_exist=False)
    known = len(batches_of(database))
    database.close()
    with (tmp_path / "server.log").open("wb") as log:
        command = [sys.executable, "-m", "ocem", "--db", str(path), "serve", "--no-browser", "--port", str(free_port())]
        app = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_until_healthy(f"http://127.0.0.1:{command[-1]}", app, tmp_path / "server.log")
            folder = path.parent / "inbox" / "crash"
            folder.mkdir(parents=True)
            for number in range(4):
                write_export(folder / f"{number}.csv", number)
            wait_until(lambda: any((path.parent / "inbox" / "done").glob("*.csv")), 60)
            app.send_signal(signal.SIGTERM)
            status = app.wait(60)
        finally:
            stop(app)
    said = (tmp_path / "server.log").read_text(errors="replace")
    assert status == 0 and "Traceback" not in said, said[-2000:]
    assert not list(path.parent.glob(".*.app.json")), "no note says that an app answers"
    assert durability.faults(path) == []
    database = Database.open(path)
    done = len(list((path.parent / "inbox" / "done").glob("*.csv")))
    found = batches_of(database)[known:]
    database.close()
    assert done <= len(found) <= done + 1, "what is filed away is stored, and at most one more was on its way there"
    assert all(item.accepted + item.updated == ROWS for item in found)


def batches_of(database: Database) -> list[batch.BatchRecord]:
    with database.cursor() as con:
        return sorted(batch.list_batches(con), key=lambda item: item.id)


@pytest.mark.slow
def test_a_killed_writer_leaves_what_it_said_and_nothing_half(path: Path) -> None:
    tally = Tally()
    for seed in range(TRIES):
        durability.try_kill(path, tally, seed, longest=3)
    assert tally.faults == []
    assert tally.midway == TRIES and tally.said


@pytest.mark.slow
def test_a_full_disk_leaves_what_was_there(path: Path) -> None:
    tally = Tally()
    for seed in range(TRIES):
        durability.try_full_disk(path, tally, seed)
    assert tally.faults == []
    assert tally.midway, "no writer met the limit: it proves nothing"


@pytest.mark.slow
def test_a_copy_of_the_files_at_any_instant_opens(path: Path, tmp_path: Path) -> None:
    tally = Tally()
    for seed in range(TRIES):
        durability.try_copy(path, tally, seed, tmp_path / "copy", longest=3)
    assert tally.faults == []


@pytest.mark.slow
def test_a_killed_upgrade_is_finished_by_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old, tally = old_store(tmp_path / "old", tmp_path), Tally()
    for seed in range(TRIES):
        durability.try_migration(old, tally, seed, tmp_path / "copy", longest=0.6)
    assert tally.faults == []
