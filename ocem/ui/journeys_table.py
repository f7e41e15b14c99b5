"""The tables of the journeys: a title, values with those of the window before in small, and what to know about them."""

from collections.abc import Callable, Sequence

from ocem.ui import markup
from ocem.ui.guard import Here
from ocem.ui.markup import tag, text


def journey_table(
    here: Here, title: str, headers: list[tuple[str, str]], rows: list[list[str]], sentences: Sequence[str] = ()
) -> None:
    """Draw a titled table with notes below; on a phone each row becomes a short list."""
    markup.section(title)
    markup.table(headers, rows, title, stacks=True)
    notes(sentences)


def notes(sentences: Sequence[str]) -> None:
    """Write small sentences; empty ones are left out."""
    markup.show(*[tag("p", text(sentence), css="oce-note") for sentence in sentences if sentence])


def beside(here: Here, shown: str, before: float | None, write: Callable[[float], str]) -> str:
    """Return a cell: what is shown, in small the value of the window before where there is one."""
    if before is None:
        return text(shown)
    return text(shown) + tag("small", text(here.words.gettext("before: {value}", value=write(before))))
