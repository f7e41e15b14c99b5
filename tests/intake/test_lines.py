"""Blocks cut at line ends and delimiters: the same cells as cutting each line, and calm only where nothing is odd."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ocem.intake.lines import Cutter, ahead

SOME = settings(max_examples=200, deadline=None)
blocks = st.lists(st.text(st.sampled_from("ab1-; \t=+@'#\"é€ÃÂ,"), max_size=14), min_size=1, max_size=8)
ODD_STARTS = tuple(" \t=+@'#")


def is_calm(line: str, delimiter: str) -> bool:
    """What the byte marks promise, said slowly cell by cell."""
    if any(char in line for char in '"€Â') or any(damaged in line for damaged in ("Ã", "Â")):
        return False
    for at, cell in enumerate(line.split(delimiter)):
        dash = cell.startswith("-") and (at == 0 or not cell[1:2].isascii() or not cell[1:2].isdigit())
        if cell.startswith(ODD_STARTS) or cell.endswith((" ", "\t")) or dash:
            return False
    return True


@SOME
@given(blocks, st.sampled_from(";,\t"))
def test_cells_are_those_of_each_line_and_only_calm_lines_are_called_calm(lines: list[str], delimiter: str) -> None:
    block = "".join(line + "\n" for line in lines).encode()
    batch = Cutter(delimiter, False, 1000).cut(block, 1)
    assert batch["line"].to_pylist() == list(range(1, len(lines) + 1))
    assert batch["text"].to_pylist() == [line + "\n" for line in lines]
    assert batch["cells"].to_pylist() == [line.split(delimiter) for line in lines]
    assert batch["calm"].to_pylist() == [is_calm(line, delimiter) for line in lines]


def test_a_line_that_is_too_long_is_not_calm() -> None:
    batch = Cutter(";", False, 10).cut(b"a;b\n" + b"x" * 20 + b";b\n", 1)
    assert batch["calm"].to_pylist() == [True, False]


def test_quoted_cells_are_judged_inside_their_quotation_marks() -> None:
    block = b'"a";"b"\n"=1";"b"\n"a";" b"\n"a";"b "\n"-x";"b"\n'
    batch = Cutter(";", True, 100).cut(block, 1)
    assert batch["calm"].to_pylist() == [True, False, False, False, False]
    assert "cells" not in batch.schema.names


def test_a_delimiter_outside_ascii_leaves_every_line_to_care() -> None:
    batch = Cutter("§", False, 100).cut("a§b\n".encode(), 1)
    assert batch["calm"].to_pylist() == [False]


def test_what_is_made_ahead_comes_in_order_and_errors_come_through() -> None:
    def items():
        yield 1
        yield 2
        raise ValueError("third")

    seen = []
    try:
        for item in ahead(items()):
            seen.append(item)
    except ValueError as error:
        assert str(error) == "third"
    assert seen == [1, 2]
