"""What goes with satisfaction, from the answers that customers gave on the same questionnaire."""

import numpy as np

from ocem.domain.comparison import Note
from ocem.domain.driver import Drivers, DriverShare
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats.driver import FEWEST, FEWEST_PER_DRIVER, importance
from ocem.store.database import Database
from ocem.store.driver import Questionnaires, questionnaires

OUTCOMES = ("csat", "nps", "ces")
"""Questions that sum an experience up, in the order in which they are offered."""
ASKED_TOGETHER = 0.3
"""Share of an outcome's questionnaires that must also hold a driver's answer."""

EXPLAINS_NOTHING = 0.02
"""Share of an outcome's variance under which its drivers are not told apart."""


def drivers(database: Database, view: View = EVERYTHING) -> list[Drivers]:
    """Return, for every question that sums an experience up, what goes with it; empty without such a question."""
    with database.cursor() as con:
        found = questionnaires(con, view.perimeter())
    return [_drivers_of(found, outcome) for outcome in OUTCOMES if outcome in found.questions]


def _drivers_of(found: Questionnaires, outcome: str) -> Drivers:
    place = found.questions.index(outcome)
    there = np.isfinite(found.answers[:, place])
    own = [
        i
        for i, question in enumerate(found.questions)
        if question not in OUTCOMES and np.isfinite(found.answers[there, i]).mean() >= ASKED_TOGETHER
    ]
    complete = there & np.isfinite(found.answers[:, own]).all(axis=1) if own else np.zeros_like(there)
    varied = [i for i in own if complete.any() and np.ptp(found.answers[complete, i]) > 0]
    n, n_people = int(complete.sum()), len(np.unique(found.respondent[complete]))
    if len(own) < 2:
        return Drivers(outcome, (), None, n, n_people, refused=Note("too_few_drivers", {"outcome": outcome}))
    needed = max(FEWEST, FEWEST_PER_DRIVER * len(own))
    if n < needed:
        return Drivers(
            outcome, (), None, n, n_people, refused=Note("too_few_questionnaires", {"n": n, "needed": needed})
        )
    if len(varied) < 2 or not np.ptp(found.answers[complete, place]) > 0:
        return Drivers(outcome, (), None, n, n_people, refused=Note("answers_never_vary", {}))
    result = importance(found.answers[complete][:, varied], found.answers[complete, place], found.respondent[complete])
    if result.r2 < EXPLAINS_NOTHING:
        return Drivers(outcome, (), result.r2, n, n_people, refused=Note("explains_nothing", {"r2": result.r2}))
    shares = [
        DriverShare(
            found.questions[question],
            float(result.part[i]),
            float(result.part_low[i]),
            float(result.part_high[i]),
            int(result.rank_low[i]),
            int(result.rank_high[i]),
        )
        for i, question in enumerate(varied)
    ]
    shares.sort(key=lambda item: -item.share)
    return Drivers(outcome, tuple(shares), result.r2, n, n_people, result.is_exact)
