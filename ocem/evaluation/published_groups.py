"""Methods of published studies for two groups, or two periods, of independent observations."""

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ocem.errors import N_, WrongUse
from ocem.evaluation.published_rows import Bools, Floats, Published, Rows, codes_of, normal_interval, of_contrast
from ocem.stats.equivalence import any_time_change, equivalence
from ocem.stats.interval import Contrast, MeanSums, RatioSums, ratio, relative_change, welch
from ocem.stats.net_promoter import Answers, nps, nps_difference
from ocem.stats.regression import count_regression
from ocem.stats.result import Grade
from ocem.stats.share import newcombe, wilson
from ocem.stats.two_groups import (
    median_difference,
    one_share,
    paired_t,
    pooled_t,
    rank_shift,
    shares_difference,
    shares_ratio,
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


def by_welch(rows: Rows) -> Published:
    """Difference of two means, unequal variances."""
    one, two, has = _moments(rows)
    return of_contrast(welch(one, two, rows.confidence), has, one.mean, two.mean)


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


def welch_relative(rows: Rows) -> Published:
    """Relative change of a mean."""
    one, two, has = _moments(rows)
    return _as_relative(relative_change(one, two, rows.confidence), one.mean, two.mean, has)


def share_relative(rows: Rows) -> Published:
    """Relative change of a share; its variance is p (1 - p) / n, degrees of freedom as Welch's."""
    (x1, n1), (x2, n2) = _counts(rows)
    one, two = (MeanSums(n, x, (n - 1) * (x / n) * (1 - x / n) + x * x / n) for x, n in ((x2, n2), (x1, n1)))
    return _as_relative(relative_change(one, two, rows.confidence), one.mean, two.mean, True)


def any_time(rows: Rows) -> Published:
    """Relative change of a mean, valid at every look."""
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


def by_newcombe(rows: Rows) -> Published:
    """Difference of two shares, with the score interval of each."""
    (x1, n1), (x2, n2) = _counts(rows)
    found = newcombe(x1, n1, x2, n2, rows.confidence)
    singles = [wilson(x, n, rows.confidence) for x, n in ((x1, n1), (x2, n2))]
    names = ("treated", "other")
    figures = {
        f"{name}_{end}": getattr(one, end) for name, one in zip(names, singles, strict=True) for end in ("low", "high")
    }
    return Published(found.estimate, found.low, found.high, None, None, x2 / n2, x1 / n1, True, figures=figures)


def by_nps(rows: Rows) -> Published:
    """Difference of two scores from promoters, passives and detractors, and the adjusted interval of each."""
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
    return of_contrast(found, True, groups[1].score, groups[0].score, **figures)


def did(rows: Rows) -> Published:
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
    return normal_interval(effect, error, rows, means["treated_before"], means["treated_after"], figures)


def _error_of_mean(cell: Floats) -> float:
    return float(cell.std(ddof=1) / sqrt(len(cell))) if len(cell) > 1 else 0.0


def did_changes(rows: Rows) -> Published:
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
    return normal_interval(effect, sqrt(sum(parts)), rows, before, after, figures, df)


def _mean_by(codes: NDArray[np.int64], values: Floats, mask: Bools) -> Floats:
    count = np.bincount(codes[mask], minlength=codes.max() + 1)
    total = np.bincount(codes[mask], weights=values[mask], minlength=codes.max() + 1)
    found: Floats = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return found


def by_ratio(rows: Rows) -> Published:
    """Ratio of two sums over independent units (rows, or clusters of rows)."""
    if not rows.weights:
        raise WrongUse(N_("This method needs --{option}."), option="weight")
    y, x = rows.values[0], rows.weights[0]
    units = codes_of(rows.unit)
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


def fieller(rows: Rows) -> Published:
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


def by_equivalence(equal: bool) -> Callable[[Rows], Published]:
    """Two one-sided tests, with one variance for both groups or two."""

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


def _two_samples(rows: Rows) -> tuple[Floats, Floats, bool]:
    """Values of the other group and of the compared one: from rows, or from two columns, the treated first."""
    if len(rows.values) > 1:
        second, one = (column[np.isfinite(column)] for column in rows.values[:2])
        return one, second, True
    half, value = rows.second_half, rows.value
    one, two = (value[mask & np.isfinite(value)] for mask in (~half, half))
    return one, two, rows.treated is not None


def _samples(compute: Callable[[Floats, Floats, float], Contrast], middle: str = "mean") -> Callable[[Rows], Published]:
    """Compare two samples by one rule."""

    def run(rows: Rows) -> Published:
        one, two, has = _two_samples(rows)
        found = compute(one, two, rows.confidence)
        return of_contrast(found, has, *(float(np.median(x) if middle == "median" else x.mean()) for x in (one, two)))

    return run


t_equal = _samples(pooled_t)
ranks = _samples(rank_shift, "median")
medians = _samples(median_difference, "median")


def t_paired(rows: Rows) -> Published:
    """Mean change of units seen twice: two columns side by side, or rows before and after with a unit."""
    if len(rows.values) > 1:
        after, before = rows.values[:2]
    elif (codes := codes_of(rows.unit)) is None:
        raise WrongUse(N_("This method needs --{option}."), option="unit")
    else:
        good, late = np.isfinite(rows.value), rows.second_half
        after, before = (_mean_by(codes, rows.value, good & mask) for mask in (late, ~late))
    kept = np.isfinite(after) & np.isfinite(before)
    found = paired_t((after - before)[kept], rows.confidence)
    return of_contrast(found, False, float(before[kept].mean()), float(after[kept].mean()), units=float(kept.sum()))


def shares_by(method: str) -> Callable[[Rows], Published]:
    """Difference of two shares by another interval than Newcombe's."""

    def run(rows: Rows) -> Published:
        (x1, n1), (x2, n2) = _counts(rows)
        found = shares_difference(x2, n2, x1, n1, method, rows.confidence)
        return of_contrast(found, True, x2 / n2, x1 / n1)

    return run


def shares_over(odds: bool) -> Callable[[Rows], Published]:
    """Ratio of two shares, or of their odds."""

    def run(rows: Rows) -> Published:
        from scipy.special import ndtr

        (x1, n1), (x2, n2) = _counts(rows)
        value, low, high, error = shares_ratio(x2, n2, x1, n1, odds, rows.confidence)
        figures = {"ratio": value, "ratio_low": low, "ratio_high": high, "log_standard_error": error}
        p_value = 2.0 * float(ndtr(-abs(np.log(value)) / error))
        one, two = x2 / n2, x1 / n1
        below, above = (None if odds else one * (end - 1.0) for end in (low, high))
        relative = None if odds else (value - 1.0, low - 1.0, high - 1.0)
        return Published(two - one, below, above, p_value, relative, one, two, True, figures=figures)

    return run


def share_alone(rows: Rows) -> Published:
    """One share with every usual interval: successes over trials, or rows of 0 and 1."""
    value = rows.values[0][np.isfinite(rows.values[0])]
    trials = float(rows.weights[0].sum()) if rows.weights else float(len(value))
    figures: dict[str, float] = {}
    for name in ("wilson", "wilson_continuity", "agresti_coull", "exact", "jeffreys", "wald"):
        found = one_share(float(value.sum()), trials, name, rows.confidence)
        figures |= {f"{name}_low": found.low, f"{name}_high": found.high}
    plain = one_share(float(value.sum()), trials, "wilson", rows.confidence)
    return Published(
        plain.estimate, plain.low, plain.high, evaluation=plain.estimate, figures=figures | {"n": trials}, plain=True
    )


def rates(quasi: bool) -> Callable[[Rows], Published]:
    """Ratio of the rates of two groups or periods, counted against a weight."""

    def run(rows: Rows) -> Published:
        from scipy.special import ndtr

        step = rows.second_half.astype(float)
        exposure = rows.weights[0] if rows.weights else None
        fit = count_regression(rows.values[0], np.column_stack([np.ones(len(step)), step]), exposure, quasi)
        rate, low, high = fit.rate_ratio(1, rows.confidence)
        base = np.ones(len(step)) if exposure is None else exposure
        one, two = (float(rows.values[0][m].sum() / base[m].sum()) for m in (step == 0, step == 1))
        figures = {"rate_ratio": rate, "rate_ratio_low": low, "rate_ratio_high": high, "dispersion": fit.dispersion}
        p_value = 2.0 * float(ndtr(-abs(fit.params[1]) / np.sqrt(fit.covariance[1, 1])))
        relative = (rate - 1.0, low - 1.0, high - 1.0)
        change, below, above = (one * share for share in relative)
        return Published(change, below, above, p_value, relative, one, two, rows.treated is not None, figures=figures)

    return run
