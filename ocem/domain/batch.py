"""Import batches: what was found in a file, what was asked, what was stored."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ocem.domain.fact import FactKind


@dataclass(frozen=True)
class FieldMapping:
    """Where a field's value comes from and how it is read.

    Either `column` (header text) or `index` (0-based position) points into the file. `type` is a field type with its
    refinement, e.g. ``date``, ``amount``, ``score:0-10:int``, ``rate:percent``, ``duration:hms``, ``member``.
    `values` maps cell texts to member keys, flags (``true``/``false``) or words.
    """

    type: str
    column: str | None = None
    index: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    time: str | None = None
    """Header of a further column that holds the time of day, where the day stands alone."""
    currency: str | None = None
    """Header of a further column that names the currency of the amount."""


@dataclass(frozen=True)
class QuestionColumn:
    """A survey column that becomes one response row a line: `question` key, lowest and highest score."""

    question: str
    low: float
    high: float
    column: str | None = None
    index: int | None = None


@dataclass(frozen=True)
class SourceProfile:
    """How one system's export is read; saved once, recognised by its header every week.

    `formats` holds what is known about the text: ``encoding, delimiter, decimal, thousands, date_order, timezone,
    source_timezone, sheet, null_words, header_line``. What is missing is proved by the data or asked.
    `constants` are values the file does not carry (e.g. phase). `inherit` names fields taken from the customer's
    first interaction when the file lacks them (``touchpoint``, ``segment``, ``lead_day``).
    `key_fields` identify a record; empty means identical rows are separate events.
    """

    key: str
    fact: FactKind
    fields: dict[str, FieldMapping]
    label: str = ""
    system: str = ""
    questions: tuple[QuestionColumn, ...] = ()
    constants: dict[str, str] = field(default_factory=dict)
    inherit: tuple[str, ...] = ()
    key_fields: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    formats: dict[str, Any] = field(default_factory=dict)
    fingerprint: str | None = None
    version: int = 1
    label_en: str = ""
    """The label in English; `label` is in the language of whoever saved the profile."""


@dataclass(frozen=True)
class Detected:
    """How a file was read; lines are physical lines (or sheet rows), counted from 1."""

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    header_rows: int | None = None
    first_data_line: int | None = None
    decimal: str | None = None
    thousands: str | None = None
    date_format: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Question:
    """Two readings fit every value: the analyst chooses. `choices` are answers, `samples` show each on her rows."""

    field: str | None
    kind: str
    choices: tuple[str, ...]
    column: str | None = None
    samples: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Reject:
    """A row that was not stored."""

    line: int
    column: str | None
    value: str | None
    code: str
    raw: str | None = None


@dataclass(frozen=True)
class LineNote:
    """A skipped line or a warning: its code, its line, what else is to be said."""

    code: str
    line: int | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """What an import did; rows_read = accepted + updated + unchanged + rejected + skipped."""

    file: str
    sha256: str
    source: str | None
    fact: str | None
    detected: Detected
    batch: int | None = None
    rows_read: int = 0
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    skipped: int = 0
    needs_decision: tuple[Question, ...] = ()
    rejects: tuple[Reject, ...] = ()
    warnings: tuple[LineNote, ...] = ()
    skips: tuple[LineNote, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    proposed_members: tuple[tuple[str, str], ...] = ()
    imported_at: datetime | None = None
    dry_run: bool = False
