"""What goes with satisfaction, or with a result: the share of it that each driver explains."""

from dataclasses import dataclass

from ocem.domain.comparison import Note


@dataclass(frozen=True)
class DriverShare:
    """One driver: its share of what is explained (0 to 1) with an interval, and the places it may hold.

    `driver` is a question of a survey, or the key of a KPI that moves `lag` weeks before the outcome; `rises` says
    whether the outcome rises with it.
    """

    driver: str
    share: float
    low: float
    high: float
    rank_low: int
    rank_high: int
    lag: int | None = None
    rises: bool = True


@dataclass(frozen=True)
class Drivers:
    """What an outcome goes with, the strongest first; empty with a reason in `refused`.

    `outcome` is a question answered on `n` complete questionnaires by `n_respondents`, or with `by_week` a KPI of `n`
    weeks. `r2` is how much of the outcome all drivers explain together.
    """

    outcome: str
    shares: tuple[DriverShare, ...]
    r2: float | None
    n: int
    n_respondents: int
    is_exact: bool = True
    refused: Note | None = None
    by_week: bool = False
