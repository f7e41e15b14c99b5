"""Where the interactions went, part by part: shares that add up to the whole, their ratios and what they cost."""

from datetime import date, timedelta

import numpy as np

from ocem.domain.comparison import Note
from ocem.domain.displacement import Amount, ShiftPart
from ocem.evaluation.displacement_case import Case, Floats
from ocem.stats.displacement import Ratio, Stream, Volumes, fieller, quantile, reconciled
from ocem.store import displacement as store
from ocem.store.database import Cursor

COST_WEEKS = 52


def amount(found: Volumes, weights: Floats, per_week: float) -> Amount:
    """Return a weighted sum of the extra volumes for one week, with its interval; what cannot be judged counts 0."""
    filled = Volumes(
        np.nan_to_num(found.extra), np.nan_to_num(found.covariance), found.step, found.step_error, found.df,
        found.rho, found.reason,
    )  # fmt: skip
    value, low, high = filled.interval(weights)
    return Amount(value / per_week, low / per_week, high / per_week)


def relative(change: Amount, level: float) -> Amount | None:
    """Return a change as a share of what was to be expected, given the level that was seen."""
    expected = level - change.value
    if not expected > 0:
        return None
    return Amount(change.value / expected, change.low / expected, change.high / expected)


def ratio_of(found: Ratio) -> Amount | None:
    """Return a ratio with its interval; None where it has no two ends."""
    if found.low is None or found.high is None:
        return None
    return Amount(found.value, found.low, found.high)


def parts_of(
    found: Volumes,
    groups: list[tuple[str, list[Stream]]],
    offset: int,
    per_week: float,
    case: Case,
    total: Amount,
    is_here: Floats,
) -> tuple[ShiftPart, ...]:
    """Judge each part and let the parts add up to the total."""
    n = len(case.cohorts)
    judged: list[tuple[str, float, Floats]] = []
    refused = []
    for place, (key, streams) in enumerate(groups):
        at = slice(offset + place * n, offset + (place + 1) * n)
        level = sum(float(s.volume[s.after].sum()) for s in streams) / per_week
        code = next((reason for reason in found.reason[at] if reason), "")
        if code:
            refused.append(ShiftPart(key, level, refused=Note(code, {"volume": level})))
            continue
        weights = np.zeros(len(found.extra))
        weights[at] = 1.0
        judged.append((key, level, weights))
    if not judged:
        return tuple(refused)
    raw = [amount(found, weights, per_week) for _key, _level, weights in judged]
    spread = np.array([(item.high - item.low) ** 2 for item in raw])
    values = reconciled(np.array([item.value for item in raw]), spread, total.value)
    parts = []
    for (key, level, weights), own, value in zip(judged, raw, values.tolist(), strict=True):
        moved = Amount(value, own.low + value - own.value, own.high + value - own.value)
        parts.append(
            ShiftPart(key, level, moved, relative(moved, level), _part_ratio(found, weights, is_here, value, per_week))
        )
    return (*parts, *refused)


def _part_ratio(found: Volumes, weights: Floats, is_here: Floats, value: float, per_week: float) -> Amount | None:
    """Return how many of the extra interactions here a part explains."""
    extra, cov = np.nan_to_num(found.extra), np.nan_to_num(found.covariance)
    ratio = fieller(
        -value * per_week, float(is_here @ extra), float(weights @ cov @ weights), float(is_here @ cov @ is_here),
        -float(is_here @ cov @ weights), quantile(found.df, 0.95),
    )  # fmt: skip
    return ratio_of(ratio)


def cost(
    con: Cursor,
    case: Case,
    found: Volumes,
    parts: list[tuple[str, list[Stream]]],
    offset: int,
    is_here: Floats,
    per_week: float,
    last: date,
) -> Amount | None:
    """Return euro a week more or less, from what an interaction costs at each touchpoint; None where nobody says."""
    prices = store.unit_costs(con, last - timedelta(days=7 * COST_WEEKS - 1), last)
    n = len(case.cohorts)
    weights = is_here * prices.get(case.touchpoint, 0.0)
    known = False
    for place, (key, _streams) in enumerate(parts):
        at = slice(offset + place * n, offset + (place + 1) * n)
        if key in prices and not any(found.reason[at]):
            weights[at] = prices[key]
            known = True
    return amount(found, weights, per_week) if known else None
