"""The little HTML that native elements cannot say; every text is escaped here."""

import base64
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from ocem.domain.comparison import Comparison
from ocem.i18n import Words, formats
from ocem.reporting.comparison import VerdictLook, change_interval, verdict_look
from ocem.reporting.gauge import gauge


def tag(name: str, *children: str, css: str = "", **attributes: Any) -> str:
    """Write an element; children are markup already, attribute values are escaped."""
    if css:
        attributes["class"] = css
    written = "".join(f' {key.replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(children)}</{name}>"


def text(value: Any) -> str:
    """Escape a text."""
    return escape(str(value))


def literal(value: Any) -> str:
    r"""Escape a text for elements that read Markdown, so that it can bring neither links nor pictures nor colours.

    Examples
    --------
    >>> literal("![x](a) *b*")
    '!\\[x\\](a) \\*b\\*'
    """
    unlinked = re.sub(r"(?i)(https?:|www)(?=[/.])", "\\1\u2060", str(value))
    return re.sub(r"([\\`*_\[\]<>#$~]|:(?=\w))", r"\\\1", unlinked)


def mark(name: str) -> str:
    """Draw a mark; the word beside it says the same, so it is hidden from screen readers."""
    return tag("span", css=f"oce-mark oce-mark-{name}", aria_hidden="true")


def show(*parts: str) -> None:
    """Put markup on the page."""
    st.html(tag("div", *parts, css="oce"))


def verdict_line(look: VerdictLook, extra: str = "") -> str:
    """Write a verdict with its mark."""
    return tag("p", mark(look.mark), tag("span", text(look.word)), extra, css="oce-verdict")


def picture(svg: str | None, alt: str, css: str) -> str:
    """Embed an SVG picture."""
    if svg is None:
        return ""
    data = base64.b64encode(svg.encode()).decode()
    return f'<img class="{css}" alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}">'


def gauge_strip(words: Words, comparison: Comparison) -> str:
    """Draw an effect's interval against zero and the threshold."""
    places = gauge(comparison)
    if places is None:
        return ""
    label = words.gettext(
        "95% interval of the change: {interval}. The grey zone is too small to matter.",
        interval=change_interval(words, comparison),
    )
    return tag(
        "div",
        tag("i", css="zone", style=f"left:{places.zone_left}%;width:{places.zone_width}%"),
        tag("i", css="zero", style=f"left:{places.zero}%"),
        tag("i", css="bar", style=f"left:{places.bar_left}%;width:{places.bar_width}%"),
        tag("i", css="dot", style=f"left:{places.dot}%"),
        css=f"oce-gauge oce-{verdict_look(words, comparison.verdict).tone}",
        role="img",
        aria_label=label,
        title=label,
    )


def head(title: str, aside: str = "") -> None:
    """Write a page's title with a word beside it."""
    show(tag("div", tag("h1", text(title)), tag("span", text(aside)), css="oce-head"))


def section(title: str) -> None:
    """Write the title of a part of a page."""
    show(tag("h2", text(title), css="oce-panel-title"))


def figures(items: list[tuple[str, str, str]]) -> None:
    """Write named figures side by side: name, value, a word below."""
    parts = [
        tag("div", tag("dt", text(name)), tag("dd", text(value), tag("small", text(below)) if below else ""))
        for name, value, below in items
    ]
    show(tag("dl", *parts, css="oce-figures"))


def table(headers: list[tuple[str, str]], rows: list[list[str]], caption: str, stacks: bool = False) -> None:
    """Write a table for reading; headers are (text, css), cells are markup already.

    The css of a column is ``name`` for what the row is about, ``num`` for figures, ``half`` for short words.

    Parameters
    ----------
    stacks : bool
        On a phone each row becomes a short list with the names of its columns, instead of a table to be pushed about.
    """
    head_row = tag("tr", *[tag("th", text(name), css=css, scope="col") for name, css in headers])
    cell_of = _stacked if stacks else _cell
    body = [
        tag("tr", *[cell_of(cell, name, css) for cell, (name, css) in zip(row, headers, strict=True)]) for row in rows
    ]
    css = "oce-table stacks" if stacks else "oce-table"
    show(
        tag(
            "div",
            tag("table", tag("thead", head_row), tag("tbody", *body), css=css, aria_label=caption),
            css="oce-scroll",
            tabindex="0",
            role="region",
            aria_label=caption,
        )
    )


def _cell(cell: str, _name: str, css: str) -> str:
    return tag("td", cell, css=css)


def _stacked(cell: str, name: str, css: str) -> str:
    css = f"{css} nothing".strip() if cell in ("", formats.NOTHING) else css
    return tag("td", tag("div", cell), css=css, data_name=name)


def statement(look: str, tone: str, word: str, lines: Sequence[str], warnings: Sequence[str]) -> None:
    """Draw a finding in words: its mark and name, its sentences, and its warnings below.

    Parameters
    ----------
    look, tone : str
        Shape of the mark and tone of the frame.
    lines : sequence of str
        Paragraphs as made by `tag`.
    warnings : sequence of str
        Plain sentences.
    """
    named = tag("p", mark(look), tag("span", text(word)), css="oce-verdict")
    warned = [tag("li", mark("alert"), tag("span", text(item)), css="oce-open") for item in warnings]
    show(tag("div", named, *lines, css=f"oce-statement oce-{tone}"), tag("ul", *warned, css="oce-list"))
