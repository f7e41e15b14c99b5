"""What every Plotly figure starts from: see-through paper, the language's number marks, no zooming by accident."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ocem.i18n import Words, formats
from ocem.reporting import quantity

Figure = dict[str, Any]
"""A Plotly figure, trace or part of a layout as a plain dict."""

CLEAR = "rgba(0,0,0,0)"


def canvas(words: Words, top: int = 12) -> Figure:
    """Return the part of a layout that all figures share.

    Parameters
    ----------
    words : Words
        The reader's language; it decides the decimal mark of the numbers that Plotly writes itself.
    top : int
        Free space above the drawing, in pixels, for what is written there.

    Returns
    -------
    dict
        Keys of a Plotly layout; more are added with `|`.
    """
    return {
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "separators": ",." if words.lang == "it" else ".,",
        "margin": {"l": 8, "r": 12, "t": top, "b": 8},
        "dragmode": False,
        "hoverlabel": {"namelength": -1},
    }


def legend_below(depth: float) -> Figure:
    """Return a legend in one row under the drawing; `depth` in shares of the drawing's height."""
    return {"orientation": "h", "x": 0, "y": -depth, "yanchor": "top"}


def legend_above() -> Figure:
    """Return a legend in one row over the drawing, from the left."""
    return {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}


def value_axis(unit: str | None = None) -> Figure:
    """Return an axis of numbers: thousands apart, the unit's sign behind each where it has one."""
    sign = {"ticksuffix": quantity.axis(unit)["suffix"]} if unit else {}
    return sign | {"separatethousands": True, "automargin": True, "fixedrange": True, "zeroline": False}


def rows_axis(labels: Sequence[str]) -> Figure:
    """Return a value axis of names that stand from top to bottom in the order given."""
    return {
        "categoryorder": "array",
        "categoryarray": list(labels)[::-1],
        "automargin": True,
        "fixedrange": True,
    }


def month_names(words: Words, weeks: Sequence[date], most: int | None = None) -> list[tuple[date, str]]:
    """Return the months to name on an axis over these weeks, by their first days: at most so many, or the quarters."""
    first, last = weeks[0], weeks[-1] + timedelta(days=6)
    nameable = range(1, 13) if most else (1, 4, 7, 10)
    starts = (date(year, month, 1) for year in range(first.year, last.year + 1) for month in nameable)
    inside = [day for day in starts if first <= day <= last]
    chosen = inside[:: max(1, -(-len(inside) // most))] if most else inside
    names = formats.month_names(words.locale)
    return [(day, f"{names[day.month - 1]} {day:%y}") for day in chosen]


def month_axis(words: Words, weeks: Sequence[date], most: int | None = None) -> Figure:
    """Return a time axis that names months in the reader's language.

    Parameters
    ----------
    words : Words
        The reader's language.
    weeks : sequence of date
        First days of the weeks drawn, in order; without a week nothing is named.
    most : int, optional
        At most so many names, every month being nameable; without it the quarters are named.
    """
    if not weeks:
        return {"type": "date"}
    named = month_names(words, weeks, most)
    return {
        "type": "date",
        "tickvals": [day.isoformat() for day, _name in named],
        "ticktext": [name for _day, name in named],
        "hoverformat": "%d/%m/%Y",
        "fixedrange": True,
        "showgrid": False,
    }
