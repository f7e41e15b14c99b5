"""Before and after, per objective and per cell of its perimeter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ocem.domain.access import Grant
from ocem.domain.comparison import Comparison, Note, Verdict, WeekPoint, WindowFigure
from ocem.domain.event import Event
from ocem.domain.kpi import Kpi
from ocem.domain.objective import Initiative, Objective
from ocem.domain.perimeter import Cell, Dimension, Perimeter
from ocem.errors import N_, Forbidden
from ocem.evaluation import doubt
from ocem.evaluation.conclusion import NOTHING, conclude, silent
from ocem.evaluation.conclusion import effect_of as effect_of
from ocem.evaluation.question import TOTALS as TOTALS
from ocem.evaluation.question import Question, Subject, as_bare, live_scopes, question_of, relevance_in_unit
from ocem.evaluation.question import figure as figure
from ocem.evaluation.question import weekly_group as weekly_group
from ocem.evaluation.sensitivity import brief, one_week_carries, sensitivities
from ocem.evaluation.view import View, intersect
from ocem.evaluation.window import evaluation_end
from ocem.stats.beforeafter import Options, estimate_all
from ocem.stats.multiplicity import benjamini_hochberg
from ocem.stats.result import Estimate, Refusal
from ocem.stats.series import GroupSeries
from ocem.store import access
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.answer_weeks import is_of_answers, weeks_together
from ocem.store.database import Cursor, Database
from ocem.store.event import list_events
from ocem.store.freshness import SourceReach, last_finished_day, source_reaches
from ocem.store.median import has_medians, weekly_medians
from ocem.store.member import list_members
from ocem.store.objective import BaselineRecord
from ocem.store.series import WeeklyCube, first_days, known_cube

Floats = NDArray[np.float64]
Answer = Estimate | Refusal


@dataclass(frozen=True)
class Declared:
    """What is read once for all comparisons of a call."""

    reaches: list[SourceReach]
    kpis: dict[str, tuple[int, Kpi]]
    initiatives: dict[str, Initiative]
    segments: tuple[str, ...]
    baselines: dict[str, BaselineRecord]
    events: tuple[Event, ...]
    starts: dict[int, date]
    """First day with sums, by KPI."""
    until: date | None = None
    """Sunday after which nothing is looked at; None for the last finished one."""


def known_declared(database: Database, until: date | None) -> Declared:
    """Return what `read_declared` says, read once for the data as they are."""

    def read() -> Declared:
        with database.cursor() as con:
            return read_declared(con)

    return replace(database.keep("declared", read), until=until)


def read_declared(con: Cursor) -> Declared:
    """Read what people declared and how far the data reach."""
    return Declared(
        source_reaches(con),
        {kpi.key: (number, kpi) for number, kpi in kpi_store.numbered_kpis(con)},
        {item.key: item for item in objective_store.list_initiatives(con)},
        tuple(member.key for member in list_members(con, Dimension.SEGMENT)),
        objective_store.first_baselines(con),
        tuple(list_events(con)),
        first_days(con),
    )


def compare(
    database: Database,
    objective: str | None = None,
    kpi: str | None = None,
    by: str | Sequence[str] | None = None,
    view: View | None = None,
    checks: bool = True,
    method: str = "auto",
    until: date | None = None,
) -> list[Comparison]:
    """Compare before and after for one objective or all, in whole and by member of one dimension.

    Parameters
    ----------
    objective : str, optional
        Key of one objective; default all.
    kpi : str, optional
        Another KPI than the objective's own.
    by : {"segment", "touchpoint", "phase"} or several of them, optional
        Also compare each member of these dimensions, after the whole.
    view : View, optional
        Cells to look at; objectives with no cell in view are left out.
    checks : bool
        Whether the whole carries placebo go-lives, the slope before and the effect by other routes; members never do.
    method : str
        ``auto`` or a name in `ocem.stats.result.Method`: another design than the one that the data at hand ask for.
    until : date, optional
        Sunday after which nothing is looked at; default the last finished one.

    Returns
    -------
    list of Comparison
        p-values adjusted by Benjamini-Hochberg over the list.
    """
    options = Options(method, checks=checks)
    with database.cursor() as con:
        chosen = [objective_store.find_objective(con, objective)] if objective else objective_store.list_objectives(con)
    grant = access.person().grant
    # Who may see an objective sees the same verdict, also when the group it is compared with lies outside the grant.
    with access.acting(access.SYSTEM), database.cursor() as con:
        declared = known_declared(database, until)
        dimensions = (by,) if isinstance(by, str) else tuple(by or ())

        def ask(item: Objective, perimeter: Perimeter) -> _Asked | Comparison:
            subject = subject_of(database, con, declared, item, kpi or item.kpi)
            return subject if isinstance(subject, Comparison) else _ask(subject, perimeter, dimensions, options)

        in_view = [(item, intersect(item.perimeter, view) if view else item.perimeter) for item in chosen]
        cut = [(item, perimeter) for item, perimeter in in_view if perimeter is not None]
        if checks or dimensions:
            found = _answer([ask(item, perimeter) for item, perimeter in cut])
        else:  # a page of figures: many views cut an objective down to the same cells

            def look(item: Objective, perimeter: Perimeter) -> list[Comparison]:
                asked = (item.key, item.version, kpi, perimeter, options, until)
                return database.keep("comparison", lambda: _answer([ask(item, perimeter)]), *asked)

            found = [one for item, perimeter in cut for one in look(item, perimeter)]
    return [_within(item, grant) for item in adjust(found)]


def _within(item: Comparison, grant: Grant) -> Comparison:
    """Leave out the weekly course of a group that the acting person may not see."""
    if grant.whole:
        return item
    return replace(item, weeks=tuple(replace(week, comparison=None) for week in item.weeks))


def compare_declared(
    database: Database,
    objective: Objective,
    initiative: Initiative,
    checks: bool = False,
    until: date | None = None,
    instead_of: str | None = None,
) -> list[Comparison]:
    """Compare before and after for an objective and an initiative that are not stored: a decision, an event.

    `instead_of` is a stored initiative that this one stands for.
    """
    scope, grant = objective.perimeter, access.person().grant
    if not grant.holds(scope.segments or (), scope.touchpoints or ()):
        raise Forbidden(N_("This comparison reaches beyond the segments and touchpoints granted to you."))
    with access.acting(access.SYSTEM), database.cursor() as con:
        declared = known_declared(database, None)
        known = {key: item for key, item in declared.initiatives.items() if key != instead_of}
        declared = replace(declared, initiatives=known | {initiative.key: initiative}, until=until)
        subject = subject_of(database, con, declared, objective, objective.kpi)
        if isinstance(subject, Comparison):
            return adjust([subject])
        found = _answer([_ask(subject, objective.perimeter, (), Options("auto", checks=checks))])
    return [_within(item, grant) for item in adjust(found)]


def adjust(found: list[Comparison]) -> list[Comparison]:
    """Add Benjamini-Hochberg q-values over comparisons that are shown together."""
    q_values = benjamini_hochberg([item.p_value for item in found])
    return [replace(item, q_value=q_value) for item, q_value in zip(found, q_values, strict=True)]


def subject_of(
    database: Database, con: Cursor, declared: Declared, objective: Objective, key: str
) -> Subject | Comparison:
    """Return all that is known of an objective and a KPI; a finding without numbers where there are no data."""
    if key not in declared.kpis:
        kpi_store.find_kpi(con, key)  # refuses with the known keys
    number, kpi = declared.kpis[key]
    facts = {kpi.numerator.fact} | ({kpi.denominator.fact} if kpi.denominator else set())
    last_finished = last_finished_day(declared.reaches, facts)
    if declared.until is not None and last_finished is not None:
        last_finished = min(last_finished, declared.until)
    first = declared.starts.get(number)
    if first is None or last_finished is None or first > last_finished:
        return silent(blank_of(objective, kpi, Cell()), Verdict.NOT_ENOUGH_DATA, Note("no_data", {"kpi": kpi.key}))
    return Subject(
        objective,
        declared.initiatives[objective.initiative],
        kpi,
        known_cube(database, number, first, last_finished),
        declared.segments,
        first,
        last_finished,
        declared.baselines.get(objective.key),
        tuple(item for name, item in declared.initiatives.items() if name != objective.initiative),
        declared.events,
        partial(_medians, con, kpi, first, last_finished) if has_medians(kpi) else None,
        partial(weeks_together, con, kpi) if is_of_answers(kpi) else None,
    )


def _medians(con: Cursor, kpi: Kpi, first: date, last: date, perimeter: Perimeter) -> GroupSeries:
    """Weekly medians of some cells as a ratio whose denominator is 1."""
    middle, rows = weekly_medians(con, kpi, perimeter, first, last)
    return GroupSeries(middle, np.where(np.isfinite(middle), 1.0, np.nan), rows)


def blank_of(
    objective: Objective, kpi: Kpi, cell: Cell, go_live: date | None = None, provisional: bool = False
) -> Comparison:
    """Return a finding that says nothing yet."""
    return Comparison(
        objective.key,
        kpi.key,
        cell,
        kpi.kind.value,
        kpi.unit,
        kpi.direction.value,
        NOTHING,
        NOTHING,
        Verdict.NOT_ENOUGH_DATA,
        target=objective.target if kpi.key == objective.kpi else None,
        evaluation_ends=evaluation_end(objective),
        go_live=go_live,
        provisional=provisional,
    )


@dataclass(frozen=True)
class _Asked:
    """What is asked about one objective: its cells, the whole first, each as a question or as what cannot be asked."""

    subject: Subject
    told: list[Comparison | Question]
    options: Options

    def open_questions(self) -> list[Question]:
        return [item for item in self.told if isinstance(item, Question)]


def _ask(subject: Subject, perimeter: Perimeter, by: Sequence[str], options: Options) -> _Asked:
    """Put the questions about a perimeter and its members by some dimensions."""
    options = replace(options, every_week=subject.is_open)
    asked = [(Cell(), perimeter, subject.objective.comparison)]
    for dimension in by:
        keys = perimeter.members(dimension) or _members_in(subject.cube, perimeter, dimension)
        asked += [
            (
                Cell(**{dimension: key}),
                perimeter.narrowed(dimension, key),
                _group_for(subject.objective.comparison, dimension, key),
            )
            for key in keys
        ]
    return _Asked(subject, [_question(subject, *one) for one in asked], options)


def _group_for(group: Perimeter | None, by: str, key: str) -> Perimeter | None:
    """Compare a member with itself where nobody was touched; segments with the group as it is."""
    return group.narrowed(by, key) if group is not None and by != "segment" else group


def _members_in(cube: WeeklyCube, perimeter: Perimeter, dimension: str) -> tuple[str, ...]:
    names = cube.dimensions()[dimension][cube.inside(perimeter)]
    return tuple(sorted({name for name in names.tolist() if name}))


def _answer(asked: Sequence[_Asked | Comparison]) -> list[Comparison]:
    """Answer the questions about many objectives in one go; only the whole of each has its doubts looked into."""
    together: dict[tuple[object, ...], list[_Asked]] = {}
    for one in asked:
        if isinstance(one, _Asked):
            together.setdefault((one.subject.kpi.kind, one.options), []).append(one)
    answers: dict[int, list[tuple[Answer, Answer | None]]] = {}
    for same in together.values():
        pairs = iter(_estimates(same))
        for one in same:
            answers[id(one)] = [next(pairs) for _ in one.open_questions()]
    return [
        item for one in asked for item in ([one] if isinstance(one, Comparison) else _findings(one, answers[id(one)]))
    ]


def _findings(asked: _Asked, answers: list[tuple[Answer, Answer | None]]) -> list[Comparison]:
    pairs = iter(answers)
    return [
        item
        if isinstance(item, Comparison)
        else _finding(asked.subject, item, *next(pairs), item is asked.told[0] and asked.options.checks)
        for item in asked.told
    ]


def _question(
    subject: Subject, cell: Cell, perimeter: Perimeter, comparison: Perimeter | None
) -> Question | Comparison:
    """Put one question, or say why it cannot be asked."""
    blank = blank_of(subject.objective, subject.kpi, cell)
    scopes, live = live_scopes(subject, perimeter)
    if not scopes:
        return silent(blank, Verdict.NOT_COMPARABLE, Note("no_go_live", {}))
    if not live:
        note = Note("not_live_yet", {"go_live": scopes[0].go_live})
        return silent(blank, Verdict.NOT_ENOUGH_DATA, note)
    question = question_of(subject, perimeter, comparison, cell)
    forbidden = doubt.forbidding(subject, question)
    return silent(blank, Verdict.NOT_COMPARABLE, forbidden) if forbidden else question


def _estimates(same: Sequence[_Asked]) -> list[tuple[Answer, Answer | None]]:
    """Estimate with the mix of segments held still where there is one; second, the same with the mix as it fell."""
    wholes = {id(one.told[0]) for one in same}
    questions = [item for one in same for item in one.open_questions()]
    asked = [item.asked if id(item) in wholes else as_bare(item.asked) for item in questions]
    mixed = [as_bare(item.raw) for item in questions if item.fixed is not None]
    answers = estimate_all(same[0].subject.kpi.kind, asked + mixed, same[0].options)
    plain = iter(answers[len(asked) :])
    return [
        (answer, next(plain) if item.fixed is not None else None)
        for item, answer in zip(questions, answers, strict=False)
    ]


def _finding(subject: Subject, question: Question, result: Answer, raw: Answer | None, checks: bool) -> Comparison:
    """Put a finding together from its estimate and its doubts."""
    objective, kpi = subject.objective, subject.kpi
    first_go_live = question.scopes[0].go_live
    whole = question.perimeter == objective.perimeter
    blank = replace(
        blank_of(objective, kpi, question.cell),
        warnings=doubt.declared(subject, question),
        go_live=first_go_live,
        provisional=subject.is_provisional,
        frozen=doubt.ex_ante(subject.frozen, first_go_live),
        target=objective.target if kpi.key == objective.kpi and whole else None,
    )
    relevance = relevance_in_unit(objective, kpi, question.before.value)
    found = conclude(blank, result, question.before, question.after, relevance)
    if isinstance(result, Refusal):
        return found
    routes = brief(result, raw, found)
    if checks:
        routes = sensitivities(subject, question, result, raw, found)
    found = replace(
        found,
        baseline=_frozen_figure(subject, question),
        warnings=doubt.regression_to_the_mean(found)
        + doubt.seen(subject, question, result, raw, found)
        + one_week_carries(found, routes)
        + (doubt.counted(subject, question) if checks else ()),
        sensitivities=routes,
        weeks=_path(subject, question, result) if question.cell == Cell() else (),
    )
    return found


def _frozen_figure(subject: Subject, question: Question) -> WindowFigure:
    """Return the frozen baseline of the whole where there is one: it is the figure of record."""
    record, before = subject.frozen, question.before
    if record is None or record.figures.get("kpi") != subject.kpi.key or not doubt.is_whole(subject, question):
        return before
    return replace(before, n=record.figures["n"], value=record.figures["value"])


def _path(subject: Subject, question: Question, result: Estimate) -> tuple[WeekPoint, ...]:
    """Return the chart's weeks: what was seen and, after go-live, what was to be expected."""
    sums, weeks, path = question.sums, subject.cube.weeks, result.path
    if subject.kpi.kind in TOTALS:
        value = sums["numerator"]
    else:
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.where(sums["denominator"] > 0, sums["numerator"] / sums["denominator"], np.nan)
    blank = np.full(len(weeks), np.nan)
    lines = (value, *((path.expected, path.low, path.high, path.comparison) if path else (blank,) * 4))
    told = [[float(x) if np.isfinite(x) else None for x in line] for line in lines]
    return tuple(WeekPoint(week, *values) for week, *values in zip(weeks.astype(object), *told, strict=True))
