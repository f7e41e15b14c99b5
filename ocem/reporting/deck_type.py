"""How wide words are on a page of the deck, and where their lines break."""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
REGULAR, STRONG = "OCE Sans", "OCE Sans SemiBold"
LEADING = 1.28
NARROWEST = 0.2
"""Width of a narrow letter, as a share of the size."""
SPOKEN = {
    "\u202f": "\u00a0",
    "\u2192": ">",
    "\u2265": ">=",
    "\u2264": "<=",
    "\u2032": "'",
    "\u03c3": "s",
    "\u2011": "-",
}
"""What stands for signs that the typeface lacks."""


@lru_cache(maxsize=1)
def fonts() -> dict[bool, Any]:
    """Return the two weights of the typeface, embedded in every PDF; True is the stronger."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    found = {}
    for strong, name, file in ((False, REGULAR, "oce-sans-regular.ttf"), (True, STRONG, "oce-sans-semibold.ttf")):
        font = TTFont(name, str(FONTS / file))
        pdfmetrics.registerFont(font)
        found[strong] = font
    return found


def font_name(strong: bool) -> str:
    """Return the registered name of a weight."""
    fonts()
    return STRONG if strong else REGULAR


@lru_cache(maxsize=4096)
def _glyph(letter: str) -> str:
    known = fonts()[False].face.charToGlyph
    if ord(letter) in known:
        return letter
    if letter in SPOKEN:
        return SPOKEN[letter]
    if unicodedata.category(letter)[0] in "CZ":
        return " "
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if ord(part) in known)
    return plain or "?"


def printable(text: str) -> str:
    r"""Return a text with every sign the typeface lacks replaced by one it has.

    Examples
    --------
    >>> printable("Perché à 3\u202f%, Ł → 語")
    'Perché à 3\xa0%, Ł > ?'
    """
    return "".join(_glyph(letter) for letter in text)


@lru_cache(maxsize=4096)
def _advance(letter: str, strong: bool) -> float:
    """Width of one letter at size 1."""
    return float(fonts()[strong].stringWidth(letter, 1))


def width(text: str, size: float, strong: bool = False) -> float:
    """Return the width of a printable text in points."""
    return size * sum(_advance(letter, strong) for letter in text)


def wrapped(text: str, room: float, size: float, strong: bool = False, most: int | None = None) -> tuple[str, ...]:
    """Break a text into lines no wider than `room`; beyond `most` lines it ends with an ellipsis.

    Words wider than a line are cut.
    """
    if most is not None:
        text = text[: (most + 1) * _most_letters(room, size)]
    lines = [line for part in text.splitlines() or [""] for line in _paragraph(printable(part), room, size, strong)]
    if most is not None and len(lines) > most:
        lines = lines[:most]
        lines[-1] = shortened(lines[-1] + " \u2026", room, size, strong)
    return tuple(lines)


def shortened(text: str, room: float, size: float, strong: bool = False) -> str:
    """Cut a line so that it fits, ending with an ellipsis."""
    whole = printable(text)
    text = whole[: _most_letters(room, size)]
    if text == whole and width(text, size, strong) <= room:
        return text
    body = text.rstrip("\u2026 ")
    while body and width(body + "\u2026", size, strong) > room:
        body = body[:-1]
    return body.rstrip() + "\u2026"


def _most_letters(room: float, size: float) -> int:
    """Return more letters than fit into a line of the narrowest ones."""
    return int(room / (size * NARROWEST)) + 1


def _paragraph(text: str, room: float, size: float, strong: bool) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    space = width(" ", size, strong)
    for word in text.split(" "):
        for piece in _pieces(word, room, size, strong):
            wide = width(piece, size, strong)
            if line and used + space + wide > room:
                lines.append(line)
                line, used = piece, wide
            else:
                line, used = (f"{line} {piece}", used + space + wide) if line else (piece, wide)
    return [*lines, line]


def _pieces(word: str, room: float, size: float, strong: bool) -> list[str]:
    """Cut a word that is wider than a line."""
    if width(word, size, strong) <= room:
        return [word]
    found: list[str] = []
    piece, used = "", 0.0
    for letter in word:
        wide = size * _advance(letter, strong)
        if piece and used + wide > room:
            found.append(piece)
            piece, used = letter, wide
        else:
            piece, used = piece + letter, used + wide
    return [*found, piece]
