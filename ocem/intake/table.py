"""A file opened as a table: its text or its rows, its sheets, its layout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocem.domain.batch import Detected, FieldMapping, Question, QuestionColumn, SourceProfile
from ocem.intake.dialect import SAMPLE_LINES, find_layout
from ocem.intake.layout import Layout, Wanted, find_header
from ocem.intake.reading import DAY_ZERO
from ocem.intake.receive import LIMITS, Container, Limits, Upload, detect_container, refuse, unpack
from ocem.intake.split import Row, Splitter
from ocem.intake.text import TextFile, first_lines, open_text
from ocem.intake.workbook import Workbook, html_rows


@dataclass(frozen=True)
class Opened:
    """A table before anything is decided about its columns.

    Text files have `text` and `lines` (the first ones); workbooks and web pages have `rows`.
    """

    container: Container
    text: TextFile | None = None
    lines: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    day_zero: str = DAY_ZERO
    _samples: dict[tuple[object, ...], list[Row]] = field(default_factory=dict, compare=False, repr=False)

    def layout(self, wanted: Wanted, delimiter: str | None = None) -> Layout | None:
        """Find the table; None when no header fits what is wanted."""
        if self.text is not None:
            return find_layout(self.lines, wanted, delimiter)
        return find_header(self.rows, wanted)

    def sample(self, layout: Layout, count: int = 500) -> list[Row]:
        """Return the first rows of the table."""
        if self.text is None:
            return [row for row in self.rows if row.line >= layout.first_line][:count]
        assert layout.delimiter is not None
        shape = (layout.delimiter, layout.first_line, layout.width, layout.escaped, layout.quote)
        if shape not in self._samples:
            numbered = list(enumerate(self.lines, start=1))[layout.first_line - 1 :]
            rows = Splitter(layout.delimiter, layout.width, layout.escaped, quote=layout.quote).rows(numbered)
            self._samples[shape] = [row for row in rows if row.code is None]
        return self._samples[shape][:count]

    def detected(self, layout: Layout) -> Detected:
        """Say how the file was read so far."""
        return Detected(
            encoding=self.text.encoding if self.text else None,
            delimiter=layout.delimiter,
            header_line=layout.header_line,
            header_rows=layout.header_rows,
            first_data_line=layout.first_line,
            sheet=self.sheet if len(self.sheets) > 1 else None,
        )


def wanted_of(profile: SourceProfile | None) -> Wanted:
    """Return what a profile says about the columns of its files."""
    if profile is None:
        return Wanted()
    mapped: list[FieldMapping | QuestionColumn] = [*profile.fields.values(), *profile.questions]
    dates = [item.index for item in profile.fields.values() if item.type.startswith("date") and item.index is not None]
    return Wanted(
        tuple(item.column for item in mapped if item.column is not None),
        tuple(item.index for item in mapped if item.column is None and item.index is not None),
        dates[0] if dates else None,
    )


def open_table(
    upload: Upload,
    work: Path,
    profile: SourceProfile | None = None,
    answers: Mapping[str, str] | None = None,
    limits: Limits = LIMITS,
) -> Opened | Question:
    """Open a received file, or ask which of its sheets or encodings is meant.

    Raises
    ------
    FileRefused
        When the container, its contents or its size are refused.
    """
    answers = answers or {}
    formats = profile.formats if profile else {}
    path = unpack(upload, work, limits)
    container = detect_container(path, limits)
    if container is Container.TEXT:
        return _open_text(path, answers.get("encoding") or formats.get("encoding"), limits)
    if container is Container.HTML:
        return Opened(container, rows=tuple(html_rows(path, limits)))
    book = Workbook(path, container)
    return _open_sheet(book, wanted_of(profile), answers.get("sheet") or formats.get("sheet"), limits)


def _open_text(path: Path, encoding: str | None, limits: Limits) -> Opened | Question:
    text = open_text(path, encoding)
    lines = first_lines(text, SAMPLE_LINES)
    if not any(line.strip(" \t\ufeff\u00a0") for line in lines):
        raise refuse("empty_file")
    if text.choices:
        return Question(None, "encoding", text.choices, None, _encoding_samples(path, text.choices))
    _check_width(lines, limits)
    return Opened(Container.TEXT, text=text, lines=tuple(lines))


def _encoding_samples(path: Path, choices: tuple[str, ...]) -> tuple[dict[str, object], ...]:
    """The first lines with accents, read in each way."""
    samples = []
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.isascii():
                readings = {choice: line.decode(choice, "replace").strip()[:120] for choice in choices}
                samples.append({"line": number, **readings})
            if len(samples) == 3:
                break
    return tuple(samples)


def _check_width(lines: list[str], limits: Limits) -> None:
    for line in lines:
        for delimiter in (";", ",", "\t", "|"):
            if line.count(delimiter) > limits.columns and '"' not in line:
                raise refuse("too_many_columns", columns=line.count(delimiter) + 1, limit=limits.columns)


def _open_sheet(book: Workbook, wanted: Wanted, name: str | None, limits: Limits) -> Opened | Question:
    """Take the sheet that was named, the only one that a person sees, or the only one that fits the profile."""
    names = tuple(sheet.name for sheet in book.sheets)
    visible = [sheet.name for sheet in book.sheets if sheet.visible] or list(names)
    if name is not None and name not in names:
        return Question(None, "sheet", (*visible, *(other for other in names if other not in visible)))
    chosen = name
    if chosen is None and len(visible) == 1:
        chosen = visible[0]
    if chosen is None:
        fitting = [other for other in visible if _fits(book, other, wanted, limits)]
        if len(fitting) != 1:
            return Question(None, "sheet", tuple(visible))
        chosen = fitting[0]
    rows = tuple(book.rows(chosen, limits))
    if not any(not row.blank for row in rows):
        raise refuse("empty_file")
    return Opened(book.container, rows=rows, sheet=chosen, sheets=names, day_zero=book.day_zero)


def _fits(book: Workbook, name: str, wanted: Wanted, limits: Limits) -> bool:
    rows = book.rows(name, limits)
    if not wanted.names:
        return any(not row.blank for row in rows)
    return find_header(rows, wanted) is not None
