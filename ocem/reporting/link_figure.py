"""Links drawn: the picture in three columns, the correlation at every delay, both series."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from ocem.domain.kpi import Kpi, Level
from ocem.domain.link import Evidence, LagPoint, Link, LinkStatus
from ocem.i18n import Words
from ocem.reporting import palette
from ocem.reporting.figure import Figure, canvas, legend_above, month_axis, value_axis
from ocem.reporting.link import sentence, status_look
from ocem.reporting.names import Names, level_word

RISES, FALLS = "#0E8AA0", "#B97A1E"
FADED = "#8A959D"
COLUMNS = (Level.TOUCHPOINT, Level.PROCESS, Level.OUTCOME)
NODE_HEIGHT, GAP_HEIGHT, HEAD_HEIGHT = 54, 30, 46
LABEL_WIDTH = 24
STEPS, BOW = 20, 0.16


@dataclass
class _Place:
    """Where a node stands in the picture."""

    column: int
    key: str
    height: float
    y: float = 0.0
    neighbours: list["_Place"] = field(default_factory=list)


def chain(words: Words, links: Sequence[Link], names: Names, kpis: dict[str, Kpi]) -> Figure:
    """Draw touchpoint, process and outcome in three columns, a line for each link.

    The line's width says how closely they move, its colour the direction, its dashes that it expired or is not shown;
    the number on it the weeks of delay. Points carry (leading, following) as custom data.
    """
    drawn = [item for item in links if item.leading in kpis and item.following in kpis]
    places, ways = _placed(drawn, kpis)
    height = max((sum(p.height for p in places if p.column == c) for c in range(3)), default=0.0) + HEAD_HEIGHT
    traces: list[Figure] = []
    middle: dict[str, list[Any]] = {name: [] for name in ("x", "y", "text", "hover", "custom", "colour")}
    for item, way in zip(drawn, ways, strict=True):
        xs, ys, at = _curve(way)
        colour = _colour(item)
        traces.append(
            {
                "type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip", "showlegend": False,
                "line": {"color": colour, "width": 1.5 + 8 * abs(item.r or 0.1), "dash": _dash(item)},
                "opacity": 0.75,
            }
        )  # fmt: skip
        middle["x"].append(at[0])
        middle["y"].append(at[1])
        middle["text"].append("=" if item.is_same_week else str(item.lag))
        middle["hover"].append(f"{status_look(words, item.status).word}. {sentence(words, item, names)}")
        middle["custom"].append([item.leading, item.following])
        middle["colour"].append(colour)
    traces.append(
        {
            "type": "scatter", "mode": "markers+text", "x": middle["x"], "y": middle["y"], "text": middle["text"],
            "textfont": {"color": "#ffffff", "size": 12}, "customdata": middle["custom"], "hovertext": middle["hover"],
            "hovertemplate": "%{hovertext}<extra></extra>", "showlegend": False,
            "marker": {"size": 23, "color": middle["colour"], "opacity": 1},
            "selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}},
        }
    )  # fmt: skip
    layout = canvas(words) | {
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "height": max(int(height), 220),
        "hovermode": "closest",
        "clickmode": "event+select",
        "xaxis": {"visible": False, "range": [-0.02, 3.02], "fixedrange": True},
        "yaxis": {"visible": False, "range": [-height, 0], "fixedrange": True},
        "shapes": [_box(place) for place in places if place.key],
        "annotations": _heads(words) + [_label(place, names) for place in places if place.key],
    }
    return {"data": traces, "layout": layout}


EDGES = ((0.0, 0.78), (1.11, 1.89), (2.22, 3.0))
"""Left and right end of each column's boxes."""


def _placed(links: Sequence[Link], kpis: dict[str, Kpi]) -> tuple[list[_Place], list[list[_Place]]]:
    """Give every KPI a place, and a free slot in the middle column to links that jump it."""
    nodes: dict[str, _Place] = {}
    slots: list[_Place] = []
    ways = []
    for item in links:
        ends = []
        for key in (item.leading, item.following):
            column = COLUMNS.index(kpis[key].level)
            ends.append(nodes.setdefault(key, _Place(column, key, NODE_HEIGHT)))
        way = list(ends)
        if abs(ends[0].column - ends[1].column) > 1:
            slot = _Place(1, "", GAP_HEIGHT)
            slots.append(slot)
            way = [ends[0], slot, ends[1]]
        for one, two in pairwise(way):
            one.neighbours.append(two)
            two.neighbours.append(one)
        ways.append(way)
    places = [*nodes.values(), *slots]
    _order(places)
    return places, ways


def _order(places: list[_Place]) -> None:
    """Put each column in the order of its neighbours' middle, a few times over, so that fewer lines cross."""
    columns = [[p for p in places if p.column == c] for c in range(3)]
    tallest = max(sum(p.height for p in column) for column in columns)
    for column in columns:
        _stack(column, tallest)
    for turn in range(6):
        for column in columns if turn % 2 == 0 else columns[::-1]:
            column.sort(key=lambda p: -sum(n.y for n in p.neighbours) / max(len(p.neighbours), 1))
            _stack(column, tallest)


def _stack(column: list[_Place], tallest: float) -> None:
    spare = (tallest - sum(p.height for p in column)) / max(len(column), 1)
    top = -float(HEAD_HEIGHT)
    for place in column:
        place.y = top - (place.height + spare) / 2
        top -= place.height + spare


def _curve(way: list[_Place]) -> tuple[list[float], list[float], tuple[float, float]]:
    """Points of a smooth line along places, and where its number stands."""
    if way[0].column == way[-1].column:
        return _loop(way[0], way[-1])
    xs: list[float] = []
    ys: list[float] = []
    for one, two in pairwise(way):
        forward = one.column < two.column
        start, end = EDGES[one.column][1 if forward else 0], EDGES[two.column][0 if forward else 1]
        for k in range(STEPS + 1):
            t = k / STEPS
            xs.append(start + (end - start) * t)
            ys.append(one.y + (two.y - one.y) * (3 * t * t - 2 * t**3))
    if len(way) == 3:
        return xs, ys, (_centre(way[1]), way[1].y)
    at = STEPS // 2 if abs(way[0].y - way[1].y) < 1 else (STEPS // 3 if way[0].y > way[1].y else 2 * STEPS // 3)
    return xs, ys, (xs[at], ys[at])


def _loop(one: _Place, two: _Place) -> tuple[list[float], list[float], tuple[float, float]]:
    """Return a bow beside the column for two KPIs of the same level."""
    left, right = EDGES[one.column]
    edge, out = (left, -BOW) if one.column == 2 else (right, BOW)
    steps = [k / STEPS for k in range(STEPS + 1)]
    xs = [edge + out * 4 * t * (1 - t) for t in steps]
    ys = [one.y + (two.y - one.y) * t for t in steps]
    return xs, ys, (xs[STEPS // 2], ys[STEPS // 2])


def _centre(place: _Place) -> float:
    return sum(EDGES[place.column]) / 2


def _box(place: _Place) -> Figure:
    left, right = EDGES[place.column]
    half = NODE_HEIGHT / 2 - 6
    return {
        "type": "rect", "x0": left, "x1": right, "y0": place.y - half, "y1": place.y + half, "xref": "x", "yref": "y",
        "line": {"color": palette.INK, "width": 1}, "fillcolor": palette.BAND, "layer": "below",
    }  # fmt: skip


def _label(place: _Place, names: Names) -> Figure:
    return {
        "x": _centre(place), "y": place.y, "xref": "x", "yref": "y", "text": _wrapped(names.kpi(place.key)),
        "showarrow": False, "font": {"size": 13.5}, "align": "center",
    }  # fmt: skip


def _heads(words: Words) -> list[Figure]:
    return [
        {
            "x": sum(EDGES[i]) / 2, "y": -HEAD_HEIGHT * 0.4, "xref": "x", "yref": "y",
            "text": f"<b>{level_word(words, level)}</b>", "showarrow": False,
            "font": {"size": 14, "color": palette.INK},
        }
        for i, level in enumerate(COLUMNS)
    ]  # fmt: skip


def _wrapped(label: str) -> str:
    """Break a label into lines of some two dozen letters, at most two."""
    safe = label.replace("<", "‹").replace(">", "›")
    if len(safe) <= LABEL_WIDTH or " " not in safe:
        return safe
    middle = len(safe) / 2
    at = min((i for i, letter in enumerate(safe) if letter == " "), key=lambda i: abs(i - middle))
    return f"{safe[:at]}<br>{safe[at + 1 :]}"


def _colour(item: Link) -> str:
    if item.status in (LinkStatus.NOT_SHOWN, LinkStatus.EXPIRED):
        return FADED
    return RISES if (item.r or 0.0) > 0 else FALLS


def _dash(item: Link) -> str:
    return {LinkStatus.EXPIRED: "dash", LinkStatus.NOT_SHOWN: "dot"}.get(item.status, "solid")


def lag_profile(words: Words, link: Link) -> Figure:
    """Draw the correlation at every delay, with the bound that chance hardly passes."""
    _ = words.gettext
    points = link.profile
    chosen = [point.lag == link.lag for point in points]
    colours = [RISES if point.r > 0 else FALLS for point in points]
    trace = {
        "type": "bar",
        "x": [point.lag for point in points],
        "y": [point.r for point in points],
        "marker": {
            "color": colours,
            "opacity": [
                1.0 if is_it else (0.3 if _uncounted(link, point) else 0.55)
                for is_it, point in zip(chosen, points, strict=True)
            ],
        },
        "hovertext": [
            _(
                "{lag} weeks: r {r}, {n} weeks behind it",
                lag=point.lag,
                r=words.number(point.r, 2, signed=True),
                n=point.n,
            )
            for point in points
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }
    bound = link.bound or 0.0
    lines = [
        {
            "type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": y, "y1": y,
            "line": {"color": palette.INK, "width": 1.2, "dash": "dash"},
        }
        for y in (bound, -bound)
    ]  # fmt: skip
    lines.append(
        {
            "type": "line", "xref": "x", "yref": "paper", "x0": -0.5, "x1": -0.5, "y0": 0, "y1": 1,
            "line": {"color": palette.INK, "width": 1},
        }
    )  # fmt: skip
    return {
        "data": [trace],
        "layout": canvas(words)
        | {
            "height": 260,
            "shapes": lines,
            "bargap": 0.25,
            "xaxis": {
                "title": {"text": _("weeks of delay")},
                "fixedrange": True,
                "dtick": 2 if len(points) < 30 else 4,
                "zeroline": False,
            },
            "yaxis": {"title": {"text": _("correlation")}, "fixedrange": True, "zeroline": True, "range": _range(link)},
        },
    }


def _uncounted(link: Link, point: LagPoint) -> bool:
    return point.lag == 0 and link.counts_same_rows


def _range(link: Link) -> list[float]:
    most = max([abs(point.r) for point in link.profile] + [link.bound or 0.0, 0.4])
    return [-most * 1.1, most * 1.1]


def both_series(words: Words, found: Evidence, names: Names) -> Figure:
    """Draw both series as they are compared, the second moved back by the delay."""
    lag = found.link.lag or 0
    later = list(found.following[lag:]) + [None] * lag if lag else list(found.following)
    one, two = names.kpi(found.link.leading), names.kpi(found.link.following)
    moved = words.ngettext("{name}, moved back a week", "{name}, moved back {n} weeks", lag, name=two) if lag else two
    traces = [
        _line(found.weeks, found.leading, one, palette.AFTER, "solid", words),
        _line(found.weeks, tuple(later), moved, palette.EXPECTED, "solid", words),
    ]
    layout = canvas(words) | {
        "height": 320,
        "hovermode": "x unified",
        "legend": legend_above(),
        "xaxis": month_axis(words, found.weeks),
        "yaxis": value_axis()
        | {"title": {"text": words.gettext("standard deviations from what was usual")}, "zeroline": True},
    }
    return {"data": traces, "layout": layout}


def _line(
    weeks: Sequence[date], values: Sequence[float | None], name: str, colour: str, dash: str, words: Words
) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": [week.isoformat() for week in weeks], "y": list(values),
        "line": {"color": colour, "width": 1.9, "dash": dash}, "connectgaps": False,
        "hovertemplate": f"{name.replace('<', '‹')}: %{{y:.1f}}<extra></extra>",
    }  # fmt: skip
