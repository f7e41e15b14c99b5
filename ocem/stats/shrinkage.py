"""Many effects side by side: what is left of each one when chance is taken out, and what their sum is worth.

The largest of many estimates is the one that chance helped most, and a sum of estimates picked because they were
significant is too large. Each effect is taken as a true effect plus noise of known size, the true effects as spread
around a common mean (or around zero), and is drawn towards it by the share of its deviation that is noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]
ITERATIONS = 200

LARGEST = 1e75
"""Size of a value beyond which the fourth power, in which the spread is reckoned, is no number."""


@dataclass(frozen=True)
class Shrunken:
    """Effects with chance taken out, arrays in the order given.

    `effect` with [`low`, `high`] is each true effect; `kept` in [0, 1] is the share of its distance from `centre` that
    was kept. `centre` and `centre_error` are the common mean, `between` the standard deviation of the true effects.
    `total` with [`total_low`, `total_high`] is the sum of all true effects.
    """

    effect: Floats
    low: Floats
    high: Floats
    kept: Floats
    centre: float
    centre_error: float
    between: float
    total: float
    total_low: float
    total_high: float


def shrink(
    effects: Sequence[float],
    standard_errors: Sequence[float],
    *,
    centre: float | None = None,
    confidence: float = 0.95,
    method: str = "paule_mandel",
) -> Shrunken:
    """Draw effects together by empirical Bayes and add them up honestly.

    Parameters
    ----------
    effects, standard_errors : sequences of float
        One per comparison, on one scale and in one unit; errors above 0. Give all that were made, not the significant
        ones.
    centre : float, optional
        Where the true effects lie on average; default their estimated mean. 0 is the sceptic's choice: nothing works
        unless shown.
    confidence : float
        Of the intervals.
    method : {"paule_mandel", "dersimonian_laird"}
        How the spread of the true effects is estimated. The first solves for the spread that makes the weighted squares
        equal to their degrees of freedom; the second is its first step, as in most meta-analyses.

    Returns
    -------
    Shrunken

    Raises
    ------
    StatsInputError
        If there is no effect, lengths differ, a value is not finite, or an error is not above 0.

    Notes
    -----
    effect_i = centre + tau^2 / (tau^2 + s_i^2) (y_i - centre), with the variance tau^2 s_i^2 / (tau^2 + s_i^2) plus
    what the doubt about the centre adds. The doubt about tau itself is not in the intervals: with fewer than about
    ten effects they are somewhat short.

    References
    ----------
    DerSimonian & Laird (1986), Control. Clin. Trials 7, 177-188; Paule & Mandel (1982), J. Res. Nat. Bur. Stand. 87,
    377-385; Efron & Morris (1975), J. Am. Stat. Assoc. 70, 311-319.

    Examples
    --------
    >>> found = shrink([0.9, 0.1, -0.4, 0.3], [0.3, 0.1, 0.2, 0.1], centre=0.0)
    >>> found.effect.round(2).tolist(), found.kept.round(2).tolist()
    ([0.62, 0.1, -0.33, 0.29], [0.68, 0.95, 0.83, 0.95])
    """
    y, errors = _checked(effects, standard_errors)
    variance = errors**2
    between2 = _spread(y, variance, centre, method)
    weight = 1.0 / (variance + between2)
    mean = float((weight * y).sum() / weight.sum()) if centre is None else float(centre)
    mean_variance = float(1.0 / weight.sum()) if centre is None else 0.0
    kept = between2 / (between2 + variance)
    effect = mean + kept * (y - mean)
    spread = np.sqrt(kept * variance + (1.0 - kept) ** 2 * mean_variance)
    z = _quantile(confidence)
    pulled = float((1.0 - kept).sum())
    total_half = z * float(np.sqrt((kept * variance).sum() + pulled**2 * mean_variance))
    total = float(effect.sum())
    return Shrunken(
        effect=effect,
        low=effect - z * spread,
        high=effect + z * spread,
        kept=kept,
        centre=mean,
        centre_error=float(np.sqrt(mean_variance)),
        between=float(np.sqrt(between2)),
        total=total,
        total_low=total - total_half,
        total_high=total + total_half,
    )


def _checked(effects: Sequence[float], standard_errors: Sequence[float]) -> tuple[Floats, Floats]:
    y, errors = np.asarray(effects, dtype=float), np.asarray(standard_errors, dtype=float)
    if y.ndim != 1 or y.shape != errors.shape or not len(y):
        raise StatsInputError(
            N_("{effects} effects and {errors} standard errors: one of each for every comparison."),
            effects=y.size,
            errors=errors.size,
        )
    if not (np.isfinite(y).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise StatsInputError(N_("Effects must be finite and their standard errors above 0."))
    if max(np.abs(y).max(), errors.max()) > LARGEST or errors.min() < 1.0 / LARGEST:
        raise StatsInputError(N_("These values are too large to reckon with."))
    return y, errors


def _quantile(confidence: float) -> float:
    from scipy.special import ndtri

    if not 0 < confidence < 1:
        raise StatsInputError(N_("A confidence lies between 0 and 1; found {confidence}."), confidence=confidence)
    return float(ndtri(0.5 + confidence / 2.0))


def _spread(y: Floats, variance: Floats, centre: float | None, method: str) -> float:
    """Variance of the true effects; 0 where the effects differ no more than chance would make them."""
    if method not in ("paule_mandel", "dersimonian_laird"):
        raise StatsInputError(N_("No way of shrinking is called {name}."), name=method)
    degrees = len(y) - (1 if centre is None else 0)
    if degrees < 1:
        return 0.0
    if method == "dersimonian_laird":
        return _dersimonian_laird(y, variance, centre, degrees)
    return _paule_mandel(y, variance, centre, degrees)


def _excess(y: Floats, variance: Floats, centre: float | None, between2: float) -> float:
    """Weighted squares around the centre."""
    weight = 1.0 / (variance + between2)
    mean = (weight * y).sum() / weight.sum() if centre is None else centre
    return float((weight * (y - mean) ** 2).sum())


def _dersimonian_laird(y: Floats, variance: Floats, centre: float | None, degrees: int) -> float:
    weight = 1.0 / variance
    lost = (weight**2).sum() / weight.sum() if centre is None else 0.0
    return float(max((_excess(y, variance, centre, 0.0) - degrees) / (weight.sum() - lost), 0.0))


def _paule_mandel(y: Floats, variance: Floats, centre: float | None, degrees: int) -> float:
    """Halve the interval until the weighted squares equal their degrees of freedom."""
    if _excess(y, variance, centre, 0.0) <= degrees:
        return 0.0
    low, high = 0.0, float(((y - (y.mean() if centre is None else centre)) ** 2).sum()) + float(variance.max())
    for _ in range(ITERATIONS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _excess(y, variance, centre, middle) > degrees else (low, middle)
    return (low + high) / 2.0
