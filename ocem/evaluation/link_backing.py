"""Whether a go-live changed both ends of a link, against segments that it had not reached."""

from ocem.domain.comparison import Comparison
from ocem.domain.link import Backing, Link, Movement
from ocem.evaluation.comparison import compare
from ocem.store import objective as objective_store
from ocem.store.database import Database


def backing_of(database: Database, item: Link) -> Backing | None:
    """Find an initiative whose go-live, against segments it had not reached, changed both KPIs as the link says."""
    if item.hypothesis is None:
        return None
    sign = 1.0 if item.hypothesis.expected is Movement.RISES else -1.0
    with database.cursor() as con:
        objectives = [o for o in objective_store.list_objectives(con) if o.comparison is not None]
        initiatives = {i.key: i for i in objective_store.list_initiatives(con)}
    wanted = {item.leading, item.following}
    for objective in objectives:
        if objective.kpi not in wanted:
            continue
        one = _compared(database, objective.key, item.leading)
        two = _compared(database, objective.key, item.following) if one else None
        if one and two:
            assert one.effect and two.effect
            if one.effect.absolute * two.effect.absolute * sign > 0:
                days = {go_live.day for go_live in initiatives[objective.initiative].go_lives}
                return Backing(
                    objective.initiative, objective.key, len(days) > 1, one.effect.absolute, one.effect.low,
                    one.effect.high, two.effect.absolute, two.effect.low, two.effect.high,
                )  # fmt: skip
    return None


def _compared(database: Database, objective: str, kpi: str) -> Comparison | None:
    """Return the comparison of a KPI over an objective's perimeter if it shows a change beyond chance."""
    found = compare(database, objective, kpi=kpi, checks=False)
    return found[0] if found and _beyond_zero(found[0]) else None


def _beyond_zero(found: Comparison) -> bool:
    """Say whether a comparison with a group nobody touched shows a change beyond chance."""
    effect = found.effect
    return effect is not None and found.grade in ("A", "B") and effect.low * effect.high > 0
