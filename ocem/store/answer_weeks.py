"""Over how many weeks answers are counted together: few answers wait for those of other weeks."""

from datetime import date

from ocem.domain.fact import FactKind
from ocem.domain.kpi import Kpi
from ocem.domain.perimeter import Perimeter
from ocem.store.database import Cursor

_WEEKS = """
SELECT count(*) / sum(weight) FROM response_spread
WHERE score IS NOT NULL AND list_contains(?, question) AND coalesce(list_contains(?, voice), TRUE)
  AND coalesce(list_contains(?, touchpoint), TRUE) AND coalesce(list_contains(?, phase), TRUE)
  AND coalesce(list_contains(?, segment), TRUE) AND day BETWEEN ? AND ?
"""


def is_of_answers(kpi: Kpi) -> bool:
    """Whether a KPI is made of the answers to some questions."""
    return kpi.numerator.fact is FactKind.RESPONSE and _named(kpi, "question") is not None


def weeks_together(con: Cursor, kpi: Kpi, perimeter: Perimeter, first: date, last: date) -> float | None:
    """Return over how many weeks the mean answer is counted, with the others of its block; None without answers."""
    members = [perimeter.members(dimension) for dimension in ("touchpoint", "phase", "segment")]
    lists = [None if keys is None else list(keys) for keys in (_named(kpi, "question"), _named(kpi, "voice"), *members)]
    row = con.execute(_WEEKS, [*lists, first, last]).fetchone()
    return None if row is None or row[0] is None else float(row[0])


def _named(kpi: Kpi, column: str) -> tuple[str, ...] | None:
    """Values of a column that the KPI counts; None where it counts all."""
    found = [condition.values for condition in kpi.numerator.where if condition.column == column and condition.values]
    return tuple(str(value) for value in found[0]) if found else None
