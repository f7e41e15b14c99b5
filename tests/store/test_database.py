"""One file, one owner: clear words when it cannot be used, nothing changed when a write fails."""

import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from ocem.errors import NotAStore, StoreDamaged, StoreNewer
from ocem.store import migration
from ocem.store.database import Database, restore


def test_a_failed_write_changes_nothing(database: Database) -> None:
    version = database.data_version()
    with pytest.raises(ZeroDivisionError), database.write() as con:
        con.execute("INSERT INTO source VALUES (9, 'half')")
        raise ZeroDivisionError
    with database.cursor() as con:
        assert con.execute("SELECT count(*) FROM source").fetchone() == (0,)
    assert database.data_version() == version


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_second_process_is_told_who_holds_the_file(database: Database, tmp_path: Path, is_copied: bool) -> None:
    """Also after a backup: a process that reads its own locked file and closes it would lose the lock."""
    if is_copied:
        database.backup(tmp_path / "night" / "copy.duckdb")
    script = (
        "import sys\nfrom pathlib import Path\nfrom ocem.errors import StoreBusy\n"
        "from ocem.store.database import Database\n"
        "try:\n    Database.open(Path(sys.argv[1]))\nexcept StoreBusy as busy:\n    print(busy.values['pid'])\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(database.path)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert told.stdout.strip().isdigit()


def test_a_part_that_cannot_be_read_is_said_in_words_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ocem.duckdb"
    database = Database.open(path)
    with database.write() as con:
        con.execute("CREATE TABLE big AS SELECT hash(i) AS x, hash(i + 1) AS y FROM range(400000) r(i)")
    database.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"damage" * 100)
    opened = Database.open(path)
    with pytest.raises(StoreDamaged, match="Restore the last backup"), opened.cursor() as con:
        con.execute("SELECT sum(x // 2), sum(y // 2) FROM big").fetchall()
    with suppress(duckdb.Error, StoreDamaged):
        opened.close()


def test_a_text_file_is_not_a_store(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_text("Data;Importo\n" * 500)
    with pytest.raises(NotAStore):
        Database.open(path)


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(NotAStore, match="invoices"):
        Database.open(path)
    with duckdb.connect(str(path)) as con:
        assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("invoices",)]


def test_a_newer_store_is_refused(database: Database) -> None:
    with database.write() as con:
        con.execute("INSERT INTO schema_version VALUES (999, '9.9', now())")
    database.close()
    with pytest.raises(StoreNewer, match="999"):
        Database.open(database.path)


@pytest.mark.parametrize("damage", ["cut", "scrambled"])
def test_a_damaged_file_is_named_with_its_backups(database: Database, damage: str) -> None:
    database.close()
    content = bytearray(database.path.read_bytes())
    if damage == "cut":
        database.path.write_bytes(content[:5000])
    else:
        content[12288:] = bytes(byte ^ 0x5A for byte in content[12288:])
        database.path.write_bytes(content)
    with pytest.raises(StoreDamaged, match="backups"):
        Database.open(database.path)


def test_a_migration_copies_the_file_first_and_is_all_or_nothing(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(migration.FOLDER, folder)
    newest = max(migration.available())
    (folder / f"{newest + 1:04d}_broken.sql").write_text("CREATE TABLE half (x INTEGER); SELECT no_such_column;")
    copies = []
    with database.cursor() as con:
        with pytest.raises(duckdb.Error):
            migration.migrate(con, before=copies.append, folder=folder)
        assert migration.current_version(con) == newest
        assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half'").fetchone() == (0,)
        (folder / f"{newest + 1:04d}_broken.sql").write_text("CREATE TABLE whole (x INTEGER);")
        assert migration.migrate(con, before=copies.append, folder=folder) == newest + 1
    assert copies == [newest, newest]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{outside}')",
        "COPY member TO '{outside}'",
        "ATTACH '{outside}'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ],
)
def test_no_statement_reaches_another_file(database: Database, tmp_path: Path, statement: str) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    with database.cursor() as con, pytest.raises(duckdb.Error):
        con.execute(statement.format(outside=outside))
    assert outside.read_text() == "a\n1\n"


def test_many_threads_read_right_answers(database: Database) -> None:
    wrong: list[object] = []

    def read(number: int) -> None:
        for _ in range(50):
            with database.cursor() as con:
                row = con.execute("SELECT ?, count(*) FROM member WHERE dimension = 'phase'", [number]).fetchone()
            if row != (number, 4):  # three phases and "not given"
                wrong.append(row)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_backup_opens_and_restore_keeps_what_was_there(database: Database, tmp_path: Path) -> None:
    with database.write() as con:
        con.execute("INSERT INTO source VALUES (1, 'saved')")
    copy = database.backup(tmp_path / "copies" / "monday.duckdb")
    with database.write() as con:
        con.execute("INSERT INTO source VALUES (2, 'later')")
    text = tmp_path / "text.duckdb"
    text.write_text("not a store" * 1000)
    with pytest.raises(NotAStore):
        restore(text, database.path)
    database.close()
    kept = restore(copy, database.path)
    assert kept is not None and kept.is_file()
    opened = Database.open(database.path)
    with opened.cursor() as con:
        assert con.execute("SELECT key FROM source ORDER BY 1").fetchall() == [("saved",)]
    opened.close()
