"""A received file read under a profile: staged rows, or the questions that stop it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocem.domain.batch import Detected, LineNote, Question, SourceProfile
from ocem.domain.fact import DAY_FIELD
from ocem.intake import staging
from ocem.intake.codes import SKIPS
from ocem.intake.evidence import decide, needs_no_decision, undecided
from ocem.intake.facts import gather_facts
from ocem.intake.layout import Layout
from ocem.intake.mapped_column import columns_of
from ocem.intake.peek import Peek
from ocem.intake.peek import peek as peek_at
from ocem.intake.plan import Plan, StagedRows, UndecidedError
from ocem.intake.progress import READING, Steps
from ocem.intake.reading import Column
from ocem.intake.receive import LIMITS, Limits, Upload, refuse
from ocem.intake.remembered import doubted
from ocem.intake.split import Row
from ocem.intake.staging import Stager
from ocem.intake.table import Opened, open_table, wanted_of
from ocem.store.batch import list_batches
from ocem.store.database import Database
from ocem.store.early import is_early
from ocem.store.pseudonym import load_key


@dataclass(frozen=True)
class Reading:
    """A file that was read under a profile: staged rows, or the questions that stop it."""

    upload: Upload
    profile: SourceProfile
    opened: Opened | None
    layout: Layout | None
    detected: Detected
    questions: tuple[Question, ...] = ()
    rows: StagedRows | None = None
    columns: tuple[Column, ...] = ()
    peek: Peek | None = None


def read_file(
    database: Database,
    upload: Upload,
    work: Path,
    profile: SourceProfile,
    answers: Mapping[str, str],
    steps: Steps | None = None,
    limits: Limits = LIMITS,
    peek: int = 0,
    remembered: bool = False,
) -> Reading:
    """Read a received file under a profile into staged rows; with an open question nothing is staged.

    `peek` asks for so many rows as they are and as they were read, side by side. The formats of a `remembered` profile
    are held against the file: where they cannot be right, a question.

    Raises
    ------
    FileRefused
        When the file as a whole cannot be read.
    """
    opened = open_table(upload, work, profile, answers, limits)
    if isinstance(opened, Question):
        return Reading(upload, profile, None, None, Detected(), (opened,))
    layout = opened.layout(wanted_of(profile), profile.formats.get("delimiter"))
    if layout is None:
        names = [item.column or f"#{(item.index or 0) + 1}" for item in profile.fields.values()]
        raise refuse("no_table_found", columns=", ".join(names))
    if layout.width > limits.columns:
        raise refuse("too_many_columns", columns=layout.width, limit=limits.columns)
    detected = opened.detected(layout)
    columns, asked, questions = columns_of(profile, layout, answers)
    columns = tuple(replace(column, day_zero=opened.day_zero) for column in columns)
    if remembered and not questions:
        questions = doubted(columns, opened.sample(layout), answers)
    if questions:
        return Reading(upload, profile, opened, layout, detected, questions)
    if not opened.sample(layout, 5):
        raise refuse("no_data_rows", line=layout.header_line or 0)
    con = staging.engine(work / "spill")
    try:
        return _stage(
            database, con, upload, work, profile, opened, layout, columns, asked, steps or Steps(), limits, peek
        )
    finally:
        con.close()


def _stage(
    database: Database,
    con: Any,
    upload: Upload,
    work: Path,
    profile: SourceProfile,
    opened: Opened,
    layout: Layout,
    columns: tuple[Column, ...],
    asked: tuple[Column, ...],
    steps: Steps,
    limits: Limits,
    peek: int,
) -> Reading:
    key = _key(database)
    size = opened.text.path.stat().st_size if opened.text else upload.size

    def tell(n_bytes: int, n_rows: int) -> None:
        steps.at(READING, n_bytes / size, n_rows)

    for by_sample in (True, False):
        decided, questions = _decide(con, opened, layout, columns + asked, by_sample, steps)
        detected = _with_formats(opened.detected(layout), decided, profile)
        if questions:
            return Reading(upload, profile, opened, layout, detected, questions)
        plan = _plan(database, profile, decided[: len(columns)], decided[len(columns) :])
        folder = work / ("rows" if by_sample else "rows-again")
        stager = Stager(con, plan, layout, folder, key, limits, tell)
        try:
            rows = _read_rows(stager, opened, layout)
        except UndecidedError:
            continue
        if not rows.n_good and not rows.rejects and all(note.code in _NO_DATA for note in rows.skips):
            raise refuse("no_data_rows", line=layout.header_line or 0)
        rows = replace(rows, warnings=(*rows.warnings, *_swapped(opened, decided, opened.sample(layout))))
        seen = peek_at(con, rows, plan, opened.sample(layout, peek)) if peek else None
        return Reading(upload, profile, opened, layout, detected, (), rows, decided, seen)
    raise AssertionError("the second reading assumes nothing")


_NO_DATA = frozenset(SKIPS) - {"continuation_row", "duplicate_row", "already_imported", "no_answer"}
"""Classes of lines that hold no record: a file of nothing else has no data."""


_SHEET_DAY = re.compile(r"\d{4}-\d{2}-(\d{2})")
_TEXT_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}")


def _swapped(opened: Opened, columns: tuple[Column, ...], rows: list[Row]) -> tuple[LineNote, ...]:
    """Point out columns whose days a spreadsheet of another country may have made: it left 25/04 as text, not 03/04."""
    notes = []
    for column in columns if opened.text is None else ():
        cells = _cells(column, rows) if column.type in ("date", "datetime") else []
        made = [int(found[1]) for cell in cells if (found := _SHEET_DAY.match(cell))]
        left = [int(found[1]) for cell in cells if (found := _TEXT_DAY.match(cell))]
        if len(made) > 1 and left and max(made) <= 12 < min(left):
            notes.append(LineNote("date_swapped", None, {"column": column.header, "count": len(left)}))
    return tuple(notes)


def _plan(
    database: Database, profile: SourceProfile, columns: tuple[Column, ...], questions: tuple[Column, ...]
) -> Plan:
    with database.cursor() as con:
        hashed_early = is_early(con, profile.key)
    return Plan(
        profile.key,
        profile.fact,
        columns,
        questions,
        dict(profile.constants),
        profile.key_fields,
        profile.formats.get("timezone") or "Europe/Rome",
        hashed_early,
    )


def _read_rows(stager: Stager, opened: Opened, layout: Layout) -> StagedRows:
    if opened.text is not None:
        return stager.stage_text(opened.text, opened.sample(layout))
    return stager.stage_rows(row for row in opened.rows if row.line >= layout.first_line)


def _key(database: Database) -> bytes:
    with database.cursor() as con:
        data_exist = bool(list_batches(con))
    return load_key(database.folder, data_exist)


def _decide(
    con: Any, opened: Opened, layout: Layout, columns: tuple[Column, ...], by_sample: bool, steps: Steps
) -> tuple[tuple[Column, ...], tuple[Question, ...]]:
    """Decide every column's format by what its values prove.

    With `by_sample`, columns whose sample needs no decision are taken as they are, and the reading stops if one does.
    """
    sampled = opened.sample(layout)
    if by_sample:
        columns = tuple(
            replace(column, assumed=True)
            if undecided(column) and needs_no_decision(column, _cells(column, sampled))
            else column
            for column in columns
        )
    columns = tuple(_hidden_if_mail(column, sampled) for column in columns)
    below = (row for row in opened.rows if row.line >= layout.first_line)
    need = [
        column
        for column in columns
        if (undecided(column) and not column.assumed) or any(cell.startswith("'") for cell in _cells(column, sampled))
    ]
    facts = gather_facts(con, need, layout, opened.text, None if opened.text else below, steps) if need else []
    found = {column.field: decide(column, fact) for column, fact in zip(need, facts, strict=True)}
    results = [found.get(column.field, column) for column in columns]
    questions = tuple(item for item in results if isinstance(item, Question))
    return tuple(item for item in results if isinstance(item, Column)), questions


def _hidden_if_mail(column: Column, sample: list[Row]) -> Column:
    """A record that is identified by an e-mail address is identified by its pseudonym in the store."""
    if column.field == "external_id" and any("@" in cell for cell in _cells(column, sample)):
        return replace(column, type="customer", screened="")
    return column


def _cells(column: Column, sample: list[Row]) -> list[str]:
    return [row.cells[column.index] for row in sample if column.index < len(row.cells)]


def _with_formats(detected: Detected, columns: tuple[Column, ...], profile: SourceProfile) -> Detected:
    numbers = [column for column in columns if column.decimal is not None]
    day = next((column for column in columns if column.field == DAY_FIELD[profile.fact]), None)
    return replace(
        detected,
        decimal=numbers[0].decimal if numbers else None,
        thousands=numbers[0].thousands if numbers else None,
        date_format=day.date_order or ("YMD" if day.assumed else None) if day else None,
    )
