"""What happened to the interactions in the other touchpoints when one was opened or changed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ocem.domain.comparison import Note


class ShiftVerdict(StrEnum):
    """What the touchpoint did to the others."""

    REPLACES = "replaces"
    ADDS = "adds"
    GENERATES_CONTACTS = "generates_contacts"
    NO_SHIFT = "no_shift"
    NOT_IDENTIFIED = "not_identified"


@dataclass(frozen=True)
class Amount:
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ShiftPart:
    """What happened in one other touchpoint, or for one reason of contact.

    `change` are interactions a week more (negative: less) than without the go-live, `relative` the same as a share of
    what was to be expected; `share` is how many of the touchpoint's extra interactions this part explains (the ratio's
    part). `refused` says why a part is not judged.
    """

    key: str
    weekly: float
    change: Amount | None = None
    relative: Amount | None = None
    share: Amount | None = None
    refused: Note | None = None


@dataclass(frozen=True)
class ShiftWeek:
    """One week: interactions here, elsewhere, and elsewhere had nothing changed."""

    first: date
    here: float
    elsewhere: float
    expected: float | None


@dataclass(frozen=True)
class RepeatContact:
    """Assisted contacts of the same customers within so many days before and after a visit of self-service."""

    days: int
    n_visits: int
    before: float
    after: float
    after_low: float
    after_high: float


@dataclass(frozen=True)
class Displacement:
    """The displacement of one touchpoint by one initiative.

    `ratio` are interactions gone elsewhere per extra one here (1 = replaced, 0 = added, below 0 = contacts rose);
    None with the verdict ``not_identified`` or ``no_shift``. `here`, `elsewhere` and `net` are interactions a week more
    than without the go-live; `cost` the same in euro a week. `per_order` and `per_customer` are contacts elsewhere per
    order and per active customer, changes against what was to be expected. Parts add up to `elsewhere`.
    """

    touchpoint: str
    initiative: str
    segments: tuple[str, ...]
    comparison: tuple[str, ...]
    go_lives: tuple[date, ...]
    verdict: ShiftVerdict
    first: date | None = None
    last: date | None = None
    n_weeks: int = 0
    n_weeks_before: int = 0
    ratio: Amount | None = None
    here: Amount | None = None
    here_is_new: bool = False
    elsewhere: Amount | None = None
    relative: Amount | None = None
    net: Amount | None = None
    cost: Amount | None = None
    per_order: Amount | None = None
    per_order_level: float | None = None
    per_customer: Amount | None = None
    per_customer_level: float | None = None
    touchpoints: tuple[ShiftPart, ...] = ()
    reasons_of_contact: tuple[ShiftPart, ...] = ()
    handling: Amount | None = None
    """Relative change of the mean time the remaining contacts take."""
    repeat: RepeatContact | None = None
    weeks: tuple[ShiftWeek, ...] = ()
    reasons: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()
