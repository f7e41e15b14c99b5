"""Plotly figures as plain dicts: history with counterfactual, effect by cell, share by touchpoint."""

from collections.abc import Sequence
from datetime import date

from ocem.domain.comparison import Comparison, WeekPoint
from ocem.i18n import Words
from ocem.reporting import palette, quantity
from ocem.reporting.comparison import cell_name, change, change_interval, is_silent, verdict_look
from ocem.reporting.figure import Figure, canvas, legend_below, month_axis, rows_axis, value_axis
from ocem.reporting.names import Names

SYMBOLS = {
    "good": "circle",
    "bad": "x",
    "still": "square",
    "unknown": "diamond",
    "open": "circle-open",
    "silent": "line-ns-open",
}
ROW_HEIGHT = 38


def history(words: Words, comparison: Comparison) -> Figure:
    """Weeks seen and weeks expected without the initiative, both windows shaded, the go-live marked."""
    times = float(quantity.axis(comparison.unit)["times"])
    weeks = comparison.weeks
    traces: list[Figure] = []
    if not is_silent(comparison):
        traces += _expected_traces(words, comparison, times)
    if any(point.comparison is not None for point in weeks):
        traces.append(_comparison_trace(words, comparison, times))
    traces += _seen_traces(words, comparison, times)
    layout = titled(words)
    layout["xaxis"] = month_axis(words, [week.first for week in weeks])
    layout["yaxis"] = value_axis(comparison.unit)
    layout["shapes"] = _windows(comparison) + _go_live_line(comparison) + _target_line(comparison, times)
    layout["annotations"] = _window_labels(words, comparison) + _target_label(words, comparison, times)
    return {"data": traces, "layout": layout | {"height": 380, "hovermode": "x unified"}}


def effects(words: Words, comparisons: Sequence[Comparison], dimension: str, names: Names) -> Figure:
    """The change in every cell of one dimension as dot and interval, with zero and the relevance threshold."""
    shown = [c for c in comparisons if c.effect is not None and not is_silent(c)]
    unit = comparisons[0].unit if comparisons else "ratio"
    times = float(quantity.axis(unit)["times"])
    labels = [cell_name(c, dimension, names) for c in comparisons]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "showlegend": False,
        "x": [c.effect.absolute * times for c in shown if c.effect],
        "y": [cell_name(c, dimension, names) for c in shown],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [(c.effect.high - c.effect.absolute) * times for c in shown if c.effect],
            "arrayminus": [(c.effect.absolute - c.effect.low) * times for c in shown if c.effect],
            "thickness": 2,
            "width": 0,
            "color": palette.INK,
        },
        "marker": {
            "size": 12,
            "color": [palette.VERDICT_COLOURS[c.verdict] for c in shown],
            "symbol": [SYMBOLS[verdict_look(words, c.verdict).tone] for c in shown],
            "line": {"width": 2, "color": [palette.VERDICT_COLOURS[c.verdict] for c in shown]},
        },
        "hovertemplate": "%{text}<extra></extra>",
        "text": [
            f"{cell_name(c, dimension, names)}: {verdict_look(words, c.verdict).word}<br>"
            f"{change(words, c)} ({change_interval(words, c)})"
            for c in shown
        ],
    }
    layout = titled(words)
    layout["yaxis"] = rows_axis(labels)
    layout["xaxis"] = value_axis(unit) | {
        "ticksuffix": "" if unit == "share" else quantity.axis(unit)["suffix"],
        "title": {"text": _change_title(words, unit)},
    }
    layout["shapes"] = [*_threshold_zone(comparisons, times), _vertical(0.0, "solid")]
    layout["annotations"] = [_silent_label(words, c, dimension, names) for c in comparisons if c not in shown]
    return {"data": [trace], "layout": layout | {"height": 90 + ROW_HEIGHT * max(len(labels), 1)}}


def shares(
    words: Words, labels: Sequence[str], values: Sequence[tuple[float, float, float]], texts: Sequence[str], title: str
) -> Figure:
    """Shares as dot and interval, one row a label; `values` are (share, low, high), `texts` what hovering says."""
    trace = {
        "type": "scatter",
        "mode": "markers+text",
        "showlegend": False,
        "x": [100 * share for share, _low, _high in values],
        "y": list(labels),
        "text": [words.percent(share) for share, _low, _high in values],
        "textposition": "top center",
        "cliponaxis": False,
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [100 * (high - share) for share, _low, high in values],
            "arrayminus": [100 * (share - low) for share, low, _high in values],
            "thickness": 2,
            "width": 0,
            "color": palette.INK,
        },
        "marker": {"size": 11, "color": palette.AFTER},
        "customdata": list(texts),
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    layout = titled(words)
    layout["yaxis"] = rows_axis(labels)
    layout["xaxis"] = value_axis("share") | {"rangemode": "tozero", "zeroline": False, "title": {"text": title}}
    return {"data": [trace], "layout": layout | {"height": 90 + (ROW_HEIGHT + 4) * max(len(labels), 1)}}


def _seen_traces(words: Words, comparison: Comparison, times: float) -> list[Figure]:
    _ = words.gettext
    start = comparison.go_live or date.max
    before = [p for p in comparison.weeks if p.first < start]
    after = ([before[-1]] if before else []) + [p for p in comparison.weeks if p.first >= start]
    traces = [_series(words, before, times, comparison.unit, _("Before"), palette.BEFORE, 2.0)]
    if len(after) > 1:
        traces.append(_series(words, after, times, comparison.unit, _("After"), palette.AFTER, 2.6))
    return traces


def _series(
    words: Words, points: Sequence[WeekPoint], times: float, unit: str, name: str, colour: str, width: float
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [p.first.isoformat() for p in points],
        "y": [None if p.value is None else p.value * times for p in points],
        "line": {"color": colour, "width": width},
        "text": [quantity.value(words, p.value, unit) for p in points],
        "hovertemplate": f"{name}: %{{text}}<extra></extra>",
    }


def _expected_traces(words: Words, comparison: Comparison, times: float) -> list[Figure]:
    start = comparison.go_live or date.min
    points = [p for p in comparison.weeks if p.expected is not None and p.first >= start]
    if not points:
        return []
    days = [p.first.isoformat() for p in points]
    name = words.gettext("Expected without the initiative")
    band = [p for p in points if p.expected_low is not None and p.expected_high is not None]
    traces: list[Figure] = []
    if band:
        outline = [p.first.isoformat() for p in band]
        lows = [(p.expected_low or 0.0) * times for p in band]
        highs = [(p.expected_high or 0.0) * times for p in band]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": outline + outline[::-1],
                "y": highs + lows[::-1],
                "fill": "toself",
                "fillcolor": palette.EXPECTED_BAND,
                "line": {"width": 0},
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": days,
            "y": [(p.expected or 0.0) * times for p in points],
            "line": {"color": palette.EXPECTED, "width": 2, "dash": "dash"},
            "text": [quantity.value(words, p.expected, comparison.unit) for p in points],
            "hovertemplate": f"{name}: %{{text}}<extra></extra>",
        }
    )
    return traces


def _comparison_trace(words: Words, comparison: Comparison, times: float) -> Figure:
    name = words.gettext("Comparison group")
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [p.first.isoformat() for p in comparison.weeks],
        "y": [None if p.comparison is None else p.comparison * times for p in comparison.weeks],
        "line": {"color": palette.COMPARISON, "width": 1.4, "dash": "dot"},
        "text": [quantity.value(words, p.comparison, comparison.unit) for p in comparison.weeks],
        "hovertemplate": f"{name}: %{{text}}<extra></extra>",
        "visible": "legendonly",
    }


def titled(words: Words) -> Figure:
    """Return the layout of a figure with a line of text above it and its legend below."""
    return canvas(words, top=40) | {"legend": legend_below(0.12), "colorway": list(palette.CATEGORICAL)}


def _windows(comparison: Comparison) -> list[Figure]:
    shapes = []
    for window in (comparison.baseline, comparison.evaluation):
        if window.first and window.last:
            shapes.append(
                {
                    "type": "rect",
                    "xref": "x",
                    "yref": "paper",
                    "x0": window.first.isoformat(),
                    "x1": window.last.isoformat(),
                    "y0": 0,
                    "y1": 1,
                    "fillcolor": palette.BAND,
                    "line": {"width": 0},
                    "layer": "below",
                }
            )
    return shapes


def _window_labels(words: Words, comparison: Comparison) -> list[Figure]:
    _ = words.gettext
    before, after = comparison.baseline, comparison.evaluation
    labels = [(before.last, "right", _("before")), (after.first, "left", _("after"))]
    notes = [
        {
            "xref": "x",
            "yref": "paper",
            "x": edge.isoformat(),
            "y": 1,
            "text": text,
            "showarrow": False,
            "xanchor": side,
            "yanchor": "bottom",
            "font": {"color": palette.INK, "size": 12},
        }
        for edge, side, text in labels
        if edge
    ]
    if comparison.go_live:
        notes.append(
            {
                "xref": "x",
                "yref": "paper",
                "x": comparison.go_live.isoformat(),
                "y": 1,
                "text": _("go-live"),
                "showarrow": False,
                "yshift": 15,
                "xanchor": "center",
                "yanchor": "bottom",
                "font": {"color": palette.INK, "size": 12},
            }
        )
    return notes


def _go_live_line(comparison: Comparison) -> list[Figure]:
    return [_vertical(comparison.go_live.isoformat(), "dash")] if comparison.go_live else []


def _vertical(x: float | str, dash: str) -> Figure:
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": {"color": palette.INK, "width": 1.4, "dash": dash},
    }


def _target_line(comparison: Comparison, times: float) -> list[Figure]:
    if comparison.target is None:
        return []
    y = comparison.target * times
    line = {"color": palette.TARGET, "width": 1.4, "dash": "dot"}
    return [{"type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": line}]


def _target_label(words: Words, comparison: Comparison, times: float) -> list[Figure]:
    if comparison.target is None:
        return []
    return [
        {
            "xref": "paper",
            "yref": "y",
            "x": 0,
            "y": comparison.target * times,
            "text": words.gettext("target"),
            "showarrow": False,
            "xanchor": "left",
            "xshift": 4,
            "yanchor": "bottom",
            "font": {"color": palette.TARGET, "size": 12},
        }
    ]


def _threshold_zone(comparisons: Sequence[Comparison], times: float) -> list[Figure]:
    relevance = next((c.relevance for c in comparisons if c.relevance), None)
    if relevance is None:
        return []
    zone = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
    return [zone | {"x0": -relevance * times, "x1": relevance * times, "fillcolor": palette.BAND}]


def _silent_label(words: Words, comparison: Comparison, dimension: str, names: Names) -> Figure:
    return {
        "xref": "x",
        "yref": "y",
        "x": 0,
        "y": cell_name(comparison, dimension, names),
        "text": verdict_look(words, comparison.verdict).word,
        "showarrow": False,
        "xanchor": "left",
        "xshift": 8,
        "font": {"color": palette.INK, "size": 12},
    }


def _change_title(words: Words, unit: str) -> str:
    if unit in ("share", "points"):
        return words.gettext("change against what was expected, in points")
    return words.gettext("change against what was expected ({unit})", unit=quantity.unit_word(words, unit))
