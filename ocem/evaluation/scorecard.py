"""Each touchpoint and each segment on one line: use, conversion, cost, satisfaction, trend."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Dimension, Member, Perimeter
from ocem.evaluation.comparison import TOTALS, figure
from ocem.evaluation.scope import by_member, scope_of, total
from ocem.evaluation.view import EVERYTHING, View
from ocem.evaluation.window import whole_weeks
from ocem.stats.net_promoter import Answers, nps
from ocem.stats.share import wilson
from ocem.store import kpi as kpi_store
from ocem.store.database import Database
from ocem.store.freshness import SourceReach, known_reaches, last_finished_day
from ocem.store.member import list_members
from ocem.store.series import known_cube
from ocem.store.sql_text import baseline_query, fact_query

WEEKS = 13
TREND_WEEKS = 26
FEWEST_ANSWERS = 10
SHOWN = {
    "touchpoint": (
        "interactions", "self_service_order_share", "first_contact_resolution", "cost_per_contact", "csat_top2", "ces",
        "nps",
    ),
    "segment": (
        "interactions", "contacts_per_order", "orders", "self_service_reorder_share", "sale_duration", "order_value",
        "csat_top2", "nps",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One KPI of one member: value over the weeks in view, its 95% interval where it is a share or an NPS.

    `change` is against the same weeks of the year before (minus 364 days), relative for amounts and counts, a
    difference for shares and scores; a description, not a verdict. `weekly` are the last 26 finished weeks.
    """

    value: float | None
    n: float | None
    low: float | None
    high: float | None
    change: float | None
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
    figures: dict[str, dict[str, Figure]] = {}
    for number, kpi in shown:
        facts = {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())
        finished = last_finished_day(reaches, facts)
        if finished is None:
            continue
        for key, item in _figures(database, number, kpi, dimension, view, first, min(last, finished)).items():
            figures.setdefault(key, {})[kpi.key] = item
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
        facts = {definition.numerator.fact} | ({definition.denominator.fact} if definition.denominator else set())
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


def _figures(
    database: Database, number: int, kpi: Kpi, dimension: str, view: View, first: date, last: date
) -> dict[str, Figure]:
    start = min(first - timedelta(days=364), last - timedelta(days=7 * TREND_WEEKS - 1))
    cube = known_cube(database, number, start, last)
    perimeter = view.perimeter()
    if kpi.per_sale and dimension != "segment":
        names = cube.dimensions()[dimension][cube.inside(perimeter)]
        keys = tuple(sorted(set(names.tolist())))
        parts = [total(cube, scope_of(cube, kpi, perimeter.narrowed(dimension, key))) for key in keys]
        sums = {name: np.stack([part[name] for part in parts]) for name in cube.sums} if parts else {}
    else:
        keys, sums = by_member(cube, dimension, scope_of(cube, kpi, perimeter))
    now = whole_weeks(cube.weeks, first, last)
    past = whole_weeks(cube.weeks, first - timedelta(days=364), last - timedelta(days=364))
    found = {}
    for index, key in enumerate(keys):
        own = {name: values[index] for name, values in sums.items()}
        current, before = figure(kpi, own, cube.weeks, now), figure(kpi, own, cube.weeks, past)
        low, high = _interval(kpi, own, now)
        enough = kpi.kind in TOTALS or (current.n or 0) >= FEWEST_ANSWERS
        found[key] = Figure(
            current.value if enough else None,
            current.n,
            low if enough else None,
            high if enough else None,
            _change(kpi, current.value, before.value, (before.n or 0) >= FEWEST_ANSWERS) if enough else None,
            _weekly(kpi, own),
        )
    return found


def _interval(kpi: Kpi, own: dict[str, np.ndarray], mask: np.ndarray) -> tuple[float | None, float | None]:
    total = {name: float(values[mask].sum()) for name, values in own.items()}
    n = round(total["denominator"])
    if n < FEWEST_ANSWERS:
        return None, None
    if kpi.kind in (KpiKind.SHARE, KpiKind.TOP2):
        interval = wilson(round(total["numerator"]), n)
        return interval.low, interval.high
    if kpi.kind is KpiKind.NPS:
        promoters = (total["numerator_sq"] + total["numerator"]) / 2
        detractors = total["numerator_sq"] - promoters
        interval = nps(Answers(promoters, n - total["numerator_sq"], detractors))
        return interval.low, interval.high
    return None, None


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
