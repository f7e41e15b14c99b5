"""Before the go-live: how small a change will an evaluation of so many weeks be able to show?"""

import numpy as np
from numpy.typing import NDArray

from ocem.domain.kpi import KpiKind
from ocem.stats.design import SHORTEST_AFTER, STEP, Calendar, choose
from ocem.stats.effect import Window, window_value
from ocem.stats.marginal import fit_marginal
from ocem.stats.power import step_error
from ocem.stats.result import Method, Refusal
from ocem.stats.screening import check_shapes
from ocem.stats.series import GroupSeries, Prepared, prepare, sums_of
from ocem.stats.weekly import Detectable
from ocem.stats.windows import Windows

Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]
USUAL_WEEKS = 13
"""Weeks of an evaluation by which the doubt about persistence is measured."""


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
    [0.082, 0.058, 0.043]
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
    widened, df = _as_judged(prepared, calendar, choice.method, go_live)
    plan = Detectable(
        calendar=calendar,
        method=choice.method,
        before=np.flatnonzero(prepared.used[0]),
        first_after=go_live + wash_in_weeks,
        rho=float(fit.rho[0]),
        noise=noise * widened**2,
        df=df,
        confidence=confidence,
        window=Window(value, value, prepared.scale[0], float(prepared.unit[0])),
        step=0.0,
    )
    return plan if np.isfinite(plan(SHORTEST_AFTER)) else Refusal("not_estimable")


def _as_judged(prepared: Prepared, calendar: Calendar, method: Method, go_live: int) -> tuple[float, float]:
    """Error of an evaluation of the last weeks so far, over what known persistence would give, and its degrees."""
    used = prepared.used
    positions = np.arange(used.shape[1], dtype=float)
    judged = (positions >= go_live - min(USUAL_WEEKS, int(used.sum()) // 4)) & (positions < go_live)
    design = calendar.columns(method, positions, judged.astype(float))
    found = fit_marginal(prepared.y, design, used, STEP)
    if not found.fit.ok[0]:
        return 1.0, 1.0
    noise = np.nansum(found.fit.residuals**2, axis=1) / max(used.sum() - design.shape[1], 1)
    known = step_error(design, used, found.fit.rho, noise, STEP)
    return (float(found.error[0] / known[0]) if known[0] > 0 else 1.0), float(found.df[0])
