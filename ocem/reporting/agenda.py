"""The agenda in words: how many signals, what each of them says, how it is charted, how firm its limits are."""

from dataclasses import dataclass
from datetime import timedelta

from ocem.domain.review import DecisionRecord, EventNear, ReviewDocument, ReviewItem, SeriesPoint
from ocem.i18n import Words, formats
from ocem.reporting import quantity

MINUTE, HOUR = 60.0, 3600.0
HOLIDAY = "holiday"


def headline(words: Words, document: ReviewDocument) -> str:
    """Say the week in one sentence: how many signals, of which kind, and how many chance alone would give."""
    _ = words.gettext
    n = len(document.items)
    if n == 0:
        return _("No figure left its usual range this week.")
    worse = sum(item.improvement is False for item in document.items)
    better = sum(item.improvement is True for item in document.items)
    if worse == n:
        return words.ngettext(
            "{n} new signal this week, of worsening.", "{n} new signals this week, all of worsening.", n
        )
    if better == n:
        return words.ngettext(
            "{n} new signal this week, of improvement.", "{n} new signals this week, all of improvement.", n
        )
    parts = []
    if worse:
        parts.append(words.ngettext("{n} of worsening", "{n} of worsening", worse))
    if better:
        parts.append(words.ngettext("{n} of improvement", "{n} of improvement", better))
    said = words.ngettext("{n} new signal this week", "{n} new signals this week", n)
    return f"{said}: {words.listed(parts)}." if parts else f"{said}."


def by_chance(words: Words, document: ReviewDocument) -> str:
    """Say how many signals a week like this brings with nothing going on."""
    expected = words.number(document.expected_false_alarms, 1)
    if not document.items:
        return words.gettext(
            "{charts} charts were looked at; chance alone would bring about {expected} signals a week.",
            charts=document.charts.n_charts,
            expected=expected,
        )
    return words.ngettext(
        "By chance alone about {expected} would appear, with {charts} charts looked at.",
        "Of these, about {expected} would appear by chance: {charts} charts were looked at.",
        len(document.items),
        charts=document.charts.n_charts,
        expected=expected,
    )


def standing_out_text(words: Words, document: ReviewDocument) -> str:
    """Say how many figures stand out inside their limits, and how many do so in any week; empty without any."""
    n = len(document.standing_out)
    if not n:
        return ""
    return words.ngettext(
        "{n} figure to watch is still inside its limits and no signal: by chance alone about {expected} would be "
        "there in any week.",
        "{n} figures to watch are still inside their limits and no signals: by chance alone about {expected} would be "
        "there in any week.",
        n,
        expected=words.number(document.expected_standing_out, 1),
    )


@dataclass(frozen=True)
class Scaled:
    """How an item's numbers are shown: the readable unit and what its own are divided by."""

    unit: str
    divisor: float

    def of(self, value: float | None) -> float | None:
        """Return a value in the readable unit."""
        return None if value is None else value / self.divisor

    def plotted(self, value: float | None) -> float | None:
        """Return a value as charts and cells hold it: shares from 0 to 1, scores of -1 to 1 times a hundred."""
        scaled = self.of(value)
        return scaled if scaled is None or self.unit != "points" else scaled * 100


def scaled_for(item: ReviewItem) -> Scaled:
    """Choose the unit an item is read in: long durations in minutes or hours."""
    if item.unit != "seconds":
        return Scaled(item.unit, 1.0)
    values = [item.value, item.target, item.upper, *(point.value for point in item.series)]
    size = max((abs(value) for value in values if value is not None), default=0.0)
    if size < 3 * MINUTE:
        return Scaled("seconds", 1.0)
    return Scaled("hours", HOUR) if size >= 2 * HOUR else Scaled("minutes", MINUTE)


def item_sentence(words: Words, item: ReviewItem, with_side: bool = True) -> str:
    """Say in one plain sentence what an item's signal is, and whether it is for better or worse."""
    _ = words.gettext
    scaled = scaled_for(item)

    def said(value: float | None) -> str:
        return quantity.value(words, scaled.of(value), scaled.unit)

    values = {
        "subject": subject(words, item),
        "value": said(item.value),
        "lower": said(item.lower),
        "upper": said(item.upper),
        "centre": said(item.centre),
        "previous": said(item.previous),
    }
    first = item.signals[0] if item.signals else ""
    above = item.value is not None and item.centre is not None and item.value > item.centre
    match first, above:
        case "outside", True:
            line = _("{subject} at {value}, above the upper limit of {upper}", **values)
        case "outside", False:
            line = _("{subject} at {value}, below the lower limit of {lower}", **values)
        case "range", _any:
            line = _("{subject} jumps from {previous} to {value}, more than it usually moves in a week", **values)
        case "near_limit", _any:
            line = _("{subject} at {value}: three of four weeks far from the usual {centre}", **values)
        case "run", True:
            line = _("{subject} at {value}: eight weeks in a row above the usual {centre}", **values)
        case "run", False:
            line = _("{subject} at {value}: eight weeks in a row below the usual {centre}", **values)
        case _:
            line = _("{subject} at {value} after {previous} the week before, usually {centre}", **values)
            if item.previous is None:
                line = _("{subject} at {value}, usually {centre}", **values)
    side = {True: _("signal of improvement"), False: _("signal of worsening"), None: ""}[item.improvement]
    return f"{line} ({side})" if side and first and with_side else line


def subject(words: Words, item: ReviewItem) -> str:
    """Name an item: its KPI and where."""
    return " · ".join(part for part in (words.label(item.kpi), place(words, item)) if part)


def place(words: Words, item: ReviewItem) -> str:
    """Name an item's cell."""
    return words.listed(words.label(label) for label in item.cell_labels)


def side_word(words: Words, improvement: bool | None) -> str:
    """Say which way a signal points."""
    _ = words.gettext
    return {True: _("Improvement"), False: _("Worsening"), None: _("Variation")}[improvement]


def signal_word(words: Words, code: str) -> str:
    """Name a signal."""
    _ = words.gettext
    return {
        "outside": _("outside the limits"),
        "range": _("unusual jump"),
        "near_limit": _("three of four near a limit"),
        "run": _("eight on one side"),
    }.get(code, code)


def limits_word(words: Words, item: ReviewItem) -> str:
    """Say whether limits are fixed."""
    return words.gettext("fixed") if item.limits_state == "locked" else words.gettext("provisional")


def limits_text(words: Words, item: ReviewItem) -> str:
    """Say how firm an item's limits are and which weeks they come from."""
    values = {"n": item.n_baseline, "days": words.span(item.limits_first, item.limits_last)}
    if item.limits_state == "locked":
        text = words.gettext("fixed on {n} weeks, {days}", **values)
    else:
        text = words.gettext("provisional, {n} weeks, {days}", **values)
    if item.rebased is None:
        return text
    told = {name: item.rebased.values.get(name) for name in ("author", "reason", "day")}
    moved = words.gettext("moved by {author} on {day}: {reason}", **told)
    return f"{text}; {moved}"


def chart_text(words: Words, item: ReviewItem) -> str:
    """Name the kind of chart and what it charts."""
    _ = words.gettext
    kind = {"xmr": "XmR", "p_prime": "p′ (Laney)", "u_prime": "u′ (Laney)"}.get(item.chart, item.chart)
    group = words.listed(words.label(label) for label in item.comparison_labels)
    if item.charted == "difference":
        what = _("against {group}", group=group) if group else _("against the comparison group")
    elif item.charted == "year":
        what = _("against the same week a year before")
    else:
        what = _("as it is")
    return f"{kind}, {what}"


def assurance_word(words: Words, item: ReviewItem) -> str:
    """Say whether the target will be met by luck, always or never."""
    _ = words.gettext
    return {
        "met": _("will be met"),
        "hit_or_miss": _("hit or miss"),
        "not_met": _("will not be met by luck"),
    }.get(item.assurance or "", "")


def event_kind_word(words: Words, kind: str) -> str:
    """Name a kind of event."""
    _ = words.gettext
    return {
        "go_live": _("go-live"),
        "campaign": _("campaign"),
        "price_list": _("price list"),
        "holiday": _("holiday"),
        "tracking": _("tracking change"),
        "outage": _("outage"),
        "closure": _("closure"),
        "other": _("other"),
    }.get(kind, kind)


def expected_text(words: Words, item: DecisionRecord) -> str:
    """Write the effect that was predicted, with its range."""
    low, high = item.expected_low, item.expected_high
    if item.expected is None and low is None and high is None:
        return formats.NOTHING

    def said(value: float | None) -> str:
        if value is None:
            return formats.NOTHING
        if item.expected_relative:
            return words.percent(value, 0 if abs(value) >= 0.1 else 1, signed=True)
        return quantity.difference(words, value, item.unit)

    text = said(item.expected) if item.expected is not None else ""
    if low is None or high is None:
        return text
    ends = words.gettext("{low} to {high}", low=said(low), high=said(high))
    return f"{text} ({ends})" if text else ends


def drawn_events(item: ReviewItem) -> list[tuple[int, EventNear]]:
    """Return the events drawn on an item's chart with the numbers they bear; holidays are too many to draw."""
    if not item.series:
        return []
    start, end = item.series[0].first, item.series[-1].first + timedelta(days=6)
    seen = [e for e in item.events if e.kind != HOLIDAY and e.last >= start and e.first <= end]
    return list(enumerate(seen, 1))


def point_tone(item: ReviewItem, point: SeriesPoint) -> str:
    """Return the tone of a week with a signal: by the side it lies on and the KPI's direction."""
    if point.value is None or point.centre is None or point.excluded or not set(point.signals) - {"range"}:
        return ""
    upward = point.value > point.centre
    return "good" if upward == (item.direction == "up") else "bad"
