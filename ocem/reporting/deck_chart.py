"""Charts of the deck: what a control chart and a 6-12 chart show, and how they are drawn as plain marks.

A chart holds numbers in the unit people read. PPTX and XLSX make native charts of them; PDF
and HTML draw the marks below, so that no browser is needed and the same document gives the same page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10

from ocem.i18n import Words, formats
from ocem.reporting import palette

Values = tuple[float | None, ...]
TEXT = "#14232C"
MUTED = "#5A6A74"
GRID = "#E1E8EB"
GOOD, BAD, NEUTRAL = "#1F9D6B", "#D0473B", "#B97A1E"
CLOSE = 0.04
"""Share of the places within which events share one number."""
TONES = {"good": GOOD, "bad": BAD, "open": NEUTRAL}


@dataclass(frozen=True)
class EventMark:
    """An event over the places first to last of a chart; `number` is its place in the list beside the chart."""

    number: int
    first: int
    last: int
    label: str


@dataclass(frozen=True)
class ControlChart:
    """A KPI by week with its limits; `tones` marks the weeks with a signal: ``good``, ``bad``, ``open`` or empty."""

    title: str
    names: dict[str, str]
    """Of the series: ``value``, ``lower``, ``centre``, ``upper``, ``target``, ``signal``, ``event``."""
    unit: str
    number_format: str
    days: tuple[date, ...]
    labels: tuple[str, ...]
    value: Values
    lower: Values
    centre: Values
    upper: Values
    target: float | None
    tones: tuple[str, ...]
    excluded: tuple[bool, ...]
    finished: tuple[bool, ...]
    events: tuple[EventMark, ...]
    shown: Callable[[float], str]
    alt: str = ""


@dataclass(frozen=True)
class PeriodChart:
    """Weeks or months with the year before; unfinished places are hatched."""

    title: str
    names: dict[str, str]
    """Of the series: ``value``, ``before``, ``unfinished``, ``target``."""
    unit: str
    number_format: str
    is_total: bool
    labels: tuple[str, ...]
    value: Values
    before: Values
    unfinished: Values
    target: Values
    low: float
    high: float
    shown: Callable[[float], str]
    alt: str = ""


@dataclass(frozen=True)
class Line:
    """A broken line through points."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Area:
    """A filled outline; hatched ones are drawn as slanting lines inside it."""

    points: tuple[tuple[float, float], ...]
    colour: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Dot:
    """A round mark, filled or hollow."""

    x: float
    y: float
    radius: float
    colour: str
    hollow: bool = False


@dataclass(frozen=True)
class Label:
    """A word; `anchor` is ``start``, ``middle`` or ``end`` and y is its base line."""

    x: float
    y: float
    text: str
    size: float
    colour: str = MUTED
    anchor: str = "middle"
    bold: bool = False


Mark = Line | Area | Dot | Label


def number_format(words: Words, unit: str) -> str:
    """Return how spreadsheets and native charts write values of a readable unit.

    Examples
    --------
    >>> number_format(Words("it"), "share"), number_format(Words("it"), "days")
    ('0.0%', '0.0" gg"')
    """
    if unit == "days":
        day = words.gettext("d")
        return f'0.0" {day}"'
    return {
        "share": "0.0%",
        "points": "0.0",
        "eur": '#,##0" €"',
        "seconds": '0" s"',
        "minutes": '0.0" min"',
        "hours": '0.0" h"',
        "count": "#,##0",
        "score": "0.00",
        "ratio": "0.00",
    }.get(unit, "General")


def ticks(low: float, high: float, n: int = 5) -> list[float]:
    """Return round numbers within a range.

    Examples
    --------
    >>> ticks(0.0, 0.27)
    [0.0, 0.05, 0.1, 0.15, 0.2, 0.25]
    """
    span = high - low
    if not span > 0:
        return [low]
    raw = span / n
    size = 10.0 ** floor(log10(raw))
    step = min((step * size for step in (1, 2, 2.5, 5, 10)), key=lambda step: (abs(span / step - n), step))
    start = -floor(-low / step + 1e-9)
    found = []
    while start * step <= high + 1e-9 * span:
        found.append(round(start * step, 12) + 0.0)
        start += 1
    return found


def draw_control(chart: ControlChart, width: float, height: float, size: float = 8.0) -> list[Mark]:
    """Draw a control chart into a box with its origin at the upper left."""
    low, high = control_range(chart)
    left, right, top, foot = _left(chart.shown, low, high, size), _right(chart, size), size * 2.0, size * 2.4
    area = Frame(left, top, width - right, height - foot, low, high, len(chart.labels))
    marks = _grid(area, chart.shown, size)
    marks += _bands(area, chart, size)
    marks += _limits(area, chart, size)
    marks += [Line(run, palette.AFTER, 1.6) for run in area.runs(chart.value)]
    for place, (value, tone) in enumerate(zip(chart.value, chart.tones, strict=True)):
        if value is None:
            continue
        x, y = area.at(place, value)
        if not chart.finished[place]:
            marks += hatched(x - 3.5, y, x + 3.5, area.bottom, palette.AFTER)
        elif tone:
            marks.append(Dot(x, y, 3.6, TONES[tone]))
        elif chart.excluded[place]:
            marks.append(Dot(x, y, 2.0, palette.INK, hollow=True))
        else:
            marks.append(Dot(x, y, 1.5, palette.AFTER))
    return marks + _week_ticks(area, chart, size)


def control_range(chart: ControlChart) -> tuple[float, float]:
    """Return the scale of a control chart: everything drawn, with room at both ends."""
    known = [value for series in (chart.value, chart.lower, chart.upper, chart.centre) for value in series]
    known.append(chart.target)
    values = [value for value in known if value is not None] or [0.0, 1.0]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return rounded_range(max(low - room, 0.0) if low >= 0 else low - room, high + room)[:2]


def rounded_range(low: float, high: float) -> tuple[float, float, float]:
    """Widen a range to round ends; third, the distance of its marks.

    Examples
    --------
    >>> rounded_range(0.087, 0.207)
    (0.075, 0.225, 0.025)
    """
    marks = ticks(low, high)
    step = marks[1] - marks[0] if len(marks) > 1 else (high - low) or 1.0
    digits = max(0, 2 - floor(log10(step)))
    bottom = floor(low / step + 1e-9) * step
    top = -floor(-high / step + 1e-9) * step
    return round(bottom, digits) + 0.0, round(top, digits) + 0.0, round(step, digits)


def draw_periods(chart: PeriodChart, width: float, height: float, size: float = 8.0) -> list[Mark]:
    """Draw weeks or months into a box with its origin at the upper left."""
    left, top, foot = _left(chart.shown, chart.low, chart.high, size), size * 2.2, size * 2.4
    area = Frame(left, top, width - 4, height - foot, chart.low, chart.high, len(chart.labels))
    marks = [*_grid(area, chart.shown, size), Label(left, size, chart.title, size, MUTED, "start")]
    half = area.step * 0.31
    for place, value in enumerate(chart.value):
        if value is not None and chart.is_total:
            x, y = area.at(place, value)
            marks.append(Area(_corners(x - half, y, x + half, area.bottom), palette.AFTER))
    for place, value in enumerate(chart.unfinished):
        if value is not None:
            x, y = area.at(place, value)
            marks += hatched(x - half, y, x + half, area.bottom, palette.AFTER)
    for run in area.runs(_cut(chart.before, chart.unfinished)):
        marks.append(Line(run, palette.BEFORE, 1.0, (2, 2)))
    marks += [Dot(*area.at(i, v), 1.6, palette.BEFORE) for i, v in enumerate(chart.before) if v is not None]
    if not chart.is_total:
        marks += [Line(run, palette.AFTER, 1.8) for run in area.runs(chart.value)]
        marks += [Dot(*area.at(i, v), 2.2, palette.AFTER) for i, v in enumerate(chart.value) if v is not None]
    for place, value in enumerate(chart.target):
        if value is not None:
            x, y = area.at(place, value)
            marks.append(Line(((x - half, y), (x + half, y)), palette.TARGET, 2.0))
    for place, label in enumerate(chart.labels):
        marks.append(Label(area.x(place), area.bottom + size * 1.4, label, size * 0.92))
    return marks


def hatched(left: float, top: float, right: float, bottom: float, colour: str) -> list[Mark]:
    """Draw a hatched column."""
    marks: list[Mark] = [Line((*_corners(left, top, right, bottom), (left, top)), colour, 0.9)]
    width, height = right - left, bottom - top
    offset = 4.0
    while offset < width + height and height > 0:
        start = (left + max(offset - height, 0.0), top + min(offset, height))
        end = (left + min(offset, width), top + max(offset - width, 0.0))
        marks.append(Line((start, end), colour, 0.6))
        offset += 4.0
    return marks


@dataclass(frozen=True)
class Frame:
    """Where values and places lie inside a chart."""

    left: float
    top: float
    right: float
    bottom: float
    low: float
    high: float
    places: int

    @property
    def step(self) -> float:
        """The room of one place."""
        return (self.right - self.left) / max(self.places, 1)

    def x(self, place: float) -> float:
        """Return where the middle of a place lies."""
        return self.left + (place + 0.5) * self.step

    def y(self, value: float) -> float:
        """Return where a value lies."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.bottom - share * (self.bottom - self.top)

    def at(self, place: float, value: float) -> tuple[float, float]:
        """Return where a value of a place lies."""
        return self.x(place), self.y(value)

    def runs(self, values: Sequence[float | None]) -> list[tuple[tuple[float, float], ...]]:
        """Return the stretches without a gap."""
        found: list[list[tuple[float, float]]] = [[]]
        for place, value in enumerate(values):
            if value is None:
                found.append([])
            else:
                found[-1].append(self.at(place, value))
        return [tuple(run) for run in found if len(run) > 1]

    def steps(self, values: Sequence[float | None]) -> list[tuple[tuple[float, float], ...]]:
        """Return limits as stairs: each holds for its whole week."""
        found: list[list[tuple[float, float]]] = [[]]
        for place, value in enumerate(values):
            if value is None:
                found.append([])
            else:
                y = self.y(value)
                found[-1] += [(self.x(place - 0.5), y), (self.x(place + 0.5), y)]
        return [tuple(run) for run in found if run]


def _corners(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _cut(before: Values, unfinished: Values) -> list[float | None]:
    """Leave out of a line the places whose own period is not finished."""
    return [None if running is not None else value for value, running in zip(before, unfinished, strict=True)]


def _left(shown: Callable[[float], str], low: float, high: float, size: float) -> float:
    """Return the room that the numbers of the scale need."""
    return 8 + max(len(shown(tick)) for tick in ticks(low, high)) * size * 0.56


def _grid(area: Frame, shown: Callable[[float], str], size: float) -> list[Mark]:
    marks: list[Mark] = []
    for tick in ticks(area.low, area.high):
        y = area.y(tick)
        marks.append(Line(((area.left, y), (area.right, y)), GRID, 0.6))
        marks.append(Label(area.left - 5, y + size * 0.33, shown(tick), size, MUTED, "end"))
    return marks


def numbered(chart: ControlChart) -> list[tuple[int, str, tuple[EventMark, ...]]]:
    """Return where which number stands above a control chart; events that begin close to each other share one."""
    groups: list[list[EventMark]] = []
    for event in sorted(chart.events, key=lambda event: event.first):
        if groups and event.first - groups[-1][-1].first < CLOSE * len(chart.labels):
            groups[-1].append(event)
        else:
            groups.append([event])
    found = []
    for group in groups:
        numbers = sorted(event.number for event in group)
        label = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}\u2013{numbers[-1]}"
        found.append((group[0].first, label, tuple(group)))
    return found


def _bands(area: Frame, chart: ControlChart, size: float) -> list[Mark]:
    """Draw events as bands with their numbers above."""
    marks: list[Mark] = []
    for event in chart.events:
        left, right = area.x(event.first - 0.4), area.x(event.last + 0.4)
        marks.append(Area(_corners(left, area.top, right, area.bottom), palette.COMPARISON, 0.13))
    for place, label, _events in numbered(chart):
        marks.append(Label(area.x(place), area.top - 3, label, size, palette.COMPARISON, "middle", True))
    return marks


def _limits(area: Frame, chart: ControlChart, size: float) -> list[Mark]:
    marks: list[Mark] = []
    for values in (chart.lower, chart.upper):
        marks += [Line(run, palette.EXPECTED, 0.9) for run in area.steps(values)]
    marks += [Line(run, palette.INK, 0.8, (4, 3)) for run in area.steps(chart.centre)]
    named = [("upper", _last(chart.upper), palette.EXPECTED), ("centre", _last(chart.centre), palette.INK)]
    named += [("lower", _last(chart.lower), palette.EXPECTED), ("target", chart.target, palette.TARGET)]
    if chart.target is not None:
        y = area.y(chart.target)
        marks.append(Line(((area.left, y), (area.right, y)), palette.TARGET, 1.0, (1.5, 2)))
    floor_y = 0.0
    for y, name, colour in sorted((area.y(value), name, colour) for name, value, colour in named if value is not None):
        floor_y = max(y + size * 0.33, floor_y + size * 1.05)
        marks.append(Label(area.right + 4, floor_y, chart.names[name], size * 0.9, colour, "start"))
    return marks


def _last(values: Values) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _right(chart: ControlChart, size: float) -> float:
    """Return the room that the names of the lines need beside the chart."""
    names = ["upper", "centre", "lower"] + (["target"] if chart.target is not None else [])
    return 8 + max(len(chart.names[name]) for name in names) * size * 0.9 * 0.54


def _week_ticks(area: Frame, chart: ControlChart, size: float) -> list[Mark]:
    """Name some weeks, the last one always."""
    n = len(chart.labels)
    widest = max((len(label) for label in chart.labels), default=1) * size * 0.6
    every = max(1, -(-int(widest * n) // max(int(area.right - area.left), 1)))
    places = [place for place in range(n) if (n - 1 - place) % every == 0]
    marks: list[Mark] = []
    for place in places:
        last = place == n - 1
        x = area.right if last else area.x(place)
        anchor = "end" if last else "middle"
        marks.append(Label(x, area.bottom + size * 1.4, chart.labels[place], size * 0.92, MUTED, anchor))
    return marks


def week_label(words: Words, day: date, with_year: bool) -> str:
    """Name a week by its Monday, with the year where it helps."""
    text = formats.day_short(words.locale, day)
    return f"{text} {day:%y}" if with_year else text
