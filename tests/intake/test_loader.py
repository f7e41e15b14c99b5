"""The loader alone: text files become rows of text without any parameter, the header first."""

from pathlib import Path

import pytest

from ocem.intake.split import mend
from tests.intake.reading_of import adapter

HEADER = ["day", "name", "text", "n"]
ROWS = [[f"{13 + n}/02/2026", f"Kids' Bike, {n}\"", f"made to last, {n} years", str(n)] for n in range(6)]


def load(folder: Path, text: str) -> list[list[str]]:
    path = folder / "any.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return adapter.load_table(str(path))


def written(delimiter: str = ",", quote: str = '"', escape: str = '"', end: str = "\r\n") -> str:
    def cell(text: str) -> str:
        return quote + text.replace(quote, escape + quote) + quote

    return "".join(delimiter.join(map(cell, row)) + end for row in [HEADER, *ROWS])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ", ", " ", "~"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_delimiters_and_line_ends_are_found(tmp_path: Path, delimiter: str, end: str) -> None:
    assert load(tmp_path, written(delimiter, end=end)) == [HEADER, *ROWS]


@pytest.mark.parametrize(("quote", "escape"), [("'", "'"), ('"', "\\")])
def test_quotation_and_escape_are_found(tmp_path: Path, quote: str, escape: str) -> None:
    assert load(tmp_path, written(quote=quote, escape=escape)) == [HEADER, *ROWS]


def test_a_mark_too_many_costs_no_other_cell(tmp_path: Path) -> None:
    text = written().replace('"16/02/2026"', '""16/02/2026"')
    assert load(tmp_path, text)[4] == ['"16/02/2026', *ROWS[3][1:]]
    assert mend('a,"b,"c, d",e', ",", 4) == ("a", '"b', "c, d", "e")


def test_titles_and_blank_lines_are_left_out(tmp_path: Path) -> None:
    assert load(tmp_path, "REPORT,,,\r\n,,,\r\n" + written() + "\r\n") == [HEADER, *ROWS]


def test_a_header_in_several_rows_is_one(tmp_path: Path) -> None:
    first = written().split("\r\n")[0] + "\r\n"
    assert load(tmp_path, first + written())[0] == [f"{name} {name}" for name in HEADER]


def test_a_table_without_a_header_gets_one(tmp_path: Path) -> None:
    found = load(tmp_path, written().split("\r\n", 1)[1])
    assert found[1:] == ROWS
    assert len(found[0]) == 4


def test_years_as_column_names_are_a_header(tmp_path: Path) -> None:
    assert load(tmp_path, "Country,2001,2002\nItaly,1,2\nFrance,3,4\nSpain,5,6\nMalta,7,8\n")[0] == [
        "Country",
        "2001",
        "2002",
    ]
