"""What weakens a finding or forbids it, from what people declared and from the figures themselves."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from ocem.domain.comparison import Comparison, Note, Verdict
from ocem.domain.event import EventKind
from ocem.domain.fact import FactKind
from ocem.domain.kpi import Direction, KpiKind
from ocem.domain.objective import Initiative
from ocem.domain.perimeter import Cell, Perimeter
from ocem.evaluation.question import Question, Subject
from ocem.evaluation.scope import scope_of
from ocem.evaluation.tracking import tracking_notes
from ocem.stats.analysis import DOUBTFUL
from ocem.stats.beforeafter import Cohort, Options, estimate_all
from ocem.stats.result import Estimate, Grade, Refusal
from ocem.stats.series import GroupSeries
from ocem.store.objective import BaselineRecord

TWO_YEARS = 104
"""Weeks of history from which a season without a comparison group is seen twice."""
ANSWERS_MOVED = 0.2
"""Change in the number of answers, as a share, from which other people may be answering."""
TOGETHER = 2.0
"""Weeks over which the mean answer is counted from which a change shows late."""
BEFORE_GO_LIVE = timedelta(days=91)
"""How long before the go-live another one still works on in the weeks that teach the model."""


def ex_ante(record: BaselineRecord | None, first_go_live: date) -> bool:
    """Say whether the baseline was frozen before anything went live."""
    return record is not None and record.frozen_at.date() < first_go_live


def forbidding(subject: Subject, question: Question) -> Note | None:
    """Return why before and after cannot be compared at all, or None."""
    first_go_live = question.scopes[0].go_live
    group = subject.objective.comparison
    if group is not None and group.segments is not None:
        touched = [item.segment for item in subject.initiative.go_lives if item.segment in group.segments]
        if touched:
            return Note("comparison_treated", {"segments": touched})
    record = subject.frozen
    same_kpi = record is not None and record.figures.get("kpi") == subject.kpi.key
    changed = record is not None and record.figures.get("kpi_version") != subject.kpi.version
    if same_kpi and changed and ex_ante(record, first_go_live):
        return Note("definition_changed", {"kpi": subject.kpi.key, "version": subject.kpi.version})
    return _tracking_break(subject, question)


def _tracking_break(subject: Subject, question: Question) -> Note | None:
    """A change of what is counted, written down as an event, between the windows or within them."""
    first, last = question.before.first, question.after.last
    if first is None or last is None:
        return None
    for event in subject.events:
        is_break = event.kind is EventKind.TRACKING and subject.kpi.key in event.kpis
        is_between = event.first > first and event.touches(first, last)
        if is_break and is_between and _share_cells(event.perimeter, question.perimeter):
            return Note("tracking_break", {"day": event.first})
    return None


def declared(subject: Subject, question: Question) -> tuple[Note, ...]:
    """Return the warnings that follow from the declarations alone."""
    first_go_live = question.scopes[0].go_live
    found = []
    if not ex_ante(subject.frozen, first_go_live):
        found.append(Note("no_ex_ante_benchmark" if subject.frozen is None else "frozen_after_go_live", {}))
    waiting = [scope for scope in question.scopes if scope not in question.live]
    if waiting:
        keys = [key for scope in waiting for key in scope.perimeter.segments or ()]
        found.append(Note("segments_not_live_yet", {"segments": keys}))
    stated = set(subject.objective.perimeter.segments or subject.segments)
    own = {item.segment for item in subject.initiative.go_lives}
    if None not in own and stated - own:
        found.append(Note("segments_without_go_live", {"segments": sorted(stated - own)}))
    return (*found, *_overlapping(subject, question), *_disturbed(subject, question))


def _overlapping(subject: Subject, question: Question) -> tuple[Note, ...]:
    """Other initiatives that went live in these cells shortly before or within the evaluation.

    What came to the comparison group on the same day cancels out.
    """
    last = question.after.last
    if last is None:
        return ()
    start = question.scopes[0].go_live - BEFORE_GO_LIVE
    keys = [
        other.key
        for other in subject.others
        if any(start <= day <= last for day in _days_here(other, question.perimeter, subject.segments))
        and not _hits_both(other, question, subject.segments)
    ]
    return (Note("overlapping_initiative", {"initiatives": keys}),) if keys else ()


def _days_here(other: Initiative, perimeter: Perimeter, segments: tuple[str, ...]) -> list[date]:
    """Go-lives of an initiative that reach cells of a perimeter."""
    wanted = set(perimeter.segments or segments)
    if other.touchpoint and perimeter.touchpoints and other.touchpoint not in perimeter.touchpoints:
        return []
    return [item.day for item in other.go_lives if item.segment is None or item.segment in wanted]


def _hits_both(other: Initiative, question: Question, segments: tuple[str, ...]) -> bool:
    """Say whether an initiative came to the perimeter and to all of its comparison group on the same days."""
    if question.comparison is None:
        return False
    inside = set(_days_here(other, question.perimeter, segments))
    everywhere = {item.day for item in other.go_lives if item.segment is None}
    return inside == everywhere and bool(_days_here(other, question.comparison, segments))


def _disturbed(subject: Subject, question: Question) -> tuple[Note, ...]:
    """Outages, campaigns and price lists written down for these cells within the evaluation."""
    first, last = question.after.first, question.after.last
    if first is None or last is None:
        return ()
    kinds = (EventKind.OUTAGE, EventKind.CAMPAIGN, EventKind.PRICE_LIST)
    found = [
        event
        for event in subject.events
        if event.kind in kinds
        and event.touches(first, last)
        and event.concerns(subject.kpi.key)
        and _share_cells(event.perimeter, question.perimeter)
        and not (question.comparison is not None and _share_cells(event.perimeter, question.comparison))
    ]
    return tuple(Note("event_within", {"kind": event.kind.value, "day": event.first}) for event in found[:3])


def _share_cells(one: Perimeter, two: Perimeter) -> bool:
    for dimension in ("touchpoint", "phase", "segment"):
        here, there = one.members(dimension), two.members(dimension)
        if here is not None and there is not None and not set(here) & set(there):
            return False
    return True


def seen(
    subject: Subject, question: Question, result: Estimate, raw: Estimate | Refusal | None, found: Comparison
) -> tuple[Note, ...]:
    """Return the warnings that follow from the figures."""
    notes = list(_mix_shift(result, raw, found.relevance or 0.0))
    if result.grade is Grade.C and result.n_weeks_before < TWO_YEARS:
        notes.append(Note("season_uncertain", {"weeks": result.n_weeks_before}))
    if subject.is_open:
        notes.append(Note("looked_at_every_week"))
    return (*notes, *restated(subject, question))


def counted(subject: Subject, question: Question) -> tuple[Note, ...]:
    """Return the warnings about how rows came to be counted: a break in the tracking, who answers and how many."""
    cube, kpi = subject.cube, subject.kpi
    inside = scope_of(cube, kpi, question.perimeter).above
    outside = scope_of(cube, kpi, question.comparison).above
    before = np.logical_or.reduce([one.frame.baseline for one in question.raw])
    notes = tracking_notes(cube, inside, outside, before, question.evaluation)
    return (*notes, *_answers_changed(subject, question), *_answers_together(subject, question))


def _answers_together(subject: Subject, question: Question) -> tuple[Note, ...]:
    """Warn when answers are so few that those of several weeks are counted together."""
    first, last = question.before.first, question.after.last
    if subject.answer_weeks is None or first is None or last is None:
        return ()
    weeks = subject.answer_weeks(question.perimeter, first, last)
    return (Note("answers_together", {"weeks": round(weeks)}),) if weeks is not None and weeks >= TOGETHER else ()


def _answers_changed(subject: Subject, question: Question) -> tuple[Note, ...]:
    """Warn when the number of answers moved: others than before may answer now."""
    if subject.kpi.numerator.fact is not FactKind.RESPONSE or question.comparison is None:
        return ()
    asked = tuple(replace(one, cohort=_rows_behind(one.cohort), bare=True) for one in question.raw)
    (found,) = estimate_all(KpiKind.COUNT, [asked], Options(checks=False, paths=False))
    if not isinstance(found, Estimate) or found.relative is None:
        return ()
    moved = found.p_value < DOUBTFUL and abs(found.relative) >= ANSWERS_MOVED
    return (Note("answers_changed", {"relative": found.relative}),) if moved else ()


def _rows_behind(cohort: Cohort) -> Cohort:
    inside, other = (
        None if group is None else GroupSeries(group.denominator if group.n is None else group.n)  # type: ignore[arg-type]
        for group in (cohort.inside, cohort.comparison)
    )
    assert inside is not None
    return Cohort(inside, other, cohort.go_live_week)


def regression_to_the_mean(found: Comparison) -> tuple[Note, ...]:
    """Read weeks that were unusual before the go-live: bad ones come back by themselves, good ones are no doubt."""
    kept = []
    for note in found.warnings:
        if note.code != "unusual_before":
            kept.append(note)
            continue
        was_bad = (note.values["sign"] < 0) == (found.direction == Direction.UP)
        if was_bad and found.verdict in (Verdict.IMPROVED, Verdict.CHANGED_CAUSE_UNKNOWN):
            kept.append(Note("regression_to_the_mean", {"weeks": note.values["weeks"]}))
    return tuple(kept)


def _mix_shift(result: Estimate, raw: Estimate | Refusal | None, relevance: float) -> tuple[Note, ...]:
    """Warn when most of what one sees is a different mix of segments."""
    if not isinstance(raw, Estimate) or abs(raw.absolute - result.absolute) < relevance / 2:
        return ()
    return (Note("mix_shift", {"raw": raw.absolute, "fixed": result.absolute}),)


def is_whole(subject: Subject, question: Question) -> bool:
    """Say whether figures stand for all that the baseline was frozen for: no filter, no segment left out."""
    if question.cell != Cell() or question.perimeter != subject.objective.perimeter:
        return False
    if any(scope.perimeter.segments is None for scope in question.live):
        return True
    compared = {key for scope in question.live for key in scope.perimeter.segments or ()}
    going_live = {key for scope in question.scopes for key in scope.perimeter.segments or ()}
    frozen = set(subject.frozen.figures.get("segments", ())) - {""} if subject.frozen else set()
    return going_live | frozen <= compared


def restated(subject: Subject, question: Question) -> tuple[Note, ...]:
    """Warn when data imported later changed the days of a frozen baseline."""
    record, window = subject.frozen, question.before
    if record is None or record.figures.get("kpi") != subject.kpi.key or not is_whole(subject, question):
        return ()
    value = record.figures["value"]
    if value is None or window.value is None or window.first is None or window.last is None:
        return ()
    if [window.first.isoformat(), window.last.isoformat()] != record.figures["window"]:
        return ()
    if abs(window.value - value) <= 1e-9 * max(abs(value), 1e-9):
        return ()
    return (Note("baseline_restated", {"frozen": value, "now": window.value}),)
