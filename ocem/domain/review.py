"""The weekly review as one document: keys, labels in both languages and numbers; sentences are made in reporting.

What the room saw is stored as this document. It holds all that a page, a deck, a mail or another program shows, so
that none of them asks the store again.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ocem.domain.comparison import Comparison, Note
from ocem.domain.displacement import Displacement
from ocem.domain.document import digest, from_json, to_json
from ocem.domain.link import Link
from ocem.domain.number_box import NumberBox
from ocem.domain.perimeter import Cell, Perimeter
from ocem.errors import N_, WrongUse


@dataclass(frozen=True)
class Named:
    """A key with its labels."""

    key: str
    label_it: str
    label_en: str


@dataclass(frozen=True)
class SourceAsOf:
    """How far one source had come: last day of data, last finished day, when it was last loaded, the newest batch."""

    source: Named
    fact: str
    last_day: date
    finished: date
    imported_at: datetime
    batch: int = 0


@dataclass(frozen=True)
class EventNear:
    """An event that touches the weeks on show; `kind` as in `ocem.domain.event.EventKind`."""

    key: str
    kind: str
    label_it: str
    label_en: str
    first: date
    last: date
    tags: tuple[str, ...] = ()
    kpis: tuple[str, ...] = ()
    """KPIs it concerns; empty means all."""
    initiative: str | None = None
    url: str = ""
    """Address of the prefilled before/after comparison inside the app; empty where there is none."""


@dataclass(frozen=True)
class SeriesPoint:
    """One week of a chart, all in the KPI's unit; limits move where denominators or the comparison group do."""

    first: date
    value: float | None
    lower: float | None = None
    centre: float | None = None
    upper: float | None = None
    signals: tuple[str, ...] = ()
    """``outside``, ``range``, ``near_limit``, ``run``."""
    new_signals: tuple[str, ...] = ()
    excluded: bool = False
    """A week that no rule looks at: a closure, or one marked as not to be counted."""
    baseline: bool = False
    """Whether the limits come from this week."""
    distance: float | None = None
    """Distance from the centre in standard deviations of the chart, with sign."""
    n: float | None = None
    finished: bool = True


@dataclass(frozen=True)
class Contribution:
    """What one segment or touchpoint adds to the change between the usual weeks and this one.

    Amounts are in the KPI's unit and add up: `mix` because its weight changed, `rate` because its own value did.
    """

    dimension: str
    member: Named
    before: float | None
    now: float | None
    weight_before: float | None
    weight_now: float | None
    mix: float
    rate: float

    @property
    def total(self) -> float:
        """Return mix and rate together."""
        return self.mix + self.rate


@dataclass(frozen=True)
class ReviewItem:
    """One KPI in one perimeter with a new signal this week, or one that somebody put on show."""

    rank: int
    kpi: Named
    kpi_version: int
    cell: Cell
    cell_labels: tuple[Named, ...]
    perimeter: Perimeter
    unit: str
    kind: str
    direction: str
    signals: tuple[str, ...]
    """New signals of this week, strongest first."""
    improvement: bool | None
    """True a signal of improvement, False of worsening, None when it has no side (a jump in variation)."""
    size: float
    """Distance from the centre in standard deviations of the chart, without sign."""
    value: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    charted: str
    """``raw``, ``difference`` (to the comparison group) or ``year`` (to the same week a year before)."""
    chart: str
    """``xmr``, ``p_prime`` or ``u_prime``."""
    limits_state: str
    """``provisional`` or ``locked``."""
    limits_first: date | None
    limits_last: date | None
    n_baseline: int
    autocorrelation: float | None
    assurance: str | None
    """``met``, ``hit_or_miss``, ``not_met``; None without a target."""
    target: float | None = None
    importance: int = 3
    objective: Named | None = None
    owner: str = ""
    comparison_labels: tuple[Named, ...] = ()
    """Members of the comparison group, where the chart is a difference to one."""
    rebased: Note | None = None
    """The decision that re-based the limits: author, reason, day."""
    series: tuple[SeriesPoint, ...] = ()
    events: tuple[EventNear, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    numbers: NumberBox | None = None
    notes: tuple[Note, ...] = ()
    previous: float | None = None
    """The value of the week before."""
    strength: float = 0.0
    """How far from chance the week is, in standard deviations: what the agenda is ranked by, before importance."""

    @property
    def distance(self) -> float:
        """Return how far out the week is: from chance, or from the centre where that is not known."""
        return self.strength or self.size

    @property
    def key(self) -> str:
        """Return what tells this item from others of the same review.

        Where nothing narrows the KPI this is the KPI's key; else the objective or the cell is added.
        """
        parts = [self.kpi.key, self.objective.key if self.objective else None]
        parts += [self.cell.touchpoint, self.cell.phase, self.cell.segment]
        return "/".join(part for part in parts if part)


@dataclass(frozen=True)
class ObjectiveFinding:
    """One objective's before and after as the room saw it."""

    objective: Named
    kpi: Named
    owner: str
    comparison: Comparison
    importance: int = 3


@dataclass(frozen=True)
class ShiftFinding:
    """What became of the contacts elsewhere after a touchpoint changed, as the room saw it."""

    touchpoint: Named
    shift: Displacement


@dataclass(frozen=True)
class LinkFinding:
    """A link between two KPIs that matters this week, as the room saw it."""

    leading: Named
    following: Named
    link: Link


@dataclass(frozen=True)
class DecisionRecord:
    """A decision as the room saw it; effects are in the KPI's unit.

    `state` is ``waiting``, ``due``, ``judged`` or ``withdrawn``; `outcome` is the comparison that judged it and
    `inside` says whether the prediction lies in its interval.
    """

    number: int
    text: str
    kpi: Named
    unit: str
    kind: str
    direction: str
    perimeter: Perimeter
    perimeter_labels: tuple[Named, ...]
    starts: date
    look_by: date
    expected: float | None
    expected_low: float | None
    expected_high: float | None
    author: str
    decided_in: str
    """Week key of the review that took it."""
    state: str
    outcome: Comparison | None = None
    inside: bool | None = None
    expected_relative: bool = False
    """Whether the expected effect was stated as a share of the before value."""
    owner: str = ""


@dataclass(frozen=True)
class ActionRecord:
    """Who does what by when; `state` is ``open``, ``done`` or ``dropped``."""

    number: int
    text: str
    owner: str
    due: date
    state: str
    overdue: bool
    decided_in: str
    days_late: int = 0
    item: str | None = None
    """Key of the agenda item it answers."""


@dataclass(frozen=True)
class ItemNote:
    """What the room wrote beside one item, or about the meeting as a whole (`item` empty)."""

    item: str
    text: str
    author: str = ""


@dataclass(frozen=True)
class ChartCount:
    """What was looked at to make this agenda: how many charts, and how many could not be drawn."""

    n_charts: int = 0
    n_provisional: int = 0
    n_without: int = 0
    n_flagged: int = 0
    """Charts whose last point is flagged, new or not."""


@dataclass(frozen=True)
class ReviewDocument:
    """One weekly review. `state` is ``open`` or ``closed``; `version` grows when a closed review is reopened."""

    week: str
    first: date
    last: date
    version: int
    state: str
    finished: bool
    as_of: tuple[SourceAsOf, ...]
    data_version: int
    expected_false_alarms: float
    charts: ChartCount
    items: tuple[ReviewItem, ...]
    comparisons: tuple[ObjectiveFinding, ...]
    decisions_due: tuple[DecisionRecord, ...]
    decisions: tuple[DecisionRecord, ...]
    """Decisions taken in the review before and in this one."""
    actions: tuple[ActionRecord, ...]
    """Open actions, overdue first, then those closed since the last review."""
    events: tuple[EventNear, ...] = ()
    attendees: tuple[str, ...] = ()
    notes: tuple[ItemNote, ...] = ()
    findings: tuple[Note, ...] = ()
    """Warnings about the data and the charts, as codes and values."""
    shifts: tuple[ShiftFinding, ...] = ()
    links: tuple[LinkFinding, ...] = ()
    """Displacements and links worth a sentence; only in the review of the newest finished week."""
    standing_out: tuple[ReviewItem, ...] = ()
    """Figures inside their limits that lie further out than most weeks do; ranked together with `items`."""
    expected_standing_out: float = 0.0
    """How many figures lie so far out in a week with nothing going on."""
    filters: Perimeter = field(default_factory=Perimeter)
    closed_by: str = ""
    closed_at: datetime | None = None
    reopened_by: str = ""
    reopen_reason: str = ""

    @property
    def ranked(self) -> tuple[ReviewItem, ...]:
        """Return new signals and what stands out inside its limits, in the order of their rank."""
        return tuple(sorted((*self.items, *self.standing_out), key=lambda item: item.rank))

    def to_json(self) -> str:
        """Return the canonical spelling; equal documents give equal bytes."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "ReviewDocument":
        """Return the document a spelling stands for."""
        return from_json(cls, text)

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the canonical spelling."""
        return digest(self.to_json())

    def without_clock(self) -> "ReviewDocument":
        """Return the document without who closed it and when, to compare what was seen."""
        return replace(self, closed_by="", closed_at=None, state="open")


@dataclass(frozen=True)
class Restatement:
    """A number of a closed review that reads differently now, and the imports since that touched its days.

    `number` names it: of an item ``value``, ``week``, ``lower``, ``centre``, ``upper``, ``month``, a figure to date of
    the numbers box or, with ``_before``, that of the year before; of an objective ``before``, ``after``, ``effect``.
    """

    subject: Named
    item: str
    number: str
    unit: str
    frozen: float | None
    now: float | None
    imports: tuple[Note, ...] = ()
    """Each has ``batch``, ``file``, ``at`` and ``undone``."""
    day: date | None = None
    """First day of the week, month or span it is of; None for limits and objectives."""


def week_key(day: date) -> str:
    """Return the key of a day's ISO week.

    >>> week_key(date(2026, 11, 16)), week_key(date(2027, 1, 3))
    ('2026-W47', '2026-W53')
    """
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def week_days(key: str) -> tuple[date, date]:
    """Return Monday and Sunday of a week key.

    >>> week_days("2026-W47")
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 22))
    """
    year, mark, week = key.strip().upper().partition("-W")
    try:
        if not mark or not (year.isdigit() and week.isdigit()):
            raise ValueError(key)
        monday = date.fromisocalendar(int(year), int(week), 1)
    except ValueError as error:
        raise WrongUse(N_("{value} is not a week; write it as 2026-W47."), value=key) from error
    return monday, monday + timedelta(days=6)
