"""The page "You said / We did" as a PDF on A4."""

from html import escape
from io import BytesIO
from typing import Any

from ocem.reporting.deck_type import SPOKEN, font_name
from ocem.reporting.restitution import Line, Sheet

BRAND, INK, SOFT, RULE = "#0B6477", "#14232C", "#52636D", "#D8E1E5"
MARGIN = 48.0


def as_pdf(item: Sheet) -> bytes:
    """Write the page as a PDF; text is real text, the typeface is embedded."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import HRFlowable, KeepTogether, SimpleDocTemplate, Spacer

    styles = _styles()
    parts: list[Any] = [_paragraph(item.title, styles["title"]), _paragraph(item.audience, styles["soft"])]
    if item.company:
        parts.append(_paragraph(item.company, styles["soft"]))
    parts += [Spacer(1, 8), HRFlowable(width="100%", thickness=2.4, color=BRAND, spaceAfter=10)]
    if not item.lines:
        parts.append(_paragraph(item.empty, styles["body"]))
    for line in item.lines:
        parts.append(KeepTogether(_line(item, line, styles)))
    parts += [Spacer(1, 12), _paragraph(item.thanks, styles["body"]), _paragraph(item.foot, styles["soft"])]
    target = BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=item.title,
        author=item.company or "OCE",
        lang=item.lang,
        invariant=1,
    )
    document.build(parts)
    return target.getvalue()


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    plain, strong = font_name(False), font_name(True)

    def style(name: str, size: float, colour: str = INK, font: str = plain, after: float = 2.0) -> Any:
        return ParagraphStyle(
            name, fontName=font, fontSize=size, leading=size * 1.35, textColor=colour, spaceAfter=after
        )

    return {
        "title": style("title", 22, font=strong, after=4),
        "head": style("head", 12.5, font=strong, after=5),
        "body": style("body", 10.5),
        "strong": style("strong", 10.5, font=strong, after=3),
        "soft": style("soft", 9, SOFT),
    }


def _paragraph(text: str, style: Any) -> Any:
    from reportlab.platypus import Paragraph

    for sign, spoken in SPOKEN.items():
        text = text.replace(sign, spoken)
    return Paragraph(escape(text), style)


def _line(item: Sheet, line: Line, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import HRFlowable, Spacer, Table, TableStyle

    both = Table(
        [
            [_paragraph(item.you_said, styles["soft"]), _paragraph(item.we_did, styles["soft"])],
            [_paragraph(f"“{line.said}”", styles["body"]), _paragraph(line.done, styles["body"])],
        ],
        colWidths=["50%", "50%"],
    )
    both.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    found: list[Any] = [
        _paragraph(line.title, styles["head"]),
        both,
        Spacer(1, 4),
        _paragraph(line.message, styles["strong"]),
    ]
    if line.proof:
        found.append(_paragraph(f"{item.proof}: {line.proof}", styles["soft"]))
    found.append(_paragraph(line.told, styles["soft"]))
    found.append(HRFlowable(width="100%", thickness=0.7, color=RULE, spaceBefore=7, spaceAfter=9))
    return found
