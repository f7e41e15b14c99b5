"""Why a KPI moved between two windows: which members of a dimension, and whether rates or only the mix changed."""

from datetime import date

import numpy as np

from ocem.domain.comparison import Note
from ocem.domain.decomposition import Contribution, Decomposition
from ocem.domain.kpi import Kpi, KpiKind
from ocem.errors import N_, WrongUse
from ocem.evaluation.scope import by_member, scope_of
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats.decomposition import Split, disagrees, split_ratio, split_sum
from ocem.store import kpi as kpi_store
from ocem.store.database import Database
from ocem.store.decomposition import window_cube

Window = tuple[date, date]
DIMENSIONS = ("segment", "touchpoint", "phase")
TOTALS = (KpiKind.COUNT, KpiKind.SUM)
FEWEST_ROWS = 10
"""Rows in a window below which a member's own value is not shown."""


def decompose(
    database: Database, kpi: str, view: View, before_window: Window, after_window: Window, by: str = "segment"
) -> Decomposition:
    """Split the change of a KPI between two windows into contributions of a dimension's members.

    Parameters
    ----------
    kpi : str
        Key of a KPI.
    view : View
        Cells to look at; its days do not matter.
    before_window, after_window : (date, date)
        Inclusive days.
    by : {"segment", "touchpoint", "phase"}

    Returns
    -------
    Decomposition
        Contributions add up to the change exactly. Counts and sums are taken per week.

    Raises
    ------
    NotFound
        If no KPI bears the key.
    WrongUse
        If the dimension is another, or a window ends before it begins.
    """
    if by not in DIMENSIONS:
        raise WrongUse(N_("A change is split by segment, touchpoint or phase; found {by}."), by=by)
    for first, last in (before_window, after_window):
        if last < first:
            raise WrongUse(N_("A window ends on {last}, before it begins on {first}."), first=first, last=last)
    with database.cursor() as con:
        number, found = kpi_store.find_kpi(con, kpi)
        cube = window_cube(con, number, [before_window, after_window])
    scope = scope_of(cube, found, view.perimeter())
    keys, sums = by_member(cube, by, scope)
    weeks = np.array([((last - first).days + 1) / 7 for first, last in (before_window, after_window)])
    empty = _refused(found, sums)
    whole: dict[str, object] = {
        "kpi": found.key,
        "unit": found.unit,
        "direction": found.direction.value,
        "by": by,
        "before_window": before_window,
        "after_window": after_window,
    }
    if empty is not None:
        return Decomposition(**whole, before=None, after=None, has_mix=False, refused=empty)  # type: ignore[arg-type]
    split, has_mix = _split(found, by, sums, weeks)
    return Decomposition(
        **whole,  # type: ignore[arg-type]
        before=split.before,
        after=split.after,
        has_mix=has_mix,
        contributions=_contributions(keys, split, sums["denominator" if has_mix else "n"]),
        warnings=_warnings(split, has_mix),
    )


def decompose_all(
    database: Database, kpi: str, before_window: Window, after_window: Window, view: View = EVERYTHING
) -> tuple[Decomposition, ...]:
    """Split the same change along each dimension, the one whose parts differ most first."""
    found = [decompose(database, kpi, view, before_window, after_window, by) for by in DIMENSIONS]
    return tuple(sorted(found, key=lambda item: -_spread(item)))


def _spread(item: Decomposition) -> float:
    """Return how far the largest contribution stands out beside an equal share of the change."""
    parts = [abs(part.total) for part in item.contributions]
    return max(parts) - sum(parts) / len(parts) if len(parts) > 1 else -1.0


def _refused(kpi: Kpi, sums: dict[str, np.ndarray]) -> Note | None:
    """Return why there is nothing to split, or None."""
    base = sums["n"] if kpi.kind in TOTALS else sums["denominator"]
    for place, code in enumerate(("no_data_before", "no_data_after")):
        if not len(base) or not base[:, place].sum() > 0:
            return Note(code, {"kpi": kpi.key})
    return None


def _split(kpi: Kpi, by: str, sums: dict[str, np.ndarray], weeks: np.ndarray) -> tuple[Split, bool]:
    """Split with mix and rate where each member has its own denominator, else into parts that add up."""
    above, below = sums["numerator"], sums["denominator"]
    if kpi.kind in TOTALS:
        return split_sum(above, weeks), False
    lonely = ((below <= 0) & (above != 0)).any()
    if (kpi.per_sale and by != "segment") or lonely or (below < 0).any():
        return split_sum(above, below.sum(axis=0)), False
    return split_ratio(above, below), True


def _contributions(keys: tuple[str, ...], split: Split, rows: np.ndarray) -> tuple[Contribution, ...]:
    def own(value: float, n: float) -> float | None:
        return float(value) if np.isfinite(value) and n > 0 else None

    found = [
        Contribution(
            key,
            float(split.mix[i]),
            float(split.rate[i]),
            own(split.part_before[i], rows[i, 0]),
            own(split.part_after[i], rows[i, 1]),
            float(split.weight_before[i]),
            float(split.weight_after[i]),
            float(rows[i, 0]),
            float(rows[i, 1]),
        )
        for i, key in enumerate(keys)
        if rows[i].any()
    ]
    return tuple(sorted(found, key=lambda item: -abs(item.total)))


def _warnings(split: Split, has_mix: bool) -> tuple[Note, ...]:
    """Warn when parts and whole disagree, or when most of the change is a different mix."""
    if not has_mix:
        return ()
    mix, rate = float(split.mix.sum()), float(split.rate.sum())
    if disagrees(split):
        return (Note("simpson", {"change": split.change, "rate": rate, "mix": mix}),)
    if abs(mix) > abs(rate) and abs(mix) > 1e-12:
        return (Note("mix_dominates", {"change": split.change, "rate": rate, "mix": mix}),)
    return ()
