"""The digest mail of a week's review: subject, the agenda as text and as HTML."""

from dataclasses import dataclass
from html import escape

from ocem.domain.review import ReviewDocument
from ocem.i18n import Words, formats
from ocem.reporting.deck_content import build
from ocem.reporting.deck_slide import Slide, Table

INK, SOFT, BRAND = "#14232C", "#5A6A74", "#0B6477"
TONES = {"good": "#157A53", "bad": "#B93A2F", "open": "#9A6209"}
SECTIONS = ("tables",)
"""Kinds of slide that a mail repeats; charts and method are in the deck."""


@dataclass(frozen=True)
class Digest:
    """A mail without its envelope."""

    subject: str
    text: str
    html: str


def compose(document: ReviewDocument, words: Words) -> Digest:
    """Say a review as a mail: what changed, what is due, what was decided."""
    deck = build(document, words)
    cover, *rest = deck.slides
    shown = [slide for slide in rest if slide.kind in SECTIONS]
    return Digest(
        f"{deck.title}: {cover.title}",
        _text(words, cover, shown, deck.footer),
        _html(words, cover, shown, deck.footer),
    )


def _text(words: Words, cover: Slide, slides: list[Slide], footer: str) -> str:
    lines = [cover.kicker, "", cover.title]
    if cover.lead:
        lines.append(cover.lead)
    for slide in slides:
        lines += ["", slide.title.upper()]
        for table in slide.tables:
            lines += [*([f"{table.title}:"] if table.title else []), *_text_rows(table)]
        for title, said in slide.lists:
            lines += [f"{title}:" if title else "", *(f"- {line}" for line in said)]
    lines += ["", "--", footer, words.gettext("The charts, their limits and the method are in the deck.")]
    return "\n".join(" ".join(line.split()) for line in lines) + "\n"


def _text_rows(table: Table) -> list[str]:
    """Write rows as sentences of named parts; empty parts are left out."""
    if not table.rows:
        return [table.empty] if table.empty else []
    found = []
    for row in table.rows:
        number, parts = "-", []
        for column, cell in zip(table.columns, row, strict=True):
            if not column.name:
                number = f"{cell.text}."
            elif cell.text.strip() and cell.text != formats.NOTHING:
                parts.append(cell.text if cell.strong else f"{column.name}: {cell.text}")
        found.append(f"{number} {'; '.join(parts)}")
    return found


def _html(words: Words, cover: Slide, slides: list[Slide], footer: str) -> str:
    parts = [
        f'<p style="color:{SOFT};margin:0 0 4px">{escape(cover.kicker)}</p>',
        f'<h1 style="font-size:22px;line-height:1.25;margin:0 0 8px">{escape(cover.title)}</h1>',
    ]
    if cover.lead:
        parts.append(f'<p style="color:{SOFT};margin:0 0 16px">{escape(cover.lead)}</p>')
    for slide in slides:
        parts.append(f'<h2 style="font-size:16px;color:{BRAND};margin:24px 0 6px">{escape(slide.title)}</h2>')
        parts += [_html_table(table) for table in slide.tables]
        for title, said in slide.lists:
            items = "".join(f"<li>{escape(line)}</li>" for line in said)
            head = f"<p><b>{escape(title)}</b></p>" if title else ""
            parts.append(f"{head}<ul>{items}</ul>")
    foot = words.gettext("The charts, their limits and the method are in the deck.")
    parts.append(f'<p style="color:{SOFT};font-size:12px;margin-top:28px">{escape(footer)}<br>{escape(foot)}</p>')
    style = f"font-family:Segoe UI,Roboto,Helvetica,Arial,sans-serif;font-size:14px;color:{INK};max-width:860px"
    return (
        f'<!doctype html><html lang="{words.lang}"><head><meta charset="utf-8"></head>'
        f'<body style="{style}">{"".join(parts)}</body></html>\n'
    )


def _html_table(table: Table) -> str:
    title = f'<p style="margin:10px 0 2px"><b>{escape(table.title)}</b></p>' if table.title else ""
    if not table.rows:
        return f"{title}<p>{escape(table.empty)}</p>" if table.empty else ""
    cell = "padding:5px 10px 5px 0;border-bottom:1px solid #DDE5E8;vertical-align:top;text-align:"
    head = "".join(
        f'<th style="{cell}{"right" if c.right else "left"};color:{SOFT};font-size:12px">{escape(c.name)}</th>'
        for c in table.columns
    )
    rows = []
    for row in table.rows:
        cells = []
        for item, column in zip(row, table.columns, strict=True):
            style = f"{cell}{'right' if column.right else 'left'}"
            style += f";color:{TONES[item.tone]}" if item.tone in TONES else ""
            style += ";font-weight:600" if item.strong else ""
            cells.append(f'<td style="{style}">{escape(item.text)}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    frame = '<table style="border-collapse:collapse;width:100%;font-size:13px">'
    return f"{title}{frame}<tr>{head}</tr>{''.join(rows)}</table>"
