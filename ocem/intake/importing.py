"""The use cases of the page and the command line: preview a file, import it, a folder, the inbox."""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ocem.domain.batch import Detected, FieldMapping, LineNote, Question, Receipt, SourceProfile
from ocem.domain.fact import DAY_FIELD
from ocem.domain.perimeter import Dimension
from ocem.errors import N_, FileRefused, NotFound, OcemError
from ocem.intake import staging
from ocem.intake.codes import FILE_ERRORS, REJECTS, SKIPS
from ocem.intake.dialect import Layout, Wanted, fold
from ocem.intake.evidence import answer_key, columns_of, decide, needs_no_decision, undecided
from ocem.intake.profile import (
    Difference,
    Proposal,
    Recognition,
    ValueProposal,
    fingerprint,
    propose,
    propose_values,
    recognise,
)
from ocem.intake.pseudonym import load_key
from ocem.intake.reading import Column
from ocem.intake.receive import LIMITS, Limits, Upload, clear_folder, receive, refuse, shown_name
from ocem.intake.split import Row
from ocem.intake.staging import Peek, Plan, StagedRows, Stager, UndecidedError
from ocem.intake.table import Opened, open_table, wanted_of
from ocem.store.batch import Counts, Staged, classify, commit, find_live_upload, list_batches, note_repeat
from ocem.store.database import Database
from ocem.store.member import list_members
from ocem.store.profile import find_profile, load_profiles, save_profile


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


Progress = Callable[[float, str], None]
"""Called with a share from 0 to 1 and an English sentence of the catalogue; may raise to stop the import."""
READING, STORING = N_("Reading the rows"), N_("Storing the rows")
_SHARE_READING = 0.7


@contextmanager
def working_folder(database: Database) -> Iterator[Path]:
    """Lend a folder beside the store that only this import sees and that is gone afterwards."""
    folder = database.folder / "staging" / f"import-{os.getpid()}-{secrets.token_hex(4)}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        clear_folder(folder)


def read_file(
    database: Database,
    upload: Upload,
    work: Path,
    profile: SourceProfile,
    answers: Mapping[str, str],
    progress: Progress | None = None,
    limits: Limits = LIMITS,
    peek: int = 0,
) -> Reading:
    """Read a received file under a profile into staged rows; with an open question nothing is staged.

    `peek` asks for so many rows as they are and as they were read, side by side.

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
    if questions:
        return Reading(upload, profile, opened, layout, detected, questions)
    if not opened.sample(layout, 5):
        raise refuse("no_data_rows", line=layout.header_line or 0)
    con = staging.engine(work / "spill")
    try:
        return _stage(database, con, upload, work, profile, opened, layout, columns, asked, progress, limits, peek)
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
    progress: Progress | None,
    limits: Limits,
    peek: int,
) -> Reading:
    key = _key(database)
    share = _reading_share(progress, upload.size)
    for by_sample in (True, False):
        decided, questions = _decide(con, opened, layout, columns + asked, by_sample)
        detected = _with_formats(opened.detected(layout), decided, profile)
        if questions:
            return Reading(upload, profile, opened, layout, detected, questions)
        plan = _plan(profile, decided[: len(columns)], decided[len(columns) :])
        folder = work / ("rows" if by_sample else "rows-again")
        stager = Stager(con, plan, layout, folder, key, limits, share)
        try:
            rows = _read_rows(stager, opened, layout)
        except UndecidedError:
            continue
        if not rows.n_good and not rows.rejects and all(note.code in _NO_DATA for note in rows.skips):
            raise refuse("no_data_rows", line=layout.header_line or 0)
        seen = staging.peek(con, rows, plan, opened.sample(layout, peek)) if peek else None
        return Reading(upload, profile, opened, layout, detected, (), rows, decided, seen)
    raise AssertionError("the second reading assumes nothing")


_NO_DATA = frozenset(SKIPS) - {"continuation_row", "duplicate_row", "already_imported", "no_answer"}
"""Classes of lines that hold no record: a file of nothing else has no data."""


def _plan(profile: SourceProfile, columns: tuple[Column, ...], questions: tuple[Column, ...]) -> Plan:
    return Plan(
        profile.key,
        profile.fact,
        columns,
        questions,
        dict(profile.constants),
        profile.key_fields,
        profile.formats.get("timezone") or "Europe/Rome",
    )


def _read_rows(stager: Stager, opened: Opened, layout: Layout) -> StagedRows:
    if opened.text is not None:
        return stager.stage_text(opened.text, opened.sample(layout))
    return stager.stage_rows(row for row in opened.rows if row.line >= layout.first_line)


def _key(database: Database) -> bytes:
    with database.cursor() as con:
        data_exist = bool(list_batches(con))
    return load_key(database.folder, data_exist)


def _reading_share(progress: Progress | None, size: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    return lambda n_bytes: progress(_SHARE_READING * min(n_bytes / size, 1.0), READING)


def _decide(
    con: Any, opened: Opened, layout: Layout, columns: tuple[Column, ...], by_sample: bool
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
    facts = staging.gather_facts(con, need, layout, opened.text, None if opened.text else below) if need else []
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


def _staged(reading: Reading) -> Staged:
    assert reading.rows is not None
    return Staged(
        rows=reading.rows.rows,
        fact=reading.profile.fact,
        source=reading.profile.key,
        file=reading.upload.name,
        sha256=reading.upload.sha256,
        detected=reading.detected,
        rows_read=reading.rows.rows_read,
        rejects=reading.rows.rejects,
        skips=reading.rows.skips,
        warnings=reading.rows.warnings,
        inherit=reading.profile.inherit,
        sheet=reading.detected.sheet,
        profile_version=reading.profile.version,
    )


def _receipt(reading: Reading, counts: Counts | None, batch: int | None, when: datetime | None, dry: bool) -> Receipt:
    rows = reading.rows
    return Receipt(
        file=reading.upload.name,
        sha256=reading.upload.sha256,
        source=reading.profile.key,
        fact=reading.profile.fact.value,
        detected=reading.detected,
        batch=batch,
        rows_read=rows.rows_read if rows else 0,
        accepted=counts.accepted if counts else 0,
        updated=counts.updated if counts else 0,
        unchanged=counts.unchanged if counts else 0,
        rejected=len({reject.line for reject in rows.rejects}) if rows else 0,
        skipped=rows.n_skipped if rows else 0,
        needs_decision=reading.questions,
        rejects=rows.rejects if rows else (),
        warnings=rows.warnings if rows else (),
        skips=rows.skips if rows else (),
        first_day=counts.first_day if counts else None,
        last_day=counts.last_day if counts else None,
        proposed_members=counts.proposed if counts else (),
        imported_at=when,
        dry_run=dry,
    )


@dataclass(frozen=True)
class Preview:
    """What an import would do, before anything is stored.

    `proposals` are mappings for a file that no saved profile recognises, the likeliest first; `profile` is the mapping
    the preview was made with. `confidence` is 1 for a recognised layout.
    """

    receipt: Receipt
    profile: SourceProfile | None
    recognised: bool
    confidence: float
    header: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    difference: Difference = field(default_factory=Difference)
    peek: Peek | None = None
    values: tuple[ValueProposal, ...] = ()
    """Texts that are no member yet, and the member each may stand for, for an analyst to confirm."""


@dataclass(frozen=True)
class Chosen:
    """The profile a file is read with, and how it was found."""

    profile: SourceProfile
    recognised: bool = True
    confidence: float = 1.0
    proposals: tuple[Proposal, ...] = ()
    difference: Difference = field(default_factory=Difference)


SURE_ENOUGH = 0.75
"""A proposed mapping of at least this confidence is imported without a person looking at it first."""


def preview(
    database: Database,
    path: Path,
    *,
    file_name: str | None = None,
    source: str | None = None,
    profile: SourceProfile | None = None,
    answers: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    limits: Limits = LIMITS,
    rows: int = 50,
) -> Preview:
    """Say how a file would be read and what storing it would change; nothing is stored.

    Raises
    ------
    FileRefused
        When the file as a whole cannot be read.
    """
    answers = dict(answers or {})
    with working_folder(database) as work:
        upload = _receive(path, work, file_name, limits)
        chosen = _choose(database, upload, work, source, profile, answers, limits)
        if isinstance(chosen, Asked):
            return Preview(_asking(upload, chosen), None, False, 0.0)
        reading = read_file(database, upload, work, chosen.profile, answers, progress, limits, peek=rows)
        reading = _with_notes(reading, chosen)
        counts = classify(database, _staged(reading)) if reading.rows else None
        return Preview(
            _receipt(reading, counts, None, None, True),
            chosen.profile,
            chosen.recognised,
            chosen.confidence,
            reading.layout.header if reading.layout else (),
            reading.columns,
            chosen.proposals,
            chosen.difference,
            reading.peek,
            _near_members(database, counts.proposed) if counts else (),
        )


def _near_members(database: Database, proposed: tuple[tuple[str, str], ...]) -> tuple[ValueProposal, ...]:
    """Propose a confirmed member for each text that would become a new one."""
    found: list[ValueProposal] = []
    with database.cursor() as con:
        for dimension in Dimension:
            texts = [text for name, text in proposed if name == dimension.value]
            if texts:
                members = [item for item in list_members(con, dimension) if item.status == "confirmed"]
                found.extend(propose_values(dimension.value, texts, members))
    return tuple(found)


def import_file(
    database: Database,
    path: Path,
    *,
    file_name: str | None = None,
    source: str | None = None,
    profile: SourceProfile | None = None,
    answers: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    imported_at: datetime | None = None,
    limits: Limits = LIMITS,
) -> Receipt:
    """Import one file under a saved profile (`source`), a given one, or the one its header is recognised by.

    With an open question nothing is stored and the receipt carries it; `answers` are ``{"FIELD.KIND": "CHOICE"}``.
    A file that brings nothing new leaves no batch; that it came is noted, so that an undo can name it.

    Raises
    ------
    FileRefused
        When the file as a whole is refused, an earlier upload of the same bytes included.
    NotFound
        When no profile is called `source`.
    """
    answers = dict(answers or {})
    with working_folder(database) as work:
        upload = _receive(path, work, file_name, limits)
        chosen = _choose(database, upload, work, source, profile, answers, limits)
        if isinstance(chosen, Asked):
            return _asking(upload, chosen)
        reading = read_file(database, upload, work, chosen.profile, answers, progress, limits)
        reading = _with_notes(reading, chosen)
        if questions := (*reading.questions, *_unsure(chosen, answers)):
            return _receipt(replace(reading, questions=questions, rows=None), None, None, None, dry_run)
        _refuse_double(database, reading)
        reading = _with_proposal(reading, chosen)
        return _store(database, reading, upload, answers, dry_run, progress, imported_at)


def _unsure(chosen: Chosen, answers: Mapping[str, str]) -> tuple[Question, ...]:
    """Ask for the needed columns of a proposed mapping that are not sure and were not confirmed."""
    if chosen.recognised or chosen.confidence >= SURE_ENOUGH or not chosen.proposals:
        return ()
    return tuple(
        Question(item.field, "header", (item.column, "-"), item.column)
        for item in chosen.proposals[0].fields
        if item.confidence < SURE_ENOUGH and answer_key(item.field, "header") not in answers
    )


def _store(
    database: Database,
    reading: Reading,
    upload: Upload,
    answers: Mapping[str, str],
    dry_run: bool,
    progress: Progress | None,
    imported_at: datetime | None,
) -> Receipt:
    staged = _staged(reading)
    counts = classify(database, staged)
    if not dry_run and counts.unchanged and not counts.accepted + counts.updated:
        note_repeat(database, staged)
    if dry_run or not counts.accepted + counts.updated:
        return _receipt(reading, counts, None, None, dry_run)
    if progress:
        progress(_SHARE_READING, STORING)
    when = imported_at or datetime.now(UTC)
    saved = save_profile(database, remember(reading, answers))
    result = commit(database, replace(staged, profile_version=saved.version), when)
    if staged.rejects:
        _keep_upload(database, upload)
    if progress:
        progress(1.0, STORING)
    return _receipt(reading, result.counts, result.batch, when, False)


@dataclass(frozen=True)
class Asked:
    """A question that comes before any mapping, and what is known of the file by then."""

    question: Question
    detected: Detected = field(default_factory=Detected)


def _asking(upload: Upload, asked: Asked) -> Receipt:
    return Receipt(upload.name, upload.sha256, None, None, asked.detected, needs_decision=(asked.question,))


def _with_notes(reading: Reading, chosen: Chosen) -> Reading:
    """Add to the warnings what the proposal left out on purpose and how the layout has changed."""
    if reading.rows is None:
        return reading
    notes = list(chosen.proposals[0].notes) if chosen.proposals and not chosen.recognised else []
    notes += layout_notes(chosen.difference)
    return replace(reading, rows=replace(reading.rows, warnings=(*reading.rows.warnings, *notes)))


def layout_notes(difference: Difference) -> list[LineNote]:
    """Say how a file's columns differ from the last file of its source."""
    notes = [LineNote("column_gone", None, {"column": name}) for name in difference.missing]
    notes += [LineNote("column_renamed", None, {"before": old, "column": new}) for old, new in difference.renamed]
    notes += [LineNote("column_new", None, {"column": name}) for name in difference.new]
    return notes + [LineNote("column_moved", None, {"column": name}) for name in difference.moved]


def _with_proposal(reading: Reading, chosen: Chosen) -> Reading:
    """Say that nobody confirmed the mapping the file was read with, and what it is."""
    if chosen.recognised or not chosen.proposals or reading.rows is None:
        return reading
    read_as = ", ".join(f"{item.column} = {item.field}" for item in chosen.proposals[0].fields)
    note = LineNote("mapping_proposed", None, {"mapping": read_as, "confidence": chosen.confidence})
    return replace(reading, rows=replace(reading.rows, warnings=(note, *reading.rows.warnings)))


def _choose(
    database: Database,
    upload: Upload,
    work: Path,
    source: str | None,
    profile: SourceProfile | None,
    answers: Mapping[str, str],
    limits: Limits,
) -> Chosen | Asked:
    """Find the profile to read with: given, named, recognised by the header, or proposed from names and values.

    Raises
    ------
    FileRefused
        ``no_table_found`` when the file holds no table.
    NotFound
        When no profile is called `source`.
    """
    if profile is not None:
        return Chosen(profile)
    with database.cursor() as con:
        if source is not None:
            found = find_profile(con, source)
            if found is None:
                raise NotFound(FILE_ERRORS["no_profile"], source=source)
            return Chosen(found)
        profiles = load_profiles(con)
        members = {dimension.value: list_members(con, dimension) for dimension in Dimension}
    opened = open_table(upload, work, None, answers, limits)
    if isinstance(opened, Question):
        return Asked(opened)
    known = recognise(profiles, opened, answers.get("profile"))
    if isinstance(known, Question):
        return Asked(known, _general_detected(opened))
    proposals = propose(opened, upload.name, profiles, members, answers)
    if isinstance(known, Recognition):
        others = () if isinstance(proposals, Question) else proposals
        return Chosen(known.profile, difference=known.difference, proposals=others)
    if isinstance(proposals, Question):
        return Asked(proposals, _general_detected(opened))
    best = proposals[0]
    return Chosen(best.profile, recognised=False, confidence=best.confidence, proposals=proposals)


def _general_detected(opened: Opened) -> Detected:
    layout = opened.layout(Wanted())
    return opened.detected(layout) if layout else Detected()


def _receive(path: Path, work: Path, file_name: str | None, limits: Limits) -> Upload:
    if not path.is_file():
        raise NotFound(FILE_ERRORS["no_file"], file=shown_name(str(path)))
    return receive(path, work, file_name, limits)


def _refuse_double(database: Database, reading: Reading) -> None:
    with database.cursor() as con:
        batch = find_live_upload(con, reading.upload.sha256, reading.detected.sheet, reading.profile.key)
    if batch is not None:
        raise refuse("duplicate_upload", batch=batch)


def remember(reading: Reading, answers: Mapping[str, str]) -> SourceProfile:
    """Return the profile with the answers and the header in it, so that the next file of this source asks nothing."""
    formats = dict(reading.profile.formats)
    for column in reading.columns:
        if answer_key(column.field, "number_format") in answers:
            formats[f"{column.field}.decimal"] = column.decimal
            formats[f"{column.field}.thousands"] = column.thousands
        if answer_key(column.field, "date_order") in answers:
            formats[f"{column.field}.date_order"] = column.date_order
    if "encoding" in answers:
        formats["encoding"] = answers["encoding"]
    assert reading.layout is not None
    formats["columns"] = list(reading.layout.header)
    fields = _with_header_answers(reading.profile, reading.layout, answers)
    return replace(reading.profile, fields=fields, formats=formats, fingerprint=fingerprint(reading.layout))


def _with_header_answers(profile: SourceProfile, layout: Layout, answers: Mapping[str, str]) -> dict[str, FieldMapping]:
    """Point fields at the columns that were answered; a field that was left out stays out."""
    fields = {}
    for name, mapping in profile.fields.items():
        answer = answers.get(answer_key(name, "header"))
        if answer == "-":
            continue
        if answer is not None and answer[1:].isdigit() and answer.startswith("#"):
            index = int(answer[1:]) - 1
            header = layout.header[index]
            alone = [fold(other) for other in layout.header].count(fold(header)) == 1 and header.strip()
            mapping = replace(mapping, column=header if alone else None, index=None if alone else index)
        elif answer is not None:
            mapping = replace(mapping, column=answer, index=None)
        fields[name] = mapping
    return fields


def _keep_upload(database: Database, upload: Upload) -> None:
    """Keep the bytes under their hash, so that rejected rows can be handed back as they were."""
    folder = database.folder / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    upload.path.replace(folder / upload.sha256)


def import_folder(
    database: Database, folder: Path, *, source: str | None = None, progress: Progress | None = None
) -> list[Receipt | OcemError]:
    """Import every file of a folder in the order of the names; a refused one does not stop the others."""
    results: list[Receipt | OcemError] = []
    for path in _files(folder):
        try:
            results.append(import_file(database, path, source=source, progress=progress))
        except OcemError as error:
            results.append(error)
    return results


def _files(folder: Path) -> list[Path]:
    """List files that are whole: names with a leading dot are still being written."""
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


DONE, REFUSED = "done", "refused"


def import_inbox(database: Database) -> list[Path]:
    """Import what lies in the inbox; files move to ``done`` or ``refused`` with a receipt beside them.

    A file in a subfolder is read with the profile of that name. Returns the receipts written.
    """
    inbox = database.folder / "inbox"
    receipts = []
    for path, source in _waiting(inbox):
        try:
            receipt = import_file(database, path, source=source)
            document = receipt_to_json(receipt)
            place = REFUSED if receipt.needs_decision else DONE
        except OcemError as error:
            document = {
                "batch": None,
                "file": path.name,
                "file_error": _code(error),
                "message": str(error),
                "template": error.template,
                "values": {name: str(value) for name, value in error.values.items()},
            }
            place = REFUSED
        receipts.append(_file_away(path, inbox / place, document))
    return receipts


def _code(error: OcemError) -> str | None:
    return error.code if isinstance(error, FileRefused) else None


def _waiting(inbox: Path) -> list[tuple[Path, str | None]]:
    if not inbox.is_dir():
        return []
    found: list[tuple[Path, str | None]] = [(path, None) for path in _files(inbox)]
    for folder in sorted(item for item in inbox.iterdir() if item.is_dir() and not item.name.startswith(".")):
        if folder.name not in (DONE, REFUSED):
            found.extend((path, folder.name) for path in _files(folder))
    return found


def _file_away(path: Path, folder: Path, document: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        target = folder / f"{path.stem} ({number}){path.suffix}"
        number += 1
    receipt = target.with_name(target.name + ".json")
    receipt.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    path.replace(target)
    return receipt


def receipt_to_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as the document that other programs read."""
    return {
        "batch": receipt.batch,
        "file": receipt.file,
        "sha256": receipt.sha256,
        "source": receipt.source,
        "fact": receipt.fact,
        "detected": asdict(receipt.detected),
        "rows_read": receipt.rows_read,
        "accepted": receipt.accepted,
        "updated": receipt.updated,
        "unchanged": receipt.unchanged,
        "rejected": receipt.rejected,
        "skipped": receipt.skipped,
        "first_day": receipt.first_day.isoformat() if receipt.first_day else None,
        "last_day": receipt.last_day.isoformat() if receipt.last_day else None,
        "needs_decision": [
            {
                "field": question.field,
                "kind": question.kind,
                "choices": list(question.choices),
                "column": question.column,
                "samples": [dict(sample) for sample in question.samples],
            }
            for question in receipt.needs_decision
        ],
        "rejects": [
            {
                "line": reject.line,
                "column": reject.column,
                "value": reject.value,
                "code": reject.code,
                "message": REJECTS.get(reject.code, reject.code),
            }
            for reject in receipt.rejects
        ],
        "warnings": [{"code": note.code, "line": note.line, **note.values} for note in receipt.warnings],
        "skips": [{"code": note.code, "line": note.line, **note.values} for note in receipt.skips],
        "proposed_members": [{"dimension": name, "text": text} for name, text in receipt.proposed_members],
        "dry_run": receipt.dry_run,
    }
