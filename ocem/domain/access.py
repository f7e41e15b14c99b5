"""Who acts, what they may do, and which rows they may see."""

from dataclasses import dataclass, field
from enum import StrEnum


class Right(StrEnum):
    """One thing that not everybody may do."""

    READ = "read"
    COMMENT = "comment"
    """Follow a KPI, write notes and feedback themes."""
    IMPORT = "import"
    DEFINE = "define"
    """Perimeter, KPIs, objectives, initiatives, hypotheses, profiles."""
    DECIDE = "decide"
    """Freeze a baseline, re-base limits, close a review, decide."""
    EXPORT = "export"
    ADMINISTER = "administer"
    """Grant roles, read the audit log, erase a customer, back up and restore."""


class Role(StrEnum):
    """What a person is in the product; one person may be several."""

    DIRECTOR = "director"
    ANALYST = "analyst"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.DIRECTOR: frozenset({Right.READ, Right.COMMENT, Right.EXPORT}),
    Role.ANALYST: frozenset({Right.READ, Right.COMMENT, Right.IMPORT, Right.DEFINE, Right.EXPORT}),
    Role.REVIEWER: frozenset({Right.READ, Right.COMMENT, Right.DEFINE, Right.DECIDE, Right.EXPORT}),
    Role.ADMINISTRATOR: frozenset(Right),
}


@dataclass(frozen=True)
class Grant:
    """The rows a person may see: members by dimension; a dimension that is not named is seen whole."""

    segments: frozenset[str] | None = None
    touchpoints: frozenset[str] | None = None

    @property
    def whole(self) -> bool:
        """Whether every row may be seen."""
        return self.segments is None and self.touchpoints is None

    def holds(self, segments: tuple[str, ...], touchpoints: tuple[str, ...]) -> bool:
        """Say whether a perimeter (empty = all) lies inside.

        Examples
        --------
        >>> Grant(frozenset({"pmi"})).holds(("pmi",), ())
        True
        >>> Grant(frozenset({"pmi"})).holds((), ())
        False
        """
        return _inside(self.segments, segments) and _inside(self.touchpoints, touchpoints)

    def within(self, other: "Grant") -> "Grant":
        """Return the rows that both grants hold.

        Examples
        --------
        >>> Grant(frozenset({"pmi", "estero"})).within(Grant(frozenset({"pmi"}))) == Grant(frozenset({"pmi"}))
        True
        """
        return Grant(_both(self.segments, other.segments), _both(self.touchpoints, other.touchpoints))


def _inside(granted: frozenset[str] | None, asked: tuple[str, ...]) -> bool:
    return granted is None or (bool(asked) and set(asked) <= granted)


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


@dataclass(frozen=True)
class Person:
    """Somebody who acts."""

    name: str
    roles: frozenset[Role] = field(default=frozenset())
    grant: Grant = field(default=Grant())

    def may(self, right: Right) -> bool:
        """Say whether one of the person's roles carries a right."""
        return any(right in RIGHTS[role] for role in self.roles)


LOCAL = Person("local", frozenset(Role))
"""The one person of an installation without sign-in."""
