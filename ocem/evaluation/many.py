"""Columns of p-values and effects in a file, and plans for two groups: the arithmetic of many looks and of sizes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ocem.errors import N_, Refused
from ocem.stats import equivalence
from ocem.stats.multiplicity import benjamini_hochberg
from ocem.stats.shrinkage import Shrunken, shrink
from ocem.store.table import read_columns


@dataclass(frozen=True)
class Adjusted:
    """p-values adjusted by Benjamini-Hochberg in the order of the file, and how many are rejected either way."""

    adjusted: tuple[float, ...]
    benjamini_hochberg: int
    bonferroni: int


def adjusted(path: Path, column: str, alpha: float) -> Adjusted:
    """Adjust a column of p-values; empty cells do not count.

    Raises
    ------
    Refused
        If the column holds no p-value.
    """
    values = read_columns(path, {column: "number"})[column]
    known = values[np.isfinite(values)]
    if not len(known):
        raise Refused(N_("{file}: no row is left to compare."), file=path.name)
    q_values = [value for value in benjamini_hochberg(known.tolist()) if value is not None]
    return Adjusted(tuple(q_values), sum(q <= alpha for q in q_values), int((known <= alpha / len(known)).sum()))


def pooled(path: Path, effect: str, error: str, is_variance: bool, method: str, centre: float | None) -> Shrunken:
    """Draw a column of effects together."""
    columns = read_columns(path, {effect: "number", error: "number"})
    known = np.isfinite(columns[effect]) & np.isfinite(columns[error])
    errors = np.sqrt(np.maximum(columns[error], 0.0)) if is_variance else columns[error]
    return shrink(columns[effect][known].tolist(), errors[known].tolist(), centre=centre, method=method)


@dataclass(frozen=True)
class Plan:
    """Observations in each group, not rounded, and the power they give."""

    n: float
    power: float


def planned(kind: str, size: tuple[float, float], power: float | None, n: float | None, alpha: float) -> Plan:
    """Return a plan for two groups; exactly one of power and n is given."""
    power_at, size_for = (
        (equivalence.power_of_means, equivalence.sample_size_of_means)
        if kind == "mean"
        else (equivalence.power_of_shares, equivalence.sample_size_of_shares)
    )
    if power is not None:
        return Plan(size_for(power, *size, alpha), power)
    assert n is not None
    return Plan(n, power_at(n, *size, alpha))
