"""An import that is stopped, wherever that is, leaves nothing: no batch, no rows, no file."""

import os
import random
import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from ocem.intake import lines
from ocem.intake.importing import import_file, preview
from ocem.intake.progress import READING, RECEIVING, STORING, WEIGHING
from ocem.store.batch import list_batches
from ocem.store.database import Database
from ocem.store.definitions import load_documents
from tests.intake.test_importing import HEADER, ORDERS

N_ROWS = 3_000


class StoppedError(BaseException):
    """What a page raises in a script that is to end."""


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file read in several chunks, with refused rows among the good ones."""
    monkeypatch.setattr(lines, "CHUNK_BYTES", 16 * 1024)
    monkeypatch.setattr("ocem.intake.text.BLOCK", 16 * 1024)
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "".join(order(number) for number in range(N_ROWS)), encoding="utf-8")
    return path


def order(number: int) -> str:
    day = "31/02/2026" if number % 300 == 7 else f"{number % 28 + 1:02}/01/2026"
    return f"O{number};{day};C{number % 90};Fax;{number},50;S\n"


def files_of(database: Database) -> set[Path]:
    """Everything beside the store that an import may make, its key apart."""
    folders = [database.folder / name for name in ("staging", "uploads", "inbox")]
    return {path for folder in folders for path in folder.rglob("*") if path.name != "spill"}


MOMENTS = ((RECEIVING, 1), (WEIGHING, 2), (READING, 1), (READING, 3), (STORING, 1), (STORING, 4), (STORING, 6))
"""The steps an import is stopped at, the how-manyeth time each is told; the last is right before anything holds."""


@pytest.mark.slow
def test_stopped_at_any_step_nothing_is_left_and_the_next_try_stores_all(database: Database, export: Path) -> None:
    undecided = replace(ORDERS, formats={"timezone": "Europe/Rome"})
    preview(database, export, profile=undecided)
    before = files_of(database)
    for step, time in MOMENTS:
        told: list[str] = []

        def stop(share: float, what: str, n_rows: int, told: list[str] = told, at: tuple = (step, time)) -> None:
            told.append(what)
            if (what, told.count(what)) == at:
                raise StoppedError

        with pytest.raises(StoppedError):
            import_file(database, export, profile=undecided, progress=stop)
        with database.cursor() as con:
            assert list_batches(con) == []
            assert con.execute("SELECT count(*) FROM sale").fetchall() == [(0,)]
        assert files_of(database) == before
    shares: list[float] = []
    receipt = import_file(
        database, export, profile=undecided, progress=lambda share, what, n_rows: shares.append(share)
    )
    assert receipt.batch is not None
    assert receipt.accepted + receipt.rejected == N_ROWS
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_rows_are_told_while_they_are_read_and_all_of_them_at_the_end(database: Database, export: Path) -> None:
    rows: list[int] = []
    import_file(database, export, profile=ORDERS, progress=lambda share, what, n_rows: rows.append(n_rows))
    assert rows == sorted(rows)
    assert any(0 < n_rows < N_ROWS for n_rows in rows)
    assert rows[-1] == N_ROWS


PROFILE = """
[profile.many]
label = "Many"
system = "Test"
fact = "sale"
key_fields = ["external_id"]
required = ["order_day", "external_id"]
formats = { decimal = ",", thousands = ".", date_order = "DMY", timezone = "Europe/Rome" }
[profile.many.fields]
external_id = { column = "Numero", type = "text" }
order_day = { column = "Data ordine", type = "date" }
customer = { column = "Codice cliente", type = "customer" }
amount_eur = { column = "Importo", type = "amount" }
"""


def listen_to_ctrl_c() -> None:
    """Give a child the ear for Ctrl-C that a shell takes from what it runs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
@pytest.mark.parametrize("step", [READING, STORING])
def test_ctrl_c_on_the_command_line_says_so_and_leaves_nothing(tmp_path: Path, step: str) -> None:
    home = tmp_path / "home"
    database = Database.open(home / "ocem.duckdb")
    load_documents(database, tomllib.loads(PROFILE))
    before = files_of(database)
    database.close()
    path = tmp_path / "many.csv"
    rng = random.Random(5)
    days = [(date(2024, 1, 1) + timedelta(days=n)).strftime("%d/%m/%Y") for n in range(700)]
    with path.open("w", encoding="utf-8") as out:
        out.write("Numero;Data ordine;Codice cliente;Importo\n")
        out.writelines(f"N{n};{days[n % 700]};C{rng.randrange(9999)};{n % 977},50\n" for n in range(1_500_000))
    command = [sys.executable, "-m", "ocem", "--lang", "en", "--db", str(home / "ocem.duckdb"), "import", str(path)]
    command += ["--source", "many"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=listen_to_ctrl_c
    ) as child:
        assert child.stderr is not None
        said = ""
        while step not in said:
            line = child.stderr.readline()
            assert line, said
            said += line
        os.kill(child.pid, signal.SIGINT)
        said = child.stderr.read()
    assert child.returncode == 130, said
    assert said.strip().endswith("Stopped. Of what was not finished nothing is left.")
    database = Database.open(home / "ocem.duckdb")
    with database.cursor() as con:
        assert list_batches(con) == []
        assert con.execute("SELECT count(*) FROM sale").fetchall() == [(0,)]
    assert files_of(database) == before
    database.close()
