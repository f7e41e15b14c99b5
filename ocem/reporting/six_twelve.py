"""The 6-12 chart and its numbers box: six weeks, a gap, twelve months, the year before, and the figures to date."""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from ocem.domain.number_box import BoxFigure, Change, Figure, NumberBox, Period
from ocem.i18n import Words, formats
from ocem.reporting import quantity

MINUTE, HOUR = 60.0, 3600.0


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
        value = value_text(words, box, item.figure.value)
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
    parts = [value_text(words, box, last.figure.value)]
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
        value_text(words, box, change.base.value),
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


def value_text(words: Words, box: NumberBox, value: float | None) -> str:
    """Write a value of a readable box."""
    return quantity.value(words, value, box.unit)


def _change_digits(unit: str) -> int:
    return 2 if unit == "score" else 1


def _less(item: Figure, divisor: float) -> Figure:
    return item if item.value is None else replace(item, value=item.value / divisor)


def _period(item: Period, divisor: float) -> Period:
    return replace(item, now=_less(item.now, divisor), year_before=_less(item.year_before, divisor))


def _box_figure(item: BoxFigure, divisor: float) -> BoxFigure:
    changes = tuple(replace(change, base=_less(change.base, divisor)) for change in item.changes)
    return replace(item, figure=_less(item.figure, divisor), changes=changes)
