"""The deck as XLSX: every number of the review as a number, every day as a day, with native charts.

Texts are written as texts whatever they begin with, so that nothing a person typed becomes a formula.
"""

from collections.abc import Iterable
from datetime import datetime, time
from io import BytesIO
from typing import Any

from ocem.i18n import Words
from ocem.reporting import palette
from ocem.reporting.deck_chart import MUTED, ControlChart, PeriodChart, Values, number_format, rounded_range
from ocem.reporting.deck_sheet import sheets
from ocem.reporting.deck_slide import Cell, Deck, Table

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a text may begin with to be taken for a formula once somebody edits the cell."""
WIDEST = 60
FORBIDDEN = str.maketrans("[]:*?/\\", "       ")


def as_bytes(deck: Deck) -> bytes:
    """Return the deck as XLSX."""
    from xlsxwriter import Workbook

    buffer = BytesIO()
    words = Words(deck.lang)
    book = _Book(Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}), words)
    book.about(deck)
    for name, table in sheets(deck.document, words):
        if table.columns:
            book.table(name, table)
    book.charts(deck)
    book.workbook.close()
    return buffer.getvalue()


class _Book:
    """A workbook being written, with its formats."""

    def __init__(self, workbook: Any, words: Words) -> None:
        self.workbook, self.words = workbook, words
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        """Return a cell format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.workbook.add_format({"font_name": "Calibri", "valign": "top", **properties})
        return self.formats[key]

    def sheet(self, name: str) -> Any:
        """Add a sheet; its name is cut to what a workbook allows."""
        return self.workbook.add_worksheet(name.translate(FORBIDDEN)[:31])

    def about(self, deck: Deck) -> None:
        """Write the first sheet: the headline, from which data, and how the figures were made."""
        _ = self.words.gettext
        sheet = self.sheet(_("Review"))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 110)
        cover = deck.slides[0]
        self._text(sheet, 0, 0, deck.title, bold=True, font_size=11, font_color=MUTED)
        self._text(sheet, 1, 0, cover.title, bold=True, font_size=16)
        self._text(sheet, 2, 0, cover.lead, font_color=MUTED)
        line = 4
        for name, value in cover.facts:
            self._text(sheet, line, 0, name, bold=True)
            self._text(sheet, line, 1, value, text_wrap=True)
            line += 1
        for title, lines in deck.slides[-1].lists:
            line += 1
            self._text(sheet, line, 0, title or deck.slides[-1].title, bold=True)
            for said in lines:
                self._text(sheet, line, 1, said, text_wrap=True)
                line += 1
        for table in deck.slides[-1].tables:
            self._rows(sheet, table, line + 1)

    def table(self, name: str, table: Table) -> None:
        """Write one table on a sheet of its own, with filters and a fixed head."""
        sheet = self.sheet(name)
        self._rows(sheet, table, 0)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for place, column in enumerate(table.columns):
            texts = [column.name, *(row[place].text for row in table.rows)]
            sheet.set_column(place, place, min(max(map(len, texts)) * 1.05 + 2, WIDEST))

    def charts(self, deck: Deck) -> None:
        """Write the charts with the numbers they draw beside them."""
        drawn = [(slide, chart) for slide in deck.slides for chart in (slide.chart, *slide.periods) if chart]
        if not drawn:
            return
        sheet = self.sheet(self.words.gettext("Drawn charts"))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 14)
        line = 0
        for slide, chart in drawn:
            self._text(sheet, line, 0, f"{slide.title} · {chart.title}", bold=True)
            if isinstance(chart, ControlChart):
                series = _control_series(chart)
            else:
                series = _period_series(chart)
            native = self._native(sheet, chart, series, line + 1)
            sheet.insert_chart(line + 1, len(series) + 2, native, {"description": chart.alt})
            line += max(len(chart.labels) + 3, 18)

    def _native(self, sheet: Any, chart: ControlChart | PeriodChart, series: list["_Series"], line: int) -> Any:
        """Write a chart's numbers from a line on and return the chart that draws them."""
        form = self.format(num_format=chart.number_format)
        for place, item in enumerate(series, 1):
            self._text(sheet, line, place, item.name, bold=True, font_color=MUTED)
            for at, value in enumerate(item.values, 1):
                if value is not None:
                    sheet.write_number(line + at, place, value, form)
        for at, label in enumerate(chart.labels, 1):
            self._text(sheet, line + at, 0, label)
        last = line + len(chart.labels)
        name = sheet.get_name()
        kinds: dict[str, Any] = {}
        for place, item in enumerate(series, 1):
            kind = kinds.setdefault(item.kind, self.workbook.add_chart({"type": item.kind}))
            kind.add_series(
                {
                    "name": [name, line, place],
                    "categories": [name, line + 1, 0, last, 0],
                    "values": [name, line + 1, place, last, place],
                    **item.look,
                }
            )
        main = kinds.get("column") or kinds["line"]
        if "column" in kinds and "line" in kinds:
            main.combine(kinds["line"])
        axis: dict[str, Any] = {"num_format": chart.number_format, "major_gridlines": {"visible": True, "line": {
            "color": "#E1E8EB"}}, "line": {"none": True}}  # fmt: skip
        if isinstance(chart, PeriodChart):
            axis["min"], axis["max"], axis["major_unit"] = rounded_range(chart.low, chart.high)
        main.set_y_axis(axis)
        main.set_x_axis({"label_position": "low", "interval_unit": max(1, len(chart.labels) // 9)})
        main.set_legend({"position": "bottom"})
        main.set_title({"name": chart.title, "name_font": {"size": 11, "bold": False}})
        main.set_size({"width": 860, "height": 330})
        main.show_blanks_as("gap")
        return main

    def _rows(self, sheet: Any, table: Table, top: int) -> None:
        head = {"bold": True, "bottom": 1, "font_color": MUTED, "text_wrap": True}
        for place, column in enumerate(table.columns):
            self._text(sheet, top, place, column.name, **head)
        for line, row in enumerate(table.rows, top + 1):
            for place, cell in enumerate(row):
                self._cell(sheet, line, place, cell)

    def _cell(self, sheet: Any, line: int, place: int, cell: Cell) -> None:
        if cell.day is not None:
            moment = datetime.combine(cell.day, time())
            sheet.write_datetime(line, place, moment, self.format(num_format="dd/mm/yyyy", align="left"))
        elif cell.number is not None:
            sheet.write_number(line, place, cell.number, self.format(num_format=number_format(self.words, cell.unit)))
        elif cell.text and not (cell.unit and cell.text == "–"):
            wrap = {"text_wrap": True} if len(cell.text) > WIDEST else {}
            self._text(sheet, line, place, cell.text, **wrap)

    def _text(self, sheet: Any, line: int, place: int, text: str, **properties: Any) -> None:
        if text.startswith(RISKY):
            properties["quote_prefix"] = True
        sheet.write_string(line, place, text[:32767], self.format(**properties))


class _Series:
    """One series of a native chart."""

    def __init__(self, name: str, values: Values, kind: str, look: dict[str, Any]) -> None:
        self.name, self.values, self.kind, self.look = name, values, kind, look


def _control_series(chart: ControlChart) -> list[_Series]:
    looks: Iterable[tuple[str, str, float, str]] = (
        ("value", palette.AFTER, 2.0, "solid"),
        ("lower", palette.EXPECTED, 1.25, "solid"),
        ("centre", palette.INK, 1.0, "dash"),
        ("upper", palette.EXPECTED, 1.25, "solid"),
    )
    found = [
        _Series(chart.names[name], getattr(chart, name), "line", _line(colour, width, dash))
        for name, colour, width, dash in looks
    ]
    if chart.target is not None:
        values = (chart.target,) * len(chart.labels)
        found.append(_Series(chart.names["target"], values, "line", _line(palette.TARGET, 1.25, "round_dot")))
    return found


def _period_series(chart: PeriodChart) -> list[_Series]:
    pattern = {"pattern": "wide_upward_diagonal", "fg_color": palette.AFTER, "bg_color": "#FFFFFF"}
    hatched = {"pattern": pattern, "border": {"color": palette.AFTER}, "gap": 55, "overlap": 100}
    if chart.is_total:
        now = _Series(chart.names["value"], chart.value, "column", {"fill": {"color": palette.AFTER}, "gap": 55})
    else:
        now = _Series(chart.names["value"], chart.value, "line", _line(palette.AFTER, 2.25, "solid"))
    mark = {"type": "long_dash", "size": 12, "fill": {"color": palette.TARGET}, "border": {"none": True}}
    found = [
        now,
        _Series(chart.names["unfinished"], chart.unfinished, "column", hatched),
        _Series(chart.names["before"], chart.before, "line", _line(palette.BEFORE, 1.25, "round_dot")),
        _Series(chart.names["target"], chart.target, "line", {"line": {"none": True}, "marker": mark}),
    ]
    return [item for item in found if item is now or any(value is not None for value in item.values)]


def _line(colour: str, width: float, dash: str) -> dict[str, Any]:
    return {"line": {"color": colour, "width": width, "dash_type": dash}}
