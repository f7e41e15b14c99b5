"""The same effect by other routes: another mix, window, method, comparison group, a week left out, an invented go-live.

Codes of the routes: ``raw_mix``, ``other_method``, ``median``, ``later_start``, ``baseline_only``, ``other_group``,
``without_week``, ``placebo``, ``pre_trend``. Each route that gives an effect carries the verdict it would lead to.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from ocem.domain.comparison import Comparison, Effect, Note, Sensitivity
from ocem.domain.kpi import Direction, KpiKind
from ocem.evaluation.conclusion import effect_of
from ocem.evaluation.question import Question, Subject, weekly_group
from ocem.evaluation.scope import by_member, scope_of
from ocem.stats.beforeafter import Cohort, Judged, Options, estimate_all
from ocem.stats.result import Estimate, Method, Refusal
from ocem.stats.series import GroupSeries
from ocem.stats.verdict import decide

METHODS = (Method.DIFFERENCE, Method.DIFFERENCE_TREND, Method.INTERRUPTED)
SKIPPED_WEEKS = 4
"""Weeks by which a later start of the evaluation is tried."""
SHORTEST_LATER = 8
"""Judged weeks from which a later start is tried."""
MOST_GROUPS = 6
PLAIN = Options(checks=False, paths=False)


def sensitivities(
    subject: Subject, question: Question, result: Estimate, raw: Estimate | Refusal | None, found: Comparison
) -> tuple[Sensitivity, ...]:
    """Return every route, those that give an effect first."""
    routes: list[Sensitivity] = []
    if isinstance(raw, Estimate):
        routes.append(_route("raw_mix", {}, raw, found))
    routes += _other_methods(subject, question, result, found)
    routes += _by_median(subject, question, found)
    routes += _other_windows(subject, question, found)
    routes += _other_groups(subject, question, found)
    routes += _without_each_week(subject, question, result, found)
    return (*routes, *_history(result))


def brief(result: Estimate, raw: Estimate | Refusal | None, found: Comparison) -> tuple[Sensitivity, ...]:
    """Return the route that costs nothing more: the mix as it fell."""
    return (_route("raw_mix", {}, raw, found), *_history(result)) if isinstance(raw, Estimate) else _history(result)


def _route(code: str, values: dict[str, Any], result: Estimate, found: Comparison) -> Sensitivity:
    verdict = decide(result, Direction(found.direction), found.relevance, waiting=False).verdict
    return Sensitivity(code, values | {"verdict": verdict.value}, effect_of(result))


def _ask(subject: Subject, questions: list[tuple[Judged, ...]], options: Options = PLAIN) -> list[Estimate | Refusal]:
    return estimate_all(subject.kpi.kind, questions, options)


def _other_methods(subject: Subject, question: Question, result: Estimate, found: Comparison) -> list[Sensitivity]:
    """The designs that were not chosen, where the data bear them."""
    used = {result.method.value} | ({Method.DIFFERENCE.value} if result.method is Method.STAGGERED else set())
    if result.method is Method.STAGGERED and result.n_weeks_before >= 80:
        used = {result.method.value, Method.DIFFERENCE_TREND.value}
    routes = []
    for method in METHODS:
        if method.value in used or (question.comparison is None and method is not Method.INTERRUPTED):
            continue
        (other,) = _ask(subject, [question.asked], replace(PLAIN, method=method.value))
        if isinstance(other, Estimate):
            routes.append(_route("other_method", {"method": method.value}, other, found))
    return routes


def _by_median(subject: Subject, question: Question, found: Comparison) -> list[Sensitivity]:
    """The same for the median of a duration, which the longest few do not move."""
    medians, group = subject.medians, question.comparison
    if medians is None or group is None or len(question.raw) != len(question.live):
        return []
    other = medians(group)
    asked = tuple(
        Judged(Cohort(medians(scope.perimeter), other, one.cohort.go_live_week), one.frame, bare=True)
        for scope, one in zip(question.live, question.raw, strict=True)
    )
    (answer,) = estimate_all(KpiKind.RATIO, [asked], PLAIN)
    return [_route("median", {}, answer, found)] if isinstance(answer, Estimate) else []


def _other_windows(subject: Subject, question: Question, found: Comparison) -> list[Sensitivity]:
    """A later start of the evaluation, and the baseline alone to learn from."""
    routes = []
    if min(int(one.frame.evaluation.sum()) for one in question.asked) >= SHORTEST_LATER:
        later = tuple(replace(one, frame=replace(one.frame, evaluation=_later(one))) for one in question.asked)
        (other,) = _ask(subject, [later])
        if isinstance(other, Estimate):
            routes.append(_route("later_start", {"weeks": SKIPPED_WEEKS}, other, found))
    if any(
        one.frame.history is not None and one.frame.history.sum() > one.frame.baseline.sum() for one in question.raw
    ):
        alone = tuple(replace(one, frame=replace(one.frame, history=None)) for one in question.asked)
        (other,) = _ask(subject, [alone])
        if isinstance(other, Estimate):
            routes.append(_route("baseline_only", {"weeks": other.n_weeks_before}, other, found))
    return routes


def _later(one: Judged) -> np.ndarray:
    judged = np.flatnonzero(one.frame.evaluation)
    later = one.frame.evaluation.copy()
    later[judged[:SKIPPED_WEEKS]] = False
    return later


def _other_groups(subject: Subject, question: Question, found: Comparison) -> list[Sensitivity]:
    """Each segment of the comparison group alone."""
    if question.comparison is None:
        return []
    cube, kpi = subject.cube, subject.kpi
    keys, sums = by_member(cube, "segment", scope_of(cube, kpi, question.comparison))
    if not 2 <= len(keys) <= MOST_GROUPS:
        return []
    groups = [weekly_group(kpi, {name: values[i] for name, values in sums.items()}) for i in range(len(keys))]
    asked = [
        tuple(replace(one, cohort=replace(one.cohort, comparison=group)) for one in question.asked) for group in groups
    ]
    answers = _ask(subject, asked)
    return [
        _route("other_group", {"segments": [key]}, answer, found)
        for key, answer in zip(keys, answers, strict=True)
        if isinstance(answer, Estimate)
    ]


def _without_each_week(subject: Subject, question: Question, result: Estimate, found: Comparison) -> list[Sensitivity]:
    """The effect with one judged week left out: the two weeks that pull it furthest either way."""
    weeks = np.flatnonzero(question.evaluation)
    asked = [tuple(_without(one, int(week)) for one in question.asked) for week in weeks]
    answers = [
        (week, answer) for week, answer in zip(weeks, _ask(subject, asked), strict=True) if isinstance(answer, Estimate)
    ]
    if len(answers) < 2:
        return []
    ends = (
        min(answers, key=lambda item: item[1].absolute - result.absolute),
        max(answers, key=lambda item: item[1].absolute - result.absolute),
    )
    return [
        _route("without_week", {"week": subject.cube.weeks[week].astype(object)}, answer, found)
        for week, answer in ends
    ]


def _without(one: Judged, week: int) -> Judged:
    """Let a week of the group be missing; the other weeks keep their place in time."""
    inside = one.cohort.inside
    numerator = np.array(inside.numerator, dtype=float)
    numerator[week] = np.nan
    return replace(
        one,
        cohort=replace(one.cohort, inside=GroupSeries(numerator, inside.denominator, inside.n, inside.numerator_log)),
    )


def one_week_carries(found: Comparison, routes: tuple[Sensitivity, ...]) -> tuple[Note, ...]:
    """Warn when the verdict falls with a single week."""
    for route in routes:
        if route.code == "without_week" and _side(route.effect) != _side(found.effect):
            return (Note("one_week_carries", {"week": route.values["week"]}),)
    return ()


def _side(effect: Effect | None) -> int:
    if effect is None:
        return 0
    return 1 if effect.low > 0 else -1 if effect.high < 0 else 0


def _history(result: Estimate) -> tuple[Sensitivity, ...]:
    """Invented go-lives before the real one, and the drift of the difference."""
    found = []
    for placebo in result.placebos:
        values = {
            "weeks_before": result.path is not None and int(placebo.week),
            "low": placebo.low,
            "high": placebo.high,
            "p_value": placebo.p_value,
            "scale": result.scale.value,
        }
        found.append(Sensitivity("placebo", values, None))
    if result.pre_trend is not None:
        trend = result.pre_trend
        values = {"per_year": trend.per_year, "low": trend.low, "high": trend.high, "scale": result.scale.value}
        found.append(Sensitivity("pre_trend", values, None))
    return tuple(found)
