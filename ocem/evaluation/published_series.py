"""Methods of published studies for series and regressions."""

from collections.abc import Callable

import numpy as np

from ocem.errors import N_, WrongUse
from ocem.evaluation.published_rows import Bools, Floats, Published, Rows, codes_of, coefficient
from ocem.stats.driver import lmg, relative_weights
from ocem.stats.regression import autoregressive, count_regression, least_squares, within
from ocem.stats.result import Grade


def _design(rows: Rows) -> tuple[list[str], Floats]:
    """Columns of a regression: the dose; without one, being treated and after; without a group, after."""
    names, columns = ["intercept"], [np.ones(len(rows.value))]
    if rows.dose is not None:
        names, columns = [*names, "dose"], [*columns, rows.dose]
    elif rows.treated is None:
        names, columns = [*names, "after"], [*columns, rows.after.astype(float)]
    else:
        both = [(rows.after & rows.inside).astype(float), rows.after.astype(float), rows.inside.astype(float)]
        names, columns = [*names, "treated_after", "after", "treated"], [*columns, *both]
    if rows.beside is not None:
        names, columns = [*names, *rows.beside_names], [*columns, *rows.beside.T]
    return names, np.column_stack(columns)


def regression(rows: Rows) -> Published:
    """Coefficient of the dose; without one, of being treated and after; without a group, of after."""
    names, design = _design(rows)
    good = np.isfinite(rows.value) & np.isfinite(design).all(axis=1)
    if rows.errors.startswith("ma:"):
        return _moving_average(rows, design[good], names, good)
    clusters, second = codes_of(rows.unit), codes_of(rows.second_unit)
    fit = least_squares(
        rows.value[good],
        design[good],
        rows.errors or "classical",
        clusters=None if clusters is None else clusters[good],
        second_clusters=None if second is None else second[good],
        lags=rows.lags,
        kernel=rows.kernel,
        small=rows.small,
    )
    figures = {f"{name}": float(b) for name, b in zip(names, fit.params, strict=True)}
    figures |= {f"{name}_se": float(se) for name, se in zip(names, fit.errors, strict=True)}
    figures |= {"standard_error": float(fit.errors[1]), "n": float(fit.n)}
    figures["r_squared"] = 1.0 - float(fit.residuals @ fit.residuals) / float(
        ((rows.value[good] - rows.value[good].mean()) ** 2).sum()
    )
    return coefficient(rows, float(fit.params[1]), fit.half_width(1, rows.confidence), fit.p_value(1), figures)


def _moving_average(rows: Rows, design: Floats, names: list[str], good: Bools) -> Published:
    from scipy.special import ndtr, ndtri

    from ocem.stats.structural import arma_regression

    lags = tuple(int(text) for text in rows.errors[3:].split(","))
    params, errors, averages = arma_regression(rows.value[good], design, lags)
    figures = {name: float(b) for name, b in zip(names, params, strict=True)}
    figures |= {f"ma{lag}": float(b) for lag, b in zip(sorted(lags), averages, strict=True)}
    figures["standard_error"] = float(errors[1])
    half = float(ndtri(0.5 + rows.confidence / 2.0) * errors[1])
    return coefficient(rows, float(params[1]), half, 2.0 * float(ndtr(-abs(params[1] / errors[1]))), figures)


def two_way(rows: Rows) -> Published:
    """Coefficient of being treated and after, beside effects of every unit and period; errors by unit."""
    units, periods = codes_of(rows.unit), rows.periods
    if units is None:
        raise WrongUse(N_("This method needs --{option}."), option="unit")
    dose = rows.dose if rows.dose is not None else (rows.after & rows.inside).astype(float)
    table = np.column_stack([rows.value, dose, *([] if rows.beside is None else rows.beside.T)])
    good = np.isfinite(table).all(axis=1)
    left = within(table[good], units[good], periods[good])
    kind = rows.errors or "cluster"
    # units are nested in the clusters, so that their effects cost no degrees of freedom there
    absorbed = len(np.unique(periods[good])) + (0 if kind.startswith("cluster") else len(np.unique(units[good])) - 1)
    fit = least_squares(left[:, 0], left[:, 1:], kind, clusters=units[good], absorbed=absorbed)
    names = ("dose", *rows.beside_names)
    figures = {name: float(b) for name, b in zip(names, fit.params, strict=True)}
    figures |= {f"{name}_se": float(se) for name, se in zip(names, fit.errors, strict=True)}
    figures |= {"standard_error": float(fit.errors[0]), "n": float(fit.n)}
    return coefficient(rows, float(fit.params[0]), fit.half_width(0, rows.confidence), fit.p_value(0), figures)


def count_model(quasi: bool, seasonal: bool) -> Callable[[Rows], Published]:
    """Interrupted series of counts, with or without over-dispersion and season."""

    def run(rows: Rows) -> Published:
        counts, exposure = rows.values[0], rows.weights[0] if rows.weights else None
        time = rows.periods.astype(float)
        columns = [np.ones(len(time)), rows.after.astype(float), time]
        if seasonal:
            angle = 2.0 * np.pi * time / rows.season
            columns += [wave(order * angle) for order in (1, 2) for wave in (np.sin, np.cos)]
        if rows.beside is not None:
            columns += list(rows.beside.T)
        fit = count_regression(counts, np.column_stack(columns), exposure, quasi)
        rate, low, high = fit.rate_ratio(1, rows.confidence)
        base = np.ones(len(counts)) if exposure is None else exposure
        values = [float(counts[m].sum() / base[m].sum()) for m in (~rows.after, rows.after)]
        expected = values[1] / rate
        figures = {
            "rate_ratio": rate,
            "rate_ratio_low": low,
            "rate_ratio_high": high,
            "dispersion": fit.dispersion,
            "trend_per_year": float(np.exp(rows.season * fit.params[2])),
        }
        from scipy.special import ndtr

        p_value = 2.0 * float(ndtr(-abs(fit.params[1]) / np.sqrt(fit.covariance[1, 1])))
        relative = (rate - 1.0, low - 1.0, high - 1.0)
        effect, bottom, top = (expected * share for share in relative)
        return Published(effect, bottom, top, p_value, relative, values[0], values[1], False, Grade.C, figures)

    return run


def structural(seasonal: bool) -> Callable[[Rows], Published]:
    """A level that wanders, a step, and a season where asked for."""

    def run(rows: Rows) -> Published:
        from scipy.special import ndtr, ndtri

        from ocem.stats.structural import level_regression

        order = np.argsort(rows.periods, kind="stable")
        columns = [rows.after.astype(float), *([] if rows.beside is None else list(rows.beside.T))]
        fit = level_regression(rows.value[order], np.column_stack(columns)[order], rows.season if seasonal else 0)
        half = float(ndtri(0.5 + rows.confidence / 2.0) * fit.errors[0])
        figures = {"after": float(fit.params[0]), "standard_error": float(fit.errors[0])}
        figures |= {name: float(b) for name, b in zip(rows.beside_names, fit.params[1:], strict=True)}
        p_value = 2.0 * float(ndtr(-abs(fit.params[0] / fit.errors[0])))
        return coefficient(rows, float(fit.params[0]), half, p_value, figures)

    return run


def impact(rows: Rows) -> Published:
    """Forecast of the series from its level and from others."""
    from scipy.special import ndtr

    from ocem.stats.structural import impact

    if rows.beside is None:
        raise WrongUse(N_("This method needs --{option}."), option="with")
    order = np.argsort(rows.periods, kind="stable")
    before = int((~rows.after).sum())
    found = impact(rows.value[order], rows.beside[order], before, rows.confidence)
    relative = tuple(end / found.expected for end in (found.effect, found.low, found.high))
    figures = {"expected": found.expected, "standard_error": found.error}
    p_value = 2.0 * float(ndtr(-abs(found.effect / found.error)))
    return Published(
        found.effect,
        found.low,
        found.high,
        p_value,
        relative if found.expected > 0 else None,  # type: ignore[arg-type]
        float(rows.value[order][:before].mean()),
        found.actual,
        True,
        Grade.C,
        figures,
    )


def ar1(first: bool) -> Callable[[Rows], Published]:
    """The same columns with AR(1) errors, iterated: Prais-Winsten, or Cochrane-Orcutt."""

    def run(rows: Rows) -> Published:
        names, design = _design(rows)
        good = np.isfinite(rows.value) & np.isfinite(design).all(axis=1)
        fit, rho = autoregressive(rows.value[good], design[good], first)
        figures = {name: float(b) for name, b in zip(names, fit.params, strict=True)}
        figures |= {f"{name}_se": float(se) for name, se in zip(names, fit.errors, strict=True)}
        figures |= {"standard_error": float(fit.errors[1]), "rho": rho, "n": float(fit.n)}
        return coefficient(rows, float(fit.params[1]), fit.half_width(1, rows.confidence), fit.p_value(1), figures)

    return run


def drivers(rows: Rows) -> Published:
    """Share of the value's variance that each further column stands for: LMG, and Johnson's relative weights."""
    if rows.beside is None:
        raise WrongUse(N_("This method needs --{option}."), option="with")
    table = np.column_stack([rows.beside, rows.value])
    table = table[np.isfinite(table).all(axis=1)]
    if len(table) <= table.shape[1]:
        raise WrongUse(N_("{rows} complete rows are too few for {columns} coefficients."), rows=len(table),
                       columns=table.shape[1])  # fmt: skip
    covariance = np.cov(table.T)
    shares, weights = lmg(covariance), relative_weights(covariance)
    figures = {"r_squared": float(shares.sum()), "n": float(len(table))}
    figures |= {f"lmg {name}": float(share) for name, share in zip(rows.beside_names, shares, strict=True)}
    figures |= {f"relative weight {name}": float(w) for name, w in zip(rows.beside_names, weights, strict=True)}
    return Published(float(shares.sum()), figures=figures, plain=True)
