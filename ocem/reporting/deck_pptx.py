"""The deck as PPTX: 16:9 slides, real titles, tables and native charts whose numbers can be edited."""

from html import escape
from io import BytesIO
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Pt

from ocem.reporting.deck_chart import (
    MUTED,
)
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
    pages,
    tone_colour,
)
from ocem.reporting.deck_pptx_chart import DRAWING, FONT, add_chart, rgb, sound
from ocem.reporting.deck_slide import Deck

SIZE = (960.0, 540.0)
TITLE_ONLY = 5
"""Place of the layout with nothing but a title in the default template."""
PLAIN_TABLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""The built-in table style without lines and colours."""
ALIGN = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT}


def as_bytes(deck: Deck) -> bytes:
    """Return the deck as PPTX."""
    show = Presentation()
    show.slide_width, show.slide_height = Pt(SIZE[0]), Pt(SIZE[1])
    properties = show.core_properties
    properties.title = sound(f"{deck.title} · {deck.slides[0].title}")[:255]
    properties.author = sound(deck.author)[:255]
    properties.subject = sound(deck.footer)[:255]
    properties.language = deck.lang
    for page in pages(deck, *SIZE):
        _page(show, page, deck.lang)
    buffer = BytesIO()
    show.save(buffer)
    return buffer.getvalue()


def _page(show: Any, page: Page, lang: str) -> None:
    slide = show.slides.add_slide(show.slide_layouts[TITLE_ONLY])
    if page.background != "#FFFFFF":
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = rgb(page.background)
    for item in page.items:
        _place(slide, item, lang)


def _place(slide: Any, item: Placed, lang: str) -> None:
    match item:
        case Block():
            shape = slide.shapes.add_shape(
                MSO_SHAPE.RECTANGLE, Pt(item.x), Pt(item.y), Pt(item.w), Pt(max(item.h, 0.6))
            )
            shape.fill.solid()
            shape.fill.fore_color.rgb = rgb(item.colour)
            shape.line.fill.background()
            shape.shadow.inherit = False
        case TextBox():
            _text(slide, item, lang)
        case TableBox():
            _table(slide, item, lang)
        case ChartBox():
            add_chart(slide, item, lang)


def _text(slide: Any, item: TextBox, lang: str) -> None:
    if item.role == "title":
        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = Pt(item.x), Pt(item.y), Pt(item.w), Pt(item.h)
    else:
        shape = slide.shapes.add_textbox(Pt(item.x), Pt(item.y), Pt(item.w), Pt(item.h))
    frame = shape.text_frame
    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.NONE
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    paragraph = frame.paragraphs[0]
    paragraph.alignment = ALIGN[item.align]
    _run(paragraph, _whole(item), item.size, item.colour, item.strong, lang)


def _whole(item: TextBox) -> str:
    """Return the text as written, or as cut where it was too long for its place."""
    cut = item.lines and item.lines[-1].endswith("\u2026") and not item.text.endswith("\u2026")
    return " ".join(item.lines) if cut else " ".join(item.text.split())


def _run(paragraph: Any, text: str, size: float, colour: str, strong: bool, lang: str) -> None:
    """Write one run; spelled out, because a deck has thousands of them."""
    run = etree.fromstring(
        f'<a:r xmlns:a="{DRAWING}"><a:rPr lang="{"it-IT" if lang == "it" else "en-GB"}" sz="{round(size * 100)}" '
        f'b="{int(strong)}" dirty="0"><a:solidFill><a:srgbClr val="{colour.lstrip("#")}"/></a:solidFill>'
        f'<a:latin typeface="{FONT}"/></a:rPr><a:t>{escape(sound(text))}</a:t></a:r>',
        None,
    )
    paragraph._p.append(run)


def _table(slide: Any, box: TableBox, lang: str) -> None:
    frame = slide.shapes.add_table(len(box.rows), len(box.columns), Pt(box.x), Pt(box.y), Pt(box.w), Pt(box.h))
    table = frame.table
    properties = table._tbl.tblPr
    properties.find(qn("a:tableStyleId")).text = PLAIN_TABLE
    table.horz_banding = False
    for column, width in zip(table.columns, box.widths, strict=True):
        column.width = Pt(width)
    for number, (row, height) in enumerate(zip(box.rows, box.heights, strict=True)):
        table.rows[number].height = Pt(height)
        for place, cell in enumerate(row):
            head = number == 0
            target = table.cell(number, place)
            target.margin_left = target.margin_right = Pt(CELL_X)
            target.margin_top = target.margin_bottom = Pt(CELL_Y)
            target.vertical_anchor = MSO_ANCHOR.TOP
            paragraph = target.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if box.columns[place].right else PP_ALIGN.LEFT
            lines = box.lines[number][place]
            cut = bool(lines) and lines[-1].endswith("\u2026")
            text = " ".join(lines) if cut else cell.text
            colour = MUTED if head else tone_colour(cell.tone)
            _run(paragraph, text, SMALL if head else box.size, colour, cell.strong or head, lang)
            _underline(target, MUTED if head else RULE, 0.9 if head else 0.5)


def _underline(cell: Any, colour: str, width: float) -> None:
    """Draw a line under a cell; python-pptx has no borders."""
    line = etree.fromstring(
        f'<a:lnB xmlns:a="{DRAWING}" w="{round(width * 12700)}"><a:solidFill><a:srgbClr val="{colour.lstrip("#")}"/>'
        "</a:solidFill></a:lnB>"
    )
    cell._tc.get_or_add_tcPr().append(line)
