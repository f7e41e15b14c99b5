"""The analysis before go-live: what people write down, and the half of it that the data can fill in."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ocem.domain.ex_ante import ExAnte, ExAnteTopic
from ocem.domain.initiative import Initiative
from ocem.domain.kpi import Kpi, KpiKind
from ocem.domain.perimeter import Dimension, Perimeter
from ocem.errors import N_, DefinitionError
from ocem.evaluation.initiative import ex_ante_state
from ocem.evaluation.window import BASELINE_WEEKS
from ocem.store import ex_ante as store
from ocem.store import kpi as kpi_store
from ocem.store import objective as objective_store
from ocem.store.database import Cursor, Database
from ocem.store.ex_ante import ExAnteRecord
from ocem.store.freshness import last_finished_day, source_reaches
from ocem.store.member import list_members
from ocem.store.series import data_span

TEST_WEEKS = 8
"""Whole weeks before the first go-live that count as test phase when none was declared."""


@dataclass(frozen=True)
class _Question:
    """A KPI that answers part of a topic: over which members, at the initiative's touchpoint, in the test phase."""

    topic: ExAnteTopic
    kpi: str
    by: tuple[str, ...]
    at_touchpoint: bool = False
    in_test: bool = False


_T = ExAnteTopic
QUESTIONS = (
    _Question(_T.DURATION, "sale_duration", ("segment",)),
    _Question(_T.COST, "cost_per_order", ()),
    _Question(_T.COST, "channel_cost", ("touchpoint",)),
    _Question(_T.INTERACTIONS, "interactions_per_sale", ("segment",)),
    _Question(_T.INTERACTIONS, "contacts_per_order", ("segment",)),
    _Question(_T.INTEGRATION, "orders", ("touchpoint",)),
    _Question(_T.JOURNEY, "interactions", ("segment", "phase", "touchpoint")),
    _Question(_T.PREFERENCE, "orders", ("segment", "touchpoint")),
    *(
        _Question(_T.EXPECTATIONS, key, ("segment",))
        for key in ("simplicity", "speed", "integration", "guidance", "coherence")
    ),
    _Question(_T.TEST_USE, "interactions", ("segment",), at_touchpoint=True, in_test=True),
    _Question(_T.TEST_USE, "orders", ("segment",), at_touchpoint=True, in_test=True),
    _Question(_T.FEEDBACK, "csat_top2", (), at_touchpoint=True, in_test=True),
    _Question(_T.FEEDBACK, "ces", (), at_touchpoint=True, in_test=True),
)


@dataclass(frozen=True)
class FigureRow:
    """A KPI for some members: `share` is its part of all rows with the same first member, of counts only."""

    members: tuple[str, ...]
    n: float
    value: float
    share: float | None = None


@dataclass(frozen=True)
class TopicFigures:
    """What the data say to one topic; `statement` is the query that gave the rows."""

    topic: ExAnteTopic
    kpi: Kpi
    by: tuple[str, ...]
    first: date
    last: date
    rows: tuple[FigureRow, ...]
    statement: str


@dataclass(frozen=True)
class ExAnteView:
    """The analysis of one initiative: the words in force, the figures now and as saved; `state` as on the roadmap."""

    initiative: Initiative
    record: ExAnteRecord | None
    history: tuple[ExAnteRecord, ...]
    figures: tuple[TopicFigures, ...]
    state: str
    window: tuple[date, date] | None
    test: tuple[date, date] | None

    def answered(self) -> tuple[ExAnteTopic, ...]:
        """Return the topics that words or figures speak of."""
        said = self.record.analysis.answers if self.record else {}
        integrate = self.record.analysis.integrate if self.record else ()
        filled = {item.topic for item in self.figures if item.rows}
        return tuple(
            topic
            for topic in ExAnteTopic
            if said.get(topic.value) or topic in filled or (topic is ExAnteTopic.INTEGRATION and integrate)
        )


def ex_ante(database: Database, key: str) -> ExAnteView:
    """Return the analysis of an initiative, figures worked out anew."""
    with database.cursor() as con:
        initiative = objective_store.find_initiative(con, key)
        records = store.list_ex_ante(con, key)
        record = records[0] if records else None
        window, test = _windows(con, initiative, record.analysis if record else None)
        figures = _figures(con, initiative, window, test)
    state = ex_ante_state(initiative, records[-1].saved_at if records else None)
    return ExAnteView(initiative, record, tuple(records), figures, state, window, test)


def save_ex_ante(database: Database, analysis: ExAnte, at: datetime | None = None) -> ExAnteRecord:
    """Keep an analysis with the figures as they stand now; a change makes a new version.

    Raises
    ------
    DefinitionError
        If the test phase ends before it starts, or after the first go-live.
    """
    with database.cursor() as con:
        initiative = objective_store.find_initiative(con, analysis.initiative)
        first, last = analysis.test_first, analysis.test_last
        if first and last and first > last:
            raise DefinitionError(
                N_("The test phase starts on {first}, after its last day {last}."), first=first, last=last
            )
        if last and last >= initiative.first_go_live():
            raise DefinitionError(
                N_("The test phase ends on {last}, but the first go-live is on {go_live}."),
                last=last,
                go_live=initiative.first_go_live(),
            )
        window, test = _windows(con, initiative, analysis)
        figures = _figures(con, initiative, window, test)
    return store.save_ex_ante(database, replace(analysis, figures=figures_document(figures)), at)


def figures_document(figures: tuple[TopicFigures, ...]) -> dict[str, Any]:
    """Write figures down as they are kept: by topic, KPI, window and members."""
    return {
        "items": [
            {
                "topic": item.topic.value,
                "kpi": item.kpi.key,
                "version": item.kpi.version,
                "window": [item.first.isoformat(), item.last.isoformat()],
                "rows": [[list(row.members), row.n, row.value] for row in item.rows],
            }
            for item in figures
            if item.rows
        ]
    }


def saved_value(record: ExAnteRecord | None, figures: TopicFigures, members: tuple[str, ...]) -> float | None:
    """Return what a figure was when the analysis was saved, None where it was not kept."""
    items = record.analysis.figures.get("items", []) if record else []
    for item in items:
        if (item["topic"], item["kpi"]) == (figures.topic.value, figures.kpi.key):
            return next((float(row[2]) for row in item["rows"] if tuple(row[0]) == members), None)
    return None


def _windows(
    con: Cursor, initiative: Initiative, analysis: ExAnte | None
) -> tuple[tuple[date, date] | None, tuple[date, date] | None]:
    """Return the whole weeks before the first go-live that have data, and those of the test phase."""
    finished = last_finished_day(source_reaches(con))
    first_data, _ = data_span(con)
    if finished is None or first_data is None:
        return None, None
    go_live = initiative.first_go_live()
    last = min(go_live - timedelta(days=go_live.weekday() + 1), finished)
    first = max(last - timedelta(days=7 * BASELINE_WEEKS - 1), first_data)
    if first > last:
        return None, None
    test_last = (analysis.test_last if analysis else None) or last
    test_first = (analysis.test_first if analysis else None) or test_last - timedelta(days=7 * TEST_WEEKS - 1)
    return (first, last), (max(test_first, first_data), test_last)


def _figures(
    con: Cursor, initiative: Initiative, window: tuple[date, date] | None, test: tuple[date, date] | None
) -> tuple[TopicFigures, ...]:
    if window is None or test is None:
        return ()
    kpis = {kpi.key: (number, kpi) for number, kpi in kpi_store.numbered_kpis(con)}
    segments = _segments(con, initiative)
    found = []
    for item in QUESTIONS:
        days = test if item.in_test else window
        if item.kpi not in kpis or days[0] > days[1] or (item.at_touchpoint and initiative.touchpoint is None):
            continue
        number, kpi = kpis[item.kpi]
        perimeter = Perimeter(
            (initiative.touchpoint,) if item.at_touchpoint and initiative.touchpoint else None,
            None,
            segments if "cost" not in (kpi.numerator.fact.value, _fact_below(kpi)) else None,
        )
        statement = store.member_query(con, number, kpi, perimeter, *days, item.by)
        rows = [
            FigureRow(tuple(row[: len(item.by)]), float(row[-2] or 0), float(row[-1]))
            for row in store.run_query(con, statement)
            if row[-1] is not None and "" not in row[: len(item.by)]
        ]
        found.append(TopicFigures(item.topic, kpi, item.by, *days, _with_shares(kpi, rows), statement))
    return tuple(found)


def _fact_below(kpi: Kpi) -> str:
    return kpi.denominator.fact.value if kpi.denominator else ""


def _segments(con: Cursor, initiative: Initiative) -> tuple[str, ...] | None:
    """Return the segments that the initiative is for; None when it is for all."""
    named = {item.segment for item in initiative.go_lives}
    if None in named:
        return None
    return tuple(item.key for item in list_members(con, Dimension.SEGMENT) if item.key in named)


def _with_shares(kpi: Kpi, rows: list[FigureRow]) -> tuple[FigureRow, ...]:
    """Say of counts which part of the whole each is: of all, or of those with the same first member."""
    if kpi.kind is KpiKind.SUM:
        return tuple(sorted(rows, key=lambda row: (row.members[:-1], -row.value)))
    if kpi.kind is not KpiKind.COUNT:
        return tuple(rows)
    totals: dict[tuple[str, ...], float] = {}
    for row in rows:
        key = row.members[:-1]
        totals[key] = totals.get(key, 0.0) + row.value
    shared = [
        replace(row, share=row.value / totals[row.members[:-1]] if totals[row.members[:-1]] else None) for row in rows
    ]
    return tuple(sorted(shared, key=lambda row: (row.members[:-1], -row.value)))
