"""The deck as one HTML file: nothing is fetched from anywhere, charts are drawings, and it prints a slide a page."""

import base64
from functools import lru_cache
from html import escape
from pathlib import Path

from ocem.i18n import Words
from ocem.reporting.deck_chart import (
    Area,
    ControlChart,
    Dot,
    Label,
    Line,
    Mark,
    PeriodChart,
    draw_control,
    draw_periods,
)
from ocem.reporting.deck_layout import legend
from ocem.reporting.deck_slide import Cell, Deck, Slide, Table
from ocem.reporting.deck_type import FONTS

STYLE = Path(__file__).with_name("deck.css")


def as_bytes(deck: Deck) -> bytes:
    """Return the deck as one HTML page."""
    words = Words(deck.lang)
    title = escape(f"{deck.title} · {deck.slides[0].title}")
    body = "\n".join(_slide(slide) for slide in deck.slides)
    policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
    text = (
        f'<!doctype html>\n<html lang="{words.lang}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_faces()}{STYLE.read_text(encoding='utf-8')}</style></head>\n<body><main>\n{body}\n"
        f"<footer>{escape(deck.footer)}</footer></main></body></html>\n"
    )
    return text.encode("utf-8", errors="xmlcharrefreplace")


@lru_cache(maxsize=1)
def _faces() -> str:
    """Return the typeface as part of the page."""
    faces = []
    for weight, file in ((400, "oce-sans-regular.ttf"), (600, "oce-sans-semibold.ttf")):
        data = base64.b64encode((FONTS / file).read_bytes()).decode()
        faces.append(f'@font-face{{font-family:"OCE Sans";font-weight:{weight};src:url(data:font/ttf;base64,{data})}}')
    return "".join(faces)


def _slide(slide: Slide) -> str:
    head = f'<p class="kicker">{escape(slide.kicker)}</p>'
    lead = f'<p class="lead">{escape(slide.lead)}</p>' if slide.lead else ""
    tables = "".join(_table(table) for table in slide.tables)
    lists = "".join(_list(title, lines) for title, lines in slide.lists)
    match slide.kind:
        case "cover":
            body = f"<h1>{escape(slide.title)}</h1>{lead}{_facts(slide)}"
        case "item":
            chart = _figure(slide.chart, 720, 330) if slide.chart else ""
            body = (
                f"<h2>{escape(slide.title)}</h2>"
                f'<div class="split"><div>{chart}{tables}</div><div>{_facts(slide)}{lists}</div></div>'
            )
        case "trend":
            drawn = _periods(slide)
            body = f"<h2>{escape(slide.title)}</h2>{lead}{drawn}{tables}{lists}"
        case "method":
            body = f"<h2>{escape(slide.title)}</h2>{lists}{tables}"
        case _:
            figures = _facts(slide, "figures") if slide.facts else ""
            body = f"<h2>{escape(slide.title)}</h2>{lead}{figures}{tables}{lists}"
    return f'<section class="{slide.kind}">{head}{body}</section>'


def _facts(slide: Slide, css: str = "facts") -> str:
    if css == "figures":
        parts = [f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in slide.facts]
    else:
        parts = [f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in slide.facts]
    return f'<dl class="{css}">{"".join(parts)}</dl>'


def _list(title: str, lines: tuple[str, ...]) -> str:
    if not lines:
        return ""
    head = f"<h3>{escape(title)}</h3>" if title else ""
    return f"{head}<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _table(table: Table) -> str:
    head = f"<h3>{escape(table.title)}</h3>" if table.title else ""
    if not table.rows:
        return f"{head}<p>{escape(table.empty)}</p>" if table.empty else ""
    names = "".join(
        f'<th scope="col"{_css("right" if column.right else "")}>{escape(column.name)}</th>' for column in table.columns
    )
    rows = "".join(
        "<tr>" + "".join(_cell(cell, column.right) for cell, column in zip(row, table.columns, strict=True)) + "</tr>"
        for row in table.rows
    )
    return f'{head}<div class="scroll"><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cell(cell: Cell, right: bool) -> str:
    classes = " ".join(part for part in ("right" if right else "", "strong" if cell.strong else "", cell.tone) if part)
    return f"<td{_css(classes)}>{escape(cell.text)}</td>"


def _css(classes: str) -> str:
    return f' class="{classes}"' if classes else ""


def _periods(slide: Slide) -> str:
    widths = (700.0,) if len(slide.periods) == 1 else (340.0, 680.0)
    drawn = "".join(_figure(chart, width, 250) for chart, width in zip(slide.periods, widths, strict=True))
    return f'<div class="pair{" one" if len(slide.periods) == 1 else ""}">{drawn}</div>'


def _figure(chart: ControlChart | PeriodChart, width: float, height: float) -> str:
    if isinstance(chart, ControlChart):
        marks = draw_control(chart, width, height, 10)
    else:
        marks = draw_periods(chart, width, height, 10)
    drawn = "".join(_mark(mark) for mark in marks)
    caption = "".join(
        f'<span><i class="{look}" style="color:{colour}"></i>{escape(name)}</span>'
        for name, colour, look in legend(chart)
    )
    return (
        f'<figure><svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(chart.alt)}">{drawn}</svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _mark(mark: Mark) -> str:
    match mark:
        case Line():
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in mark.points)
            dash = f' stroke-dasharray="{" ".join(f"{part:g}" for part in mark.dash)}"' if mark.dash else ""
            return (
                f'<polyline points="{points}" fill="none" stroke="{mark.colour}" stroke-width="{mark.width:g}"{dash}/>'
            )
        case Area():
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in mark.points)
            return f'<polygon points="{points}" fill="{mark.colour}" fill-opacity="{mark.opacity:g}"/>'
        case Dot():
            fill = "#fff" if mark.hollow else mark.colour
            return (
                f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{mark.radius:g}" fill="{fill}" '
                f'stroke="{mark.colour}"/>'
            )
        case Label():
            weight = ' font-weight="600"' if mark.bold else ""
            return (
                f'<text x="{mark.x:.1f}" y="{mark.y:.1f}" font-size="{mark.size:g}" fill="{mark.colour}" '
                f'text-anchor="{mark.anchor}"{weight}>{escape(mark.text)}</text>'
            )
