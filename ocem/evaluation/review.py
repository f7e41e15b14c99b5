"""The weekly review: what the room sees, what it types, closing it for good, and what has been restated since."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ocem.domain.access import Right
from ocem.domain.comparison import Comparison
from ocem.domain.decision import Action, ActionState, Decision, DecisionState, Judgement, Rebase
from ocem.domain.document import digest
from ocem.domain.review import (
    ActionRecord,
    DecisionRecord,
    ItemNote,
    ReviewDocument,
    ReviewItem,
)
from ocem.errors import N_, DefinitionError, Forbidden, NotFound, Refused
from ocem.evaluation import calendar
from ocem.evaluation import decision as deciding
from ocem.evaluation.agenda import Figures, Movements, figures, last_week, movements
from ocem.evaluation.agenda_item import Labels, as_item
from ocem.evaluation.control_chart import ControlChart, watch_list
from ocem.evaluation.event import closures, events_between
from ocem.evaluation.signal import charts, draw, read_record
from ocem.store import access, audit
from ocem.store import decision as decision_store
from ocem.store import review as store
from ocem.store import signal as signal_store
from ocem.store.database import Cursor, Database
from ocem.store.review import Closed, Draft, Reopening

MEETING = ""
"""The item that stands for the meeting as a whole."""
ATTENDEES = "attendees"
NOTE = "note"

Judge = Callable[[Decision, date], Comparison]


def meeting_day(monday: date) -> date:
    """Return the day on which a week is reviewed: the Monday after it."""
    return monday + timedelta(days=7)


def chosen_week(database: Database, week: str | None = None) -> date:
    """Return the Monday of a week's key, or of the last finished week.

    Raises
    ------
    WrongUse
        If the key is no week.
    NotFound
        If there are no data at all.
    """
    if week:
        return calendar.week_named(week)
    monday = last_week(database)
    if monday is None:
        raise NotFound(N_("There are no data yet, so there is nothing to review."))
    return monday


def document(
    database: Database,
    monday: date,
    found: Figures | None = None,
    judge: Judge | None = None,
    moved: Movements | None = None,
) -> ReviewDocument:
    """Return a week's review: as it was closed, or as it stands when it is open or open again.

    `found`, `judge` and `moved` stand in for figures, outcomes and movements when somebody keeps them.
    """
    week = calendar.week_name(monday)
    with database.cursor() as con:
        closed, reopened = store.list_closed(con, week), store.list_reopenings(con, week)
    if closed and len(reopened) < len(closed):
        return ReviewDocument.from_json(closed[-1].document)
    return live_document(database, monday, found, judge, moved)


def live_document(
    database: Database,
    monday: date,
    found: Figures | None = None,
    judge: Judge | None = None,
    moved: Movements | None = None,
) -> ReviewDocument:
    """Return a week's review from the data as they are now, whether it was closed or not."""
    week, found = calendar.week_name(monday), found or figures(database, monday)
    moved = movements(database, monday) if moved is None else moved
    judge = judge or (lambda decision, until: deciding.outcome(database, decision, until))
    with database.cursor() as con:
        drafts = store.list_drafts(con, week)
        closed, reopened = store.list_closed(con, week), store.list_reopenings(con, week)
        decisions, judged = decision_store.list_decisions(con), decision_store.list_judgements(con)
        actions, labels = decision_store.list_actions(con), Labels.read(con)
    meeting = meeting_day(monday)
    before = calendar.week_name(monday - timedelta(days=7))
    records = [_record(item, labels, judged.get(item.number), meeting, found.last, judge) for item in decisions]
    again = reopened[-1] if reopened else None
    return ReviewDocument(
        week=week,
        first=found.first,
        last=found.last,
        version=len(closed) + 1,
        state="open",
        finished=found.finished,
        as_of=found.as_of,
        data_version=found.data_version,
        expected_false_alarms=found.expected_false_alarms,
        charts=found.charts,
        items=found.items,
        comparisons=found.comparisons,
        decisions_due=tuple(item for item in records if _is_due(item, judged.get(item.number), week)),
        decisions=tuple(item for item in records if item.decided_in in (before, week)),
        actions=_actions(actions, meeting, week),
        events=found.events,
        attendees=_attendees(drafts),
        notes=tuple(
            ItemNote(item.item, item.content, item.author) for item in drafts if item.field == NOTE and item.content
        ),
        findings=found.findings,
        shifts=moved.shifts,
        links=moved.links,
        standing_out=found.standing_out,
        expected_standing_out=found.expected_standing_out,
        reopened_by=again.author if again else "",
        reopen_reason=again.reason if again else "",
    )


def _is_due(record: DecisionRecord, judgement: Judgement | None, week: str) -> bool:
    """Say whether the room looks at a decision's outcome: due and not judged, or judged in this very review."""
    return record.state == DecisionState.DUE or (judgement is not None and judgement.week == week)


def _record(
    item: Decision, labels: Labels, judgement: Judgement | None, meeting: date, until: date, judge: Judge
) -> DecisionRecord:
    kpi = labels.kpis.get(item.kpi)
    state = deciding.state_of(item, judgement is not None, meeting)
    outcome = judgement.comparison if judgement else None
    if state is DecisionState.DUE:
        outcome = judge(item, until)
    inside = judgement.inside if judgement else deciding.is_inside(item, outcome) if outcome else None
    return DecisionRecord(
        number=item.number,
        text=item.text,
        kpi=labels.kpi(item.kpi),
        unit=kpi.unit if kpi else "ratio",
        kind=kpi.kind.value if kpi else "mean",
        direction=kpi.direction.value if kpi else "up",
        perimeter=item.perimeter,
        perimeter_labels=labels.perimeter(item.perimeter),
        starts=item.starts,
        look_by=item.look_by,
        expected=item.expected,
        expected_low=item.expected_low,
        expected_high=item.expected_high,
        author=item.author,
        decided_in=item.week,
        state=state.value,
        outcome=outcome,
        inside=inside,
        expected_relative=item.expected_relative,
        owner=item.owner,
    )


def decision_records(database: Database, today: date, judge: Judge | None = None) -> tuple[DecisionRecord, ...]:
    """Return all decisions as people see them on a day, newest first."""
    judge = judge or (lambda decision, until: deciding.outcome(database, decision, until))
    with database.cursor() as con:
        decisions, judged = decision_store.list_decisions(con), decision_store.list_judgements(con)
        labels = Labels.read(con)
    found = [_record(item, labels, judged.get(item.number), today, today, judge) for item in decisions]
    return tuple(sorted(found, key=lambda item: -item.number))


def action_records(database: Database, today: date) -> tuple[ActionRecord, ...]:
    """Return all actions as people see them on a day: overdue first, then open, then closed."""
    with database.cursor() as con:
        actions = decision_store.list_actions(con)
    return tuple(sorted((_action(item, today) for item in actions), key=_by_urgency))


def _actions(actions: Iterable[Action], meeting: date, week: str) -> tuple[ActionRecord, ...]:
    """Return open actions, overdue first, then those closed in this week or review."""
    kept = [
        item
        for item in actions
        if item.state is ActionState.OPEN
        or item.closed_week == week
        or (item.closed_on is not None and meeting - timedelta(days=7) <= item.closed_on <= meeting)
    ]
    return tuple(sorted((_action(item, meeting) for item in kept), key=_by_urgency))


def _action(item: Action, today: date) -> ActionRecord:
    late = (today - item.due).days if item.state is ActionState.OPEN else 0
    return ActionRecord(
        item.number, item.text, item.owner, item.due, item.state.value, late > 0, item.week, max(late, 0),
        item.item or None,
    )  # fmt: skip


def _by_urgency(item: ActionRecord) -> tuple[bool, bool, date, int]:
    return (item.state != ActionState.OPEN, not item.overdue, item.due, item.number)


def _attendees(drafts: Iterable[Draft]) -> tuple[str, ...]:
    typed = next((item.content for item in drafts if item.item == MEETING and item.field == ATTENDEES), "")
    return tuple(dict.fromkeys(name.strip() for name in typed.replace(";", ",").split(",") if name.strip()))


def write_down(database: Database, monday: date, item: str, field: str, content: str, author: str) -> None:
    """Keep what somebody types, at once; it belongs to the open review of the week.

    Raises
    ------
    Refused
        If the review is closed: what was typed would never be seen.
    """
    access.require(Right.COMMENT)
    week = calendar.week_name(monday)
    with database.write(is_shown=False) as con:
        _require_open(con, week)
        store.save_draft(con, week, item, field, content, author)


def drafts(database: Database, monday: date) -> dict[tuple[str, str], str]:
    """Return what is typed for a week, by (item, field)."""
    with database.cursor() as con:
        return {(d.item, d.field): d.content for d in store.list_drafts(con, calendar.week_name(monday))}


def _require_open(con: Cursor, week: str) -> None:
    closed, reopened = store.list_closed(con, week), store.list_reopenings(con, week)
    if closed and len(reopened) < len(closed):
        raise _closed_already(closed[-1])


def _closed_already(closed: Closed) -> Refused:
    return Refused(
        N_(
            "The review of {week} was closed by {by} on {at} (version {version}). Reopen it with a reason to change it."
        ),
        week=closed.week,
        by=closed.closed_by,
        at=closed.closed_at,
        version=closed.version,
    )


def close(
    database: Database, monday: date, by: str, at: datetime | None = None, seen: ReviewDocument | None = None
) -> ReviewDocument:
    """Close a week's review: keep what the room saw, byte for byte, and accept the outcomes that were due.

    Parameters
    ----------
    seen : ReviewDocument, optional
        What was on the screen; default what the data say now.

    Raises
    ------
    Refused
        If the week is unfinished, or the review is closed already, also when somebody else was quicker.
    DefinitionError
        If nobody closes it.
    Forbidden
        If the person sees only some rows: such figures are not the room's.
    """
    who = access.require(Right.DECIDE)
    if not who.grant.whole:
        raise Forbidden(N_("Closing keeps the figures of the whole company, and you see a part of them."))
    if not by.strip():
        raise DefinitionError(N_("Write who closes the review."))
    week = calendar.week_name(monday)
    with database.cursor() as con:
        _require_open(con, week)
    seen = seen or live_document(database, monday)
    if not seen.finished:
        raise Refused(
            N_("The week {week} is not finished: not every source has reached {last}. Import the rest first."),
            week=week,
            last=seen.last,
        )
    moment = at or datetime.now(UTC)
    with database.write() as con:
        _require_open(con, week)
        version = len(store.list_closed(con, week)) + 1
        kept = replace(
            seen, version=version, state="closed", closed_by=by.strip(), closed_at=moment.replace(microsecond=0)
        )
        text = ReviewDocument.from_json(kept.to_json()).to_json()
        closed = Closed(week, version, text, digest(text), by.strip(), moment, store.newest_batch(con))
        store.save_closed(con, closed)
        _accept_outcomes(con, kept, by.strip(), moment)
        audit.record(con, "review_closed", week, {"version": version, "hash": closed.hash}, actor=by.strip())
    return ReviewDocument.from_json(text)


def _accept_outcomes(con: Cursor, kept: ReviewDocument, by: str, moment: datetime) -> None:
    """Write the outcome of every due decision beside its prediction; the first accepted outcome stays."""
    known = decision_store.list_judgements(con)
    for record in kept.decisions_due:
        if record.number not in known and record.outcome is not None:
            decision_store.save_judgement(
                con, Judgement(record.number, kept.week, record.outcome, record.inside, by, moment)
            )


def reopen(database: Database, monday: date, by: str, reason: str) -> None:
    """Begin a new version of a closed review; the closed one stays as it is.

    Raises
    ------
    Refused
        If it is not closed.
    DefinitionError
        If nobody reopens it, or no reason is given.
    """
    access.require(Right.DECIDE)
    if not by.strip() or not reason.strip():
        raise DefinitionError(N_("Write who reopens the review, and why."))
    week = calendar.week_name(monday)
    with database.write() as con:
        closed, reopened = store.list_closed(con, week), store.list_reopenings(con, week)
        if not closed or len(reopened) >= len(closed):
            raise Refused(N_("The review of {week} is not closed, so there is nothing to reopen."), week=week)
        store.save_reopening(
            con, Reopening(week, closed[-1].version + 1, by.strip(), reason.strip(), datetime.now(UTC))
        )
        audit.record(con, "review_reopened", week, {"reason": reason.strip()}, actor=by.strip())


def closed_reviews(database: Database, week: str | None = None) -> list[Closed]:
    """Return closed reviews, oldest first."""
    with database.cursor() as con:
        return store.list_closed(con, week)


def is_intact(closed: Closed) -> bool:
    """Say whether a closed review still has the hash it was closed with."""
    return digest(closed.document) == closed.hash


def rebase(
    database: Database, chart: str, starts: date, reason: str, author: str, event: str = "", at: datetime | None = None
) -> Rebase:
    """Set the limits of a chart anew from the Monday on or after a day.

    Raises
    ------
    DefinitionError
        If nobody signs it, no reason is given, or the day lies ahead of the data.
    NotFound
        If no chart is called so.
    """
    access.require(Right.DECIDE)
    if not reason.strip() or not author.strip():
        raise DefinitionError(N_("Limits are set anew by somebody and for a reason: write both."))
    monday = starts + timedelta(days=(7 - starts.weekday()) % 7)
    newest = last_week(database)
    if newest is None or monday > newest:
        raise DefinitionError(N_("New limits start in a finished week; {day} lies after the last one."), day=monday)
    with database.write() as con:
        if chart not in {item.key for item in watch_list(con)}:
            raise NotFound(N_("No chart is called {key}."), key=chart)
        made = Rebase(chart, monday, reason.strip(), author.strip(), at or datetime.now(UTC), event)
        signal_store.save_rebase(con, made)
        audit.record(con, "rebase", chart, {"starts": monday, "reason": made.reason}, actor=made.author)
    return made


def rebases(database: Database) -> list[Rebase]:
    """Return all decisions to set limits anew."""
    with database.cursor() as con:
        return signal_store.list_rebases(con)


def chart_item(database: Database, monday: date, key: str) -> ReviewItem | None:
    """Return any chart as an item, news or not; None when no chart is called so."""
    sunday = monday + timedelta(days=6)
    with database.cursor() as con:
        record = read_record(con, sunday, closures(con))
        labels = Labels.read(con)
        near = events_between(con, monday - timedelta(weeks=60), sunday)
    chart = next((item for item in draw(record, monday) if item.watched.key == key), None) if record else None
    return as_item(database, chart, labels, near) if chart else None


def all_charts(database: Database, monday: date) -> tuple[ControlChart, ...]:
    """Return every chart as it stood at the end of a week."""
    with database.cursor() as con:
        closed = closures(con)
    return charts(database, monday, closed)
