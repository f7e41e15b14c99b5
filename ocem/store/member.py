"""Members of the dimensions; unknown values of files become proposed members that a person confirms."""

import re
import unicodedata

from duckdb import DuckDBPyConnection

from ocem.domain.perimeter import Control, Dimension, Medium, Member

_COLUMNS = (
    "key, label_it, label_en, position, status, medium, control, self_service, owner_function, parent, relationship, "
    "strategic"
)


def list_members(con: DuckDBPyConnection, dimension: Dimension) -> list[Member]:
    """Return the members of a dimension in their order, without "not given"."""
    rows = con.execute(
        f"SELECT {_COLUMNS} FROM member WHERE dimension = ? AND id > 0 ORDER BY position, id", [dimension.value]
    ).fetchall()
    found = []
    for row in rows:
        named = dict(zip(_COLUMNS.split(", "), row, strict=True))
        named["medium"] = Medium(named["medium"]) if named["medium"] else None
        named["control"] = Control(named["control"]) if named["control"] else None
        found.append(Member(dimension=dimension, **named))
    return found


def member_ids(con: DuckDBPyConnection, dimension: str, keys: tuple[str, ...]) -> list[int]:
    """Return the numbers under which facts hold these members; unknown keys are left out."""
    rows = con.execute(
        "SELECT id FROM member WHERE dimension = ? AND list_contains(?, key)", [dimension, list(keys)]
    ).fetchall()
    return [int(row[0]) for row in rows]


def save_member(con: DuckDBPyConnection, member: Member) -> None:
    """Add a member, or replace the labels and attributes of the one with the same key."""
    values = [
        member.label_it,
        member.label_en,
        member.position,
        member.status,
        member.medium.value if member.medium else None,
        member.control.value if member.control else None,
        member.self_service,
        member.owner_function,
        member.parent,
        member.relationship,
        member.strategic,
    ]
    where = [member.dimension.value, member.key]
    known = con.execute("SELECT 1 FROM member WHERE dimension = ? AND key = ?", where).fetchone()
    if known:
        con.execute(
            "UPDATE member SET label_it = ?, label_en = ?, position = ?, status = ?, medium = ?, control = ?, "
            "self_service = ?, owner_function = ?, parent = ?, relationship = ?, strategic = ? "
            "WHERE dimension = ? AND key = ?",
            values + where,
        )
        return
    con.execute(
        "INSERT INTO member SELECT ?, (SELECT max(id) + 1 FROM member WHERE dimension = ?), "
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?",
        [member.dimension.value, member.dimension.value, member.key, *values],
    )


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
