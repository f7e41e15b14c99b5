"""Attribution in words and pictures: the models side by side, and what none of them can say."""

from ocem.evaluation.attribution import AttributionTable, TouchpointCredit
from ocem.i18n import N_, Words
from ocem.reporting import palette
from ocem.reporting.chart import ROW_HEIGHT
from ocem.reporting.figure import Figure, canvas, legend_below, rows_axis
from ocem.reporting.journey import touchpoint_name
from ocem.reporting.names import Names

SHOWN_MODEL = "markov"
"""The model whose interval is drawn and whose margin is written out."""

MODEL_NAMES = {
    "markov": N_("Removal effect (Markov)"),
    "first": N_("First contact"),
    "last": N_("Last contact"),
    "linear": N_("Evenly"),
    "position": N_("40 / 20 / 40"),
    "decay": N_("Late contacts more"),
}
MODEL_MEANINGS = {
    "markov": N_("what share of the orders the chain of contacts would lose if nobody reached this touchpoint"),
    "first": N_("the whole order to the first touchpoint"),
    "last": N_("the whole order to the last touchpoint before it"),
    "linear": N_("the same part to every touchpoint on the path"),
    "position": N_("40% to the first, 40% to the last, the rest to those between"),
    "decay": N_("each step further back gets half as much"),
}
_SYMBOLS = {"first": "triangle-right", "last": "triangle-left", "linear": "square", "position": "diamond", "decay": "x"}


def model_name(words: Words, model: str) -> str:
    """Name a model."""
    return words.gettext(MODEL_NAMES[model])


def refusal_text(words: Words, table: AttributionTable) -> str:
    """Say why nothing is attributed."""
    _ = words.gettext
    if table.refusal == "one_touchpoint":
        return _("All journeys in this view touch one touchpoint only: there is nothing to share out.")
    if table.refusal == "few_orders":
        return _(
            "{n} journeys with an order are too few to share out among touchpoints; at least 30 are needed.",
            n=table.journeys_won,
        )
    return _("No journey in this view ended with an order: there is nothing to share out.")


def range_over_models(table: AttributionTable, touchpoint: str) -> tuple[float, float]:
    """Return the lowest and highest share that any model gives a touchpoint."""
    shares = [line.share for lines in table.credits.values() for line in lines if line.touchpoint == touchpoint]
    return min(shares), max(shares)


def headline(words: Words, table: AttributionTable, names: Names) -> str:
    """Say who comes first by how many models, and about whom the models disagree most."""
    _ = words.gettext
    ranked = [line.touchpoint for line in table.credits[SHOWN_MODEL]]
    first = ranked[0]
    agreeing = sum(lines[0].touchpoint == first for lines in table.credits.values())
    low, high = range_over_models(table, first)
    text = _(
        "By {n} of {total} models most orders go to {touchpoint}: {low} to {high} of them.",
        n=agreeing,
        total=len(table.credits),
        touchpoint=touchpoint_name(words, names, first),
        low=words.percent(low, 0),
        high=words.percent(high, 0),
    )
    ratios = {key: range_over_models(table, key) for key in ranked[1:]}
    apart = max(ratios, key=lambda key: ratios[key][1] - ratios[key][0], default=None)
    if apart is None or ratios[apart][1] - ratios[apart][0] < 0.02:
        return text
    return f"{text} " + _(
        "After it they differ most about {touchpoint}: from {low} to {high}.",
        touchpoint=touchpoint_name(words, names, apart),
        low=words.percent(ratios[apart][0], 0),
        high=words.percent(ratios[apart][1], 0),
    )


def caveats(words: Words) -> list[str]:
    """Say what attribution cannot tell."""
    _ = words.gettext
    return [
        _(
            "Attribution shares out the orders that were placed. It does not say how many would be missing without a "
            "touchpoint: a customer who means to order calls too."
        ),
        _(
            "Only contacts that are in the data with a customer code count. Newsletters, reviews and word of mouth get "
            "nothing because nobody recorded them, not because they do nothing."
        ),
        _(
            "The intervals say how much other customers would have changed the figures. Season and market are not in "
            "them, and the distance between models is often larger: read both."
        ),
        _("Whether a touchpoint brings more orders is answered by an objective with a comparison group."),
    ]


def made_of(words: Words, table: AttributionTable) -> list[tuple[str, str]]:
    """Say how each figure of the attribution is made."""
    _ = words.gettext
    found = [
        (
            _("{orders} journeys with an order", orders=words.number(table.journeys_won)),
            _(
                "Journeys that ended with an order between {first} and {last}, over {journeys} that ended; an order "
                "without a contact before it counts for the touchpoint where it was placed.",
                first=words.day(table.first) if table.first else "",
                last=words.day(table.last) if table.last else "",
                journeys=words.number(table.journeys),
            ),
        )
    ]
    for model in table.credits:
        how = words.gettext(MODEL_MEANINGS[model])
        if model == SHOWN_MODEL:
            how = _("{meaning}; the shares lost are scaled to sum 100%", meaning=how)
        found.append((model_name(words, model), how[:1].upper() + how[1:] + "."))
    found += [
        (_("Margin by removal effect"), _("The margin of all orders times the share of the removal effect.")),
        (
            _("95% interval"),
            _("Customers in 64 groups drawn again and again, 1,000 times; 95 of 100 draws lie between its ends."),
        ),
    ]
    return found


def share_text(words: Words, line: TouchpointCredit) -> tuple[str, str]:
    """Write a share and its interval."""
    return words.percent(line.share), f"{words.number(100 * line.low, 1)}–{words.percent(line.high)}"


def margin_text(words: Words, line: TouchpointCredit) -> tuple[str, str]:
    """Write attributed margin and its interval."""
    low, high = words.compact(line.margin_low), words.compact(line.margin_high)
    return words.gettext("{amount} EUR", amount=words.compact(line.margin_eur)), f"{low}–{high}"


def side_by_side(words: Words, table: AttributionTable, names: Names) -> Figure:
    """Every model's shares by touchpoint: the removal effect with its interval, the rules as marks."""
    lines = table.credits[SHOWN_MODEL]
    labels = [touchpoint_name(words, names, line.touchpoint) for line in lines]
    place = {line.touchpoint: label for line, label in zip(lines, labels, strict=True)}
    traces: list[Figure] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": model_name(words, SHOWN_MODEL),
            "x": [100 * line.share for line in lines],
            "y": labels,
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [100 * (line.high - line.share) for line in lines],
                "arrayminus": [100 * (line.share - line.low) for line in lines],
                "thickness": 2,
                "width": 0,
                "color": palette.AFTER,
            },
            "marker": {"size": 12, "color": palette.AFTER},
            "customdata": [_hover(words, SHOWN_MODEL, line, place) for line in lines],
            "hovertemplate": "%{customdata}<extra></extra>",
        }
    ]
    for number, (model, symbol) in enumerate(_SYMBOLS.items()):
        credits = [line for line in table.credits.get(model, ()) if line.touchpoint in place]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": model_name(words, model),
                "x": [100 * line.share for line in credits],
                "y": [place[line.touchpoint] for line in credits],
                "marker": {"size": 9, "symbol": symbol, "color": palette.CATEGORICAL[number + 1], "opacity": 0.85},
                "customdata": [_hover(words, model, line, place) for line in credits],
                "hovertemplate": "%{customdata}<extra></extra>",
            }
        )
    layout = canvas(words, top=8) | {
        "legend": legend_below(0.16),
        "height": 150 + ROW_HEIGHT * max(len(labels), 1),
        "yaxis": rows_axis(labels),
        "xaxis": {
            "ticksuffix": "%",
            "rangemode": "tozero",
            "zeroline": False,
            "fixedrange": True,
            "title": {"text": words.gettext("share of orders")},
        },
    }
    return {"data": traces, "layout": layout}


def _hover(words: Words, model: str, line: TouchpointCredit, place: dict[str, str]) -> str:
    return words.gettext(
        "{touchpoint}, {model}: {share} (95% interval {low} to {high})",
        touchpoint=place[line.touchpoint],
        model=model_name(words, model),
        share=words.percent(line.share),
        low=words.percent(line.low),
        high=words.percent(line.high),
    )
