"""The analysis before go-live: what people know of process and customer, and the figures that were there to see."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class ExAnteTopic(StrEnum):
    """The questions of step 2: four of the company's own process, five of its customers."""

    DURATION = "duration"
    COST = "cost"
    INTERACTIONS = "interactions"
    INTEGRATION = "integration"
    JOURNEY = "journey"
    PREFERENCE = "preference"
    EXPECTATIONS = "expectations"
    TEST_USE = "test_use"
    FEEDBACK = "feedback"


INTERNAL = (ExAnteTopic.DURATION, ExAnteTopic.COST, ExAnteTopic.INTERACTIONS, ExAnteTopic.INTEGRATION)
EXTERNAL = (
    ExAnteTopic.JOURNEY,
    ExAnteTopic.PREFERENCE,
    ExAnteTopic.EXPECTATIONS,
    ExAnteTopic.TEST_USE,
    ExAnteTopic.FEEDBACK,
)


@dataclass(frozen=True)
class ExAnte:
    """What was written down about one initiative before it went live.

    `answers` are people's words by topic, `integrate` the touchpoints that must talk to the new one, `test_first` and
    `test_last` the inclusive days of the test phase. `figures` are the numbers as they stood when the record was saved.
    """

    initiative: str
    answers: dict[str, str] = field(default_factory=dict)
    integrate: tuple[str, ...] = ()
    test_first: date | None = None
    test_last: date | None = None
    author: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    version: int = 1
