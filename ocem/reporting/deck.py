"""One weekly review as a file to send: PPTX, PDF, XLSX or a single HTML page, in Italian or English."""

from pathlib import Path

from ocem.domain.review import ReviewDocument
from ocem.errors import N_, Refused, WrongUse
from ocem.i18n import Words
from ocem.i18n.words import DEFAULT_LANGUAGE
from ocem.reporting.deck_content import build

SUFFIXES = (".pptx", ".pdf", ".xlsx", ".html")


def write(document: ReviewDocument, path: Path, lang: str = DEFAULT_LANGUAGE) -> None:
    """Write a review into a file; its suffix decides the format.

    Nothing is left behind when writing fails: the file is made beside its place and moved there whole.

    Raises
    ------
    WrongUse
        If the suffix is none of ``.pptx``, ``.pdf``, ``.xlsx`` and ``.html``.
    Refused
        If the folder is not there or cannot be written to.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise WrongUse(
            N_("A deck is written as {known}; {file} is none of these."), known=", ".join(SUFFIXES), file=path.name
        )
    part = path.with_name(f".{path.stem}.part{path.suffix.lower()}")
    try:
        part.write_bytes(as_bytes(document, path.suffix, lang))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Refused(
            N_("{file} cannot be written: {reason}."), file=str(path), reason=error.strerror or str(error)
        ) from error


def as_bytes(document: ReviewDocument, suffix: str, lang: str = DEFAULT_LANGUAGE) -> bytes:
    """Return a review as the bytes of a file with this suffix."""
    deck = build(document, Words(lang))
    match suffix.lower():
        case ".pptx":
            from ocem.reporting import deck_pptx

            return deck_pptx.as_bytes(deck)
        case ".pdf":
            from ocem.reporting import deck_pdf

            return deck_pdf.as_bytes(deck)
        case ".xlsx":
            from ocem.reporting import deck_xlsx

            return deck_xlsx.as_bytes(deck)
        case ".html":
            from ocem.reporting import deck_html

            return deck_html.as_bytes(deck)
    raise WrongUse(N_("A deck is written as {known}; {file} is none of these."), known=", ".join(SUFFIXES), file=suffix)


def file_name(document: ReviewDocument, suffix: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return the name a deck bears as a download or attachment."""
    stem = "riunione" if Words(lang).lang == "it" else "review"
    return f"{stem}-{document.week}{suffix}"
