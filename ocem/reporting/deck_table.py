"""The tables of a deck: what a slide shows of contributions, figures, objectives, decisions and actions."""

from collections.abc import Iterable, Sequence
from datetime import date

from ocem.domain.comparison import Comparison
from ocem.domain.number_box import NumberBox
from ocem.domain.review import (
    ActionRecord,
    Contribution,
    DecisionRecord,
    ObjectiveFinding,
    ReviewDocument,
    ReviewItem,
)
from ocem.i18n import Words, formats
from ocem.reporting import comparison as compared
from ocem.reporting import finding, quantity, six_twelve
from ocem.reporting import review as said
from ocem.reporting.agenda import Scaled, expected_text, side_word
from ocem.reporting.deck_slide import Cell, Column, Table
from ocem.reporting.names import dimension_word
from ocem.reporting.readable import readable
from ocem.reporting.review_names import names_of

MOST_CONTRIBUTIONS = 6
"""Rows of a slide; XLSX has them all."""


class Tables:
    """Makes the tables of one document in one language."""

    def __init__(self, words: Words, document: ReviewDocument) -> None:
        self.words = words
        self.document = document
        self.names = names_of(words, document)

    def _side_cell(self, item: ReviewItem) -> Cell:
        if not item.signals:
            return Cell(self.words.gettext("inside its limits"), tone="open")
        return Cell(side_word(self.words, item.improvement), tone=tone(item.improvement))

    def _verdict_cell(self, item: Comparison) -> Cell:
        look = compared.verdict_look(self.words, item.verdict)
        told = ", ".join(part for part in (look.word, finding.interim_text(self.words, item)) if part)
        return Cell(told, tone=look.tone if look.tone in ("good", "bad", "open") else "", strong=True)

    def _benchmark_cell(self, item: Comparison) -> Cell:
        missing = finding.benchmark_text(self.words, item)
        return Cell(missing or self.words.show(True), tone="open" if missing else "")

    def _number(self, scaled: Scaled, value: float | None) -> Cell:
        """Write a value with its unit; `value` is in the item's own unit."""
        plotted = scaled.plotted(value)
        return Cell(quantity.value(self.words, scaled.of(value), scaled.unit), plotted, scaled.unit)

    def _contribution_tables(self, item: ReviewItem, scaled: Scaled) -> Iterable[Table]:
        """Return one table a dimension, biggest contributions first."""
        _ = self.words.gettext
        dimensions = list(dict.fromkeys(part.dimension for part in item.contributions))
        most = MOST_CONTRIBUTIONS // max(len(dimensions), 1)
        for dimension in dimensions:
            parts = [part for part in item.contributions if part.dimension == dimension]
            shown = sorted(parts, key=lambda part: -abs(part.total))[:most]
            columns = (
                Column(_("What it is mixed from: {dimension}", dimension=dimension_word(self.words, dimension)), 2.6),
                Column(_("Usual"), 1.0, right=True),
                Column(_("Now"), 1.0, right=True),
                Column(_("Mix"), 1.0, right=True),
                Column(_("Within"), 1.0, right=True),
            )
            yield Table(columns, tuple(self._contribution_row(part, scaled) for part in shown))

    def _contribution_row(self, part: Contribution, scaled: Scaled) -> tuple[Cell, ...]:
        words = self.words

        def change(value: float) -> Cell:
            text = quantity.difference(words, scaled.of(value), scaled.unit) if value else formats.NOTHING
            return Cell(text, scaled.plotted(value), scaled.unit)

        return (
            Cell(words.label(part.member)),
            self._number(scaled, part.before),
            self._number(scaled, part.now),
            change(part.mix),
            change(part.rate),
        )

    def _box_table(self, box: NumberBox) -> Table:
        _, words = self.words.gettext, self.words
        columns = (
            Column(_("Period"), 1.6),
            Column(_("Days"), 1.7),
            Column(_("Value"), 1.0, right=True),
            Column(_("Against"), 2.0),
            Column(_("Days"), 1.7),
            Column(_("Value then"), 1.0, right=True),
            Column(_("Change"), 1.0, right=True),
        )
        scaled = Scaled(box.unit, 1.0)
        lines = iter(six_twelve.rows(words, box))
        rows = []
        for figure in box.figures:
            for change in figure.changes or (None,):
                line = next(lines)
                moved = None if change is None else change.amount
                unit = box.unit if box.in_points else "share"
                amount = None if moved is None else moved * (100 if box.in_points and box.unit == "points" else 1)
                then = None if change is None else change.base.value
                rows.append(
                    (
                        Cell(line.name, strong=True),
                        Cell(line.days),
                        self._number(scaled, figure.figure.value),
                        Cell(line.against),
                        Cell(line.against_days),
                        Cell(line.against_value, scaled.plotted(then), box.unit),
                        Cell(line.change or formats.NOTHING, amount, unit, strong=True),
                    )
                )
        return Table(columns, tuple(rows))

    def _comparison_table(self, found: Sequence[ObjectiveFinding]) -> Table:
        _, words = self.words.gettext, self.words
        columns = (
            Column(_("Objective"), 2.3),
            Column(_("Verdict"), 1.5),
            Column(_("Benchmark ex ante"), 1.1),
            Column(_("Before"), 1.0, right=True),
            Column(_("After"), 1.0, right=True),
            Column(_("Change"), 1.0, right=True),
            Column(_("95% interval"), 1.7, right=True),
            Column(_("Evidence"), 0.9),
            Column(_("Owner"), 1.5),
        )
        rows = []
        for entry in found:
            item = readable(entry.comparison)
            silent = compared.is_silent(item)
            before, after = (formats.NOTHING,) * 2 if silent else compared.window_values(words, item)
            scaled = Scaled(item.unit, 1.0)
            effect = None if silent or item.effect is None else item.effect
            rows.append(
                (
                    Cell(words.label(entry.objective), strong=True),
                    self._verdict_cell(item),
                    self._benchmark_cell(item),
                    Cell(before, None if silent else scaled.plotted(item.baseline.value), item.unit),
                    Cell(after, None if silent else scaled.plotted(item.evaluation.value), item.unit),
                    Cell(
                        compared.change(words, item) or formats.NOTHING,
                        scaled.plotted(effect.absolute) if effect else None,
                        item.unit,
                    ),
                    Cell(compared.change_interval(words, item) or formats.NOTHING),
                    Cell(compared.grade_text(words, item) or formats.NOTHING),
                    Cell(entry.owner or formats.NOTHING),
                )
            )
        return Table(columns, tuple(rows))

    def _decision_table(self, found: Sequence[DecisionRecord], title: str, empty: str = "") -> Table:
        _, words = self.words.gettext, self.words
        columns = (
            Column(_("Decision"), 3.0),
            Column(_("KPI and perimeter"), 2.2),
            Column(_("Expected"), 1.6),
            Column(_("Measured"), 1.9),
            Column(_("Look at it on"), 1.1),
            Column(_("Who"), 1.2),
        )
        rows = tuple(
            (
                Cell(item.text, strong=True),
                Cell(self._decision_subject(item)),
                Cell(expected_text(words, item)),
                self._outcome_cell(item),
                day_cell(words, item.look_by),
                Cell(item.owner or item.author),
            )
            for item in found
        )
        return Table(columns, rows, title, empty)

    def _decision_subject(self, item: DecisionRecord) -> str:
        labels = self.words.listed(self.words.label(label) for label in item.perimeter_labels)
        return " · ".join(part for part in (self.words.label(item.kpi), labels) if part)

    def _outcome_cell(self, item: DecisionRecord) -> Cell:
        """Say what was measured next to what was expected."""
        _, words = self.words.gettext, self.words
        if item.outcome is None:
            state = {"waiting": _("not yet"), "due": _("to be looked at"), "withdrawn": _("withdrawn")}
            return Cell(state.get(item.state, formats.NOTHING))
        look = compared.verdict_look(words, item.outcome.verdict)
        tone = look.tone if look.tone in ("good", "bad", "open") else ""
        told = said.outcome_text(words, item)
        parts = dict.fromkeys((look.word, told, said.inside_text(words, item)))
        return Cell("; ".join(part for part in parts if part and part != formats.NOTHING), tone=tone)

    def _action_table(self, found: Sequence[ActionRecord], title: str, empty: str = "") -> Table:
        _, words = self.words.gettext, self.words
        columns = (
            Column(_("Action"), 4.6),
            Column(_("Who"), 1.8),
            Column(_("By"), 1.2),
            Column(_("State"), 1.7),
        )
        rows = tuple(
            (
                Cell(item.text, strong=True),
                Cell(item.owner),
                day_cell(words, item.due),
                Cell(said.action_state_word(words, item), tone="bad" if item.overdue else ""),
            )
            for item in found
        )
        return Table(columns, rows, title, empty)


def tone(improvement: bool | None) -> str:
    """Return the tone of a signal by its side."""
    return {True: "good", False: "bad", None: "open"}[improvement]


def day_cell(words: Words, day: date | None) -> Cell:
    """Return a cell with a day behind its text."""
    return Cell("" if day is None else words.day(day), day=day)


def count_cell(words: Words, count: int) -> Cell:
    """Return a cell with a whole number."""
    return Cell(words.number(count), float(count), "count")


def share_cell(words: Words, share: float | None) -> Cell:
    """Return a cell with a share from 0 to 1."""
    return Cell("" if share is None else words.percent(share), share, "share")
