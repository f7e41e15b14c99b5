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
    sums = cube.total(scope.above)
    if scope.below is not scope.above and not np.array_equal(scope.below, scope.above):
        sums["denominator"] = cube.sums["denominator"][scope.below].sum(axis=0)
    return sums


def by_member(cube: WeeklyCube, dimension: str, scope: Scope) -> tuple[tuple[str, ...], Sums]:
    """Add up the cells in scope by the members of one dimension: keys, and sums of shape (n_keys, n_weeks)."""
    keys, member = np.unique(cube.dimensions()[dimension][scope.above | scope.below], return_inverse=True)
    own = np.zeros((len(keys), len(scope.above)), dtype=bool)
    own[member, np.flatnonzero(scope.above | scope.below)] = True
    above, below = ((own & side).astype(float) for side in (scope.above, scope.below))
    sums = {name: above @ values for name, values in cube.sums.items()}
    return tuple(keys.tolist()), sums | {"denominator": below @ cube.sums["denominator"]}
