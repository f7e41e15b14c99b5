"""Links: what people expect to move before what, and what the data say about it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ocem.domain.comparison import Note

MAX_LAG = 8
"""Weeks looked at on each side when nobody says otherwise."""
LONGEST_LAG = 26


class Movement(StrEnum):
    """What the following KPI does when the leading one rises."""

    RISES = "rises"
    FALLS = "falls"


class LinkStatus(StrEnum):
    """What the tests say of a link."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    """Beyond chance, and against the expected direction."""
    NOT_SHOWN = "not_shown"
    EXPIRED = "expired"
    """It held once and no longer does."""
    NOT_TESTABLE = "not_testable"


@dataclass(frozen=True)
class LinkHypothesis:
    """Somebody expects that one KPI moves before another.

    `leading` and `following` are keys of KPIs, `max_lag` the longest delay in weeks, `owner` who expects it, `reason`
    why. A withdrawn hypothesis stays on record and is no longer tested.
    """

    key: str
    leading: str
    following: str
    expected: Movement
    max_lag: int = MAX_LAG
    owner: str = ""
    reason: str = ""
    is_withdrawn: bool = False
    version: int = 1


@dataclass(frozen=True)
class LagPoint:
    """Correlation at one lag in weeks; negative lags: the following KPI moves before the leading one."""

    lag: int
    r: float
    n: int


@dataclass(frozen=True)
class SegmentLink:
    """The same link in one segment, at the lag of the whole: as it is, and drawn towards the segments' mean.

    `refused` says why a segment cannot be judged; then the numbers are None.
    """

    segment: str
    r: float | None = None
    low: float | None = None
    high: float | None = None
    pooled: float | None = None
    n: int = 0
    refused: Note | None = None


@dataclass(frozen=True)
class Backing:
    """An initiative whose go-live, against segments it had not reached, changed both KPIs; effects in their units."""

    initiative: str
    objective: str
    is_staggered: bool
    leading_change: float
    leading_low: float
    leading_high: float
    following_change: float
    following_low: float
    following_high: float


@dataclass(frozen=True)
class Link:
    """One pair of KPIs and what the weeks say about it.

    `lag` (weeks by which the leading KPI moves before), `r` with [`low`, `high`] (holding for all lags looked at),
    `slope` (change of the following KPI, on its scale, for one of the leading on its own), `p_value` adjusted for the
    lags, `q_value` for everything looked at. `counts_same_rows`: both count the same rows, so that their same week does
    not count. `beyond_common` is the correlation once what many KPIs share is taken out of both, None where they share
    nothing or are too few to tell; with `is_common` nothing is left of it beyond chance. `outcome_leads` is set when
    the following KPI moves first, beyond chance. `first_test` and `last_test` are the last days of data of the first
    and of the newest test.
    """

    leading: str
    following: str
    status: LinkStatus
    hypothesis: LinkHypothesis | None = None
    lag: int | None = None
    r: float | None = None
    low: float | None = None
    high: float | None = None
    slope: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    n: int = 0
    first_week: date | None = None
    last_week: date | None = None
    counts_same_rows: bool = False
    beyond_common: LagPoint | None = None
    is_common: bool = False
    outcome_leads: LagPoint | None = None
    recent: LagPoint | None = None
    profile: tuple[LagPoint, ...] = ()
    bound: float | None = None
    """Correlation beyond which a lag is beyond chance, all lags counted."""
    first_test: date | None = None
    last_test: date | None = None
    backing: Backing | None = None
    reasons: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()

    @property
    def is_same_week(self) -> bool:
        """Whether both move in the same week, so that nobody can say which comes first."""
        return self.lag == 0


@dataclass(frozen=True)
class Ledger:
    """All links worth showing, the strongest first, and how much was looked at to find them.

    `links` holds every declared hypothesis and every pair the screen found; `n_looked_at` counts the pairs of the
    family over which q-values were taken. `last_day` is the end of the last finished week.
    """

    links: tuple[Link, ...]
    n_looked_at: int
    n_kpis: int
    first_week: date | None
    last_day: date | None
    n_weeks: int
    refused: Note | None = None


@dataclass(frozen=True)
class Evidence:
    """A link with what lies behind it: both series (cleaned, in standard deviations), segments, and what backs it."""

    link: Link
    weeks: tuple[date, ...]
    leading: tuple[float | None, ...]
    following: tuple[float | None, ...]
    leading_values: tuple[float | None, ...]
    following_values: tuple[float | None, ...]
    segments: tuple[SegmentLink, ...] = ()
    pooled: float | None = None
    pooled_low: float | None = None
    pooled_high: float | None = None
    spread: float | None = None
    """How far segments differ beyond chance, on Fisher's scale."""
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    """Change of the following KPI for one unit of the leading one at the delay, on the scales of the analysis."""
    history: tuple["LinkTest", ...] = field(default=())


@dataclass(frozen=True)
class LinkTest:
    """One recorded test of a pair."""

    leading: str
    following: str
    hypothesis: str | None
    last_day: date
    n_weeks: int
    status: LinkStatus
    lag: int | None
    r: float | None
    low: float | None
    high: float | None
    p_value: float | None
    q_value: float | None
    n_looked_at: int
