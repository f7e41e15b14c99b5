"""The 6-12 chart and its numbers box: six weeks, a gap, twelve months, the year before, and the figures to date."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from ocem.domain.number_box import BoxFigure, Change, Figure, NumberBox, Period
from ocem.i18n import Words, formats
from ocem.reporting import palette, quantity
from ocem.reporting.figure import canvas, legend_below

Drawing = dict[str, Any]
MINUTE, HOUR = 60.0, 3600.0
WEEKS_END, MONTHS_START = 0.30, 0.37
"""Where on the width the weeks end and the months begin; totals need the gap for a second scale."""


@dataclass(frozen=True)
class BoxRow:
    """One line of the numbers box: what, its days and value, against which days and value, and the change.

    `change` is empty where there is none: the period is unfinished, or there is nothing to compare it with.
    """

    name: str
    days: str
    value: str
    against: str
    against_days: str
    against_value: str
    change: str
    finished: bool = True


def readable_box(box: NumberBox) -> NumberBox:
    """Return a box of seconds in minutes or hours when its values are that long; any other as it is."""
    if box.unit != "seconds":
        return box
    values = [item.now.value for item in (*box.weeks, *box.months)] + [box.target.value if box.target else None]
    size = max((abs(value) for value in values if value is not None), default=0.0)
    if size < 3 * MINUTE:
        return box
    unit, divisor = ("hours", HOUR) if size >= 2 * HOUR else ("minutes", MINUTE)
    target = replace(box.target, value=box.target.value / divisor) if box.target else None
    return replace(
        box,
        unit=unit,
        weeks=tuple(_period(item, divisor) for item in box.weeks),
        months=tuple(_period(item, divisor) for item in box.months),
        figures=tuple(_box_figure(item, divisor) for item in box.figures),
        target=target,
    )


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


def week_labels(words: Words, box: NumberBox) -> list[str]:
    """Name the weeks by their Mondays."""
    return [formats.day_short(words.locale, item.now.first) for item in box.weeks]


def month_labels(words: Words, box: NumberBox) -> list[str]:
    """Name the months; the year stands at the first and at each January."""
    names = formats.month_names(words.locale)
    found = []
    for place, item in enumerate(box.months):
        day = item.now.first
        name = names[day.month - 1]
        found.append(f"{name} {day:%y}" if place == 0 or day.month == 1 or not item.finished else name)
    return found


def month_target(box: NumberBox, period: Period) -> float | None:
    """Return the target of a period longer than a week: as it is for rates, by its days for totals of a week."""
    if box.target is None:
        return None
    days = (period.now.last - period.now.first).days + 1
    return box.target.value * days / 7 if box.is_total else box.target.value


def rows(words: Words, box: NumberBox) -> list[BoxRow]:
    """Write the numbers box, one line a comparison; a figure without a comparison has a line of its own."""
    box = readable_box(box)
    found: list[BoxRow] = []
    for item in box.figures:
        name = _figure_name(words, item.name) if item.finished else _unfinished_name(words, item.name)
        days = words.span(item.figure.first, item.figure.last)
        value = _value(words, box, item.figure.value)
        if not item.changes:
            found.append(BoxRow(name, days, value, "", "", "", "", item.finished))
        for change in item.changes:
            found.append(_row(words, box, name, days, value, change))
    return found


def change_text(words: Words, box: NumberBox, change: Change) -> str:
    """Write a change: points for rates, percent for volumes, nothing where there is none."""
    if change.amount is None:
        return ""
    if box.in_points:
        return quantity.difference(words, change.amount, box.unit, _change_digits(box.unit))
    return words.percent(change.amount, 0 if abs(change.amount) >= 0.1 else 1, signed=True)


def notes(words: Words, box: NumberBox) -> list[str]:
    """Say what makes the days of a comparison unlike each other, what is unfinished, and what the target is."""
    _ = words.gettext
    found = []
    for item in box.figures:
        if item.name == "last_week":
            found += [text for change in item.changes if (text := _days_unlike(words, item, change))]
    if not box.last_week.finished and not box.monthly:
        found.append(_("The week is not finished: it is drawn hatched and compared with nothing."))
    elif not all(item.finished for item in box.months):
        found.append(_("The running month is drawn hatched and compared only on equally many days."))
    if box.monthly:
        found.append(_("This figure comes by the month, so there are no weeks."))
    if box.target and box.is_total:
        found.append(_("The target is of a week; a month's is by its number of days."))
    return found


def summary(words: Words, box: NumberBox) -> str:
    """Say the last week in one line: value, change on the week and on the year."""
    box = readable_box(box)
    last = next((item for item in box.figures if item.name == "last_week"), box.figures[0] if box.figures else None)
    if last is None or last.figure.value is None:
        return ""
    parts = [_value(words, box, last.figure.value)]
    for change in last.changes:
        text = change_text(words, box, change)
        if text and change.against == "week_before":
            parts.append(words.gettext("{change} on the week before", change=text))
        if text and change.against == "year_before":
            parts.append(words.gettext("{change} on the year before", change=text))
    return " · ".join(parts)


def alternative(words: Words, box: NumberBox, name: str) -> str:
    """Say what the chart shows to those who cannot see it."""
    line = summary(words, box)
    title = words.gettext("{kpi}: six weeks, twelve months and the year before", kpi=name)
    return f"{title}. {line}" if line else title


@lru_cache(maxsize=128)
def holiday_name(lang: str, day: date) -> str:
    """Name an Italian public holiday."""
    import holidays

    known = holidays.country_holidays("IT", years=day.year, language="it_IT" if lang == "it" else "en_US")
    return str(known.get(day, "")).split(";")[0]


def _row(words: Words, box: NumberBox, name: str, days: str, value: str, change: Change) -> BoxRow:
    return BoxRow(
        name,
        days,
        value,
        _against_name(words, change.against),
        words.span(change.base.first, change.base.last),
        _value(words, box, change.base.value),
        change_text(words, box, change),
    )


def _figure_name(words: Words, name: str) -> str:
    _ = words.gettext
    return {
        "last_week": _("Last week"),
        "month_to_date": _("Month to date"),
        "quarter_to_date": _("Quarter to date"),
        "year_to_date": _("Year to date"),
    }[name]


def _unfinished_name(words: Words, name: str) -> str:
    return words.gettext("{name}, not finished", name=_figure_name(words, name))


def _against_name(words: Words, against: str) -> str:
    _ = words.gettext
    return {
        "week_before": _("Week before"),
        "year_before": _("Year before"),
        "easter": _("Year before, as far from Easter"),
    }[against]


def _days_unlike(words: Words, item: BoxFigure, change: Change) -> str:
    """Say that two weeks differ in working days, naming the holidays of either."""
    now, base = item.figure, change.base
    if now.working_days == base.working_days:
        return ""
    named = [_holiday_text(words, day) for day in (*base.holidays, *now.holidays) if _counts(day)]
    line = words.gettext(
        "{days} has {n} working days, {other} has {m}",
        days=words.span(now.first, now.last), n=now.working_days,
        other=words.span(base.first, base.last), m=base.working_days,
    )  # fmt: skip
    return f"{line} ({words.listed(named)})." if named else f"{line}."


def _counts(day: date) -> bool:
    return day.weekday() < 5


def _holiday_text(words: Words, day: date) -> str:
    return f"{holiday_name(words.lang, day)}, {words.day(day)}"


def _value(words: Words, box: NumberBox, value: float | None) -> str:
    return quantity.value(words, value, box.unit)


def _change_digits(unit: str) -> int:
    return 2 if unit == "score" else 1


def _period(item: Period, divisor: float) -> Period:
    return replace(item, now=_less(item.now, divisor), year_before=_less(item.year_before, divisor))


def _box_figure(item: BoxFigure, divisor: float) -> BoxFigure:
    changes = tuple(replace(change, base=_less(change.base, divisor)) for change in item.changes)
    return replace(item, figure=_less(item.figure, divisor), changes=changes)


def _less(item: Figure, divisor: float) -> Figure:
    return item if item.value is None else replace(item, value=item.value / divisor)


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
        f"{words.span(p.year_before.first, p.year_before.last)}: {_value(words, box, p.year_before.value)}"
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
    lines = [f"<b>{words.span(now.first, now.last)}: {_value(words, box, now.value)}</b>"]
    if not item.finished:
        return "<br>".join([*lines, _("not finished")])
    lines.append(
        _("year before, {days}: {value}",
          days=words.span(past.first, past.last), value=_value(words, box, past.value)))  # fmt: skip
    if now.working_days != past.working_days:
        lines.append(_("working days {n}, year before {m}", n=now.working_days, m=past.working_days))
    return "<br>".join(lines)


def _layout(words: Words, box: NumberBox, low: float, high: float) -> Drawing:
    _ = words.gettext
    suffix = quantity.axis(box.unit)["suffix"]
    value_axis: Drawing = {"ticksuffix": suffix, "automargin": True, "fixedrange": True, "zeroline": False, "nticks": 6}
    if box.is_total:
        value_axis |= {"tickformat": ",d"} if high >= 1000 else {}
    else:
        value_axis |= {"range": [low, high]}
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
        "yaxis2": value_axis
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
        layout["yaxis"] = value_axis
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
