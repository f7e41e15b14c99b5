"""The coefficient with persistence integrated out: arithmetic against a plain sum, and error rates where t fails."""

import numpy as np
import pytest
from scipy.special import stdtr, stdtrit

from ocem.stats.marginal import GRID, HIDDEN, KEPT, LOG_WEIGHT, fit_marginal

WEEKS, BEFORE = 60, 52
DESIGN = np.column_stack([np.ones(WEEKS), np.arange(WEEKS) >= BEFORE]).astype(float)


def persistent(rho: float, series: int, weeks: int = WEEKS, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((series, weeks))
    for week in range(1, weeks):
        y[:, week] = rho * y[:, week - 1] + np.sqrt(1 - rho**2) * y[:, week]
    return y


def test_the_interval_is_that_of_the_mixture_written_out():
    y = persistent(0.5, 1)[0]
    coefficients, errors, likelihoods = [], [], []
    apart = np.abs(np.subtract.outer(np.arange(WEEKS), np.arange(WEEKS)))
    for rho, noise in [*((rho, 0.0) for rho in GRID), *HIDDEN]:
        # generalised least squares with the whole covariance of the weeks, inverted as it stands
        inside = np.linalg.inv((1 - noise) * np.power(rho, apart) + noise * np.eye(WEEKS))
        inverse = np.linalg.inv(DESIGN.T @ inside @ DESIGN)
        b = inverse @ DESIGN.T @ inside @ y
        squares = (y - DESIGN @ b) @ inside @ (y - DESIGN @ b)
        coefficients.append(b[1])
        errors.append(np.sqrt(squares / (WEEKS - 2) * inverse[1, 1]))
        likelihoods.append(
            0.5 * (np.linalg.slogdet(inside)[1] + np.linalg.slogdet(inverse)[1] - (WEEKS - 2) * np.log(squares))
        )
    weight = np.exp(np.array(likelihoods) + LOG_WEIGHT - np.max(np.array(likelihoods) + LOG_WEIGHT))
    weight /= weight.sum()
    found = fit_marginal(y[None], DESIGN)
    half = stdtrit(found.df[0], 0.975) * found.error[0]
    line = np.linspace(-4, 4, 80001)
    below = (
        weight[:, None] * stdtr(WEEKS - 2, (line - np.array(coefficients)[:, None]) / np.array(errors)[:, None])
    ).sum(0)
    low, high = np.interp([0.025, 0.975], below, line)
    assert half == pytest.approx((high - low) / 2, abs=2e-4)
    assert found.value[0] == pytest.approx((high + low) / 2, abs=2e-4)
    assert found.fit.rho[0] == pytest.approx(weight @ KEPT)


def test_many_at_once_are_the_same_as_one_by_one():
    y = persistent(0.6, 12)  # nine have all weeks and run by themselves, the others are mixed
    used = np.ones(y.shape, bool)
    used[1, 20:23] = used[4, 30] = used[7, 30] = False
    together = fit_marginal(y, DESIGN, used)
    for i in range(len(y)):
        alone = fit_marginal(y[i : i + 1], DESIGN, used[i : i + 1])
        figures = (together.value[i], together.error[i], together.df[i])
        assert (alone.value[0], alone.error[0], alone.df[0]) == pytest.approx(figures, rel=1e-9)


def test_level_and_scale_of_the_series_do_not_matter():
    y = persistent(0.6, 3)
    plain, moved = fit_marginal(y, DESIGN), fit_marginal(1e6 + 1e3 * y, DESIGN)
    np.testing.assert_allclose(moved.error, 1e3 * plain.error, rtol=1e-6)
    np.testing.assert_allclose(moved.value, 1e3 * plain.value, rtol=1e-6)


@pytest.mark.parametrize(("rho", "noise"), [(0.0, 0.0), (0.4, 0.0), (0.8, 0.0), (0.9, 0.0), (0.8, 0.67)])
def test_quiet_series_are_called_changed_as_often_as_stated(rho, noise):
    # 600 series: Monte Carlo error 0.9 points at 5 %; bounds three of these beyond 3-7 %
    y = np.sqrt(1 - noise) * persistent(rho, 600) + np.sqrt(noise) * persistent(0.0, 600, seed=2)
    found = fit_marginal(y, DESIGN)
    half = stdtrit(found.df, 0.975) * found.error
    assert 0.02 <= (np.abs(found.value) > half).mean() <= 0.097


def test_a_series_that_cannot_be_fitted_is_left_blank():
    y = persistent(0.5, 2)
    used = np.ones(y.shape, bool)
    used[1, 3:] = False
    found = fit_marginal(y, DESIGN, used)
    assert found.fit.ok.tolist() == [True, False]
    assert np.isnan(found.error[1])
