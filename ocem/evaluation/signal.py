"""A control chart of every KPI by week, drawn the way that makes a signal a signal.

Counts and sums have a season: each week is set against the same week a year before (minus 364 days), once 72 weeks are
there. An objective with a comparison group is charted as the difference to that group. Shares and rates of counts get
limits that follow their denominators (p', u'). Everything else is charted as it is (XmR). Limits come from the first
points after the chart's start and stay; a new start is a decision somebody signs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ocem.domain.decision import Rebase
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Aggregate, Direction, Kpi, KpiKind
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.scope import scope_of, total
from ocem.stats.false_alarm import AGENDA, counts, false_alarm_rate, pooled_correlations
from ocem.stats.surprise import UNUSUAL, run_strength, surprise
from ocem.stats.xmr import LOCKED_FROM, Chart, Signal, p_prime, u_prime, xmr
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store import signal as store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.series import data_span, weekly_cube

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Sums = dict[str, Floats]

TOTALS = (KpiKind.COUNT, KpiKind.SUM)
FEWEST_POINTS = 6
"""Points from which provisional limits are drawn."""
YEAR = 52
YEAR_POINTS = 52
"""Points that set the limits of a difference: a whole year, so that no season is taken for the level."""
YEAR_ROUTE_FROM = YEAR + LOCKED_FROM
"""Weeks of history from which counts are set against the year before."""
SPARSE = 0.6
"""A KPI with rows in fewer weeks than this is not measured weekly: an empty week is then no zero."""
CLOSED_BELOW = 0.6
"""A week of the August or Christmas holidays with less than this share of the usual rows is not looked at."""
USUAL_WEEKS = 12
IMPORTANCE = 2
"""Of a KPI without an objective."""
WINDOW = {Signal.NEAR_LIMIT: 4, Signal.RUN: 8}
"""Points that a rule looks at."""


@dataclass(frozen=True)
class Watched:
    """What one chart is about; `key` tells it from all others."""

    key: str
    number: int
    kpi: Kpi
    perimeter: Perimeter = field(default_factory=Perimeter)
    objective: Objective | None = None

    @property
    def comparison(self) -> Perimeter | None:
        """The group to set against."""
        return self.objective.comparison if self.objective else None

    @property
    def importance(self) -> int:
        """How much the chart counts, 1 to 5."""
        return self.objective.importance if self.objective else IMPORTANCE

    @property
    def target(self) -> float | None:
        """The value to reach."""
        return self.objective.target if self.objective else None

    @property
    def facts(self) -> set[FactKind]:
        """The facts behind it."""
        return {self.kpi.numerator.fact} | ({self.kpi.denominator.fact} if self.kpi.denominator else set())


@dataclass(frozen=True)
class Point:
    """One week of a chart, limits in the KPI's unit; `baseline` says that the limits come from it."""

    first: date
    value: float | None
    n: float | None
    lower: float | None = None
    centre: float | None = None
    upper: float | None = None
    signals: tuple[Signal, ...] = ()
    news: tuple[Signal, ...] = ()
    distance: float | None = None
    excluded: bool = False
    baseline: bool = False
    finished: bool = True


@dataclass(frozen=True)
class ControlChart:
    """One chart up to the week looked at.

    `charted` is ``raw``, ``difference`` or ``year``; `chart` is ``xmr``, ``p_prime`` or ``u_prime``. `reached` says
    that the KPI's sources have passed the week: only then is its point news. Without limits (`n_baseline` 0) there are
    fewer than six points.
    """

    watched: Watched
    week: date
    charted: str
    chart: str
    points: tuple[Point, ...]
    reached: bool
    locked: bool = False
    n_baseline: int = 0
    baseline_first: date | None = None
    baseline_last: date | None = None
    autocorrelation: float = 0.0
    rebase: Rebase | None = None
    expected_news: float = 0.0
    """The chance that this chart is news this week although nothing happened."""
    strength: float = 0.0
    """How far from chance the week is, in standard deviations: its own point, or the run that its new signals saw."""

    @property
    def last(self) -> Point | None:
        """The point of the week looked at."""
        found = self.points[-1] if self.points else None
        return found if found is not None and found.first == self.week else None

    @property
    def is_news(self) -> bool:
        """Whether the week brings a new signal."""
        last = self.last
        return bool(last and self.reached and not AGENDA.isdisjoint(last.news))

    @property
    def is_flagged(self) -> bool:
        """Whether a signal holds in the week, new or not."""
        last = self.last
        return bool(last and self.reached and not AGENDA.isdisjoint(last.signals))

    @property
    def stands_out(self) -> bool:
        """Whether the week is no new signal, and yet further from what was to be expected than most."""
        return not self.is_news and self.expected_news > 0 and self.strength >= UNUSUAL

    @property
    def improvement(self) -> bool | None:
        """Whether the week lies on the good side of the centre; None without a side."""
        away = self.last.distance if self.last else None
        if not away:
            return None
        return (away > 0) == (self.watched.kpi.direction is Direction.UP)

    @property
    def assurance(self) -> str | None:
        """Whether luck alone will meet the target: ``met``, ``hit_or_miss`` or ``not_met``; None without one."""
        target, last = self.watched.target, self.last
        if target is None or last is None or last.lower is None or last.upper is None or not self.n_baseline:
            return None
        up = self.watched.kpi.direction is Direction.UP
        if (last.lower >= target) if up else (last.upper <= target):
            return "met"
        if (last.upper < target) if up else (last.lower > target):
            return "not_met"
        return "hit_or_miss"


def watch_list(con: Cursor) -> list[Watched]:
    """Return what is charted: each objective's KPI in its perimeter, and every other KPI over all cells."""
    numbered = {kpi.key: (number, kpi) for number, kpi in kpi_store.numbered_kpis(con)}
    found = [
        Watched(f"{item.kpi}/{item.key}", *numbered[item.kpi], item.perimeter, item)
        for item in objective_store.list_objectives(con)
        if item.kpi in numbered
    ]
    whole = {item.kpi.key for item in found if item.perimeter == Perimeter()}
    found += [Watched(key, number, kpi) for key, (number, kpi) in numbered.items() if key not in whole]
    return found


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
        found[i] = replace(found[i], expected_news=chance, strength=_strength(found[i], correlation))
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


@dataclass(frozen=True)
class _Charted:
    """A series on the scale it is charted on, and the way back to the KPI's unit."""

    route: str
    values: Floats
    back: Callable[[Floats, slice], Floats]
    rule: Callable[[slice, int], Chart]
    kind: str = "xmr"


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
    value = _value(item.kpi, inside, begin)
    excluded = _closed(record, inside["n"]) & np.isfinite(value)
    usable = known & ~excluded & (np.arange(len(weeks)) >= begin)
    charted = _route(item, inside, outside, value, usable, begin)
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
    record: Record, state: ControlChart, limits: _Limits, charted: _Charted, part: slice, wanted: int,
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


def _value(kpi: Kpi, sums: Sums, begin: int) -> Floats:
    """Return the KPI by week, NaN where nothing was measured."""
    n = sums["n"]
    if kpi.kind in TOTALS:
        measured = n[begin:] > 0
        sparse = len(measured) > 0 and measured.mean() < SPARSE
        return np.where((n > 0) | (not sparse), sums["numerator"], np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums["denominator"] > 0, sums["numerator"] / sums["denominator"], np.nan)


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


def _route(item: Watched, inside: Sums, outside: Sums | None, value: Floats, usable: Bools, begin: int) -> _Charted:
    """Choose how the KPI is charted and return the series on that scale."""
    kpi = item.kpi
    shown = np.where(usable, value, np.nan)
    if outside is not None:
        other = _value(kpi, outside, begin)
        found = _against("difference", kpi, shown, other)
        if np.isfinite(found.values).sum() >= FEWEST_POINTS:
            return found
    if kpi.kind in TOTALS and len(value) - begin >= YEAR_ROUTE_FROM:
        before = np.concatenate([np.full(YEAR, np.nan), shown[:-YEAR]])
        return _against("year", kpi, shown, before)
    return _raw(kpi, inside, shown)


def _against(route: str, kpi: Kpi, shown: Floats, other: Floats) -> _Charted:
    """Chart the difference to another series: of logarithms for amounts, of values for shares and scores."""
    both = np.isfinite(shown) & np.isfinite(other)
    as_log = kpi.unit not in ("share", "points", "score") and bool((shown[both] > 0).all() and (other[both] > 0).all())
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.log(shown) - np.log(other) if as_log else shown - other
    values = np.where(both, values, np.nan)

    def back(limits: Floats, part: slice) -> Floats:
        with np.errstate(invalid="ignore"):
            found: Floats = np.exp(limits) * other[part] if as_log else limits + other[part]
        return found

    return _Charted(route, values, back, lambda part, points: xmr(values[part], baseline_points=points))


def _raw(kpi: Kpi, sums: Sums, shown: Floats) -> _Charted:
    """Chart the KPI as it is: p' or u' for shares and rates of counts, else individual values."""
    top = np.where(np.isfinite(shown), sums["numerator"], np.nan)
    below = np.where(np.isfinite(shown), sums["denominator"], np.nan)

    def same(limits: Floats, part: slice) -> Floats:
        return limits

    if _counted(kpi):
        if kpi.unit == "share" and not (top > below).any():
            return _Charted("raw", shown, same, lambda part, n: p_prime(top[part], below[part], n), "p_prime")
        if kpi.unit != "share":
            return _Charted("raw", shown, same, lambda part, n: u_prime(top[part], below[part], n), "u_prime")
    if kpi.kind is KpiKind.DURATION and not (shown <= 0).any():
        log = np.log(shown)
        return _Charted("raw", log, lambda limits, part: np.exp(limits), lambda part, n: xmr(log[part], n))
    floor, ceiling = _bounds(kpi)
    return _Charted("raw", shown, same, lambda part, n: xmr(shown[part], n, floor=floor, ceiling=ceiling))


def _counted(kpi: Kpi) -> bool:
    """Say whether a KPI is a count over a count, so that chance follows from the denominator."""
    if kpi.kind in (KpiKind.SHARE, KpiKind.TOP2):
        return True
    if kpi.kind is not KpiKind.RATIO or kpi.denominator is None:
        return False
    sides = (kpi.numerator, kpi.denominator)
    measured = all(side.fact is FactKind.MEASURE for side in sides) and kpi.unit == "share"
    return measured or all(side.aggregate is Aggregate.COUNT for side in sides)


def _bounds(kpi: Kpi) -> tuple[float, float]:
    if kpi.kind is KpiKind.NPS:
        return -1.0, 1.0
    if kpi.unit == "share" and kpi.kind in (KpiKind.SHARE, KpiKind.TOP2, KpiKind.MEAN):
        return 0.0, 1.0
    if kpi.kind is KpiKind.COUNT:
        return 0.0, np.inf
    return -np.inf, np.inf


def _segments(
    record: Record, item: Watched, charted: _Charted, weeks: NDArray[np.datetime64], begin: int
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
