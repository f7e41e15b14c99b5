"""How a text file is cut: its delimiter and its quotation marks, and the table that follows from them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ocem.domain.batch import LineNote
from ocem.intake.layout import HEADER_SEARCH, Layout, Wanted, find_header
from ocem.intake.look import fold, is_typed
from ocem.intake.split import Line, Row, Splitter

DELIMITERS = (";", ",", "\t", "|")
RARE_DELIMITERS = ("^", "~", "\x1f", "\u00a7", ":", " ")
"""Looked at only when no usual delimiter cuts the file into rows that are alike."""
_ALIKE = 0.4
_WITHOUT_NAMES = 0.7
"""Weight of a cutting whose first row already holds numbers or dates."""
SAMPLE_LINES = 2_000
DELIMITER_LINES = 400
Score = tuple[int, float, float, str]
_SEP_LINE = re.compile(r'^\ufeff?"?sep=(.)"?[;,\s]*$', re.IGNORECASE)


def find_delimiter(lines: Sequence[str], wanted: Wanted) -> str:
    """Return the delimiter under which the header is found, or most lines are alike and hold typed cells."""
    best = _best(lines, wanted)
    if best is None or (best[0] == 0 and (wanted.names or best[2] < _ALIKE)):
        first = next((line for line in lines if line.strip()), "")
        seen = "".join(lines[:HEADER_SEARCH]) if wanted.names else first
        rare = [_score(lines, wanted, mark) for mark in RARE_DELIMITERS if mark in seen]
        found = max(rare, default=None)
        if found is not None and found[0] >= min(len(wanted.names), 2) and found[2] >= (0.5 if wanted.names else 0.9):
            return found[-1]
    return best[-1] if best else ";"


def _best(lines: Sequence[str], wanted: Wanted) -> Score | None:
    """Return the score of the usual delimiter that cuts a file best."""
    here = [delimiter for delimiter in DELIMITERS if any(delimiter in line for line in lines)]
    return max((_score(lines, wanted, delimiter) for delimiter in here), default=None)


def _score(lines: Sequence[str], wanted: Wanted, delimiter: str) -> Score:
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
    typed = sum(1 for cell in cells if not cell.strip() or is_typed(cell))
    named = 1.0 if not any(cell.strip() and is_typed(cell) for cell in wide[0]) else _WITHOUT_NAMES
    n_filled = sum(1 for row in rows if not row.blank)
    share = n_rows / max(n_filled, 1)
    return share, (0.3 + typed / len(cells)) * named * (1 - 1 / width)


def find_layout(lines: Sequence[str], wanted: Wanted, delimiter: str | None = None) -> Layout | None:
    """Find the table among the first lines of a text file; None when no header fits."""
    named = _SEP_LINE.match(lines[0]) if lines else None
    if named and not delimiter:
        # the line may be left over from a file that was saved again with another separator
        layout = _layout_with(lines, wanted, named.group(1), 1)
        if layout is not None and layout.width > 1 and _cuts_well(lines[1:], wanted, named.group(1)):
            return layout
    return _layout_with(lines, wanted, delimiter, 1 if named else 0)


def _cuts_well(lines: Sequence[str], wanted: Wanted, delimiter: str) -> bool:
    """Say whether no other delimiter finds more of the wanted names or cuts the lines far better."""
    ours, best = _score(lines, wanted, delimiter), _best(lines, wanted)
    return best is None or (ours[0] >= best[0] and 2 * ours[1] >= best[1])


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
