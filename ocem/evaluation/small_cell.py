"""How few people may stand behind anything shown; `ocem.store.small_cell` is where every answer passes through."""

from dataclasses import dataclass

from ocem.domain.access import Right
from ocem.errors import N_, DefinitionError
from ocem.store import access, audit
from ocem.store import small_cell as store
from ocem.store.daily import refresh_answers
from ocem.store.database import Database
from ocem.store.kpi import numbered_kpis

LEAST = 3
MOST = 50


@dataclass(frozen=True)
class Thresholds:
    """Fewest respondents behind anything shown, and behind anything shown of the staff."""

    fewest: int
    fewest_staff: int

    def of(self, voice: str) -> int:
        """Return the threshold of a voice."""
        return self.fewest_staff if voice == store.STAFF else self.fewest


def thresholds(database: Database) -> Thresholds:
    """Return the thresholds in force."""
    with database.cursor() as con:
        return Thresholds(*store.thresholds(con))


def set_thresholds(database: Database, fewest: int, fewest_staff: int, actor: str | None = None) -> Thresholds:
    """Change how few respondents may stand behind anything shown; every figure made of answers follows at once.

    Raises
    ------
    DefinitionError
        If a threshold is too low to protect anybody, or the staff's is the lower one.
    """
    access.require(Right.ADMINISTER)
    for found in (fewest, fewest_staff):
        if not LEAST <= found <= MOST:
            raise DefinitionError(
                N_("A threshold of {found} respondents cannot be used; it lies between {least} and {most}."),
                found=found,
                least=LEAST,
                most=MOST,
            )
    if fewest_staff < fewest:
        raise DefinitionError(
            N_("The staff's threshold is the strictest: {staff} is below the others' {others}."),
            staff=fewest_staff,
            others=fewest,
        )
    with database.write() as con:
        before = store.thresholds(con)
        store.save_thresholds(con, fewest, fewest_staff)
        refresh_answers(con, numbered_kpis(con))
        details = {"before": list(before), "after": [fewest, fewest_staff]}
        audit.record(con, "small_cell", "thresholds", details, actor=actor)
    return Thresholds(fewest, fewest_staff)
