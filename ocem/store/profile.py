"""Source profiles: how each system's export is read, by version."""

import json
from datetime import UTC, datetime

from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.batch import SourceProfile
from ocem.store import access
from ocem.store.database import Database
from ocem.store.definition.profile import parse_profile, profile_document


def load_profiles(con: DuckDBPyConnection) -> list[SourceProfile]:
    """Return the newest version of every profile, by key."""
    rows = con.execute(
        "SELECT key, definition, version FROM source_profile "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY version DESC) = 1 ORDER BY key"
    ).fetchall()
    return [parse_profile(row[0], json.loads(row[1]), row[2]) for row in rows]


def find_profile(con: DuckDBPyConnection, key: str) -> SourceProfile | None:
    """Return one profile in force, or None."""
    row = con.execute(
        "SELECT definition, version FROM source_profile WHERE key = ? ORDER BY version DESC LIMIT 1", [key]
    ).fetchone()
    return parse_profile(key, json.loads(row[0]), row[1]) if row else None


def save_profile(database: Database, profile: SourceProfile) -> SourceProfile:
    """Store a profile as a new version unless it is in force as it is; return what is in force."""
    access.require(Right.IMPORT)
    with database.cursor() as con:
        known = _in_force(con, profile)
    if known is not None:
        return known
    with database.write() as con:
        return write_profile(con, profile)


def write_profile(con: DuckDBPyConnection, profile: SourceProfile) -> SourceProfile:
    """Store a profile inside a running transaction; see `save_profile`."""
    in_force = _in_force(con, profile)
    if in_force is not None:
        return in_force
    known, document = find_profile(con, profile.key), profile_document(profile)
    version = known.version + 1 if known else 1
    con.execute(
        "INSERT INTO source_profile VALUES (?, ?, ?, ?, ?)",
        [profile.key, version, profile.fingerprint, json.dumps(document), datetime.now(UTC)],
    )
    return parse_profile(profile.key, json.loads(json.dumps(document)), version)


def _in_force(con: DuckDBPyConnection, profile: SourceProfile) -> SourceProfile | None:
    """Return the stored profile if it says the same already."""
    known = find_profile(con, profile.key)
    same = known is not None and profile_document(known) == json.loads(json.dumps(profile_document(profile)))
    return known if same else None
