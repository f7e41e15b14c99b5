"""Why this number: definition, query, window, rows, method, freshness."""

from dataclasses import dataclass
from datetime import date, timedelta

from ocem.domain.comparison import Comparison
from ocem.domain.kpi import Kpi
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.evaluation.baseline import FrozenBaseline, frozen_state
from ocem.evaluation.view import EVERYTHING, View, intersect
from ocem.evaluation.window import CohortScope, cohorts, evaluation_days
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.freshness import SourceReach, last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.sql_text import Span, baseline_query, fact_query, staged_query


@dataclass(frozen=True)
class Explanation:
    """All that lets a reader question one number."""

    kpi: Kpi
    perimeter: Perimeter
    sql: str
    """Gives the baseline and evaluation figures from the daily sums; runs as it stands."""
    fact_sql: str
    """Gives the same figures from the facts themselves."""
    frozen: FrozenBaseline
    sources: tuple[SourceReach, ...]
    data_version: int


def explain(database: Database, comparison: Comparison, view: View = EVERYTHING) -> Explanation:
    """Return definition, queries and freshness behind a comparison of an objective, made for the same view."""
    with database.cursor() as con:
        objective = objective_store.find_objective(con, comparison.objective or "")
        number, kpi = kpi_store.find_kpi(con, comparison.kpi)
        perimeter = intersect(objective.perimeter, view) or objective.perimeter
        for dimension in ("touchpoint", "phase", "segment"):
            key = getattr(comparison.cell, dimension)
            if key is not None:
                perimeter = perimeter.narrowed(dimension, key)
        facts = {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())
        reaches = [reach for reach in source_reaches(con) if reach.fact in facts]
        spans = _spans(con, objective, comparison, perimeter, last_finished_day(reaches))
        return Explanation(
            kpi,
            perimeter,
            *_queries(con, number, kpi, spans),
            frozen_state(con, objective),
            tuple(reaches),
            database.data_version(),
        )


def _spans(
    con: Cursor, objective: Objective, comparison: Comparison, perimeter: Perimeter, finished: date | None
) -> list[Span]:
    """Return the days and cells behind both figures: before, all that went live; after, each over its own weeks."""
    segments = tuple(member.key for member in list_members(con, Dimension.SEGMENT))
    found = cohorts(perimeter, objective_store.find_initiative(con, objective.initiative), segments)
    live = [item for item in found if finished is not None and item.go_live <= finished]
    cells = tuple(item.perimeter for item in live) or (perimeter,)
    before, after, spans = comparison.baseline, comparison.evaluation, []
    if before.first and before.last:
        spans.append(Span("baseline", before.first, before.last, cells))
    if after.first and after.last:
        windows = [(_weeks_of(objective, item, finished), item.perimeter) for item in live if finished]
        spans += [Span("evaluation", *days, (own,)) for days, own in windows if days[0] <= days[1]]
    return spans


def _weeks_of(objective: Objective, scope: CohortScope, finished: date) -> tuple[date, date]:
    """Return the first Monday and the last Sunday of the weeks in which a go-live is judged."""
    first, last = evaluation_days(objective, scope.go_live, finished)
    return first + timedelta(days=-first.weekday() % 7), last - timedelta(days=(last.weekday() + 1) % 7)


def _queries(con: Cursor, number: int, kpi: Kpi, spans: list[Span]) -> tuple[str, str]:
    """Return the query on the daily sums and the same from the facts, one a window and go-live."""
    if len({item.perimeters for item in spans}) <= 1:
        windows = [(item.name, item.first, item.last) for item in spans]
        [cells] = spans[0].perimeters if spans else (Perimeter(),)
        return baseline_query(con, number, kpi, cells, windows), fact_query(kpi, cells, windows)
    facts = [
        fact_query(kpi, cells, [(item.name, item.first, item.last)]) for item in spans for cells in item.perimeters
    ]
    return staged_query(con, number, kpi, spans), "\n;\n".join(facts)
