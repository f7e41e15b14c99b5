"""What goes with satisfaction: the share of it that each question explains."""

from dataclasses import dataclass

from ocem.domain.comparison import Note


@dataclass(frozen=True)
class DriverShare:
    """One driver: its share of what is explained (0 to 1) with an interval, and the places it may hold."""

    question: str
    share: float
    low: float
    high: float
    rank_low: int
    rank_high: int


@dataclass(frozen=True)
class Drivers:
    """What the answers to one question go with, the strongest first; empty with a reason in `refused`.

    `r2` is how much of the outcome all drivers explain together; `n` complete questionnaires of `n_respondents`.
    """

    outcome: str
    shares: tuple[DriverShare, ...]
    r2: float | None
    n: int
    n_respondents: int
    is_exact: bool = True
    refused: Note | None = None
