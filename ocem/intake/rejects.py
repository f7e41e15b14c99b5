"""Rejected rows handed back in the layout they came in, the reason beside each, to be repaired and imported again."""

import csv
import io
import re
from collections.abc import Callable, Container
from datetime import datetime, timedelta
from pathlib import Path

from ocem.domain.batch import Question, Reject
from ocem.errors import N_, NotFound, Refused
from ocem.intake.codes import REJECTS
from ocem.intake.importing import working_folder
from ocem.intake.layout import Layout
from ocem.intake.look import fold, shown
from ocem.intake.reading import NUMBER_MARK
from ocem.intake.receive import Upload
from ocem.intake.split import Row, Splitter
from ocem.intake.table import Opened, open_table, wanted_of
from ocem.intake.text import lines_by_number
from ocem.store.batch import BatchRecord, list_batches, rejects_of
from ocem.store.database import Database
from ocem.store.profile import find_profile


def english(code: str) -> str:
    """Return the English words of a reject code."""
    return REJECTS.get(code, code)


def rejects_file(
    database: Database, batch: int, *, say: Callable[[str], str] = english, title: str = "Why rejected"
) -> bytes:
    """Return the rejected rows of a batch as CSV that Italian Excel opens: byte order mark and semicolons.

    Parameters
    ----------
    say : callable
        Turns a reject code into the reader's words.
    title : str
        Header of the added column; a star tells it from a column of the file that is called so.

    Raises
    ------
    NotFound
        If no batch has this number.
    Refused
        If the uploaded file is not kept any more.
    """
    with database.cursor() as con:
        record = next((item for item in list_batches(con) if item.id == batch), None)
        rejects = rejects_of(con, batch)
    if record is None:
        raise NotFound(N_("There is no batch {batch}."), batch=batch)
    path = database.folder / "uploads" / record.sha256
    if not path.is_file():
        raise Refused(N_("The file of batch {batch} is not kept any more."), batch=batch)
    with working_folder(database) as work:
        opened, layout = _reopen(database, record, path, work)
        rows = _rejected_rows(opened, layout, {reject.line for reject in rejects})
    with database.cursor() as con:
        profile = find_profile(con, record.source)
    fields = profile.fields.values() if profile else ()
    numbers = {fold(item.column) for item in fields if item.column and not item.type.startswith(("text", "customer"))}
    return _write(layout, rows, rejects, say, title, {i for i, n in enumerate(layout.header) if fold(n) in numbers})


def _reopen(database: Database, record: BatchRecord, path: Path, work: Path) -> tuple[Opened, Layout]:
    with database.cursor() as con:
        profile = find_profile(con, record.source)
    answers = {"sheet": record.sheet} if record.sheet else {}
    upload = Upload(path, record.sha256, path.stat().st_size, record.file)
    opened = open_table(upload, work, profile, answers)
    layout = None if isinstance(opened, Question) else opened.layout(wanted_of(profile))
    if isinstance(opened, Question) or layout is None:
        raise Refused(N_("The file of batch {batch} cannot be read as it was."), batch=record.id)
    return opened, layout


def _rejected_rows(opened: Opened, layout: Layout, lines: set[int]) -> dict[int, Row]:
    if opened.text is None:
        return {row.line: row for row in opened.rows if row.line in lines}
    assert layout.delimiter is not None
    # a record may go on over the lines below its first
    wanted = {line + below for line in lines for below in range(Splitter(layout.delimiter).limits.record_lines)}
    texts = lines_by_number(opened.text, wanted)
    rows = Splitter(layout.delimiter, layout.width, layout.escaped, quote=layout.quote).rows(sorted(texts.items()))
    return {row.line: row for row in rows if row.line in lines}


def _write(
    layout: Layout,
    rows: dict[int, Row],
    rejects: list[Reject],
    say: Callable[[str], str],
    title: str,
    numbers: Container[int],
) -> bytes:
    while fold(title) in map(fold, layout.header):
        title += " *"
    reasons: dict[int, list[str]] = {}
    for reject in rejects:
        words = say(reject.code)
        reasons.setdefault(reject.line, []).append(f"{reject.column}: {words}" if reject.column else words)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([*map(safe_cell, layout.header), title])
    for line, row in sorted(rows.items()):
        cells = [safe_cell(_plainly(cell) if i in numbers else shown(cell)) for i, cell in enumerate(row.cells)]
        cells += [""] * (layout.width - len(cells))
        reason = safe_cell("; ".join(reasons.get(line, [])))
        writer.writerow([*cells[: layout.width], reason, *cells[layout.width :]])
    return out.getvalue().encode("utf-8-sig")


def _plainly(cell: str) -> str:
    """Write a number that a workbook holds so that no format takes its point for a mark of thousands."""
    text = shown(cell)
    return f"{text}0" if cell.startswith(NUMBER_MARK) and re.fullmatch(r"-?\d{1,3}\.\d{3}", text) else text


_PLAIN_NUMBER = re.compile(r"[-+]?\d[\d.,' ]*%?$")


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet program take a text for a formula."""


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("-12,50"), safe_cell("@SUM(A1)")
    ("'=1+1", '-12,50', "'@SUM(A1)")
    """
    if text[:1] in FORMULA_STARTS and not _PLAIN_NUMBER.match(text):
        return "'" + text
    return text


def purge_uploads(folder: Path, now: datetime, keep: timedelta = timedelta(days=90)) -> int:
    """Delete uploaded files older than `keep`; return how many. Rows and receipts stay."""
    gone = 0
    for path in folder.iterdir():
        if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, tz=now.tzinfo) < now - keep:
            path.unlink()
            gone += 1
    return gone
