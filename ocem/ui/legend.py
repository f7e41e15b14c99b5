"""What the colours and shapes of a picture mean, below it: there it wraps on a phone and crowds nothing out."""

from collections.abc import Sequence
from typing import Any

from ocem.reporting.matrix import HATCHED, Look
from ocem.ui import markup
from ocem.ui.markup import tag, text

GLYPHS = {"diamond": "◆", "square": "■", "circle": "●", "circle-open": "○"}


def show(figure: dict[str, Any]) -> None:
    """Draw one entry a named trace."""
    traces = [trace for trace in figure["data"] if "marker" in trace]
    _entries([(_sign(trace["marker"]), trace["name"]) for trace in traces])


def listed(looks: Sequence[Look]) -> None:
    """Draw one entry a kind of cell."""
    _entries([(_swatch(look.colour, look.pattern, look.glyph), look.name) for look in looks])


def _entries(items: Sequence[tuple[str, str]]) -> None:
    markup.show(tag("ul", *[tag("li", sign, tag("span", text(name))) for sign, name in items], css="oce-legend"))


def _sign(marker: dict[str, Any]) -> str:
    if "symbol" in marker:
        glyph = text(GLYPHS.get(marker["symbol"], "●"))
        return tag("b", glyph, style=f"color:{marker['color']}", aria_hidden="true")
    return _swatch(str(marker["color"]), HATCHED if marker.get("pattern") else "")


def _swatch(colour: str, pattern: str, glyph: str = "") -> str:
    return tag("i", text(glyph), css=pattern, style=f"--sign:{colour}", aria_hidden="true")
