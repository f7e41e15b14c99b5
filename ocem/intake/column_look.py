"""What a column of an unknown file looks like, and how much its name and its values sound like a meaning."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ocem.intake.layout import Layout
from ocem.intake.look import fold, is_total, looks_like_date, looks_like_number, shown
from ocem.intake.meaning import Meaning, vocabulary
from ocem.intake.reading import FALSE_WORDS, NULL_WORDS, TRUE_WORDS
from ocem.intake.split import Row


@dataclass(frozen=True)
class ColumnLook:
    """What a column's sample looks like."""

    index: int
    name: str
    n_filled: int
    dates: float
    numbers: float
    distinct: int
    texts: tuple[str, ...]
    below: tuple[str, ...] = ()
    """What further header rows say about it: the question asked, the part of a merged heading."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that the header calls it."""
        return (self.name, *self.below)

    @property
    def unique(self) -> bool:
        """Say whether no value repeats."""
        return self.n_filled > 0 and self.distinct == self.n_filled


def look_at(layout: Layout, sample: Sequence[Row]) -> list[ColumnLook]:
    """Describe every column by a sample of rows, totals apart.

    Rows of less than half the columns belong to what stands below.
    """
    whole = [row for row in sample if 2 * len(row.cells) >= layout.width] or sample
    whole = [row for row in whole if not is_total(row.cells)] or whole
    looks = []
    for index, name in enumerate(layout.header):
        cells = [shown(row.cells[index]) for row in whole if index < len(row.cells)]
        filled = [cell for cell in cells if cell and cell.lower() not in NULL_WORDS]
        n_filled = max(len(filled), 1)
        looks.append(
            ColumnLook(
                index,
                name,
                len(filled),
                sum(1 for cell in filled if looks_like_date(cell)) / n_filled,
                sum(1 for cell in filled if looks_like_number(cell)) / n_filled,
                len(set(filled)),
                tuple(dict.fromkeys(filled)),
                tuple(row[index] for row in layout.below if index < len(row) and _is_name(row[index])),
            )
        )
    return looks


def _is_name(text: str) -> bool:
    """Say whether a cell of a further header row is for people: not empty, no key of the system that wrote it."""
    return bool(text.strip()) and not text.startswith("{")


def plain_name(name: str) -> str:
    """Return a header as names are compared: underscores are spaces."""
    return fold(re.sub(r"[_\s]+", " ", name))


def names_score(meaning: Meaning, names: Sequence[str]) -> tuple[float, str]:
    """Say how much the header rows of a column sound like a meaning: as much as the row that says it best."""
    return max((name_score(meaning, name) for name in names), key=lambda found: found[0])


def name_score(meaning: Meaning, name: str) -> tuple[float, str]:
    """Say how much a header sounds like a meaning: the whole name, a word inside, or nearly the name."""
    plain = plain_name(name)
    known = [plain_name(item) for item in meaning.names]
    if plain in known:
        return 1.0 - 0.15 * known.index(plain) / len(known), "name"
    if any(word in plain for word in meaning.never):
        return 0.0, ""
    if any(re.search(rf"\b{re.escape(word)}", plain) for word in meaning.words):
        return 0.7, "words"
    near = difflib.get_close_matches(plain, known, n=1, cutoff=0.86)
    return (0.6, "name") if near and len(plain) > 4 else (0.0, "")


def value_score(meaning: Meaning, look: ColumnLook) -> float:
    """Say whether a column's values can be what a meaning needs: 0 excludes it."""
    if look.n_filled == 0:
        return 0.0
    if meaning.needs == "date":
        return 1.0 if look.dates >= 0.8 else 0.6 if look.dates >= 0.5 else 0.0
    if meaning.needs == "number":
        numeric = look.numbers >= 0.8 or sum(":" in text for text in look.texts) > 0.8 * len(look.texts)
        if look.dates >= 0.8 and not _compact_numbers(look):
            return 0.0
        return 1.0 if numeric else 0.6 if look.numbers >= 0.5 else 0.0
    if meaning.needs == "flag":
        words = {text.lower() for text in look.texts}
        return 1.0 if len(words) <= 3 and words <= {*TRUE_WORDS, *FALSE_WORDS} else 0.0
    if meaning.field == "phase" and any(_STAGE.search(text) for text in look.texts):
        return 0.0
    if meaning.needs == "words":
        if look.dates >= 0.5 or (look.numbers > 0.9 and look.distinct > 12):
            return 0.0
        return 1.0 if look.distinct <= max(60, look.n_filled // 5) else 0.2
    if meaning.needs == "id":
        return 1.0 if look.unique and look.dates < 0.5 else 0.3 if look.distinct > 0.5 * look.n_filled else 0.0
    return 0.0 if look.dates >= 0.8 else 1.0


_STAGE = re.compile(r"(?i)\b(?:chius|vint|pers[ao]\b|won\b|lost\b|negozia|proposal|qualif)")
"""Words of the stages of a deal, which are not phases of a journey."""


def _compact_numbers(look: ColumnLook) -> bool:
    return all(text.isdigit() and len(text) == 8 for text in look.texts)


def personal_name(name: str) -> bool:
    """Say whether a header speaks of a person."""
    words = [word for word in vocabulary().personal if word not in ("via", "name", "nome")]
    return any(re.search(rf"\b{re.escape(word)}\b", plain_name(name)) for word in words)
