"""The charts of a deck from the document: numbers in the unit people read, scales, events, tones."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from ocem.domain.number_box import NumberBox
from ocem.domain.review import ReviewItem
from ocem.i18n import Words
from ocem.reporting import six_twelve
from ocem.reporting.agenda import Scaled, drawn_events, item_sentence, limits_text, point_tone, scaled_for, subject
from ocem.reporting.deck_chart import (
    ControlChart,
    EventMark,
    PeriodChart,
    Values,
    number_format,
    rounded_range,
    week_label,
)


def control_chart(words: Words, item: ReviewItem) -> ControlChart | None:
    """Return the control chart of an item; None without weeks."""
    if not item.series:
        return None
    _, scaled = words.gettext, scaled_for(item)
    names = {
        "value": words.label(item.kpi),
        "lower": _("Lower limit"),
        "centre": _("Centre"),
        "upper": _("Upper limit"),
        "target": _("Target"),
        "signal": _("Signal"),
        "event": _("Event"),
    }
    points = item.series
    return ControlChart(
        title=subject(words, item),
        names=names,
        unit=scaled.unit,
        number_format=number_format(words, scaled.unit),
        days=tuple(point.first for point in points),
        labels=tuple(week_label(words, point.first, len(points) > 26) for point in points),
        value=tuple(scaled.plotted(point.value) for point in points),
        lower=tuple(scaled.plotted(point.lower) for point in points),
        centre=tuple(scaled.plotted(point.centre) for point in points),
        upper=tuple(scaled.plotted(point.upper) for point in points),
        target=scaled.plotted(item.target),
        tones=tuple(point_tone(item, point) for point in points),
        excluded=tuple(point.excluded for point in points),
        finished=tuple(point.finished for point in points),
        events=tuple(_event_marks(words, item)),
        shown=lambda value: _axis_text(words, value, scaled.unit),
        alt=f"{item_sentence(words, item)} {limits_text(words, item)}",
    )


def period_charts(words: Words, box: NumberBox) -> tuple[PeriodChart, ...]:
    """Return the charts of a readable box: weeks, unless its figures come by the month, and months."""
    _ = words.gettext
    weeks = six_twelve.week_labels(words, box)
    months = six_twelve.month_labels(words, box)
    parts = [] if box.monthly else [(_("Weeks"), box.weeks, weeks)]
    parts.append((_("Months"), box.months, months))
    scaled = Scaled(box.unit, 1.0)
    names = {
        "value": _("Actual"),
        "before": _("Year before"),
        "unfinished": _("Not finished"),
        "target": _("Target"),
    }
    drawn = []
    for title, periods, labels in parts:
        goals = [None if box.target is None else box.target.value for _period in periods]
        if periods is box.months:
            goals = [six_twelve.month_target(box, period) for period in periods]
        drawn.append(
            PeriodChart(
                title=title,
                names=names,
                unit=box.unit,
                number_format=number_format(words, box.unit),
                is_total=box.is_total,
                labels=tuple(labels),
                value=tuple(scaled.plotted(p.now.value) if p.finished else None for p in periods),
                before=tuple(scaled.plotted(p.year_before.value) for p in periods),
                unfinished=tuple(None if p.finished else scaled.plotted(p.now.value) for p in periods),
                target=tuple(scaled.plotted(goal) for goal in goals),
                low=0.0,
                high=1.0,
                shown=lambda value: _axis_text(words, value, box.unit),
                alt=f"{title}. {six_twelve.summary(words, box)}",
            )
        )
    return tuple(_with_ranges(drawn))


def _with_ranges(charts: list[PeriodChart]) -> list[PeriodChart]:
    """Give rates one scale over weeks and months, totals one each from zero."""
    if charts[0].is_total:
        tops = [rounded_range(0.0, 1.04 * max(_known([chart]), default=1.0) or 1.0)[1] for chart in charts]
        return [replace(chart, high=top) for chart, top in zip(charts, tops, strict=True)]
    known = _known(charts)
    if not known:
        return charts
    low, high = min(known), max(known)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    bottom = max(low - room, 0.0) if low >= 0 else low - room
    bottom, top, _step = rounded_range(bottom, high + room)
    return [replace(chart, low=bottom, high=top) for chart in charts]


def _known(charts: Sequence[PeriodChart]) -> list[float]:
    series: list[Values] = [s for chart in charts for s in (chart.value, chart.before, chart.unfinished, chart.target)]
    return [value for values in series for value in values if value is not None]


def _axis_text(words: Words, value: float, unit: str) -> str:
    """Write a tick of a scale; `value` as charts hold it."""
    if unit == "share":
        return words.percent(value, 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1)
    digits = 0 if abs(value - round(value)) < 1e-9 else (1 if abs(value * 10 - round(value * 10)) < 1e-9 else 2)
    if unit in ("count", "eur") and abs(value) >= 10_000:
        return words.compact(value)
    return words.number(value, digits)


def _event_marks(words: Words, item: ReviewItem) -> Iterable[EventMark]:
    """Return the drawn events with the first and last week they touch."""
    for number, event in drawn_events(item):
        touched = [
            place
            for place, point in enumerate(item.series)
            if event.first <= point.first + timedelta(days=6) and event.last >= point.first
        ]
        if touched:
            yield EventMark(number, touched[0], touched[-1], words.label(event))
