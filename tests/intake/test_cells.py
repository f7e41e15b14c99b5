"""Cells read by their bytes have the values that reading them one by one gives; hashes tell rows apart."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ocem.intake.cells import Block
from ocem.intake.customers import Customers
from ocem.intake.fingerprint import content_hashes, key_hashes

SOME = settings(max_examples=100, deadline=None)


def places(cells: list[str]) -> tuple[Block, np.ndarray, np.ndarray]:
    raw = [cell.encode() for cell in cells]
    ends = np.cumsum([len(cell) + 1 for cell in raw]) - 1
    return Block(b";".join(raw) + b"\n"), ends - [len(cell) for cell in raw], ends


@SOME
@given(st.lists(st.text(st.sampled_from("0123456789x.-"), max_size=18), min_size=1, max_size=9))
def test_figures_are_the_numbers_that_python_reads(cells: list[str]) -> None:
    values, right = places(cells)[0].number(*places(cells)[1:])
    assert right.tolist() == [cell.isdigit() and len(cell) <= 16 for cell in cells]
    assert [int(v) for v, ok in zip(values, right, strict=True) if ok] == [
        int(cell) for cell, ok in zip(cells, right, strict=True) if ok
    ]


@SOME
@given(st.lists(st.text("abè;", max_size=70).map(lambda text: text.replace(";", "")), min_size=1, max_size=9))
def test_texts_are_cut_as_they_are_and_only_equal_ones_hash_alike(cells: list[str]) -> None:
    block, begin, end = places(cells)
    texts = block.texts(begin, end)
    assert texts.to_pylist() == cells
    table = pa.table({"a": texts, "b": texts.dictionary_encode()})
    assert len(set(content_hashes(table, ["a"]).tolist())) == len(set(cells))
    assert (
        key_hashes(table, ["b"], "s", content_hashes(table, ["b"])).tolist()
        == key_hashes(pa.table({"b": texts}), ["b"], "s", content_hashes(table, ["b"])).tolist()
    )


def test_a_value_under_another_name_is_other_content_and_an_empty_column_none() -> None:
    table = pa.table({"a": ["x"], "b": ["x"], "c": pa.array([None], pa.string())})
    alone, other, both = (content_hashes(table, names).tolist() for names in (["a"], ["b"], ["a", "c"]))
    assert alone != other
    assert alone == both


def test_customers_are_named_once_each_and_every_place_has_its_own() -> None:
    asked: list[str] = []
    customers = Customers(b"k" * 32, lambda texts: [asked.append(text) or len(text) + 7 for text in texts])  # type: ignore[func-returns-value]
    texts = pa.array(["a" * (n % 900) if n % 5 else None for n in range(9_000)])
    for _ in range(2):
        assert customers.of(texts).to_pylist() == [
            None if text is None else len(text) + 7 for text in texts.to_pylist()
        ]
    assert len(asked) == len(set(asked)) == len(set(texts.drop_null().to_pylist()))
