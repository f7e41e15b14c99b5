"""Cross products of series and design over pairs of weeks: the tables from which a fit at any persistence follows.

All series share the design, so every step is a product of a 0/1 mask with a table of cross products of the design:
no loop over series.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.spacing import Spacing, find_spacing, gap_weight2, later

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Products:
    """Cross products of design and series for pairs `gap` weeks apart: now-now, now-then, then-then.

    With a gap of 0 only now-now counts: the first week, which has no week before it.
    """

    gap: int
    xx: tuple[Floats, Floats, Floats]
    xy: tuple[Floats, Floats, Floats]


def design_products(design: Floats, pairs: Floats, gap: int) -> tuple[Floats, Floats, Floats]:
    """Sum x_t x_t', x_t x_s' + x_s x_t' and x_s x_s' over the marked pairs (t, s = t - gap): each (k, p, p)."""
    n_columns = design.shape[1]
    then = later(design.T, gap).T
    shape = (pairs.shape[0], n_columns, n_columns)
    now_now = np.einsum("ti,tj->tij", design, design).reshape(len(design), -1)
    cross = np.einsum("ti,tj->tij", design, then)
    now_then = (cross + cross.transpose(0, 2, 1)).reshape(len(design), -1)
    then_then = np.einsum("ti,tj->tij", then, then).reshape(len(design), -1)
    return (
        (pairs @ now_now).reshape(shape),
        (pairs @ now_then).reshape(shape),
        (pairs @ then_then).reshape(shape),
    )


def first_week(y: Floats, design: Floats, spacing: Spacing) -> Products:
    """Return the products of each series' first used week, which has no week before it."""
    first = (spacing.used & (spacing.gap == 0)).astype(float)
    xx = design_products(design, first, 1)[0]
    xy = (first * y) @ design
    return Products(0, (xx, np.zeros_like(xx), np.zeros_like(xx)), (xy, np.zeros_like(xy), np.zeros_like(xy)))


def pair_products(y: Floats, design: Floats, spacing: Spacing) -> list[Products]:
    """Return the products over pairs of used weeks, one entry for each distance that occurs."""
    found = []
    for gap in spacing.lengths:
        pairs = (spacing.gap == gap).astype(float)
        then_x, then_y = later(design.T, gap).T, later(y, gap)
        now, then = pairs * y, pairs * then_y
        xy = (now @ design, now @ then_x + then @ design, then @ then_x)
        found.append(Products(gap, design_products(design, pairs, gap), xy))
    return found


def normal_equations(products: list[Products], rho: Floats) -> tuple[Floats, Floats]:
    """Left and right side of the least squares on the whitened rows, per series."""
    left = np.zeros_like(products[0].xx[0])
    right = np.zeros_like(products[0].xy[0])
    for part in products:
        weight = gap_weight2(rho, part.gap)
        r = rho ** max(part.gap, 1)
        now, cross, then = part.xx
        left += weight[:, None, None] * (now - r[:, None, None] * cross + (r * r)[:, None, None] * then)
        now_y, cross_y, then_y = part.xy
        right += weight[:, None] * (now_y - r[:, None] * cross_y + (r * r)[:, None] * then_y)
    return left, right


def solve(left: Floats, right: Floats) -> Floats:
    """Solve one linear system per series: (k, p, p) and (k, p) give (k, p)."""
    solution = np.asarray(np.linalg.solve(left, right[..., None])[..., 0], dtype=float)
    return solution


def identifiable(design: Floats, used: Bools) -> Bools:
    """Say which series have more rows than columns and a design of full rank over their weeks."""
    n_columns = design.shape[1]
    scaled = design / np.maximum(np.abs(design).max(axis=0), 1e-300)
    gram = (used.astype(float) @ np.einsum("ti,tj->tij", scaled, scaled).reshape(len(design), -1)).reshape(
        -1, n_columns, n_columns
    )
    identifiable: Bools = (used.sum(axis=1) - 1 > n_columns) & (np.linalg.cond(gram) < 1e10)
    return identifiable


@dataclass(frozen=True)
class WeeklyProducts:
    """Cross products from which the series can be fitted at any rho, the first week kept.

    `ok` (k,) says which series can be fitted; `spacing`, `start` (least squares at rho 0) and the products are of
    those alone, and of what `start` leaves over, so that a large level costs no digits.
    """

    y: Floats
    design: Floats
    ok: Bools
    spacing: Spacing
    start: Floats
    rest: Floats
    parts: list[Products]

    def normal_equations(self, rho: Floats) -> tuple[Floats, Floats]:
        """Left and right side of the least squares for what `start` leaves over, whitened by rho (k,)."""
        return normal_equations(self.parts, rho)

    def grid_equations(self, rhos: Floats) -> tuple[Floats, Floats, Floats]:
        """The same at every rho of a grid, and the whitened squares: (grid, k, p, p), (grid, k, p), (grid, k)."""
        k, p = self.start.shape
        left, right = np.zeros((len(rhos), k, p, p)), np.zeros((len(rhos), k, p))
        square = np.zeros((len(rhos), k))
        for part, squares in zip(self.parts, self._squares(), strict=True):
            weight, r = gap_weight2(rhos, part.gap), rhos ** max(part.gap, 1)
            for factor, xx, xy, yy in zip(
                (weight, -weight * r, weight * r * r), part.xx, part.xy, squares, strict=True
            ):
                left += factor[:, None, None, None] * xx
                right += factor[:, None, None] * xy
                square += factor[:, None] * yy
        return left, right, square

    def _squares(self) -> list[tuple[Floats, Floats, Floats]]:
        """Sums of squares of what `start` leaves over, now-now, twice now-then and then-then, for each of the parts."""
        found = []
        for part in self.parts:
            if part.gap == 0:
                first = self.spacing.used & (self.spacing.gap == 0)
                nothing = np.zeros(len(self.rest))
                found.append((np.where(first, self.rest**2, 0.0).sum(axis=1), nothing, nothing))
                continue
            pairs = self.spacing.gap == part.gap
            now, then = np.where(pairs, self.rest, 0.0), np.where(pairs, later(self.rest, part.gap), 0.0)
            sums = ((now * now).sum(axis=1), 2.0 * (now * then).sum(axis=1), (then * then).sum(axis=1))
            found.append(sums)
        return found


def weekly_products(y: Floats, design: Floats, used: Bools | None = None) -> WeeklyProducts:
    """Prepare series for fits at given persistences; parameters as `fit_glsar`."""
    y, design, used = checked(y, design, used)
    ok = identifiable(design, used)
    clean, spacing = np.where(used, y, 0.0)[ok], find_spacing(used[ok])
    mask = spacing.used.astype(float)
    gram = (mask @ np.einsum("ti,tj->tij", design, design).reshape(len(design), -1)).reshape(
        -1, design.shape[1], design.shape[1]
    )
    start = solve(gram, clean @ design) if ok.any() else np.zeros((0, design.shape[1]))
    rest = np.where(spacing.used, clean - start @ design.T, 0.0)
    parts = [first_week(rest, design, spacing), *pair_products(rest, design, spacing)]
    return WeeklyProducts(y, design, ok, spacing, start, rest, parts)


def checked(y: Floats, design: Floats, used: Bools | None) -> tuple[Floats, Floats, Bools]:
    """Bring the arguments of a fit into shape.

    Raises
    ------
    StatsInputError
        If the shapes do not fit each other.
    """
    y = np.atleast_2d(np.asarray(y, dtype=float))
    design = np.asarray(design, dtype=float)
    used = np.ones(y.shape, bool) if used is None else np.atleast_2d(used)
    if design.ndim != 2 or y.shape[1] != len(design) or used.shape != y.shape:
        raise StatsInputError(
            N_("Series of shape {series}, design of shape {design} and mask of shape {mask} do not fit each other."),
            series=y.shape,
            design=design.shape,
            mask=used.shape,
        )
    return y, design, used
