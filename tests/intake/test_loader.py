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


def test_a_header_of_groups_and_names_is_joined(tmp_path: Path) -> None:
    text = "day,travel,,total\n,rail,taxi,\n13/02/2026,1,2,3\n14/02/2026,1,2,3\n"
    assert load(tmp_path, text)[0] == ["day", "travel rail", "travel taxi", "total"]
    assert load(tmp_path, "a,,b,\nX,Y,X,Y\n1,2,3,4\n1,2,3,4\n")[0] == ["a X", "a Y", "b X", "b Y"]


def test_a_table_without_a_header_comes_back_as_its_rows(tmp_path: Path) -> None:
    assert load(tmp_path, written().split("\r\n", 1)[1]) == ROWS


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert load(tmp_path, "") == []


@pytest.mark.parametrize("width", [3, 5])
def test_another_table_below_is_left_out(tmp_path: Path, width: int) -> None:
    below = [[*row, "more"][:width] for row in [HEADER, *ROWS]]
    text = written() + "".join(
        ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) + "\r\n" for row in below
    )
    assert load(tmp_path, text) == [HEADER, *ROWS]


@pytest.mark.parametrize(("body", "name"), [("1.0E-3, 4.1", " n (cm2)"), ("a, b", "n (cm2)")])
def test_a_blank_that_aligns_numbers_stays(tmp_path: Path, body: str, name: str) -> None:
    assert load(tmp_path, f"# energy, n (cm2)\n{body}\n{body}\n{body}\n")[0][1] == name


def test_years_as_column_names_are_a_header(tmp_path: Path) -> None:
    assert load(tmp_path, "Country,2001,2002\nItaly,1,2\nFrance,3,4\nSpain,5,6\nMalta,7,8\n")[0] == [
        "Country",
        "2001",
        "2002",
    ]
