"""How cells and lines read: dates, numbers, totals, comments and what programs print around a table."""

import re
import unicodedata
from collections.abc import Sequence

from ocem.intake.reading import ERROR_MARK, NO_VALUE_MARK, NUMBER_MARK
from ocem.intake.split import Row


def fold(text: str) -> str:
    r"""Return a header or a value as it is compared: case, accents' form, spaces and invisible characters folded.

    Examples
    --------
    >>> fold("  Data\u00a0 Ordine ")
    'data ordine'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "")
    return " ".join(plain.casefold().split())


def page_text(text: str) -> str:
    """Return a line as it is compared from page to page: without numbers, blanks and delimiters.

    Examples
    --------
    >>> page_text("Elenco ordini;;  Pag. 2") == page_text("Elenco ordini;;  Pag. 1")
    True
    """
    return re.sub(r"[\d\s;,|\t]+", "", text.casefold())


_CELL_MARKS = NUMBER_MARK + ERROR_MARK + NO_VALUE_MARK
_MONEY = r"(?:[€$£¥]|us\$|euro?|usd|gbp|chf|pln|sek|nok|dkk|czk|huf|ron|jpy|cny)"
_NUMBER_LIKE = re.compile(
    rf"^[^\w]*[-+(]?\s*{_MONEY}?\s*-?\d[\d.,'’\s\u00a0\u202f]*\s*(?:%|{_MONEY})?\)?-?$", re.IGNORECASE
)
_DATE_LIKE = re.compile(
    r"^(?:\w{2,9}\.?,?\s+)?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{8}"
    r"|\d{1,2}[-. ]?[ -]?[A-Za-z]{3,10}\.?,?[ -]\d{2,4}|[A-Za-z]{3,10}\.? \d{1,2},? \d{4})"
    r"(?:[T ,](?!.*(?:\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}[-/.]\d{1,2}[-/.]\d)).*)?$"
)
"""A day, with or without the time of day; not a period from one day to another."""
_COMMENT = re.compile(r"^\s*(?:#|//|--\s|\$\w+=)")
_RULER = re.compile(r"^[\s\-=_+|*~.:;,]*[\-=_*~]{2,}[\s\-=_+|*~.:;,]*$")
_TOTAL_WORD = (
    r"(?:sub|sous|grand\s+|gran\s+)?-?(?:tota(?:le?|li|ls|al|ux)|tot|somma|somme|sum|suma|(?:ins)?gesamt(?:summe)?"
    r"|(?:zwischen|end|tages|wochen|monats|jahres)?summe"
    r"|riporto|a riportare|carried forward|brought forward)"
)
_TOTAL = re.compile(rf"^(?:\*{{1,3}}|Σ)\s*$|^\W*{_TOTAL_WORD}\b", re.IGNORECASE)
_MAYBE_TOTAL = re.compile(r"tot|somm|sum|gesamt|riport|forward|\*|Σ", re.IGNORECASE)
_FOOTER = re.compile(
    r"^\W*(?:copyright|confidential|generated|generato|stampato|printed|pagina|page|pag\.|esportato|exported|"
    r"report|filtr|fine |end of|powered|source:|fonte:|©)",
    re.IGNORECASE,
)


def shown(text: str) -> str:
    """Return a cell as a person sees it: without the marks that workbooks' cells carry."""
    return text.strip().strip(_CELL_MARKS)


def looks_like_date(text: str) -> bool:
    """Say whether a cell is written like a date, valid or not."""
    return bool(_DATE_LIKE.match(text.strip()))


def looks_like_number(text: str) -> bool:
    """Say whether a cell is written like a number, an amount or a percentage."""
    return bool(_NUMBER_LIKE.match(shown(text)))


def is_typed(cell: str) -> bool:
    """Say whether a cell is written like a number or a date."""
    return looks_like_number(cell) or looks_like_date(cell)


def is_text_row(row: Row) -> bool:
    """Say whether a row could be a header: at least two cells filled, none of them a number or a date."""
    cells = [cell.strip() for cell in row.cells if cell.strip()]
    return len(cells) >= 2 and not any(looks_like_number(cell) or looks_like_date(cell) for cell in cells)


def line_class(row: Row, text: str) -> str | None:
    """Name what a line is when it is no record by its look alone: blank, comment or ruler."""
    if row.blank:
        return "blank_line"
    if _COMMENT.match(text) and not (row.cells and row.cells[0].strip() == "#"):
        return "comment"
    if _RULER.match(text):
        return "separator_line"
    return None


def is_total(cells: Sequence[str]) -> bool:
    """Say whether a row is labelled as a total."""
    return any(_TOTAL.match(cell) for cell in cells if _MAYBE_TOTAL.search(cell))


LABELLED = (
    rf"(?i)^\W*{_TOTAL_WORD}\b|^(?:\*{{1,3}}|Σ)\s*$"
    r"|^pag(?:ina|e|\.)?\s*(?:n\.\s*)?\d+\s*(?:(?:di|of|/)\s*\d+)?\s*$"
)
"""What a cell of a total or of a page's foot begins with, for the engine: decisive only in a row without its key."""
_MONTH = (
    r"(?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|gen|feb|mar|apr|mag|giu|lug|ago|set|sett|ott|nov|dic|jan|jun|jul|aug|sep|oct|dec)\b\.?"
)
_SPAN = (
    r"(?:(?:del|di|of|al|du|per)\s+)?"
    rf"(?:(?:giorn|settiman|mes|mois|ann|period|pagin|jour|day|week|month|year|trimestr|quarter)\w*|{_MONTH}|\d[\d/.-]*)"
)
_GROUP = (
    r"(?:(?:per\s+)?(?:cliente|agente|canale|zona|regione|area)"
    r"|(?:by|per|pro|par|nach)\s+(?:customer|client|kunde|channel|region|agent|area))\b.*"
)
_WHOLE = r"generale|general|général|parziale|complessiv[oi]|overall|giornalier[oi]|mensil[ei]|annual[ei]|report"
LABELLED_ALONE = rf"(?i)^\W*{_TOTAL_WORD}(?:\s+(?:{_WHOLE}|{_SPAN}))*(?:\s+{_GROUP})?\s*[:.=]*\s*$|^(?:\*{{1,3}}|Σ)\s*$"
"""A cell that says nothing but that its row is a total: decisive where records have no key."""
TOTAL_STARTS = (
    "tot", "tota", "subt", "gran", "somm", "sum", "suma", "summ", "zwis", "ends", "gesa", "insg", "ripo", "a ri",
    "carr", "brou", "sous", "tage", "woch", "mona", "jahr", "*", "**", "***", "σ",
)  # fmt: skip
"""The first four letters of such cells."""


def is_footer_text(text: str) -> bool:
    """Say whether a line reads like what programs print below a table."""
    return bool(_FOOTER.match(text))
