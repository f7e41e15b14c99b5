"""Files of the inbox that were refused: each lies in the folder with a receipt beside it that says why."""

import json
from pathlib import Path
from typing import Any

from ocem.intake.inbox import REFUSED
from ocem.reporting import batch as said
from ocem.ui import markup
from ocem.ui.database import database
from ocem.ui.guard import Here
from ocem.ui.markup import mark, tag, text

SHOWN = 8


def refused_files(here: Here) -> None:
    """Draw one line a refused file, newest first; nothing when there is none."""
    folder = database().folder / "inbox" / REFUSED
    found = receipts_in(folder)
    if not found:
        return
    words = here.words
    rows = [
        tag("li", mark("ban"), tag("span", tag("b", text(name)), " ", text(said.refusal_text(words, document))))
        for name, document in found[:SHOWN]
    ]
    more = len(found) - len(rows)
    parts = [tag("ul", *rows, css="oce-list oce-bad")]
    if more > 0:
        parts.append(tag("p", text(words.ngettext("and {n} more", "and {n} more", more)), css="oce-note"))
    hint = words.gettext("They lie in {folder}. Upload one here to answer what was asked.", folder=str(folder))
    markup.section(words.gettext("Refused from the inbox"))
    markup.show(*parts, tag("p", text(hint), css="oce-note"))


def receipts_in(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return (file, receipt) of the files that still lie there, newest first."""
    if not folder.is_dir():
        return []
    beside = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [(path.stem, _read(path)) for path in beside if path.with_suffix("").is_file()]


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
