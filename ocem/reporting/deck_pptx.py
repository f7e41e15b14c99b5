"""The deck as PPTX: 16:9 slides, real titles, tables and native charts whose numbers can be edited."""

import re
from copy import deepcopy
from html import escape
from io import BytesIO
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE_DASH_STYLE, MSO_PATTERN_TYPE
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Pt

from ocem.reporting import palette
from ocem.reporting.deck_chart import (
    GRID,
    MUTED,
    TEXT,
    TONES,
    ControlChart,
    PeriodChart,
    Values,
    control_range,
    rounded_range,
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
from ocem.reporting.deck_slide import Deck

SIZE = (960.0, 540.0)
TITLE_ONLY = 5
"""Place of the layout with nothing but a title in the default template."""
FONT = "Calibri"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
NOT_IN_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
DAY_FORMAT = "dd/mm/yyyy"
PLAIN_TABLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""The built-in table style without lines and colours."""
ALIGN = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT}


def as_bytes(deck: Deck) -> bytes:
    """Return the deck as PPTX."""
    show = Presentation()
    show.slide_width, show.slide_height = Pt(SIZE[0]), Pt(SIZE[1])
    properties = show.core_properties
    properties.title = _sound(f"{deck.title} · {deck.slides[0].title}")[:255]
    properties.author = _sound(deck.author)[:255]
    properties.subject = _sound(deck.footer)[:255]
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
        slide.background.fill.fore_color.rgb = _rgb(page.background)
    for item in page.items:
        _place(slide, item, lang)


def _place(slide: Any, item: Placed, lang: str) -> None:
    match item:
        case Block():
            shape = slide.shapes.add_shape(
                MSO_SHAPE.RECTANGLE, Pt(item.x), Pt(item.y), Pt(item.w), Pt(max(item.h, 0.6))
            )
            shape.fill.solid()
            shape.fill.fore_color.rgb = _rgb(item.colour)
            shape.line.fill.background()
            shape.shadow.inherit = False
        case TextBox():
            _text(slide, item, lang)
        case TableBox():
            _table(slide, item, lang)
        case ChartBox():
            _chart(slide, item, lang)


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
        f'<a:latin typeface="{FONT}"/></a:rPr><a:t>{escape(_sound(text))}</a:t></a:r>',
        None,
    )
    paragraph._p.append(run)


def _sound(text: str) -> str:
    """Leave out signs that XML cannot hold."""
    return NOT_IN_XML.sub(" ", text)


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


def _chart(slide: Any, box: ChartBox, lang: str) -> None:
    chart = box.chart
    if isinstance(chart, ControlChart):
        frame = _add(slide, box, _control_data(chart), XL_CHART_TYPE.LINE_MARKERS)
        _dress_control(frame.chart, chart)
    else:
        frame = _add(slide, box, _period_data(chart), XL_CHART_TYPE.COLUMN_CLUSTERED)
        _dress_periods(frame.chart, chart)
    about = frame._element.nvGraphicFramePr.cNvPr
    about.set("descr", _sound(chart.alt))
    about.set("name", _sound(chart.title))


def _add(slide: Any, box: ChartBox, data: CategoryChartData, kind: Any) -> Any:
    return slide.shapes.add_chart(kind, Pt(box.x), Pt(box.y), Pt(box.w), Pt(box.h), data)


def _control_data(chart: ControlChart) -> CategoryChartData:
    data = CategoryChartData(number_format=chart.number_format)
    data.categories = chart.days
    data.categories.number_format = DAY_FORMAT
    for name in ("value", "lower", "centre", "upper"):
        data.add_series(_sound(chart.names[name]), getattr(chart, name))
    if chart.target is not None:
        data.add_series(chart.names["target"], [chart.target] * len(chart.labels))
    if chart.events:
        low, high = control_range(chart)
        top = high - 0.03 * (high - low)
        touched = {place for event in chart.events for place in range(event.first, event.last + 1)}
        data.add_series(chart.names["event"], [top if i in touched else None for i in range(len(chart.labels))])
    return data


def _dress_control(native: Any, chart: ControlChart) -> None:
    low, high = control_range(chart)
    _axes(native, chart.number_format, low, high)
    _months(native.category_axis, len(chart.days))
    _hide_in_legend(native, [3] + ([4 + (chart.target is not None)] if chart.events else []))
    looks: dict[str, tuple[str, float, Any]] = {
        "value": (palette.AFTER, 2.0, None),
        "lower": (palette.EXPECTED, 1.25, None),
        "centre": (palette.INK, 1.0, MSO_LINE_DASH_STYLE.DASH),
        "upper": (palette.EXPECTED, 1.25, None),
        "target": (palette.TARGET, 1.25, MSO_LINE_DASH_STYLE.ROUND_DOT),
    }
    series = list(native.plots[0].series)
    names = ["value", "lower", "centre", "upper"] + (["target"] if chart.target is not None else [])
    for item, name in zip(series, names, strict=False):
        colour, width, dash = looks[name]
        _line(item, colour, width, dash)
        item.marker.style = XL_MARKER_STYLE.NONE
    _mark_points(series[0], chart)
    if chart.events:
        _mark_events(series[-1], chart)


def _mark_points(series: Any, chart: ControlChart) -> None:
    """Mark signals, weeks left out, the unfinished week, and write the last value."""
    for place, tone in enumerate(chart.tones):
        if chart.value[place] is None:
            continue
        if not chart.finished[place]:
            marker = series.points[place].marker
            marker.style, marker.size = XL_MARKER_STYLE.SQUARE, 11
            _hatch(marker.format.fill)
        elif tone:
            _round(series.points[place].marker, TONES[tone], 8)
        elif chart.excluded[place]:
            _round(series.points[place].marker, "#FFFFFF", 6, palette.INK)
    last = max((place for place, value in enumerate(chart.value) if value is not None), default=None)
    if last is not None:
        label = series.points[last].data_label
        label.has_text_frame = False
        label.position = XL_LABEL_POSITION.ABOVE
        label.font.size, label.font.bold = Pt(10), True
        label.font.color.rgb = _rgb(TEXT)
        _show_value(label, chart.number_format)


def _show_value(label: Any, number_format: str) -> None:
    """Let a data label follow its number, written in the chart's format."""
    element = label._get_or_add_dLbl()
    for old in element.findall(qn("c:numFmt")):
        element.remove(old)
    form = etree.Element(qn("c:numFmt"), formatCode=number_format, sourceLinked="0")
    element.insert(1, form)


def _mark_events(series: Any, chart: ControlChart) -> None:
    """Write the number of each event at the top, above a bar as long as it lasted."""
    _line(series, palette.COMPARISON, 4.0, None)
    series.marker.style = XL_MARKER_STYLE.NONE
    numbers: dict[int, list[str]] = {}
    for event in chart.events:
        numbers.setdefault(event.first, []).append(str(event.number))
    for place, texts in numbers.items():
        point = series.points[place]
        marker = point.marker
        _round(marker, palette.COMPARISON, 7)
        label = point.data_label
        label.text_frame.text = ", ".join(texts)
        label.position = XL_LABEL_POSITION.ABOVE
        font = label.text_frame.paragraphs[0].runs[0].font
        font.size, font.bold = Pt(10), True
        font.color.rgb = _rgb(palette.COMPARISON)


def _period_data(chart: PeriodChart) -> CategoryChartData:
    data = CategoryChartData(number_format=chart.number_format)
    data.categories = [_sound(label) for label in chart.labels]
    for name in _shown(chart):
        data.add_series(chart.names[name], getattr(chart, name))
    return data


def _shown(chart: PeriodChart) -> list[str]:
    """Return the series that have anything to show, columns before lines."""
    columns = ["value", "unfinished"] if chart.is_total else ["unfinished", "value"]
    found = [*columns, "before", "target"]
    return [name for name in found if name == "value" or _any(getattr(chart, name))]


def _any(values: Values) -> bool:
    return any(value is not None for value in values)


def _dress_periods(native: Any, chart: PeriodChart) -> None:
    names = _shown(chart)
    as_lines = ["before", "target"] if chart.is_total else ["value", "before", "target"]
    lines = [place for place, name in enumerate(names) if name in as_lines]
    plot = native.plots[0]
    plot.gap_width, plot.overlap = 55, 100
    _move_to_lines(native, lines)
    _axes(native, chart.number_format, chart.low, chart.high)
    native.has_title = True
    native.chart_title.text_frame.text = chart.title
    font = native.chart_title.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(11), False
    font.color.rgb = _rgb(MUTED)
    for drawn in native.plots:
        for series in drawn.series:
            name = next(key for key in names if chart.names[key] == series.name)
            _dress_series(series, name, name in as_lines)
            if name == "before":
                for place, running in enumerate(chart.unfinished):
                    if running is not None:  # no line runs on to days matched with a running period
                        series.points[place].format.line.fill.background()
                        _round(series.points[place].marker, palette.BEFORE, 4)


def _dress_series(series: Any, name: str, is_line: bool) -> None:
    if name == "unfinished":
        _hatch(series.format.fill)
        series.format.line.color.rgb = _rgb(palette.AFTER)
    elif name == "target":
        series.format.line.fill.background()
        series.smooth = False
        marker = series.marker
        marker.style, marker.size = XL_MARKER_STYLE.DASH, 14
        marker.format.fill.solid()
        marker.format.fill.fore_color.rgb = _rgb(palette.TARGET)
        marker.format.line.fill.background()
    elif is_line:
        before = name == "before"
        colour = palette.BEFORE if before else palette.AFTER
        _line(series, colour, 1.25 if before else 2.25, MSO_LINE_DASH_STYLE.ROUND_DOT if before else None)
        _round(series.marker, colour, 4 if before else 6)
    else:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _rgb(palette.AFTER)


def _move_to_lines(native: Any, places: list[int]) -> None:
    """Turn some columns into lines on the same axes: python-pptx makes charts of one kind only."""
    if not places:
        return
    columns = native._chartSpace.find(f".//{qn('c:barChart')}")
    moved = [series for place, series in enumerate(columns.findall(qn("c:ser"))) if place in places]
    line = etree.Element(qn("c:lineChart"))
    etree.SubElement(line, qn("c:grouping"), val="standard")
    etree.SubElement(line, qn("c:varyColors"), val="0")
    for series in moved:
        columns.remove(series)
        for old in series.findall(qn("c:invertIfNegative")):
            series.remove(old)
        line.append(series)
        etree.SubElement(series, qn("c:smooth"), val="0")
    etree.SubElement(line, qn("c:marker"), val="1")
    for axis in columns.findall(qn("c:axId")):
        line.append(deepcopy(axis))
    columns.addnext(line)
    if not columns.findall(qn("c:ser")):
        columns.getparent().remove(columns)


def _axes(native: Any, number_format: str, low: float, high: float) -> None:
    native.has_title = False
    native.has_legend = True
    native.legend.position = XL_LEGEND_POSITION.BOTTOM
    native.legend.include_in_layout = False
    native.legend.font.size = Pt(9)
    native.legend.font.color.rgb = _rgb(MUTED)
    native.font.name = FONT
    values, names = native.value_axis, native.category_axis
    values.minimum_scale, values.maximum_scale, values.major_unit = rounded_range(low, high)
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = _rgb(GRID)
    values.format.line.fill.background()
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = number_format, False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.has_major_gridlines = False
    names.format.line.color.rgb = _rgb(RULE)
    for axis in (values, names):
        axis.tick_labels.font.size = Pt(9)
        axis.tick_labels.font.color.rgb = _rgb(MUTED)


def _months(axis: Any, weeks: int) -> None:
    """Let a scale of days show months, few enough to be read; both programs that open the file obey."""
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "mmm yy", False
    element = axis._element
    for tag in ("c:baseTimeUnit", "c:majorUnit", "c:majorTimeUnit"):
        for old in element.findall(qn(tag)):
            element.remove(old)
    offset = element.find(qn("c:lblOffset"))
    for tag, value in (
        ("c:majorTimeUnit", "months"),
        ("c:majorUnit", str(max(1, round(weeks / 4.35 / 7)))),
        ("c:baseTimeUnit", "days"),
    ):
        offset.addnext(etree.fromstring(f'<{tag} xmlns:c="{CHART}" val="{value}"/>'))


def _hide_in_legend(native: Any, places: list[int]) -> None:
    """Leave series out of the legend that the slide explains otherwise: the second limit, the events."""
    position = native.legend._element.find(qn("c:legendPos"))
    for place in reversed(places):
        entry = f'<c:legendEntry xmlns:c="{CHART}"><c:idx val="{place}"/><c:delete val="1"/></c:legendEntry>'
        position.addnext(etree.fromstring(entry))


def _line(series: Any, colour: str, width: float, dash: Any) -> None:
    series.smooth = False
    series.format.line.color.rgb = _rgb(colour)
    series.format.line.width = Pt(width)
    if dash is not None:
        series.format.line.dash_style = dash


def _round(marker: Any, colour: str, size: int, edge: str = "") -> None:
    marker.style, marker.size = XL_MARKER_STYLE.CIRCLE, size
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = _rgb(colour)
    marker.format.line.color.rgb = _rgb(edge or colour)


def _hatch(fill: Any) -> None:
    fill.patterned()
    fill.pattern = MSO_PATTERN_TYPE.WIDE_UPWARD_DIAGONAL
    fill.fore_color.rgb = _rgb(palette.AFTER)
    fill.back_color.rgb = _rgb("#FFFFFF")


def _rgb(colour: str) -> Any:
    return RGBColor.from_string(colour.lstrip("#").upper())
