"""A small company with a known effect: re-orders of three segments, two of which get the portal."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ocem.domain.batch import Detected
from ocem.domain.fact import FactKind
from ocem.store.batch import Staged, commit
from ocem.store.database import Database
from ocem.store.definitions import load_documents

FIRST = date(2024, 1, 1)  # a Monday
N_WEEKS = 130
PMI_LIVE = date(2025, 9, 29)
OFFICINE_LIVE = date(2026, 1, 12)
BEFORE, AFTER = 0.20, 0.30

DEFINITIONS = {
    "segment": {
        "pmi": {"label_it": "PMI", "label_en": "SMEs"},
        "officine": {"label_it": "Officine", "label_en": "Workshops"},
        "strategici": {"label_it": "Strategici", "label_en": "Strategic"},
    },
    "initiative": {
        "portale": {
            "label_it": "Portale",
            "label_en": "Portal",
            "go_live": [
                {"segment": "pmi", "day": PMI_LIVE.isoformat()},
                {"segment": "officine", "day": OFFICINE_LIVE.isoformat()},
            ],
        }
    },
    "objective": {
        "riordini": {
            "label_it": "Riordini self-service",
            "label_en": "Self-service re-orders",
            "macro_objective": "internal_processes",
            "kpi": "self_service_reorder_share",
            "direction": "up",
            "perimeter": {"segment": ["pmi", "officine"]},
            "comparison": {"segment": ["strategici"]},
            "initiative": "portale",
            "baseline": ["2024-09-30", "2025-09-28"],
            "wash_in_days": 14,
            "relevance": 0.03,
            "target": 0.3,
            "owner": "Direzione commerciale",
        }
    },
}


def orders(seed: int = 1, effect: float = AFTER - BEFORE, daily: float = 30.0) -> dict[str, np.ndarray]:
    """Draw re-orders with a market that persists and a season, the same for all segments; weekends are closed."""
    rng = np.random.default_rng(seed)
    days = np.arange(7 * N_WEEKS)
    market = np.zeros(len(days))
    for i in range(1, len(days)):
        market[i] = 0.6 * market[i - 1] + 0.05 * rng.standard_normal()
    level = np.exp(market + 0.15 * np.sin(2 * np.pi * days / 365.25)) * (days % 7 < 5)
    found: dict[str, list[np.ndarray]] = {"day": [], "segment": [], "self": []}
    live = {"pmi": (PMI_LIVE - FIRST).days, "officine": (OFFICINE_LIVE - FIRST).days, "strategici": 10**6}
    for segment, start in live.items():
        n = rng.poisson(daily * level)
        share = np.clip(BEFORE + 0.3 * market + np.where(days >= start, effect, 0.0), 0.01, 0.99)
        found["day"].append(np.repeat(days, n))
        found["segment"].append(np.full(n.sum(), segment))
        found["self"].append(rng.random(n.sum()) < np.repeat(share, n))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def import_orders(
    database: Database,
    drawn: dict[str, np.ndarray],
    name: str = "orders",
    source: str = "orders",
    corrected: bool = False,
) -> int:
    """Store drawn re-orders as one batch; `corrected` ones bear the keys of the first batch and other content."""
    path = Path(database.folder) / "staging" / f"{name}.parquet"
    n = len(drawn["day"])
    day = np.datetime64(FIRST, "D") + drawn["day"]
    number = np.arange(n)
    table = pa.table(
        {
            "line": pa.array(number + 2, pa.int32()),
            "order_day": pa.array(day, pa.date32()),
            "day": pa.array(day, pa.date32()),
            "segment": pa.array(drawn["segment"].tolist()),
            "touchpoint": pa.array(np.where(drawn["self"], "portale_riordini", "venditore").tolist()),
            "phase": pa.array(["acquisto"] * n),
            "is_reorder": pa.array([True] * n),
            "key_hash": pa.array(number, pa.uint64()),
            "row_hash": pa.array(number + 10**9 * corrected, pa.uint64()),
        }
    )
    pq.write_table(table, path)
    staged = Staged(path, FactKind.SALE, source, f"{name}.csv", name, Detected(), n)
    return commit(database, staged).batch


def build(database: Database, seed: int = 1, effect: float = AFTER - BEFORE) -> None:
    """Declare the company and store its orders."""
    load_documents(database, DEFINITIONS)
    import_orders(database, orders(seed, effect))
