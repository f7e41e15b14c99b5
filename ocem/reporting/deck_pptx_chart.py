"""The charts of a slide: native and editable, with the numbers behind them."""

import re
from copy import deepcopy
from typing import Any

from lxml import etree
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
    numbered,
    rounded_range,
)
from ocem.reporting.deck_layout import (
    RULE,
    ChartBox,
)

FONT = "Calibri"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DAY_FORMAT = "dd/mm/yyyy"

NOT_IN_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


def add_chart(slide: Any, box: ChartBox, lang: str) -> None:
    """Draw a chart into its box."""
    chart = box.chart
    if isinstance(chart, ControlChart):
        frame = _add(slide, box, _control_data(chart), XL_CHART_TYPE.LINE_MARKERS)
        _dress_control(frame.chart, chart)
    else:
        frame = _add(slide, box, _period_data(chart), XL_CHART_TYPE.COLUMN_CLUSTERED)
        _dress_periods(frame.chart, chart)
    about = frame._element.nvGraphicFramePr.cNvPr
    about.set("descr", sound(chart.alt))
    about.set("name", sound(chart.title))


def _add(slide: Any, box: ChartBox, data: CategoryChartData, kind: Any) -> Any:
    return slide.shapes.add_chart(kind, Pt(box.x), Pt(box.y), Pt(box.w), Pt(box.h), data)


def _control_data(chart: ControlChart) -> CategoryChartData:
    data = CategoryChartData(number_format=chart.number_format)
    data.categories = chart.days
    data.categories.number_format = DAY_FORMAT
    for name in ("value", "lower", "centre", "upper"):
        data.add_series(sound(chart.names[name]), getattr(chart, name))
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
        label.font.color.rgb = rgb(TEXT)
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
    for place, numbers, _events in numbered(chart):
        point = series.points[place]
        marker = point.marker
        _round(marker, palette.COMPARISON, 7)
        label = point.data_label
        label.text_frame.text = numbers
        label.position = XL_LABEL_POSITION.ABOVE
        font = label.text_frame.paragraphs[0].runs[0].font
        font.size, font.bold = Pt(10), True
        font.color.rgb = rgb(palette.COMPARISON)


def _period_data(chart: PeriodChart) -> CategoryChartData:
    data = CategoryChartData(number_format=chart.number_format)
    data.categories = [sound(label) for label in chart.labels]
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
    font.color.rgb = rgb(MUTED)
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
        series.format.line.color.rgb = rgb(palette.AFTER)
    elif name == "target":
        series.format.line.fill.background()
        series.smooth = False
        marker = series.marker
        marker.style, marker.size = XL_MARKER_STYLE.DASH, 14
        marker.format.fill.solid()
        marker.format.fill.fore_color.rgb = rgb(palette.TARGET)
        marker.format.line.fill.background()
    elif is_line:
        before = name == "before"
        colour = palette.BEFORE if before else palette.AFTER
        _line(series, colour, 1.25 if before else 2.25, MSO_LINE_DASH_STYLE.ROUND_DOT if before else None)
        _round(series.marker, colour, 4 if before else 6)
    else:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = rgb(palette.AFTER)


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
    native.legend.font.color.rgb = rgb(MUTED)
    native.font.name = FONT
    values, names = native.value_axis, native.category_axis
    values.minimum_scale, values.maximum_scale, values.major_unit = rounded_range(low, high)
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = rgb(GRID)
    values.format.line.fill.background()
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = number_format, False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.has_major_gridlines = False
    names.format.line.color.rgb = rgb(RULE)
    for axis in (values, names):
        axis.tick_labels.font.size = Pt(9)
        axis.tick_labels.font.color.rgb = rgb(MUTED)


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
    series.format.line.color.rgb = rgb(colour)
    series.format.line.width = Pt(width)
    if dash is not None:
        series.format.line.dash_style = dash


def _round(marker: Any, colour: str, size: int, edge: str = "") -> None:
    marker.style, marker.size = XL_MARKER_STYLE.CIRCLE, size
    marker.format.fill.solid()
    marker.format.fill.fore_color.rgb = rgb(colour)
    marker.format.line.color.rgb = rgb(edge or colour)


def _hatch(fill: Any) -> None:
    fill.patterned()
    fill.pattern = MSO_PATTERN_TYPE.WIDE_UPWARD_DIAGONAL
    fill.fore_color.rgb = rgb(palette.AFTER)
    fill.back_color.rgb = rgb("#FFFFFF")


def rgb(colour: str) -> Any:
    """Return a colour as the library wants it."""
    return RGBColor.from_string(colour.lstrip("#").upper())


def sound(text: str) -> str:
    """Leave out signs that XML cannot hold."""
    return NOT_IN_XML.sub(" ", text)
