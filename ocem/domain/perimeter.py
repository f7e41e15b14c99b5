"""The strategic perimeter: touchpoint x relationship phase x customer segment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
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
    priority_criteria: str | None = None
    """Why this segment comes before others, in the company's words."""


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


class Trait(StrEnum):
    """A property by which a rule chooses members: of touchpoints the first six, of segments the last three."""

    ONLINE = "online"
    OFFLINE = "offline"
    OWNED = "owned"
    PARTNER = "partner"
    UNCONTROLLED = "uncontrolled"
    SELF_SERVICE = "self_service"
    HUMAN = "human"
    STRATEGIC = "strategic"
    CURRENT = "current"
    PROSPECT = "prospect"


TOUCHPOINT_TRAITS = (
    Trait.ONLINE,
    Trait.OFFLINE,
    Trait.OWNED,
    Trait.PARTNER,
    Trait.UNCONTROLLED,
    Trait.SELF_SERVICE,
    Trait.HUMAN,
)
SEGMENT_TRAITS = (Trait.STRATEGIC, Trait.CURRENT, Trait.PROSPECT)


def has_trait(member: Member, trait: Trait) -> bool:
    """Say whether a member has a property; what was never said counts as no.

    Examples
    --------
    >>> has_trait(Member(Dimension.SEGMENT, "a", "A", "A", strategic=True), Trait.STRATEGIC)
    True
    """
    match trait:
        case Trait.ONLINE | Trait.OFFLINE:
            return member.medium is not None and member.medium.value == trait.value
        case Trait.OWNED | Trait.PARTNER | Trait.UNCONTROLLED:
            return member.control is not None and member.control.value == trait.value
        case Trait.SELF_SERVICE:
            return member.self_service is True
        case Trait.HUMAN:
            return member.self_service is False
        case Trait.STRATEGIC:
            return member.strategic is True
        case Trait.CURRENT | Trait.PROSPECT:
            return member.relationship == trait.value


@dataclass(frozen=True)
class Choice:
    """Members of one dimension a rule speaks of: those named, or all with every property; nothing given means all."""

    keys: tuple[str, ...] | None = None
    traits: tuple[Trait, ...] = ()

    def takes(self, member: Member) -> bool:
        """Say whether the rule speaks of this member."""
        named = self.keys is None or member.key in self.keys
        return named and all(has_trait(member, trait) for trait in self.traits)


@dataclass(frozen=True)
class ScopeRule:
    """Puts cells into the strategic perimeter, or takes them out; later rules decide over earlier ones."""

    include: bool = True
    touchpoints: Choice = Choice()
    phases: Choice = Choice()
    segments: Choice = Choice()

    def choice(self, dimension: str) -> Choice:
        """Return what the rule says of a dimension."""
        return {"touchpoint": self.touchpoints, "phase": self.phases, "segment": self.segments}[dimension]


@dataclass(frozen=True)
class ScopeVersion:
    """The strategic perimeter as declared at one time; without a rule nothing has been declared."""

    rules: tuple[ScopeRule, ...] = ()
    version: int = 0
    saved_at: datetime | None = None
    saved_by: str = ""


def descendants(members: Iterable[Member], key: str) -> tuple[str, ...]:
    """Return a member and everything nested in it, in the members' order.

    Examples
    --------
    >>> large = Member(Dimension.SEGMENT, "large", "L", "L")
    >>> mills = Member(Dimension.SEGMENT, "mills", "M", "M", parent="large")
    >>> descendants([large, mills], "large")
    ('large', 'mills')
    """
    items = list(members)
    found = {key}
    while True:
        inside = {item.key for item in items if item.parent in found} | found
        if inside == found:
            return tuple(item.key for item in items if item.key in found)
        found = inside
