"""The analysis before go-live in words: its questions, and the figures that the data fill in."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocem.domain.ex_ante import ExAnteTopic
from ocem.domain.kpi import KpiKind
from ocem.evaluation.ex_ante import ExAnteView, FigureRow, TopicFigures, saved_value
from ocem.i18n import Words, formats
from ocem.reporting import quantity
from ocem.reporting.names import Names, dimension_word

SHOWN_PARTS = 3
"""Touchpoints named for each phase and segment."""
MIN_SHARE = 0.05
"""Parts of a whole smaller than this are left out of the tables; the query shows them all."""


def topic_question(words: Words, topic: ExAnteTopic) -> str:
    """Ask what a topic asks."""
    _ = words.gettext
    return {
        ExAnteTopic.DURATION: _("How long does the phase last today?"),
        ExAnteTopic.COST: _("What does it cost?"),
        ExAnteTopic.INTERACTIONS: _("How many interactions does a sale take?"),
        ExAnteTopic.INTEGRATION: _("With which other touchpoints must the new one be integrated?"),
        ExAnteTopic.JOURNEY: _("What is each segment's journey?"),
        ExAnteTopic.PREFERENCE: _("How do the segments prefer to buy?"),
        ExAnteTopic.EXPECTATIONS: _("What do they expect: simplicity, speed, integration, guidance?"),
        ExAnteTopic.TEST_USE: _("How was it used in the test phase?"),
        ExAnteTopic.FEEDBACK: _("What was the early feedback?"),
    }[topic]


def state_text(words: Words, view: ExAnteView) -> str:
    """Say when an analysis was saved, and whether that was in time."""
    _ = words.gettext
    if not view.history:
        return _("Nothing has been saved yet. The figures below come from the data; write down what they cannot say.")
    first = view.history[-1]
    when = first.saved_at.date()
    if view.state == "before":
        return _("First saved on {day}, before the go-live.", day=when)
    return _(
        "First saved on {day}, only after the go-live of {go_live}: it is no benchmark ex ante.",
        day=when,
        go_live=view.initiative.first_go_live(),
    )


def answered_text(words: Words, view: ExAnteView) -> str:
    """Say how many of the questions have an answer, and how many from data."""
    filled = {item.topic for item in view.figures if item.rows}
    return words.gettext(
        "{n} of {total} questions answered, {filled} with figures from the data.",
        n=len(view.answered()),
        total=len(ExAnteTopic),
        filled=len(filled),
    )


@dataclass(frozen=True)
class Value:
    """One figure ready to be shown: the value, what stands small below it."""

    text: str
    below: str = ""


@dataclass(frozen=True)
class Table:
    """Figures of one topic: a title, what the rows are, the columns' names, rows of a name and one cell a column."""

    title: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[Value, ...], ...]], ...]


def tables(words: Words, view: ExAnteView, topic: ExAnteTopic, names: Names) -> list[Table]:
    """Return what the data say to one topic, segments side by side."""
    found = [item for item in view.figures if item.topic is topic and item.rows]
    by_segment = [item for item in found if item.by == ("segment",)]
    result = [_of_others(words, view, item, names) for item in found if "segment" not in item.by]
    if by_segment:
        result.insert(0, _of_kpis(words, view, by_segment, names))
    result += [_of_parts(words, view, item, names) for item in found if len(item.by) > 1]
    return result


def _days(words: Words, item: TopicFigures) -> str:
    return words.span(item.first, item.last)


def _segments(names: Names, items: Sequence[TopicFigures]) -> list[str]:
    """Return the segments of some figures in the company's order."""
    found = {row.members[0] for item in items for row in item.rows}
    order = [key for dimension, key in names.members if dimension == "segment"]
    return sorted(found, key=lambda key: order.index(key) if key in order else len(order))


def _of_kpis(words: Words, view: ExAnteView, items: Sequence[TopicFigures], names: Names) -> Table:
    """One row a KPI, one column a segment."""
    segments = _segments(names, items)
    rows = []
    for item in items:
        by_key = {row.members[0]: row for row in item.rows}
        cells = tuple(
            (_shown(words, view, item, by_key[key]),) if key in by_key else (Value(formats.NOTHING),)
            for key in segments
        )
        rows.append((words.label(item.kpi), cells))
    columns = tuple(names.member("segment", key) for key in segments)
    return Table(_days(words, items[0]), words.gettext("KPI"), columns, tuple(rows))


def _of_others(words: Words, view: ExAnteView, item: TopicFigures, names: Names) -> Table:
    """One row a member, or one for all."""
    rows = []
    for row in item.rows:
        if row.share is not None and row.share < MIN_SHARE:
            continue
        label = " · ".join(names.member(name, key) for name, key in zip(item.by, row.members, strict=True))
        rows.append((label or words.gettext("All"), ((_shown(words, view, item, row),),)))
    first = dimension_word(words, item.by[0]) if item.by else words.gettext("KPI")
    return Table(_days(words, item), first, (_title(words, item),), tuple(rows))


def _of_parts(words: Words, view: ExAnteView, item: TopicFigures, names: Names) -> Table:
    """Touchpoints by segment, or by phase and segment the most used ones."""
    segments = _segments(names, [item])
    columns = tuple(names.member("segment", key) for key in segments)
    if len(item.by) == 2:
        cells = {(row.members[1], row.members[0]): row for row in item.rows}
        used = dict.fromkeys(row.members[1] for row in item.rows if (row.share or 0) >= MIN_SHARE)
        rows = [
            (
                names.member("touchpoint", key),
                tuple(
                    (_shown(words, view, item, cells[key, s]),) if (key, s) in cells else (Value(formats.NOTHING),)
                    for s in segments
                ),
            )
            for key in used
        ]
        return Table(_titled(words, item), dimension_word(words, "touchpoint"), columns, tuple(rows))
    phases = [key for dimension, key in names.members if dimension == "phase"]
    rows_of: list[tuple[str, tuple[tuple[Value, ...], ...]]] = []
    for phase in phases:
        cells_of: list[tuple[Value, ...]] = []
        for segment in segments:
            best = [row for row in item.rows if row.members[:2] == (segment, phase) and (row.share or 0) >= MIN_SHARE]
            cells_of.append(
                tuple(
                    Value(f"{names.member('touchpoint', row.members[2])} {words.percent(row.share or 0, 0)}")
                    for row in best[:SHOWN_PARTS]
                )
                or (Value(formats.NOTHING),)
            )
        if any(cell[0].text != formats.NOTHING for cell in cells_of):
            rows_of.append((names.member("phase", phase), tuple(cells_of)))
    return Table(_titled(words, item), dimension_word(words, "phase"), columns, tuple(rows_of))


def _titled(words: Words, item: TopicFigures) -> str:
    return f"{_title(words, item)}, {_days(words, item)}"


def _title(words: Words, item: TopicFigures) -> str:
    name = words.label(item.kpi)
    if item.rows and item.rows[0].share is not None:
        return words.gettext("Share of {kpi}", kpi=name.lower())
    return name


def _shown(words: Words, view: ExAnteView, item: TopicFigures, row: FigureRow) -> Value:
    """Write a figure with its observations and, where it moved since, its value when the analysis was saved."""
    value = _value(words, item, row, row.value)
    below = words.gettext("n = {n}", n=words.number(row.n))
    saved = saved_value(view.record, item, row.members)
    if saved is not None and abs(saved - row.value) > 1e-9 * max(abs(saved), 1e-9):
        below = words.gettext("when saved: {value}", value=_value(words, item, row, saved, with_share=False))
    return Value(value, below)


def _value(words: Words, figures: TopicFigures, row: FigureRow, amount: float, with_share: bool = True) -> str:
    if row.share is not None and with_share:
        return words.percent(row.share, 0)
    text = quantity.value(words, amount, figures.kpi.unit)
    if figures.kpi.kind in (KpiKind.COUNT, KpiKind.SUM):
        return words.gettext("{name} a week", name=text)
    return text
