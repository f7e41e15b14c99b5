"""Several go-lives: one effect for each cohort that went live together, then their average.

Each cohort is compared with groups that were not touched, by the weekly model of `ocem.stats.weekly`, and the effects
are averaged with weights fixed before go-live (group-time effects as in Callaway & Sant'Anna 2021, J. Econometrics
225, 200-230; one coefficient of a two-way regression would use cohorts that are live already as comparison). Cohorts
that share a comparison group, or a calendar, are not independent: the covariance of two effects is
``s * sum_t a_t b_t``, where a and b say how an innovation of week t moves either estimate and s is the covariance of
the two cohorts' innovations in the same week.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.kpi import KpiKind
from ocem.stats.effect import StepEstimate, Window, describe, window_value
from ocem.stats.looking import Looks
from ocem.stats.result import Estimate, Method, PlaceboEstimate, Slope, WeeklyPath
from ocem.stats.series import LOG_KINDS, TOTAL_KINDS, Sums
from ocem.stats.weekly import Detectable as OneDetectable

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """One cohort's estimate with what its covariance and the average need.

    `influence` (asked for when needed) and `innovations`, (T,), are 0 in weeks without a fit; `unit` turns one of an
    index into the KPI's unit;
    `mde` is the smallest detectable effect on the scale, `future` the same for evaluations of other lengths.
    """

    found: Estimate
    mde: float
    future: OneDetectable
    influence: Callable[[], Floats]
    innovations: Floats
    unit: float
    inside: Sums
    baseline: Bools
    evaluation: Bools
    looks: Looks | None = None


def combine(
    kind: KpiKind,
    parts: Sequence[Part],
    weights: Sequence[float] | None,
    confidence: float,
) -> Estimate:
    """Average the effects of cohorts that were estimated on one scale.

    Parameters
    ----------
    weights : sequence of float, optional
        One per cohort. Default: its share of the baseline, in the KPI's numerator on the scale of logarithms and in
        its denominator on the others, so that the average is the effect on the whole.
    """
    share = _sizes(kind, parts) if weights is None else np.asarray(weights, dtype=float)
    share = share / share.sum()
    alike = _likeness(parts)
    likeness = _likeness_of_estimates(parts, alike)
    error = _error_of_mean(share, np.array([part.found.standard_error for part in parts]), likeness)
    step = StepEstimate(
        step=float(share @ [part.found.estimate for part in parts]),
        error=error,
        df=min(part.found.df for part in parts),
        confidence=confidence,
        looks=_looks(parts),
    )
    window = _window(kind, parts, share)
    detectable = Detectable(tuple(parts), share, likeness, window, step.step)
    found = describe(kind, step, window, Method.STAGGERED, max(part.found.grade for part in parts), None)
    return replace(
        found,
        has_comparison=all(part.found.has_comparison for part in parts),
        rho=float(share @ [part.found.rho or 0.0 for part in parts]),
        n_weeks_before=min(part.found.n_weeks_before for part in parts),
        n_weeks_after=min(part.found.n_weeks_after for part in parts),
        path=_path(kind, parts, alike),
        placebos=_placebos(parts, share, likeness, confidence),
        pre_trend=_slope(parts, share, likeness, confidence),
        mde=detectable.now,
        warnings=_warnings(parts),
        detectable_after=detectable,
    )


def _looks(parts: Sequence[Part]) -> Looks | None:
    """Return the looks at the average: as many as its youngest cohort has had, and as far apart as any's."""
    known = [part.looks for part in parts if part.looks is not None]
    return Looks(max(one.growth for one in known), min(one.weeks for one in known)) if known else None


def _sizes(kind: KpiKind, parts: Sequence[Part]) -> Floats:
    """Size of each cohort a week of its baseline."""
    sums = [part.inside.numerator if kind in LOG_KINDS else part.inside.denominator for part in parts]
    per_week = [
        np.nansum(values * part.baseline) / part.baseline.sum() for values, part in zip(sums, parts, strict=True)
    ]
    # sums of zero or less are no sizes: then each cohort counts the same
    return np.array(per_week) if min(per_week) > 0 else np.ones(len(parts))


def _likeness(parts: Sequence[Part]) -> Floats:
    """Correlation of the cohorts' innovations in the same week, (cohorts, cohorts)."""
    noise = np.array([part.innovations for part in parts])
    there = (noise != 0).astype(float)
    together = np.maximum(there @ there.T, 1.0)
    covariance = noise @ noise.T / together
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(np.clip(covariance / np.outer(scale, scale), -1.0, 1.0), dtype=float)


def _likeness_of_estimates(parts: Sequence[Part], alike: Floats) -> Floats:
    influence = np.array([part.influence() for part in parts])
    size = np.sqrt((influence**2).sum(axis=1))
    return np.asarray(alike * (influence @ influence.T) / np.outer(size, size), dtype=float)


def _error_of_mean(share: Floats, errors: Floats, likeness: Floats) -> float:
    """Standard error of a weighted mean of correlated estimates.

    Correlations estimated pair by pair may be jointly impossible; the variance is kept above a tenth of what it would
    be without any.
    """
    scaled = share * errors
    return float(np.sqrt(max(scaled @ likeness @ scaled, 0.1 * (scaled @ scaled))))


def _window(kind: KpiKind, parts: Sequence[Part], share: Floats) -> Window:
    """Values of all cohorts over their own windows."""
    before = _value_together(kind, parts, [part.baseline for part in parts])
    after = _value_together(kind, parts, [part.evaluation for part in parts])
    units = np.array([part.unit for part in parts])
    index_unit = units.sum() if kind in TOTAL_KINDS else share @ units
    return Window(before, after, parts[0].found.scale, float(index_unit))


def _value_together(kind: KpiKind, parts: Sequence[Part], masks: Sequence[Bools]) -> float:
    """Counts and sums per week add up; other kinds are sum over sum."""
    pairs = list(zip(parts, masks, strict=True))
    if kind in TOTAL_KINDS:
        return sum(float(window_value(part.inside, mask)[0]) for part, mask in pairs)
    there = [(part.inside, part.inside.present & mask) for part, mask in pairs]
    above = sum(float(sums.numerator[weeks].sum()) for sums, weeks in there)
    return above / sum(float(sums.denominator[weeks].sum()) for sums, weeks in there)


def _path(kind: KpiKind, parts: Sequence[Part], alike: Floats) -> WeeklyPath | None:
    """Weekly lines of the cohorts together; a band is as wide as the cohorts' weeks are alike."""
    paths = [part.found.path for part in parts if part.found.path is not None]
    if len(paths) < len(parts):
        return None
    size = np.ones((len(parts), len(parts[0].baseline)))
    if kind not in TOTAL_KINDS:
        size = np.array([np.where(part.inside.present[0], part.inside.denominator[0], np.nan) for part in parts])
        size = size / size.sum(axis=0)
    value, expected, low, high = (
        size * np.array(lines)
        for lines in zip(*((path.value, path.expected, path.low, path.high) for path in paths), strict=True)
    )
    below, above = (
        np.sqrt(np.maximum(np.einsum("gt,gh,ht->t", side, alike, side), 0.0))
        for side in (expected - low, high - expected)
    )
    middle = expected.sum(axis=0)
    return WeeklyPath(
        value=value.sum(axis=0),
        expected=middle,
        low=middle - below,
        high=middle + above,
        comparison=np.mean([path.comparison for path in paths], axis=0),
        used=np.logical_or.reduce([path.used for path in paths]),
    )


def _placebos(parts: Sequence[Part], share: Floats, likeness: Floats, confidence: float) -> tuple[PlaceboEstimate, ...]:
    """Average the cohorts' placebos, latest with latest; `week` is the first cohort's."""
    averaged = []
    for together in zip(*(part.found.placebos for part in parts), strict=False):
        step = _averaged(
            [(one.estimate, one.high - one.estimate) for one in together], parts, share, likeness, confidence
        )
        ends = step.step - step.half_width, step.step + step.half_width
        averaged.append(PlaceboEstimate(together[0].week, step.step, *ends, step.p_value))
    return tuple(averaged)


def _slope(parts: Sequence[Part], share: Floats, likeness: Floats, confidence: float) -> Slope | None:
    slopes = [part.found.pre_trend for part in parts]
    known = [(slope.per_year, slope.high - slope.per_year) for slope in slopes if slope is not None]
    if len(known) < len(parts):
        return None
    step = _averaged(known, parts, share, likeness, confidence)
    return Slope(step.step, step.step - step.half_width, step.step + step.half_width, step.p_value)


def _averaged(
    values: Sequence[tuple[float, float]], parts: Sequence[Part], share: Floats, likeness: Floats, confidence: float
) -> StepEstimate:
    """Average of estimates given with half their intervals, correlated as the effects are."""
    from scipy.special import stdtrit

    per_error = stdtrit(np.array([part.found.df for part in parts]), 0.5 + confidence / 2.0)
    errors = np.array([half for _, half in values]) / per_error
    mean = float(share @ [value for value, _ in values])
    return StepEstimate(mean, _error_of_mean(share, errors, likeness), min(p.found.df for p in parts), confidence)


def _warnings(parts: Sequence[Part]) -> tuple[Note, ...]:
    """Each kind of doubt once, from the first cohort that has it, with the number of cohorts."""
    first: dict[str, Note] = {}
    for note in (note for part in parts for note in part.found.warnings):
        first.setdefault(note.code, note)
    counts = {code: sum(any(n.code == code for n in part.found.warnings) for part in parts) for code in first}
    return tuple(Note(code, {**note.values, "cohorts": counts[code]}) for code, note in first.items())


@dataclass(frozen=True)
class Detectable:
    """Smallest change, in the KPI's unit, that evaluations of so many weeks would show in four cases of five."""

    parts: tuple[Part, ...]
    share: Floats
    likeness: Floats
    window: Window
    step: float

    def __call__(self, n_weeks: int) -> float:
        """Return the minimum detectable effect if each cohort were judged over `n_weeks` weeks."""
        return self._averaged([part.future.on_scale(n_weeks) for part in self.parts])

    @property
    def now(self) -> float:
        """Return the minimum detectable effect of the present windows."""
        return self._averaged([part.mde for part in self.parts])

    def _averaged(self, sizes: Sequence[float]) -> float:
        """Smallest effects are multiples of standard errors, and average as they do."""
        return self.window.size_in_unit(_error_of_mean(self.share, np.array(sizes), self.likeness), self.step)
