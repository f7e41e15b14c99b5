"""From what people said to what was done and told: themes, decisions, messages."""

from collections.abc import Iterable
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
class Tag:
    """One entry of the company's vocabulary of what people speak of; `words` find the comments that do.

    A retired tag keeps what was raised with it and is offered no more.
    """

    key: str
    label_it: str
    label_en: str
    words: tuple[str, ...]
    retired: bool = False
    version: int = 1


@dataclass(frozen=True)
class Theme:
    """Something that people said, in the company's words, and what was decided about it.

    Its `tags` and its own `words` find the comments that speak of it. `silence` is the recorded reason why nothing is
    told back.
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
    tags: tuple[str, ...] = ()
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


def words_of(theme: Theme, tags: Iterable[Tag]) -> tuple[str, ...]:
    """Return every word that finds a theme's comments, its tags' first.

    Examples
    --------
    >>> tag = Tag("prezzi", "Prezzi", "Prices", ("prezz", "listin"))
    >>> words_of(Theme("t", "T", "T", "", "", (), date(2026, 1, 5), ("sconto",), tags=("prezzi",)), [tag])
    ('prezz', 'listin', 'sconto')
    """
    by_key = {tag.key: tag for tag in tags}
    found = [word for key in theme.tags if key in by_key for word in by_key[key].words]
    return tuple(dict.fromkeys([*found, *theme.words]))


def state_of(theme: Theme, messages: int) -> ThemeState:
    """Say how far a theme has come, given how many messages speak of it."""
    if theme.closed_on is not None:
        return ThemeState.CLOSED
    if messages:
        return ThemeState.GIVEN_BACK
    return ThemeState.DECIDED if theme.decision is not None else ThemeState.RAISED
