"""The sheets of a workbook: every number of a review, one table a subject, for those who calculate."""

from collections.abc import Iterable

from ocem.domain.review import ReviewDocument, ReviewItem
from ocem.i18n import Words
from ocem.reporting import comparison as compared
from ocem.reporting import quantity, six_twelve
from ocem.reporting.agenda import Scaled, event_kind_word, item_sentence, limits_word, place, scaled_for, signal_word
from ocem.reporting.deck_slide import Cell, Column, Table
from ocem.reporting.deck_table import Tables, count_cell, day_cell, share_cell
from ocem.reporting.names import dimension_word
from ocem.reporting.readable import readable
from ocem.reporting.review_names import both


def sheets(document: ReviewDocument, words: Words) -> list[tuple[str, Table]]:
    """Return the tables with every number, for those who calculate: name and table."""
    return list(Sheets(words, document).sheets())


class Sheets(Tables):
    """Makes the tables that hold each number of the review."""

    def sheets(self) -> Iterable[tuple[str, Table]]:
        """Return the tables that hold each number of the review."""
        _ = self.words.gettext
        yield _("Agenda"), self._item_sheet()
        yield _("Charts"), self._series_sheet()
        yield _("Contributions"), self._contribution_sheet()
        yield _("Weeks and months"), self._period_sheet()
        yield _("Figures to date"), self._box_sheet()
        yield _("Objectives"), self._comparison_sheet()
        yield _("Decisions"), self._decision_table(both(self.document), "")
        yield _("Actions"), self._action_table(self.document.actions, "")
        yield _("Events"), self._event_sheet()

    def _item_sheet(self) -> Table:
        _, words = self.words.gettext, self.words
        names = (
            "#", _("KPI"), _("Perimeter"), _("Signal"), _("Side"), _("Distance"), _("Unit"), _("Value"),
            _("Week before"), _("Lower limit"), _("Centre"), _("Upper limit"), _("Limits"), _("Limits from"),
            _("Limits to"), _("Target"), _("Objective"), _("Owner"), _("What changed"),
        )  # fmt: skip
        rows = []
        for item in self.document.ranked:
            scaled = scaled_for(item)
            numbers = (item.value, item.previous, item.lower, item.centre, item.upper)
            rows.append(
                (
                    *self._of_item(item),
                    Cell(place(words, item)),
                    Cell(words.listed(signal_word(words, code) for code in item.signals)),
                    self._side_cell(item),
                    Cell(words.number(item.distance, 1), item.distance, "ratio"),
                    Cell(quantity.unit_word(words, scaled.unit)),
                    *[self._number(scaled, value) for value in numbers],
                    Cell(limits_word(words, item)),
                    day_cell(words, item.limits_first),
                    day_cell(words, item.limits_last),
                    self._number(scaled, item.target),
                    Cell(words.label(item.objective) if item.objective else ""),
                    Cell(item.owner),
                    Cell(item_sentence(words, item)),
                )
            )
        return Table(tuple(Column(name) for name in names), tuple(rows))

    def _of_item(self, item: ReviewItem) -> tuple[Cell, Cell]:
        """Return what each row of an item begins with."""
        return Cell(str(item.rank), float(item.rank), "count"), Cell(self.words.label(item.kpi))

    def _series_sheet(self) -> Table:
        _, words = self.words.gettext, self.words
        names = (
            "#", _("KPI"), _("Perimeter"), _("Week from"), _("Value"), _("Lower limit"), _("Centre"), _("Upper limit"),
            _("Signal"), _("Left out"), _("Finished"), _("Observations"), _("Unit"),
        )  # fmt: skip
        rows = []
        for item in self.document.ranked:
            scaled = scaled_for(item)
            for point in item.series:
                rows.append(
                    (
                        *self._of_item(item),
                        Cell(place(words, item)),
                        day_cell(words, point.first),
                        *[self._number(scaled, v) for v in (point.value, point.lower, point.centre, point.upper)],
                        Cell(words.listed(signal_word(words, code) for code in point.signals)),
                        Cell(words.show(point.excluded)),
                        Cell(words.show(point.finished)),
                        Cell("" if point.n is None else words.number(point.n), point.n, "count"),
                        Cell(quantity.unit_word(words, scaled.unit)),
                    )
                )
        return Table(tuple(Column(name) for name in names), tuple(rows))

    def _contribution_sheet(self) -> Table:
        _, words = self.words.gettext, self.words
        names = (
            "#", _("KPI"), _("Dimension"), _("Member"), _("Usual value"), _("Value"), _("Usual weight"), _("Weight"),
            _("Mix"), _("Within"), _("Together"), _("Unit"),
        )  # fmt: skip
        rows = []
        for item in self.document.items:
            scaled = scaled_for(item)
            for part in item.contributions:
                rows.append(
                    (
                        *self._of_item(item),
                        Cell(dimension_word(words, part.dimension)),
                        Cell(words.label(part.member)),
                        self._number(scaled, part.before),
                        self._number(scaled, part.now),
                        share_cell(words, part.weight_before),
                        share_cell(words, part.weight_now),
                        *[self._number(scaled, value) for value in (part.mix, part.rate, part.total)],
                        Cell(quantity.unit_word(words, scaled.unit)),
                    )
                )
        return Table(tuple(Column(name) for name in names), tuple(rows))

    def _period_sheet(self) -> Table:
        _, words = self.words.gettext, self.words
        names = (
            "#", _("KPI"), _("Period"), _("First day"), _("Last day"), _("Value"), _("Working days"),
            _("First day matched"), _("Last day matched"), _("Year before"), _("Working days, year before"),
            _("Target"), _("Finished"), _("Unit"),
        )  # fmt: skip
        rows = []
        for item in self.document.items:
            if item.numbers is None:
                continue
            box = six_twelve.readable_box(item.numbers)
            scaled = Scaled(box.unit, 1.0)
            for name, periods in ((_("Week"), box.weeks), (_("Month"), box.months)):
                for period in periods:
                    goal = box.target.value if box.target and period in box.weeks else None
                    goal = six_twelve.month_target(box, period) if period in box.months else goal
                    rows.append(
                        (
                            *self._of_item(item),
                            Cell(name),
                            day_cell(words, period.now.first),
                            day_cell(words, period.now.last),
                            self._number(scaled, period.now.value),
                            count_cell(words, period.now.working_days),
                            day_cell(words, period.year_before.first),
                            day_cell(words, period.year_before.last),
                            self._number(scaled, period.year_before.value),
                            count_cell(words, period.year_before.working_days),
                            self._number(scaled, goal),
                            Cell(words.show(period.finished)),
                            Cell(quantity.unit_word(words, scaled.unit)),
                        )
                    )
        return Table(tuple(Column(name) for name in names), tuple(rows))

    def _box_sheet(self) -> Table:
        columns: tuple[Column, ...] = ()
        rows: list[tuple[Cell, ...]] = []
        for item in self.document.items:
            if item.numbers is not None:
                table = self._box_table(six_twelve.readable_box(item.numbers))
                columns = (Column("#"), Column(self.words.gettext("KPI")), *table.columns)
                rows += [(*self._of_item(item), *row) for row in table.rows]
        return Table(columns, tuple(rows))

    def _comparison_sheet(self) -> Table:
        _, words = self.words.gettext, self.words
        names = (
            _("Objective"), _("KPI"), _("Owner"), _("Verdict"), _("Benchmark ex ante"), _("Evidence"), _("Before from"),
            _("Before to"), _("Before"), _("After from"), _("After to"), _("After"),
            _("Expected without the initiative"), _("Change"), _("Low end of the interval"),
            _("High end of the interval"), _("Relevance threshold"), _("Target"), _("Unit"), _("What it says"),
        )  # fmt: skip
        rows = []
        for found in self.document.comparisons:
            item = readable(found.comparison)
            scaled = Scaled(item.unit, 1.0)
            silent = compared.is_silent(item)
            before, after, effect = item.baseline, item.evaluation, item.effect
            ends = (None, None, None) if effect is None or silent else (effect.absolute, effect.low, effect.high)
            rows.append(
                (
                    Cell(words.label(found.objective)),
                    Cell(words.label(found.kpi)),
                    Cell(found.owner),
                    self._verdict_cell(item),
                    self._benchmark_cell(item),
                    Cell(compared.grade_text(words, item) or ""),
                    day_cell(words, before.first),
                    day_cell(words, before.last),
                    self._number(scaled, None if silent else before.value),
                    day_cell(words, after.first),
                    day_cell(words, after.last),
                    self._number(scaled, None if silent else after.value),
                    self._number(scaled, None if silent else item.expected_without),
                    *[self._number(scaled, value) for value in ends],
                    self._number(scaled, item.relevance),
                    self._number(scaled, item.target),
                    Cell(quantity.unit_word(words, item.unit)),
                    Cell(compared.sentence(words, item, self.names)),
                )
            )
        return Table(tuple(Column(name) for name in names), tuple(rows))

    def _event_sheet(self) -> Table:
        _, words = self.words.gettext, self.words
        columns = tuple(Column(name) for name in (_("Event"), _("Kind"), _("First day"), _("Last day"), _("Tags")))
        known = {event.key: event for event in self.document.events}
        known |= {event.key: event for item in self.document.items for event in item.events}
        rows = tuple(
            (
                Cell(words.label(event)),
                Cell(event_kind_word(words, event.kind)),
                day_cell(words, event.first),
                day_cell(words, event.last),
                Cell(", ".join(event.tags)),
            )
            for event in sorted(known.values(), key=lambda event: (event.first, event.key))
        )
        return Table(columns, rows)
