"""What the rows are that could not be stored: totals, footers, another table - or records with an error, and which."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ocem.domain.batch import LineNote, Reject
from ocem.intake.layout import Layout
from ocem.intake.look import fold, is_footer_text, is_text_row, is_total, line_class, page_text
from ocem.intake.reading import BLANKS, Column
from ocem.intake.split import Row


@dataclass(frozen=True)
class Failure:
    """A row that was not accepted: reasons per column of the plan (None = the row as a whole)."""

    row: Row
    reasons: tuple[tuple[int | None, str], ...]


@dataclass
class Outcome:
    """Rejects and skips, and the line from which accepted rows belong to another table (None if nowhere)."""

    rejects: list[Reject] = field(default_factory=list)
    skips: list[LineNote] = field(default_factory=list)
    table_ends: int | None = None


@dataclass(frozen=True)
class Setting:
    """What a row is judged against."""

    layout: Layout
    columns: tuple[Column, ...]
    last_good: int
    delimiter: str
    keys: tuple[int, ...] = ()
    """Positions of the columns that name a record."""


def classify(failures: Sequence[Failure], setting: Setting) -> Outcome:
    """Name each failed row, in the order of the file."""
    outcome = Outcome()
    before = ""
    before_line = 0
    other_table = False
    for at, failure in enumerate(failures):
        adjacent = failure.row.line == before_line + 1
        if other_table and not _same_header(failure.row, setting.layout):
            kind: str | None = _look(failure.row, setting) or "second_table"
        else:
            other_table = False
            kind = _kind(failure, setting, before if adjacent else "", failures[at + 1 : at + 2])
        if kind == "second_table" and not other_table:
            other_table = True
            if failure.row.line < setting.last_good:
                outcome.table_ends = failure.row.line
        if kind:
            outcome.skips.append(LineNote(kind, failure.row.line))
        else:
            outcome.rejects.extend(_rejects(failure, setting.columns))
        before, before_line = kind or "record", failure.row.last_line
    return outcome


def _look(row: Row, setting: Setting) -> str | None:
    if row.code:
        return None
    text = setting.delimiter.join(row.cells)
    found = line_class(row, text)
    if found == "comment" and row.filled > 1 and len(row.cells) >= setting.layout.width:
        return None
    return found


def _same_header(row: Row, layout: Layout) -> bool:
    """Say whether four in five of the cells are the names above the table, and two at the least."""
    n_pairs = n_other = 0
    for cell, header, name in zip(row.cells, layout.header, _folded(layout.header), strict=False):
        if cell.strip() or header.strip():
            n_pairs += 1
            n_other += fold(cell) != name
            if 5 * n_other > len(layout.header):
                return False
    return n_pairs > 0 and n_other <= n_pairs - max(2, 0.8 * n_pairs)


@lru_cache(maxsize=8)
def _folded(header: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold(name) for name in header)


def _kind(failure: Failure, setting: Setting, before: str, following: Sequence[Failure]) -> str | None:
    row, layout = failure.row, setting.layout
    found = _look(row, setting)
    if found:
        return found
    if row.code:
        return None
    if _same_header(row, layout):
        return "repeated_header"
    if any(tuple(row.cells[: len(below)]) == below for below in layout.below):
        return "repeated_header"
    if [code for _, code in failure.reasons] == ["labelled"]:
        return "total_row" if is_total(row.cells) else "footer"
    date_failed = _date_failed(failure, setting)
    if date_failed and _is_total_row(failure, setting):
        return "total_row"
    if layout.above and page_text(setting.delimiter.join(row.cells)) in layout.above:
        return "preamble"
    if _starts_table(failure, setting, before) or _titles_table(failure, setting, before, following):
        return "second_table"
    if _is_footer(row, setting, before):
        return "footer"
    if date_failed and _continues(failure, setting):
        return "continuation_row"
    if [code for _, code in failure.reasons] == ["no_answer"]:
        return "no_answer"
    return None


def _is_total_row(failure: Failure, setting: Setting) -> bool:
    """Labelled as a total, without its key; a row of another shape must be sparse or begin with the label."""
    row = failure.row
    if not is_total(row.cells) or _names_a_record(row, setting):
        return False
    first = next((cell.strip() for cell in row.cells if cell.strip()), "")
    shaped = all(index is not None for index, _ in failure.reasons)
    return shaped or row.filled * 2 <= setting.layout.width or is_total((first,))


def _names_a_record(row: Row, setting: Setting) -> bool:
    """Say whether the key is there: a record whose client is called Totale is no total."""
    keys = [row.cells[index] for index in setting.keys if index < len(row.cells)]
    return any(key.strip(BLANKS) and not is_total((key.strip(BLANKS),)) for key in keys)


def _date_failed(failure: Failure, setting: Setting) -> bool:
    dates = {i for i, column in enumerate(setting.columns) if column.type in ("date", "datetime") and column.required}
    return any(index is None or index in dates for index, _ in failure.reasons)


_GAPS = ("blank_line", "comment", "separator_line")


def _starts_table(failure: Failure, setting: Setting, before: str) -> bool:
    """Another header: only texts, and not the width of this table, or texts where it has typed values.

    After a gap that is enough; without one the row must be filled with different words without digits, as names are.
    """
    row = failure.row
    if before not in _GAPS and any(map(_DIGIT.search, row.cells)):
        return False  # names have none, and nothing else says that another table begins
    if not is_text_row(row):
        return False
    typed = [
        column.index
        for column in setting.columns
        if column.type not in ("text", "member", "customer", "flag") and column.index < len(row.cells)
    ]
    strong = (
        len(row.cells) == setting.layout.width and all(row.cells[index].strip() for index in typed) and len(typed) > 1
    )
    if before in _GAPS:
        return strong or (row.line > setting.last_good and len(row.cells) != setting.layout.width)
    return strong and before != "repeated_header" and _reads_like_names(row)


_DIGIT = re.compile(r"\d")


def _reads_like_names(row: Row) -> bool:
    names = [fold(cell) for cell in row.cells]
    return all(names) and len(set(names)) == len(names) and not any(char.isdigit() for name in names for char in name)


def _titles_table(failure: Failure, setting: Setting, before: str, following: Sequence[Failure]) -> bool:
    """A title alone after a gap, right above the header of another table."""
    if before not in _GAPS or failure.row.filled != 1 or not following:
        return False
    after = following[0]
    adjacent = after.row.line == failure.row.last_line + 1
    return adjacent and not _same_header(after.row, setting.layout) and _starts_table(after, setting, before)


def _is_footer(row: Row, setting: Setting, before: str) -> bool:
    """One cell with words below the last record, or what programs print anywhere."""
    if row.filled > 2 or setting.layout.width < 2:
        return False
    texts = [cell.strip() for cell in row.cells if cell.strip()]
    if not texts:
        return False
    if is_footer_text(texts[0]):
        return True
    if row.filled != 1 or row.line < setting.last_good:
        return False
    follows = before in ("blank_line", "total_row", "footer", "separator_line", "comment")
    return follows or " " in texts[0]


def _continues(failure: Failure, setting: Setting) -> bool:
    """No mapped cell is filled, others are: the row carries on the record above."""
    row = failure.row
    if len(row.cells) < setting.layout.width:
        return False
    mapped = [row.cells[column.index].strip() for column in setting.columns if column.index < len(row.cells)]
    return not any(mapped) and row.filled > 0


def _rejects(failure: Failure, columns: tuple[Column, ...]) -> list[Reject]:
    rejects = []
    for index, code in failure.reasons:
        column = columns[index] if index is not None else None
        value = None
        if column is not None and column.type != "customer" and column.index < len(failure.row.cells):
            texts = [failure.row.cells[at].strip() for at in column.places if at < len(failure.row.cells)]
            value = " ".join(filter(None, texts))[:200] or None
        rejects.append(Reject(failure.row.line, column.header if column else None, value, code))
    return rejects
