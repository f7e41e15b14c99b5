"""What reads differently now than in a closed review, and which imports since have changed it."""

from collections.abc import Iterable
from datetime import date, timedelta

from ocem.domain.comparison import Comparison, Note
from ocem.domain.number_box import NumberBox
from ocem.domain.review import Named, ObjectiveFinding, Restatement, ReviewDocument, ReviewItem
from ocem.evaluation import calendar
from ocem.evaluation.agenda_item import numbers_of
from ocem.evaluation.comparison import compare
from ocem.evaluation.control_chart import ControlChart, watch_list
from ocem.evaluation.event import closures
from ocem.evaluation.signal import charts
from ocem.store import review as store
from ocem.store.database import Database
from ocem.store.review import Change

SAME = 1e-9
"""Relative difference below which two numbers are one."""


def restated(database: Database, monday: date) -> tuple[Restatement, ...]:
    """Name each number of the last closed version that reads differently now, and the imports since that touched it."""
    week = calendar.week_name(monday)
    with database.cursor() as con:
        closed = store.list_closed(con, week)
        if not closed:
            return ()
        changes = store.changes_since(con, closed[-1].last_batch, closed[-1].closed_at)
        facts = {item.kpi.key: item.facts for item in watch_list(con)}
        closed_days = closures(con)
    seen = ReviewDocument.from_json(closed[-1].document)
    now = {chart.watched.key: chart for chart in charts(database, monday, closed_days)}
    found: list[Restatement] = []
    for item in seen.ranked:
        chart = now.get(item.key)
        if chart is not None:
            causes = _touching(changes, {f.value for f in facts.get(item.kpi.key, set())})
            found += _item_restated(item, chart, causes)
            found += _box_restated(item, numbers_of(database, chart) if item.numbers else None, causes)
    compared = {one.objective: one for one in compare(database, checks=False, until=seen.last)}
    for finding in seen.comparisons:
        fresh = compared.get(finding.objective.key)
        if fresh is not None:
            causes = _touching(changes, {f.value for f in facts.get(finding.kpi.key, set())})
            found += _finding_restated(finding, fresh, causes)
    return tuple(found)


def _touching(changes: Iterable[Change], facts: set[str]) -> list[Change]:
    return [change for change in changes if change.fact in facts]


def _item_restated(item: ReviewItem, chart: ControlChart, changes: list[Change]) -> list[Restatement]:
    subject, last = _subject(item), chart.last
    found = []
    for name in ("value", "centre", "lower", "upper"):
        before, after = getattr(item, name), getattr(last, name) if last else None
        if not _same(before, after):
            day = chart.week if name == "value" else None
            causes = _causes(changes, day) or _other_cause(item, chart)
            found.append(Restatement(subject, item.key, name, item.unit, before, after, causes, day))
    now = {point.first: point.value for point in chart.points}
    for point in item.series:
        if point.first != chart.week and not _same(point.value, now.get(point.first)):
            causes = _causes(changes, point.first)
            found.append(
                Restatement(
                    subject, item.key, "week", item.unit, point.value, now.get(point.first), causes, point.first
                )
            )
    return found


def _box_restated(item: ReviewItem, fresh: NumberBox | None, changes: list[Change]) -> list[Restatement]:
    """Compare the numbers box: months, and the figures to date with those of the year before."""
    if item.numbers is None or fresh is None:
        return []
    seen, now = _box_numbers(item.numbers), _box_numbers(fresh)
    return [
        Restatement(
            _subject(item), item.key, name, item.unit, was, now[name, first, last],
            _causes(changes, first, last), first,
        )
        for (name, first, last), was in seen.items()
        if (name, first, last) in now and not _same(was, now[name, first, last])
    ]  # fmt: skip


def _box_numbers(box: NumberBox) -> dict[tuple[str, date, date], float | None]:
    """Return the numbers of a box by name and days; weeks stand in the chart already."""
    found = {}
    for period in box.months:
        for one in (period.now, period.year_before):
            found["month", one.first, one.last] = one.value
    for item in box.figures:
        if item.name != "last_week":
            found[item.name, item.figure.first, item.figure.last] = item.figure.value
            for change in item.changes:
                found[f"{item.name}_before", change.base.first, change.base.last] = change.base.value
    return found


def _other_cause(item: ReviewItem, chart: ControlChart) -> tuple[Note, ...]:
    """Say what but an import can have moved a number: another definition, or limits set anew."""
    if item.kpi_version != chart.watched.kpi.version:
        return (Note("definition_changed", {"version": chart.watched.kpi.version}),)
    if chart.rebase is not None:
        return (Note("rebased", {"author": chart.rebase.author, "starts": chart.rebase.starts}),)
    return ()


def _finding_restated(seen: ObjectiveFinding, fresh: Comparison, changes: list[Change]) -> list[Restatement]:
    old = seen.comparison
    pairs = {
        "before": (old.baseline.value, fresh.baseline.value),
        "after": (old.evaluation.value, fresh.evaluation.value),
        "effect": (old.effect.absolute if old.effect else None, fresh.effect.absolute if fresh.effect else None),
    }
    return [
        Restatement(seen.objective, seen.objective.key, name, old.unit, was, now, _causes(changes, None))
        for name, (was, now) in pairs.items()
        if not _same(was, now)
    ]


def _subject(item: ReviewItem) -> Named:
    return item.kpi if item.objective is None else item.objective


def _same(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is after
    return abs(before - after) <= SAME * max(abs(before), abs(after), SAME)


def _causes(changes: Iterable[Change], first: date | None, last: date | None = None) -> tuple[Note, ...]:
    """Return the imports since; where the number is of certain days, those that hold some of them.

    Without a last day it is the week that begins on the first.
    """
    last = last or (first + timedelta(days=6) if first else None)
    return tuple(
        Note("import", {"batch": c.batch, "file": c.file, "at": c.moment.isoformat(), "undone": c.undone})
        for c in changes
        if first is None
        or last is None
        or c.first_day is None
        or c.last_day is None
        or (c.first_day <= last and c.last_day >= first)
    )
