import warnings

import numpy as np
import pytest

from ocem.errors import StatsInputError
from ocem.stats.glsar import fit_glsar, fit_weekly, unbiased_rho
from ocem.stats.power import step_error, t_degrees

WEEKS = {"a step": 60, "a step and a trend": 96, "step, trend and season": 110}


def series(rng: np.random.Generator, k: int, n_weeks: int, rho: float) -> np.ndarray:
    """Series of k stationary AR(1) processes of variance 1."""
    noise = rng.standard_normal((k, n_weeks))
    for week in range(1, n_weeks):
        noise[:, week] = rho * noise[:, week - 1] + np.sqrt(1 - rho**2) * noise[:, week]
    return noise


def design_for(name: str) -> np.ndarray:
    week = np.arange(WEEKS[name])
    columns = [np.ones(len(week)), week >= len(week) - 8]
    if "trend" in name:
        columns.append(week / 52)
    if "season" in name:
        columns += [np.sin(2 * np.pi * week / 52.18), np.cos(2 * np.pi * week / 52.18)]
    return np.column_stack(columns).astype(float)


@pytest.mark.parametrize("rho", [-0.3, 0.0, 0.4, 0.8])
@pytest.mark.parametrize("name", WEEKS)
def test_many_series_at_once_are_statsmodels_glsar_one_by_one(name, rho):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import statsmodels.api as sm

    design = design_for(name)
    y = 50 + 3 * series(np.random.default_rng(3), 12, len(design), rho)
    ours = fit_glsar(y, design)
    for i, one in enumerate(y):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = sm.GLSAR(one, design, rho=1)
            theirs = model.iterative_fit(maxiter=10)
        np.testing.assert_allclose(ours.params[i], theirs.params, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance[i])), theirs.bse, rtol=1e-8)
        np.testing.assert_allclose(ours.rho[i], model.rho[0], rtol=1e-8, atol=1e-8)
        assert ours.df[i] == theirs.df_resid


def brute_force(y: np.ndarray, design: np.ndarray, used: np.ndarray, rho: float, from_row: int) -> tuple:
    """Generalised least squares with the inverse of the full covariance matrix of the used weeks."""
    at = np.flatnonzero(used)
    covariance = rho ** np.abs(at[:, None] - at[None, :]) / (1 - rho**2)
    root = np.linalg.inv(np.linalg.cholesky(covariance))[from_row:]
    x, z = root @ design[at], root @ y[at]
    bread = np.linalg.inv(x.T @ x)
    params = bread @ x.T @ z
    rest = z - x @ params
    return params, rest @ rest / (len(z) - design.shape[1]) * bread


def test_holes_are_what_an_ar1_process_says_of_weeks_further_apart():
    # the Cholesky factor of the AR(1) covariance of the remaining weeks whitens them exactly
    rng = np.random.default_rng(5)
    design = design_for("a step and a trend")
    y = series(rng, 6, len(design), 0.5)
    used = rng.random(y.shape) > 0.15
    for fit, first_row in ((fit_glsar(y, design, used), 1), (fit_weekly(y, design, used), 0)):
        for i in range(len(y)):
            params, covariance = brute_force(y[i], design, used[i], fit.rho[i], first_row)
            np.testing.assert_allclose(fit.params[i], params, rtol=1e-8, atol=1e-10)
            np.testing.assert_allclose(fit.covariance[i], covariance, rtol=1e-8, atol=1e-12)


def test_the_error_expected_beforehand_is_that_of_the_full_covariance_matrix():
    design = design_for("a step")
    used = np.ones((1, len(design)), bool)
    used[0, 20:24] = False
    at = np.flatnonzero(used[0])
    covariance = 4.0 * 0.6 ** np.abs(at[:, None] - at[None, :])
    exact = np.sqrt(np.linalg.inv(design[at].T @ np.linalg.inv(covariance) @ design[at])[1, 1])
    assert step_error(design, used, np.array([0.6]), np.array([4.0]))[0] == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("name", WEEKS)
def test_the_corrected_persistence_is_right_on_average(name):
    # 1,500 series: the mean of rho has a Monte Carlo error of about 0.003
    design = design_for(name)
    for rho in (0.0, 0.3, 0.6):
        found = fit_weekly(series(np.random.default_rng(8), 1500, len(design), rho), design).rho.mean()
        assert found == pytest.approx(rho, abs=0.02)


def test_with_a_constant_alone_the_correction_is_kendalls():
    # Kendall (1954): bias -(1 + 3 rho) / n; equal up to terms in 1 / n squared
    corrected = unbiased_rho(np.array([0.4]), np.array([1000]), 1)[0]
    assert corrected == pytest.approx(0.4 + (1 + 3 * 0.4) / 1000, abs=1e-5)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("name", WEEKS)
def test_intervals_cover_and_the_library_alone_would_not(name, rho):
    # 2,000 series without a step: nominal 5 %, Monte Carlo error 0.5 points
    from scipy.special import stdtrit

    design = design_for(name)
    y = series(np.random.default_rng(21), 2000, len(design), rho)
    used = np.ones(y.shape, bool)
    fit = fit_weekly(y, design)
    reach = stdtrit(t_degrees(design, used, fit.rho), 0.975) * np.sqrt(fit.covariance[:, 1, 1])
    false = (np.abs(fit.params[:, 1]) > reach).mean()
    assert 0.03 <= false <= 0.07
    plain = fit_glsar(y, design)
    t = np.abs(plain.params[:, 1]) / np.sqrt(plain.covariance[:, 1, 1])
    assert (t > stdtrit(plain.df, 0.975)).mean() > false


def test_series_that_cannot_tell_the_columns_apart_are_left_out_alone():
    design = design_for("a step")
    y = series(np.random.default_rng(2), 3, len(design), 0.2)
    used = np.ones(y.shape, bool)
    used[1, -8:] = False  # no week after the step
    used[2, 2:] = False
    fit = fit_weekly(y, design, used)
    assert fit.ok.tolist() == [True, False, False]
    assert np.isnan(fit.params[1]).all()
    np.testing.assert_allclose(fit.params[0], fit_weekly(y[:1], design).params[0])


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(StatsInputError, match=r"\(2, 30\)"):
        fit_glsar(np.zeros((2, 30)), np.ones((31, 1)))
