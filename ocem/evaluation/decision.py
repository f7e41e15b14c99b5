"""Decisions become tests by themselves; actions have an owner and a day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ocem.domain.access import Right
from ocem.domain.comparison import SILENT_VERDICTS, Comparison
from ocem.domain.decision import Action, ActionState, Decision, DecisionState, Judgement
from ocem.domain.kpi import Kpi
from ocem.domain.objective import GoLive, Initiative, MacroObjective, Objective
from ocem.domain.perimeter import Dimension
from ocem.errors import N_, DefinitionError, Refused
from ocem.evaluation.comparison import compare_declared
from ocem.evaluation.question import RELEVANCE_OF_OTHERS
from ocem.store import access, audit
from ocem.store import decision as store
from ocem.store import kpi as kpi_store
from ocem.store.database import Database
from ocem.store.member import list_members

FEWEST_WEEKS = 4
"""Weeks between the start of a change and the day to look: fewer carry no verdict."""


def decide(database: Database, decision: Decision, today: date) -> Decision:
    """Store a decision under a number of its own; from its day to look on it is on the agenda with its outcome.

    Raises
    ------
    DefinitionError
        If it says nothing, has no effect to look for, or its day to look has passed or comes too soon to see anything.
    NotFound
        If its KPI is not there.
    """
    access.require(Right.DECIDE)
    if not decision.text.strip():
        raise DefinitionError(N_("Write what was decided."))
    if decision.expected is None:
        raise DefinitionError(N_("Write the effect you expect: without a prediction there is nothing to learn."))
    if decision.look_by < today:
        raise DefinitionError(
            N_("The day to look, {day}, has passed. Choose a day from {today} on."), day=decision.look_by, today=today
        )
    soonest = decision.starts + timedelta(weeks=FEWEST_WEEKS)
    if decision.look_by < soonest:
        raise DefinitionError(
            N_("From {starts} to {day} are less than {weeks} weeks. Look on {soonest} or later."),
            starts=decision.starts,
            day=decision.look_by,
            weeks=FEWEST_WEEKS,
            soonest=soonest,
        )
    with database.write() as con:
        kpi_store.find_kpi(con, decision.kpi)
        kept = replace(decision, number=store.next_decision(con), text=decision.text.strip())
        store.save_decision(con, kept, decision.author)
        audit.record(con, "decision", str(kept.number), {"week": kept.week, "kpi": kept.kpi}, actor=decision.author)
    return kept


def withdraw(database: Database, number: int, reason: str, by: str) -> Decision:
    """Take a decision back, with a reason; what was judged stays judged.

    Raises
    ------
    Refused
        If its outcome has been accepted, or no reason is given.
    """
    access.require(Right.DECIDE)
    if not reason.strip():
        raise DefinitionError(N_("Write why the decision is withdrawn."))
    with database.write() as con:
        decision = store.find_decision(con, number)
        if number in store.list_judgements(con):
            raise Refused(N_("The outcome of decision {number} has been accepted; it stays."), number=number)
        kept = replace(decision, withdrawn=reason.strip())
        store.save_decision(con, kept, by)
        audit.record(con, "decision_withdrawn", str(number), {"reason": kept.withdrawn}, actor=by)
    return kept


def state_of(decision: Decision, judged: bool, meeting: date) -> DecisionState:
    """Return where a decision stands on the day of a meeting."""
    if decision.withdrawn:
        return DecisionState.WITHDRAWN
    if judged:
        return DecisionState.JUDGED
    return DecisionState.DUE if decision.look_by <= meeting else DecisionState.WAITING


def outcome(database: Database, decision: Decision, until: date | None = None) -> Comparison:
    """Judge a decision by before and after: the 52 weeks up to its start, and from there to the day to look."""
    with database.cursor() as con:
        _, kpi = kpi_store.find_kpi(con, decision.kpi)
        segments = tuple(member.key for member in list_members(con, Dimension.SEGMENT))
    objective, initiative = as_test(decision, kpi, segments)
    last = decision.look_by if until is None else min(decision.look_by, until)
    return compare_declared(database, objective, initiative, until=last)[0]


def as_test(decision: Decision, kpi: Kpi, segments: tuple[str, ...]) -> tuple[Objective, Initiative]:
    """Return the objective and initiative that a decision stands for.

    Where it touches some segments and names no group to compare with, the other segments are the group. Half of the
    expected effect is the smallest change that matters.
    """
    name = f"decision_{decision.number}"
    initiative = Initiative(name, decision.text, decision.text, (GoLive(decision.starts),))
    group = decision.comparison
    if group is None and decision.perimeter.segments is not None:
        others = tuple(key for key in segments if key not in decision.perimeter.segments)
        group = replace(decision.perimeter, segments=others) if others else None
    size = abs(decision.expected or 0.0) / 2
    objective = Objective(
        key=name,
        label_it=decision.text,
        label_en=decision.text,
        macro_objective=MacroObjective.INTERNAL_PROCESSES,
        kpi=decision.kpi,
        perimeter=decision.perimeter,
        initiative=name,
        direction=kpi.direction,
        relevance=size or RELEVANCE_OF_OTHERS,
        relevance_kind="relative" if decision.expected_relative or not size else "absolute",
        target=None,
        owner=decision.owner or kpi.owner,
        comparison=group,
    )
    return objective, initiative


def is_inside(decision: Decision, comparison: Comparison) -> bool | None:
    """Say whether the predicted effect lies in the interval of the outcome; None when there is no number."""
    effect = comparison.effect
    if effect is None or decision.expected is None or comparison.verdict in SILENT_VERDICTS:
        return None
    if not decision.expected_relative:
        return effect.low <= decision.expected <= effect.high
    if effect.relative_low is None or effect.relative_high is None:
        return None
    return effect.relative_low <= decision.expected <= effect.relative_high


def judge(decision: Decision, comparison: Comparison, week: str, by: str, at: datetime | None = None) -> Judgement:
    """Return the outcome as the room accepts it."""
    return Judgement(decision.number, week, comparison, is_inside(decision, comparison), by, at or datetime.now(UTC))


def list_decisions(database: Database) -> list[Decision]:
    """Return the decisions in force, oldest first."""
    with database.cursor() as con:
        return store.list_decisions(con)


def list_judgements(database: Database) -> dict[int, Judgement]:
    """Return accepted outcomes by decision."""
    with database.cursor() as con:
        return store.list_judgements(con)


def list_actions(database: Database) -> list[Action]:
    """Return the actions in force, oldest first."""
    with database.cursor() as con:
        return store.list_actions(con)


def assign(database: Database, action: Action, today: date) -> Action:
    """Store an action under a number of its own.

    Raises
    ------
    DefinitionError
        If it says nothing, nobody owns it, or its day has passed.
    """
    access.require(Right.COMMENT)
    if not action.text.strip():
        raise DefinitionError(N_("Write what is to be done."))
    if not action.owner.strip():
        raise DefinitionError(N_("An action needs an owner: write who does it."))
    if action.due < today:
        raise DefinitionError(
            N_("The day it is due, {day}, has passed. Choose a day from {today} on."), day=action.due, today=today
        )
    with database.write() as con:
        kept = replace(action, number=store.next_action(con), text=action.text.strip(), owner=action.owner.strip())
        store.save_action(con, kept, action.author)
        audit.record(con, "action", str(kept.number), {"owner": kept.owner, "due": kept.due}, actor=action.author)
    return kept


def settle(database: Database, number: int, state: ActionState, by: str, today: date, week: str = "") -> Action:
    """Say that an action is done or dropped, or open again."""
    access.require(Right.COMMENT)
    with database.write() as con:
        action = store.find_action(con, number)
        closed = None if state is ActionState.OPEN else today
        kept = replace(action, state=state, closed_on=closed, closed_week=week if closed else "")
        store.save_action(con, kept, by)
        audit.record(con, f"action_{state.value}", str(number), actor=by)
    return kept


def postpone(database: Database, number: int, due: date, by: str, today: date) -> Action:
    """Move the day on which an action is due.

    Raises
    ------
    DefinitionError
        If the new day has passed.
    """
    access.require(Right.COMMENT)
    if due < today:
        raise DefinitionError(
            N_("The day it is due, {day}, has passed. Choose a day from {today} on."), day=due, today=today
        )
    with database.write() as con:
        kept = replace(store.find_action(con, number), due=due)
        store.save_action(con, kept, by)
        audit.record(con, "action_postponed", str(number), {"due": due}, actor=by)
    return kept
