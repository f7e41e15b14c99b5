"""The chart of six weeks and twelve months as a Plotly figure, the year before drawn over both."""

from collections.abc import Sequence
from typing import Any

from ocem.domain.number_box import NumberBox, Period
from ocem.i18n import Words
from ocem.reporting import palette, quantity
from ocem.reporting.figure import canvas, legend_below, value_axis
from ocem.reporting.six_twelve import month_labels, month_target, readable_box, value_text, week_labels

Drawing = dict[str, Any]

WEEKS_END, MONTHS_START = 0.30, 0.37
"""Where on the width the weeks end and the months begin; totals need the gap for a second scale."""


def figure(words: Words, box: NumberBox) -> Drawing:
    """Draw six weeks and twelve months with the year before; unfinished periods hatched, targets as marks.

    Rates share one scale; totals of weeks and of months have one each.
    """
    box = readable_box(box)
    times = quantity.SHOWN_TIMES.get(box.unit, 1.0)
    traces: list[Drawing] = []
    low, high = _range(box, times)
    if not box.monthly:
        traces += _traces(words, box, box.weeks, week_labels(words, box), times, "", low)
    traces += _traces(words, box, box.months, month_labels(words, box), times, "2", low)
    for place, trace in enumerate(traces):  # one legend entry a name
        trace["showlegend"] = trace["name"] not in {other["name"] for other in traces[:place]}
    return {"data": traces, "layout": _layout(words, box, low, high)}


def _range(box: NumberBox, times: float) -> tuple[float, float]:
    """Return the common scale of a rate, with room at both ends; totals start at zero."""
    values = [v for item in (*box.weeks, *box.months) for v in (item.now.value, item.year_before.value)]
    values.append(box.target.value if box.target else None)
    known = [value * times for value in values if value is not None]
    if not known or box.is_total:
        return 0.0, max(known, default=1.0)
    low, high = min(known), max(known)
    room = 0.12 * (high - low) or 0.1 * abs(high) or 1.0
    low = low - room
    return (max(low, 0.0) if min(known) >= 0 else low), high + room


def _traces(
    words: Words, box: NumberBox, periods: Sequence[Period], labels: list[str], times: float, axis: str, low: float
) -> list[Drawing]:
    _ = words.gettext
    on: Drawing = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
    places = list(range(len(labels)))
    now = [item.now.value for item in periods]
    done = [value if item.finished else None for value, item in zip(now, periods, strict=True)]
    hover = [_hover(words, box, item) for item in periods]
    traces = [
        on | _year_before(words, box, periods, times),
        on | _done(words, box, places, done, times, hover),
    ]
    if any(not item.finished and item.now.value is not None for item in periods):
        traces.append(on | _unfinished(words, box, periods, times, hover, low))
    if box.target is not None:
        goals = [month_target(box, item) if axis else box.target.value for item in periods]
        marks: Drawing = {
            "symbol": "line-ew-open",
            "size": 14,
            "color": palette.TARGET,
            "line": {"width": 2.4, "color": palette.TARGET},
        }
        traces.append(
            on
            | {
                "type": "scatter",
                "mode": "markers",
                "name": _("Target"),
                "x": places,
                "y": [None if goal is None else goal * times for goal in goals],
                "marker": marks,
                "hovertemplate": _("Target") + ": %{text}<extra></extra>",
                "text": [quantity.value(words, goal, box.unit) for goal in goals],
            }
        )
    return traces


def _done(
    words: Words, box: NumberBox, places: list[int], values: list[float | None], times: float, hover: list[str]
) -> Drawing:
    look: Drawing
    if box.is_total:
        look = {"type": "bar", "marker": {"color": palette.AFTER}, "width": 0.62}
    else:
        look = {
            "type": "scatter",
            "mode": "lines+markers",
            "line": {"color": palette.AFTER, "width": 2.6},
            "marker": {"size": 7, "color": palette.AFTER},
        }
    return look | {
        "name": words.gettext("Actual"),
        "x": places,
        "y": [None if value is None else value * times for value in values],
        "text": hover,
        "textposition": "none" if box.is_total else "top center",
        "hovertemplate": "%{text}<extra></extra>",
    }


def _year_before(words: Words, box: NumberBox, periods: Sequence[Period], times: float) -> Drawing:
    """Draw the year before; the line does not run on to days matched with a running period."""
    places = [float(place) for place in range(len(periods))]
    values = [None if p.year_before.value is None else p.year_before.value * times for p in periods]
    texts = [
        f"{words.span(p.year_before.first, p.year_before.last)}: {value_text(words, box, p.year_before.value)}"
        for p in periods
    ]
    if not periods[-1].finished:
        places.insert(-1, places[-1] - 0.5)
        values.insert(-1, None)
        texts.insert(-1, "")
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": words.gettext("Year before"),
        "x": places,
        "y": values,
        "line": {"color": palette.BEFORE, "width": 1.6, "dash": "dot"},
        "marker": {"size": 5, "color": palette.BEFORE},
        "text": texts,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _unfinished(
    words: Words, box: NumberBox, periods: Sequence[Period], times: float, hover: list[str], low: float
) -> Drawing:
    """Draw what is not finished as a hatched column from the foot of the scale."""
    values = [None if p.finished or p.now.value is None else p.now.value * times - low for p in periods]
    return {
        "type": "bar",
        "name": words.gettext("Not finished"),
        "x": list(range(len(periods))),
        "y": values,
        "base": low,
        "width": 0.62,
        "marker": {
            "color": "rgba(0,0,0,0)",
            "pattern": {"shape": "/", "fgcolor": palette.AFTER, "size": 7, "solidity": 0.22},
            "line": {"color": palette.AFTER, "width": 1.4},
        },
        "text": hover,
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }


def _hover(words: Words, box: NumberBox, item: Period) -> str:
    _ = words.gettext
    now, past = item.now, item.year_before
    lines = [f"<b>{words.span(now.first, now.last)}: {value_text(words, box, now.value)}</b>"]
    if not item.finished:
        return "<br>".join([*lines, _("not finished")])
    lines.append(
        _("year before, {days}: {value}",
          days=words.span(past.first, past.last), value=value_text(words, box, past.value)))  # fmt: skip
    if now.working_days != past.working_days:
        lines.append(_("working days {n}, year before {m}", n=now.working_days, m=past.working_days))
    return "<br>".join(lines)


def _layout(words: Words, box: NumberBox, low: float, high: float) -> Drawing:
    _ = words.gettext
    sums = value_axis(box.unit) | {"nticks": 6}
    if box.is_total:
        sums |= {"tickformat": ",d"} if high >= 1000 else {}
    else:
        sums |= {"range": [low, high]}
    time_axis: Drawing = {"fixedrange": True, "showgrid": False}
    start = 0.0 if box.monthly else MONTHS_START
    week_count, month_count = len(box.weeks), len(box.months)
    layout: Drawing = canvas(words, top=28) | {
        "legend": legend_below(0.22),
        "height": 320,
        "barmode": "overlay",
        "hoverlabel": {"namelength": -1, "align": "left"},
        "xaxis2": time_axis
        | {
            "domain": [start, 1.0],
            "anchor": "y2",
            "range": [-0.6, month_count - 0.4],
            "tickvals": list(range(month_count)),
            "ticktext": month_labels(words, box),
        },
        "yaxis2": sums
        | {"anchor": "x2", "side": "right" if box.is_total and not box.monthly else "left"}
        | ({} if box.is_total or box.monthly else {"matches": "y", "showticklabels": False}),
        "annotations": [_heading(_("Months"), start)],
    }
    if not box.monthly:
        layout["xaxis"] = time_axis | {
            "domain": [0.0, WEEKS_END],
            "range": [-0.6, week_count - 0.4],
            "tickvals": list(range(week_count)),
            "ticktext": week_labels(words, box),
        }
        layout["yaxis"] = sums
        layout["annotations"].append(_heading(_("Weeks"), 0.0))
    return layout


def _heading(text: str, x: float) -> Drawing:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": 1.0,
        "yshift": 4,
        "text": text,
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "bottom",
        "font": {"color": palette.INK, "size": 12},
    }
