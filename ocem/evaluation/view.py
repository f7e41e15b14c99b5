"""What a person chose to look at: a period and some members of each dimension."""

from dataclasses import dataclass
from datetime import date

from ocem.domain.perimeter import Perimeter


@dataclass(frozen=True)
class View:
    """Inclusive days and member keys; empty means all."""

    first: date | None = None
    last: date | None = None
    segments: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()

    def perimeter(self) -> Perimeter:
        """Return the members in view as a perimeter."""
        return Perimeter(self.touchpoints or None, self.phases or None, self.segments or None)


EVERYTHING = View()


def intersect(perimeter: Perimeter, view: View) -> Perimeter | None:
    """Cut a perimeter down to what is in view, its members in their own order; None when nothing of it is left.

    Examples
    --------
    >>> intersect(Perimeter(segments=("pmi", "officine")), View(segments=("pmi",))).segments
    ('pmi',)
    >>> intersect(Perimeter(segments=("pmi",)), View(segments=("estero",))) is None
    True
    """
    parts: list[tuple[str, ...] | None] = []
    for declared, chosen in (
        (perimeter.touchpoints, view.touchpoints),
        (perimeter.phases, view.phases),
        (perimeter.segments, view.segments),
    ):
        if not chosen:
            parts.append(declared)
            continue
        left = chosen if declared is None else tuple(key for key in declared if key in chosen)
        if not left:
            return None
        parts.append(left)
    return Perimeter(*parts)
