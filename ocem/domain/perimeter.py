"""The strategic perimeter: touchpoint x relationship phase x customer segment."""

from dataclasses import dataclass
from enum import StrEnum


class Medium(StrEnum):
    """Where a touchpoint lives."""

    ONLINE = "online"
    OFFLINE = "offline"


class Control(StrEnum):
    """Who runs a touchpoint."""

    OWNED = "owned"
    PARTNER = "partner"
    UNCONTROLLED = "uncontrolled"


class Dimension(StrEnum):
    """The four dimensions whose members files name."""

    TOUCHPOINT = "touchpoint"
    PHASE = "phase"
    SEGMENT = "segment"
    DMU_ROLE = "dmu_role"


@dataclass(frozen=True)
class Member:
    """One member of a dimension; `key` is stable, labels may change.

    `status` is ``confirmed`` or ``proposed`` (found in a file, waiting for a person).
    Attributes that a dimension does not have stay at their defaults.
    """

    dimension: Dimension
    key: str
    label_it: str
    label_en: str
    position: int = 0
    status: str = "confirmed"
    medium: Medium | None = None
    control: Control | None = None
    self_service: bool | None = None
    owner_function: str | None = None
    parent: str | None = None
    relationship: str | None = None
    strategic: bool | None = None


@dataclass(frozen=True)
class Perimeter:
    """A set of cells; None in a dimension means all of its members.

    Examples
    --------
    >>> Perimeter(segments=("pmi",)).restricts("segment")
    True
    """

    touchpoints: tuple[str, ...] | None = None
    phases: tuple[str, ...] | None = None
    segments: tuple[str, ...] | None = None

    def restricts(self, dimension: str) -> bool:
        """Say whether this perimeter leaves some members of the dimension out."""
        return self.members(dimension) is not None

    def members(self, dimension: str) -> tuple[str, ...] | None:
        """Return the members in scope of ``touchpoint``, ``phase`` or ``segment``; None means all."""
        return {"touchpoint": self.touchpoints, "phase": self.phases, "segment": self.segments}[dimension]

    def narrowed(self, dimension: str, member: str) -> "Perimeter":
        """Return this perimeter with one dimension cut down to one member."""
        parts = {"touchpoint": self.touchpoints, "phase": self.phases, "segment": self.segments}
        parts[dimension] = (member,)
        return Perimeter(parts["touchpoint"], parts["phase"], parts["segment"])


@dataclass(frozen=True)
class Cell:
    """One combination; None means the whole perimeter along that dimension."""

    touchpoint: str | None = None
    phase: str | None = None
    segment: str | None = None
