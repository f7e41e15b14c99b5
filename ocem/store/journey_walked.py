"""Journeys grouped by path and group of customers, as flat arrays: what attribution shares orders out by."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from ocem.store.journey_filter import JourneyFilter, condition

BUCKETS = 64
"""Groups of customers for intervals: a customer's pseudonym is a hash, so its remainder is a fair draw."""


@dataclass(frozen=True)
class WalkedPaths:
    """Journeys grouped by path, end and customers' group, as flat arrays.

    Path i is ``codes[starts[i]:starts[i + 1]]``, numbers of touchpoints; `journeys` walked it, `won` of them to an
    order. An order without a contact before it has the path of the touchpoint where it was placed. `bucket` is the
    customers' group; money is in euros, orders without a stated margin count 0.
    """

    codes: NDArray[np.int64]
    starts: NDArray[np.int64]
    journeys: NDArray[np.float64]
    won: NDArray[np.float64]
    margin_eur: NDArray[np.float64]
    bucket: NDArray[np.int64]


def walked_paths(con: DuckDBPyConnection, chosen: JourneyFilter) -> WalkedPaths:
    """Return the paths of the journeys chosen; orders placed nowhere known after no contact are left out."""
    where, values = condition(con, chosen)
    con.complete()  # an answer of which only the first row was fetched would be in the way
    table: Any = con.sql(
        f"""WITH g AS (
            SELECT j.path_id, CASE WHEN p.n_steps > 0 THEN 0 ELSE j.touchpoint_id END AS placed, j.won,
                   CAST(j.customer % {BUCKETS} AS INTEGER) AS bucket, count(*) AS n, sum(j.margin_cents) AS cents
            FROM journey j JOIN journey_path p ON p.id = j.path_id
            WHERE {where} AND (p.n_steps > 0 OR j.touchpoint_id > 0) GROUP BY ALL)
        SELECT CASE WHEN g.placed > 0 THEN [g.placed] ELSE p.path END AS steps, CAST(g.n AS DOUBLE) AS journeys,
               CASE WHEN g.won THEN CAST(g.n AS DOUBLE) ELSE 0 END AS won, CAST(g.cents AS DOUBLE) AS cents, g.bucket
        FROM g JOIN journey_path p ON p.id = g.path_id""",
        params=values,
    ).to_arrow_table()
    steps = table["steps"].combine_chunks()
    lengths = pc.list_value_length(steps).to_numpy(zero_copy_only=False).astype(np.int64)
    return WalkedPaths(
        steps.flatten().to_numpy(zero_copy_only=False).astype(np.int64),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        table["journeys"].to_numpy(),
        table["won"].to_numpy(),
        table["cents"].to_numpy() / 100.0,
        table["bucket"].to_numpy().astype(np.int64),
    )
