"""What the colours and shapes of a picture mean, below it: there it wraps on a phone and crowds nothing out."""

from typing import Any

from ocem.ui import markup
from ocem.ui.markup import tag, text

GLYPHS = {"diamond": "◆", "square": "■", "circle": "●", "circle-open": "○"}


def show(figure: dict[str, Any]) -> None:
    """Draw one entry a named trace."""
    entries = [
        tag("li", _sign(trace["marker"], trace.get("meta") or {}), tag("span", text(trace["name"])))
        for trace in figure["data"]
        if "marker" in trace
    ]
    markup.show(tag("ul", *entries, css="oce-legend"))


def _sign(marker: dict[str, Any], meta: dict[str, Any]) -> str:
    colour = str(meta.get("colour", marker["color"]))
    if "symbol" in marker:
        return tag("b", text(GLYPHS.get(marker["symbol"], "●")), style=f"color:{colour}", aria_hidden="true")
    css = "hatched" if marker.get("pattern") or meta.get("hatched") else ""
    return tag("i", css=css, style=f"--sign:{colour}", aria_hidden="true")
