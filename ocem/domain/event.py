"""What happened around the figures: go-lives, campaigns, price lists, holidays, tracking changes, outages."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ocem.domain.perimeter import Perimeter


class EventKind(StrEnum):
    """What sort of thing it is. Go-lives and holidays come by themselves, the others are written down."""

    GO_LIVE = "go_live"
    CAMPAIGN = "campaign"
    PRICE_LIST = "price_list"
    HOLIDAY = "holiday"
    TRACKING = "tracking"
    OUTAGE = "outage"
    CLOSURE = "closure"
    OTHER = "other"


DECLARED_KINDS = (
    EventKind.CAMPAIGN,
    EventKind.PRICE_LIST,
    EventKind.TRACKING,
    EventKind.OUTAGE,
    EventKind.CLOSURE,
    EventKind.OTHER,
)


@dataclass(frozen=True)
class Event:
    """Something that may explain a figure; `first` and `last` are inclusive days.

    `kpis` are those it concerns (empty: all), `perimeter` the cells it touches, `tags` free words to find it by.
    """

    key: str
    kind: EventKind
    label_it: str
    label_en: str
    first: date
    last: date
    kpis: tuple[str, ...] = ()
    perimeter: Perimeter = field(default_factory=Perimeter)
    tags: tuple[str, ...] = ()
    initiative: str | None = None
    note: str = ""
    author: str = ""

    def touches(self, first: date, last: date) -> bool:
        """Say whether it lies, in part at least, between inclusive days."""
        return self.first <= last and self.last >= first

    def concerns(self, kpi: str) -> bool:
        """Say whether it is about a KPI."""
        return not self.kpis or kpi in self.kpis
