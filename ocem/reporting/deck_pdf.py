"""The deck as PDF: A4 landscape, text that can be searched and copied, typeface embedded, charts as drawings."""

from io import BytesIO
from typing import Any

from ocem.reporting.deck_chart import MUTED, Area, ControlChart, Dot, Label, Line, Mark, draw_control, draw_periods
from ocem.reporting.deck_layout import (
    CELL_X,
    CELL_Y,
    RULE,
    SMALL,
    Block,
    ChartBox,
    Page,
    Placed,
    TableBox,
    TextBox,
    legend,
    pages,
    tone_colour,
)
from ocem.reporting.deck_slide import Deck
from ocem.reporting.deck_type import LEADING, font_name, printable, width

A4 = (841.89, 595.28)
LEGEND = 8.0


def as_bytes(deck: Deck) -> bytes:
    """Return the deck as PDF."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, lang=deck.lang)
    canvas.setTitle(printable(f"{deck.title} · {deck.slides[0].title}"))
    canvas.setAuthor(printable(deck.author))
    canvas.setSubject(printable(deck.footer))
    for number, page in enumerate(pages(deck, *A4)):
        _page(canvas, page, number)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _page(canvas: Any, page: Page, number: int) -> None:
    canvas.bookmarkPage(f"p{number}")
    canvas.addOutlineEntry(printable(page.title), f"p{number}", 0)
    if page.background != "#FFFFFF":
        canvas.setFillColor(page.background)
        canvas.rect(0, 0, *A4, stroke=0, fill=1)
    for item in page.items:
        _place(canvas, item)


def _place(canvas: Any, item: Placed) -> None:
    match item:
        case Block():
            canvas.setFillColor(item.colour)
            canvas.rect(item.x, A4[1] - item.y - item.h, item.w, item.h, stroke=0, fill=1)
        case TextBox():
            _lines(canvas, item.lines, item.x, item.y, item.w, item.size, item.colour, item.strong, item.align)
        case TableBox():
            _table(canvas, item)
        case ChartBox():
            _chart(canvas, item)


def _lines(
    canvas: Any, lines: tuple[str, ...], x: float, y: float, w: float, size: float, colour: str, strong: bool,
    align: str,
) -> None:  # fmt: skip
    """Write lines from the top of a box down; (x, y) is its upper left corner."""
    canvas.setFont(font_name(strong), size)
    canvas.setFillColor(colour)
    for number, line in enumerate(lines):
        base = A4[1] - y - number * size * LEADING - size
        if align == "right":
            canvas.drawRightString(x + w, base, line)
        else:
            canvas.drawString(x, base, line)


def _table(canvas: Any, table: TableBox) -> None:
    y = table.y
    for number, (row, lines, height) in enumerate(zip(table.rows, table.lines, table.heights, strict=True)):
        x = table.x
        head = number == 0
        for column, cell, texts, w in zip(table.columns, row, lines, table.widths, strict=True):
            colour = MUTED if head else tone_colour(cell.tone)
            _lines(
                canvas, texts, x + CELL_X, y + CELL_Y, w - 2 * CELL_X, SMALL if head else table.size, colour,
                cell.strong or head, "right" if column.right else "left",
            )  # fmt: skip
            x += w
        y += height
        canvas.setStrokeColor(MUTED if head else RULE)
        canvas.setLineWidth(0.8 if head else 0.4)
        canvas.line(table.x, A4[1] - y, table.x + table.w, A4[1] - y)


def _chart(canvas: Any, box: ChartBox) -> None:
    room = box.h - LEGEND - 10
    chart = box.chart
    if isinstance(chart, ControlChart):
        marks = draw_control(chart, box.w, room)
    else:
        marks = draw_periods(chart, box.w, room)
    canvas.saveState()
    canvas.translate(box.x, A4[1] - box.y)
    for mark in marks:
        _mark(canvas, mark)
    canvas.restoreState()
    _legend(canvas, box)


def _mark(canvas: Any, mark: Mark) -> None:
    match mark:
        case Line():
            canvas.setStrokeColor(mark.colour)
            canvas.setLineWidth(mark.width)
            canvas.setDash(*([list(mark.dash)] if mark.dash else []))
            path = canvas.beginPath()
            path.moveTo(mark.points[0][0], -mark.points[0][1])
            for x, y in mark.points[1:]:
                path.lineTo(x, -y)
            canvas.drawPath(path)
            canvas.setDash()
        case Area():
            canvas.setFillColor(mark.colour, alpha=mark.opacity)
            path = canvas.beginPath()
            path.moveTo(mark.points[0][0], -mark.points[0][1])
            for x, y in mark.points[1:]:
                path.lineTo(x, -y)
            path.close()
            canvas.drawPath(path, stroke=0, fill=1)
            canvas.setFillAlpha(1)
        case Dot():
            canvas.setLineWidth(1)
            canvas.setStrokeColor(mark.colour)
            canvas.setFillColor("#FFFFFF" if mark.hollow else mark.colour)
            canvas.circle(mark.x, -mark.y, mark.radius, stroke=1, fill=1)
        case Label():
            canvas.setFont(font_name(mark.bold), mark.size)
            canvas.setFillColor(mark.colour)
            write_at = {"start": canvas.drawString, "middle": canvas.drawCentredString, "end": canvas.drawRightString}
            write_at[mark.anchor](mark.x, -mark.y, printable(mark.text))


def _legend(canvas: Any, box: ChartBox) -> None:
    x, y = box.x + 8, A4[1] - box.y - box.h + 3
    for name, colour, look in legend(box.chart):
        name = printable(name)
        canvas.setStrokeColor(colour)
        canvas.setFillColor(colour)
        canvas.setLineWidth(1.6)
        if look == "dot":
            canvas.circle(x + 7, y + 2.6, 3, stroke=0, fill=1)
        elif look in ("bar", "hatch"):
            canvas.setLineWidth(0.8)
            canvas.rect(x + 2, y - 0.5, 9, 6.5, stroke=1, fill=look == "bar")
            if look == "hatch":
                canvas.line(x + 2, y - 0.5, x + 8.5, y + 6)
                canvas.line(x + 6, y - 0.5, x + 11, y + 4.5)
        else:
            canvas.setDash(*([[3, 2]] if look == "dash" else []))
            canvas.line(x, y + 2.6, x + 14, y + 2.6)
            canvas.setDash()
        canvas.setFillColor(MUTED)
        canvas.setFont(font_name(False), LEGEND)
        canvas.drawString(x + 18, y, name)
        x += 34 + width(name, LEGEND)
