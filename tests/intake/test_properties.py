"""What holds for every file: nothing is lost, both ways of reading agree, damage stays where it is."""

import csv
import io
import string
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocem.domain.fact import FactKind
from ocem.intake import staging
from ocem.intake.careful import ways_to_split
from ocem.intake.dialect import find_layout
from ocem.intake.layout import Wanted
from ocem.intake.plan import Plan, StagedRows
from ocem.intake.reading import Column
from ocem.intake.receive import LIMITS
from ocem.intake.split import Splitter, cut_text
from ocem.intake.staging import Stager
from ocem.intake.text import first_lines, line_blocks, open_text

QUICK = settings(max_examples=16, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
cells = st.text(st.sampled_from("ab\";,\n éà\t'="), max_size=8)
words = st.text(string.ascii_letters + " àèé'", max_size=12)


@QUICK
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6), st.sampled_from(";,\t|"))
def test_what_a_well_formed_writer_writes_is_cut_as_it_was(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    lines = out.getvalue().split("\n")[:-1]
    splitter = Splitter(delimiter, 3, probe=lambda _: False)
    found = [list(row.cells) for row in splitter.rows(enumerate(lines, start=1))]
    assert found == rows


@QUICK
@given(st.text(st.sampled_from('ab";\n '), max_size=60))
def test_the_splitter_takes_every_line_exactly_once(text: str) -> None:
    lines = list(enumerate(text.split("\n"), start=1))
    rows = list(Splitter(";", 3).rows(lines))
    taken = [number for row in rows for number in range(row.line, row.last_line + 1)]
    assert taken == [number for number, _ in lines]


@QUICK
@given(st.text(st.sampled_from('a";é '), max_size=20))
def test_lines_split_in_the_engine_split_as_in_python(text: str) -> None:
    with duckdb.connect() as con:
        layout = find_layout(["a;b", "1;2"], Wanted(("a", "b")), ";")
        assert layout is not None
        con.execute("CREATE TABLE rest AS SELECT ? || chr(10) AS text", [text])
        for found, calm in ways_to_split(layout, LIMITS):
            for (row,) in con.execute(f"SELECT {found} FROM rest WHERE {calm}").fetchall():
                assert (tuple(row), False, False) == (lambda cut: (cut.cells, cut.open, cut.stray))(cut_text(text, ";"))


@QUICK
@given(st.binary(max_size=200))
def test_any_bytes_become_whole_lines(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(data + b"\n")
    try:
        text = open_text(path)
    except Exception as error:
        assert getattr(error, "code", None) == "not_text"
        return
    blocks = b"".join(line_blocks(text))
    assert blocks.decode("utf-8").endswith("\n") or not blocks


COLUMNS = (
    Column("order_day", "date", 0, "day", required=True, date_order="DMY"),
    Column("external_id", "text", 1, "id"),
    Column("amount_eur", "amount", 2, "amount", decimal=",", thousands="."),
    Column("n_lines", "int", 3, "lines", decimal=",", thousands="."),
    Column("is_reorder", "flag", 4, "again"),
    Column("x_moment", "datetime", 5, "moment", date_order="DMY"),
    Column("x_duration", "duration", 6, "duration", args=("seconds",), decimal=",", thousands="."),
)


def stage(folder: Path, lines: list[str], fast: bool, amount: str = "1.000,00") -> tuple[StagedRows, list[tuple]]:
    path = folder / "file.csv"
    path.write_text("\n".join(["day;id;amount;lines;again;moment;duration", *lines]) + "\n", encoding="utf-8")
    text = open_text(path)
    layout = find_layout(first_lines(text, 100), Wanted(("day", "id")), ";")
    assert layout is not None
    plan = Plan("p", FactKind.SALE, COLUMNS)
    with staging.engine(folder / "spill", threads=1) as con:
        parts = folder / f"rows-{fast}-{len(list(folder.iterdir()))}"
        stager = Stager(con, plan, layout, parts, b"k" * 32, cheaply=fast)
        good = Splitter(";", 7).rows([(2, f"01/01/2026;x;{amount};1;S;01/01/2026 10:15;60")])
        staged = stager.stage_text(text, list(good))
        if not staged.n_good:
            return staged, []
        rows = con.execute(
            "SELECT line, day, external_id, amount_eur, n_lines, is_reorder, x_moment, x_duration, row_hash "
            f"FROM '{staged.rows}' ORDER BY line"
        ).fetchall()
    return staged, rows


amounts = st.one_of(
    st.decimals(min_value=Decimal(-99999), max_value=Decimal(99999), places=2).map(
        lambda value: f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    ),
    st.sampled_from(["", "n.d.", "1.23,4", "5 €", "-", "1e5", "+3", "1.5", "0,", ",5", "1 000"]),
)
days = st.one_of(
    st.dates().map(lambda day: day.strftime("%d/%m/%Y")),
    st.sampled_from(["31/02/2026", "1/1/26", "2026-01-05", "", "x", "01/01/0026", "5 gen 2026", "01/01/1900"]),
)
lines = st.builds(
    lambda *parts: ";".join(parts),
    days,
    st.one_of(words, st.sampled_from(["n.d.", "ND", "=1+1", "-5", "'x", '"q"', "#", "a@b.it", "\u00a0x"])),
    amounts,
    st.sampled_from(["1", "007", "1.000", "1,5", "", "x", "-2"]),
    st.sampled_from(["S", "n", "", "forse", "Sì", "1"]),
    st.one_of(
        st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2060, 1, 1)).map(
            lambda moment: moment.strftime("%d/%m/%Y %H:%M")
        ),
        st.sampled_from(["29/03/2026 02:30", "25/10/2026 02:30", "", "12/01/2026 24:00", "2026-01-12T10:15:00Z"]),
    ),
    st.sampled_from(["60", "007", "1,5", "", "-3", "1.000", "2147483648"]),
)


@pytest.mark.slow
@QUICK
@given(st.lists(lines, min_size=1, max_size=25))
def test_the_cheap_and_the_careful_way_read_the_same(tmp_path: Path, file: list[str]) -> None:
    slow, slow_rows = stage(tmp_path, file, fast=False)
    for amount in ("1.000,00", "10,00"):
        quick, quick_rows = stage(tmp_path, file, fast=True, amount=amount)
        assert quick_rows == slow_rows
    assert [(r.line, r.code) for r in quick.rejects] == [(r.line, r.code) for r in slow.rejects]
    assert quick.rows_read == slow.rows_read == len(file)


@pytest.mark.slow
@QUICK
@given(st.lists(lines, min_size=1, max_size=20), st.data())
def test_damage_to_one_line_leaves_the_others_as_they_were(
    tmp_path: Path, file: list[str], data: st.DataObject
) -> None:
    file = [line.replace('"', "") for line in file]
    _, before = stage(tmp_path, file, fast=True)
    at = data.draw(st.integers(0, len(file) - 1))
    place = data.draw(st.integers(0, len(file[at])))
    damage = data.draw(st.sampled_from(['"', ";", "\x00", ";;;", "x" * 70_000]))
    file[at] = file[at][:place] + damage + file[at][place:]
    _, after = stage(tmp_path, file, fast=True)
    untouched = [row for row in before if row[0] != at + 2]
    assert [row for row in after if row[0] != at + 2] == untouched
