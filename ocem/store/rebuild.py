"""Everything that is worked out from the facts, worked out anew in one transaction."""

from collections.abc import Callable

from ocem.domain.access import Right
from ocem.store import access, audit, daily, journey, known_key
from ocem.store.database import Database
from ocem.store.kpi import numbered_kpis


def rebuild(database: Database, before: Callable[[float, str], None] = lambda done, step: None) -> None:
    """Recompute answer blocks, weekly contacts, daily sums, journeys and files of keys from the live facts.

    Parameters
    ----------
    before : callable
        Called before each step with the number of steps done and its name: ``answers``, ``weeks``, a fact,
        ``journeys``; of a long history's journeys also in between, with a part of a step done.
        If it raises, or the process is stopped, everything stays as it was.
    """
    access.require(Right.IMPORT)
    done = 0

    def begin(step: str) -> None:
        nonlocal done
        before(done, step)
        done += 1

    with database.write() as con:
        daily.rebuild(con, numbered_kpis(con), before=begin)
        journey.rebuild(con, lambda share: before(done + share, "journeys"))
        known_key.make(con, database.keys_folder)
        audit.record(con, "rebuild")
