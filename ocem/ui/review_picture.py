"""The control chart of an agenda item as the page's own markup: it stands the moment the sentence does.

The drawing stretches with its panel, lines keep their width, and words are text of the page. Each week says its numbers
when it is pointed at.
"""

from datetime import timedelta

from ocem.domain.review import ReviewItem
from ocem.reporting import palette
from ocem.reporting import signal as charts
from ocem.reporting.agenda import drawn_events, event_kind_word, point_tone, signal_word
from ocem.reporting.deck_chart import ControlChart, EventMark, Frame, Values, control_range, numbered, ticks
from ocem.reporting.deck_figure import control_chart
from ocem.reporting.figure import month_names
from ocem.ui import markup
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text

Points = tuple[tuple[float, float], ...]

SIDE = 1000.0
"""Both sides of the drawing, in its own units."""
MOST_MONTHS = 6
NOW_AND_THEN = 0.6
"""Share of weeks below which points are joined over the weeks between them."""
GRID = "rgba(122, 135, 145, 0.22)"


def control_picture(here: Here, item: ReviewItem) -> str:
    """Draw an item's weeks with centre, limits, signals, events and target."""
    chart = control_chart(here.words, item)
    if chart is None:
        return ""
    frame = Frame(0.0, 0.0, SIDE, SIDE, *control_range(chart), len(chart.days))
    scale = [
        tag("span", text(chart.shown(value)), style=f"top:{frame.y(value) / 10:.2f}%")
        for value in ticks(frame.low, frame.high, 4)
    ]
    plot = [markup.picture(_drawing(frame, chart), "", ""), *_target(here, frame, chart), *_signals(frame, chart, item)]
    plot += [*_event_numbers(here, frame, chart, item), *_weeks(here, frame, item)]
    return tag(
        "figure",
        tag("div", *scale, css="oce-control-scale", aria_hidden="true"),
        tag("div", *plot, css="oce-control-plot"),
        tag("div", *_months(here, frame, item), css="oce-control-months", aria_hidden="true"),
        css="oce-control",
        role="img",
        aria_label=charts.alternative(here.words, item),
    )


def _drawing(frame: Frame, chart: ControlChart) -> str:
    """Return the picture of lines and areas; marks and words are laid over it."""
    parts = [_line(((0.0, frame.y(value)), (SIDE, frame.y(value))), GRID) for value in ticks(frame.low, frame.high, 4)]
    parts += [_event(frame, event) for event in chart.events]
    parts += [_band(upper, lower) for upper, lower in _between(frame, chart.upper, chart.lower)]
    for values in (chart.lower, chart.upper):
        parts += [_line(run, palette.INK) for run in _runs(frame, values)]
    parts += [_line(run, palette.INK, 1.2, "7 5") for run in _runs(frame, chart.centre)]
    if chart.target is not None:
        y = frame.y(chart.target)
        parts.append(_line(((0.0, y), (SIDE, y)), palette.TARGET, 1.4, "2 3"))
    parts += [_line(run, palette.AFTER, 2.0) for run in _runs(frame, chart.value)]
    for place, value in enumerate(chart.value):
        if value is not None and (_is_alone(chart.value, place) or not _counts(chart, place)):
            x, y = frame.at(place, value)
            parts.append(_line(((x, y), (x + 0.01, y)), palette.AFTER if _counts(chart, place) else palette.INK, 6.0))
    return tag(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {SIDE:g} {SIDE:g}",
        preserveAspectRatio="none",
    )


def _is_alone(values: Values, place: int) -> bool:
    near = (*values[max(place - 1, 0) : place], *values[place + 1 : place + 2])
    return all(value is None for value in near)


def _counts(chart: ControlChart, place: int) -> bool:
    return chart.finished[place] and not chart.excluded[place]


def _line(points: Points, colour: str, width: float = 1.0, dash: str = "none") -> str:
    return tag(
        "polyline",
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        fill="none",
        stroke=colour,
        stroke_width=f"{width:g}",
        stroke_dasharray=dash,
        stroke_linejoin="round",
        stroke_linecap="round" if dash == "none" else "butt",
        vector_effect="non-scaling-stroke",
    )


def _band(upper: Points, lower: Points) -> str:
    told = " ".join(f"{x:.1f},{y:.1f}" for x, y in (*upper, *reversed(lower)))
    return tag("polygon", points=told, fill=palette.BAND)


def _runs(frame: Frame, values: Values) -> list[Points]:
    """Return the stretches without a gap; what is measured now and then is one stretch."""
    known = [frame.at(place, value) for place, value in enumerate(values) if value is not None]
    return [tuple(known)] if 1 < len(known) < NOW_AND_THEN * len(values) else frame.runs(values)


def _between(frame: Frame, upper: Values, lower: Values) -> list[tuple[Points, Points]]:
    """Return the stretches that have both limits."""
    both = [high is not None and low is not None for high, low in zip(upper, lower, strict=True)]
    kept = [
        tuple(value if there else None for value, there in zip(values, both, strict=True)) for values in (upper, lower)
    ]
    return list(zip(_runs(frame, kept[0]), _runs(frame, kept[1]), strict=True))


def _event(frame: Frame, event: EventMark) -> str:
    first, last = frame.x(event.first - 0.5), frame.x(event.last + 0.5)
    if event.last == event.first:
        return _line(((first, 0.0), (first, SIDE)), palette.EXPECTED, 1.3, "2 3")
    return tag(
        "rect", x=f"{first:.1f}", y=0, width=f"{last - first:.1f}", height=f"{SIDE:g}", fill=palette.EXPECTED_BAND
    )


def _event_numbers(here: Here, frame: Frame, chart: ControlChart, item: ReviewItem) -> list[str]:
    """Number the events above the drawing; the list beside it says what the numbers mean."""
    words, known = here.words, dict(drawn_events(item))
    parts = []
    for place, name, events in numbered(chart):
        told = "\n".join(
            f"{event.number} {event_kind_word(words, known[event.number].kind)}: {words.label(known[event.number])}"
            for event in events
        )
        left = frame.x(place - 0.5) / 10
        parts.append(tag("b", text(name), css="event", style=f"left:{left:.2f}%", title=told))
    return parts


def _target(here: Here, frame: Frame, chart: ControlChart) -> list[str]:
    if chart.target is None:
        return []
    return [tag("span", text(here.words.gettext("target")), css="goal", style=f"top:{frame.y(chart.target) / 10:.2f}%")]


def _signals(frame: Frame, chart: ControlChart, item: ReviewItem) -> list[str]:
    """Mark weeks with a signal: a triangle that points to its side, filled where it is news."""
    parts = []
    for place, point in enumerate(item.series):
        tone, value = point_tone(item, point), chart.value[place]
        if not tone or value is None:
            continue
        way = "up" if (point.value or 0.0) > (point.centre or 0.0) else "down"
        size = "last" if place == len(item.series) - 1 else "new" if point.new_signals else "held"
        x, y = frame.at(place, value)
        parts.append(tag("i", css=f"sign {way} {tone} {size}", style=f"left:{x / 10:.2f}%;top:{y / 10:.2f}%"))
    return parts


def _weeks(here: Here, frame: Frame, item: ReviewItem) -> list[str]:
    """Say a week's numbers where it is pointed at."""
    texts = charts.week_texts(here.words, item)
    parts = []
    for place, (point, lines) in enumerate(zip(item.series, texts, strict=True)):
        if point.value is None:
            continue
        days = here.words.span(point.first, point.first + timedelta(days=6))
        told = [tag("span", text(line)) for line in lines]
        if point_tone(item, point):
            told.append(tag("span", text(here.words.listed(signal_word(here.words, code) for code in point.signals))))
        side = "left" if place < len(item.series) / 2 else "right"
        left, width = place * frame.step / 10, frame.step / 10
        parts.append(
            tag(
                "div",
                tag("div", tag("b", text(days)), *told, css=f"say {side}"),
                css="week",
                style=f"left:{left:.3f}%;width:{width:.3f}%",
                aria_hidden="true",
            )
        )
    return parts


def _months(here: Here, frame: Frame, item: ReviewItem) -> list[str]:
    first = item.series[0].first
    weeks = [point.first for point in item.series]
    return [
        tag("span", text(name), style=f"left:{frame.x((day - first).days / 7 - 0.5) / 10:.2f}%")
        for day, name in month_names(here.words, weeks, MOST_MONTHS)
    ]
