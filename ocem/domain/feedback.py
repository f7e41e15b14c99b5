"""Asking: whose voice, how they were asked, which questions."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Voice(StrEnum):
    """Everyone whom the experience touches."""

    CUSTOMER = "customer"
    STAFF = "staff"
    PARTNER = "partner"
    DISTRIBUTOR = "distributor"


class AskedBy(StrEnum):
    """How people were asked, or how they were told what came of it."""

    EMAIL = "email"
    PHONE = "phone"
    WEB = "web"
    NEWSLETTER = "newsletter"
    MEETING = "meeting"
    VISIT = "visit"
    PAPER = "paper"
    OTHER = "other"


class Form(StrEnum):
    """How answers to a question become one figure."""

    NPS = "nps"
    """Promoters minus detractors, -1 to 1."""
    TOP2 = "top2"
    """Share of answers of 4 or 5."""
    MEAN = "mean"


@dataclass(frozen=True)
class Question:
    """A question of the catalogue, with the ends of its scale."""

    key: str
    low: int
    high: int
    form: Form = Form.MEAN


QUESTIONS: dict[str, Question] = {
    question.key: question
    for question in (
        Question("nps", 0, 10, Form.NPS),
        Question("csat", 1, 5, Form.TOP2),
        Question("ces", 1, 7),
        Question("simplicity", 1, 5),
        Question("speed", 1, 5),
        Question("integration", 1, 5),
        Question("guidance", 1, 5),
        Question("coherence", 1, 5),
        Question("information", 1, 5),
    )
}
WANTED = ("simplicity", "speed", "integration", "guidance")
"""What customers say they want of an omnichannel experience."""
SHARED = (*WANTED, "coherence")
"""Dimensions that can be asked of both sides with the same words: how do customers live it?"""


@dataclass(frozen=True)
class FeedbackRound:
    """Who was asked what, how and when.

    `series` binds rounds that ask the same again and again; `invited` is how many people were asked, None if nobody
    counted. `asks` are keys of questions, the leading one first. Days are inclusive.
    """

    key: str
    label_it: str
    label_en: str
    voice: Voice
    asked_by: AskedBy
    first: date
    last: date
    asks: tuple[str, ...]
    series: str = ""
    invited: int | None = None
    source: str | None = None
    note: str = ""
    version: int = 1
