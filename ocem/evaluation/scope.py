"""Which cells a KPI is summed over."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Perimeter
from ocem.store.series import WeeklyCube

Bools = NDArray[np.bool_]
Sums = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Scope:
    """Cells whose numerator counts and cells whose denominator counts, as masks over a cube's cells."""

    above: Bools
    below: Bools

    def __or__(self, other: "Scope") -> "Scope":
        return Scope(self.above | other.above, self.below | other.below)

    def __bool__(self) -> bool:
        return bool(self.above.any())


def scope_of(cube: WeeklyCube, kpi: Kpi, perimeter: Perimeter | None) -> Scope:
    """Return the cells of a perimeter; None is no cell at all."""
    if perimeter is None:
        nothing = np.zeros(len(cube.touchpoints), dtype=bool)
        return Scope(nothing, nothing)
    above = cube.inside(perimeter)
    return Scope(above, cube.inside(denominator_perimeter(kpi, perimeter)))


def denominator_perimeter(kpi: Kpi, perimeter: Perimeter) -> Perimeter:
    """Return where the denominator is counted: what is divided by sales is divided by all sales of the segments."""
    return replace(perimeter, touchpoints=None, phases=None) if kpi.per_sale else perimeter


def total(cube: WeeklyCube, scope: Scope) -> Sums:
    """Add up the cells in scope, one array of weeks a sum."""
    return cube.total(scope.above) | {"denominator": cube.total(scope.below)["denominator"]}


def by_member(cube: WeeklyCube, dimension: str, scope: Scope) -> tuple[tuple[str, ...], Sums]:
    """Add up the cells in scope by the members of one dimension: keys, and sums of shape (n_keys, n_weeks)."""
    names = cube.dimensions()[dimension]
    keys = tuple(sorted(set(names[scope.above | scope.below].tolist())))
    parts = [total(cube, Scope(scope.above & (names == key), scope.below & (names == key))) for key in keys]
    empty = np.zeros((0, len(cube.weeks)))
    return keys, {name: np.stack([part[name] for part in parts]) if parts else empty for name in cube.sums}
