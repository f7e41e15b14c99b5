"""From what people said to what was done and told: themes, decisions, messages."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ocem.domain.feedback import AskedBy, Voice


class Decision(StrEnum):
    """What was decided about a theme."""

    DO = "do"
    LATER = "later"
    NOT = "not"


class ThemeState(StrEnum):
    """How far a theme has come."""

    RAISED = "raised"
    DECIDED = "decided"
    GIVEN_BACK = "given_back"
    CLOSED = "closed"


@dataclass(frozen=True)
class Theme:
    """Something that people said, in the company's words, and what was decided about it.

    `words` find the comments that speak of it. `silence` is the recorded reason why nothing is told back.
    """

    key: str
    label_it: str
    label_en: str
    said_it: str
    said_en: str
    voices: tuple[Voice, ...]
    raised_on: date
    words: tuple[str, ...] = ()
    rounds: tuple[str, ...] = ()
    touchpoint: str | None = None
    owner: str = ""
    decision: Decision | None = None
    done_it: str = ""
    done_en: str = ""
    decided_on: date | None = None
    decided_by: str = ""
    silence: str = ""
    closed_on: date | None = None
    closed_by: str = ""
    version: int = 1


@dataclass(frozen=True)
class Restitution:
    """A message that tells an audience what came of a theme: when, how, and what proves it.

    Empty `segments` or `touchpoints` mean all of the voice. `rounds` are the rounds whose answers it gives back.
    """

    key: str
    theme: str
    audience: Voice
    message_it: str
    message_en: str
    day: date
    told_by: AskedBy
    proof_it: str
    proof_en: str
    by: str
    segments: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    rounds: tuple[str, ...] = ()
    version: int = 1


def state_of(theme: Theme, messages: int) -> ThemeState:
    """Say how far a theme has come, given how many messages speak of it."""
    if theme.closed_on is not None:
        return ThemeState.CLOSED
    if messages:
        return ThemeState.GIVEN_BACK
    return ThemeState.DECIDED if theme.decision is not None else ThemeState.RAISED
