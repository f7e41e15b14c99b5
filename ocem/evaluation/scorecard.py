"""Each touchpoint and each segment on one line: use, conversion, cost, satisfaction, trend."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Dimension, Member, Perimeter
from ocem.domain.scorecard import SHOWN
from ocem.evaluation.comparison import TOTALS, figure
from ocem.evaluation.scope import by_member, scope_of, total
from ocem.evaluation.view import EVERYTHING, View
from ocem.evaluation.window import whole_weeks
from ocem.stats import bucket
from ocem.stats.interval import Interval
from ocem.stats.net_promoter import Answers, nps
from ocem.stats.share import wilson
from ocem.store import kpi as kpi_store
from ocem.store.bucket_cube import known_bucket_cubes
from ocem.store.database import Database
from ocem.store.freshness import SourceReach, known_reaches, last_finished_day
from ocem.store.member import list_members
from ocem.store.series import WeeklyCube, known_cubes
from ocem.store.sql_text import baseline_query, fact_query

WEEKS = 13
TREND_WEEKS = 26
FEWEST_ANSWERS = 10


@dataclass(frozen=True)
class Figure:
    """One KPI of one member: value over the weeks in view, with its 95% interval where it is a rate.

    `change` is against the same weeks of the year before (minus 364 days), relative for amounts and counts, a
    difference for shares and scores; a description, not a verdict. `is_chance` says that the customers who happened to
    come could explain it, None where nobody knows. `weekly` are the last 26 finished weeks.
    """

    value: float | None
    n: float | None
    low: float | None
    high: float | None
    change: float | None
    is_chance: bool | None
    weekly: tuple[float | None, ...]


@dataclass(frozen=True)
class Scorecard:
    """One member and its figures by KPI key."""

    member: str
    label_it: str
    label_en: str
    attributes: Member
    figures: dict[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class ScorecardTable:
    """All members of a dimension, the KPIs shown, and the days they cover."""

    dimension: str
    kpis: tuple[Kpi, ...]
    rows: tuple[Scorecard, ...]
    first: date | None
    last: date | None


def scorecards(database: Database, dimension: str, view: View = EVERYTHING) -> ScorecardTable:
    """Return a scorecard for every member of ``touchpoint`` or ``segment`` that has data, over the days in view.

    Default days: the last 13 finished weeks.
    """
    reaches = known_reaches(database)
    with database.cursor() as con:
        found = {member.key: member for member in list_members(con, Dimension(dimension))}
        numbered = {kpi.key: (number, kpi) for number, kpi in kpi_store.numbered_kpis(con)}
    shown = [numbered[key] for key in SHOWN[dimension] if key in numbered]
    first, last = _days(view, reaches)
    if first is None or last is None:
        return ScorecardTable(dimension, (), (), None, None)
    groups: dict[date, list[tuple[int, Kpi]]] = {}
    for number, kpi in shown:
        finished = last_finished_day(reaches, _facts(kpi))
        if finished is not None:
            groups.setdefault(min(last, finished), []).append((number, kpi))
    figures: dict[str, dict[str, Figure]] = {}
    for end, group in groups.items():
        for key, by_member_of in _group_figures(database, group, dimension, view.perimeter(), first, end).items():
            for member, item in by_member_of.items():
                figures.setdefault(member, {})[key] = item
    rows = tuple(
        Scorecard(key, member.label_it, member.label_en, member, figures[key])
        for key, member in found.items()
        if key in figures and any(item.value is not None for item in figures[key].values())
    )
    used = {key for row in rows for key, item in row.figures.items() if item.value is not None}
    return ScorecardTable(dimension, tuple(kpi for _, kpi in shown if kpi.key in used), rows, first, last)


def _days(view: View, reaches: list[SourceReach]) -> tuple[date | None, date | None]:
    """Return the days in view, or the last finished weeks."""
    last = last_finished_day(reaches)
    if last is None:
        return None, None
    last = min(view.last, last) if view.last else last
    return view.first or last - timedelta(days=7 * WEEKS - 1), last


@dataclass(frozen=True)
class FigureSource:
    """Where one figure of a scorecard comes from: definition, cells, whole weeks, queries and sources."""

    kpi: Kpi
    perimeter: Perimeter
    first: date | None
    last: date | None
    sql: str
    """Gives the figure, and the one of the same weeks of the year before, from the daily sums."""
    fact_sql: str
    sources: tuple[SourceReach, ...]
    data_version: int


def explain_figure(database: Database, dimension: str, member: str, kpi: str, view: View = EVERYTHING) -> FigureSource:
    """Return definition, queries and freshness behind one figure of a scorecard."""
    reaches = known_reaches(database)
    with database.cursor() as con:
        number, definition = kpi_store.find_kpi(con, kpi)
        facts = _facts(definition)
        first, last = _days(view, reaches)
        finished = last_finished_day(reaches, facts)
        perimeter = view.perimeter().narrowed(dimension, member)
        windows = []
        if first and last and finished:
            monday = first + timedelta(days=-first.weekday() % 7)
            end = min(last, finished)
            sunday = end - timedelta(days=(end.weekday() + 1) % 7)
            year = timedelta(days=364)
            windows = [("year_before", monday - year, sunday - year), ("now", monday, sunday)]
        return FigureSource(
            definition,
            perimeter,
            windows[-1][1] if windows else None,
            windows[-1][2] if windows else None,
            baseline_query(con, number, definition, perimeter, windows),
            fact_query(definition, perimeter, windows),
            tuple(reach for reach in reaches if reach.fact in facts),
            database.data_version(),
        )


def _facts(kpi: Kpi) -> set[FactKind]:
    return {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())


def _group_figures(
    database: Database, group: list[tuple[int, Kpi]], dimension: str, perimeter: Perimeter, first: date, last: date
) -> dict[str, dict[str, Figure]]:
    """Return the figures of some KPIs over the same days, by KPI and member."""
    start = min(first - timedelta(days=364), last - timedelta(days=7 * TREND_WEEKS - 1))
    numbers = tuple(number for number, _ in group)
    cubes = known_cubes(database, numbers, start, last)
    weeks = cubes[numbers[0]].weeks
    year = timedelta(days=364)
    spans = [whole_weeks(weeks, first - year, last - year), whole_weeks(weeks, first, last)]
    buckets = [
        known_bucket_cubes(database, numbers, weeks[mask][0].astype(object), weeks[mask][-1].astype(object))
        if mask.any()
        else {}
        for mask in spans
    ]
    return {
        kpi.key: _figures(kpi, cubes[number], dimension, perimeter, spans, [of.get(number) for of in buckets])
        for number, kpi in group
    }


def _figures(
    kpi: Kpi,
    cube: WeeklyCube,
    dimension: str,
    perimeter: Perimeter,
    spans: list[np.ndarray],
    buckets: list[WeeklyCube | None],
) -> dict[str, Figure]:
    """Return one KPI's figures by member; `spans` and `buckets` are those of the year before and of now."""
    past, now = spans
    keys, sums = _by_key(cube, kpi, dimension, perimeter)
    chances = _chances(kpi, dimension, perimeter, buckets)
    found = {}
    for index, key in enumerate(keys):
        own = {name: values[index] for name, values in sums.items()}
        current, before = figure(kpi, own, cube.weeks, now), figure(kpi, own, cube.weeks, past)
        chance = chances.get(key)
        interval = _interval(kpi, own, now, chance)
        enough = kpi.kind in TOTALS or (current.n or 0) >= FEWEST_ANSWERS
        change = _change(kpi, current.value, before.value, (before.n or 0) >= FEWEST_ANSWERS) if enough else None
        found[key] = Figure(
            current.value if enough else None,
            current.n,
            interval.low if interval and enough else None,
            interval.high if interval and enough else None,
            change,
            chance.explains_change if chance and change is not None else None,
            _weekly(kpi, own),
        )
    return found


def _by_key(
    cube: WeeklyCube, kpi: Kpi, dimension: str, perimeter: Perimeter
) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
    """Add up the cells in view by member."""
    if not kpi.per_sale or dimension == "segment":
        return by_member(cube, dimension, scope_of(cube, kpi, perimeter))
    names = cube.dimensions()[dimension][cube.inside(perimeter)]
    keys = tuple(sorted(set(names.tolist())))
    parts = [total(cube, scope_of(cube, kpi, perimeter.narrowed(dimension, key))) for key in keys]
    return keys, {name: np.stack([part[name] for part in parts]) for name in cube.sums} if parts else {}


@dataclass(frozen=True)
class _Chance:
    """Error of a member's figure with its degrees of freedom, and whether a change of it may be chance."""

    error: float
    df: float
    explains_change: bool | None


def _chances(kpi: Kpi, dimension: str, perimeter: Perimeter, buckets: list[WeeklyCube | None]) -> dict[str, _Chance]:
    """Return the errors that follow customers, by member, from the sums by bucket of the year before and of now."""
    both: list[dict[str, tuple[np.ndarray, np.ndarray]]] = []
    for cube in buckets:
        keys, sums = _by_key(cube, kpi, dimension, perimeter) if cube else ((), {})
        both.append({key: (sums["numerator"][at], sums["denominator"][at]) for at, key in enumerate(keys)})
    past, now = both
    found = {}
    for key, sums_now in now.items():
        level = bucket.levels(*sums_now, is_share=kpi.kind in (KpiKind.SHARE, KpiKind.TOP2))
        explains = None
        if key in past:
            change = bucket.changes(past[key], sums_now)
            reach = float(change.half_width())
            explains = bool(abs(change.value) <= reach) if np.isfinite(reach) else None
        if np.isfinite(level.standard_error):
            found[key] = _Chance(float(level.standard_error), float(level.df), explains)
    return found


def _interval(kpi: Kpi, own: dict[str, np.ndarray], mask: np.ndarray, chance: _Chance | None) -> Interval | None:
    """Return a rate's interval; rows count as independent where nobody knows whose they are."""
    total = {name: float(values[mask].sum()) for name, values in own.items()}
    n = round(total["denominator"])
    if n < FEWEST_ANSWERS or kpi.kind in TOTALS:
        return None
    if kpi.kind in (KpiKind.SHARE, KpiKind.TOP2):
        hits = round(total["numerator"])
        return bucket.share(hits, n, chance.error, chance.df) if chance else wilson(hits, n)
    if kpi.kind is KpiKind.NPS:
        promoters = (total["numerator_sq"] + total["numerator"]) / 2
        answers = Answers(promoters, n - total["numerator_sq"], total["numerator_sq"] - promoters)
        return bucket.score(answers, chance.error, chance.df) if chance else nps(answers)
    if chance is None:
        return None
    return bucket.ratio(total["numerator"] / total["denominator"], chance.error, chance.df)


def _change(kpi: Kpi, now: float | None, past: float | None, enough: bool) -> float | None:
    if now is None or past is None or not enough:
        return None
    if kpi.unit in ("share", "points", "score"):
        return now - past
    return now / past - 1 if past > 0 else None


def _weekly(kpi: Kpi, own: dict[str, np.ndarray]) -> tuple[float | None, ...]:
    top = own["numerator"][-TREND_WEEKS:]
    if kpi.kind in TOTALS:
        return tuple(float(value) for value in top)
    base = own["denominator"][-TREND_WEEKS:]
    return tuple(float(a / b) if b > 0 else None for a, b in zip(top, base, strict=True))
