"""A company whose portal views move its market share two weeks later, and one whose portal takes half its visits away
from the phone and the mail."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ocem.domain.batch import Detected
from ocem.domain.fact import FactKind
from ocem.store.batch import Staged, commit
from ocem.store.database import Database
from ocem.store.definitions import load_documents
from tests.evaluation.world import FIRST

N_WEEKS = 140
LAG = 2
SEGMENTS = ("pmi", "officine", "strategici", "esteri")
LIVE_WEEK = 104

DEFINITIONS = {
    "segment": {key: {"label_it": key.title(), "label_en": key.title()} for key in SEGMENTS},
    "initiative": {
        "portale": {
            "label_it": "Portale",
            "label_en": "Portal",
            "touchpoint": "portale_riordini",
            "go_live": [
                {"segment": key, "day": str(np.datetime64(FIRST, "D") + 7 * LIVE_WEEK)} for key in ("pmi", "officine")
            ],
        }
    },
}


def _memory(rng: np.random.Generator, n: int, rho: float) -> np.ndarray:
    noise = rng.standard_normal(n + 50)
    for t in range(1, len(noise)):
        noise[t] = rho * noise[t - 1] + np.sqrt(1 - rho**2) * noise[t]
    return noise[50:]


def _commit(database: Database, kind: FactKind, name: str, columns: dict[str, pa.Array], keys: np.ndarray) -> None:
    """Store rows of one source; rows with keys that are stored already are the same rows."""
    n = len(keys)
    path = Path(database.folder) / "staging" / f"{name}.parquet"
    known = {"line": pa.array(np.arange(n) + 2, pa.int32()), "key_hash": pa.array(keys, pa.uint64())}
    pq.write_table(pa.table(known | {"row_hash": pa.array(keys, pa.uint64())} | columns), path)
    commit(database, Staged(path, kind, name, f"{name}.csv", f"{name} {n}", Detected(), n))


def import_measures(
    database: Database, slope: float = 0.8, seed: int = 1, off: int = 0, n_weeks: int = N_WEEKS
) -> None:
    """Weekly portal views, market share that follows them by two weeks, sessions of the site that nothing follows.

    `slope` 0.8 is a correlation of 0.62 once prewhitened; in the last `off` weeks it is 0.
    """
    rng = np.random.default_rng([41, seed])
    views, sessions = _memory(rng, n_weeks + LAG, 0.5), _memory(rng, n_weeks, 0.5)
    on = np.where(np.arange(n_weeks) < n_weeks - off, slope, 0.0)
    share = on * views[:n_weeks] + _memory(rng, n_weeks, 0.5)
    series = {
        "portal_views": (np.exp(7 + 0.2 * views[LAG:]), np.zeros(n_weeks)),
        "website_sessions": (np.exp(8 + 0.2 * sessions), np.zeros(n_weeks)),
        "market_share": (1000 * np.exp(-1.5 + 0.1 * share), np.full(n_weeks, 1000.0)),
    }
    day = np.tile(np.datetime64(FIRST, "D") + 7 * np.arange(n_weeks) + 4, len(series))
    columns = {
        "day": pa.array(day, pa.date32()),
        "name": pa.array(np.repeat(list(series), n_weeks).tolist()),
        "touchpoint": pa.array(["portale_riordini"] * len(day)),
        "segment": pa.array(["pmi"] * len(day)),
        "phase": pa.array(["acquisto"] * len(day)),
        "numerator": pa.array(np.concatenate([top for top, _below in series.values()])),
        "denominator": pa.array(np.concatenate([below for _top, below in series.values()])),
    }
    keys = (1000 * np.arange(len(series))[:, None] + np.arange(n_weeks)).ravel()
    _commit(database, FactKind.MEASURE, "measures", columns, keys)


def import_reviews_of_zero(database: Database) -> None:
    """A measure that was reported every week and never was more than 0, in a segment of its own."""
    day = np.datetime64(FIRST, "D") + 7 * np.arange(N_WEEKS) + 4
    columns = {
        "day": pa.array(day, pa.date32()),
        "name": pa.array(["reviews"] * N_WEEKS),
        "touchpoint": pa.array(["portale_riordini"] * N_WEEKS),
        "segment": pa.array(["esteri"] * N_WEEKS),
        "phase": pa.array(["acquisto"] * N_WEEKS),
        "numerator": pa.array(np.zeros(N_WEEKS)),
        "denominator": pa.array(np.zeros(N_WEEKS)),
    }
    _commit(database, FactKind.MEASURE, "zeros", columns, np.arange(N_WEEKS))


KINDS = ("order", "complaint")
WEEKLY = {"contact_center": 120.0, "email": 80.0}
"""Contacts a week of one segment and reason."""


def import_contacts(database: Database, substitution: float = 0.5, visits: float = 160.0, seed: int = 1) -> None:
    """Contacts by touchpoint and reason; the portal opens for two of four segments and takes orders away only.

    `visits` a week come to the portal in each of the two segments, `substitution` of them would have been contacts
    about orders elsewhere, three quarters of those calls.
    """
    rng = np.random.default_rng([42, seed])
    weeks = np.arange(N_WEEKS)
    market = 0.03 * _memory(rng, N_WEEKS, 0.3) + 0.1 * np.sin(2 * np.pi * weeks / 52.18)
    rows: list[tuple[int, str, str, str]] = []
    for segment in SEGMENTS:
        opened = (weeks >= LIVE_WEEK) & (segment in ("pmi", "officine"))
        for touchpoint, level in WEEKLY.items():
            taken = substitution * visits * (0.75 if touchpoint == "contact_center" else 0.25)
            for kind in KINDS:
                mean = level * np.exp(market + 0.01 * _memory(rng, N_WEEKS, 0.3)) - opened * (kind == "order") * taken
                for week, count in enumerate(rng.poisson(mean)):
                    rows += [(7 * week + int(d), segment, touchpoint, kind) for d in rng.integers(0, 5, count)]
        for week in np.flatnonzero(opened):
            n = rng.poisson(visits)
            rows += [(7 * int(week) + int(d), segment, "portale_riordini", "visit") for d in rng.integers(0, 5, n)]
    day = np.datetime64(FIRST, "D") + np.array([row[0] for row in rows])
    kinds = [row[3] for row in rows]
    columns = {
        "occurred_at": pa.array(day.astype("datetime64[us]"), pa.timestamp("us", tz="UTC")),
        "day": pa.array(day, pa.date32()),
        "segment": pa.array([row[1] for row in rows]),
        "touchpoint": pa.array([row[2] for row in rows]),
        "phase": pa.array(["acquisto"] * len(rows)),
        "kind": pa.array(kinds),
        "direction": pa.array(["self" if kind == "visit" else "inbound" for kind in kinds]),
        "duration_s": pa.array(np.full(len(rows), 240.0)),
        "customer": pa.array(rng.integers(1, 900, len(rows)), pa.uint64()),
    }
    _commit(database, FactKind.INTERACTION, "contacts", columns, np.arange(len(rows)))


def declare(database: Database) -> None:
    """Store the segments and the initiative."""
    load_documents(database, DEFINITIONS)
