"""What a slide holds before it becomes a file: cells, tables, slides, decks."""

from dataclasses import dataclass
from datetime import date

from ocem.domain.review import ReviewDocument
from ocem.reporting.deck_chart import ControlChart, PeriodChart


@dataclass(frozen=True)
class Cell:
    """A text and, where it is one, the number or day behind it with the unit it is in."""

    text: str
    number: float | None = None
    unit: str = ""
    day: date | None = None
    tone: str = ""
    """``good``, ``bad``, ``open`` or empty; the text says the same."""
    strong: bool = False


@dataclass(frozen=True)
class Column:
    """A column's name, its share of the width, and whether it holds numbers."""

    name: str
    share: float = 1.0
    right: bool = False


@dataclass(frozen=True)
class Table:
    """A table that may run over several pages, its head repeated."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    empty: str = ""
    """What is said when there are no rows."""


@dataclass(frozen=True)
class Slide:
    """One slide. `kind` decides its layout: ``cover``, ``tables``, ``item``, ``trend`` or ``method``."""

    kind: str
    title: str
    kicker: str = ""
    lead: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    chart: ControlChart | None = None
    periods: tuple[PeriodChart, ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Titled lists of sentences."""
    item: str = ""
    """Key of the agenda item it is about."""


@dataclass(frozen=True)
class Deck:
    """A whole deck in one language."""

    lang: str
    title: str
    footer: str
    slides: tuple[Slide, ...]
    document: ReviewDocument
    author: str = ""
