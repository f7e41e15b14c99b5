"""One cell of the matrix: who aims at it, who measures it, with which value and which result."""

from dataclasses import dataclass, field
from datetime import date

from ocem.domain.comparison import Comparison
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.objective import Objective
from ocem.domain.perimeter import Perimeter
from ocem.errors import N_, NotFound
from ocem.evaluation.comparison import adjust, compare
from ocem.evaluation.matrix import COVERAGE_WEEKS, is_ratio_of_others, matrix, measured_cells, measured_days
from ocem.evaluation.view import View
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Database
from ocem.store.sql_text import baseline_query, fact_query


@dataclass(frozen=True)
class CellKpi:
    """One KPI in one cell over the last 13 finished weeks; `cell_queries` gives the same number."""

    kpi: Kpi
    value: float | None
    n: float
    n_weeks: int


@dataclass(frozen=True)
class CellObjective:
    """An objective that speaks of the cell, with its comparison cut down to the cell."""

    objective: Objective
    comparison: Comparison | None


@dataclass(frozen=True)
class CellDetail:
    """All that is known of one cell."""

    in_scope: bool
    is_declared: bool
    objectives: tuple[Objective, ...]
    kpis: tuple[CellKpi, ...]
    first: date | None
    last: date | None
    used_kpis: tuple[str, ...] = field(default=())
    """KPIs that an objective of the cell asks for but that have no data in it."""


def cell_detail(database: Database, touchpoint: str, phase: str, segment: str) -> CellDetail:
    """Return what is declared and measured in one cell.

    Raises
    ------
    NotFound
        If one of the three does not exist or was never confirmed.
    """
    view = View(segments=(segment,), phases=(phase,), touchpoints=(touchpoint,))
    found = matrix(database, view)
    if 0 in found.axes.shape:
        raise NotFound(N_("There is no such cell: {cell}."), cell=f"{touchpoint} × {phase} × {segment}")
    with database.cursor() as con:
        kpis = dict(kpi_store.numbered_kpis(con))
        objectives = {item.key: item for item in objective_store.list_objectives(con)}
    figures: list[CellKpi] = []
    if found.first and found.last:
        table = measured_cells(database, found.axes, found.first, found.last)
        for row, number in enumerate(table.kpi):
            kpi = kpis.get(int(number))
            if kpi is None or is_ratio_of_others(kpi):
                continue
            value = _one_value(kpi, float(table.numerator[row]), float(table.denominator[row]))
            figures.append(CellKpi(kpi, value, float(table.n[row]), int(table.n_weeks[row])))
    here = [objectives[key] for key, mask in found.objectives if mask.any()]
    measured = {item.kpi.key for item in figures}
    missing = tuple(dict.fromkeys(item.kpi for item in here if item.kpi not in measured))
    figures.sort(key=lambda item: (item.kpi.key not in {o.kpi for o in here}, item.kpi.label_it))
    return CellDetail(
        bool(found.in_scope.any()), found.is_declared, tuple(here), tuple(figures), found.first, found.last, missing
    )


def cell_queries(database: Database, touchpoint: str, phase: str, segment: str, kpi: str) -> tuple[str, str]:
    """Return the queries that give a KPI's value in one cell: from the daily sums, and from the rows themselves."""
    cell = Perimeter((touchpoint,), (phase,), (segment,))
    with database.cursor() as con:
        number, known = kpi_store.find_kpi(con, kpi)
        first, last = measured_days(con)
        window = [("last", first, last)] if first and last else []
        return baseline_query(con, number, known, cell, window), fact_query(known, cell, window)


def cell_comparisons(database: Database, touchpoint: str, phase: str, segment: str) -> list[CellObjective]:
    """Compare before and after for every objective that speaks of the cell, in this cell alone."""
    view = View(segments=(segment,), phases=(phase,), touchpoints=(touchpoint,))
    here = cell_detail(database, touchpoint, phase, segment).objectives
    found = adjust([item for one in here for item in compare(database, one.key, view=view, checks=False)[:1]])
    compared = {item.objective: item for item in found}
    return [CellObjective(one, compared.get(one.key)) for one in here]


def _one_value(kpi: Kpi, numerator: float, denominator: float) -> float | None:
    if kpi.kind in (KpiKind.COUNT, KpiKind.SUM):
        return numerator / COVERAGE_WEEKS
    return numerator / denominator if denominator > 0 else None
