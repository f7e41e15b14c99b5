"""Let a confirmed member take over a proposed one, and split them while it is known which rows were whose."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from duckdb import DuckDBPyConnection

from ocem.domain.access import Right
from ocem.domain.batch import FieldMapping, SourceProfile
from ocem.domain.fact import FactKind
from ocem.domain.perimeter import Dimension
from ocem.errors import N_, NotFound, Refused
from ocem.store import access, audit, journey
from ocem.store.daily import CELL, refresh_touched
from ocem.store.database import Database
from ocem.store.kpi import numbered_kpis
from ocem.store.member import MERGED, facts_with, find_member, member_ids, member_versions
from ocem.store.profile import find_profile, write_profile

_CELL_LIST = ", ".join(CELL)


@dataclass(frozen=True)
class Merge:
    """One merge: what took over what, how many rows moved, which source profiles learnt the name."""

    id: int
    dimension: Dimension
    source: str
    target: str
    n_rows: int
    profiles: tuple[str, ...]
    merged_at: datetime
    merged_by: str
    split_at: datetime | None = None


def merge_member(database: Database, dimension: Dimension, source: str, target: str) -> Merge:
    """Re-point every row of a proposed member to a confirmed one, in one transaction with the sums of the days touched.

    The source profiles through which the name came learn it, so that next week's file needs no decision.

    Raises
    ------
    Refused
        If the first is not a proposed member, or the second not a confirmed one.
    NotFound
        If one of them does not exist.
    """
    actor = access.require(Right.DEFINE).name
    with database.write() as con:
        old, new = find_member(con, dimension, source), find_member(con, dimension, target)
        if old.status != "proposed" or new.status != "confirmed" or source == target:
            raise Refused(
                N_("Only a proposed name can be merged, and only with a confirmed one: {source} into {target}."),
                source=old.label_it,
                target=new.label_it,
            )
        [old_id], [new_id] = member_ids(con, dimension.value, (source,)), member_ids(con, dimension.value, (target,))
        row = con.execute("SELECT nextval('merge_number')").fetchone()
        assert row is not None
        number, counts = int(row[0]), {}
        keys = _sources_of(con, dimension, old_id)
        for fact in facts_with(dimension):
            counts[fact] = _remember_rows(con, number, fact, dimension, old_id)
        for fact, n_rows in counts.items():
            if n_rows:
                _repoint(con, fact, dimension, f"{dimension.value}_id = {old_id}", old_id, new_id)
        con.execute(
            "UPDATE member SET status = ?, merged_into = ? WHERE dimension = ? AND id = ?",
            [MERGED, new_id, dimension.value, old_id],
        )
        names = {old.label_it, old.label_en} | {
            str(item.definition[name])
            for item in member_versions(con, dimension, source)
            for name in ("label_it", "label_en")
        }
        learnt = {}
        for key in keys:
            before = _teach(con, key, dimension, source, names, target)
            if before is not None:
                learnt[key] = before
        newest = con.execute("SELECT coalesce(max(id), 0) FROM import_batch").fetchone()
        assert newest is not None
        merge = Merge(
            number, dimension, source, target, sum(counts.values()), tuple(sorted(learnt)), datetime.now(UTC), actor
        )
        con.execute(
            "INSERT INTO member_merge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            [
                number,
                dimension.value,
                source,
                old_id,
                target,
                new_id,
                merge.n_rows,
                newest[0],
                json.dumps(keys),
                json.dumps(learnt),
                merge.merged_at,
                actor,
            ],
        )
        _note_journeys(con, number)
        audit.record(con, "merge", f"{dimension.value}:{target}", {"source": source, "rows": merge.n_rows})
    return merge


def split_member(database: Database, merge: int) -> Merge:
    """Undo a merge exactly: its rows, its sums, what the source profiles said.

    Raises
    ------
    NotFound
        If there is no such merge, or it was split already.
    Refused
        If a batch was imported or undone since, so that nobody can tell whose rows are whose.
    """
    actor = access.require(Right.DEFINE).name
    with database.write() as con:
        found = con.execute(
            "SELECT dimension, source_key, source_id, target_id, last_batch, sources, profiles FROM member_merge "
            "WHERE id = ? AND split_at IS NULL",
            [merge],
        ).fetchone()
        if found is None:
            raise NotFound(N_("There is no merge {merge} to undo."), merge=merge)
        dimension, old_id, new_id = Dimension(found[0]), int(found[2]), int(found[3])
        _refuse_if_mixed(con, merge, int(found[4]), json.loads(found[5]))
        for fact in facts_with(dimension):
            known = con.execute(
                "SELECT 1 FROM member_merge_row WHERE merge_id = ? AND fact = ? LIMIT 1", [merge, fact.value]
            ).fetchone()
            if known:
                mine = (
                    f"{dimension.value}_id = {new_id} AND (batch_id, line) IN "
                    f"(SELECT batch_id, line FROM member_merge_row WHERE merge_id = {merge} AND fact = '{fact.value}')"
                )
                _repoint(con, fact, dimension, mine, new_id, old_id)
        con.execute(
            "UPDATE member SET status = 'proposed', merged_into = NULL WHERE dimension = ? AND id = ?",
            [dimension.value, old_id],
        )
        for key, before in json.loads(found[6]).items():
            _unteach(con, key, dimension, before)
        con.execute(
            "UPDATE member_merge SET split_at = ?, split_by = ? WHERE id = ?", [datetime.now(UTC), actor, merge]
        )
        _note_journeys(con, merge)
        con.execute("DELETE FROM member_merge_row WHERE merge_id = ?", [merge])
        audit.record(con, "split", f"{dimension.value}:{found[1]}", {"merge": merge})
        return next(item for item in list_merges(con, dimension) if item.id == merge)


def list_merges(con: DuckDBPyConnection, dimension: Dimension) -> list[Merge]:
    """Return the merges of a dimension, newest first, split ones included."""
    rows = con.execute(
        "SELECT id, source_key, target_key, n_rows, json_keys(profiles), merged_at, merged_by, split_at "
        "FROM member_merge WHERE dimension = ? ORDER BY id DESC",
        [dimension.value],
    ).fetchall()
    return [
        Merge(int(row[0]), dimension, row[1], row[2], int(row[3]), tuple(row[4]), row[5], row[6], row[7])
        for row in rows
    ]


def _sources_of(con: DuckDBPyConnection, dimension: Dimension, member: int) -> list[str]:
    """Return the keys of the sources whose rows bear a member."""
    parts = " UNION ".join(
        f"SELECT source_id FROM {fact.value} WHERE {dimension.value}_id = {member}" for fact in facts_with(dimension)
    )
    return [row[0] for row in con.execute(f"SELECT key FROM source WHERE id IN ({parts}) ORDER BY key").fetchall()]


def _remember_rows(con: DuckDBPyConnection, merge: int, fact: FactKind, dimension: Dimension, member: int) -> int:
    """Note which lines of which batches bear the member; return how many rows do."""
    where = f"FROM {fact.value} WHERE {dimension.value}_id = {member}"
    row = con.execute(f"SELECT count(*) {where}").fetchone()
    if not row or not row[0]:  # DuckDB 2.0.0 hides a large insert that follows an insert of no rows
        return 0
    con.execute(f"INSERT INTO member_merge_row SELECT DISTINCT {merge}, '{fact.value}', batch_id, line {where}")
    return int(row[0])


def _repoint(
    con: DuckDBPyConnection, fact: FactKind, dimension: Dimension, which: str, leaving: int, entering: int
) -> None:
    """Give rows another member and recompute the sums of the days and cells they leave and enter."""
    column = f"{dimension.value}_id"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE leaving_cells AS SELECT DISTINCT {_CELL_LIST} FROM {fact.value} WHERE {which}"
    )
    con.execute(f"UPDATE {fact.value} SET {column} = {entering} WHERE {which}")
    if column in CELL:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE touched AS SELECT * FROM leaving_cells UNION "
            f"SELECT * REPLACE (CAST({entering} AS USMALLINT) AS {column}) FROM leaving_cells"
        )
        refresh_touched(con, numbered_kpis(con), fact)
        con.execute("DROP TABLE touched")
    con.execute("DROP TABLE leaving_cells")


def _note_journeys(con: DuckDBPyConnection, merge: int) -> None:
    """Let the journeys of the customers behind the moved rows be worked out again."""
    rows = con.execute("SELECT DISTINCT fact, batch_id FROM member_merge_row WHERE merge_id = ?", [merge]).fetchall()
    for fact, batch in rows:
        journey.note_batch(con, FactKind(fact), int(batch))
    journey.refresh_if_small(con)


def _refuse_if_mixed(con: DuckDBPyConnection, merge: int, last_batch: int, sources: list[str]) -> None:
    later = con.execute(
        "SELECT min(id) FROM import_batch WHERE id > ? AND status = 'live' AND (list_contains(?, source) OR "
        "(fact = 'interaction' AND EXISTS (FROM member_merge_row WHERE merge_id = ? AND fact = 'sale')))",
        [last_batch, sources, merge],
    ).fetchone()
    if later and later[0] is not None:
        raise Refused(
            N_(
                "Batch {batch} was imported after the two were merged, so its rows can no longer be told apart. "
                "Undo that batch first."
            ),
            batch=int(later[0]),
        )
    gone = con.execute(
        "SELECT min(r.batch_id) FROM member_merge_row r LEFT JOIN import_batch b ON b.id = r.batch_id "
        "AND b.status = 'live' WHERE r.merge_id = ? AND b.id IS NULL",
        [merge],
    ).fetchone()
    if gone and gone[0] is not None:
        raise Refused(
            N_("Batch {batch} was undone after the two were merged, so what it left can no longer be told apart."),
            batch=int(gone[0]),
        )


def _teach(
    con: DuckDBPyConnection, key: str, dimension: Dimension, source: str, names: set[str], target: str
) -> dict[str, Any] | None:
    """Let a source profile read these names as the target; return what it said of them before, None if no profile."""
    profile = find_profile(con, key)
    if profile is None:
        return None
    before: dict[str, Any] = {"values": {}, "constant": profile.constants.get(dimension.value)}
    mapping = profile.fields.get(dimension.value)
    folded = {name.casefold() for name in (source, *names)}
    if mapping is not None:
        texts = {text for text, value in mapping.values.items() if value == source or text.casefold() in folded}
        known = {text.casefold() for text in texts}
        texts |= {name for name in names if name.casefold() not in known}
        before["values"] = {text: mapping.values.get(text) for text in sorted(texts)}
        profile = _with_values(profile, dimension, dict(mapping.values) | dict.fromkeys(sorted(texts), target))
    if str(before["constant"]).casefold() in folded:
        profile = replace(profile, constants=profile.constants | {dimension.value: target})
    write_profile(con, profile)
    return before


def _with_values(profile: SourceProfile, dimension: Dimension, values: dict[str, str]) -> SourceProfile:
    mapping: FieldMapping = profile.fields[dimension.value]
    return replace(profile, fields=profile.fields | {dimension.value: replace(mapping, values=values)})


def _unteach(con: DuckDBPyConnection, key: str, dimension: Dimension, before: dict[str, Any]) -> None:
    profile = find_profile(con, key)
    if profile is None:
        return
    mapping = profile.fields.get(dimension.value)
    if mapping is not None:
        values = {text: value for text, value in mapping.values.items() if text not in before["values"]}
        values |= {text: value for text, value in before["values"].items() if value is not None}
        profile = _with_values(profile, dimension, values)
    constants = dict(profile.constants)
    if before["constant"] is not None:
        constants[dimension.value] = before["constant"]
    write_profile(con, replace(profile, constants=constants))
