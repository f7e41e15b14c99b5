"""Which series can be compared at all, and by which design."""

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.errors import N_, StatsInputError
from ocem.stats.design import SHORTEST_AFTER, Choice, choose
from ocem.stats.result import Estimate, Refusal
from ocem.stats.series import TOTAL_KINDS, Prepared, Sums
from ocem.stats.weekly import Task

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

FEWEST_ANSWERS = 10
"""Rows in a window below which a share, mean or score is not shown."""
FEWEST_FITTED = 12
"""Fewest usable weeks before, once closures and thin weeks are gone."""


def check_confidence(confidence: float) -> None:
    """Raise unless it can be the coverage of an interval."""
    if not 0 < confidence < 1:
        raise StatsInputError(N_("A confidence lies between 0 and 1; found {confidence}."), confidence=confidence)


def check_shapes(weeks: Days, inside: Sums, comparison: Sums | None) -> None:
    """Raise unless both groups have the same weeks and, beside a single comparison group, the same number of series."""
    shapes = [inside.numerator.shape] + ([] if comparison is None else [comparison.numerator.shape])
    rows = {shape[0] for shape in shapes} - {1}
    if any(shape[1] != len(weeks) for shape in shapes) or len(rows | {shapes[0][0]}) > 1:
        raise StatsInputError(N_("Groups of shape {shapes} do not fit {weeks} weeks."), shapes=shapes, weeks=len(weeks))


def refuse_inputs(task: Task, prepared: Prepared) -> list[Estimate | Refusal | None]:
    """Refuse the series that no design could use, each for the first reason that holds."""
    windows, total = task.windows, task.kind in TOTAL_KINDS
    here = prepared.present & windows.fitted
    reasons: list[tuple[str, Bools]] = [
        ("negative_weights", _negative(task.kind, task.inside) | _negative(task.kind, task.comparison)),
        ("all_missing", np.logical_not(np.isfinite(task.inside.numerator).any(axis=1))),
        ("comparison_missing", _absent(task.comparison, windows.fitted)),
        ("no_baseline", np.logical_not((here & windows.before).any(axis=1))),
        ("not_positive", ~prepared.index_possible),
    ]
    if not total:
        reasons.append(("too_few_answers", task.fewest_answers < FEWEST_ANSWERS))
    found: list[Estimate | Refusal | None] = [None] * len(here)
    for code, holds in reasons:
        for row in np.flatnonzero(np.broadcast_to(holds, len(here))):
            found[row] = found[row] or Refusal(code, _refusal_values(code, task, int(row)))
    return found


def _refusal_values(code: str, task: Task, row: int) -> dict[str, int]:
    if code != "too_few_answers":
        return {}
    return {"answers": int(task.fewest_answers[row]), "needed": FEWEST_ANSWERS}


def _negative(kind: KpiKind, group: Sums | None) -> Bools:
    """Weights or counts below zero; the denominator of a ratio is an amount and may be."""
    if group is None:
        return np.zeros(1, bool)
    weights = [group.n] + ([group.denominator] if kind is not KpiKind.RATIO else [])
    negative: Bools = np.any([np.nan_to_num(weight) < 0 for weight in weights], axis=(0, 2))
    return negative


def _absent(group: Sums | None, fitted: Bools) -> Bools:
    if group is None:
        return np.zeros(1, bool)
    return np.logical_not((group.present & fitted).any(axis=1))


def by_design(
    found: list[Estimate | Refusal | None], prepared: Prepared, task: Task, method: str
) -> list[tuple[Choice, NDArray[np.int64]]]:
    """Choose a design for each series that is still open; write refusals, return the others by design."""
    windows = task.windows
    before = prepared.used & windows.before
    history = _history_length(before, windows.before)
    n_before, n_after = before.sum(axis=1), (prepared.used & windows.after).sum(axis=1)
    groups: dict[Choice, list[int]] = {}
    for row in [i for i, answer in enumerate(found) if answer is None]:
        choice = choose(int(history[row]), task.comparison is not None, method, pace=task.pace)
        if isinstance(choice, Refusal):
            found[row] = choice
        elif n_before[row] < FEWEST_FITTED:
            found[row] = Refusal("too_few_weeks_before", {"weeks": int(n_before[row]), "needed": FEWEST_FITTED})
        elif n_after[row] < SHORTEST_AFTER:
            closed = int((prepared.closed[row] & windows.after).sum())
            values = {"weeks": int(n_after[row]), "needed": SHORTEST_AFTER, "closed": closed}
            found[row] = Refusal("too_few_weeks_after", values)
        else:
            groups.setdefault(choice, []).append(row)
    return [(choice, np.array(rows)) for choice, rows in groups.items()]


def _history_length(used: Bools, before: Bools) -> NDArray[np.int64]:
    """Weeks of the window from the first usable one on; closures in between count as history."""
    started = np.maximum.accumulate(used, axis=1)
    length: NDArray[np.int64] = (started & before).sum(axis=1)
    return length
