"""Files written by an independent writer whose truth is known: no accepted cell may differ from it.

`python -m tests.intake.test_independent_writer SECONDS [FIRST_SEED]` goes on for longer and says what it found.
"""

import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ocem.errors import OcemError
from ocem.intake import importing
from ocem.intake.file_reading import read_file
from ocem.intake.receive import receive
from ocem.store.database import Database
from tests.intake.reading_of import adapter

NAMES = (
    "Rossi", "Bianchi S.r.l.", "D'Angelo", 'Caffè "Il Moro"', "a;b", "a,b", "x|y", "tab\there", "due\nrighe",
    "tre\n\nrighe",
    "=1+1", "@x", "+39 02 1", "-5", "Totale SpA", "Total Energies", "n.d.", "-", "", "  spazi  ", "\u00a0nbsp\u00a0",
    "漢字", "#1", "# commento", "//x", '"', '""', '";"', 'a""b', "1.234,50", "01/02/2026", "1E5", "00123", "Data",
    "fine;", '"inizio', 'fine"', "Città", "%", "nd srl", "x" * 300, "Somma di Mario", ' "q" ', "'", "\\", "a\\", '\\"',
)  # fmt: skip
NULLS = {"n.d.", "-", ""}
MONTHS = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
TIMES = ("", " %H:%M", " %H:%M:%S", " %H.%M.%S", " %I:%M:%S %p", ", %H:%M")
DAYS = {
    "DMY": "%d/%m/%Y", "DMY.": "%d.%m.%Y", "DMY-": "%d-%m-%Y", "DMYy": "%d/%m/%y", "MDY": "%m/%d/%Y", "ISO": "%Y-%m-%d",
    "words": "", "EN": "%b %d, %Y",
}  # fmt: skip
BAD_DAYS = ("31/02/2026", "x", "2026-13-01", "0000-00-00", "99/99/9999", "")
BAD_AMOUNTS = ("1.23,4", "abc", "12..3", "1,2,3", "--5", "5 6", "?", "1e5")


@dataclass
class File:
    """A generated file: its bytes, what is known beforehand, the truth by line, the lines that must be refused."""

    data: bytes
    profile: dict[str, str]
    is_timed: bool
    truth: dict[int, dict[str, Any]] = field(default_factory=dict)
    damaged: dict[int, str] = field(default_factory=dict)


def trimmed(text: str) -> str | None:
    """The text as it must be stored."""
    bare = text.strip(" \t\r\n\u00a0\u200b\u202f\ufeff")
    if match := re.fullmatch(r"'([0-9][0-9.,/ -]*|[=+@-].*)", bare, re.DOTALL):
        bare = match[1]
    return None if bare.lower() in NULLS else bare


def amount_text(draw: random.Random, value: Decimal, style: str) -> str:
    """Write an amount in the Italian, English, Swiss or blank-grouped way."""
    text = f"{abs(value):,.2f}" if draw.random() < 0.6 else f"{abs(value):.2f}"
    if style == "IT":
        text = text.translate(str.maketrans(",.", ".,"))
    elif style == "CH":
        text = text.replace(",", "'")
    elif style == "blank":
        text = text.replace(",", "\u00a0").replace(".", ",")
    if value < 0:
        text = draw.choice([f"-{text}", f"{text}-", f"({text})", f"- {text}"])
    return draw.choice([text, text, text, f"{text} €", f" {text}\u00a0", f"{text} EUR"])


def moment_text(draw: random.Random, moment: datetime, style: str, time_style: str) -> str:
    """Write a day or a moment."""
    if style == "words":
        day = f"{moment.day} {draw.choice([MONTHS[moment.month - 1], MONTHS[moment.month - 1][:3]])} {moment.year}"
    else:
        day = moment.strftime(DAYS[style])
    return day + moment.strftime(time_style)


def generate(seed: int) -> File:
    """Write one file."""
    draw = random.Random(seed)
    delimiter, encoding = draw.choice(";,\t|"), draw.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"])
    amounts, days, time_style = draw.choice(["IT", "EN", "CH", "blank"]), draw.choice(list(DAYS)), draw.choice(TIMES)
    ends, quoted = draw.choice(["\n", "\r\n", "\r", ""]), draw.random() < 0.3
    columns = ["Data", "Cliente", "Importo", "ID", *draw.sample(["Note", "Agente", "Zona", ""], draw.randrange(4))]
    draw.shuffle(columns)
    profile = {"timezone": "Europe/Rome"}
    if draw.random() < 0.5:
        decimal = "." if amounts in ("EN", "CH") else ","
        profile |= {"decimal": decimal, "thousands": {".": ",", ",": "."}[decimal]}
        profile |= {"date_order": "MDY" if days == "MDY" else "DMY"}
    made = File(b"", profile, bool(time_style))
    parts: list[str] = []
    line = 1

    def put(cells: list[str] | str) -> int:
        nonlocal line
        text = cells if isinstance(cells, str) else delimiter.join(_cell(item, delimiter, quoted) for item in cells)
        parts.append(text + (ends or draw.choice(["\n", "\r\n"])))
        line += 1 + text.count("\n")
        return line - 1 - text.count("\n")

    for _ in range(draw.choice([0, 0, 1, 3])):
        put(draw.choice(["Elenco ordini", "Periodo: gennaio", ""]) + delimiter * draw.choice([0, len(columns) - 1]))
    put(columns)
    for number in range(draw.choice([1, 2, 3, 8, 20, 40])):
        _record(draw, made, put, columns, number, amounts, days, time_style)
        if draw.random() < 0.04:
            put(draw.choice(["", delimiter * (len(columns) - 1), columns]))  # type: ignore[arg-type]
    if draw.random() < 0.3:
        put(["Totale", *[""] * (len(columns) - 1)])
    text = "".join(parts)
    if encoding == "cp1252":
        text = text.encode("cp1252", "ignore").decode("cp1252")
        for row in made.truth.values():
            row["who"] = row["who"] and (row["who"].encode("cp1252", "ignore").decode("cp1252") or None)
    mark = {"utf-16": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    made.data = mark + text.encode({"utf-16": "utf-16-le"}.get(encoding, encoding))
    return made


def _cell(text: str, delimiter: str, quoted: bool) -> str:
    odd = quoted or any(mark in text for mark in (delimiter, '"', "\n")) or text != text.strip(" ")
    return '"' + text.replace('"', '""') + '"' if odd else text


def _record(
    draw: random.Random, made: File, put: Any, columns: list[str], number: int, amounts: str, days: str, time_style: str
) -> None:
    moment = datetime(2026, 1, draw.randint(1, 28), 10) + timedelta(
        days=draw.randrange(400), seconds=draw.randrange(10_000)
    )
    if moment.month in (3, 10):
        moment = moment.replace(day=12)  # clear of the clock changes
    moment = moment.replace(second=moment.second if "S" in time_style else 0)
    value = Decimal(draw.choice([draw.randrange(10**4), draw.randrange(10**9), -draw.randrange(10**6), 100_000])) / 100
    name = draw.choice(NAMES)
    row = {
        "Data": moment_text(draw, moment, days, time_style),
        "Cliente": name,
        "Importo": amount_text(draw, value, amounts),
        "ID": f"O{number}",
    }
    damage = draw.choices(["", "day", "amount", "short", "long", "nul"], [85, 3, 3, 3, 3, 3])[0]
    if damage == "day":
        row["Data"] = draw.choice(BAD_DAYS)
    elif damage == "amount":
        row["Importo"] = draw.choice(BAD_AMOUNTS)
    elif damage == "nul":
        row["Cliente"] = "a\x00b"
    cells = [row.get(column, draw.choice(["", "x", "1", "12/12/2026"])) for column in columns]
    cells = cells[:-2] if damage == "short" else [*cells, "more"] if damage == "long" else cells
    at = put(cells)
    if damage:
        made.damaged[at] = damage
    else:
        when = moment.isoformat() if time_style else moment.date().isoformat()
        made.truth[at] = {"when": when, "who": trimmed(name), "amount": value, "record_id": f"O{number}"}


def faults(database: Database, folder: Path, seed: int) -> Iterator[str]:
    """Yield every difference between what was stored and the truth, and every damaged row without a reason."""
    made = generate(seed)
    path = folder / "generated"
    path.write_bytes(made.data)
    fields = {
        "when": {"column": "Data", "type": "datetime" if made.is_timed else "date"},
        "who": {"column": "Cliente", "type": "text"},
        "amount": {"column": "Importo", "type": "amount"},
        "record_id": {"column": "ID", "type": "text"},
    }
    source, names = adapter.as_profile(made.profile, fields, ["record_id"], ["when"])
    with importing.working_folder(database) as work:
        try:
            reading = read_file(database, receive(path, work), work, source, {})
        except OcemError as error:
            if made.truth:
                yield f"refused: {error}"
            return
        if reading.questions:
            if "decimal" in made.profile:
                yield f"asked {reading.questions} though everything was known"
            return
        assert reading.rows is not None
        stored = adapter._rows(reading.rows.rows, names, "Europe/Rome") if reading.rows.n_good else []
    found = {row["line"]: row["fields"] for row in stored}
    named = {item.line for item in reading.rows.rejects} | {note.line for note in reading.rows.skips}
    for line in sorted(set(found) | set(made.truth)):
        expected, seen = made.truth.get(line), found.get(line)
        if expected is None or seen is None or not _same(expected, seen):
            yield f"line {line}: {seen} instead of {expected}"
    yield from (f"line {line} ({damage}) has no reason" for line, damage in made.damaged.items() if line not in named)


def _same(expected: dict[str, Any], seen: dict[str, Any]) -> bool:
    amount = None if seen["amount"] is None else Decimal(seen["amount"])
    return (seen["when"][: len(expected["when"])], seen["who"] or None, amount, seen["record_id"]) == (
        expected["when"],
        expected["who"],
        expected["amount"],
        expected["record_id"],
    )


@pytest.mark.slow
@pytest.mark.parametrize("first", [1, 1_000])
def test_no_accepted_cell_differs_from_what_was_written(database: Database, tmp_path: Path, first: int) -> None:
    found = [(seed, fault) for seed in range(first, first + 25) for fault in faults(database, tmp_path, seed)]
    assert found == []


def test_a_few_generated_files_are_read_exactly(database: Database, tmp_path: Path) -> None:
    assert [(seed, fault) for seed in range(6) for fault in faults(database, tmp_path, seed)] == []


def main() -> None:
    """Go on for some seconds and say what was found."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    ends = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "ocem.duckdb")
        while time.monotonic() < ends:
            for fault in faults(database, Path(folder), seed):
                print(seed, fault)
            seed += 1
        database.close()
    print(f"{seed - first} files")


if __name__ == "__main__":
    main()
