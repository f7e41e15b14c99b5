"""Least squares with the standard errors that published comparisons use: classical, White, Newey-West, clustered.

These are for checking published figures and for tables drawn at random. Between two periods of one series none of them
keeps its word (`ocem.stats.marginal` does): with 60 weeks Newey-West errors reject in 13-22 % where 5 % is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """Coefficients with their covariance; `df` belongs to the t of an interval (infinite: the normal)."""

    params: Floats
    covariance: Floats
    df: float
    n: int
    residuals: Floats

    @property
    def errors(self) -> Floats:
        """Standard errors."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)), dtype=float)

    def half_width(self, column: int, confidence: float = 0.95) -> float:
        """Half of the interval of one coefficient."""
        from scipy.special import ndtri, stdtrit

        tail = 0.5 + confidence / 2.0
        return float((ndtri(tail) if np.isinf(self.df) else stdtrit(self.df, tail)) * self.errors[column])

    def p_value(self, column: int) -> float:
        """Two-sided, for a coefficient of 0."""
        from scipy.special import ndtr, stdtr

        t = -abs(self.params[column] / self.errors[column])
        return float(2.0 * (ndtr(t) if np.isinf(self.df) else stdtr(self.df, t)))


def least_squares(
    y: Floats,
    design: Floats,
    errors: str = "classical",
    *,
    clusters: NDArray[np.int64] | None = None,
    second_clusters: NDArray[np.int64] | None = None,
    lags: int | None = None,
    kernel: str = "bartlett",
    small: bool = False,
    absorbed: int = 0,
) -> Fitted:
    """Fit by least squares with one kind of standard error.

    Parameters
    ----------
    y, design : arrays (n,), (n, p)
    errors : {"classical", "white", "hc0", "hc1", "hc2", "hc3", "hac", "cluster", "cluster0"}
        ``white`` is HC1; ``hac`` is Newey-West over `lags` (None: the whole part of 4 (n / 100)^(2/9)); ``cluster``
        has the factor G / (G - 1) * (n - 1) / (n - p) and t with G - 1 degrees of freedom (CR1), ``cluster0`` none;
        with two clusterings the covariances of either are added and that of their cells taken off.
    kernel : {"bartlett", "parzen", "truncated", "quadratic_spectral"}
        Weights of the lags; the last one weighs all lags, `lags` + 1 being its bandwidth.
    small : bool
        Whether HAC errors get the factor n / (n - p).
    absorbed : int
        Columns taken out beforehand (fixed effects), for the degrees of freedom.

    References
    ----------
    White (1980), Econometrica 48, 817-838; Newey & West (1987), Econometrica 55, 703-708; Cameron, Gelbach & Miller
    (2011), J. Bus. Econ. Stat. 29, 238-249.

    Examples
    --------
    >>> found = least_squares(np.array([1.0, 2, 3, 5]), np.column_stack([np.ones(4), [0.0, 1, 2, 3]]))
    >>> found.params.round(2).tolist(), found.errors.round(3).tolist()
    ([0.8, 1.3], [0.324, 0.173])
    """
    n, p = design.shape
    if n <= p + absorbed or not (np.isfinite(y).all() and np.isfinite(design).all()):
        raise StatsInputError(N_("{rows} complete rows are too few for {columns} coefficients."), rows=n, columns=p)
    gram = design.T @ design
    if np.linalg.cond(gram / np.outer(*[np.sqrt(np.maximum(np.diag(gram), 1e-300))] * 2)) > 1e12:
        raise StatsInputError(N_("The columns of this regression say the same thing twice."))
    bread = np.asarray(np.linalg.inv(gram), dtype=float)
    params = bread @ (design.T @ y)
    residuals = y - design @ params
    scores = design * residuals[:, None]
    left = n - p - absorbed
    if errors == "classical":
        return Fitted(params, float(residuals @ residuals) / left * bread, float(left), n, residuals)
    if errors in HETEROSCEDASTIC:
        meat, df = _white(design, residuals, bread, HETEROSCEDASTIC[errors], n / left), float(left)
    elif errors == "hac":
        reach = int(4.0 * (n / 100.0) ** (2.0 / 9.0)) if lags is None else lags
        meat, df = _newey_west(scores, reach, kernel) * (n / left if small else 1.0), float(left)
    elif errors in ("cluster", "cluster0") and clusters is not None:
        meat, df = _clustered(scores, clusters, second_clusters, left, errors == "cluster")
    else:
        raise StatsInputError(N_("No kind of standard error is called {name}."), name=errors)
    return Fitted(params, bread @ meat @ bread, df, n, residuals)


HETEROSCEDASTIC = {"hc0": 0, "white": 1, "hc1": 1, "hc2": 2, "hc3": 3}
"""Kinds of White's errors."""


def _white(design: Floats, residuals: Floats, bread: Floats, kind: int, factor: float) -> Floats:
    """White's covariance of the scores; kinds 2 and 3 divide by what each row leaves to itself (MacKinnon & White)."""
    left_to_itself = 1.0 - np.einsum("ni,ij,nj->n", design, bread, design)
    weight = {0: 1.0, 1: factor, 2: 1.0 / left_to_itself, 3: 1.0 / left_to_itself**2}[kind]
    return np.asarray(design.T @ (design * (weight * residuals**2)[:, None]), dtype=float)


def _newey_west(scores: Floats, lags: int, kernel: str) -> Floats:
    if kernel not in KERNELS:
        raise StatsInputError(
            N_("No kernel is called {name}; there are {known}."), name=kernel, known=", ".join(KERNELS)
        )
    meat = scores.T @ scores
    for lag in range(1, len(scores) if kernel == "quadratic_spectral" else lags + 1):
        product = scores[lag:].T @ scores[:-lag]
        meat = meat + KERNELS[kernel](lag / (lags + 1.0)) * (product + product.T)
    return np.asarray(meat, dtype=float)


def _parzen(x: float) -> float:
    return 1.0 - 6.0 * x**2 + 6.0 * x**3 if x <= 0.5 else 2.0 * (1.0 - x) ** 3


def _quadratic_spectral(x: float) -> float:
    z = 1.2 * np.pi * x
    return float(3.0 / z**2 * (np.sin(z) / z - np.cos(z)))


KERNELS: dict[str, Callable[[float], float]] = {
    "bartlett": lambda x: 1.0 - x,
    "parzen": _parzen,
    "truncated": lambda x: 1.0,
    "quadratic_spectral": _quadratic_spectral,
}
"""Weight of a lag, by its share of the bandwidth (Andrews 1991, Econometrica 59, 817-858)."""


def _clustered(
    scores: Floats, clusters: NDArray[np.int64], second: NDArray[np.int64] | None, left: int, factor: bool
) -> tuple[Floats, float]:
    """Outer products of the scores summed by cluster, with the usual factor where it is asked for."""
    if second is None:
        meat, count = _one_way(scores, clusters, left, factor)
        return meat, count - 1.0
    both = clusters * (int(second.max()) + 1) + second
    parts = [_one_way(scores, one, left, factor) for one in (clusters, second, both)]
    return parts[0][0] + parts[1][0] - parts[2][0], min(parts[0][1], parts[1][1]) - 1.0


def _one_way(scores: Floats, clusters: NDArray[np.int64], left: int, factor: bool) -> tuple[Floats, float]:
    _, code = np.unique(clusters, return_inverse=True)
    count = int(code.max()) + 1
    if count < 2:
        raise StatsInputError(N_("Clustered errors need at least two clusters."))
    sums = np.zeros((count, scores.shape[1]))
    np.add.at(sums, code, scores)
    widened = count / (count - 1.0) * (len(scores) - 1.0) / left if factor else 1.0
    return widened * sums.T @ sums, float(count)


def autoregressive(y: Floats, design: Floats, first: bool, rounds: int = 100) -> tuple[Fitted, float]:
    """Least squares with AR(1) errors, iterated, as textbooks do it; also the persistence.

    Parameters
    ----------
    first : bool
        Whether the first row is kept, scaled (Prais-Winsten), or lost (Cochrane-Orcutt).
    rounds : int
        Most iterations; 1 for the two-step estimate.

    References
    ----------
    Prais & Winsten (1954); Cochrane & Orcutt (1949); rho from the residuals regressed on those before, as Stata does.

    Examples
    --------
    >>> x = np.column_stack([np.ones(8), np.arange(8.0)])
    >>> fit, rho = autoregressive(np.array([1.0, 2, 2, 3, 5, 6, 6, 7]), x, first=True)
    >>> fit.params.round(2).tolist(), round(rho, 2)
    ([0.85, 0.9], 0.1)
    """
    params, rho = least_squares(y, design).params, 0.0
    for _ in range(rounds):
        residuals = y - design @ params
        new = float(residuals[1:] @ residuals[:-1] / (residuals[:-1] @ residuals[:-1]))
        # beyond 1 the first row would have no weight to be scaled by
        new = min(max(new, -0.999), 0.999)
        table = np.column_stack([y, design])
        left = table[1:] - new * table[:-1]
        if first:
            left = np.vstack([np.sqrt(1.0 - new**2) * table[:1], left])
        fit = least_squares(left[:, 0], left[:, 1:])
        params, settled, rho = fit.params, abs(new - rho) < 1e-8, new
        if settled:
            break
    return fit, rho


def within(values: Floats, first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
    """Take two sets of fixed effects out of columns (n, p), by alternating means until nothing is left."""
    out = np.array(values, dtype=float)
    codes = [np.unique(one, return_inverse=True)[1] for one in (first, second)]
    size = np.abs(out).max(initial=1.0)
    for _ in range(2000):
        moved = 0.0
        for code in codes:
            counts = np.bincount(code)
            for column in range(out.shape[1]):
                mean = np.bincount(code, weights=out[:, column]) / counts
                out[:, column] -= mean[code]
                moved = max(moved, float(np.abs(mean).max()))
        if moved < 1e-13 * size:
            break
    return out


@dataclass(frozen=True)
class CountModel:
    """A log-linear model of counts: coefficients, covariance already widened by `dispersion`."""

    params: Floats
    covariance: Floats
    dispersion: float

    def rate_ratio(self, column: int, confidence: float = 0.95) -> tuple[float, float, float]:
        """Ratio of rates with its Wald interval."""
        from scipy.special import ndtri

        half = float(ndtri(0.5 + confidence / 2.0)) * float(np.sqrt(self.covariance[column, column]))
        b = float(self.params[column])
        return float(np.exp(b)), float(np.exp(b - half)), float(np.exp(b + half))


def count_regression(counts: Floats, design: Floats, exposure: Floats | None = None, quasi: bool = True) -> CountModel:
    """Poisson regression with offset log(exposure), by iterated weighted least squares.

    With `quasi` the covariance is multiplied by Pearson's chi-square over its degrees of freedom.

    References
    ----------
    McCullagh & Nelder (1989), Generalized Linear Models, 2nd ed., chapter 6.

    Examples
    --------
    >>> step = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])
    >>> counts = np.array([10.0, 14, 12, 4, 20, 22, 13, 25])
    >>> found = count_regression(counts, np.column_stack([np.ones(8), step]))
    >>> [round(value, 3) for value in found.rate_ratio(1)][0], round(found.dispersion, 3)
    (2.0, 1.583)
    """
    base = np.ones(len(counts)) if exposure is None else exposure
    if len(counts) <= design.shape[1] or (counts < 0).any() or (base <= 0).any() or not counts.sum() > 0:
        raise StatsInputError(
            N_("A rate needs counts of at least 0, one of them above 0, and an exposure above 0 for each.")
        )
    offset = np.log(base)
    mean: Floats = np.maximum(counts, 0.1)
    params: Floats = np.zeros(design.shape[1])
    for _ in range(100):
        working = np.log(mean) - offset + (counts - mean) / mean
        weighted = design * mean[:, None]
        new = np.linalg.solve(design.T @ weighted, weighted.T @ working)
        mean = np.asarray(np.exp(offset + design @ new), dtype=float)
        settled = np.abs(new - params).max() < 1e-12 * max(1.0, np.abs(new).max())
        params = np.asarray(new, dtype=float)
        if settled:
            break
    bread = np.linalg.inv(design.T @ (design * mean[:, None]))
    pearson = float(((counts - mean) ** 2 / mean).sum()) / (len(counts) - design.shape[1])
    return CountModel(params, bread * (pearson if quasi else 1.0), pearson)
