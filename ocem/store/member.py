"""Members of the dimensions; unknown values of files become proposed members that a person confirms or merges."""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.fact import FACT_FIELDS, FactKind
from ocem.domain.perimeter import Control, Dimension, Medium, Member
from ocem.errors import N_, DefinitionError, NotFound

_COLUMNS = (
    "key, label_it, label_en, position, status, medium, control, self_service, owner_function, parent, relationship, "
    "strategic, priority_criteria"
)
MERGED = "merged"
"""Status of a member that another one took over; it is kept so that its names in files lead to the other."""


def _member(dimension: Dimension, row: tuple[Any, ...]) -> Member:
    named = dict(zip(_COLUMNS.split(", "), row, strict=True))
    named["medium"] = Medium(named["medium"]) if named["medium"] else None
    named["control"] = Control(named["control"]) if named["control"] else None
    return Member(dimension=dimension, **named)


def list_members(con: DuckDBPyConnection, dimension: Dimension) -> list[Member]:
    """Return the members of a dimension in their order, without "not given"."""
    rows = con.execute(
        f"SELECT {_COLUMNS} FROM member WHERE dimension = ? AND id > 0 AND status <> ? ORDER BY position, id",
        [dimension.value, MERGED],
    ).fetchall()
    return [_member(dimension, row) for row in rows]


def find_member(con: DuckDBPyConnection, dimension: Dimension, key: str) -> Member:
    """Return one member.

    Raises
    ------
    NotFound
        If none of the dimension bears this key.
    """
    for member in list_members(con, dimension):
        if member.key == key:
            return member
    raise NotFound(N_("No {dimension} is called {key}."), dimension=dimension.value, key=key)


def member_ids(con: DuckDBPyConnection, dimension: str, keys: tuple[str, ...]) -> list[int]:
    """Return the numbers under which facts hold these members; unknown keys are left out."""
    rows = con.execute(
        "SELECT id FROM member WHERE dimension = ? AND list_contains(?, key)", [dimension, list(keys)]
    ).fetchall()
    return [int(row[0]) for row in rows]


def save_member(con: DuckDBPyConnection, member: Member) -> None:
    """Add a member, or replace the labels and attributes of the one with the same key; a change makes a version."""
    document = json.loads(json.dumps(asdict(member)))
    for name in ("dimension", "key"):
        del document[name]
    names, values = list(document), list(document.values())
    where = [member.dimension.value, member.key]
    known = con.execute("SELECT 1 FROM member WHERE dimension = ? AND key = ?", where).fetchone()
    if known:
        sets = ", ".join(f"{name} = ?" for name in names)
        con.execute(f"UPDATE member SET {sets} WHERE dimension = ? AND key = ?", values + where)
    else:
        con.execute(
            f"INSERT INTO member (dimension, id, key, {', '.join(names)}) "
            f"SELECT ?, (SELECT max(id) + 1 FROM member WHERE dimension = ?), ?, {', '.join('?' * len(names))}",
            [member.dimension.value, member.dimension.value, member.key, *values],
        )
    _keep_version(con, member, document)


def _keep_version(con: DuckDBPyConnection, member: Member, document: dict[str, Any]) -> None:
    row = con.execute(
        "SELECT version, definition FROM member_version WHERE dimension = ? AND key = ? ORDER BY version DESC LIMIT 1",
        [member.dimension.value, member.key],
    ).fetchone()
    if row and json.loads(row[1]) == document:
        return
    con.execute(
        "INSERT INTO member_version VALUES (?, ?, ?, ?, ?)",
        [
            member.dimension.value,
            member.key,
            int(row[0]) + 1 if row else 1,
            json.dumps(document, ensure_ascii=False),
            datetime.now(UTC),
        ],
    )


@dataclass(frozen=True)
class MemberVersion:
    """One saved state of a member."""

    version: int
    saved_at: datetime
    definition: dict[str, Any]


def member_versions(con: DuckDBPyConnection, dimension: Dimension, key: str) -> list[MemberVersion]:
    """Return the saved states of a member, newest first."""
    rows = con.execute(
        "SELECT version, saved_at, definition FROM member_version WHERE dimension = ? AND key = ? "
        "ORDER BY version DESC",
        [dimension.value, key],
    ).fetchall()
    return [MemberVersion(int(row[0]), row[1], json.loads(row[2])) for row in rows]


def facts_with(dimension: Dimension) -> tuple[FactKind, ...]:
    """Return the facts whose rows bear a member of the dimension."""
    if dimension is not Dimension.DMU_ROLE:
        return tuple(FactKind)
    return tuple(kind for kind in FactKind if any(item.name == dimension.value for item in FACT_FIELDS[kind]))


def count_rows(con: DuckDBPyConnection, dimension: Dimension) -> dict[str, int]:
    """Return by member key how many live rows of facts bear it; members without rows are absent."""
    parts = " UNION ALL ".join(
        f"SELECT {dimension.value}_id AS id, count(*) AS n FROM {fact.value} WHERE superseded_by IS NULL GROUP BY 1"
        for fact in facts_with(dimension)
    )
    rows = con.execute(
        f"SELECT m.key, sum(f.n) FROM ({parts}) f JOIN member m ON m.dimension = ? AND m.id = f.id "
        "WHERE m.id > 0 GROUP BY m.key",
        [dimension.value],
    ).fetchall()
    return {row[0]: int(row[1]) for row in rows}


def has_rows(con: DuckDBPyConnection, dimension: Dimension, key: str) -> bool:
    """Say whether any row of facts, earlier versions included, bears the member."""
    ids = member_ids(con, dimension.value, (key,))
    return any(
        con.execute(
            f"SELECT 1 FROM {fact.value} WHERE list_contains(?, {dimension.value}_id) LIMIT 1", [ids]
        ).fetchone()
        for fact in facts_with(dimension)
    )


def delete_member(con: DuckDBPyConnection, dimension: Dimension, key: str) -> None:
    """Take a member out of its dimension; whether anything needs it is the caller's to know.

    Raises
    ------
    DefinitionError
        If rows of facts bear it.
    """
    if has_rows(con, dimension, key):
        raise DefinitionError(
            N_("{key} is named in imported rows. Merge it with another one instead of deleting it."), key=key
        )
    con.execute("DELETE FROM member WHERE dimension = ? AND key = ? AND id > 0", [dimension.value, key])


def key_for(text: str) -> str:
    """Return a stable key for a label found in a file.

    Examples
    --------
    >>> key_for("Posta elettronica (PEC)")
    'posta_elettronica_pec'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_") or "x" + text.encode().hex()[:12]


def propose_members(con: DuckDBPyConnection, dimension: str, texts: list[str]) -> list[str]:
    """Add the texts that no member bears as proposed members; return those texts."""
    known = {
        name.casefold()
        for row in con.execute(
            "SELECT key, label_it, label_en FROM member WHERE dimension = ? AND id > 0", [dimension]
        ).fetchall()
        for name in row
    }
    added: list[str] = []
    for text in sorted(set(texts)):
        if text.casefold() in known or key_for(text) in known:
            continue
        row = con.execute(
            "SELECT count(*) FROM member WHERE dimension = ? AND key = ?", [dimension, key_for(text)]
        ).fetchone()
        if row and row[0]:
            continue
        save_member(con, Member(Dimension(dimension), key_for(text), text, text, 1000 + len(known), "proposed"))
        known.update({text.casefold(), key_for(text)})
        added.append(text)
    return added
