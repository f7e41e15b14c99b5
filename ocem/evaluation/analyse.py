"""Before and after for any table in a file: how a statistician checks the program against published cases."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Comparison, Effect, Note, Verdict, WindowFigure
from ocem.domain.kpi import Direction, KpiKind
from ocem.domain.perimeter import Cell
from ocem.errors import N_, Refused, StatsInputError, WrongUse
from ocem.evaluation import published
from ocem.evaluation.conclusion import NOTHING, conclude, silent
from ocem.evaluation.file_table import (
    ReadTable,
    Table,
    in_window,
    names_in,
    other_names,
    read_table,
    texts_of,
    window_mask,
    with_columns,
    without_log,
)
from ocem.evaluation.period import Periods, as_iso
from ocem.evaluation.published import Published, Rows
from ocem.evaluation.question import TOTALS
from ocem.stats.beforeafter import Cohort, Refusal, estimate
from ocem.stats.design import pace_named
from ocem.stats.result import Grade, Method
from ocem.stats.series import GroupSeries

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
_UNITS = {KpiKind.SHARE: "share", KpiKind.TOP2: "share", KpiKind.NPS: "points", KpiKind.COUNT: "count"}
LARGEST = 1e150
"""Size of a value beyond which its square is no number."""
TWO_PERIODS = 2
"""Periods with which two groups can only be compared by their means."""
WEEK_ZERO = np.datetime64("2001-01-01")
"""A Monday from which periods without weeks are counted as if they were weeks."""


def method_names() -> dict[str, str]:
    """Return every method with one line about it, as a message of the catalogue."""
    own = {
        "auto": N_("The design that the data at hand can bear."),
        Method.DIFFERENCE.value: N_("Difference to the comparison group, a step, AR(1) errors."),
        Method.DIFFERENCE_TREND.value: N_("The same with a linear trend in the difference."),
        Method.INTERRUPTED.value: N_("One series alone: step, trend, season, AR(1) errors."),
    }
    return own | {name: text for name, (_, text) in published.METHODS.items()}


def analyse(table: Table) -> Comparison:
    """Compare before and after for the rows of a file.

    Raises
    ------
    Refused
        If there is no usable row, or the group's treated value does not occur.
    WrongUse
        If a column or an option that the method needs is missing.
    """
    name = published.named(table.method)
    implied = published.IMPLIED_ERRORS.get(table.method.lower().replace("-", "_"), "")
    table = with_columns(replace(table, method=name, errors=table.errors or implied))
    if table.method not in method_names():
        raise WrongUse(
            N_("No method is called {name}; there are {known}."), name=table.method, known=", ".join(method_names())
        )
    read = read_table(table)
    if table.method == "auto" and table.group and read.go_live is not None and len(np.unique(read.at)) <= TWO_PERIODS:
        table = replace(table, method="did_changes" if table.unit else "did")
    return _by_published(table, read) if table.method in published.METHODS else _by_model(table, read)


def _by_model(table: Table, read: ReadTable) -> Comparison:
    """Answer with the program's own designs, on sums by period."""
    periods, go_live = read.periods, read.go_live
    if periods is None or go_live is None:
        raise WrongUse(N_("This method needs --{option}."), option="when" if periods is None else "go-live")
    series = _series(table, read, read.inside)
    group = _series(table, read, ~read.inside) if (~read.inside).any() else None
    at = np.arange(read.length)
    # the week that holds the go-live counts for neither window, unless it begins with it
    starts = periods.first_day(go_live)
    broken = periods.pace == "week" and starts is not None and starts.isoformat() < (table.go_live or "")[:10]
    history = at < go_live
    baseline = window_mask(periods, table.baseline, at) & history if table.baseline else history
    after = window_mask(periods, table.evaluation, at) if table.evaluation else at >= go_live + int(broken)
    if periods.pace == "week":
        history, after = _whole(table, read, history), _whole(table, read, after)
        baseline = baseline & history if table.baseline is None else baseline
    if table.baseline and (window_mask(periods, table.baseline, at) & after).any():
        baseline = window_mask(periods, table.baseline, at)  # refused as overlapping, not cut in silence
    result = estimate(
        table.kind,
        Cohort(series, group, go_live),
        WEEK_ZERO + 7 * at if periods.pace != "week" else _mondays(periods, read.length),
        baseline,
        after,
        history=history,
        method=table.method,
        confidence=table.confidence,
        pace=pace_named(periods.pace),
    )
    found = conclude(
        _blank(table, read),
        result,
        _figure(table, read, series, baseline),
        _figure(table, read, series, after),
        table.threshold,
    )
    if isinstance(result, Refusal):
        return found
    figures = {"estimate": result.estimate, "low": result.low, "high": result.high, "df": result.df}
    figures |= {"standard_error": result.standard_error, "weeks_before": float(result.n_weeks_before)}
    figures |= {"weeks_after": float(result.n_weeks_after)} | ({} if result.rho is None else {"rho": result.rho})
    return replace(found, figures=figures)


def _mondays(periods: Periods, length: int) -> NDArray[np.datetime64]:
    return np.datetime64(periods.first_day(0), "D") + 7 * np.arange(length)


def _whole(table: Table, read: ReadTable, mask: Bools) -> Bools:
    """Leave out a first or last week in which the file begins or ends; weekly rows stand for their week."""
    if not table.when or len(names_in(table.when)) > 1:
        return mask
    texts = np.sort(as_iso(texts_of(read.columns[table.when])))
    days = np.unique(texts.astype("datetime64[D]"))
    if len(days) > 1 and np.diff(days).min() >= np.timedelta64(7, "D"):
        return mask
    mondays = _mondays(read.periods, read.length) if read.periods else days
    whole: Bools = mask & (mondays >= days[0]) & (mondays + 6 <= days[-1])
    return whole


def _series(table: Table, read: ReadTable, rows: Bools) -> GroupSeries:
    """Add rows up by period: a value is a numerator where there is a weight, else one observation."""
    value = np.asarray(read.columns[names_in(table.value)[0]], dtype=float)[rows]
    weight = np.asarray(read.columns[table.weight], dtype=float)[rows] if table.weight else None
    usable = np.isfinite(value) if weight is None else np.isfinite(value) & np.isfinite(weight)
    at, value = read.at[rows][usable], value[usable]
    if len(value) and np.abs(value).max() > LARGEST:
        raise StatsInputError(N_("These values are too large to reckon with."))

    def add(numbers: Floats) -> Floats:
        return np.bincount(at, weights=numbers, minlength=read.length).astype(float)

    rows_behind = add(np.ones(len(value)))
    if table.kind in TOTALS:
        return GroupSeries(np.where(rows_behind > 0, add(value), np.nan), None, rows_behind if weight is None else None)
    if weight is not None:
        weight = weight[usable]
        log = add(weight * np.log(np.where(value > 0, value / weight, 1.0))) if table.kind is KpiKind.DURATION else None
        return GroupSeries(add(value), add(weight), add(weight), log)
    if table.kind is KpiKind.NPS:
        value = (value >= 9).astype(float) - (value <= 6)
    log = add(np.log(np.where(value > 0, value, 1.0))) if table.kind is KpiKind.DURATION else None
    return GroupSeries(add(value), rows_behind, _answers(read, rows_behind), log)


def _answers(read: ReadTable, rows_behind: Floats) -> Floats:
    """Rows behind a period; a table with one row a period holds results, of which nobody knows how many answers."""
    return np.where(rows_behind > 0, 1e9, 0.0) if rows_behind.max() <= 1 else rows_behind


def _figure(table: Table, read: ReadTable, series: GroupSeries, mask: Bools) -> WindowFigure:
    if not mask.any():
        return NOTHING
    top = float(np.nansum(series.numerator[mask]))
    base = float(np.nansum(series.denominator[mask])) if series.denominator is not None else float(mask.sum())
    n = base if series.denominator is not None else top if table.kind is KpiKind.COUNT else None
    return _dated(read, np.flatnonzero(mask), n, top / base if base else None)


def _dated(read: ReadTable, at: NDArray[np.int64], n: float | None, value: float | None) -> WindowFigure:
    first = read.periods.first_day(int(at[0])) if read.periods and len(at) else None
    last = read.periods.last_day(int(at[-1])) if read.periods and len(at) else None
    days = (last - first).days + 1 if first and last else 0
    if read.periods and read.periods.pace == "week":
        days = 7 * len(at)
    return WindowFigure(first, last, days, n, value)


def _blank(table: Table, read: ReadTable) -> Comparison:
    return Comparison(
        None,
        table.value,
        Cell(),
        table.kind.value,
        _UNITS.get(table.kind, "ratio"),
        table.direction.value,
        NOTHING,
        NOTHING,
        Verdict.NOT_ENOUGH_DATA,
        go_live=None if read.periods is None or read.go_live is None else read.periods.first_day(read.go_live),
    )


def _by_published(table: Table, read: ReadTable) -> Comparison:
    """Answer with a method of a published study, and say that an analyst chose it."""
    if read.go_live is None and table.go_live:
        raise WrongUse(N_("This method needs --{option}."), option="when")
    rows = _rows(table, read)
    if not any(np.isfinite(values).any() for values in rows.values):
        raise Refused(N_("{file}: column {column} holds no number."), file=table.path.name, column=table.value)
    found = published.run(table.method, rows)
    blank = _blank(table, read)
    after = read.at >= (read.go_live if read.go_live is not None else 0)
    windows = [np.unique(read.at[mask]) for mask in (~after, after)]
    note = Note("method_chosen", {"method": table.method})
    if not np.isfinite([value for value in (found.estimate, found.low, found.high) if value is not None]).all():
        return silent(blank, Verdict.NOT_ENOUGH_DATA, Note("not_estimable"))
    told = replace(
        blank,
        baseline=_dated(read, windows[0], None, found.before),
        evaluation=_dated(read, windows[1], None, found.evaluation),
        p_value=found.p_value,
        method=table.method,
        grade=found.grade.value,
        warnings=(note,),
        relevance=table.threshold,
        figures={"estimate": found.estimate} | found.figures,
        verdict=Verdict.INCONCLUSIVE,
    )
    if found.low is None or found.high is None or found.plain:
        effect = None if found.plain else Effect(found.estimate, found.estimate, found.estimate)
        reasons = (Note("relevance_not_declared" if found.plain else "no_interval"),)
        figures = told.figures | ({"low": found.low or 0.0, "high": found.high or 0.0} if found.plain else {})
        return replace(told, effect=effect, reasons=reasons, figures=figures)
    share = found.relative or (None, None, None)
    effect = Effect(found.estimate, found.low, found.high, share[0], share[1], share[2], table.confidence)
    expected = None if found.evaluation is None or table.log else found.evaluation - found.estimate
    return _judged(replace(told, effect=effect, expected_without=expected), found)


def _judged(told: Comparison, found: Published) -> Comparison:
    """Read the verdict off an interval; what hangs on no comparison has no cause."""
    assert found.low is not None and found.high is not None
    sign = 1.0 if told.direction == Direction.UP else -1.0
    worst, best = sorted((sign * found.low, sign * found.high))
    if told.relevance is not None and -told.relevance < worst and best < told.relevance:
        reason = Note("inside_relevance", {"relevance": told.relevance})
        return replace(told, verdict=Verdict.NO_RELEVANT_CHANGE, reasons=(reason,))
    if worst <= 0 <= best:
        return replace(told, reasons=(Note("interval_holds_zero"),))
    if not found.has_comparison or found.grade is Grade.D:
        return replace(told, verdict=Verdict.CHANGED_CAUSE_UNKNOWN, reasons=(Note("no_comparison_group"),))
    return replace(told, verdict=Verdict.IMPROVED if worst > 0 else Verdict.WORSENED)


def _rows(table: Table, read: ReadTable) -> Rows:
    """Hand the table over as a published method takes it."""

    def numbers(name: str) -> Floats:
        values = np.asarray(read.columns[without_log(name)], dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(values) if name.startswith("log(") else values

    units = [texts_of(read.columns[name]) for name in names_in(table.unit)]
    before = read.at < (read.go_live if read.go_live is not None else 0)
    others = other_names(table)
    mix = dict(table.mix)
    return Rows(
        values=[numbers(name) for name in names_in(table.value)],
        weights=[numbers(name) for name in names_in(table.weight)],
        squares=[numbers(name) for name in names_in(table.squares)],
        at=None if read.periods is None else read.at,
        go_live=read.go_live,
        treated=read.inside if table.group else None,
        learned=in_window(read, table, table.baseline, before),
        judged=in_window(read, table, table.evaluation, ~before),
        unit=units[0] if units else None,
        second_unit=units[1] if len(units) > 1 else None,
        dose=numbers(table.dose) if table.dose else None,
        beside=np.column_stack([numbers(name) for name in table.beside]) if table.beside else None,
        beside_names=table.beside,
        cohort=_cohorts(table, read),
        others=np.column_stack([numbers(name) for name in others]) if others else None,
        other_names=others,
        mix=tuple(mix.get(name, 0.0) for name in others) if mix else None,
        **table.options() | {"log": table.log or table.kind is KpiKind.DURATION},
    )


def _cohorts(table: Table, read: ReadTable) -> Floats | None:
    """First live period of each row's unit, counted as the periods are; 0: never."""
    if not table.cohort or read.periods is None:
        return None
    values = np.asarray(read.columns[table.cohort], dtype=float)
    offset = read.periods.offset
    return np.where(np.isfinite(values) & (values > 0), values - offset, 0.0)
