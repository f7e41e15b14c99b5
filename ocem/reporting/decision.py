"""Predictions beside outcomes as a Plotly figure."""

from ocem.evaluation.calibration import Calibration, Outcome
from ocem.i18n import Words
from ocem.reporting import palette
from ocem.reporting.figure import Figure, canvas, legend_below, rows_axis

ROW_HEIGHT = 44


def predictions(words: Words, found: Calibration) -> Figure:
    """Draw each judged decision: the interval of what came out, the honest effect, and what was predicted."""
    _ = words.gettext
    shown = [item for item in found.outcomes if item.effect is not None and item.low is not None]
    labels = [label_of(item) for item in shown]
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("Came out, 95% interval"),
            "x": [100 * (item.effect or 0.0) for item in shown],
            "y": labels,
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [100 * ((item.high or 0.0) - (item.effect or 0.0)) for item in shown],
                "arrayminus": [100 * ((item.effect or 0.0) - (item.low or 0.0)) for item in shown],
                "thickness": 2,
                "width": 0,
                "color": palette.INK,
            },
            "marker": {"size": 10, "color": palette.AFTER},
            "text": [_told(words, item.effect) for item in shown],
            "hovertemplate": "%{text}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("With chance taken out"),
            "x": [100 * (item.honest or 0.0) for item in shown],
            "y": labels,
            "marker": {"size": 9, "color": palette.AFTER, "symbol": "circle-open", "line": {"width": 2}},
            "text": [_told(words, item.honest) for item in shown],
            "hovertemplate": "%{text}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "name": _("Predicted"),
            "x": [None if item.predicted is None else 100 * item.predicted for item in shown],
            "y": labels,
            "marker": {"size": 11, "color": palette.EXPECTED, "symbol": "diamond-open", "line": {"width": 2}},
            "text": [_told(words, item.predicted) for item in shown],
            "hovertemplate": "%{text}<extra></extra>",
        },
    ]
    layout = canvas(words, top=8) | {
        "legend": legend_below(0.18),
        "height": 130 + ROW_HEIGHT * max(len(shown), 1),
        "xaxis": {
            "ticksuffix": "%",
            "fixedrange": True,
            "zeroline": True,
            "zerolinecolor": palette.INK,
        },
        "yaxis": rows_axis(labels),
    }
    return {"data": traces, "layout": layout}


def label_of(item: Outcome) -> str:
    """Name a decision shortly."""
    words = item.record.text.split()
    short = ""
    for word in words:
        if len(short) + len(word) > 34:
            short += " …"
            break
        short = f"{short} {word}".strip()
    return f"{item.record.number} · {short}"


def _told(words: Words, share: float | None) -> str:
    return "" if share is None else words.percent(share, 1, signed=True)
