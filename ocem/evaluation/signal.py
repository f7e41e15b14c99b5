"""A control chart of every KPI by week, drawn the way that makes a signal a signal.

How a KPI is charted stands in `charted_series`. Limits come from the first points after the chart's start and stay; a
new start is a decision somebody signs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ocem.domain.decision import Rebase
from ocem.evaluation.charted_series import FEWEST_POINTS, Bools, Charted, Floats, Sums, charted_as, value_of
from ocem.evaluation.control_chart import ControlChart, Point, Watched, watch_list
from ocem.evaluation.scope import scope_of, total
from ocem.stats.false_alarm import counts, false_alarm_rate, pooled_correlations, standing_out_rate
from ocem.stats.surprise import run_strength, surprise
from ocem.stats.xmr import LOCKED_FROM, Signal
from ocem.store import signal as store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.series import data_span, weekly_cube

YEAR_POINTS = 52
"""Points that set the limits of a difference: a whole year, so that no season is taken for the level."""
CLOSED_BELOW = 0.6
"""A week of the August or Christmas holidays with less than this share of the usual rows is not looked at."""
USUAL_WEEKS = 12
WINDOW = {Signal.NEAR_LIMIT: 4, Signal.RUN: 8}
"""Points that a rule looks at."""


@dataclass(frozen=True)
class Record:
    """Everything that charts of any week are drawn from: read once, charted for as many weeks as wanted."""

    weeks: NDArray[np.datetime64]
    watched: tuple[Watched, ...]
    series: dict[str, tuple[Sums, Sums | None]]
    """By chart: sums inside, and of the comparison group."""
    finished: dict[str, date | None]
    starts: dict[str, date]
    """First day with data of each chart."""
    rebases: dict[str, tuple[Rebase, ...]]
    days: tuple[date, ...] = ()
    """The Mondays as days."""
    holidays: Bools = field(default_factory=lambda: np.zeros(0, bool))
    """Weeks of August and Christmas."""
    closures: Bools = field(default_factory=lambda: np.zeros(0, bool))
    """Weeks that touch a closure somebody declared."""


def read_record(con: Cursor, last: date, closures: Sequence[tuple[date, date]] = ()) -> Record | None:
    """Read the weekly sums of everything charted, up to the Sunday of a day; None without data."""
    first, newest = data_span(con)
    if first is None or newest is None:
        return None
    monday = first - timedelta(days=first.weekday())
    sunday = max(last, monday) + timedelta(days=6 - max(last, monday).weekday())
    reaches = source_reaches(con)
    watched = watch_list(con)
    totals = store.weekly_totals(con, monday, sunday)
    series: dict[str, tuple[Sums, Sums | None]] = {}
    starts: dict[str, date] = {}
    for item in watched:
        if item.number not in totals.by_kpi:
            continue
        starts[item.key] = totals.first_day[item.number]
        if item.objective is None:
            series[item.key] = totals.by_kpi[item.number], None
        else:
            series[item.key] = _sums_of_objective(con, item, monday, sunday)
    rebases: dict[str, list[Rebase]] = {}
    for rebase in store.list_rebases(con):
        rebases.setdefault(rebase.chart, []).append(rebase)
    days = [week.astype(object) for week in totals.weeks]
    declared = [any(start <= day + timedelta(days=6) and end >= day for start, end in closures) for day in days]
    return Record(
        totals.weeks,
        tuple(item for item in watched if item.key in series),
        series,
        {item.key: last_finished_day(reaches, item.facts) for item in watched},
        starts,
        {key: tuple(found) for key, found in rebases.items()},
        tuple(days),
        np.array([_in_holidays(day) for day in days]),
        np.array(declared),
    )


def _sums_of_objective(con: Cursor, item: Watched, monday: date, sunday: date) -> tuple[Sums, Sums | None]:
    cube = weekly_cube(con, item.number, monday, sunday)
    inside = total(cube, scope_of(cube, item.kpi, item.perimeter))
    outside = scope_of(cube, item.kpi, item.comparison)
    return inside, total(cube, outside) if outside else None


def charts(database: Database, week: date, closures: Sequence[tuple[date, date]] = ()) -> tuple[ControlChart, ...]:
    """Draw every chart as it stood at the end of the week of a day."""
    with database.cursor() as con:
        record = read_record(con, week, closures)
    return draw(record, week) if record else ()


def draw(record: Record, week: date) -> tuple[ControlChart, ...]:
    """Draw every chart of a record as it stood at the end of a week, and say how much news to expect by chance."""
    monday = week - timedelta(days=week.weekday())
    found = [draw_one(record, item, monday) for item in record.watched]
    live = [i for i, chart in enumerate(found) if _can_be_news(chart)]
    correlations = pooled_correlations(
        [found[i].autocorrelation for i in live], [found[i].n_baseline for i in live]
    ).tolist()
    for i, correlation in zip(live, correlations, strict=True):
        chance = false_alarm_rate(found[i].n_baseline, correlation, year=found[i].charted == "year")
        found[i] = replace(
            found[i],
            expected_news=chance,
            expected_to_stand_out=standing_out_rate(chance, correlation),
            strength=_strength(found[i], correlation),
        )
    return tuple(found)


def _strength(chart: ControlChart, correlation: float) -> float:
    """Return how far from chance a week is: how surprising its point, or the run its new signals saw."""
    start = chart.rebase.starts if chart.rebase else date.min
    away = np.array(
        [p.distance for p in chart.points if p.distance is not None and not p.excluded and p.first >= start]
    )
    news = chart.last.news if chart.last else ()
    runs = [run_strength(away[-WINDOW[signal] :], correlation) for signal in news if signal in WINDOW]
    return max([surprise(away, correlation), *runs])


def _can_be_news(chart: ControlChart) -> bool:
    last = chart.last
    return bool(chart.reached and chart.n_baseline and last and last.value is not None and not last.excluded)


def draw_one(record: Record, item: Watched, monday: date) -> ControlChart:
    """Draw one chart as it stood at the end of the week of a Monday."""
    end = int((np.datetime64(monday, "D") - record.weeks[0]).astype(int)) // 7 + 1
    inside, outside = record.series[item.key]
    inside = {name: values[:end] for name, values in inside.items()}
    outside = {name: values[:end] for name, values in outside.items()} if outside else None
    finished = record.finished[item.key]
    weeks = record.weeks[:end]
    known = weeks + 6 <= np.datetime64(finished, "D") if finished else np.zeros(len(weeks), bool)
    begin = int(np.searchsorted(weeks, np.datetime64(record.starts[item.key], "D")))
    value = value_of(item.kpi, inside, begin)
    excluded = _closed(record, inside["n"]) & np.isfinite(value)
    usable = known & ~excluded & (np.arange(len(weeks)) >= begin)
    charted = charted_as(item, inside, outside, value, usable, begin)
    segments = _segments(record, item, charted, weeks, begin)
    state = ControlChart(item, monday, charted.route, charted.kind, (), bool(len(known) and known[-1]))
    limits = _Limits.empty(len(weeks))
    for k, (start, wanted, rebase) in enumerate(segments):
        stop = segments[k + 1][0] if k + 1 < len(segments) else len(weeks)
        state = _draw_stretch(record, state, limits, charted, slice(start, stop), wanted, rebase)
    columns = [_listed(row) for row in (value, inside["n"], limits.lower, limits.centre, limits.upper)]
    rows = zip(
        record.days, *columns, limits.signals, limits.news, limits.distance,
        excluded.tolist(), limits.baseline.tolist(), known.tolist(), strict=False,
    )  # fmt: skip
    return replace(state, points=tuple(Point(*row) for row in rows)[min(begin, len(weeks)) :])


@dataclass
class _Limits:
    """What the stretches of a chart write, week by week."""

    lower: Floats
    centre: Floats
    upper: Floats
    baseline: Bools
    signals: list[tuple[Signal, ...]]
    news: list[tuple[Signal, ...]]
    distance: list[float | None]

    @classmethod
    def empty(cls, n: int) -> "_Limits":
        lower, centre, upper = (np.full(n, np.nan) for _ in range(3))
        return cls(lower, centre, upper, np.zeros(n, bool), [()] * n, [()] * n, [None] * n)


def _draw_stretch(
    record: Record, state: ControlChart, limits: _Limits, charted: Charted, part: slice, wanted: int,
    rebase: Rebase | None,
) -> ControlChart:  # fmt: skip
    """Write limits and signals of one stretch; return the state of the chart at its end."""
    there = np.flatnonzero(np.isfinite(charted.values[part]))
    state = replace(state, rebase=rebase, n_baseline=0, locked=False, baseline_first=None, baseline_last=None)
    if len(there) < FEWEST_POINTS:
        return state
    used = there[: min(wanted, len(there))]
    chart = charted.rule(part, int(used[-1]) + 1)
    limits.lower[part] = charted.back(_array(point.lower for point in chart.points), part)
    limits.centre[part] = charted.back(np.full(len(chart.points), chart.centre), part)
    limits.upper[part] = charted.back(_array(point.upper for point in chart.points), part)
    limits.baseline[part.start + used] = True
    limits.signals[part] = [point.signals for point in chart.points]
    limits.news[part] = [point.new_signals if counts(point) else () for point in chart.points]
    limits.distance[part] = [point.distance for point in chart.points]
    return replace(
        state,
        n_baseline=len(used),
        locked=len(used) >= wanted,
        baseline_first=record.days[part.start + int(used[0])],
        baseline_last=record.days[part.start + int(used[-1])] + timedelta(days=6),
        autocorrelation=chart.autocorrelation,
    )


def _array(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values])


def _listed(row: Floats) -> list[float | None]:
    return [number if known else None for number, known in zip(row.tolist(), np.isfinite(row).tolist(), strict=True)]


def _closed(record: Record, n: Floats) -> Bools:
    """Weeks of August and Christmas in which hardly anything happened, and weeks of closures that people declared."""
    closed = record.closures[: len(n)].copy()
    for i in np.flatnonzero(record.holidays[: len(n)] & ~closed):
        usual = n[:i][~closed[:i]][-USUAL_WEEKS:]
        closed[i] = len(usual) >= USUAL_WEEKS // 2 and n[i] < CLOSED_BELOW * median(usual.tolist())
    return closed


def _in_holidays(monday: date) -> bool:
    """Say whether a week touches the middle of August or the days from Christmas to Epiphany."""
    days = [(day.month, day.day) for day in (monday, monday + timedelta(days=6))]
    return any((8, 3) <= day <= (8, 31) or day >= (12, 24) or day <= (1, 6) for day in days)


def _segments(
    record: Record, item: Watched, charted: Charted, weeks: NDArray[np.datetime64], begin: int
) -> list[tuple[int, int, Rebase | None]]:
    """Return where limits start, how many points set them, and who decided it; the first start is nobody's decision."""
    start, wanted = begin, YEAR_POINTS if charted.route != "raw" else LOCKED_FROM
    objective = item.objective
    if charted.route == "difference" and objective and objective.baseline_first and objective.baseline_last:
        declared = int(np.searchsorted(weeks, np.datetime64(objective.baseline_first, "D")))
        days = (objective.baseline_last - objective.baseline_first).days + 1
        if declared < len(weeks) and days >= 7 * LOCKED_FROM:
            start = max(declared, begin)
            wanted = int(np.isfinite(charted.values[start : start + days // 7]).sum()) or wanted
    found: list[tuple[int, int, Rebase | None]] = [(start, wanted, None)]
    for rebase in record.rebases.get(item.key, ()):
        at = int(np.searchsorted(weeks, np.datetime64(rebase.starts, "D")))
        if found[-1][0] < at < len(weeks):
            found.append((at, LOCKED_FROM, rebase))
    return found
