"""Where everything of a slide stands: pages of text boxes, tables and charts in points, for PPTX and PDF alike.

Heights come from the widths of the words, so nothing overlaps; a table that does not fit goes on, head repeated, on the
next page, and a row is never cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ocem.i18n import Words
from ocem.reporting import palette
from ocem.reporting.deck_chart import MUTED, TEXT, TONES, ControlChart, PeriodChart
from ocem.reporting.deck_slide import Cell, Column, Deck, Slide, Table
from ocem.reporting.deck_type import LEADING, shortened, wrapped

BRAND = "#0B6477"
DARK, ON_DARK, ON_DARK_SOFT = "#0F2A34", "#FFFFFF", "#A9C9D2"
RULE = "#C9D6DB"
MARGIN, FOOT = 36.0, 30.0
CELL_X, CELL_Y = 6.0, 3.2
BODY, SMALL = 10.0, 8.5
MOST_LINES = 26
"""Lines of one table cell; what is longer is cut here and whole in XLSX and HTML."""


@dataclass(frozen=True)
class TextBox:
    """A text with the lines it breaks into; the box is as high as they are."""

    x: float
    y: float
    w: float
    text: str
    lines: tuple[str, ...]
    size: float
    colour: str = TEXT
    strong: bool = False
    align: str = "left"
    role: str = ""
    """``title`` for the slide's title."""

    @property
    def h(self) -> float:
        """Height in points."""
        return len(self.lines) * self.size * LEADING


@dataclass(frozen=True)
class Block:
    """A filled rectangle."""

    x: float
    y: float
    w: float
    h: float
    colour: str


@dataclass(frozen=True)
class TableBox:
    """Rows of a table on one page, the head first; `lines` are the broken texts of each cell."""

    x: float
    y: float
    columns: tuple[Column, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[tuple[tuple[str, ...], ...], ...]
    heights: tuple[float, ...]
    size: float

    @property
    def w(self) -> float:
        """Width in points."""
        return sum(self.widths)

    @property
    def h(self) -> float:
        """Height in points."""
        return sum(self.heights)


@dataclass(frozen=True)
class ChartBox:
    """A chart and its place."""

    x: float
    y: float
    w: float
    h: float
    chart: ControlChart | PeriodChart


Placed = TextBox | Block | TableBox | ChartBox


@dataclass
class Page:
    """One page: a background and what stands on it."""

    title: str
    items: list[Placed] = field(default_factory=list)
    background: str = "#FFFFFF"


def pages(deck: Deck, width: float, height: float) -> list[Page]:
    """Lay a deck out on pages of one size, points."""
    words = Words(deck.lang)
    found: list[Page] = []
    for slide in deck.slides:
        found += _cover(slide, width, height) if slide.kind == "cover" else _Layout(words, slide, width, height).pages
    for number, page in enumerate(found, 1):
        if number > 1:
            _footer(page, deck.footer, number, len(found), width, height)
    return found


def text_box(
    x: float, y: float, w: float, text: str, size: float, colour: str = TEXT, strong: bool = False,
    align: str = "left", most: int | None = None, role: str = "",
) -> TextBox:  # fmt: skip
    """Place a text, broken to a width."""
    return TextBox(x, y, w, text, wrapped(text, w, size, strong, most), size, colour, strong, align, role)


def _footer(page: Page, text: str, number: int, total: int, width: float, height: float) -> None:
    y = height - FOOT + 10
    room = width - 2 * MARGIN
    page.items.append(Block(MARGIN, y - 5, room, 0.6, RULE))
    line = shortened(text, room - 60, SMALL - 0.5)
    page.items.append(TextBox(MARGIN, y, room - 60, line, (line,), SMALL - 0.5, MUTED))
    count = f"{number} / {total}"
    page.items.append(TextBox(width - MARGIN - 56, y, 56, count, (count,), SMALL - 0.5, MUTED, align="right"))


def _cover(slide: Slide, width: float, height: float) -> list[Page]:
    page = Page(slide.title, background=DARK)
    x, room = MARGIN * 1.8, width - MARGIN * 3.6
    y = height * 0.13
    page.items.append(Block(x, y, 54, 4, "#6FCBDB"))
    kicker = text_box(x, y + 16, room, slide.kicker, 15, ON_DARK_SOFT, strong=True, most=2)
    title = text_box(x, kicker.y + kicker.h + 10, room, slide.title, 34, ON_DARK, strong=True, most=4, role="title")
    page.items += [kicker, title]
    y = title.y + title.h + 12
    if slide.lead:
        lead = text_box(x, y, room, slide.lead, 16, ON_DARK_SOFT, most=3)
        page.items.append(lead)
        y = lead.y + lead.h
    rows = [
        (
            text_box(x, 0, 120, name, 11, ON_DARK_SOFT, most=1),
            text_box(x + 128, 0, room - 128, value, 11, ON_DARK, most=3),
        )
        for name, value in slide.facts
    ]
    foot = height - MARGIN * 1.4 - sum(max(a.h, b.h) + 5 for a, b in rows)
    y = max(y + 20, foot)
    for name, value in rows:
        page.items += [replace(name, y=y), replace(value, y=y)]
        y += max(name.h, value.h) + 5
    return [page]


class _Layout:
    """Fills pages with one slide, opening another whenever something does not fit."""

    def __init__(self, words: Words, slide: Slide, width: float, height: float) -> None:
        self.words, self.slide = words, slide
        self.width, self.height = width, height
        self.room = width - 2 * MARGIN
        self.bottom = height - FOOT - 6
        self.pages: list[Page] = []
        self.y = 0.0
        self._open()
        {"item": self._item, "trend": self._trend}.get(slide.kind, self._flow)()

    def _open(self) -> None:
        again = bool(self.pages)
        name = self.words.gettext("{title} (continued)", title=self.slide.title) if again else self.slide.title
        page = Page(name)
        page.items.append(Block(MARGIN, 24, 30, 3, BRAND))
        kicker = text_box(MARGIN + 38, 19, self.room - 38, self.slide.kicker, BODY, MUTED, most=1)
        size = 20.0 if len(wrapped(name, self.room, 20, True)) <= 2 else 16.0
        title = text_box(MARGIN, 36, self.room, name, size, TEXT, strong=True, most=3, role="title")
        page.items += [kicker, title]
        self.pages.append(page)
        self.y = title.y + title.h + 10

    @property
    def page(self) -> Page:
        return self.pages[-1]

    # Slides of text and tables.

    def _flow(self) -> None:
        if self.slide.lead:
            self._text(self.slide.lead, 12.0, MUTED)
            self.y += 6
        if self.slide.facts:
            self._figures(self.slide.facts)
        if self.slide.kind == "method":
            self._lists()
        for table in self.slide.tables:
            self._table(table)
        if self.slide.kind != "method":
            self._lists()

    def _text(self, text: str, size: float, colour: str = TEXT, strong: bool = False) -> None:
        box = text_box(MARGIN, self.y, self.room, text, size, colour, strong, most=MOST_LINES)
        if box.y + box.h > self.bottom:
            self._open()
            box = replace(box, y=self.y)
        self.page.items.append(box)
        self.y = box.y + box.h + 2

    def _figures(self, facts: Sequence[tuple[str, str]]) -> None:
        """Write named figures side by side."""
        w = self.room / len(facts)
        for place, (name, value) in enumerate(facts):
            x = MARGIN + place * w
            self.page.items.append(text_box(x, self.y, w - 8, name, SMALL + 1, MUTED, most=1))
            self.page.items.append(text_box(x, self.y + 14, w - 8, value, 20, BRAND, strong=True, most=1))
        self.y += 14 + 20 * LEADING + 10

    def _lists(self) -> None:
        for title, lines in self.slide.lists:
            if not lines:
                continue
            self.y += 6
            if title:
                self._text(title, 12.0, BRAND, strong=True)
            for line in lines:
                self._text(f"•  {line}", BODY + 0.5)

    def _table(self, table: Table, x: float = MARGIN, w: float | None = None) -> None:
        """Place a table, going on where it does not fit."""
        w = self.room if w is None else w
        self.y += 6
        head = self._head(table, w)
        if not table.rows:
            self._title(table)
            if table.empty:
                self._text(table.empty, BODY, MUTED)
            return
        cells = [_broken(table, row, w, BODY) for row in table.rows]
        heights = [_height(lines, BODY) for lines in cells]
        title_height = 12 * LEADING + 4 if table.title else 0.0
        if self.y + title_height + head + heights[0] > self.bottom:
            self._open()
        self._title(table)
        start = 0
        while start < len(table.rows):
            end, used = start, head
            while end < len(table.rows) and self.y + used + heights[end] <= self.bottom:
                used += heights[end]
                end += 1
            if end == start:  # a row as high as a page
                end, used = start + 1, head + heights[start]
            box = _table_box(table, slice(start, end), cells, heights, x, self.y, w, head)
            self.page.items.append(box)
            self.y += box.h + 8
            start = end
            if start < len(table.rows):
                self._open()

    def _title(self, table: Table) -> None:
        if table.title:
            self._text(table.title, 12.0, BRAND, strong=True)
            self.y += 2

    def _head(self, table: Table, w: float) -> float:
        return _height(_head_lines(table, w), SMALL)

    # One signal: chart at the left, what to know about it at the right.

    def _item(self) -> None:
        slide = self.slide
        top = self.y
        left = self.room * 0.635
        right_x, right_w = MARGIN + left + 18, self.room - left - 18
        heights = [_height(_broken(t, row, left, BODY), BODY) for t in slide.tables for row in t.rows]
        heads = sum(self._head(table, left) + 6 for table in slide.tables)
        room = self.bottom - top
        chart_h = max(min(room - heads - sum(heights) - 14, room), room * 0.5)
        if slide.chart is not None:
            self.page.items.append(ChartBox(MARGIN, top, left, chart_h, slide.chart))
            self.y = top + chart_h + 4
        for table in slide.tables:
            self._table(table, MARGIN, left)
        self._aside(right_x, right_w, top)

    def _aside(self, x: float, w: float, top: float) -> None:
        """Write facts and lists down the right of the first page; what does not fit goes on a page of its own."""
        page, y = self.pages[0], top
        rest: list[tuple[str, str]] = []
        for place, (name, value) in enumerate(self.slide.facts):
            first = place == 0
            label = text_box(x, y, w, name, SMALL, MUTED, most=1)
            size = 22.0 if first else BODY
            said = text_box(x, y + label.h, w, value, size, BRAND if first else TEXT, first, most=1 if first else 3)
            if said.y + said.h > self.bottom or rest:
                rest.append((name, value))
                continue
            page.items += [label, said]
            y = said.y + said.h + 4
        lists: list[tuple[str, tuple[str, ...]]] = []
        for title, lines in self.slide.lists:
            boxes, end = _list_boxes(x, y + 5, w, title, lines)
            if end > self.bottom or rest or lists:
                lists.append((title, lines))
                continue
            page.items += boxes
            y = end
        if rest or lists:
            self._open()
            for name, value in rest:
                self._text(f"{name}: {value}", BODY + 1)
            self.slide = replace(self.slide, lists=tuple(lists))
            self._lists()

    # Weeks and months with the year before.

    def _trend(self) -> None:
        slide = self.slide
        if slide.lead:
            self._text(slide.lead, 12.0, MUTED)
        table = sum(_height(_broken(t, row, self.room, BODY), BODY) for t in slide.tables for row in t.rows)
        heads = sum(self._head(t, self.room) + 12 for t in slide.tables)
        notes = sum(
            len(wrapped(f"•  {line}", self.room, BODY + 0.5)) * (BODY + 0.5) * LEADING + 2
            for _title, lines in slide.lists
            for line in lines
        )
        h = max(self.bottom - self.y - table - heads - notes - 24, (self.bottom - self.y) * 0.4)
        x = MARGIN
        shares = (1.0,) if len(slide.periods) == 1 else (0.34, 0.66)
        for chart, share in zip(slide.periods, shares, strict=True):
            w = self.room * share
            self.page.items.append(ChartBox(x, self.y, w - 8, h, chart))
            x += w
        self.y += h + 4
        for item in slide.tables:
            self._table(item)
        self._lists()


def _list_boxes(x: float, y: float, w: float, title: str, lines: Sequence[str]) -> tuple[list[TextBox], float]:
    boxes = []
    if title:
        boxes.append(text_box(x, y, w, title, BODY, BRAND, strong=True, most=1))
        y += boxes[-1].h + 1
    for line in lines:
        boxes.append(text_box(x, y, w, line, SMALL + 0.5, TEXT))
        y += boxes[-1].h + 2
    return boxes, y


def _widths(table: Table, w: float) -> tuple[float, ...]:
    whole = sum(column.share for column in table.columns)
    return tuple(w * column.share / whole for column in table.columns)


def _head_lines(table: Table, w: float) -> tuple[tuple[str, ...], ...]:
    return tuple(
        wrapped(column.name, width - 2 * CELL_X, SMALL, True, 3)
        for column, width in zip(table.columns, _widths(table, w), strict=True)
    )


def _broken(table: Table, row: tuple[Cell, ...], w: float, size: float) -> tuple[tuple[str, ...], ...]:
    return tuple(
        wrapped(cell.text, width - 2 * CELL_X, size, cell.strong, MOST_LINES)
        for cell, width in zip(row, _widths(table, w), strict=True)
    )


def _height(lines: Sequence[Sequence[str]], size: float) -> float:
    return max((len(cell) for cell in lines), default=1) * size * LEADING + 2 * CELL_Y


def _table_box(
    table: Table, which: slice, cells: list[tuple[tuple[str, ...], ...]], heights: list[float],
    x: float, y: float, w: float, head: float,
) -> TableBox:  # fmt: skip
    names = tuple(Cell(column.name, strong=True) for column in table.columns)
    return TableBox(
        x,
        y,
        table.columns,
        _widths(table, w),
        (names, *table.rows[which]),
        (_head_lines(table, w), *cells[which]),
        (head, *heights[which]),
        BODY,
    )


def tone_colour(tone: str) -> str:
    """Return the colour of a tone on white."""
    return {"good": "#157A53", "bad": "#B93A2F", "open": "#9A6209"}.get(tone, TEXT)


def legend(chart: ControlChart | PeriodChart) -> list[tuple[str, str, str]]:
    """Return what a chart's marks mean: name, colour, and ``line``, ``dash``, ``dot``, ``hatch`` or ``bar``."""
    names = chart.names
    if isinstance(chart, ControlChart):
        found = [(names["value"], palette.AFTER, "line")]
        tones = [tone for tone in ("good", "bad", "open") if tone in chart.tones]
        return found + [(names["signal"], TONES[tone], "dot") for tone in tones[:1]]
    found = [(names["value"], palette.AFTER, "bar" if chart.is_total else "line")]
    found.append((names["before"], palette.BEFORE, "dash"))
    if any(value is not None for value in chart.unfinished):
        found.append((names["unfinished"], palette.AFTER, "hatch"))
    if any(value is not None for value in chart.target):
        found.append((names["target"], palette.TARGET, "line"))
    return found
