"""Paths of touchpoints in order, and how many of those who walked them converted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]


Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Journey:
    """One path of touchpoints in order, and how many customers on it converted and did not."""

    path: tuple[str, ...]
    converted: float
    lost: float = 0.0


@dataclass(frozen=True)
class Paths:
    """Many paths as flat arrays.

    Path i is ``names[codes[starts[i]:starts[i + 1]]]``; it was walked `converted[i]` times with and `lost[i]` times
    without a conversion. `starts` has one entry more than there are paths.
    """

    names: tuple[str, ...]
    codes: Ints
    starts: Ints
    converted: Floats
    lost: Floats

    @classmethod
    def of(cls, journeys: Sequence[Journey]) -> "Paths":
        """Flatten journeys."""
        names = sorted({name for journey in journeys for name in journey.path})
        index = {name: i for i, name in enumerate(names)}
        lengths = [len(journey.path) for journey in journeys]
        return cls(
            tuple(names),
            np.array([index[name] for journey in journeys for name in journey.path], dtype=np.int64),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            np.array([journey.converted for journey in journeys], dtype=float),
            np.array([journey.lost for journey in journeys], dtype=float),
        )

    @property
    def lengths(self) -> Ints:
        """Steps of each path."""
        return np.diff(self.starts)

    @property
    def of_step(self) -> Ints:
        """The path each step belongs to."""
        return np.repeat(np.arange(len(self.converted)), self.lengths)


def check(paths: Paths) -> None:
    """Refuse paths without steps, counts below 0, and paths of which none converted."""
    wrong = (paths.lengths == 0) | ~(paths.converted >= 0) | ~(paths.lost >= 0)
    wrong |= ~np.isfinite(paths.converted) | ~np.isfinite(paths.lost)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise StatsInputError(
            N_("A journey needs a path and counts of at least 0; found {path} with {converted} and {lost}."),
            path=" > ".join(paths.names[code] for code in paths.codes[paths.starts[at] : paths.starts[at + 1]]) or "-",
            converted=float(paths.converted[at]),
            lost=float(paths.lost[at]),
        )
    if not paths.converted.sum() > 0:
        raise StatsInputError(
            N_("No journey of {count} converted: there is nothing to attribute."), count=len(paths.converted)
        )
