"""Formats that a source is remembered to write, held against the file at hand: an export whose settings changed."""

from collections.abc import Callable, Mapping, Sequence

from ocem.domain.batch import Question
from ocem.intake.evidence import (
    DECIMAL_COMMA,
    DECIMAL_POINT,
    Facts,
    answer_key,
    kind_of_format,
    read_day,
    read_number,
    samples_of,
    undecided,
)
from ocem.intake.look import shown
from ocem.intake.reading import NUMBER_MARK, Column
from ocem.intake.split import Row

MANY = 3
"""So many values that only the other format reads are no slips of the keyboard."""


def doubted(columns: Sequence[Column], rows: Sequence[Row], answers: Mapping[str, str]) -> tuple[Question, ...]:
    """Return a question for each column that the remembered format does not read and the other one does.

    Where the remembered format reads no telling value and the other reads some, values that both read, differently,
    would be stored wrong without a word.
    """
    found = []
    for column in columns:
        kind = None if undecided(column) or column.date_order == "YMD" else kind_of_format(column)
        if kind is None or answer_key(column.field, kind) in answers:
            continue
        cells = [(row.line, row.cells[column.index]) for row in rows if column.index < len(row.cells)]
        texts = [(line, shown(cell)) for line, cell in cells if cell and not cell.startswith(NUMBER_MARK)]
        question = _doubt(column, kind, texts)
        if question is not None:
            found.append(question)
    return tuple(found)


def _doubt(column: Column, kind: str, texts: Sequence[tuple[int, str]]) -> Question | None:
    read: Callable[[str, str], str | None]
    if kind == "number_format":
        choices, read = (DECIMAL_COMMA, DECIMAL_POINT), read_number
        first, second = (column.decimal or ",", "." if column.decimal == "," else ",")
    else:
        choices, read = ("DMY", "MDY"), read_day
        first, second = column.date_order or "DMY", "MDY" if column.date_order == "DMY" else "DMY"
        read = read_day
    against, both = [], []
    for line, text in texts:
        ours, theirs = read(text, first), read(text, second)
        if ours is not None and theirs is None:
            return None
        if ours is None and theirs is not None:
            against.append((line, text))
        elif ours != theirs:
            both.append((line, text))
    if not against or (not both and len(against) < MANY):
        return None
    facts = Facts(samples=[*against[:2], *both[:2]])
    return Question(column.field, kind, choices, column.header, samples_of(column, kind, facts))
