"""Many comparisons shown together: how many of the findings chance would have made."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values so that among those below q at most a share q is expected to be false.

    Parameters
    ----------
    p_values : sequence of float or None
        One per comparison of the family; None (a comparison without a number) stays None and does not count.

    Returns
    -------
    list of float or None
        Adjusted p-values, in the order given, at most 1.

    Raises
    ------
    StatsInputError
        If a p-value is not in [0, 1].

    References
    ----------
    Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, 289-300.

    Examples
    --------
    >>> [round(q, 4) for q in benjamini_hochberg([0.01, 0.04, 0.03, 0.2])]
    [0.04, 0.0533, 0.0533, 0.2]
    """
    given = [i for i, p in enumerate(p_values) if p is not None]
    p = np.array([p_values[i] for i in given], dtype=float)
    if not ((p >= 0) & (p <= 1)).all():
        raise StatsInputError(
            N_("A p-value lies between 0 and 1; found {values}."), values=p[~((p >= 0) & (p <= 1))].tolist()
        )
    adjusted: list[float | None] = [None] * len(p_values)
    for i, q in zip(given, _step_up(p), strict=True):
        adjusted[i] = float(q)
    return adjusted


def _step_up(p: Floats) -> Floats:
    order = np.argsort(p, kind="stable")
    raw = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return adjusted
