"""What an objective must not contradict: its own direction, its days, the data there are."""

from datetime import date, timedelta

from ocem.domain.kpi import Direction, Kpi
from ocem.domain.objective import Objective
from ocem.errors import N_, DefinitionError, Named
from ocem.evaluation.comparison import figure
from ocem.evaluation.scope import scope_of, total
from ocem.evaluation.window import baseline_days, whole_weeks
from ocem.store import kpi as kpi_store
from ocem.store import objective as store
from ocem.store.database import Cursor
from ocem.store.series import data_span, weekly_cube


def refuse_contradictions(con: Cursor, objective: Objective) -> None:
    """Refuse days that cannot be and targets on the wrong side of the before figure.

    Raises
    ------
    DefinitionError
        Naming what was found and what would be right.
    """
    subject = Named(objective.label_it or objective.key, objective.label_en)
    go_live = store.find_initiative(con, objective.initiative).first_go_live()
    first, last = objective.baseline_first, objective.baseline_last
    if first and last and first > last:
        raise DefinitionError(
            N_("{subject}: the before window starts on {first}, after its last day {last}."),
            subject=subject,
            first=first,
            last=last,
        )
    days = [item.day for item in objective.milestones] + ([objective.deadline] if objective.deadline else [])
    if days and min(days) < go_live:
        raise DefinitionError(
            N_("{subject}: the target is due on {day}, before the first go-live on {go_live}."),
            subject=subject,
            day=min(days),
            go_live=go_live,
        )
    number, kpi = kpi_store.find_kpi(con, objective.kpi)
    known, _ = data_span(con, number)
    if known is None:
        return
    refuse_go_live_before_data(objective, go_live, known)
    _refuse_wrong_targets(con, objective, number, kpi, baseline_days(objective, go_live))


def refuse_go_live_before_data(objective: Objective, go_live: date, first: date) -> None:
    """Refuse a first go-live that is not after the first day of data of the KPI."""
    if go_live <= first:
        raise DefinitionError(
            N_(
                "{subject}: the first go-live is on {go_live}, but the data of this KPI start only on {first}. There "
                "is no before to compare with: import older data, or choose another KPI."
            ),
            subject=Named(objective.label_it or objective.key, objective.label_en),
            go_live=go_live,
            first=first,
        )


def _refuse_wrong_targets(con: Cursor, objective: Objective, number: int, kpi: Kpi, days: tuple[date, date]) -> None:
    targets = [item.value for item in objective.milestones] + (
        [objective.target] if objective.target is not None else []
    )
    if not targets:
        return
    first, last = days
    cube = weekly_cube(con, number, first, last + timedelta(days=1), objective.perimeter.segments)
    sums = total(cube, scope_of(cube, kpi, objective.perimeter))
    before = figure(kpi, sums, cube.weeks, whole_weeks(cube.weeks, first, last)).value
    if before is None:
        return
    is_up = objective.direction is Direction.UP
    template = HIGHER if is_up else LOWER
    times, unit = _typed(kpi)
    for target in targets:
        if (target <= before) if is_up else (target >= before):
            raise DefinitionError(
                template,
                subject=Named(objective.label_it or objective.key, objective.label_en),
                target=round(target * times, 2),
                before=round(before * times, 2),
                unit=unit,
            )


HIGHER = N_(
    "{subject}: the target {target}{unit} lies against the direction. Before it was {before}{unit}, and higher is "
    "better."
)
LOWER = N_(
    "{subject}: the target {target}{unit} lies against the direction. Before it was {before}{unit}, and lower is "
    "better."
)


def _typed(kpi: Kpi) -> tuple[float, str]:
    """Return how a person types values of a KPI: what to multiply by, and the sign after the number."""
    return {"share": (100.0, "%"), "points": (100.0, ""), "seconds": (1 / 60, " min")}.get(kpi.unit, (1.0, ""))
