"""Adapter that lets an outside grader run import cases through the ordinary reading, staging and store.

`load_table` is the loader alone, without mapping or parameters: rows of text, the header first.
"""

import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

sys.path.insert(0, str(Path(__file__).parents[1]))

from ocem.domain.batch import FieldMapping, Reject, SourceProfile
from ocem.domain.fact import FactKind
from ocem.errors import FileRefused
from ocem.intake import importing
from ocem.intake.dialect import find_delimiter, find_quote
from ocem.intake.file_reading import read_file
from ocem.intake.layout import Wanted
from ocem.intake.look import looks_like_date, looks_like_number
from ocem.intake.receive import receive, unpack
from ocem.intake.split import Row, Splitter, cut_text, mend
from ocem.intake.text import BAD_BYTE_MARK, NUL_MARK, line_blocks, open_text
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
            upload = receive(Path(path), work)
            reading = read_file(store, upload, work, source, {})
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


def load_table(path: str) -> list[list[str]]:
    """Return a text file as rows of text, header first, found out from its bytes alone.

    A table without a header comes back as its rows, an empty file as none: nothing is added to what the file holds.
    """
    try:
        lines = _lines(Path(path))
    except FileRefused as refused:
        if refused.code == "empty_file":
            return []
        raise
    if not any(line.strip() for line in lines):
        return []
    delimiter = find_delimiter(lines, Wanted())
    rows = [row for row in _cut(lines, delimiter) if any(cell.strip() for cell in row)]
    width = _usual_width(rows)
    header, rest = _header(rows[_top(rows, width) :])
    if _spaced(lines, delimiter):
        header, *rest = ([cell.removeprefix(" ") for cell in row] for row in (header, *rest))
    return [header, *_first_table(header, rest)]


def _lines(path: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        text = open_text(unpack(receive(path, Path(folder)), Path(folder)))
        lines = [line for block in line_blocks(text) for line in block.decode("utf-8").split("\n")[:-1]]
    return [line.replace(NUL_MARK, "\x00").replace(BAD_BYTE_MARK, "\ufffd") for line in lines]


def _cut(lines: list[str], delimiter: str) -> list[list[str]]:
    """Cut all lines; a record that does not come out as wide as the others is cut again, one mark taken as text."""
    quote = find_quote(lines, delimiter)
    numbered = list(enumerate(lines, start=1))
    best: tuple[int, int, list[Row]] = (-1, 1, [])
    for escaped in (False, True):
        loose = Splitter(delimiter, escaped=escaped, quote=quote).rows(numbered)
        width = _usual_width([list(row.cells) for row in loose])
        way = list(Splitter(delimiter, width, escaped, quote=quote).rows(numbered))
        whole = sum(len(row.cells) == width and row.code is None and not row.stray for row in way)
        best = max(best, (whole, width, way), key=lambda item: item[0])
    _, width, rows = best
    return [_mended(row, lines, delimiter, width, quote) for row in rows]


def _mended(row: Row, lines: list[str], delimiter: str, width: int, quote: str) -> list[str]:
    if len(row.cells) == width and row.code is None:
        return list(row.cells)
    text = "\n".join(lines[row.line - 1 : row.last_line])
    if quote in text and (found := mend(text, delimiter, width, quote)):
        return list(found)
    for other in (" ", ";", ",", "\t"):
        if other != delimiter and len(cut := cut_text(text, other, quote=quote).cells) == width:
            return list(cut)
    return list(row.cells)


def _usual_width(rows: list[list[str]]) -> int:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    return max(widths.items(), key=lambda item: (item[1] * min(item[0], 4), item[0]))[0] if widths else 1


def _top(rows: list[list[str]], width: int) -> int:
    """Say how many rows stand above the table: the first row that is filled like the others begins it."""
    for at, row in enumerate(rows[:50]):
        filled = sum(1 for cell in row if cell.strip())
        if len(row) >= min(width, 2) and filled * 2 > width:
            return at - 1 if at and _grouped(*rows[at - 1 : at + 2]) else at
    return 0


def _header(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Part the header from the rows below: it has several rows if they repeat, or if the second stands below groups."""
    n_rows = 1
    while n_rows < len(rows) - 1 and rows[n_rows] == rows[0]:
        n_rows += 1
    if n_rows > 1:
        return [" ".join(parts) for parts in zip(*rows[:n_rows], strict=True)], rows[n_rows:]
    if len(rows) > 2 and (joined := _grouped(rows[0], rows[1], rows[2])):
        return joined, rows[2:]
    return rows[0], rows[1:]


def _grouped(groups: list[str], names: list[str], first: list[str] | None = None) -> list[str] | None:
    """Join a row of groups with the row of names below it: a group stands above its first name, the next are empty."""
    if (
        first is None
        or sum(1 for cell in groups if cell.strip()) < 2
        or len(groups) != len(names)
        or any(_typed(cell) for cell in groups + names)
    ):
        return None
    if not any(_typed(cell) for cell in first):
        return None
    joined, group, spans = [], "", False
    for above, name in zip(groups, names, strict=True):
        if above.strip():
            group = above
        elif name.strip() and group:
            spans = True
        joined.append(f"{above.strip() or (group.strip() if name.strip() else '')} {name.strip()}".strip())
    return joined if spans else None


def _first_table(header: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Leave out what follows a second header of the same names with columns more or less: another table."""
    for at, row in enumerate(rows):
        shared = min(len(row), len(header))
        if shared > 1 and len(row) != len(header) and row[:shared] == header[:shared]:
            return rows[:at]
    return rows


def _typed(cell: str) -> bool:
    return looks_like_number(cell) or looks_like_date(cell) or bool(re.fullmatch(r"\s*-?[\d.]+[eE][-+]?\d+\s*", cell))


def _spaced(lines: list[str], delimiter: str) -> bool:
    """Say whether a blank belongs to the delimiter: it follows each, and not to align numbers."""
    seen = [line for line in lines[:50] if delimiter in line.rstrip()]
    ends = seen[:1] + seen[-1:]
    if delimiter == " " or any(line.count(delimiter) != line.count(delimiter + " ") for line in ends):
        return False
    return bool(ends) and not all(_typed(cell) for cell in ends[-1].split(delimiter))
