"""Why this number: definition, query, window, rows, method, freshness."""

from dataclasses import dataclass

from ocem.domain.comparison import Comparison
from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Perimeter
from ocem.evaluation.baseline import FrozenBaseline, frozen_state
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Database
from ocem.store.freshness import SourceReach, source_reaches
from ocem.store.sql_text import baseline_query, fact_query


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


def explain(database: Database, comparison: Comparison) -> Explanation:
    """Return definition, queries and freshness behind a comparison of an objective."""
    with database.cursor() as con:
        objective = objective_store.find_objective(con, comparison.objective or "")
        number, kpi = kpi_store.find_kpi(con, comparison.kpi)
        perimeter = objective.perimeter
        for dimension in ("touchpoint", "phase", "segment"):
            key = getattr(comparison.cell, dimension)
            if key is not None:
                perimeter = perimeter.narrowed(dimension, key)
        facts = {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())
        windows = [
            (name, window.first, window.last)
            for name, window in (("baseline", comparison.baseline), ("evaluation", comparison.evaluation))
            if window.first and window.last
        ]
        return Explanation(
            kpi,
            perimeter,
            baseline_query(con, number, kpi, perimeter, windows),
            fact_query(kpi, perimeter, windows),
            frozen_state(con, objective),
            tuple(reach for reach in source_reaches(con) if reach.fact in facts),
            database.data_version(),
        )
