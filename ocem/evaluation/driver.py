"""What goes with satisfaction, from answers on one questionnaire, and with results, from the weeks of their links."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocem.domain.comparison import Note
from ocem.domain.driver import Drivers, DriverShare
from ocem.domain.kpi import Level
from ocem.domain.link import Link, LinkStatus
from ocem.evaluation.link import ledger
from ocem.evaluation.link_weeks import Weeks, read_weeks
from ocem.evaluation.view import EVERYTHING, View
from ocem.stats import link as stats
from ocem.stats.driver import FEWEST, FEWEST_PER_DRIVER, Importance, importance
from ocem.store.database import Database
from ocem.store.driver import Questionnaires, questionnaires

OUTCOMES = ("csat", "nps", "ces")
"""Questions that sum an experience up, in the order in which they are offered."""
ASKED_TOGETHER = 0.3
"""Share of an outcome's questionnaires that must also hold a driver's answer."""

EXPLAINS_NOTHING = 0.02
"""Share of an outcome's variance under which its drivers are not told apart."""
MOST_DRIVERS = 5
WEEKS_IN_BLOCK = 8
"""Weeks that are resampled together."""


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
    shares = _shares(result, [found.questions[question] for question in varied])
    return Drivers(outcome, _ranked(shares), result.r2, n, n_people, result.is_exact)


def _shares(result: Importance, names: list[str]) -> list[DriverShare]:
    return [
        DriverShare(
            name,
            float(result.part[i]),
            float(result.part_low[i]),
            float(result.part_high[i]),
            int(result.rank_low[i]),
            int(result.rank_high[i]),
        )
        for i, name in enumerate(names)
    ]


def _ranked(shares: list[DriverShare]) -> tuple[DriverShare, ...]:
    return tuple(sorted(shares, key=lambda item: -item.share))


def result_drivers(database: Database, view: View = EVERYTHING) -> list[Drivers]:
    """Return, for every result with two links or more, what its ups and downs go with, each driver at its own delay.

    Drivers are the leading KPIs of its links: those expected by somebody, and those found with an order in time. Trend,
    season and closures are taken out of all; whole blocks of weeks are resampled, because weeks resemble each other.
    """
    with database.cursor() as con:
        weeks = read_weeks(con, view)
    if isinstance(weeks, Note):
        return []
    cleaned = stats.clean(weeks.values, weeks.timeline)
    by_result: dict[str, list[Link]] = {}
    for item in ledger(database, view, backed=False).links:
        if _can_drive(item, weeks):
            by_result.setdefault(item.following, []).append(item)
    return [_drivers_of_result(weeks, cleaned, key, links) for key, links in sorted(by_result.items())]


def _can_drive(item: Link, weeks: Weeks) -> bool:
    place = weeks.at(item.following)
    if place is None or weeks.kpis[place].level is not Level.OUTCOME or item.lag is None:
        return False
    if item.hypothesis is not None:
        return item.status is not LinkStatus.NOT_TESTABLE
    return item.status is LinkStatus.SUPPORTED and not item.is_same_week


def _drivers_of_result(weeks: Weeks, cleaned: stats.Cleaned, outcome: str, links: list[Link]) -> Drivers:
    links = links[:MOST_DRIVERS]
    target = weeks.at(outcome)
    assert target is not None
    columns, used = [], cleaned.used[target].copy()
    for item in links:
        place, lag = weeks.at(item.leading), item.lag or 0
        assert place is not None
        columns.append(_delayed(cleaned.values[place], lag, 0.0))
        used &= _delayed(cleaned.used[place], lag, False)
    n = int(used.sum())
    if len(links) < 2:
        return Drivers(outcome, (), None, n, 0, refused=Note("too_few_links", {}), by_week=True)
    needed = max(FEWEST, FEWEST_PER_DRIVER * len(links))
    if n < needed:
        return Drivers(
            outcome, (), None, n, 0, refused=Note("too_few_weeks", {"weeks": n, "needed": needed}), by_week=True
        )
    blocks = np.arange(len(used)) // WEEKS_IN_BLOCK
    result = importance(np.column_stack(columns)[used], cleaned.values[target][used], blocks[used])
    if result.r2 < EXPLAINS_NOTHING:
        note = Note("drivers_explain_nothing", {"r2": result.r2})
        return Drivers(outcome, (), result.r2, n, 0, refused=note, by_week=True)
    shares = [
        replace(share, lag=item.lag, rises=(item.r or 0.0) > 0)
        for share, item in zip(_shares(result, [item.leading for item in links]), links, strict=True)
    ]
    return Drivers(outcome, _ranked(shares), result.r2, n, 0, result.is_exact, by_week=True)


def _delayed(values: NDArray[Any], lag: int, before: Any) -> NDArray[Any]:
    """Put at each week what stood there `lag` weeks earlier."""
    return values if not lag else np.concatenate([np.full(lag, before), values[:-lag]])
