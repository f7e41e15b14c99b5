"""From weekly sums to estimates, for many series at once: screened, fitted, checked and said in the KPI's unit."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.kpi import KpiKind
from ocem.stats.checks import Checks, check_history
from ocem.stats.effect import StepEstimate, Window, describe
from ocem.stats.result import Estimate, Grade, Method, Refusal, Scale, WeeklyPath
from ocem.stats.screening import by_design, check_confidence, check_shapes, refuse_inputs
from ocem.stats.series import TOTAL_KINDS, GroupSeries, Prepared, prepare, sums_of
from ocem.stats.weekly import Task, WeeklyFit, detectable, draw_paths, fit_rows, without_noise
from ocem.stats.windows import find_windows

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]

FEW_ANSWERS = 30
"""Rows in a window below which a share, mean or score is shown with a warning."""
STRONG_PERSISTENCE = 0.8


@dataclass(frozen=True)
class Analysis:
    """An answer for each of k series, the fits behind the estimates, and the size of each one's index unit."""

    found: list[Estimate | Refusal]
    fits: list[WeeklyFit]
    units: Floats


def analyse(
    kind: KpiKind,
    inside: GroupSeries,
    comparison: GroupSeries | None,
    go_live_week: int,
    weeks: Days,
    baseline: Bools,
    evaluation: Bools,
    history: Bools | None,
    method: str,
    confidence: float,
    checks: bool,
    paths: bool,
    index: bool = False,
) -> Analysis:
    """Estimate k effects; parameters as in `ocem.stats.beforeafter.estimate_many`, `index` forces the index scale."""
    check_confidence(confidence)
    windows = find_windows(weeks, baseline, evaluation, history, go_live_week)
    sums = sums_of(kind, inside)
    other = None if comparison is None or method == Method.INTERRUPTED else sums_of(kind, comparison)
    check_shapes(weeks, sums, other)
    if isinstance(windows, Refusal):
        return Analysis([windows] * len(sums.n), [], np.ones(len(sums.n)))
    task = Task(kind, sums, other, windows, baseline, evaluation, weeks, confidence)
    prepared = prepare(kind, sums, other, windows, index)
    found = refuse_inputs(task, prepared)
    fits = [fit_rows(task, prepared, *one) for one in by_design(found, prepared, windows, other is not None, method)]
    for fit in fits:
        for row, answer in zip(fit.rows, _assemble_all(task, prepared, fit, checks, paths), strict=True):
            found[row] = answer
    return Analysis([answer for answer in found if answer is not None], fits, prepared.unit)


def _assemble_all(
    task: Task, prepared: Prepared, fit: WeeklyFit, checks: bool, paths: bool
) -> list[Estimate | Refusal]:
    rows, method = fit.rows, fit.choice.method
    history = check_history(task.calendar, method, prepared, task.windows, rows, task.confidence) if checks else None
    drawn = draw_paths(task, prepared, fit) if paths else None
    silent = without_noise(prepared, fit)
    answers: list[Estimate | Refusal] = []
    for i in range(len(rows)):
        if not fit.glsar.ok[i]:
            answers.append(Refusal("not_estimable"))
        elif silent[i]:
            answers.append(Refusal("no_variation"))
        else:
            found = _assemble(task, prepared, fit, history, drawn[i] if drawn else None, i)
            answers.append(found if found.is_finite else Refusal("not_estimable"))
    return answers


def _assemble(
    task: Task, prepared: Prepared, fit: WeeklyFit, history: Checks | None, path: WeeklyPath | None, i: int
) -> Estimate:
    row = int(fit.rows[i])
    used = prepared.used[row]
    window = _window(task, prepared, row)
    step = StepEstimate(float(fit.step[i]), float(fit.error[i]), float(fit.df[i]), task.confidence)
    found = describe(task.kind, step, window, fit.choice.method, fit.choice.grade, float(fit.mde[i]))
    found = replace(
        found,
        rho=float(fit.glsar.rho[i]),
        n_weeks_before=int((used & task.windows.before).sum()),
        n_weeks_after=int((used & task.windows.after).sum()),
        path=path,
        placebos=history.placebos[i] if history else (),
        pre_trend=history.slopes[i] if history else None,
        detectable_after=detectable(task, prepared, fit, window, i),
    )
    return found.with_warnings(*_warnings(task, prepared, found, row))


def _window(task: Task, prepared: Prepared, row: int) -> Window:
    baseline, evaluation = (float(values[row]) for values in task.values)
    return Window(baseline, evaluation, prepared.scale[row], float(prepared.unit[row]))


def _warnings(task: Task, prepared: Prepared, found: Estimate, row: int) -> list[Note]:
    """Doubts that a reader must see beside the estimate."""
    windows = task.windows
    notes = []
    closed = prepared.closed[row] & windows.fitted
    if closed.any():
        days = tuple(str(day) for day in task.weeks[closed].astype("datetime64[D]"))
        judged = int((closed & windows.after).sum())
        notes.append(Note("closure_weeks", {"weeks": days, "count": len(days), "evaluated": judged}))
    if prepared.merged[row]:
        notes.append(Note("thin_weeks_merged", {"count": int(prepared.merged[row])}))
    missing = int((windows.fitted & ~prepared.present[row]).sum())
    if missing:
        notes.append(Note("weeks_missing", {"count": missing}))
    if found.grade is Grade.B:
        notes.append(Note("short_history", {"weeks": found.n_weeks_before}))
    answers = task.fewest_answers[row]
    if task.kind not in TOTAL_KINDS and answers < FEW_ANSWERS:
        notes.append(Note("few_answers", {"answers": int(answers), "wanted": FEW_ANSWERS}))
    if found.scale is Scale.INDEX:
        notes.append(Note("small_counts"))
    if found.rho is not None and found.rho > STRONG_PERSISTENCE:
        notes.append(Note("strong_persistence", {"rho": found.rho}))
    return notes + _history_warnings(found)


def _history_warnings(found: Estimate) -> list[Note]:
    notes = []
    slope = found.pre_trend
    if found.method is Method.DIFFERENCE and slope is not None and (slope.low > 0 or slope.high < 0):
        notes.append(Note("trend_before", {"per_year": slope.per_year, "low": slope.low, "high": slope.high}))
    moved = [p for p in found.placebos if p.p_value * len(found.placebos) < 1.0 - found.confidence]
    if moved:
        notes.append(Note("placebo_moved", {"count": len(moved), "of": len(found.placebos)}))
    return notes
