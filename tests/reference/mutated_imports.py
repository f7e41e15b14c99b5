"""Damaged copies of known files: nothing crashes, and no accepted cell differs from a second, simple reading.

Run it with a folder of cases, each an ``expected.json`` beside its files, and the seconds it may take:

    python -m tests.reference.mutated_imports FOLDER SECONDS [FIRST_SEED]

Each round takes one file, changes a few bytes or lines of it and imports it under the case's mapping. A line that the
change left alone must be read as in the whole file, or not be accepted; a line it touched is read again here by the
csv module and plain rules for numbers and days, wherever these can say anything.
"""

import csv
import json
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ocem.errors import FileRefused, OcemError
from ocem.intake.file_reading import read_file
from ocem.intake.importing import working_folder
from ocem.intake.receive import receive
from ocem.store.database import Database
from tests.intake.reading_of import adapter

NULLS = {"", "n.d.", "n.d", "nd", "-", "--", "n/a", "n/d", "null", "nan"}
BLANKS = " \t\r\n\u00a0\u200b\u202f\u2009\ufeff"
STRAY = (b'"', b";", b",", b"\t", b"\n", b"\r", b"'", b"=", b"-", b".", b"0", b"9", b"\x00", b"\xe0", b"\xc3", b"\\")


@dataclass
class Case:
    """One file, its mapping and the text lines of the file as it is."""

    name: str
    path: Path
    step: dict[str, Any]
    fields: dict[str, Any]
    key: list[str]
    required: list[str]
    whole: dict[str, Any] = field(default_factory=dict)

    def load(self, database: Database, path: Path) -> dict[str, Any]:
        """Read a file under the case's mapping; nothing is stored."""
        source, names = adapter.as_profile(self.step["profile"], self.fields, self.key, self.required)
        with working_folder(database) as work:
            try:
                reading = read_file(database, receive(path, work), work, source, {})
            except FileRefused as refused:
                return {"file_error": refused.code}
            if reading.questions or reading.rows is None:
                return {"needs_decision": reading.questions}
            zone = self.step["profile"].get("timezone") or "Europe/Rome"
            rows = adapter._rows(reading.rows.rows, names, zone) if reading.rows.n_good else []
            return {"accepted": rows, "detected": asdict(reading.detected)}


def cases(database: Database, folder: Path) -> list[Case]:
    """Read the cases of a folder; the first import of each counts."""
    found = []
    for path in sorted(folder.glob("*/expected.json")):
        about = json.loads(path.read_text(encoding="utf-8"))
        step = next(item for item in about["steps"] if item["action"] == "import")
        file = path.parent / step["file"]
        if file.stat().st_size < 200_000:
            found.append(Case(about["case"], file, step, about["fields"], about["key"], about["required"]))
    for case in found:
        case.whole = case.load(database, case.path)
    return found


def mutated(draw: random.Random, data: bytes) -> bytes:
    """Change a few bytes or lines."""
    for _ in range(draw.choice([1, 1, 1, 2, 5])):
        at = draw.randrange(len(data) + 1)
        kind = draw.randrange(7)
        lines = data.splitlines(keepends=True)
        if kind == 0:
            data = data[:at] + draw.choice(STRAY) + data[at:]
        elif kind == 1:
            data = data[:at] + data[at + 1 :]
        elif kind == 2:
            data = data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]
        elif kind == 3 and lines:
            number = draw.randrange(len(lines))
            data = b"".join([*lines[:number], lines[number], *lines[number:]])
        elif kind == 4 and lines:
            number = draw.randrange(len(lines))
            data = b"".join([*lines[:number], *lines[number + 1 :]])
        elif kind == 5 and len(lines) > 1:
            one, two = draw.randrange(len(lines)), draw.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
            data = b"".join(lines)
        elif kind == 6:
            data = data[:at] if draw.random() < 0.3 else data[:at] + data[draw.randrange(len(data) + 1) :]
    return data


def lines_of(data: bytes, encoding: str | None) -> list[str]:
    """The physical lines of a text, as an editor counts them."""
    text = data.decode({"utf-8": "utf-8-sig"}.get(encoding or "", encoding or "utf-8"), errors="replace")
    return re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))


def faults(case: Case, data: bytes, found: dict[str, Any], tally: Counter[str]) -> Iterator[str]:
    """Yield every accepted cell that a second reading contradicts."""
    if found.get("file_error"):
        tally["files refused"] += 1
        return
    if found.get("needs_decision"):
        tally["files asked about"] += 1
        return
    detected = found["detected"]
    if not detected.get("delimiter") or len(detected["delimiter"]) > 1:
        tally["workbooks read"] += 1
        return
    tally["files read"] += 1
    lines = lines_of(data, detected.get("encoding"))
    header = _cells(lines, detected["header_line"], detected["delimiter"])
    before = {}
    if case.whole.get("detected") and not case.whole.get("file_error"):
        old = lines_of(case.path.read_bytes(), case.whole["detected"].get("encoding"))
        before = {old[item["line"] - 1]: item["fields"] for item in case.whole.get("accepted", [])}
    for item in found["accepted"]:
        text = lines[item["line"] - 1]
        tally["rows accepted"] += 1
        if before.get(text) == item["fields"] and '"' not in text:
            tally["cells as in the whole file"] += len(item["fields"])
            continue
        cells = _cells(lines, item["line"], detected["delimiter"])
        if header is None or cells is None:
            tally["rows beyond the simple reading"] += 1
            continue
        yield from _row_faults(case, header, cells, item, tally)


def _cells(lines: list[str], number: int | None, delimiter: str) -> list[str] | None:
    """Cells of one line by the csv module; None for a record that the csv module does not read for certain."""
    if number is None or number > len(lines):
        return None
    text = lines[number - 1]
    if text.count('"') % 2 or "\\" in text or "\x00" in text or "'" in text:
        return None
    row = next(csv.reader([text], delimiter=delimiter), [])
    if '"' in text and delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) != text:
        return None
    return row


def _row_faults(
    case: Case, header: list[str], cells: list[str], item: dict[str, Any], tally: Counter[str]
) -> Iterator[str]:
    names = [" ".join(name.split()).casefold() for name in header]
    for name, about in case.fields.items():
        wanted = " ".join((about.get("column") or "").split()).casefold()
        index = about["index"] if "index" in about else names.index(wanted) if names.count(wanted) == 1 else None
        if index is None or index >= len(cells):
            continue
        readings = second_reading(cells[index].strip(BLANKS), about["type"], case.step["profile"])
        seen = item["fields"][name]
        if readings is None:
            tally["cells beyond the simple reading"] += 1
        elif not any(_equal(seen, reading) for reading in readings):
            yield f"line {item['line']} {name}: {seen!r} where {cells[index]!r} says {readings!r}"
        else:
            tally["cells read twice alike"] += 1


def second_reading(text: str, type_: str, profile: dict[str, Any]) -> list[Any] | None:
    """Return what a cell may mean under plain rules, None when these rules cannot say."""
    base = type_.split(":")[0]
    nulls = NULLS | {word.lower() for word in profile.get("null_words") or ()}
    if text.lower() in nulls:
        return [None]
    if base in ("text", "customer", "member"):
        return None if text[:1] in "=#" else [text]
    if base == "amount" and type_ == "amount":
        return _amounts(text, profile.get("decimal"))
    if base == "date":
        return _days(text, profile.get("date_order"))
    return None


def _amounts(text: str, decimal: str | None) -> list[Any] | None:
    found: list[Any] = []
    for mark, group in ((",", "."), (".", ",")):
        if decimal in (None, mark) and re.fullmatch(
            rf"-?(?:\d+|[1-9]\d{{0,2}}(?:{re.escape(group)}\d{{3}})+)(?:{re.escape(mark)}\d+)?", text
        ):
            found.append(Decimal(text.replace(group, "").replace(mark, ".")))
    return found or None


def _days(text: str, order: str | None) -> list[Any] | None:
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        parts = [tuple(int(part) for part in match.groups())]
    elif match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):
        first, second, year = (int(part) for part in match.groups())
        parts = [(year, second, first)] if order != "MDY" else []
        parts += [(year, first, second)] if order != "DMY" else []
    else:
        return None
    found = []
    for year, month, day in parts:
        try:
            found.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return found or None


def _equal(seen: Any, reading: Any) -> bool:
    if isinstance(reading, Decimal) and seen is not None:
        return abs(Decimal(str(seen)) - reading) < Decimal("0.0001")
    return bool(seen == reading)


def run(folder: Path, seconds: float, first: int = 0) -> tuple[Counter[str], list[str]]:
    """Go through mutated copies until the time is over; return counts and what went wrong."""
    work = Path(tempfile.mkdtemp())
    database = Database.open(work / "store" / "ocem.duckdb")
    known, tally, wrong = cases(database, folder), Counter[str](), []
    ends, seed = time.monotonic() + seconds, first
    try:
        while time.monotonic() < ends:
            draw = random.Random(seed)
            case = known[seed % len(known)]
            data = mutated(draw, case.path.read_bytes())
            path = work / case.path.name
            path.write_bytes(data)
            try:
                found = case.load(database, path)
                wrong += [f"{case.name} {seed}: {fault}" for fault in faults(case, data, found, tally)]
            except OcemError as error:
                tally[f"refused: {type(error).__name__}"] += 1
            except Exception:
                wrong.append(f"{case.name} {seed}: {traceback.format_exc(limit=-3)}")
            tally["copies"] += 1
            seed += 1
    finally:
        database.close()
        shutil.rmtree(work)
    return tally, wrong


def main() -> None:
    """Run as long as asked and print the counts, then what went wrong."""
    tally, wrong = run(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    for name, count in sorted(tally.items()):
        print(f"{count:8} {name}")
    print("\n".join(wrong) or "nothing went wrong")


if __name__ == "__main__":
    main()
