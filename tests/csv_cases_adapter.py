"""Adapter that lets an outside grader run import cases through the ordinary reading, staging and store."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from ocem.domain.batch import FieldMapping, Reject, SourceProfile
from ocem.domain.fact import FactKind
from ocem.errors import FileRefused
from ocem.intake import importing
from ocem.store.batch import classify, commit
from ocem.store.batch import undo as undo_batch
from ocem.store.database import Database

OWN_NAMES = {
    FactKind.INTERACTION: {"when": "occurred_at", "amount": "cost_eur"},
    FactKind.SALE: {"when": "order_day", "amount": "amount_eur"},
}


def open_store(folder: str) -> Database:
    """Open a fresh store in a folder."""
    return Database.open(Path(folder) / "cases.duckdb")


def as_profile(profile: dict, fields: dict, key: list, required: list) -> tuple[SourceProfile, dict[str, str]]:
    """Return the mapping as a source profile, and which of its fields bears which given name."""
    moment = fields.get("when", {}).get("type") == "datetime"
    fact = FactKind.INTERACTION if moment else FactKind.SALE
    names = {name: OWN_NAMES[fact].get(name, f"x_{name}") for name in fields}
    return (
        SourceProfile(
            key="case",
            fact=fact,
            fields={
                names[name]: FieldMapping(item["type"], item.get("column"), item.get("index"))
                for name, item in fields.items()
            },
            key_fields=tuple(names[name] for name in key),
            required=tuple(names[name] for name in required),
            formats={name: value for name, value in profile.items() if value is not None},
        ),
        names,
    )


def import_file(store: Database, path: str, profile: dict, fields: dict, key: list, required: list) -> dict[str, Any]:
    """Import one file and say what became of each of its lines."""
    source, names = as_profile(profile, fields, key, required)
    back = {own: name for name, own in names.items()}
    try:
        with importing.working_folder(store) as work:
            upload = importing.receive(Path(path), work)
            reading = importing.read_file(store, upload, work, source, {})
            if reading.questions:
                asked = [{"field": back.get(q.field or ""), "kind": q.kind} for q in reading.questions]
                return {"needs_decision": asked, "accepted": []}
            importing._refuse_double(store, reading)
            staged = importing._staged(reading)
            rows = _rows(staged.rows, names, profile.get("timezone") or "Europe/Rome")
            old = _live(store, source.fact)
            counts = classify(store, staged)
            batch = commit(store, staged).batch if counts.accepted + counts.updated else None
    except FileRefused as refused:
        return {"file_error": refused.code}
    accepted, known = [], []
    for row in rows:
        live = old.get(row["key_hash"])
        if live == row["row_hash"]:
            known.append({"line": row["line"], "code": "already_imported"})
        else:
            accepted.append({"line": row["line"], "fields": row["fields"], "update": live is not None})
    detected = reading.detected
    return {
        "accepted": accepted,
        "rejected": _first_each(staged.rejects),
        "skipped": [{"line": note.line, "code": note.code} for note in staged.skips] + known,
        "warnings": [{"line": note.line, "code": note.code} for note in staged.warnings],
        "detected": {
            "encoding": detected.encoding,
            "delimiter": detected.delimiter,
            "header_line": detected.header_line,
            "header_rows": detected.header_rows,
            "first_data_line": detected.first_data_line,
        },
        "batch": batch,
    }


def undo(store: Database, batch: int) -> None:
    """Take a batch out again."""
    undo_batch(store, batch)


def state(store: Database) -> dict[str, Any]:
    """Return how many live rows there are and the sum of their amounts."""
    n_rows, total = 0, 0
    with store.cursor() as con:
        for table, amount in (("sale", "amount_eur"), ("interaction", "cost_eur")):
            row = con.execute(
                f"SELECT count(*), coalesce(sum({amount}), 0) FROM {table} WHERE superseded_by IS NULL"
            ).fetchone()
            n_rows, total = n_rows + row[0], total + row[1]
    return {"rows": n_rows, "amount_sum": str(total)}


def _first_each(rejects: tuple[Reject, ...]) -> list[dict[str, Any]]:
    seen: dict[int, dict[str, Any]] = {}
    for reject in rejects:
        seen.setdefault(reject.line, {"line": reject.line, "code": reject.code, "column": reject.column})
    return list(seen.values())


def _live(store: Database, fact: FactKind) -> dict[int, int]:
    with store.cursor() as con:
        return dict(con.execute(f"SELECT key_hash, row_hash FROM {fact.value} WHERE superseded_by IS NULL").fetchall())


def _rows(path: Path, names: dict[str, str], zone: str) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        found = con.execute("SELECT * FROM read_parquet(?) ORDER BY line", [str(path)])
        columns = [item[0] for item in found.description]
        rows = [dict(zip(columns, values, strict=True)) for values in found.fetchall()]
    return [
        {
            "line": row["line"],
            "key_hash": row["key_hash"],
            "row_hash": row["row_hash"],
            "fields": {name: _plain(row.get(own), zone) for name, own in names.items()},
        }
        for row in rows
    ]


def _plain(value: Any, zone: str) -> Any:
    if hasattr(value, "astimezone"):
        return value.astimezone(ZoneInfo(zone)).isoformat()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return None if value is None else str(value)
