"""Roles and rows granted to signed-in people."""

from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from ocem.domain.access import Grant, Person, Right, Role
from ocem.store import access, audit
from ocem.store.database import Database


def granted(con: DuckDBPyConnection) -> list[Person]:
    """Return everybody with a grant in force, by e-mail address."""
    rows = con.execute(
        "SELECT email, roles, segments, touchpoints FROM person_grant "
        "QUALIFY version = max(version) OVER (PARTITION BY email) ORDER BY email"
    ).fetchall()
    return [
        Person(email, frozenset(Role(role) for role in roles), Grant(members_of(segments), members_of(touchpoints)))
        for email, roles, segments, touchpoints in rows
    ]


def find(database: Database, email: str) -> Person | None:
    """Return what a person was granted; None when nothing ever was."""
    with access.acting(access.SYSTEM), database.cursor() as con:
        return next((item for item in granted(con) if item.name == email.casefold()), None)


def grant(database: Database, who: Person) -> None:
    """Put a grant in force; no role means that the person may do nothing.

    Raises
    ------
    Forbidden
        If the acting person is no administrator.
    """
    by = access.require(Right.ADMINISTER)
    segments, touchpoints = listed(who.grant.segments), listed(who.grant.touchpoints)
    roles = sorted(role.value for role in who.roles)
    email = who.name.casefold()
    with database.write() as con:
        con.execute(
            "INSERT INTO person_grant SELECT ?, coalesce(max(version), 0) + 1, ?, ?, ?, ?, ? "
            "FROM person_grant WHERE email = ?",
            [email, roles, segments, touchpoints, by.name, datetime.now(UTC), email],
        )
        details = {"roles": roles, "segments": segments, "touchpoints": touchpoints}
        audit.record(con, "grant", email, details)


def members_of(keys: list[str] | None) -> frozenset[str] | None:
    """Return granted members from how they are stored; None stands for all."""
    return None if keys is None else frozenset(keys)


def listed(keys: frozenset[str] | None) -> list[str] | None:
    """Return granted members as they are stored."""
    return None if keys is None else sorted(keys)
