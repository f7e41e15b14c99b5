"""Before and after in every single cell of a perimeter, for one KPI or all of them, in one go.

Each cell (touchpoint, phase, segment) is compared with the same touchpoint and phase in the comparison group. Cells are
many and small: there are no checks and no course beside them, and the q-values are what to read.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Comparison, WindowFigure
from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Cell
from ocem.evaluation.comparison import adjust, blank_of, read_declared, subject_of
from ocem.evaluation.conclusion import conclude
from ocem.evaluation.question import Subject, frame_of, relevance_in_unit, weekly_group
from ocem.evaluation.scope import scope_of
from ocem.evaluation.window import CohortScope, cohorts
from ocem.stats.analysis import Frame, Options, analyse
from ocem.stats.result import Estimate, Refusal
from ocem.store import access
from ocem.store import objective as objective_store
from ocem.store.database import Database
from ocem.store.series import WeeklyCube

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def compare_cells(
    database: Database, objective: str, kpis: tuple[str, ...] | None = (), until: date | None = None
) -> list[Comparison]:
    """Compare before and after in every cell of an objective's perimeter that has gone live.

    Parameters
    ----------
    kpis : tuple of str or None
        Further KPIs beside the objective's own; None: all that are defined.
    until : date, optional
        Sunday after which nothing is looked at; default the last finished one.

    Returns
    -------
    list of Comparison
        One per KPI and cell, p-values adjusted by Benjamini-Hochberg over the list.
    """
    with database.cursor() as con:
        item = objective_store.find_objective(con, objective)
    with access.acting(access.SYSTEM), database.cursor() as con:
        declared = read_declared(con, until)
        names = tuple(declared.kpis) if kpis is None else dict.fromkeys((item.kpi, *kpis))
        subjects = [subject_of(con, declared, item, name, {}) for name in names]
    found = [one for subject in subjects if isinstance(subject, Subject) for one in _cells_of(subject)]
    return adjust(found)


def _cells_of(subject: Subject) -> Iterator[Comparison]:
    scopes = cohorts(subject.objective.perimeter, subject.initiative, subject.segments)
    for scope in scopes:
        if scope.go_live <= subject.last_finished:
            yield from _cohort_cells(subject, scope, scopes[0].go_live)


def _cohort_cells(subject: Subject, scope: CohortScope, first_go_live: date) -> Iterator[Comparison]:
    """Compare the cells that went live together: one fit for all of them."""
    cube, kpi = subject.cube, subject.kpi
    rows = np.flatnonzero(cube.inside(scope.perimeter))
    if not len(rows):
        return
    frame = frame_of(subject, scope, first_go_live)
    inside = _own(cube, kpi, rows)
    group = subject.objective.comparison
    others = None
    if group is not None:
        outside = scope_of(cube, kpi, group)
        alike = _same_place(cube, rows)
        above, below = alike & outside.above, (outside.below[None] if kpi.per_sale else alike & outside.below)
        others = {name: above.astype(float) @ values for name, values in cube.sums.items()}
        others["denominator"] = np.broadcast_to(
            below.astype(float) @ cube.sums["denominator"], others["denominator"].shape
        )
    options = Options(checks=False, paths=False, every_week=subject.is_open)
    compared = None if others is None else weekly_group(kpi, others)
    answers = analyse(kpi.kind, weekly_group(kpi, inside), compared, frame, options).found
    for i, (row, answer) in enumerate(zip(rows.tolist(), answers, strict=True)):
        cell = Cell(*(str(names[row]) or None for names in cube.dimensions().values()))
        yield _finding(subject, cell, answer, {name: values[i] for name, values in inside.items()}, frame, scope)


def _own(cube: WeeklyCube, kpi: Kpi, rows: NDArray[np.int64]) -> dict[str, Floats]:
    """Sums of single cells; what is divided by sales is divided by all sales of the cell's segment."""
    sums = {name: values[rows] for name, values in cube.sums.items()}
    if kpi.per_sale:
        same = (cube.segments[rows][:, None] == cube.segments[None]).astype(float)
        sums["denominator"] = same @ cube.sums["denominator"]
    return sums


def _same_place(cube: WeeklyCube, rows: NDArray[np.int64]) -> Bools:
    """Cells of the same touchpoint and phase as each row, (rows, cells)."""
    same: Bools = (cube.touchpoints[rows][:, None] == cube.touchpoints) & (cube.phases[rows][:, None] == cube.phases)
    return same


def _finding(
    subject: Subject, cell: Cell, answer: Estimate | Refusal, sums: dict[str, Floats], frame: Frame, scope: CohortScope
) -> Comparison:
    blank = blank_of(subject.objective, subject.kpi, cell, scope.go_live, subject.is_provisional)
    if isinstance(answer, Refusal):
        return conclude(blank, answer, NO_WINDOW, NO_WINDOW, None)
    name = "n" if answer.kind in ("count", "sum") else "denominator"
    before, after = (
        _window(frame, mask, float(sums[name][mask].sum()), value)
        for mask, value in ((frame.baseline, answer.baseline_value), (frame.evaluation, answer.evaluation_value))
    )
    relevance = relevance_in_unit(subject.objective, subject.kpi, answer.baseline_value)
    return conclude(blank, answer, before, after, relevance, waiting=False)


NO_WINDOW = WindowFigure(None, None, 0, None, None)


def _window(frame: Frame, mask: Bools, n: float, value: float) -> WindowFigure:
    weeks = frame.weeks[mask]
    return WindowFigure(weeks[0].astype(object), (weeks[-1] + 6).astype(object), 7 * len(weeks), n, value)
