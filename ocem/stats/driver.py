"""Which of several drivers go with an outcome, when they also go with each other: shares of the explained variance.

All of it works on covariance matrices, so that a bootstrap is a stack of small matrices and no row is touched twice.
"""

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError
from ocem.stats.glsar import fit_weekly
from ocem.stats.interval import Contrast

Floats = NDArray[np.float64]

EXACT_DRIVERS = 10
"""Drivers up to which all subsets are gone through; beyond, relative weights stand in."""
FEWEST_PERIODS = 12
FEWEST = 100
"""Fewest complete answers."""
FEWEST_PER_DRIVER = 20


@dataclass(frozen=True)
class Importance:
    """Share of the outcome's variance that each of k drivers explains, with intervals; they add up to `r2`.

    `part` with [`part_low`, `part_high`] is the same as a share of what all drivers explain together.

    `rank_low` and `rank_high` (k,) are the places (1 = first) within which a driver lies in 95 of 100 resamples.
    `n` respondents; `is_exact` says whether all subsets were gone through (Shapley, LMG).
    """

    share: Floats
    low: Floats
    high: Floats
    part: Floats
    part_low: Floats
    part_high: Floats
    rank_low: NDArray[np.int64]
    rank_high: NDArray[np.int64]
    r2: float
    n: int
    is_exact: bool


def lmg(covariance: Floats) -> Floats:
    """Split R2 among drivers: the mean, over all orders of entry, of what each adds when it enters.

    Parameters
    ----------
    covariance : array (..., k + 1, k + 1)
        Covariances with the outcome in the last place; a stack is split matrix by matrix.

    Returns
    -------
    array (..., k)
        Shares of the outcome's variance; they add up to R2.

    References
    ----------
    Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate Analysis; Groemping (2006), J. Stat.
    Softw. 17(1). The same as Shapley's value (1953) of the game whose worth is R2.

    Examples
    --------
    Two drivers without a common part share R2 as their squared correlations:

    >>> lmg(np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.3], [0.6, 0.3, 1.0]])).round(2).tolist()
    [0.36, 0.09]
    """
    matrix = np.asarray(covariance, dtype=float)
    k = matrix.shape[-1] - 1
    worth: dict[tuple[int, ...], Floats] = {(): np.zeros(matrix.shape[:-2])}
    for size in range(1, k + 1):
        for subset in combinations(range(k), size):
            worth[subset] = _explained(matrix, subset)
    shares = np.zeros((*matrix.shape[:-2], k))
    for i in range(k):
        others = [j for j in range(k) if j != i]
        for size in range(k):
            weight = factorial(size) * factorial(k - size - 1) / factorial(k)
            for subset in combinations(others, size):
                with_it = tuple(sorted((*subset, i)))
                shares[..., i] += weight * (worth[with_it] - worth[subset])
    return np.asarray(shares)


def _explained(matrix: Floats, subset: tuple[int, ...]) -> Floats:
    """R2 of the outcome on some drivers."""
    at = list(subset)
    inner = matrix[..., at, :][..., at] + 1e-12 * np.eye(len(at))
    outer = matrix[..., at, -1]
    solved = np.linalg.solve(inner, outer[..., None])[..., 0]
    return np.asarray((solved * outer).sum(axis=-1) / matrix[..., -1, -1])


def relative_weights(covariance: Floats) -> Floats:
    """Split R2 among drivers through the uncorrelated variables nearest to them; quick for many drivers.

    Parameters and return as `lmg`.

    References
    ----------
    Johnson (2000), Multivar. Behav. Res. 35, 1-19.

    Examples
    --------
    >>> relative_weights(np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.3], [0.6, 0.3, 1.0]])).round(2).tolist()
    [0.36, 0.09]
    """
    matrix = np.asarray(covariance, dtype=float)
    sd = np.sqrt(np.einsum("...ii->...i", matrix))
    correlation = matrix / (sd[..., :, None] * sd[..., None, :])
    values, vectors = np.linalg.eigh(correlation[..., :-1, :-1])
    root = (vectors * np.sqrt(np.maximum(values, 1e-12))[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    onto = np.linalg.solve(root, correlation[..., :-1, -1][..., None])[..., 0]
    return np.asarray((root**2 @ (onto**2)[..., None])[..., 0])


def importance(
    drivers: Floats, outcome: Floats, cluster: NDArray[np.int64], n_resamples: int = 400, seed: int = 1
) -> Importance:
    """Share of the outcome's variance by driver, with intervals from resampling respondents.

    Parameters
    ----------
    drivers : array (n, k)
        Complete answers, one row a questionnaire.
    outcome : array (n,)
    cluster : int array (n,)
        Who answered: questionnaires of one respondent are drawn together.

    Raises
    ------
    StatsInputError
        If there are too few complete answers, or a column never varies.
    """
    x = np.column_stack([drivers, outcome]).astype(float)
    n, k = len(x), x.shape[1] - 1
    if k < 1 or n < max(FEWEST, FEWEST_PER_DRIVER * k):
        raise StatsInputError(
            N_("{n} complete answers to {k} questions; at least {needed} are needed."),
            n=n,
            k=k,
            needed=max(FEWEST, FEWEST_PER_DRIVER * max(k, 1)),
        )
    if not np.isfinite(x).all() or (x.std(axis=0) <= 0).any():
        raise StatsInputError(N_("A question to which everybody answers the same explains nothing."))
    exact = k <= EXACT_DRIVERS
    split = lmg if exact else relative_weights
    found = split(np.cov(x.T, bias=True))
    drawn = split(_resampled(x, cluster, n_resamples, np.random.default_rng(seed)))
    ranks = np.argsort(np.argsort(-drawn, axis=1), axis=1) + 1
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    parts = drawn / drawn.sum(axis=1, keepdims=True)
    part_low, part_high = np.quantile(parts, [0.025, 0.975], axis=0)
    rank_low, rank_high = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    return Importance(
        found, low, high, found / found.sum(), part_low, part_high, rank_low.astype(int), rank_high.astype(int),
        float(found.sum()), n, exact,
    )  # fmt: skip


def _resampled(x: Floats, cluster: NDArray[np.int64], n_resamples: int, rng: np.random.Generator) -> Floats:
    """Covariance matrices of resamples of whole respondents, (n_resamples, k + 1, k + 1)."""
    _names, at = np.unique(cluster, return_inverse=True)
    groups = int(at.max()) + 1
    centred = x - x.mean(axis=0)
    p = x.shape[1]
    products = np.einsum("ni,nj->nij", centred, centred).reshape(len(x), -1)
    sums = np.zeros((groups, 1 + p + p * p))
    np.add.at(sums, at, np.column_stack([np.ones(len(x)), centred, products]))
    found = np.zeros((n_resamples, p, p))
    for i in range(n_resamples):
        times = np.bincount(rng.integers(0, groups, groups), minlength=groups).astype(float)
        total = times @ sums
        mean = total[1 : 1 + p] / total[0]
        found[i] = total[1 + p :].reshape(p, p) / total[0] - np.outer(mean, mean)
    return found


def effect_with_memory(
    driver: Floats, outcome: Floats, used: NDArray[np.bool_] | None = None, confidence: float = 0.95
) -> Contrast:
    """Change of an outcome for one unit of a driver, when what is left of the outcome remembers the week before.

    Least squares would call such an effect too sure: weeks that resemble each other are fewer than they seem.

    Parameters
    ----------
    driver, outcome : array (T,)
        Values of the same periods, in order.
    used : bool array (T,), optional
        Periods that count; default all.

    Raises
    ------
    StatsInputError
        If fewer than 12 periods count, or the driver never varies in them.

    References
    ----------
    Prais & Winsten (1954), Cowles Commission Discussion Paper 383; see `ocem.stats.glsar`.
    """
    from scipy.special import stdtr, stdtrit

    there = np.ones(len(driver), dtype=bool) if used is None else np.asarray(used, dtype=bool)
    x = np.where(there, driver, 0.0)
    if int(there.sum()) < FEWEST_PERIODS or not np.ptp(x[there]) > 0:
        raise StatsInputError(N_("An effect needs at least {n} periods and a driver that varies."), n=FEWEST_PERIODS)
    design = np.column_stack([np.ones(len(x)), np.where(there, x - x[there].mean(), 0.0)])
    fit = fit_weekly(np.where(there, outcome, 0.0)[None], design, there[None])
    estimate, error, df = float(fit.params[0, 1]), float(np.sqrt(fit.covariance[0, 1, 1])), float(fit.df[0])
    half = float(stdtrit(df, 0.5 + confidence / 2.0)) * error
    p_value = 2.0 * float(stdtr(df, -abs(estimate) / error)) if error > 0 else float(estimate == 0)
    return Contrast(estimate, estimate - half, estimate + half, error, df, p_value)
