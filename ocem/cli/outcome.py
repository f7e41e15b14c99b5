"""What a command answers."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """A JSON document, lines for people, the exit status, and a message for standard error."""

    document: Any
    lines: list[str] = field(default_factory=list)
    status: int = 0
    message: str | None = None
