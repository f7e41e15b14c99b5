"""A generated export with all that goes wrong, read the cheap and the careful way: the same cell by cell."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ocem.domain.fact import FactKind
from ocem.intake import lines, staging
from ocem.intake.dialect import find_layout
from ocem.intake.layout import Wanted
from ocem.intake.plan import Plan, StagedRows
from ocem.intake.reading import Column
from ocem.intake.split import Splitter
from ocem.intake.staging import Stager
from ocem.intake.text import first_lines, open_text

pytestmark = pytest.mark.slow

SEED = 11
N_ROWS = 12_000
TOUCHPOINTS = ("Telefono", "Sito web", "App")
HEADER = "Numero;Quando;Cliente;Canale;Nota;Durata;Costo;Risolto"
COLUMNS = (
    Column("external_id", "text", 0, "Numero", required=True, screened="mail"),
    Column("occurred_at", "datetime", 1, "Quando", required=True, date_order="DMY"),
    Column("customer", "customer", 2, "Cliente"),
    Column("touchpoint", "member", 3, "Canale", values={"Telefono": "telefono", "Sito web": "sito"}),
    Column("outcome", "text", 4, "Nota", screened="mail"),
    Column("duration_s", "duration", 5, "Durata", args=("seconds",), decimal=",", thousands="."),
    Column("cost_eur", "amount", 6, "Costo", decimal=",", thousands="."),
    Column("resolved_first", "flag", 7, "Risolto"),
)
ODD = {
    0: ["", " N1", "n.d.", "a@b.it", "=1+1", "'007", '="0012"', "-"],
    1: ["31/02/2026 10:00", "", "29/03/2026 02:30", "25/10/2026 02:30", "12/01/26 9:00", "2026-01-12T10:15:00Z", "x"],
    2: ["", "k-1 ", "K-1", "n/a", "\u00a0K2", "è"],
    3: ["TELEFONO", "sito  web", "Fax", "", "Perché no", "nd"],
    4: ['"due; parole"', 'un "po" di', "Ã¨ rotto", "scrivi a x@y.it", "a;b", "#N/D", "€ 5", "-5", "+39 02"],
    5: ["007", "1,5", "-3", "1.000", "2147483648", "1:05", "", "1e3"],
    6: ["1.234,50", "1,234.50", "(5,00)", "5 €", "12,3,4", "", "0,5", "-7,00", "99999999999999,99", "1e5"],
    7: ["s", "Sì", "forse", "", "1", "VERO"],
}
"""What people and programs write into each column besides what they should."""


def write(path: Path) -> Path:
    rng = random.Random(SEED)
    begin = datetime(2026, 1, 1, 8)
    rows = [HEADER]
    for number in range(N_ROWS):
        at = begin + timedelta(minutes=41 * number)
        cells = [
            f"N{number}", at.strftime("%d/%m/%Y %H:%M"), f"K{number % 700}", rng.choice(TOUCHPOINTS),
            rng.choice(["risolto", "in corso", "perché no", ""]), str(rng.randrange(4000)),
            f"{rng.randrange(900)},{rng.randrange(100):02}", rng.choice("SN"),
        ]  # fmt: skip
        if rng.random() < 0.12:
            at_column = rng.randrange(len(cells))
            cells[at_column] = rng.choice(ODD[at_column])
        text = ";".join(cells)
        if rng.random() < 0.01:
            text = rng.choice([text + ";x", text.rsplit(";", 2)[0], '"' + text, text + "\x00", "", "Totale;;;;;;9;"])
        rows.append(text)
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def read(folder: Path, path: Path, cheaply: bool) -> tuple[StagedRows, list[tuple], int]:
    """Return what was staged, every accepted row with its hashes, and how many came in the cheap way."""
    text = open_text(path)
    first = first_lines(text, 500)
    layout = find_layout(first, Wanted(("Numero", "Quando")), ";")
    assert layout is not None
    sample = list(Splitter(";", layout.width).rows(enumerate(first[1:], start=2)))
    plan = Plan("p", FactKind.INTERACTION, COLUMNS, key_fields=("external_id",))
    with staging.engine(folder / "spill", threads=1) as con:
        stager = Stager(con, plan, layout, folder / f"rows-{cheaply}", b"k" * 32, cheaply=cheaply)
        kept: list[int] = []
        write = stager._write
        stager._write = lambda rows, part: (write(rows, part), "care" in part.name or kept.append(len(rows)))  # type: ignore
        staged = stager.stage_text(text, sample)
        names = "line, day, " + ", ".join(column.field for column in COLUMNS) + ", key_hash, row_hash"
        rows = con.execute(f"SELECT {names} FROM '{staged.rows}' ORDER BY line").fetchall()
    return staged, rows, sum(kept)


@pytest.mark.parametrize("chunk", [64 * 1024, lines.CHUNK_BYTES])
def test_both_ways_give_the_same_cells_rejects_and_skips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(lines, "CHUNK_BYTES", chunk)
    monkeypatch.setattr("ocem.intake.text.BLOCK", chunk)
    path = write(tmp_path / "misto.csv")
    cheap, cheap_rows, n_cheap = read(tmp_path, path, True)
    careful, careful_rows, n_none = read(tmp_path, path, False)
    assert n_cheap > 0.8 * N_ROWS, "the cheap way is what is tested"
    assert n_none == 0
    assert cheap_rows == careful_rows
    assert cheap.rejects == careful.rejects
    assert cheap.skips == careful.skips
    assert cheap.rows_read == careful.rows_read == N_ROWS
    assert {reject.code for reject in cheap.rejects} >= {"bad_date", "bad_number", "bad_duration", "too_many_columns"}
