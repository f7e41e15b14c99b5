"""What is said of an import: the receipt, the notes beside it, and the document other programs read."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ocem.domain.batch import LineNote, Receipt
from ocem.intake.codes import REJECTS
from ocem.intake.file_reading import Reading
from ocem.intake.profile import Difference
from ocem.store.batch import Counts


def receipt_of(reading: Reading, counts: Counts | None, batch: int | None, when: datetime | None, dry: bool) -> Receipt:
    """Return the receipt of a reading; without counts nothing of it was looked at in the store."""
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


def layout_notes(difference: Difference) -> list[LineNote]:
    """Say how a file's columns differ from the last file of its source."""
    notes = [LineNote("column_gone", None, {"column": name}) for name in difference.missing]
    notes += [LineNote("column_renamed", None, {"before": old, "column": new}) for old, new in difference.renamed]
    notes += [LineNote("column_new", None, {"column": name}) for name in difference.new]
    return notes + [LineNote("column_moved", None, {"column": name}) for name in difference.moved]


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
