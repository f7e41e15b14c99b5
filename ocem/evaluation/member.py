"""The members of the dimensions a company works with: named, ordered, nested, confirmed, merged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ocem.domain.access import Right
from ocem.domain.perimeter import Dimension, Member, descendants
from ocem.errors import N_, DefinitionError, Named
from ocem.store import access, audit
from ocem.store import member as store
from ocem.store.database import Database
from ocem.store.merge import Merge, list_merges
from ocem.store.perimeter import Use, named, uses_of

CONFIRMED = "confirmed"
CLOSE = 0.6
"""Likeness of labels (0 to 1) from which a confirmed member is suggested for a proposed one."""


def members(database: Database, dimension: str) -> list[Member]:
    """Return the members of ``touchpoint``, ``phase``, ``segment`` or ``dmu_role`` in their order."""
    with database.cursor() as con:
        return store.list_members(con, Dimension(dimension))


def require_members(database: Database, dimension: Dimension, keys: Sequence[str]) -> None:
    """Refuse keys that no member bears.

    Raises
    ------
    NotFound
        If there is no member of one of the keys.
    """
    with database.cursor() as con:
        for key in keys:
            store.find_member(con, dimension, key)


def save_member(database: Database, member: Member) -> None:
    """Add a member or change the labels and attributes of the one with the same key.

    Raises
    ------
    DefinitionError
        If a label is missing or belongs to another member of the dimension, or a segment would lie inside itself.
    """
    access.require(Right.DEFINE)
    with database.write() as con:
        known = store.list_members(con, member.dimension)
        member = _checked(member, known)
        is_new = member.key not in {item.key for item in known}
        store.save_member(con, member)
        audit.record(con, "define", f"{member.dimension.value}:{member.key}", {"new": is_new})


def _checked(member: Member, known: list[Member]) -> Member:
    """Return a member with trimmed labels, or refuse it; see `save_member`."""
    label_it = member.label_it.strip()
    label_en = member.label_en.strip() or label_it
    if not label_it:
        raise DefinitionError(N_("Give it a name in Italian."))
    for other in known:
        if other.key == member.key:
            continue
        taken = {name.casefold() for name in (other.key, other.label_it, other.label_en)}
        for label in (label_it, label_en):
            if label.casefold() in taken:
                raise DefinitionError(
                    N_("There is already one called {label}. Choose another name."), label=named(other)
                )
    if member.parent is not None and member.parent in descendants(known, member.key):
        raise DefinitionError(N_("{label} cannot lie inside itself."), label=Named(label_it, label_en))
    return replace(member, label_it=label_it, label_en=label_en)


def delete_member(database: Database, dimension: Dimension, key: str) -> None:
    """Take out a member that nothing names.

    Raises
    ------
    NotFound
        If there is none with this key.
    DefinitionError
        Naming what uses it, or that imported rows bear it.
    """
    access.require(Right.DEFINE)
    with database.write() as con:
        member = store.find_member(con, dimension, key)
        used = uses_of(con, dimension, key)
        if used:
            raise DefinitionError(
                N_("{label} is still used: {uses}. Change these first."),
                label=named(member),
                uses=list(dict.fromkeys(use.named for use in used)),
            )
        store.delete_member(con, dimension, key)
        audit.record(con, "delete", f"{dimension.value}:{key}", {"label": member.label_it})


def reorder(database: Database, dimension: Dimension, keys: Sequence[str]) -> None:
    """Give the members the order of `keys`; members that are not named keep theirs, after these."""
    access.require(Right.DEFINE)
    with database.write() as con:
        known = {item.key: item for item in store.list_members(con, dimension)}
        named = [key for key in keys if key in known]
        for position, key in enumerate([*named, *[key for key in known if key not in named]], start=1):
            if known[key].position != position:
                store.save_member(con, replace(known[key], position=position))
        audit.record(con, "reorder", dimension.value, {"order": list(keys)})


@dataclass(frozen=True)
class MemberUse:
    """A member with the rows that bear it and what names it; `closest` is the confirmed one it may be."""

    member: Member
    n_rows: int
    uses: tuple[Use, ...]
    closest: str | None = None


def member_uses(database: Database, dimension: Dimension) -> list[MemberUse]:
    """Return the members of a dimension with what speaks against deleting each."""
    with database.cursor() as con:
        known = store.list_members(con, dimension)
        counts = store.count_rows(con, dimension)
        confirmed = [item for item in known if item.status == CONFIRMED]
        return [
            MemberUse(
                item,
                counts.get(item.key, 0),
                tuple(uses_of(con, dimension, item.key)),
                None if item.status == CONFIRMED else closest(item, confirmed),
            )
            for item in known
        ]


def closest(member: Member, among: Sequence[Member]) -> str | None:
    """Return the key of the member whose label is most alike, None when none is alike enough.

    Examples
    --------
    >>> known = [Member(Dimension.SEGMENT, "pmi", "PMI manifatturiere", "Manufacturing SMEs")]
    >>> closest(Member(Dimension.SEGMENT, "x", "Pmi manifatturiera", "Pmi manifatturiera"), known)
    'pmi'
    """

    def likeness(other: Member) -> float:
        ours = member.label_it.casefold()
        return max(
            SequenceMatcher(None, ours, name.casefold()).ratio() for name in (other.label_it, other.label_en, other.key)
        )

    best = max(among, key=likeness, default=None)
    return best.key if best is not None and likeness(best) >= CLOSE else None


def n_proposed(database: Database) -> int:
    """Count the members that wait for a person, over all dimensions."""
    with database.cursor() as con:
        return sum(item.status == "proposed" for name in Dimension for item in store.list_members(con, name))


def merges(database: Database, dimension: Dimension) -> list[Merge]:
    """Return what was merged, newest first."""
    with database.cursor() as con:
        return list_merges(con, dimension)


def history(database: Database, dimension: Dimension, key: str) -> list[store.MemberVersion]:
    """Return the saved states of a member, newest first."""
    with database.cursor() as con:
        return store.member_versions(con, dimension, key)
