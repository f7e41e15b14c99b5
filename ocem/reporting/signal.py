"""A control chart as a Plotly figure: weeks, limits, signals marked by shape and colour, events."""

from datetime import timedelta
from typing import Any

from ocem.domain.review import ReviewItem, SeriesPoint
from ocem.i18n import Words
from ocem.reporting import palette, quantity
from ocem.reporting.agenda import drawn_events, event_kind_word, point_tone, scaled_for, signal_word, subject
from ocem.reporting.figure import Figure, canvas, month_axis, value_axis

GOOD, BAD = "#1F9D6B", "#D0473B"
HEIGHT = 264


def control_chart(words: Words, item: ReviewItem, height: int = HEIGHT) -> Figure:
    """Draw an item's weeks with centre and limits; the newest signals stand out by shape and colour."""
    scaled = scaled_for(item)
    times = float(quantity.axis(scaled.unit)["times"])

    def shown(value: float | None) -> float | None:
        read = scaled.of(value)
        return None if read is None else read * times

    points = item.series
    days = [point.first.isoformat() for point in points]
    traces = [*_limits(words, points, days, shown), *_line(words, item, days, shown)]
    traces += _signals(words, item, points, shown)
    layout = canvas(words, top=34) | {
        "showlegend": False,
        "hovermode": "x unified",
        "height": height,
        "xaxis": _time_axis(words, points),
        "yaxis": value_axis(scaled.unit) | {"nticks": 5},
        "shapes": [*_event_shapes(item), *_rebase_line(item, points), *_target(item, shown)],
        "annotations": [*_event_labels(words, item), *_target_label(words, item, shown)],
    }
    return {"data": traces, "layout": layout}


def alternative(words: Words, item: ReviewItem) -> str:
    """Say in one sentence what the chart shows, for those who cannot see it."""
    last = item.series[-1] if item.series else None
    told = words.listed(signal_word(words, code) for code in (last.signals if last else ()))
    if told:
        return words.gettext(
            "Weekly control chart of {subject}; last week: {signals}", subject=subject(words, item), signals=told
        )
    return words.gettext("Weekly control chart of {subject}; no signal last week", subject=subject(words, item))


def week_texts(words: Words, item: ReviewItem) -> list[list[str]]:
    """Say each week in lines: its value, its limits, and why it does not count where it does not."""
    _, scaled = words.gettext, scaled_for(item)

    def said(value: float | None) -> str:
        return quantity.value(words, scaled.of(value), scaled.unit)

    found = []
    for point in item.series:
        lines = [said(point.value)]
        if point.lower is not None or point.upper is not None:
            lines.append(_("limits {low} to {high}", low=said(point.lower), high=said(point.upper)))
        lines += [_("closure, not looked at")] if point.excluded else []
        lines += [_("week not finished")] if not point.finished else []
        found.append(lines)
    return found


def _limits(words: Words, points: tuple[SeriesPoint, ...], days: list[str], shown: Any) -> list[Figure]:
    _ = words.gettext
    line = {"color": palette.INK, "width": 1, "shape": "linear"}
    upper = [shown(point.upper) for point in points]
    lower = [shown(point.lower) for point in points]
    centre = [shown(point.centre) for point in points]
    band = {"type": "scatter", "mode": "lines", "line": line, "hoverinfo": "skip", "connectgaps": False}
    return [
        *_band(days, lower, upper),
        band | {"x": days, "y": lower, "name": _("Lower limit")},
        band | {"x": days, "y": upper, "name": _("Upper limit")},
        band | {"x": days, "y": centre, "name": _("Centre"), "line": line | {"dash": "dash", "width": 1.2}},
    ]


def _band(days: list[str], lower: list[float | None], upper: list[float | None]) -> list[Figure]:
    """Fill between the limits, one area a run of weeks that have them: filling across a gap draws what is not there."""
    areas: list[Figure] = []
    run: list[int] = []
    for at in range(len(days) + 1):
        if at < len(days) and lower[at] is not None and upper[at] is not None:
            run.append(at)
        elif run:
            areas.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [days[i] for i in run] + [days[i] for i in reversed(run)],
                    "y": [upper[i] for i in run] + [lower[i] for i in reversed(run)],
                    "fill": "toself",
                    "fillcolor": palette.BAND,
                    "line": {"width": 0},
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
            run = []
    return areas


def _line(words: Words, item: ReviewItem, days: list[str], shown: Any) -> list[Figure]:
    """Draw the weeks as a line; circles only where it would not show them, or where a week does not count."""
    points = item.series
    values = [shown(point.value) for point in points]
    texts = [f"<b>{value}</b><br>{'<br>'.join(rest)}" for value, *rest in week_texts(words, item)]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": words.label(item.kpi),
        "x": days,
        "y": values,
        "line": {"color": palette.AFTER, "width": 2},
        "text": texts,
        "hovertemplate": "%{text}<extra></extra>",
    }
    hollow = [i for i, point in enumerate(points) if point.excluded or not point.finished]
    alone = [
        i
        for i, value in enumerate(values)
        if value is not None and all(near is None for near in (*values[max(i - 1, 0) : i], *values[i + 1 : i + 2]))
    ]
    circles = [_circles(days, values, hollow, "circle-open", 6), _circles(days, values, alone, "circle", 4)]
    return [line, *(trace for trace in circles if trace["x"])]


def _circles(days: list[str], values: list[float | None], at: list[int], symbol: str, size: int) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [days[i] for i in at],
        "y": [values[i] for i in at],
        "marker": {"size": size, "color": palette.AFTER, "symbol": symbol},
        "hoverinfo": "skip",
    }


def _signals(words: Words, item: ReviewItem, points: tuple[SeriesPoint, ...], shown: Any) -> list[Figure]:
    """Mark points with a signal: a triangle pointing to its side, filled where it is news."""
    found = []
    for name, good in ((words.gettext("signal of improvement"), True), (words.gettext("signal of worsening"), False)):
        mine = [point for point in points if point_tone(item, point) == ("good" if good else "bad")]
        if not mine:
            continue
        ups = [(point.value or 0.0) > (point.centre or 0.0) for point in mine]
        found.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": [point.first.isoformat() for point in mine],
                "y": [shown(point.value) for point in mine],
                "marker": {
                    "size": [13 if point is points[-1] else 9 if point.new_signals else 7 for point in mine],
                    "symbol": [
                        ("triangle-up" if up else "triangle-down") + ("" if point.new_signals else "-open")
                        for up, point in zip(ups, mine, strict=True)
                    ],
                    "color": GOOD if good else BAD,
                    "line": {"width": 1.5, "color": GOOD if good else BAD},
                },
                "text": [words.listed(signal_word(words, code) for code in point.signals) for point in mine],
                "hovertemplate": f"{name}: %{{text}}<extra></extra>",
            }
        )
    return found


def _time_axis(words: Words, points: tuple[SeriesPoint, ...]) -> Figure:
    if not points:
        return {"type": "date"}
    first, last = points[0].first, points[-1].first
    return month_axis(words, [point.first for point in points], most=7) | {
        "range": [(first - timedelta(days=5)).isoformat(), (last + timedelta(days=9)).isoformat()]
    }


def _event_shapes(item: ReviewItem) -> list[Figure]:
    shapes, points = [], item.series
    for _number, event in drawn_events(item):
        ends = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
        first = max(event.first, points[0].first - timedelta(days=3)).isoformat()
        if event.last - event.first >= timedelta(days=5):
            shapes.append(
                ends
                | {"type": "rect", "x0": first, "x1": event.last.isoformat(), "line": {"width": 0}}
                | {"fillcolor": palette.EXPECTED_BAND}
            )
        else:
            line = {"color": palette.EXPECTED, "width": 1.3, "dash": "dot"}
            shapes.append(ends | {"type": "line", "x0": first, "x1": first, "line": line})
    return shapes


def _event_labels(words: Words, item: ReviewItem) -> list[Figure]:
    """Number the newest events above the chart; the list below says what the numbers mean."""
    return [
        {
            "xref": "x",
            "yref": "paper",
            "x": max(event.first, item.series[0].first).isoformat(),
            "y": 1,
            "yanchor": "bottom",
            "yshift": 13 * (number % 2),
            "text": str(number),
            "hovertext": f"{event_kind_word(words, event.kind)}: {words.label(event)}",
            "showarrow": False,
            "font": {"color": palette.EXPECTED, "size": 12},
        }
        for number, event in drawn_events(item)
    ]


def _rebase_line(item: ReviewItem, points: tuple[SeriesPoint, ...]) -> list[Figure]:
    starts = item.rebased.values.get("starts") if item.rebased else None
    if starts is None or not points or starts <= points[0].first:
        return []
    x = (starts - timedelta(days=3)).isoformat()
    line = {"color": palette.INK, "width": 1, "dash": "longdash"}
    return [{"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line}]


def _target(item: ReviewItem, shown: Any) -> list[Figure]:
    if item.target is None:
        return []
    y = shown(item.target)
    line = {"color": palette.TARGET, "width": 1.4, "dash": "dot"}
    return [{"type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}]


def _target_label(words: Words, item: ReviewItem, shown: Any) -> list[Figure]:
    if item.target is None:
        return []
    return [
        {
            "xref": "paper",
            "yref": "y",
            "x": 0,
            "y": shown(item.target),
            "text": words.gettext("target"),
            "showarrow": False,
            "xanchor": "left",
            "xshift": 4,
            "yanchor": "bottom",
            "font": {"color": palette.TARGET, "size": 12},
        }
    ]
