"""Displacement in words and figures: replaced, added, or more contacts; where, and for which reason."""

from collections.abc import Sequence

from ocem.domain.displacement import Amount, Displacement, RepeatContact, ShiftPart, ShiftVerdict
from ocem.i18n import Words, formats
from ocem.reporting import palette
from ocem.reporting.figure import Figure, canvas, legend_above, month_axis, rows_axis, value_axis
from ocem.reporting.link import StatusLook
from ocem.reporting.names import Names

FEWER, MORE = "#1F9D6B", "#D0473B"
ROW_HEIGHT = 38


def verdict_look(words: Words, verdict: ShiftVerdict) -> StatusLook:
    """Return the word, mark and tone of a verdict."""
    _ = words.gettext
    return {
        ShiftVerdict.REPLACES: StatusLook(_("It replaces contacts elsewhere"), "check", "good"),
        ShiftVerdict.ADDS: StatusLook(_("It adds to the other contacts"), "equal", "still"),
        ShiftVerdict.GENERATES_CONTACTS: StatusLook(_("It generates contacts elsewhere"), "alert", "bad"),
        ShiftVerdict.NO_SHIFT: StatusLook(_("Nothing moved"), "equal", "still"),
        ShiftVerdict.NOT_IDENTIFIED: StatusLook(_("It cannot be said"), "question", "silent"),
    }[verdict]


def sentence(words: Words, found: Displacement, names: Names) -> str:
    """Say what a touchpoint did to the others."""
    touchpoint = names.member("touchpoint", found.touchpoint)
    if found.verdict is ShiftVerdict.NO_SHIFT:
        return words.gettext("{touchpoint}: neither here nor elsewhere did contacts move.", touchpoint=touchpoint)
    if found.ratio is None:
        return words.gettext(
            "{touchpoint}: what it did to the other touchpoints cannot be said.", touchpoint=touchpoint
        )
    ratio = found.ratio
    values = {
        "touchpoint": touchpoint,
        "gone": words.number(abs(ratio.value), 2),
        "low": words.number(abs(min(ratio.low, ratio.high, key=abs)), 2),
        "high": words.number(abs(max(ratio.low, ratio.high, key=abs)), 2),
    }
    if found.verdict is ShiftVerdict.REPLACES:
        return words.gettext(
            "{touchpoint} took away {gone} contacts elsewhere for each one here ({low} to {high}).", **values
        )
    if found.verdict is ShiftVerdict.GENERATES_CONTACTS:
        return words.gettext(
            "{touchpoint} brought {gone} more contacts elsewhere for each one here ({low} to {high}).", **values
        )
    values |= {"low": words.number(ratio.low, 2, signed=True), "high": words.number(ratio.high, 2, signed=True)}
    if found.verdict is ShiftVerdict.ADDS:
        return words.gettext(
            "{touchpoint} adds contacts: elsewhere they stayed as they were (gone for each one here: {low} to {high}).",
            **values,
        )
    return words.gettext(
        "{touchpoint}: contacts gone elsewhere for each one here lie between {low} and {high}, too far apart to tell.",
        **values,
    )


def brief(words: Words, found: Displacement, names: Names) -> str:
    """Say the verdict with the reason of contact that moved most, for the control room."""
    first = sentence(words, found, names)
    rising = [item for item in found.reasons_of_contact if item.change and item.change.low > 0 and item.key]
    falling = [item for item in found.reasons_of_contact if item.change and item.change.high < 0 and item.key]
    if rising:
        worst = max(rising, key=lambda item: item.change.value if item.change else 0.0)
        return f"{first} " + words.gettext(
            "Contacts for “{reason}” rose ({change}).",
            reason=reason_word(words, worst.key),
            change=_percent(words, worst),
        )
    if falling:
        best = min(falling, key=lambda item: item.change.value if item.change else 0.0)
        return f"{first} " + words.gettext(
            "Most of it: “{reason}” ({change}).", reason=reason_word(words, best.key), change=_percent(words, best)
        )
    return first


def _percent(words: Words, part: ShiftPart) -> str:
    return words.percent(part.relative.value, 0, signed=True) if part.relative else formats.NOTHING


def reason_word(words: Words, kind: str) -> str:
    """Name a reason of contact; words of a company's own stay as they are."""
    _ = words.gettext
    known = {
        "lead": _("first contact"),
        "quote": _("quotes"),
        "order": _("orders"),
        "order_status": _("order status"),
        "information": _("information"),
        "support": _("technical support"),
        "complaint": _("complaints"),
        "visit": _("visits"),
        "": _("all others"),
    }
    return known.get(kind, kind)


def amount(words: Words, found: Amount | None, digits: int = 0) -> str:
    """Write contacts a week with their interval."""
    if found is None:
        return formats.NOTHING
    return words.gettext(
        "{value} ({low} to {high})",
        value=words.number(found.value, digits, signed=True),
        low=words.number(found.low, digits, signed=True),
        high=words.number(found.high, digits, signed=True),
    )


def percent(words: Words, found: Amount | None) -> str:
    """Write a relative change with its interval."""
    if found is None:
        return formats.NOTHING
    return words.gettext(
        "{value} ({low} to {high})",
        value=words.percent(found.value, 1, signed=True),
        low=words.percent(found.low, 1, signed=True),
        high=words.percent(found.high, 1, signed=True),
    )


def interval(words: Words, found: Amount | None, digits: int = 0, as_percent: bool = False) -> str:
    """Write the ends of an interval."""
    if found is None:
        return ""
    ends = [
        words.percent(end, digits, signed=True) if as_percent else words.number(end, digits, signed=True)
        for end in (found.low, found.high)
    ]
    return words.gettext("{low} to {high}", low=ends[0], high=ends[1])


def cost_text(words: Words, found: Amount | None) -> tuple[str, str]:
    """Write euro a week, and the interval."""
    if found is None:
        return formats.NOTHING, words.gettext("no cost per contact is known")
    ends = words.gettext("{low} to {high}", low=words.money(found.low, 0, True), high=words.money(found.high, 0, True))
    return words.money(found.value, 0, True), ends


def figures(words: Words, found: Displacement) -> list[tuple[str, str, str]]:
    """Return the named figures of one displacement."""
    _ = words.gettext
    new = _("all of it new") if found.here_is_new else interval(words, found.here)
    items = [
        (_("Extra here, a week"), words.number(found.here.value, 0, signed=True) if found.here else "–", new),
        (
            _("Elsewhere, a week"),
            words.number(found.elsewhere.value, 0, signed=True) if found.elsewhere else "–",
            interval(words, found.elsewhere),
        ),
        (
            _("Elsewhere, in percent"),
            words.percent(found.relative.value, 1, signed=True) if found.relative else "–",
            interval(words, found.relative, 1, as_percent=True),
        ),
        (
            _("Net contacts, a week"),
            words.number(found.net.value, 0, signed=True) if found.net else "–",
            interval(words, found.net),
        ),
        (_("Net cost, a week"), *cost_text(words, found.cost)),
        (
            _("Elsewhere, per order"),
            words.percent(found.per_order.value, 1, signed=True) if found.per_order else "–",
            interval(words, found.per_order, 1, as_percent=True),
        ),
        (
            _("Elsewhere, per active customer"),
            words.percent(found.per_customer.value, 1, signed=True) if found.per_customer else "–",
            interval(words, found.per_customer, 1, as_percent=True),
        ),
    ]
    return items


def made_of(words: Words) -> list[tuple[str, str]]:
    """Say how each figure of a displacement is made."""
    _ = words.gettext
    return [
        (
            _("Extra here, a week"),
            _(
                "Contacts that customers began here, minus what the weeks before and the segments that nobody touched "
                "let expect; all of them where the touchpoint is new. Mean of the judged weeks."
            ),
        ),
        (
            _("Elsewhere, a week"),
            _("The same for all other touchpoints together, in the same segments and weeks."),
        ),
        (_("Gone for each one here"), _("What is gone elsewhere over what is extra here; interval by Fieller.")),
        (_("Elsewhere, in percent"), _("The change elsewhere over the contacts that were to be expected there.")),
        (_("Net contacts, a week"), _("Extra here plus the change elsewhere.")),
        (
            _("Net cost, a week"),
            _(
                "Each change times what a contact costs at its touchpoint: as the rows say, else variable costs over "
                "contacts of the last 52 weeks."
            ),
        ),
        (_("Elsewhere, per order"), _("Contacts elsewhere over the orders of the same week, against the others.")),
        (
            _("Elsewhere, per active customer"),
            _("Contacts elsewhere over the customers who ordered or got in touch that week, against the others."),
        ),
    ]


def windows_text(words: Words, found: Displacement, names: Names) -> str:
    """Say for whom, against whom and over which weeks."""
    return words.gettext(
        "{segments} against {others}; judged {days}, learnt from {weeks} weeks before the go-live.",
        segments=words.listed(names.member("segment", key) for key in found.segments),
        others=words.listed(names.member("segment", key) for key in found.comparison),
        days=words.span(found.first, found.last),
        weeks=found.n_weeks_before,
    )


def handling_text(words: Words, found: Amount | None) -> str:
    """Say whether the contacts that remain take longer."""
    if found is None:
        return ""
    values = {"change": percent(words, found)}
    if found.low > 0:
        return words.gettext("The contacts that remain take longer: {change}.", **values)
    if found.high < 0:
        return words.gettext("The contacts that remain take less time: {change}.", **values)
    return words.gettext("The time the remaining contacts take has not clearly changed: {change}.", **values)


def repeat_text(words: Words, found: RepeatContact | None) -> str:
    """Say how often a visit of self-service is followed by an assisted contact."""
    if found is None:
        return ""
    return words.gettext(
        "After {after} of the visits ({low} to {high}) the same customer got in touch with a person within {days} "
        "days; before the visit it was {before}. {n} visits.",
        after=words.percent(found.after, 0),
        low=words.percent(found.after_low, 1),
        high=words.percent(found.after_high, 1),
        before=words.percent(found.before, 0),
        days=found.days,
        n=found.n_visits,
    )


def parts(words: Words, shown: Sequence[ShiftPart], labels: Sequence[str]) -> Figure:
    """Draw the change of each part as dot and interval, in contacts a week."""
    judged = [(item, label) for item, label in zip(shown, labels, strict=True) if item.change is not None]
    changes = [item.change for item, _label in judged if item.change]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [change.value for change in changes],
        "y": [label for _item, label in judged],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [change.high - change.value for change in changes],
            "arrayminus": [change.value - change.low for change in changes],
            "thickness": 2,
            "width": 0,
            "color": palette.INK,
        },
        "marker": {"size": 12, "color": [_colour(change) for change in changes]},
        "hovertext": [
            f"{label}: {amount(words, item.change)} · {percent(words, item.relative)}" for item, label in judged
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }
    zero = {
        "type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1,
        "line": {"color": palette.INK, "width": 1.4},
    }  # fmt: skip
    return {
        "data": [trace],
        "layout": canvas(words)
        | {
            "height": 80 + ROW_HEIGHT * max(len(judged), 1),
            "shapes": [zero],
            "yaxis": rows_axis([label for _item, label in judged]),
            "xaxis": value_axis() | {"title": {"text": words.gettext("more or fewer a week")}},
        },
    }


def _colour(change: Amount) -> str:
    if change.high < 0:
        return FEWER
    return MORE if change.low > 0 else palette.INK


def history(words: Words, found: Displacement) -> Figure:
    """Draw contacts elsewhere with what was to be expected, and the touchpoint's own interactions."""
    _ = words.gettext
    days = [item.first.isoformat() for item in found.weeks]
    traces: list[Figure] = [
        _line(days, [item.elsewhere for item in found.weeks], _("Elsewhere"), palette.AFTER, "solid"),
        _line(
            days, [item.expected for item in found.weeks], _("Elsewhere, expected without it"), palette.EXPECTED, "dash"
        ),
        _line(days, [item.here for item in found.weeks], _("Here"), palette.COMPARISON, "solid"),
    ]
    shapes = [
        {
            "type": "line", "xref": "x", "yref": "paper", "x0": day.isoformat(), "x1": day.isoformat(), "y0": 0,
            "y1": 1, "line": {"color": palette.INK, "width": 1.4, "dash": "dash"},
        }
        for day in found.go_lives
    ]  # fmt: skip
    return {
        "data": traces,
        "layout": canvas(words)
        | {
            "height": 340,
            "hovermode": "x unified",
            "legend": legend_above(),
            "shapes": shapes,
            "xaxis": month_axis(words, [item.first for item in found.weeks]),
            "yaxis": value_axis() | {"title": {"text": _("contacts a week")}, "rangemode": "tozero"},
        },
    }


def _line(days: list[str], values: Sequence[float | None], name: str, colour: str, dash: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": days, "y": list(values), "connectgaps": False,
        "line": {"color": colour, "width": 2, "dash": dash}, "hovertemplate": f"{name}: %{{y:,.0f}}<extra></extra>",
    }  # fmt: skip
