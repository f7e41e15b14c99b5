"""Regression with first-order autoregressive errors, for many series at once.

`fit_glsar` is the iterated Cochrane-Orcutt of statsmodels, ``GLSAR(y, X, rho=1).iterative_fit(maxiter=10)``: least
squares, rho from the residuals (Yule-Walker, denominators n and n - 1), least squares on ``y_t - rho y_{t-1}``, and
again until the coefficients move by less than 1e-4 of themselves. The first week is dropped; the degrees of freedom
are (weeks - 1) - (columns of the design).

`fit_weekly` takes rho from there, corrects its small-sample bias and fits once more with the first week kept
(Prais-Winsten). Rho from residuals is too small by about (p + (p + 2) rho) / n for p columns, which makes intervals
too short; measured on AR(1) series with p of 2, 3 and 7, n of 28 to 128 and rho of 0 to 0.8, the correction leaves a
bias under 0.03 and brings false alarms at nominal 5 % from 6-15 % to 5-8 % for n of 96 or more.

Weeks that are missing keep their place in time (`ocem.stats.spacing`); only neighbours one week apart inform rho.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocem.stats.products import (
    Products,
    WeeklyProducts,
    checked,
    identifiable,
    normal_equations,
    pair_products,
    solve,
    weekly_products,
)
from ocem.stats.spacing import Spacing, find_spacing, later, whiten

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MAX_RHO = 0.98
"""A persistence beyond this cannot be told from a random walk; rho is held here."""
STRONGEST = 0.95
"""The same after the correction for bias, so that a first week keeps some weight."""


@dataclass(frozen=True)
class GlsarFit:
    """Fits of k series over T weeks with p columns; a row of NaN where a series could not be fitted.

    `params` (k, p); `covariance` (k, p, p); `rho`, `sigma2` (variance of an innovation), `df` and `ok` (k,);
    `residuals` (k, T) are y - X b; `innovations` (k, T) are what is left after the AR step, NaN in weeks that do not
    enter; `bread` (k, p, p) is the inverse of the whitened cross products: covariance = sigma2 * bread.
    """

    params: Floats
    covariance: Floats
    rho: Floats
    sigma2: Floats
    df: Floats
    ok: Bools
    residuals: Floats
    innovations: Floats
    bread: Floats


def fit_glsar(
    y: Floats, design: Floats, used: Bools | None = None, max_iterations: int = 10, tolerance: float = 1e-4
) -> GlsarFit:
    """Fit y_t = x_t'b + u_t, u_t = rho u_{t-1} + e_t to each of k series that share one design, as statsmodels does.

    Parameters
    ----------
    y : array (k, T)
        Series; what stands in weeks that are not used does not matter.
    design : array (T, p)
        One column per coefficient.
    used : bool array (k, T), optional
        Weeks that count; default all. Holes keep their place in time (see `ocem.stats.spacing`).
    max_iterations, tolerance
        As ``maxiter`` and ``rtol`` of statsmodels ``iterative_fit``.

    Returns
    -------
    GlsarFit
        A series with too few weeks, or whose weeks cannot tell the columns apart, has ``ok`` False and NaN.

    Raises
    ------
    StatsInputError
        If the shapes do not fit.

    References
    ----------
    Cochrane & Orcutt (1949), J. Am. Stat. Assoc. 44, 32-61; statsmodels 0.15 ``regression.linear_model.GLSAR``.

    Examples
    --------
    >>> y = np.array([[1.0, 3, 4, 5, 8, 10, 9]])
    >>> design = np.column_stack([np.ones(7), np.arange(1.0, 8)])
    >>> fit = fit_glsar(y, design)
    >>> fit.params.round(4).tolist(), fit.df.tolist()
    ([[-0.3142, 1.5242]], [4.0])
    """
    y, design, used = checked(y, design, used)
    ok = identifiable(design, used)
    if not ok.any():
        return _unfitted(y, design)
    clean, spacing = np.where(used, y, 0.0)[ok], find_spacing(used[ok])
    products = pair_products(clean, design, spacing)
    params, rho = _iterate(clean, design, spacing, products, max_iterations, tolerance)
    fit = _finish(clean, design, spacing, params, rho, products, first=False)
    return fit if ok.all() else _spread(fit, ok, y, design)


def fit_at(products: WeeklyProducts, rho: Floats) -> GlsarFit:
    """Fit at a given persistence of each series (k,), the first week kept (Prais-Winsten)."""
    if not products.ok.any():
        return _unfitted(products.y, products.design)
    rho = rho[products.ok]
    change = solve(*products.normal_equations(rho))
    fit = _finish(products.rest, products.design, products.spacing, change, rho, products.parts, first=True)
    fit = replace(fit, params=fit.params + products.start)
    return fit if products.ok.all() else _spread(fit, products.ok, products.y, products.design)


def fit_weekly(y: Floats, design: Floats, used: Bools | None = None) -> GlsarFit:
    """Fit the same model with rho corrected for its bias and no week lost.

    Parameters and return as `fit_glsar`; one degree of freedom is given to rho.

    References
    ----------
    Prais & Winsten (1954), Cowles Commission Discussion Paper 383; Kendall (1954), Biometrika 41, 403-404, for the
    bias with a constant alone.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> noise = rng.standard_normal((500, 60))
    >>> for week in range(1, 60):
    ...     noise[:, week] = 0.5 * noise[:, week - 1] + noise[:, week] * 0.75**0.5
    >>> design = np.column_stack([np.ones(60), np.arange(60) >= 52])
    >>> round(float(fit_glsar(noise, design).rho.mean()), 2), round(float(fit_weekly(noise, design).rho.mean()), 2)
    (0.43, 0.49)
    """
    products = weekly_products(y, design, used)
    rho = np.zeros(len(products.ok))
    if products.ok.any():
        start = fit_glsar(products.y[products.ok], products.design, products.spacing.used)
        n_weeks = products.spacing.used.sum(axis=1)
        rho[products.ok] = unbiased_rho(start.rho, n_weeks, products.design.shape[1])
    return fit_at(products, rho)


def unbiased_rho(rho: Floats, n_weeks: NDArray[np.int64], n_columns: int) -> Floats:
    """Correct the lag-1 autocorrelation of residuals for the columns that were fitted and the length of the series.

    With a constant alone this is Kendall's rho + (1 + 3 rho) / n. Held within (-0.95, 0.95).

    Examples
    --------
    >>> unbiased_rho(np.array([0.3]), np.array([60]), 2).round(3).tolist()
    [0.357]
    """
    corrected: Floats = (rho + n_columns / n_weeks) / np.maximum(1.0 - (n_columns + 2.0) / n_weeks, 0.1)
    return np.clip(corrected, -STRONGEST, STRONGEST)


def _rho_of(residuals: Floats, spacing: Spacing) -> Floats:
    """Yule-Walker rho of order one: lag-1 mean product over mean square, residuals centred."""
    used = spacing.used
    n_used = used.sum(axis=1)
    mean = np.where(used, residuals, 0.0).sum(axis=1) / n_used
    centred = np.where(used, residuals - mean[:, None], 0.0)
    neighbours = spacing.gap == 1
    n_neighbours = neighbours.sum(axis=1)
    square = (centred**2).sum(axis=1) / n_used
    product = np.where(neighbours, centred * later(centred, 1), 0.0).sum(axis=1) / np.maximum(n_neighbours, 1)
    rho = np.divide(product, square, out=np.zeros_like(square), where=(square > 0) & (n_neighbours > 0))
    held: Floats = np.clip(rho, -MAX_RHO, MAX_RHO)
    return held


def _iterate(
    y: Floats,
    design: Floats,
    spacing: Spacing,
    products: list[Products],
    max_iterations: int,
    tolerance: float,
) -> tuple[Floats, Floats]:
    """Coefficients and rho, in turns, until each series has settled."""
    rho = np.zeros(len(y))
    # as in statsmodels, the first pass (rho = 0) already leaves the first week out
    params = solve(*normal_equations(products, rho))
    active = np.ones(len(y), bool)
    for _ in range(max_iterations - 1):
        rho = np.where(active, _rho_of(y - params @ design.T, spacing), rho)
        new = solve(*normal_equations(products, rho))
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = np.max(np.abs(params - new) / np.abs(new), axis=1)
        params = np.where(active[:, None], new, params)
        active = active & ~(moved < tolerance)
        if not active.any():
            break
    return params, rho


def _finish(
    y: Floats,
    design: Floats,
    spacing: Spacing,
    params: Floats,
    rho: Floats,
    products: list[Products],
    first: bool,
) -> GlsarFit:
    bread = np.asarray(np.linalg.inv(normal_equations(products, rho)[0]), dtype=float)
    residuals = np.where(spacing.used, y - params @ design.T, 0.0)
    innovations = whiten(residuals, rho, spacing, first)
    rows = np.isfinite(innovations).sum(axis=1) - design.shape[1]
    sigma2 = np.nansum(innovations**2, axis=1) / rows
    return GlsarFit(
        params=params,
        covariance=sigma2[:, None, None] * bread,
        rho=rho,
        sigma2=sigma2,
        df=(spacing.used.sum(axis=1) - 1 - design.shape[1]).astype(float),
        ok=np.ones(len(y), bool),
        residuals=np.where(spacing.used, residuals, np.nan),
        innovations=innovations,
        bread=bread,
    )


def _unfitted(y: Floats, design: Floats) -> GlsarFit:
    k, p = len(y), design.shape[1]
    none, square = np.full(k, np.nan), np.full((k, p, p), np.nan)
    blank = np.full(y.shape, np.nan)
    return GlsarFit(np.full((k, p), np.nan), square, none, none, none, np.zeros(k, bool), blank, blank, square)


def _spread(fit: GlsarFit, ok: Bools, y: Floats, design: Floats) -> GlsarFit:
    """Put the fitted series back among those that could not be fitted."""
    whole = _unfitted(y, design)
    fields = {}
    for name in ("params", "covariance", "rho", "sigma2", "df", "residuals", "innovations", "bread"):
        column = getattr(whole, name).copy()
        column[ok] = getattr(fit, name)
        fields[name] = column
    return GlsarFit(ok=ok, **fields)
