"""Before and after in every single cell of a perimeter, for one KPI or all of them, in one go.

Each cell (touchpoint, phase, segment) is compared with the same touchpoint and phase in the comparison group. Cells are
many and small: there are no checks and no course beside them, and the q-values are what to read.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Comparison, WindowFigure
from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Cell
from ocem.evaluation.comparison import adjust, blank_of, known_declared, subject_of
from ocem.evaluation.conclusion import conclude
from ocem.evaluation.question import TOTALS, Subject, frame_of, relevance_in_unit, weekly_group
from ocem.evaluation.scope import Scope, scope_of
from ocem.evaluation.window import CohortScope, cohorts
from ocem.stats.analysis import Frame, Options, analyse
from ocem.stats.result import Refusal
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
        declared = known_declared(database, until)
        names = tuple(declared.kpis) if kpis is None else dict.fromkeys((item.kpi, *kpis))
        subjects = [subject_of(database, con, declared, item, name) for name in names]
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
    compared = None if group is None else weekly_group(kpi, _same_places(cube, kpi, scope_of(cube, kpi, group), rows))
    options = Options(checks=False, paths=False, every_week=subject.is_open)
    answers = analyse(kpi.kind, weekly_group(kpi, inside), compared, frame, options).found
    n = inside["n" if kpi.kind in TOTALS else "denominator"]
    windows = [_window(frame, mask, n) for mask in (frame.baseline, frame.evaluation)]
    for i, (row, answer) in enumerate(zip(rows.tolist(), answers, strict=True)):
        cell = Cell(*(str(names[row]) or None for names in cube.dimensions().values()))
        blank = blank_of(subject.objective, kpi, cell, scope.go_live, subject.is_provisional)
        if isinstance(answer, Refusal):
            yield conclude(blank, answer, NO_WINDOW, NO_WINDOW, None)
            continue
        before, after = (
            replace(span, n=float(rows_in[i]), value=value)
            for (span, rows_in), value in zip(windows, (answer.baseline_value, answer.evaluation_value), strict=True)
        )
        relevance = relevance_in_unit(subject.objective, kpi, answer.baseline_value)
        yield conclude(blank, answer, before, after, relevance, waiting=False)


def _own(cube: WeeklyCube, kpi: Kpi, rows: NDArray[np.int64]) -> dict[str, Floats]:
    """Sums of single cells; what is divided by sales is divided by all sales of the cell's segment."""
    sums = {name: values[rows] for name, values in cube.sums.items()}
    if kpi.per_sale:
        _, segment = np.unique(cube.segments, return_inverse=True)
        sums["denominator"] = _added_up(cube.sums["denominator"], segment, np.ones(len(segment), bool))[segment[rows]]
    return sums


def _same_places(cube: WeeklyCube, kpi: Kpi, outside: Scope, rows: NDArray[np.int64]) -> dict[str, Floats]:
    """Sums of the comparison group at the touchpoint and phase of each row."""
    _, touchpoint = np.unique(cube.touchpoints, return_inverse=True)
    phases, phase = np.unique(cube.phases, return_inverse=True)
    place = touchpoint * len(phases) + phase
    sums = {name: _added_up(values, place, outside.above)[place[rows]] for name, values in cube.sums.items()}
    below = cube.sums["denominator"]
    if kpi.per_sale:
        sums["denominator"] = np.broadcast_to(below[outside.below].sum(axis=0), sums["denominator"].shape)
    else:
        sums["denominator"] = _added_up(below, place, outside.below)[place[rows]]
    return sums


def _added_up(values: Floats, member: NDArray[np.int64], chosen: Bools) -> Floats:
    """Add up the chosen cells by the member they belong to."""
    found = np.zeros((int(member.max(initial=-1)) + 1, values.shape[1]))
    np.add.at(found, member[chosen], values[chosen])
    return found


NO_WINDOW = WindowFigure(None, None, 0, None, None)


def _window(frame: Frame, mask: Bools, n: Floats) -> tuple[WindowFigure, Floats]:
    """Return the days of a window, and the rows that every cell has in it."""
    weeks = frame.weeks[mask]
    if not len(weeks):
        return NO_WINDOW, np.zeros(len(n))
    span = WindowFigure(weeks[0].astype(object), (weeks[-1] + 6).astype(object), 7 * len(weeks), None, None)
    return span, n[:, mask].sum(axis=1)
