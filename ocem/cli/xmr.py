"""The control chart of any table in a file, without a store."""

import argparse
from collections.abc import Callable
from pathlib import Path

from ocem.cli.documents import number
from ocem.cli.outcome import Outcome
from ocem.errors import N_, WrongUse
from ocem.evaluation.file_chart import ChartTable, chart_file
from ocem.evaluation.file_table import kind_named
from ocem.i18n import Words


def add(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add this command to the parser."""
    item = command("xmr", xmr, "Control chart (XmR, p', u') for a table in a CSV file.")
    item.add_argument("file", type=Path)
    item.add_argument("--when", required=True)
    item.add_argument("--value", required=True)
    item.add_argument("--weight", help="denominator of shares and rates")
    item.add_argument("--kind", default="mean")
    item.add_argument("--baseline-points", type=int, help="the first so many points set the limits (default: all)")
    item.add_argument("--screen", action="store_true", help="leave moving ranges beyond their limit out, once")


def xmr(options: argparse.Namespace, words: Words) -> Outcome:
    """Chart a table in a file."""
    try:
        kind = kind_named(options.kind)
    except ValueError as error:
        raise WrongUse(N_("There is no kind {kind}."), kind=options.kind) from error
    table = ChartTable(
        options.file, options.when, options.value, options.weight, kind, options.baseline_points, options.screen
    )
    found = chart_file(table)
    chart = found.chart
    document = {
        "chart": found.kind,
        "centre": number(chart.centre),
        "lower": number(chart.lower),
        "upper": number(chart.upper),
        "range_limit": number(chart.range_limit),
        "mean_range": number(chart.mean_range),
        "sigma": number(chart.sigma),
        "autocorrelation": number(chart.autocorrelation),
        "locked": chart.locked,
        "points": [
            {
                "when": when,
                "value": number(point.value),
                "lower": number(point.lower),
                "upper": number(point.upper),
                "signals": [signal.value for signal in point.signals],
                "new_signals": [signal.value for signal in point.new_signals],
            }
            for when, point in zip(found.when, chart.points, strict=True)
        ],
    }
    lines = [f"{name}: {document[name]}" for name in ("chart", "centre", "lower", "upper", "range_limit", "locked")]
    lines += [
        f"{when}  {point.value}  {', '.join(signal.value for signal in point.signals)}"
        for when, point in zip(found.when, chart.points, strict=True)
        if point.signals
    ]
    return Outcome(document, lines)
