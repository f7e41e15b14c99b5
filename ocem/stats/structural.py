"""A level that wanders, with season and other series beside it: structural time series by the library.

Kept for checking published figures and as a second opinion: on weekly differences their intervals are wider than those
of `ocem.stats.marginal` at the same coverage, and one fit costs a hundred times as much.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, StatsInputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LevelFit:
    """Coefficients of the regressors with their standard errors, in the order given."""

    params: Floats
    errors: Floats


def level_regression(y: Floats, regressors: Floats, season: int = 0) -> LevelFit:
    """Fit a local level with seasonal dummies and regressors whose coefficients are states (diffuse start).

    References
    ----------
    Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter; Commandeur & Koopman (2007), An
    Introduction to State Space Time Series Analysis, chapters 6-7.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    _enough(y, regressors)
    model = UnobservedComponents(y, "llevel", seasonal=season or None, exog=regressors, mle_regression=False)
    found = _fit(model)
    k = regressors.shape[1]
    states = found.smoother_results.smoothed_state[-k:, -1]
    covariance = found.smoother_results.smoothed_state_cov[-k:, -k:, -1]
    return LevelFit(np.asarray(states), np.sqrt(np.diag(covariance)))


@dataclass(frozen=True)
class Impact:
    """Mean effect per period after the go-live, with interval; `expected` is the mean counterfactual."""

    effect: float
    low: float
    high: float
    actual: float
    expected: float
    error: float


def impact(y: Floats, controls: Floats, before: int, confidence: float = 0.95) -> Impact:
    """Forecast the periods after the go-live from the level before and from control series, and compare.

    References
    ----------
    Brodersen, Gallusser, Koehler, Remy & Scott (2015), Ann. Appl. Stat. 9, 247-274; here by maximum likelihood
    instead of sampling.
    """
    from scipy.special import ndtri
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    _enough(y[:before], controls[:before])
    centre, size = y[:before].mean(), y[:before].std() or 1.0
    spread = controls[:before].std(axis=0)
    scaled = (controls - controls[:before].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    hidden = (y - centre) / size
    found = _fit(UnobservedComponents(hidden[:before], "llevel", exog=scaled[:before]))
    after = len(y) - before
    forecast = found.get_forecast(after, exog=scaled[before:])
    mean = np.asarray(forecast.predicted_mean)
    error = _error_of_mean(found, scaled, before, after)
    effect = float((hidden[before:] - mean).mean()) * size
    half = float(ndtri(0.5 + confidence / 2.0)) * error * size
    actual = float(y[before:].mean())
    return Impact(effect, effect - half, effect + half, actual, actual - effect, error * size)


def _error_of_mean(found: Any, scaled: Floats, before: int, after: int) -> float:
    """Standard error of the mean of the forecasts: the level's steps are shared by all later periods."""
    variances = dict(zip(found.model.param_names, found.params, strict=True))
    level, noise = float(variances["sigma2.level"]), float(variances["sigma2.irregular"])
    known = float(found.filter_results.predicted_state_cov[0, 0, -1]) - level
    periods = np.arange(1, after + 1)
    steps = level * float((periods[::-1] ** 2).sum()) / after**2
    coefficient = scaled[before:].mean(axis=0)
    beta = np.asarray(found.cov_params())[-scaled.shape[1] :, -scaled.shape[1] :]
    return float(np.sqrt(max(known, 0.0) + steps + noise / after + coefficient @ beta @ coefficient))


def arma_regression(y: Floats, design: Floats, ma_lags: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Regression with moving-average errors at given lags, exact likelihood: coefficients, errors, MA coefficients."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    _enough(y, design)
    pattern = [int(lag in ma_lags) for lag in range(1, max(ma_lags) + 1)]
    found = _fit(SARIMAX(y, exog=design, order=(0, 0, pattern), trend="n"))
    p = design.shape[1]
    return np.asarray(found.params[:p]), np.asarray(found.bse[:p]), np.asarray(found.params[p:-1])


def _fit(model: Any) -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(disp=False, maxiter=500)


def _enough(y: Floats, regressors: Floats) -> None:
    if len(y) < regressors.shape[1] + 10 or not (np.isfinite(y).all() and np.isfinite(regressors).all()):
        raise StatsInputError(N_("{rows} complete periods are too few for this model."), rows=len(y))
