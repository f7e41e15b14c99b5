"""Before the go-live: how small a change will an evaluation of so many weeks be able to show?"""

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.stats.design import SHORTEST_AFTER, STEP, Calendar, choose
from ocem.stats.effect import Window, window_value
from ocem.stats.marginal import fit_marginal
from ocem.stats.power import t_degrees
from ocem.stats.result import Method, Refusal
from ocem.stats.screening import check_shapes
from ocem.stats.series import GroupSeries, prepare, sums_of
from ocem.stats.weekly import Detectable
from ocem.stats.windows import Windows

Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]
USUAL_WEEKS = 13
"""Weeks of an evaluation for which degrees of freedom are planned."""


def plan_evaluation(
    kind: KpiKind,
    inside: GroupSeries,
    comparison: GroupSeries | None,
    weeks: Days,
    history: Bools,
    *,
    wash_in_weeks: int = 0,
    confidence: float = 0.95,
) -> Detectable | Refusal:
    """Measure the noise of the weeks so far and say what an evaluation that starts after them could see.

    Parameters
    ----------
    inside, comparison : GroupSeries
        Weekly sums, (T,).
    history : bool array (T,)
        Weeks before the go-live, which is taken to follow the last of them.
    wash_in_weeks : int
        Weeks between go-live and the first judged one.

    Returns
    -------
    Detectable or Refusal
        A function of the number of judged weeks: the smallest change in the KPI's unit that would be seen in four
        cases of five.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> weeks = np.datetime64("2025-01-06") + 7 * np.arange(60)
    >>> calls, others = rng.poisson(400, 60).astype(float), rng.poisson(4000, 60).astype(float)
    >>> plan = plan_evaluation(KpiKind.COUNT, GroupSeries(calls), GroupSeries(others), weeks, np.ones(60, bool))
    >>> [round(float(plan(n) / calls.mean()), 3) for n in (4, 8, 16)]
    [0.079, 0.056, 0.041]
    """
    kind = KpiKind(kind)
    sums, other = sums_of(kind, inside), None if comparison is None else sums_of(kind, comparison)
    check_shapes(weeks, sums, other)
    if not history.any():
        return Refusal("no_baseline")
    go_live = int(np.flatnonzero(history)[-1]) + 1
    prepared = prepare(kind, sums, other, Windows(history, np.zeros_like(history), go_live))
    if not prepared.index_possible[0]:
        return Refusal("not_positive")
    choice = choose(int(history.sum()), other is not None)
    if isinstance(choice, Refusal):
        return choice
    calendar = Calendar(weeks[0].astype("datetime64[D]"), go_live)
    positions = np.arange(len(weeks), dtype=float)
    design = np.delete(calendar.columns(choice.method, positions, np.zeros(len(weeks))), STEP, axis=1)
    fit = fit_marginal(prepared.y, design, prepared.used, 0).fit
    if not (fit.ok[0] and fit.sigma2[0] > 0):
        return Refusal("not_estimable")
    value = float(window_value(sums, history)[0])
    noise = float(np.nansum(fit.residuals**2) / max(prepared.used.sum() - design.shape[1], 1))
    plan = Detectable(
        calendar=calendar,
        method=choice.method,
        before=np.flatnonzero(prepared.used[0]),
        first_after=go_live + wash_in_weeks,
        rho=float(fit.rho[0]),
        noise=noise,
        df=_degrees(calendar, choice.method, prepared.used[0], go_live + wash_in_weeks, float(fit.rho[0])),
        confidence=confidence,
        window=Window(value, value, prepared.scale[0], float(prepared.unit[0])),
        step=0.0,
    )
    return plan if np.isfinite(plan(SHORTEST_AFTER)) else Refusal("not_estimable")


def _degrees(calendar: Calendar, method: Method, used: Bools, start: int, rho: float) -> float:
    """Degrees of freedom of an evaluation of the usual length."""
    positions = np.arange(start + USUAL_WEEKS, dtype=float)
    after = positions >= start
    known = after.copy()
    known[: min(len(used), start)] = used[:start]
    design = calendar.columns(method, positions, after.astype(float))
    return float(t_degrees(design, known[None], np.array([rho]), STEP)[0])
