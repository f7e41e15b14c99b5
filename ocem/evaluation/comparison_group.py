"""Which group could show what would have happened anyway: proposed by the data, confirmed by a person.

Proposed are segments that the initiative does not reach, in the same touchpoints and phases as the perimeter: each
alone, and all of them together. Other touchpoints of the same segments are never proposed: customers may have come from
there, and their loss would count as our gain.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from ocem.domain.initiative import Initiative
from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.evaluation.question import weekly_group
from ocem.evaluation.scope import scope_of, total
from ocem.evaluation.window import EVALUATION_WEEKS, whole_weeks
from ocem.stats.design import YEAR
from ocem.stats.marginal import fit_marginal
from ocem.stats.plan import plan_evaluation
from ocem.stats.result import Refusal
from ocem.stats.series import prepare, sums_of
from ocem.stats.windows import Windows
from ocem.store import kpi as kpi_store
from ocem.store.database import Database
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.series import WeeklyCube, data_span, weekly_cube


@dataclass(frozen=True)
class GroupCandidate:
    """A group to compare with, judged by the weeks before the go-live.

    `smallest` is the smallest change (KPI's unit) that a quarter of evaluation against it would show in four cases of
    five; `drift` with [`drift_low`, `drift_high`] is how the perimeter moved against it in 52 weeks, on the scale of
    the comparison.
    """

    perimeter: Perimeter
    segments: tuple[str, ...]
    n_weeks: int
    smallest: float
    drift: float
    drift_low: float
    drift_high: float

    @property
    def is_parallel(self) -> bool:
        """Whether the two may have moved side by side."""
        return self.drift_low <= 0.0 <= self.drift_high


def propose_groups(
    database: Database, kpi_key: str, perimeter: Perimeter, initiative: Initiative
) -> tuple[GroupCandidate, ...]:
    """Return the groups that could be compared with, parallel ones first, then the one that would show most.

    Empty where the initiative reaches every segment, or the history cannot tell.
    """
    if not initiative.go_lives or any(item.segment is None for item in initiative.go_lives):
        return ()
    with database.cursor() as con:
        number, kpi = kpi_store.find_kpi(con, kpi_key)
        facts = {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())
        finished = last_finished_day(source_reaches(con), facts)
        first, _ = data_span(con, number)
        reached = {item.segment for item in initiative.go_lives} | set(perimeter.segments or ())
        free = tuple(item.key for item in list_members(con, Dimension.SEGMENT) if item.key not in reached)
        if finished is None or first is None or not free or perimeter.segments is None:
            return ()
        end = min(finished, initiative.first_go_live() - timedelta(days=1))
        if first > end:
            return ()
        cube = weekly_cube(con, number, first, end)
    history = whole_weeks(cube.weeks, first, end)
    free = tuple(key for key in free if scope_of(cube, kpi, replace(perimeter, segments=(key,))))
    choices = [(key,) for key in free] + ([free] if len(free) > 1 else [])
    found = []
    for keys in choices:
        candidate = _judge(cube, kpi, perimeter, keys, history)
        if candidate is not None:
            found.append(candidate)
    return tuple(sorted(found, key=lambda item: (not item.is_parallel, item.smallest)))


def _judge(
    cube: WeeklyCube, kpi: Kpi, perimeter: Perimeter, keys: tuple[str, ...], history: np.ndarray
) -> GroupCandidate | None:
    group = replace(perimeter, segments=keys)
    inside, outside = scope_of(cube, kpi, perimeter), scope_of(cube, kpi, group)
    if not (inside and outside) or not history.any():
        return None
    own, other = weekly_group(kpi, total(cube, inside)), weekly_group(kpi, total(cube, outside))
    plan = plan_evaluation(kpi.kind, own, other, cube.weeks, history)
    if isinstance(plan, Refusal):
        return None
    live = int(np.flatnonzero(history)[-1]) + 1
    prepared = prepare(
        kpi.kind, sums_of(kpi.kind, own), sums_of(kpi.kind, other), Windows(history, np.zeros_like(history), live)
    )
    design = np.column_stack([np.ones(len(history)), (np.arange(len(history)) - live) / YEAR])
    fit = fit_marginal(prepared.y, design, prepared.used, 1)
    if not fit.fit.ok[0]:
        return None
    from scipy.special import stdtrit

    drift, half = float(fit.value[0]), float(stdtrit(fit.df[0], 0.975) * fit.error[0])
    n_weeks = int(prepared.used.sum())
    return GroupCandidate(group, keys, n_weeks, float(plan(EVALUATION_WEEKS)), drift, drift - half, drift + half)
