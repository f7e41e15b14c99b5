"""One pass over all values of some columns: what proves how they are written."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import pyarrow as pa

from ocem.intake.evidence import Facts, facts_sql
from ocem.intake.layout import Layout
from ocem.intake.progress import WEIGHING, Steps
from ocem.intake.reading import Column, literal
from ocem.intake.split import Row, Splitter
from ocem.intake.text import TextFile, line_batches
from ocem.store.database import Cursor

CARE_ROWS = 50_000


def gather_facts(
    con: Cursor,
    columns: Sequence[Column],
    layout: Layout,
    text: TextFile | None = None,
    rows: Iterable[Row] | None = None,
    steps: Steps | None = None,
) -> list[Facts]:
    """Pass once over all values of some columns and return what proves how they are written."""
    found = [Facts() for _ in columns]
    size = text.path.stat().st_size if text is not None else 1
    for n_bytes in _cell_tables(con, layout, text, rows):
        for i, column in enumerate(columns):
            row = con.execute(facts_sql(column, i)).fetchall()[0]
            samples = [(item["line"], item["text"]) for item in row[6] or []]
            found[i].add(Facts(row[0], row[1], row[2], row[3], row[4], row[5], samples))
        if steps is not None:
            steps.at(WEIGHING, n_bytes / size)
    return found


def _cell_tables(con: Cursor, layout: Layout, text: TextFile | None, rows: Iterable[Row] | None) -> Iterator[int]:
    """Make the temporary table ``cells`` (line, cells) of one chunk after the other; yield the bytes of text seen."""
    if rows is not None:
        stream = iter(rows)
        while batch := list(islice(stream, CARE_ROWS)):
            _cells_from_rows(con, batch, layout.width)
            yield 0
        return
    assert text is not None and layout.delimiter is not None
    splitter = Splitter(layout.delimiter, layout.width, layout.escaped, quote=layout.quote)
    bare = "replace(text, chr(10), '')"
    left: list[tuple[int, str]] = []
    n_bytes = 0
    for batch_ in line_batches(text):
        chunk = pa.Table.from_batches([batch_])
        con.register("chunk", chunk)
        con.execute(
            "CREATE OR REPLACE TEMP TABLE cells AS SELECT * FROM (SELECT line, "
            f"string_split({bare}, {literal(layout.delimiter)}) AS cells FROM chunk WHERE line >= {layout.first_line} "
            f"AND NOT contains(text, {literal(layout.quote)})) WHERE len(cells) = {layout.width}"
        )
        rest = con.execute(
            f"SELECT line, {bare} FROM chunk WHERE line >= {layout.first_line} "
            "AND line NOT IN (SELECT line FROM cells) ORDER BY line"
        ).fetchall()
        con.unregister("chunk")
        n_bytes += batch_.nbytes
        yield n_bytes
        left.extend(rest)
        if len(left) > CARE_ROWS:
            _cells_from_rows(con, list(splitter.rows(left)), layout.width)
            left = []
            yield n_bytes
    if left:
        _cells_from_rows(con, list(splitter.rows(left)), layout.width)
        yield n_bytes


def _cells_from_rows(con: Cursor, rows: Sequence[Row], width: int) -> None:
    whole = [row for row in rows if row.code is None and len(row.cells) >= width]
    table = pa.table(
        {
            "line": pa.array([row.line for row in whole], pa.int32()),
            "cells": pa.array([list(row.cells[:width]) for row in whole], pa.list_(pa.string())),
        }
    )
    con.register("cut", table)
    con.execute("CREATE OR REPLACE TEMP TABLE cells AS SELECT line, cells FROM cut")
    con.unregister("cut")
