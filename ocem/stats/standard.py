"""The KPI as it would be with an unchanged mix of segments, touchpoints or phases."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.series import GroupSeries

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FILLED_AT_MOST = 0.10
"""Share of the fixed mix that may be missing in a week; beyond it the week is left out."""


@dataclass(frozen=True)
class Standardised:
    """A fixed-mix series, with what had to be done for weeks in which a cell was empty.

    `series` has the fixed-mix value times the week's denominator as numerator, so that it reads like any other group;
    `filled_weeks` counts weeks in which empty cells took their own reference value, `dropped_weeks` those left
    out because empty cells made up more than a tenth of the mix.
    """

    series: GroupSeries
    weights: Floats
    filled_weeks: int
    dropped_weeks: int


def standardise(
    numerator: Floats,
    denominator: Floats,
    reference: Bools,
    weights: Floats | None = None,
    n: Floats | None = None,
    numerator_log: Floats | None = None,
) -> Standardised:
    """Weigh the cells of a group by a fixed mix: value_t = sum_s w_s numerator_st / denominator_st.

    A KPI of the whole can move while no cell does, because customers moved between cells. The fixed-mix series shows
    only what happened within cells.

    Parameters
    ----------
    numerator, denominator : arrays (cells, T)
        Weekly sums; NaN or a denominator of 0 where nothing happened.
    reference : bool array (T,)
        The baseline: its denominators are the mix if no weights are given, and its values fill empty cells.
    weights : array (cells,), optional
        A mix of the caller's; scaled to sum 1.
    n, numerator_log : arrays (cells, T), optional
        As in `GroupSeries`.

    Raises
    ------
    StatsInputError
        If shapes differ or the mix has no positive weight.

    References
    ----------
    Direct standardisation: Kitagawa (1964), Demography 1, 296-315.

    Examples
    --------
    >>> orders = np.array([[90.0, 10.0], [10.0, 90.0]])
    >>> online = np.array([[9.0, 1.0], [5.0, 45.0]])  # 10 % and 50 % in both weeks: only the mix moved
    >>> fixed = standardise(online, orders, np.array([True, False]))
    >>> (fixed.series.numerator / fixed.series.denominator).round(3).tolist()
    [0.14, 0.14]
    """
    above, below = (np.atleast_2d(np.asarray(v, dtype=float)) for v in (numerator, denominator))
    if above.shape != below.shape or reference.shape != above.shape[1:]:
        raise StatsInputError(
            N_("Cells of shape {numerator} and {denominator} do not fit {weeks} weeks."),
            numerator=above.shape,
            denominator=below.shape,
            weeks=len(reference),
        )
    there = np.isfinite(above) & np.isfinite(below) & (below > 0)
    mix = _mix(np.where(there, below, 0.0), reference, weights)
    values = _fixed_mix(above, below, there, mix, reference)
    missing = np.where(there, 0.0, mix[:, None]).sum(axis=0)
    total = np.where(there, below, 0.0).sum(axis=0)
    total = np.where((total > 0) & (missing <= FILLED_AT_MOST), total, np.nan)
    logs = None
    if numerator_log is not None:
        logs = _fixed_mix(np.atleast_2d(numerator_log), below, there, mix, reference) * total
    rows = total if n is None else np.where(np.isfinite(total), np.nansum(np.atleast_2d(n), axis=0), np.nan)
    series = GroupSeries(values * total, total, rows, logs)
    filled = (missing > 0) & np.isfinite(total)
    return Standardised(series, mix, int(filled.sum()), int((np.isnan(total) & there.any(axis=0)).sum()))


def _mix(denominator: Floats, reference: Bools, weights: Floats | None) -> Floats:
    raw = denominator[:, reference].sum(axis=1) if weights is None else np.asarray(weights, dtype=float)
    if raw.shape != (len(denominator),) or not np.isfinite(raw).all() or (raw < 0).any() or not raw.sum() > 0:
        raise StatsInputError(
            N_("A mix of {cells} cells needs as many weights, none negative and one positive; found {weights}."),
            cells=len(denominator),
            weights=raw.tolist(),
        )
    mix: Floats = raw / raw.sum()
    return mix


def _fixed_mix(above: Floats, below: Floats, there: Bools, mix: Floats, reference: Bools) -> Floats:
    """Weighted mean over cells, (T,); an empty cell stands at its own value over the reference weeks."""
    value = np.divide(above, below, out=np.zeros_like(above), where=there)
    known = there & reference
    usual = np.where(known, above, 0.0).sum(axis=1) / np.maximum(np.where(known, below, 0.0).sum(axis=1), 1e-300)
    return mix @ np.where(there, value, usual[:, None])
