"""How small a change could these windows have shown: minimum detectable effects."""

import numpy as np
from numpy.typing import NDArray

from ocem.stats.products import design_products
from ocem.stats.spacing import find_spacing, gap_weight2

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

POWER = 0.80
NUDGE = 0.02
"""Step of the numerical derivative in rho."""
TINY = 1e-300


def step_error(design: Floats, used: Bools, rho: Floats, variance: Floats, column: int = 1) -> Floats:
    """Standard error that generalised least squares would have for one column, for AR(1) noise of known rho.

    Parameters
    ----------
    design : array (T, p)
    used : bool array (k, T)
    rho, variance : arrays (k,)
        Persistence and variance of a week's noise.

    Notes
    -----
    The root of [(X'V^-1 X)^-1] at the column, V_ij = variance * rho**|i - j|, through the AR(1) factor of V: the
    first week counts with weight 1 - rho**2, each other one as its step from the week before.
    """
    spacing = find_spacing(used)
    first = (used & (spacing.gap == 0)).astype(float)
    information = gap_weight2(rho, 0)[:, None, None] * design_products(design, first, 1)[0]
    for gap in spacing.lengths:
        now, cross, then = design_products(design, (spacing.gap == gap).astype(float), gap)
        r = (rho**gap)[:, None, None]
        information += gap_weight2(rho, gap)[:, None, None] * (now - r * cross + r * r * then)
    column_variance = np.linalg.pinv(information, hermitian=True)[:, column, column]
    return np.sqrt(np.maximum(variance * (1.0 - rho**2) * column_variance, 0.0))


def t_degrees(design: Floats, used: Bools, rho: Floats, column: int = 1) -> Floats:
    """Degrees of freedom for the t of one column when rho is estimated from the same weeks, (k,).

    The estimated variance of the coefficient is uncertain twice: in the variance of the innovations, by
    2 / (n - p), and in rho, whose own variance is about (1 - rho**2) / n and moves the logarithm of the standard
    error by g for each unit. Satterthwaite's rule turns the sum into 2 / (2 / (n - p) + 4 g**2 (1 - rho**2) / n). It
    matters where the step hangs on the long run (few weeks, a wash-in): there a t with n - p degrees cries wolf.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

    Examples
    --------
    >>> design = np.column_stack([np.ones(60), np.arange(60) >= 52])
    >>> t_degrees(design, np.ones((1, 60), bool), np.array([0.2])).round(1).tolist()
    [20.2]
    """
    n_weeks = np.maximum(used.sum(axis=1), 1.0)
    moved = np.where(rho > 0, rho - NUDGE, rho + NUDGE)
    errors = [step_error(design, used, r, 1.0 / (1.0 - r**2), column) for r in (rho, moved)]
    # where the weeks say nothing about the column the error is 0, and so is its derivative
    logs = [np.log(np.maximum(error, TINY)) for error in errors]
    slope = (logs[1] - logs[0]) / (moved - rho)
    doubt = 2.0 / np.maximum(n_weeks - design.shape[1], 1.0) + 4.0 * slope**2 * (1.0 - rho**2) / n_weeks
    degrees: Floats = np.maximum(2.0 / doubt, 1.0)
    return degrees


def minimum_detectable(error: Floats, df: Floats, confidence: float | Floats = 0.95, power: float = POWER) -> Floats:
    """Smallest true effect that a two-sided test finds with this power: (t[1 - alpha/2] + t[power]) * error.

    Examples
    --------
    >>> round(float(minimum_detectable(np.array(1.0), np.array(1e9))), 4)
    2.8016
    """
    from scipy.special import stdtrit

    smallest: Floats = (stdtrit(df, 0.5 + confidence / 2.0) + stdtrit(df, power)) * error
    return smallest
