"""Methods of published studies for a table in a file, by name: to check the program against their figures.

They compute what the studies computed. What such a method can bear is another question; the finding says that an
analyst chose it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import expm1, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, WrongUse
from ocem.stats.equivalence import any_time_change, equivalence
from ocem.stats.interval import (
    Answers,
    Contrast,
    MeanSums,
    RatioSums,
    newcombe,
    nps,
    nps_difference,
    ratio,
    relative_change,
    welch,
    wilson,
)
from ocem.stats.regression import count_regression, least_squares, within
from ocem.stats.result import Grade

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """A table as arrays, one entry a row; what was not asked for is None.

    `values` and `weights` hold one or more columns; `after` and `treated` are masks; `at` counts periods.
    """

    values: list[Floats]
    weights: list[Floats]
    squares: list[Floats]
    at: NDArray[np.int64] | None
    go_live: int | None
    treated: Bools | None
    learned: Bools
    """Rows of the baseline; all before the go-live where none was given."""
    judged: Bools
    unit: NDArray[np.str_] | None = None
    second_unit: NDArray[np.str_] | None = None
    dose: Floats | None = None
    beside: Floats | None = None
    beside_names: tuple[str, ...] = ()
    cohort: Floats | None = None
    others: Floats | None = None
    other_names: tuple[str, ...] = ()
    mix: tuple[float, ...] | None = None
    log: bool = False
    errors: str = "classical"
    lags: int = 0
    season: int = 12
    population: float | None = None
    threshold: float | None = None
    confidence: float = 0.95

    @property
    def value(self) -> Floats:
        """The first value column, as logarithms where they are asked for."""
        return np.log(self.values[0]) if self.log else self.values[0]

    @property
    def after(self) -> Bools:
        """Rows from the go-live on."""
        return self.periods >= self.start

    @property
    def periods(self) -> NDArray[np.int64]:
        """Periods; refused where none were named."""
        if self.at is None:
            raise WrongUse(N_("This method needs --{option}."), option="when")
        return self.at

    @property
    def start(self) -> int:
        """Period of the go-live; refused where none was named."""
        if self.go_live is None:
            raise WrongUse(N_("This method needs --{option}."), option="go-live")
        return self.go_live

    @property
    def inside(self) -> Bools:
        """Treated rows; refused where no group was named."""
        if self.treated is None:
            raise WrongUse(N_("This method needs --{option}."), option="group")
        return self.treated

    @property
    def second_half(self) -> Bools:
        """Rows whose mean is compared with the others': the treated, or those after the go-live."""
        return self.after if self.treated is None else self.treated


@dataclass(frozen=True)
class Published:
    """What a method found; `relative` and its ends are shares, `figures` everything else it prints.

    `before` and `evaluation` are the values of the windows or of the two groups.
    """

    estimate: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    relative: tuple[float, float, float] | None = None
    before: float | None = None
    evaluation: float | None = None
    has_comparison: bool = False
    grade: Grade = Grade.D
    figures: dict[str, float] = field(default_factory=dict)
    plain: bool = False
    """Whether it describes something and compares nothing."""


def _of_contrast(found: Contrast, has_comparison: bool, before: float, after: float, **figures: float) -> Published:
    more = {"standard_error": found.standard_error} | ({} if np.isinf(found.df) else {"df": found.df})
    return Published(
        found.estimate,
        found.low,
        found.high,
        found.p_value,
        before=before,
        evaluation=after,
        has_comparison=has_comparison,
        figures=more | figures,
    )


def _moments(rows: Rows) -> tuple[MeanSums, MeanSums, bool]:
    """Sums of the compared group and of the other, from rows or from sums in a single row: treated first."""
    if rows.squares:
        return _sums(rows, 1), _sums(rows, 0), True
    second, value = rows.second_half, rows.value
    groups = [value[mask & np.isfinite(value)] for mask in (~second, second)]
    one, two = (MeanSums(len(group), float(group.sum()), float((group**2).sum())) for group in groups)
    return one, two, rows.treated is not None


def _sums(rows: Rows, i: int) -> MeanSums:
    if min(len(rows.values), len(rows.weights), len(rows.squares)) < 2 or len(rows.values[0]) != 1:
        raise WrongUse(N_("Sums need two columns each of value, weight and squares, and a single row."))
    return MeanSums(float(rows.weights[i][0]), float(rows.values[i][0]), float(rows.squares[i][0]))


def _welch(rows: Rows) -> Published:
    one, two, has = _moments(rows)
    return _of_contrast(welch(one, two, rows.confidence), has, one.mean, two.mean)


def _as_relative(found: Contrast, one: float, two: float, has: bool) -> Published:
    return Published(
        two - one,
        found.low * one,
        found.high * one,
        found.p_value,
        (found.estimate, found.low, found.high),
        one,
        two,
        has,
        figures={"relative_standard_error": found.standard_error},
    )


def _welch_relative(rows: Rows) -> Published:
    one, two, has = _moments(rows)
    return _as_relative(relative_change(one, two, rows.confidence), one.mean, two.mean, has)


def _share_relative(rows: Rows) -> Published:
    """Relative change of a share; its variance is p (1 - p) / n, degrees of freedom as Welch's."""
    (x1, n1), (x2, n2) = _counts(rows)
    one, two = (MeanSums(n, x, (n - 1) * (x / n) * (1 - x / n) + x * x / n) for x, n in ((x2, n2), (x1, n1)))
    return _as_relative(relative_change(one, two, rows.confidence), one.mean, two.mean, True)


def _any_time(rows: Rows) -> Published:
    one, two, has = _moments(rows)
    return _as_relative(any_time_change(one, two, confidence=rows.confidence), one.mean, two.mean, has)


def _counts(rows: Rows) -> tuple[tuple[float, float], tuple[float, float]]:
    """Successes and trials of the compared group and of the other."""
    if len(rows.values) > 1:
        if len(rows.weights) < 2 or len(rows.values[0]) != 1:
            raise WrongUse(N_("Two shares side by side need two columns each of value and weight, and a single row."))
        (x1, x2), (n1, n2) = ([float(column[0]) for column in columns[:2]] for columns in (rows.values, rows.weights))
        return (x1, n1), (x2, n2)
    second, value = rows.second_half, rows.values[0]
    trials = rows.weights[0] if rows.weights else np.ones(len(value))
    pairs = [(float(value[mask].sum()), float(trials[mask].sum())) for mask in (second, ~second)]
    return pairs[0], pairs[1]


def _newcombe(rows: Rows) -> Published:
    (x1, n1), (x2, n2) = _counts(rows)
    found = newcombe(x1, n1, x2, n2, rows.confidence)
    singles = [wilson(x, n, rows.confidence) for x, n in ((x1, n1), (x2, n2))]
    names = ("treated", "other")
    figures = {
        f"{name}_{end}": getattr(one, end) for name, one in zip(names, singles, strict=True) for end in ("low", "high")
    }
    return Published(found.estimate, found.low, found.high, None, None, x2 / n2, x1 / n1, True, figures=figures)


def _nps(rows: Rows) -> Published:
    if len(rows.values) != 3:
        raise WrongUse(N_("NPS needs three value columns: promoters, passives, detractors."))
    groups = [Answers(*(float(column[mask].sum()) for column in rows.values)) for mask in (rows.inside, ~rows.inside)]
    found = nps_difference(groups[1], groups[0], rows.confidence)
    figures: dict[str, float] = {}
    for name, group in zip(("treated", "other"), groups, strict=True):
        single = nps(group, rows.confidence)
        padded = group + Answers(0.75, 1.5, 0.75)
        figures |= {
            f"{name}_variance": group.variance,
            f"{name}_standard_error": sqrt(group.variance / group.n),
            f"{name}_adjusted": padded.score,
            f"{name}_adjusted_low": single.low,
            f"{name}_adjusted_high": single.high,
        }
    return _of_contrast(found, True, groups[1].score, groups[0].score, **figures)


def _did(rows: Rows) -> Published:
    """Difference in differences of four means, each with its own error."""
    value, good = rows.value, np.isfinite(rows.value)
    cells = {
        f"{group}_{window}": value[good & inside & late]
        for group, inside in (("treated", rows.inside), ("other", ~rows.inside))
        for window, late in (("before", ~rows.after), ("after", rows.after))
    }
    if min(len(cell) for cell in cells.values()) < 1:
        raise WrongUse(N_("A difference in differences needs rows of both groups before and after."))
    means = {name: float(cell.mean()) for name, cell in cells.items()}
    errors = {name: _error_of_mean(cell) for name, cell in cells.items()}
    effect = means["treated_after"] - means["treated_before"] - means["other_after"] + means["other_before"]
    error = sqrt(sum(value**2 for value in errors.values()))
    figures = means | {f"{name}_se": value for name, value in errors.items()} | {"standard_error": error}
    return _normal(effect, error, rows, means["treated_before"], means["treated_after"], figures)


def _error_of_mean(cell: Floats) -> float:
    return float(cell.std(ddof=1) / sqrt(len(cell))) if len(cell) > 1 else 0.0


def _normal(
    effect: float, error: float, rows: Rows, before: float, after: float, figures: dict[str, float], df: float = inf
) -> Published:
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    tail = 0.5 + rows.confidence / 2.0
    if not error > 0:
        return Published(effect, before=before, evaluation=after, has_comparison=True, grade=Grade.C, figures=figures)
    half = float(ndtri(tail) if np.isinf(df) else stdtrit(df, tail)) * error
    p_value = 2.0 * float(ndtr(-abs(effect / error)) if np.isinf(df) else stdtr(df, -abs(effect / error)))
    return Published(
        effect,
        effect - half,
        effect + half,
        p_value,
        _from_log(effect, half) if rows.log else None,
        before,
        after,
        True,
        Grade.C,
        figures,
    )


def _from_log(effect: float, half: float) -> tuple[float, float, float]:
    return expm1(effect), expm1(effect - half), expm1(effect + half)


def _did_changes(rows: Rows) -> Published:
    """Difference of the mean changes of units seen in both windows, unequal variances."""
    if rows.unit is None:
        raise WrongUse(N_("This method needs --{option}."), option="unit")
    good = np.isfinite(rows.value)
    codes = np.unique(rows.unit, return_inverse=True)[1]
    means = [_mean_by(codes, rows.value, good & mask) for mask in (~rows.after, rows.after)]
    inside = _mean_by(codes, rows.inside.astype(float), np.ones(len(codes), bool)) > 0.5
    change = means[1] - means[0]
    kept = np.isfinite(change)
    groups = [change[kept & mask] for mask in (inside, ~inside)]
    if min(len(group) for group in groups) < 2:
        raise WrongUse(N_("A difference of changes needs two units of each group that were seen before and after."))
    effect = float(groups[0].mean() - groups[1].mean())
    parts = [float(group.var(ddof=1)) / len(group) for group in groups]
    df = sum(parts) ** 2 / sum(part**2 / (len(g) - 1) for part, g in zip(parts, groups, strict=True))
    figures = {"standard_error": sqrt(sum(parts)), "df": df, "units": float(kept.sum())}
    figures |= {"treated_change": float(groups[0].mean()), "other_change": float(groups[1].mean())}
    before, after = (float(mean[kept & inside].mean()) for mean in means)
    return _normal(effect, sqrt(sum(parts)), rows, before, after, figures, df)


def _mean_by(codes: NDArray[np.int64], values: Floats, mask: Bools) -> Floats:
    count = np.bincount(codes[mask], minlength=codes.max() + 1)
    total = np.bincount(codes[mask], weights=values[mask], minlength=codes.max() + 1)
    found: Floats = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return found


def _codes(names: NDArray[np.str_] | None) -> NDArray[np.int64] | None:
    return None if names is None else np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)


def _regression(rows: Rows) -> Published:
    """Coefficient of the dose; without one, of being treated and after; without a group, of after."""
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
    design = np.column_stack(columns)
    good = np.isfinite(rows.value) & np.isfinite(design).all(axis=1)
    if rows.errors.startswith("ma:"):
        return _moving_average(rows, design[good], names, good)
    clusters, second = _codes(rows.unit), _codes(rows.second_unit)
    fit = least_squares(
        rows.value[good],
        design[good],
        rows.errors,
        clusters=None if clusters is None else clusters[good],
        second_clusters=None if second is None else second[good],
        lags=rows.lags,
    )
    figures = {f"{name}": float(b) for name, b in zip(names, fit.params, strict=True)}
    figures |= {f"{name}_se": float(se) for name, se in zip(names, fit.errors, strict=True)}
    figures |= {"standard_error": float(fit.errors[1]), "n": float(fit.n)}
    figures["r_squared"] = 1.0 - float(fit.residuals @ fit.residuals) / float(
        ((rows.value[good] - rows.value[good].mean()) ** 2).sum()
    )
    return _coefficient(rows, float(fit.params[1]), fit.half_width(1, rows.confidence), fit.p_value(1), figures)


def _coefficient(rows: Rows, effect: float, half: float, p_value: float, figures: dict[str, float]) -> Published:
    relative = _from_log(effect, half) if rows.log else None
    if relative is not None:
        figures = figures | {"percent": 100.0 * relative[0]}
    has = rows.treated is not None
    before, after = _window_means(rows)
    grade = Grade.C if has or rows.beside is not None else Grade.D
    return Published(effect, effect - half, effect + half, p_value, relative, before, after, has, grade, figures)


def _window_means(rows: Rows) -> tuple[float | None, float | None]:
    if rows.at is None or rows.go_live is None:
        return None, None
    inside = np.ones(len(rows.value), bool) if rows.treated is None else rows.treated
    parts = [rows.values[0][inside & mask & np.isfinite(rows.values[0])] for mask in (~rows.after, rows.after)]
    return (float(parts[0].mean()) if len(parts[0]) else None, float(parts[1].mean()) if len(parts[1]) else None)


def _moving_average(rows: Rows, design: Floats, names: list[str], good: Bools) -> Published:
    from scipy.special import ndtr, ndtri

    from ocem.stats.structural import arma_regression

    lags = tuple(int(text) for text in rows.errors[3:].split(","))
    params, errors, averages = arma_regression(rows.value[good], design, lags)
    figures = {name: float(b) for name, b in zip(names, params, strict=True)}
    figures |= {f"ma{lag}": float(b) for lag, b in zip(sorted(lags), averages, strict=True)}
    figures["standard_error"] = float(errors[1])
    half = float(ndtri(0.5 + rows.confidence / 2.0) * errors[1])
    return _coefficient(rows, float(params[1]), half, 2.0 * float(ndtr(-abs(params[1] / errors[1]))), figures)


def _two_way(rows: Rows) -> Published:
    """Coefficient of being treated and after, beside effects of every unit and period; errors by unit."""
    units, periods = _codes(rows.unit), rows.periods
    if units is None:
        raise WrongUse(N_("This method needs --{option}."), option="unit")
    dose = rows.dose if rows.dose is not None else (rows.after & rows.inside).astype(float)
    good = np.isfinite(rows.value) & np.isfinite(dose)
    left = within(np.column_stack([rows.value[good], dose[good]]), units[good], periods[good])
    absorbed = len(np.unique(periods[good]))
    fit = least_squares(left[:, 0], left[:, 1:], "cluster", clusters=units[good], absorbed=absorbed)
    figures = {"standard_error": float(fit.errors[0]), "n": float(fit.n)}
    return _coefficient(rows, float(fit.params[0]), fit.half_width(0, rows.confidence), fit.p_value(0), figures)


def _count_model(quasi: bool, seasonal: bool) -> Callable[[Rows], Published]:
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


def _structural(seasonal: bool) -> Callable[[Rows], Published]:
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
        return _coefficient(rows, float(fit.params[0]), half, p_value, figures)

    return run


def _impact(rows: Rows) -> Published:
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


@dataclass(frozen=True)
class _Panel:
    """The treated series (T,), the others (k, T), the number of periods before, and masks over the periods."""

    treated: Floats
    others: Floats
    before: int
    learned: Bools
    judged: Bools


def _panel(rows: Rows) -> _Panel:
    if rows.others is not None:
        order = np.argsort(rows.periods, kind="stable")
        masks = rows.learned[order], rows.judged[order]
        return _Panel(rows.values[0][order], rows.others[order].T, int((~rows.after).sum()), *masks)
    units = _codes(rows.unit)
    if units is None:
        raise WrongUse(N_("This method needs --{option}."), option="others")
    wide = np.full((units.max() + 1, rows.periods.max() + 1), np.nan)
    wide[units, rows.periods] = rows.values[0]
    seen = np.isfinite(wide).any(axis=0)
    inside = np.unique(units[rows.inside])
    learned, judged = np.zeros(wide.shape[1], bool), np.zeros(wide.shape[1], bool)
    learned[rows.periods[rows.learned]] = True
    judged[rows.periods[rows.judged]] = True
    treated, others = wide[inside].mean(axis=0), np.delete(wide, inside, axis=0)
    before = int((np.flatnonzero(seen) < rows.start).sum())
    return _Panel(treated[seen], others[:, seen], before, learned[seen], judged[seen])


def _synthetic(kind: str) -> Callable[[Rows], Published]:
    def run(rows: Rows) -> Published:
        from ocem.stats import synthetic

        panel = _panel(rows)
        treated, others, before = panel.treated, panel.others, panel.before
        if kind == "block":
            return _gap(synthetic.block_difference(treated, others, before), treated, before, {})
        if kind == "difference":
            effect = synthetic.synthetic_difference(treated, others, before).effect
            error = {"standard_error": synthetic.placebo_error(others, before)} if rows.errors == "placebo" else {}
            return _gap(effect, treated, before, error)
        if rows.mix is None:
            weights = synthetic.simplex_weights(treated[panel.learned], others[:, panel.learned].T)
        else:
            weights = np.array(rows.mix)
        gaps = treated - weights @ others
        judged = panel.judged & (np.arange(len(treated)) >= before)
        figures = {"last_gap": float(gaps[-1]), "relative": float((gaps / (treated - gaps))[judged].mean())}
        names = rows.other_names or tuple(str(i) for i in range(len(weights)))
        figures |= {f"weight {name}": float(w) for name, w in zip(names, weights, strict=True) if w > 5e-4}
        return _gap(float(gaps[judged].mean()), treated, before, figures)

    return run


def _gap(effect: float, treated: Floats, before: int, figures: dict[str, float]) -> Published:
    values = float(treated[:before].mean()), float(treated[before:].mean())
    return Published(effect, None, None, None, None, *values, True, Grade.C, figures)


def _group_time(rows: Rows) -> Published:
    from scipy.special import ndtr, ndtri

    from ocem.stats.group_time import group_time_effects

    units = _codes(rows.unit)
    if units is None or rows.cohort is None:
        raise WrongUse(N_("This method needs --{option}."), option="unit, --cohort")
    periods = np.unique(rows.periods)
    wide = np.full((units.max() + 1, len(periods)), np.nan)
    wide[units, np.searchsorted(periods, rows.periods)] = rows.value
    cohort = np.full(len(wide), np.nan)
    cohort[units] = rows.cohort
    whole = np.isfinite(wide).all(axis=1)
    found = group_time_effects(wide[whole], np.nan_to_num(cohort[whole]), periods.astype(float))
    figures: dict[str, float] = {}
    for name in ("simple", "group", "dynamic", "calendar"):
        average = getattr(found, name)
        figures |= {name: average.effect, f"{name}_se": average.error}
    figures |= {f"event {e}": average.effect for e, average in found.by_length.items()}
    figures |= {f"event {e} se": average.error for e, average in found.by_length.items()}
    figures |= {f"att {item.cohort:g} {item.period:g}": item.effect for item in found.effects}
    figures["units"] = float(found.n_units)
    half = float(ndtri(0.5 + rows.confidence / 2.0)) * found.simple.error
    p_value = 2.0 * float(ndtr(-abs(found.simple.effect) / found.simple.error)) if found.simple.error > 0 else None
    effect = found.simple.effect
    relative = _from_log(effect, half) if rows.log else None
    return Published(effect, effect - half, effect + half, p_value, relative, None, None, True, Grade.B, figures)


def _ratio(rows: Rows) -> Published:
    """Ratio of two sums over independent units (rows, or clusters of rows)."""
    if not rows.weights:
        raise WrongUse(N_("This method needs --{option}."), option="weight")
    y, x = rows.values[0], rows.weights[0]
    units = _codes(rows.unit)
    if units is not None:
        y, x = (np.bincount(units, weights=sums).astype(float) for sums in (y, x))
    sums = RatioSums(len(y), float(y.sum()), float(x.sum()), float(y @ y), float(x @ x), float(x @ y))
    found = ratio(sums, rows.confidence)
    figures = {"standard_error": found.standard_error, "units": float(len(y))}
    if rows.population:
        figures["standard_error_finite"] = found.standard_error * sqrt(1.0 - len(y) / rows.population)
    return Published(
        found.estimate, found.low, found.high, None, None, None, found.estimate, False, Grade.D, figures, True
    )


def _fieller(rows: Rows) -> Published:
    """Ratio of two means with Fieller's interval, one variance for both."""
    from scipy.special import stdtrit

    groups = [rows.value[mask & np.isfinite(rows.value)] for mask in (rows.inside, ~rows.inside)]
    df = float(len(groups[0]) + len(groups[1]) - 2)
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    top, below = (float(group.mean()) for group in groups)
    v_top, v_below = (squares / df / len(group) for group in groups)
    t2 = float(stdtrit(df, 0.5 + rows.confidence / 2.0)) ** 2
    a, b, c = below**2 - t2 * v_below, top * below, top**2 - t2 * v_top
    root = b * b - a * c
    figures = {"ratio": top / below, "df": df}
    ends: list[float | None] = [None, None]
    if a > 0 and root >= 0:
        ends = [(b - sqrt(root)) / a, (b + sqrt(root)) / a]
        figures |= {"ratio_low": ends[0] or 0.0, "ratio_high": ends[1] or 0.0}
    relative = None if ends[0] is None or ends[1] is None else (top / below - 1.0, ends[0] - 1.0, ends[1] - 1.0)
    absolute = [None if end is None else (end - 1.0) * below for end in ends]
    return Published(top - below, absolute[0], absolute[1], None, relative, below, top, True, figures=figures)


def _equivalence(equal: bool) -> Callable[[Rows], Published]:
    def run(rows: Rows) -> Published:
        if rows.threshold is None:
            raise WrongUse(N_("This method needs --{option}."), option="threshold")
        groups = [rows.value[mask & np.isfinite(rows.value)] for mask in (rows.second_half, ~rows.second_half)]
        found = equivalence(groups[0], groups[1], rows.threshold, equal)
        from scipy.special import stdtrit

        half = float(stdtrit(found.df, 0.5 + rows.confidence / 2.0)) * found.error
        figures = {"standard_error": found.error, "df": found.df}
        means = float(groups[1].mean()), float(groups[0].mean())
        ends = found.difference - half, found.difference + half
        return Published(
            found.difference, *ends, found.p_value, None, *means, rows.treated is not None, figures=figures
        )

    return run


METHODS: dict[str, tuple[Callable[[Rows], Published], str]] = {
    "welch": (_welch, N_("Difference of two means, unequal variances (Welch 1947).")),
    "welch_relative": (_welch_relative, N_("Relative change of a mean by the delta method (Deng et al. 2018).")),
    "share_relative": (_share_relative, N_("Relative change of a share by the delta method (Deng et al. 2018).")),
    "any_time": (_any_time, N_("Relative change of a mean, valid at every look (Waudby-Smith et al. 2024).")),
    "newcombe": (_newcombe, N_("Difference of two shares from score intervals (Newcombe 1998, method 10).")),
    "nps_wald": (_nps, N_("Difference of two NPS, three classes (Rocks 2016).")),
    "fieller": (_fieller, N_("Ratio of two means (Fieller 1954).")),
    "tost": (_equivalence(True), N_("Equivalence by two one-sided tests (Schuirmann 1987).")),
    "tost_welch": (_equivalence(False), N_("Equivalence by two one-sided tests, unequal variances.")),
    "ratio_delta": (_ratio, N_("Ratio of sums over independent units, linearised (Cochran 1977).")),
    "did": (_did, N_("Difference in differences of four means.")),
    "did_changes": (_did_changes, N_("Difference of the mean changes of units seen before and after.")),
    "regression": (
        _regression,
        N_("Least squares, with the errors asked for: classical, White, Newey-West, clustered."),
    ),
    "two_way": (_two_way, N_("Unit and period effects, errors clustered by unit.")),
    "group_time": (_group_time, N_("Staggered go-lives: effects by cohort and period (Callaway and Sant'Anna 2021).")),
    "poisson": (_count_model(False, False), N_("Interrupted series of counts, Poisson (Lopez Bernal et al. 2017).")),
    "quasi_poisson": (_count_model(True, False), N_("The same with over-dispersion.")),
    "quasi_poisson_seasonal": (_count_model(True, True), N_("The same with two yearly harmonics.")),
    "structural_level": (_structural(False), N_("A level that wanders, and a step (Harvey 1989).")),
    "structural_seasonal": (_structural(True), N_("The same with a season (Harvey and Durbin 1986).")),
    "impact": (_impact, N_("Forecast from the level and from control series (Brodersen et al. 2015).")),
    "block_did": (_synthetic("block"), N_("Difference in differences of block means.")),
    "synthetic_control": (_synthetic("control"), N_("A mix of other units (Abadie and Gardeazabal 2003).")),
    "synthetic_did": (_synthetic("difference"), N_("Synthetic difference in differences (Arkhangelsky et al. 2021).")),
}
"""Name of each method with what computes it and one line about it."""


def run(name: str, rows: Rows) -> Published:
    """Compute a published method."""
    return METHODS[name][0](rows)
