"""A few hundred answers of four voices, drawn or written by hand, stored as imports store them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ocem.domain.batch import Detected
from ocem.domain.fact import FactKind
from ocem.store.batch import Staged, commit
from ocem.store.database import Database
from ocem.store.definitions import load_documents

MONDAY = date(2026, 1, 5)
SEGMENTS = ("pmi", "officine", "strategici")
TOUCHPOINTS = ("venditore", "contact_center", "email", "chat")


@dataclass(frozen=True)
class Answer:
    """One answer; `customer` None is an anonymous questionnaire."""

    day: date
    score: float | None
    voice: str = "customer"
    question: str = "csat"
    customer: int | None = None
    touchpoint: str = "email"
    segment: str = "pmi"
    comment: str | None = None


def declare(database: Database) -> None:
    """Add the segments that the answers name."""
    load_documents(database, {"segment": {key: {"label_it": key.title(), "label_en": key.title()} for key in SEGMENTS}})


def import_answers(database: Database, answers: Sequence[Answer], name: str = "answers") -> int:
    """Store answers as one batch; each has a line of its own."""
    path = Path(database.folder) / "staging" / f"{name}.parquet"
    n = len(answers)
    offset = abs(hash(name)) % 10**6 * 10**6
    table = pa.table(
        {
            "line": pa.array(range(2, n + 2), pa.int32()),
            "answered_at": pa.array(
                [datetime.combine(item.day, time(9), UTC) for item in answers], pa.timestamp("us", "UTC")
            ),
            "day": pa.array([item.day for item in answers], pa.date32()),
            "voice": [item.voice for item in answers],
            "customer": pa.array([item.customer for item in answers], pa.uint64()),
            "touchpoint": [item.touchpoint for item in answers],
            "segment": [item.segment for item in answers],
            "question": [item.question for item in answers],
            "score": pa.array([item.score for item in answers], pa.float64()),
            "comment": pa.array([item.comment for item in answers], pa.string()),
            "key_hash": pa.array([offset + i for i in range(n)], pa.uint64()),
            "row_hash": pa.array([offset + i for i in range(n)], pa.uint64()),
        }
    )
    pq.write_table(table, path)
    return commit(database, Staged(path, FactKind.RESPONSE, name, f"{name}.csv", name, Detected(), n)).batch
