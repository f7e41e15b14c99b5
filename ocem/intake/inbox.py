"""Files taken one after the other: all of a folder, or what lies in the inbox beside the store."""

import json
from pathlib import Path
from typing import Any

from ocem.domain.batch import Receipt
from ocem.errors import FileRefused, OcemError
from ocem.intake.importing import import_file
from ocem.intake.progress import Progress
from ocem.intake.receipt import receipt_to_json
from ocem.store.database import Database


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
    """List files that are whole: names with a leading dot are still being written, links may lead anywhere."""
    return sorted(path for path in folder.iterdir() if _is_own(path) and path.is_file())


def _is_own(path: Path) -> bool:
    return not path.name.startswith(".") and not path.is_symlink()


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
    for folder in sorted(item for item in inbox.iterdir() if _is_own(item) and item.is_dir()):
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
