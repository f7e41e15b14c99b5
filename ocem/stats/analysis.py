"""From weekly sums to estimates, for many series at once: screened, fitted, checked and said in the KPI's unit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.kpi import KpiKind
from ocem.stats.checks import JUST_BEFORE, QUARTER, History, check_history
from ocem.stats.design import WEEKLY, Pace
from ocem.stats.effect import Steps, Values, Window, described
from ocem.stats.result import Estimate, Grade, Method, Refusal, Scale, Slope, WeeklyPath
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
DOUBTFUL = 0.01
"""p-value below which something else that moved is worth a warning."""


@dataclass(frozen=True)
class Frame:
    """When: the first treated week, the weeks, and which of them are compared; masks (T,).

    `history` are further weeks before the go-live from which the model may learn; None: the baseline alone.
    """

    go_live_week: int
    weeks: Days
    baseline: Bools
    evaluation: Bools
    history: Bools | None = None


@dataclass(frozen=True)
class Options:
    """How: the method (``auto`` or a name), the coverage of intervals, and what is added to the bare estimate.

    `checks` adds placebo go-lives and the slope before, `paths` the weekly lines; `index` forces the index scale;
    `pace` says how long a week is, for data that come in other periods.
    """

    method: str = "auto"
    confidence: float = 0.95
    checks: bool = True
    paths: bool = True
    index: bool = False
    pace: Pace = WEEKLY
    every_week: bool = False
    """Whether the result is looked at every week: the interval then holds at all looks together."""


@dataclass(frozen=True)
class Analysis:
    """An answer for each of k series, the fit and its row behind each estimate, and the size of each index unit."""

    found: list[Estimate | Refusal]
    places: dict[int, tuple[WeeklyFit, int]]
    units: Floats


def analyse(
    kind: KpiKind,
    inside: GroupSeries,
    comparison: GroupSeries | None,
    frame: Frame,
    options: Options,
    bare: Bools | None = None,
) -> Analysis:
    """Estimate the effects on k series, (k, T), that share their frame; `bare` (k,) ones get no checks and no path.

    Raises
    ------
    StatsInputError
        If the arrays do not fit each other or the weeks are not consecutive.
    """
    check_confidence(options.confidence)
    windows = find_windows(frame.weeks, frame.baseline, frame.evaluation, frame.history, frame.go_live_week)
    sums = sums_of(kind, inside)
    other = None if comparison is None or options.method == Method.INTERRUPTED else sums_of(kind, comparison)
    check_shapes(frame.weeks, sums, other)
    if isinstance(windows, Refusal):
        return Analysis([windows] * len(sums.n), {}, np.ones(len(sums.n)))
    task = Task(
        kind, sums, other, windows, frame.baseline, frame.evaluation, frame.weeks, options.confidence, options.pace,
        options.every_week,
    )  # fmt: skip
    prepared = prepare(kind, sums, other, windows, options.index, options.pace.has_closures)
    found = refuse_inputs(task, prepared)
    bare = np.zeros(len(found), bool) if bare is None else bare
    places: dict[int, tuple[WeeklyFit, int]] = {}
    for choice, rows in by_design(found, prepared, task, options.method):
        fit = fit_rows(task, prepared, choice, rows)
        answers = _assemble_all(task, prepared, fit, options, np.flatnonzero(~bare[rows]))
        for i, (row, answer) in enumerate(zip(rows.tolist(), answers, strict=True)):
            found[row] = answer
            places[row] = (fit, i)
    return Analysis([answer for answer in found if answer is not None], places, prepared.unit)


def _assemble_all(
    task: Task, prepared: Prepared, fit: WeeklyFit, options: Options, full: NDArray[np.int64]
) -> list[Estimate | Refusal]:
    """Return an answer for every fitted series; those in `full` with checks and path as far as the options ask."""
    rows, method = fit.rows, fit.choice.method
    histories: dict[int, History] = {}
    if options.checks and len(full):
        checks = check_history(task.calendar, method, prepared, task.windows, rows[full], task.confidence)
        histories = {int(at): checks.of(i) for i, at in enumerate(full)}
    drawn = draw_paths(task, prepared, fit, full) if options.paths and len(full) else {}
    silent = without_noise(prepared, fit)
    figures, weeks = _figures(task, prepared, fit)
    answers: list[Estimate | Refusal] = []
    for i in range(len(rows)):
        if not fit.glsar.ok[i]:
            answers.append(Refusal("not_estimable"))
        elif silent[i]:
            answers.append(Refusal("no_variation"))
        else:
            found = _assemble(task, prepared, fit, figures[i], weeks[i], histories.get(i), drawn.get(i), i)
            answers.append(found if found.is_finite else Refusal("not_estimable"))
    return answers


def _figures(task: Task, prepared: Prepared, fit: WeeklyFit) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """Figures of every fitted series, and how many weeks before and after were fitted."""
    rows = fit.rows
    used = prepared.used[rows]
    weeks = np.stack([(used & window).sum(axis=1) for window in (task.windows.before, task.windows.after)], axis=1)
    baseline, evaluation = (values[rows] for values in task.values)
    values = Values(baseline, evaluation, prepared.is_log[rows], prepared.unit[rows])
    steps = Steps(fit.step, fit.error, fit.df, task.confidence, fit.growth, weeks[:, 1])
    return described(task.kind, steps, values, fit.mde), weeks.tolist()


def _assemble(
    task: Task,
    prepared: Prepared,
    fit: WeeklyFit,
    figures: dict[str, Any],
    weeks: list[int],
    history: History | None,
    path: WeeklyPath | None,
    i: int,
) -> Estimate:
    row = int(fit.rows[i])
    scale = prepared.scale[row]
    window = Window(figures["baseline_value"], figures["evaluation_value"], scale, float(prepared.unit[row]))
    found = Estimate(
        kind=task.kind,
        method=fit.choice.method,
        grade=fit.choice.grade,
        scale=scale,
        has_comparison=fit.choice.method is not Method.INTERRUPTED,
        rho=float(fit.glsar.rho[i]),
        n_weeks_before=weeks[0],
        n_weeks_after=weeks[1],
        path=path,
        placebos=history.placebos if history else (),
        pre_trend=history.slope if history else None,
        detectable_after=detectable(task, prepared, fit, window, i),
        **figures,
    )
    doubts = _warnings(task, prepared, found, row) + (_doubts(found, history) if history else [])
    return found.with_warnings(*doubts)


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


def _doubts(found: Estimate, history: History) -> list[Note]:
    """What moved besides: before the go-live, in the comparison group, within the evaluation."""
    notes = []
    just_before, quarter = history.just_before, history.quarter_before
    if _stands_out(just_before):
        notes.append(Note("anticipation", {"weeks": JUST_BEFORE}))
    elif _stands_out(quarter) and quarter is not None:
        notes.append(Note("unusual_before", {"weeks": QUARTER, "sign": 1 if quarter.per_year > 0 else -1}))
    if found.has_comparison and _stands_out(history.comparison):
        notes.append(Note("comparison_moved"))
    ramp = history.ramp
    if ramp is not None and ramp.p_value < DOUBTFUL and (found.low > 0 or found.high < 0):
        notes.append(Note("effect_grows" if ramp.per_year * found.estimate > 0 else "effect_fades"))
    return notes


def _stands_out(shift: Slope | None) -> bool:
    return shift is not None and shift.p_value < DOUBTFUL
