"""Return of touchpoints in words and one picture: margin for each euro of cost."""

from math import isfinite

from ocem.evaluation.roi import Figure, Returns, TouchpointReturn
from ocem.i18n import Words, formats
from ocem.reporting import chart, figure, palette, quantity
from ocem.reporting.feedback import interval_text, question_word, value_text
from ocem.reporting.names import Names


def euros(words: Words, amount: float | None) -> str:
    """Write an amount shortly."""
    return formats.NOTHING if amount is None else quantity.value(words, amount, "eur", 0)


def small_euros(words: Words, amount: float | None) -> str:
    """Write an amount with cents."""
    return formats.NOTHING if amount is None else words.money(amount, 2)


def margin_text(words: Words, found: Figure | None) -> tuple[str, str]:
    """Write an attributed margin and its interval."""
    if found is None:
        return formats.NOTHING, ""
    return euros(words, found.value), f"{euros(words, found.low)} {formats.NOTHING} {euros(words, found.high)}"


def roi_text(words: Words, found: Figure | None) -> tuple[str, str]:
    """Write a return and its interval."""
    if found is None:
        return formats.NOTHING, ""
    value, low, high = (words.percent(end, 0, signed=True) for end in (found.value, found.low, found.high))
    return value, words.gettext("{low} to {high}", low=low, high=high)


def payback_text(words: Words, row: TouchpointReturn) -> tuple[str, str]:
    """Write the weeks of margin that pay for the cost."""
    _ = words.gettext
    if row.per_euro is None:
        return formats.NOTHING, ""
    if row.payback_weeks is None:
        return _("not in these weeks"), ""
    found = row.payback_weeks
    high = words.number(found.high, 0) if isfinite(found.high) else _("never")
    return (
        words.ngettext("{weeks} week", "{weeks} weeks", round(found.value), weeks=words.number(found.value, 0)),
        f"{words.number(found.low, 0)} {formats.NOTHING} {high}",
    )


def headline(words: Words, found: Returns, names: Names) -> str:
    """Say in a sentence what returns most and what does not pay for itself."""
    _ = words.gettext
    if found.refusal == "no_orders":
        return _("No order can be joined to a journey in these weeks, so no margin can be attributed.")
    if found.refusal is not None:
        return _(
            "Too few journeys ended with an order in these weeks ({n}) to attribute a margin.", n=found.journeys_won
        )
    paid = [row for row in found.rows if row.per_euro is not None]
    if not paid:
        return _("No touchpoint has both a cost and an attributed margin in these weeks.")
    best = max(paid, key=lambda row: row.per_euro.value if row.per_euro else 0.0)
    assert best.per_euro is not None
    text = _(
        "For each euro it costs, {touchpoint} has {amount} of attributed margin, the most of all.",
        touchpoint=names.member("touchpoint", best.touchpoint),
        amount=small_euros(words, best.per_euro.value),
    )
    short = [names.member("touchpoint", row.touchpoint) for row in paid if row.per_euro and row.per_euro.high < 1]
    if short:
        costly = _("Costs more than its attributed margin: {touchpoints}.", touchpoints=short)
        text = f"{text} {costly}"
    return text


def answers_text(words: Words, row: TouchpointReturn) -> list[tuple[str, str, str]]:
    """Return what customers say of a touchpoint: question, figure, interval."""
    return [
        (question_word(words, key), value_text(words, level, key), interval_text(words, level, key))
        for key, level in row.answers
    ]


def per_euro_figure(words: Words, found: Returns, names: Names) -> figure.Figure:
    """Margin for each euro of cost by touchpoint, on a scale of factors, with the line at which a touchpoint pays."""
    rows = sorted(
        (row for row in found.rows if row.per_euro and row.per_euro.value > 0),
        key=lambda row: row.per_euro.value if row.per_euro else 0.0,
    )
    labels = [names.member("touchpoint", row.touchpoint) for row in rows]
    figures = [row.per_euro for row in rows if row.per_euro]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "showlegend": False,
        "x": [item.value for item in figures],
        "y": labels,
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [item.high - item.value for item in figures],
            "arrayminus": [item.value - max(item.low, item.value / 1e3) for item in figures],
            "thickness": 2,
            "width": 0,
            "color": palette.INK,
        },
        "marker": {"size": 11, "color": palette.AFTER},
        "customdata": [
            f"{label}: {small_euros(words, item.value)} "
            f"({small_euros(words, item.low)} – {small_euros(words, item.high)})"
            for label, item in zip(labels, figures, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    layout = chart.titled(words)
    layout["yaxis"] = {"categoryorder": "array", "categoryarray": labels, "automargin": True, "fixedrange": True}
    ticks = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]
    layout["xaxis"] = figure.value_axis("ratio") | {
        "type": "log",
        "tickvals": ticks,
        "ticktext": [words.money(tick, 0 if tick >= 1 else 1) for tick in ticks],
        "title": {"text": words.gettext("attributed margin for each euro of cost")},
    }
    layout["shapes"] = [chart._vertical(1, "dash")]
    return {"data": [trace], "layout": layout | {"height": 110 + chart.ROW_HEIGHT * max(len(labels), 1)}}
