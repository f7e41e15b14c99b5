"""Where the table is: the delimiter, the header and the rows around it. Every rule has a name that a receipt shows."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocem.domain.batch import LineNote
from ocem.intake.reading import ERROR_MARK, NO_VALUE_MARK, NUMBER_MARK
from ocem.intake.split import Line, Row, Splitter

DELIMITERS = (";", ",", "\t", "|")
RARE_DELIMITERS = ("^", "~", "\x1f", "\u00a7", ":", " ")
"""Looked at only when no usual delimiter cuts the file into rows that are alike."""
_ALIKE = 0.4
_WITHOUT_NAMES = 0.7
"""Weight of a cutting whose first row already holds numbers or dates."""
SAMPLE_LINES = 2_000
DELIMITER_LINES = 400
HEADER_SEARCH = 200


@dataclass(frozen=True)
class Wanted:
    """What a profile says about the columns: header texts (as written) and positions."""

    names: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()
    date_index: int | None = None


@dataclass(frozen=True)
class Layout:
    """Where the table is in a file. `header_line` is None when the table has no header.

    `header` holds one text a column; further header rows are joined below the first.
    """

    delimiter: str | None
    header_line: int | None
    header_rows: int
    header: tuple[str, ...]
    first_line: int
    skips: tuple[LineNote, ...] = ()
    escaped: bool = False
    all_quoted: bool = False
    quote: str = '"'
    below: tuple[tuple[str, ...], ...] = ()
    """Cells of the further header rows (question texts, ImportId)."""
    above: frozenset[str] = frozenset()
    """Texts above the header as `page_text` compares them: they come back on every page of a printed list."""

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.header)


def fold(text: str) -> str:
    r"""Return a header or a value as it is compared: case, accents' form, spaces and invisible characters folded.

    Examples
    --------
    >>> fold("  Data\u00a0 Ordine ")
    'data ordine'
    """
    plain = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "")
    return " ".join(plain.casefold().split())


def page_text(text: str) -> str:
    """Return a line as it is compared from page to page: without numbers, blanks and delimiters.

    Examples
    --------
    >>> page_text("Elenco ordini;;  Pag. 2") == page_text("Elenco ordini;;  Pag. 1")
    True
    """
    return re.sub(r"[\d\s;,|\t]+", "", text.casefold())


_CELL_MARKS = NUMBER_MARK + ERROR_MARK + NO_VALUE_MARK
_SEP_LINE = re.compile(r'^\ufeff?"?sep=(.)"?[;,\s]*$', re.IGNORECASE)
_NUMBER_LIKE = re.compile(r"^[^\w]*[-+(]?\s*(?:[€$£]|eur)?\s*\d[\d.,'’\s\u00a0\u202f]*\s*(?:[€$£%]|eur)?\)?-?$", re.I)
_DATE_LIKE = re.compile(
    r"^(?:\w{2,9}\.?,?\s+)?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{8}"
    r"|\d{1,2}[-. ]?[ -]?[A-Za-z]{3,10}\.?,?[ -]\d{2,4}|[A-Za-z]{3,10}\.? \d{1,2},? \d{4})"
    r"(?:[T ,](?!.*(?:\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}[-/.]\d{1,2}[-/.]\d)).*)?$"
)
"""A day, with or without the time of day; not a period from one day to another."""
_COMMENT = re.compile(r"^\s*(?:#|//|--\s|\$\w+=)")
_RULER = re.compile(r"^[\s\-=_+|*~.:;,]*[\-=_*~]{2,}[\s\-=_+|*~.:;,]*$")
_TOTAL_WORD = (
    r"(?:sub|grand\s+|gran\s+)?(?:tota(?:le?|li|ls|al|ux)|tot|somma|somme|sum|suma|(?:zwischen|end)?summe|(?:ins)?gesamt"
    r"|riporto|a riportare|carried forward|brought forward)"
)
_TOTAL = re.compile(rf"^(?:\*{{1,3}}|Σ)\s*$|^\W*{_TOTAL_WORD}\b", re.IGNORECASE)
_MAYBE_TOTAL = re.compile(r"tot|somm|sum|gesamt|riport|forward|\*|Σ", re.IGNORECASE)
_FOOTER = re.compile(
    r"^\W*(?:copyright|confidential|generated|generato|stampato|printed|pagina|page|pag\.|esportato|exported|"
    r"report|filtr|fine |end of|powered|source:|fonte:|©)",
    re.IGNORECASE,
)


def shown(text: str) -> str:
    """Return a cell as a person sees it: without the marks that workbooks' cells carry."""
    return text.strip().strip(_CELL_MARKS)


def looks_like_date(text: str) -> bool:
    """Say whether a cell is written like a date, valid or not."""
    return bool(_DATE_LIKE.match(text.strip()))


def looks_like_number(text: str) -> bool:
    """Say whether a cell is written like a number, an amount or a percentage."""
    return bool(_NUMBER_LIKE.match(shown(text)))


def is_text_row(row: Row) -> bool:
    """Say whether a row could be a header: at least two cells filled, none of them a number or a date."""
    cells = [cell.strip() for cell in row.cells if cell.strip()]
    return len(cells) >= 2 and not any(looks_like_number(cell) or looks_like_date(cell) for cell in cells)


def line_class(row: Row, text: str) -> str | None:
    """Name what a line is when it is no record by its look alone: blank, comment or ruler."""
    if row.blank:
        return "blank_line"
    if _COMMENT.match(text) and not (row.cells and row.cells[0].strip() == "#"):
        return "comment"
    if _RULER.match(text):
        return "separator_line"
    return None


def is_total(cells: Sequence[str]) -> bool:
    """Say whether a row is labelled as a total."""
    return any(_TOTAL.match(cell) for cell in cells if _MAYBE_TOTAL.search(cell))


LABELLED = (
    rf"(?i)^\W*{_TOTAL_WORD}\b|^(?:\*{{1,3}}|Σ)\s*$"
    r"|^pag(?:ina|e|\.)?\s*(?:n\.\s*)?\d+\s*(?:(?:di|of|/)\s*\d+)?\s*$"
)
"""What a cell of a total or of a page's foot begins with, for the engine: decisive only in a row without its key."""
_SPAN = r"(?:del\s+|di\s+|of\s+)?(?:giorn|settiman|mes|ann|period|pagin|day|week|month|year)\w*"
_WHOLE = r"generale|general|général|parziale|complessiv[oi]|overall|giornalier[oi]|mensil[ei]|annual[ei]|report"
LABELLED_ALONE = rf"(?i)^\W*{_TOTAL_WORD}(?:\s+(?:{_WHOLE}|{_SPAN}))*\s*[:.=]*\s*$|^(?:\*{{1,3}}|Σ)\s*$"
"""A cell that says nothing but that its row is a total: decisive where records have no key."""
TOTAL_STARTS = (
    "tot", "tota", "subt", "gran", "somm", "sum", "suma", "summ", "zwis", "ends", "gesa", "insg", "ripo", "a ri",
    "carr", "brou", "*", "**", "***", "σ",
)  # fmt: skip
"""The first four letters of such cells."""


def is_footer_text(text: str) -> bool:
    """Say whether a line reads like what programs print below a table."""
    return bool(_FOOTER.match(text))


def find_delimiter(lines: Sequence[str], wanted: Wanted) -> str:
    """Return the delimiter under which the header is found, or most lines are alike and hold typed cells."""
    scores = [_score(lines, wanted, delimiter) for delimiter in DELIMITERS if any(delimiter in line for line in lines)]
    best = max(scores, default=None)
    if best is None or (best[0] == 0 and (wanted.names or best[2] < _ALIKE)):
        first = next((line for line in lines if line.strip()), "")
        seen = "".join(lines[:HEADER_SEARCH]) if wanted.names else first
        rare = [_score(lines, wanted, mark) for mark in RARE_DELIMITERS if mark in seen]
        found = max(rare, default=None)
        if found is not None and found[0] >= min(len(wanted.names), 2) and found[2] >= (0.5 if wanted.names else 0.9):
            return found[-1]
    return best[-1] if best else ";"


def _score(lines: Sequence[str], wanted: Wanted, delimiter: str) -> tuple[int, float, float, str]:
    """Score a delimiter: wanted names found, share and types of rows that are alike, that share alone."""
    names = {fold(name) for name in wanted.names}
    rows = list(Splitter(delimiter, quote=find_quote(lines, delimiter)).rows(enumerate(lines[:DELIMITER_LINES], 1)))
    found = max((len(names & {fold(cell) for cell in row.cells}) for row in rows[:HEADER_SEARCH]), default=0)
    share, typed = _evenness(rows, wanted)
    return found, share * typed, share, delimiter


def find_quote(lines: Sequence[str], delimiter: str) -> str:
    """Return the mark that stands around cells: an apostrophe only where it does so in most lines and no other does."""
    seen = [line for line in lines[:DELIMITER_LINES] if line.strip()]
    single, double = (_n_paired(seen, delimiter, mark) for mark in ("'", '"'))
    return "'" if len(seen) > 1 and single > 0.5 * len(seen) and double < 0.1 * single else '"'


def _n_paired(lines: Sequence[str], delimiter: str, mark: str) -> int:
    """Count the lines with a cell between two such marks."""
    edge = re.escape(delimiter)
    pair = re.compile(rf"(?:^|{edge})\s*{mark}(?:[^{mark}]|{mark}{mark})*{mark}\s*(?={edge}|$)")
    return sum(1 for line in lines if mark in line and pair.search(line))


def _evenness(rows: Sequence[Row], wanted: Wanted) -> tuple[float, float]:
    """Judge a cutting: the share of rows with the commonest width, and a weight for what they hold.

    The weight grows with the share of cells that are numbers or dates and with the width, because a decimal comma cuts
    every row of a semicolon file evenly too, into few pieces. It falls where the rows begin without a row of names.
    """
    widths = Counter(len(row.cells) for row in rows if not row.blank and len(row.cells) > 1)
    if not widths:
        return 0.0, 0.0
    width, n_rows = max(widths.items(), key=lambda item: (item[1] * min(item[0], 4), item[0]))
    if wanted.indices and width <= max(wanted.indices):
        return 0.0, 0.0
    wide = [row.cells for row in rows if len(row.cells) == width]
    cells = [cell for row in wide for cell in row]
    typed = sum(1 for cell in cells if not cell.strip() or _is_typed(cell))
    named = 1.0 if not any(cell.strip() and _is_typed(cell) for cell in wide[0]) else _WITHOUT_NAMES
    n_filled = sum(1 for row in rows if not row.blank)
    share = n_rows / max(n_filled, 1)
    return share, (0.3 + typed / len(cells)) * named * (1 - 1 / width)


def _is_typed(cell: str) -> bool:
    return looks_like_number(cell) or looks_like_date(cell)


def find_layout(lines: Sequence[str], wanted: Wanted, delimiter: str | None = None) -> Layout | None:
    """Find the table among the first lines of a text file; None when no header fits."""
    named = _SEP_LINE.match(lines[0]) if lines else None
    if named and not delimiter:
        # the line may be left over from a file that was saved again with another separator
        layout = _layout_with(lines, wanted, named.group(1), 1)
        if layout is not None and layout.width > 1:
            return layout
    return _layout_with(lines, wanted, delimiter, 1 if named else 0)


def _layout_with(lines: Sequence[str], wanted: Wanted, delimiter: str | None, start: int) -> Layout | None:
    """Find the table below the first `start` lines, which only name a separator."""
    skips = [LineNote("sep_line", line) for line in range(1, start + 1)]
    delimiter = delimiter or find_delimiter(lines[start:], wanted)
    numbered = list(enumerate(lines, start=1))[start:]
    quote = find_quote(lines[start:], delimiter)
    escaped, rows = _split(lines, numbered, delimiter, quote)
    texts = {row.line: lines[row.line - 1] for row in rows}
    layout = find_header(rows, wanted, texts)
    if layout is None:
        return None
    body = [line for line in lines[layout.first_line - 1 :] if line]
    all_quoted = bool(body) and all(line.startswith('"') and line.endswith('"') for line in body[:200])
    return replace(
        layout,
        delimiter=delimiter,
        skips=tuple(skips) + layout.skips,
        escaped=escaped,
        all_quoted=all_quoted,
        quote=quote,
    )


def _split(lines: Sequence[str], numbered: list[Line], delimiter: str, quote: str) -> tuple[bool, list[Row]]:
    """Cut the lines, with marks escaped by a backslash only if more rows come out whole that way."""
    rows = list(Splitter(delimiter, quote=quote).rows(numbered))
    if not any("\\" + quote in line for line in lines):
        return False, rows
    other = list(Splitter(delimiter, escaped=True, quote=quote).rows(numbered))
    return (True, other) if _n_whole(other) > _n_whole(rows) else (False, rows)


def _n_whole(rows: Sequence[Row]) -> int:
    """Count the rows without a fault that are as wide as most."""
    widths = Counter(len(row.cells) for row in rows if row.code is None and not row.stray and len(row.cells) > 1)
    return max(widths.values(), default=0)


def find_header(rows: Sequence[Row], wanted: Wanted, texts: dict[int, str] | None = None) -> Layout | None:
    """Find the header among rows: the row that holds the wanted names, else the last text row above the first data."""
    at = _by_names(rows, wanted) if wanted.names else None
    if at is None and wanted.names and not wanted.indices:
        return None
    if at is not None:
        last = at + _extra_rows(rows, at)
        return _layout(rows, at, last, wanted, texts)
    return _by_position(rows, wanted, texts)


def _by_names(rows: Sequence[Row], wanted: Wanted) -> int | None:
    names = [fold(name) for name in wanted.names]
    best, found = None, 0
    for at, row in enumerate(rows[:HEADER_SEARCH]):
        cells = {fold(cell) for cell in row.cells}
        here = sum(1 for name in names if name in cells)
        if here > found:
            best, found = at, here
    return best if found >= max(1, (len(names) + 1) // 2) else None


def _extra_rows(rows: Sequence[Row], at: int) -> int:
    """Count the further header rows below a header: up to a row of ImportIds, or a row that fills empty headers."""
    header = rows[at].cells
    for below in range(1, 4):
        if at + below < len(rows) and any('"ImportId"' in cell for cell in rows[at + below].cells):
            return below
    if at + 1 < len(rows) and len(rows[at + 1].cells) == len(header):
        pairs = list(zip(header, rows[at + 1].cells, strict=True))
        fills = any(not name.strip() and text.strip() for name, text in pairs)
        options = [text for _, text in pairs if text.strip()]
        texts_only = not any(looks_like_number(text) or looks_like_date(text) for text in options)
        continued = {"Response", "Open-Ended Response"} & set(options)
        if options and texts_only and (continued or fills) and not pairs[0][1].strip():
            return 1
    return 0


def _is_data(row: Row, wanted: Wanted) -> bool:
    if wanted.date_index is not None:
        return wanted.date_index < len(row.cells) and looks_like_date(row.cells[wanted.date_index])
    return any(looks_like_date(cell) for cell in row.cells)


def _by_position(rows: Sequence[Row], wanted: Wanted, texts: dict[int, str] | None) -> Layout | None:
    """The header of a mapping by position, or of no mapping: text rows above the first row that holds a date."""
    data = next((at for at, row in enumerate(rows) if _is_data(row, wanted)), None)
    if data is None:
        return _without_dates(rows, wanted, texts)
    at = next((i for i in range(data - 1, -1, -1) if _could_be_header(rows[i], rows[data], texts)), None)
    if at is None:
        return _headerless(rows, data, texts)
    top = at
    while top > 0 and _could_be_header(rows[top - 1], rows[data], texts):
        top -= 1
    return _layout(rows, top, at, wanted, texts)


def _could_be_header(row: Row, data: Row, texts: dict[int, str] | None) -> bool:
    if not is_text_row(row) or (texts and line_class(row, texts.get(row.line, ""))):
        return False
    return len(row.cells) * 2 > len(data.cells)


def _without_dates(rows: Sequence[Row], wanted: Wanted, texts: dict[int, str] | None) -> Layout | None:
    """A table without dates: the first text row as wide as most rows."""
    widths: dict[int, int] = {}
    for row in rows:
        if not row.blank:
            widths[len(row.cells)] = widths.get(len(row.cells), 0) + 1
    if not widths:
        return None
    width = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    at = next((i for i, row in enumerate(rows) if len(row.cells) == width and is_text_row(row)), None)
    if at is None and wanted.indices:
        return None
    if at is None:
        at = next(i for i, row in enumerate(rows) if len(row.cells) == width)
    return _layout(rows, at, at + _extra_rows(rows, at), wanted, texts)


def _headerless(rows: Sequence[Row], data: int, texts: dict[int, str] | None) -> Layout:
    width = max(len(row.cells) for row in rows[data : data + 50])
    return Layout(
        delimiter=None,
        header_line=None,
        header_rows=0,
        header=tuple(f"#{i + 1}" for i in range(width)),
        first_line=rows[data].line,
        skips=_above(rows[:data], texts),
    )


def _layout(rows: Sequence[Row], top: int, last: int, wanted: Wanted, texts: dict[int, str] | None) -> Layout:
    header = rows[top].cells if not wanted.indices or last == top else _join_headers(rows[top : last + 1])
    if not wanted.indices and last > top:
        header = rows[top].cells
    width = len(header)
    below = [row for row in rows[last + 1 :] if len(row.cells) <= width]
    while width > 1 and not header[width - 1].strip() and _empty_below(below, width - 1):
        width -= 1
    extra = tuple(LineNote("header_extra", row.line) for row in rows[top + 1 : last + 1])
    return Layout(
        delimiter=None,
        header_line=rows[top].line,
        header_rows=last - top + 1,
        header=tuple(shown(name) for name in header[:width]),
        first_line=rows[last].last_line + 1,
        above=frozenset(filter(None, (page_text(_text_of(row, texts)) for row in rows[:top]))),
        skips=_above(rows[:top], texts) + extra,
        below=tuple(row.cells for row in rows[top + 1 : last + 1]),
    )


def _empty_below(rows: Sequence[Row], index: int) -> bool:
    return not any(index < len(row.cells) and row.cells[index].strip() for row in rows)


def _join_headers(rows: Sequence[Row]) -> tuple[str, ...]:
    width = max(len(row.cells) for row in rows)
    columns = ([row.cells[i].strip() if i < len(row.cells) else "" for row in rows] for i in range(width))
    return tuple(" ".join(part for part in parts if part) for parts in columns)


def _text_of(row: Row, texts: dict[int, str] | None) -> str:
    return texts.get(row.line, "") if texts else " ".join(row.cells)


def _above(rows: Sequence[Row], texts: dict[int, str] | None) -> tuple[LineNote, ...]:
    notes: list[LineNote] = []
    for row in rows:
        text = _text_of(row, texts)
        notes.extend(LineNote(line_class(row, text) or "preamble", line) for line in range(row.line, row.last_line + 1))
    return tuple(notes)
