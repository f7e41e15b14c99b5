"""What is to be read from a table, and what became of its rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ocem.domain.batch import LineNote, Reject
from ocem.domain.fact import DAY_FIELD, FactKind
from ocem.intake.reading import Column, literal

Progress = Callable[[int, int], None]
"""Called with the bytes of text and the rows read so far; may raise to stop."""


@dataclass(frozen=True)
class Plan:
    """What is to be read from a table, with every format decided."""

    source: str
    fact: FactKind
    columns: tuple[Column, ...]
    questions: tuple[Column, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    key_fields: tuple[str, ...] = ()
    zone: str = "Europe/Rome"
    hashed_early: bool = False
    """Whether the source has rows under the earlier hashes (`ocem.intake.early_hashes`)."""

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns of the record and of its survey answers."""
        return self.columns + self.questions

    @property
    def asked(self) -> range:
        """Positions of the survey answers among all columns."""
        return range(len(self.columns), len(self.columns) + len(self.questions))

    @property
    def day_column(self) -> int | None:
        """Position of the column that gives a record its day."""
        name = DAY_FIELD[self.fact]
        return next((i for i, column in enumerate(self.columns) if column.field == name), None)

    @property
    def constant_day(self) -> str:
        """SQL of the one day of a file without dates, as an analyst gave it."""
        given = self.constants.get(DAY_FIELD[self.fact])
        return f"DATE {literal(given)}" if given else "NULL::DATE"

    @property
    def key_columns(self) -> list[int]:
        """Positions of the columns that name the record: a row without them may be a total with a date in it."""
        keys = [name for name in self.key_fields if name != DAY_FIELD[self.fact]]
        return [i for i, column in enumerate(self.columns) if column.field in keys]

    @property
    def customer_columns(self) -> list[int]:
        """Positions of the columns that are stored as pseudonyms."""
        return [i for i, column in enumerate(self.columns) if column.type == "customer"]


@dataclass(frozen=True)
class StagedRows:
    """Accepted rows as Parquet (one file or a pattern), and what happened to every other row of the table."""

    rows: Path
    n_good: int
    n_skipped: int
    rejects: tuple[Reject, ...]
    skips: tuple[LineNote, ...]
    warnings: tuple[LineNote, ...]

    @property
    def rows_read(self) -> int:
        """All rows of the file except its header."""
        return self.n_good + self.n_skipped + len({reject.line for reject in self.rejects})


class UndecidedError(Exception):
    """A value needs a decision that the sample did not call for: the columns must be looked at as a whole."""


def quoted(name: str) -> str:
    """Return a column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'
