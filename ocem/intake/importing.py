"""The use cases of the page and the command line: preview a file, import it."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ocem.domain.batch import FieldMapping, LineNote, Question, Receipt, SourceProfile
from ocem.domain.fact import DAY_FIELD
from ocem.errors import NotFound
from ocem.intake.choosing import Asked, Chosen, choose, near_members, unsure
from ocem.intake.codes import FILE_ERRORS
from ocem.intake.evidence import answer_key
from ocem.intake.file_reading import Reading, read_file
from ocem.intake.layout import Layout
from ocem.intake.look import fold
from ocem.intake.member_text import ValueProposal
from ocem.intake.peek import Peek
from ocem.intake.profile import Difference, fingerprint
from ocem.intake.progress import RECEIVING, STORING, Progress, Steps
from ocem.intake.proposal import Proposal
from ocem.intake.reading import Column
from ocem.intake.receipt import layout_notes, receipt_of
from ocem.intake.receive import LIMITS, Limits, Upload, clear_folder, receive, refuse, shown_name
from ocem.store.batch import Staged, classify, commit, find_live_upload, note_repeat
from ocem.store.database import Database
from ocem.store.profile import save_profile


@contextmanager
def working_folder(database: Database) -> Iterator[Path]:
    """Lend a folder beside the store that only this import sees and that is gone afterwards."""
    folder = database.folder / "staging" / f"import-{os.getpid()}-{secrets.token_hex(4)}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        clear_folder(folder)


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
    steps = Steps(progress)
    with working_folder(database) as work:
        upload = _receive(path, work, file_name, limits, steps)
        chosen = choose(database, upload, work, source, profile, answers, limits)
        if isinstance(chosen, Asked):
            return Preview(_asking(upload, chosen), None, False, 0.0)
        reading = read_file(database, upload, work, chosen.profile, answers, steps, limits, rows, chosen.remembered)
        reading = _with_notes(reading, chosen)
        if asked := _several_currencies(reading):
            reading = replace(reading, questions=(*reading.questions, *asked), rows=None, peek=None)
        counts = classify(database, _staged(reading)) if reading.rows else None
        return Preview(
            receipt_of(reading, counts, None, None, True),
            chosen.profile,
            chosen.recognised,
            chosen.confidence,
            reading.layout.header if reading.layout else (),
            reading.columns,
            chosen.proposals,
            chosen.difference,
            reading.peek,
            near_members(database, counts.proposed) if counts else (),
        )


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
    steps = Steps(progress)
    with working_folder(database) as work:
        upload = _receive(path, work, file_name, limits, steps)
        chosen = choose(database, upload, work, source, profile, answers, limits)
        if isinstance(chosen, Asked):
            return _asking(upload, chosen)
        reading = read_file(
            database, upload, work, chosen.profile, answers, steps, limits, remembered=chosen.remembered
        )
        reading = _with_notes(reading, chosen)
        if questions := (*reading.questions, *_several_currencies(reading), *unsure(chosen, answers)):
            return receipt_of(replace(reading, questions=questions, rows=None), None, None, None, dry_run)
        _refuse_double(database, reading)
        reading = _with_proposal(reading, chosen)
        return _store(database, reading, upload, answers, dry_run, steps, imported_at)


def _several_currencies(reading: Reading) -> tuple[Question, ...]:
    """Ask which currency counts where a column of amounts in euro has several: a sum over them would mean nothing."""
    notes = {
        note.values["column"]: sorted(
            str(note.values["currencies"]).lower().split(", "), key=lambda name: name != "eur"
        )
        for note in (reading.rows.warnings if reading.rows else ())
        if note.code == "currency_mixed"
    }
    return tuple(
        Question(column.field, "currency", (*notes[column.header], "all"), column.header)
        for column in reading.columns
        if column.currency is None and column.header in notes
    )


def _store(
    database: Database,
    reading: Reading,
    upload: Upload,
    answers: Mapping[str, str],
    dry_run: bool,
    steps: Steps,
    imported_at: datetime | None,
) -> Receipt:
    staged = _staged(reading)
    steps.at(STORING, 0.0)
    counts = classify(database, staged)
    if not dry_run and counts.unchanged and not counts.accepted + counts.updated:
        note_repeat(database, staged)
    if dry_run or not counts.accepted + counts.updated:
        return receipt_of(reading, counts, None, None, dry_run)
    steps.at(STORING, 0.1)
    when = imported_at or datetime.now(UTC)
    saved = save_profile(database, remember(reading, answers))
    staged = replace(staged, profile_version=saved.version)
    result = commit(database, staged, when, progress=lambda done: steps.at(STORING, 0.1 + 0.9 * done))
    if staged.rejects:
        _keep_upload(database, upload)
    return receipt_of(reading, result.counts, result.batch, when, False)


def _asking(upload: Upload, asked: Asked) -> Receipt:
    return Receipt(upload.name, upload.sha256, None, None, asked.detected, needs_decision=(asked.question,))


def _with_notes(reading: Reading, chosen: Chosen) -> Reading:
    """Add to the warnings what the proposal left out on purpose and how the layout has changed."""
    if reading.rows is None:
        return reading
    notes = list(chosen.proposals[0].notes) if chosen.proposals and not chosen.recognised else []
    notes += layout_notes(chosen.difference)
    if day := chosen.profile.constants.get(DAY_FIELD[chosen.profile.fact]):
        notes.append(LineNote("day_given", None, {"day": day}))
    return replace(reading, rows=replace(reading.rows, warnings=(*reading.rows.warnings, *notes)))


def _with_proposal(reading: Reading, chosen: Chosen) -> Reading:
    """Say that nobody confirmed the mapping the file was read with, and what it is."""
    if chosen.recognised or not chosen.proposals or reading.rows is None:
        return reading
    read_as = ", ".join(
        f"{' + '.join(filter(None, (item.column, item.time, item.currency)))} = {item.field}"
        for item in chosen.proposals[0].fields
    )
    note = LineNote("mapping_proposed", None, {"mapping": read_as, "confidence": chosen.confidence})
    return replace(reading, rows=replace(reading.rows, warnings=(note, *reading.rows.warnings)))


def _receive(path: Path, work: Path, file_name: str | None, limits: Limits, steps: Steps) -> Upload:
    if not path.is_file():
        raise NotFound(FILE_ERRORS["no_file"], file=shown_name(str(path)))
    size = max(path.stat().st_size, 1)
    return receive(path, work, file_name, limits, lambda n_bytes: steps.at(RECEIVING, n_bytes / size))


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
        if answer_key(column.field, "currency") in answers:
            formats[f"{column.field}.currency"] = column.currency
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
        fields[name] = _with_answers_beside(name, mapping, layout, answers)
    return fields


def _with_answers_beside(name: str, mapping: FieldMapping, layout: Layout, answers: Mapping[str, str]) -> FieldMapping:
    """Point at the columns that were answered for the time of day and the currency."""
    beside = {"time": mapping.time, "currency": mapping.currency}
    for part in beside:
        answer = answers.get(answer_key(f"{name}.{part}", "header"))
        if answer is not None:
            at = int(answer[1:]) - 1 if answer.startswith("#") and answer[1:].isdigit() else None
            beside[part] = None if answer == "-" else layout.header[at] if at is not None else answer
    return replace(mapping, time=beside["time"], currency=beside["currency"])


def _keep_upload(database: Database, upload: Upload) -> None:
    """Keep the bytes under their hash, so that rejected rows can be handed back as they were."""
    folder = database.folder / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    upload.path.replace(folder / upload.sha256)
