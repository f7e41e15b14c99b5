"""How far an import is: one share from 0 to 1 over all its steps, in words, with the rows read so far."""

from collections.abc import Callable
from dataclasses import dataclass

from ocem.errors import N_

Progress = Callable[[float, str, int], None]
"""Called with a share from 0 to 1, an English sentence of the catalogue and the rows read; may raise to stop."""

RECEIVING = N_("Taking the file in")
WEIGHING = N_("Looking at how values are written")
READING = N_("Reading the rows")
STORING = N_("Storing the rows")
_SPANS = {RECEIVING: (0.0, 0.04), WEIGHING: (0.04, 0.14), READING: (0.14, 0.6), STORING: (0.6, 1.0)}
"""Where each step begins and ends, by the time it takes on a long file."""


@dataclass
class Steps:
    """Tells how far an import is; without anybody to tell it does nothing."""

    tell: Progress | None = None
    n_rows: int = 0

    def at(self, step: str, done: float, n_rows: int | None = None) -> None:
        """Say how much of a step is done, from 0 to 1."""
        if n_rows is not None:
            self.n_rows = n_rows
        if self.tell is not None:
            begin, end = _SPANS[step]
            self.tell(begin + (end - begin) * min(max(done, 0.0), 1.0), step, self.n_rows)
