"""The demo company's self-assessments: two editions, four raters who do not agree on everything."""

from datetime import date

from ocem.domain.assessment import FUNCTIONS, KEYS, Assessment
from ocem.evaluation.assessment import save_assessment
from ocem.store.database import Database

EDITIONS: tuple[tuple[str, date, dict[str, int]], ...] = (
    ("2025", date(2025, 9, 22), {"measurement": 2, "data": 2, "journey": 2, "touchpoints": 3, "giving_back": 1}),
    ("2026", date(2026, 10, 12), {}),
)
"""What the data said at the time stands beside the first edition; at the second they speak for themselves."""

RATINGS: dict[str, dict[str, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "2025": {
        "Direzione commerciale": ((2, 2, 1, 2, 2, 1, 2, 1), (3, 1, 2, 2, 2)),
        "Marketing": ((3, 1, 1, 1, 1, 2, 1, 1), (4, 1, 2, 1, 2)),
        "Customer care": ((1, 1, 1, 1, 1, 1, 1, 0), (3, 1, 3, 2, 1)),
        "IT": ((2, 1, 2, 2, 3, 2, 2, 1), (3, 1, 2, 3, 2)),
    },
    "2026": {
        "Direzione commerciale": ((3, 3, 3, 3, 3, 3, 3, 3), (3, 3, 3, 3, 3)),
        "Marketing": ((3, 2, 2, 3, 2, 3, 3, 2), (4, 2, 3, 2, 3)),
        "Customer care": ((2, 1, 2, 2, 2, 2, 2, 2), (4, 2, 4, 2, 2)),
        "IT": ((3, 3, 3, 3, 4, 3, 3, 2), (4, 2, 3, 4, 3)),
    },
}
"""By edition and rater: levels in the order of the rubric, involvement in the order of the functions."""


def seed(database: Database) -> None:
    """Store both editions."""
    for edition, day, evidence in EDITIONS:
        for rater, (levels, involvement) in RATINGS[edition].items():
            item = Assessment(
                "", edition, rater, rater, day, dict(zip(KEYS, levels, strict=True)),
                dict(zip(FUNCTIONS, involvement, strict=True)), evidence=evidence,
            )  # fmt: skip
            save_assessment(database, item, actor=rater)
