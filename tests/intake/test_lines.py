"""Blocks cut at line ends and delimiters: the same cells as cutting each line, and calm only where nothing is odd."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ocem.intake.lines import Cutter, Lines, in_turn

SOME = settings(max_examples=200, deadline=None)
blocks = st.lists(st.text(st.sampled_from("ab1-; \t=+@'#\"é€ÃÂ,"), max_size=14), min_size=1, max_size=8)


def is_calm(line: str) -> bool:
    """What the byte marks promise, said slowly."""
    return not any(char in line for char in '"€ÂÃ')


def cells_of(lines: Lines) -> list[list[str]]:
    """Every cell by its places."""
    found: list[list[str]] = [[]]
    begin = 0
    for edge in lines.edges.tolist():
        found[-1].append(lines.block[begin:edge].decode())
        begin = edge + 1
        if lines.block[edge] == 10:
            found.append([])
    return found[:-1]


@SOME
@given(blocks, st.sampled_from(";,\t"))
def test_cells_are_those_of_each_line_and_only_calm_lines_are_called_calm(lines: list[str], delimiter: str) -> None:
    block = "".join(line + "\n" for line in lines).encode()
    cut = Cutter(delimiter, False, 1000).cut(block, 1)
    texts = cut.texts(np.arange(len(lines)))
    assert texts["line"].to_pylist() == list(range(1, len(lines) + 1))
    assert texts["text"].to_pylist() == [line + "\n" for line in lines]
    assert cells_of(cut) == [line.split(delimiter) for line in lines]
    assert cut.widths.tolist() == [len(line.split(delimiter)) for line in lines]
    assert cut.calm.tolist() == [is_calm(line) for line in lines]


def test_a_line_that_is_too_long_is_not_calm() -> None:
    assert Cutter(";", False, 10).cut(b"a;b\n" + b"x" * 20 + b";b\n", 1).calm.tolist() == [True, False]


def test_quoted_cells_have_their_two_marks_and_no_other() -> None:
    block = b'"a";"b"\n"a""";"b"\n"a";b\n"";""\n"a;b"\n'
    assert Cutter(";", True, 100).cut(block, 1).calm.tolist() == [True, False, False, True, False]


def test_a_delimiter_outside_ascii_leaves_every_line_to_care() -> None:
    assert Cutter("§", False, 100).cut("a§b\n".encode(), 1).calm.tolist() == [False]


def test_what_is_made_in_threads_comes_in_order_and_errors_come_through() -> None:
    def items():
        yield 1
        yield 2
        yield 3
        raise ValueError("fourth")

    seen = []
    try:
        for item in in_turn(lambda n: 10 * n, items(), 1):
            seen.append(item)
    except ValueError as error:
        assert str(error) == "fourth"
    assert seen == [10, 20]
    assert list(in_turn(lambda n: -n, iter(range(9)), 3)) == [-n for n in range(9)]
