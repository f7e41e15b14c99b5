"""What a deck says, slide by slide, before it becomes a file: titles, tables, charts, facts, notes.

All words and numbers of the four formats come from here, so that a number reads the same in each of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ocem.domain.comparison import Comparison
from ocem.domain.number_box import NumberBox
from ocem.domain.review import (
    ActionRecord,
    Contribution,
    DecisionRecord,
    EventNear,
    Named,
    ObjectiveFinding,
    ReviewDocument,
    ReviewItem,
    SeriesPoint,
)
from ocem.i18n import Words, formats
from ocem.reporting import comparison as compared
from ocem.reporting import note, quantity, six_twelve
from ocem.reporting.deck_chart import (
    ControlChart,
    EventMark,
    PeriodChart,
    Values,
    number_format,
    rounded_range,
    week_label,
)
from ocem.reporting.names import Names, dimension_word
from ocem.reporting.readable import readable

MINUTE, HOUR = 60.0, 3600.0
MOST_CONTRIBUTIONS, MOST_EVENTS = 6, 6
"""Rows of a slide; XLSX has them all."""
HOLIDAY = "holiday"


@dataclass(frozen=True)
class Cell:
    """A text and, where it is one, the number or day behind it with the unit it is in."""

    text: str
    number: float | None = None
    unit: str = ""
    day: date | None = None
    tone: str = ""
    """``good``, ``bad``, ``open`` or empty; the text says the same."""
    strong: bool = False


@dataclass(frozen=True)
class Column:
    """A column's name, its share of the width, and whether it holds numbers."""

    name: str
    share: float = 1.0
    right: bool = False


@dataclass(frozen=True)
class Table:
    """A table that may run over several pages, its head repeated."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    empty: str = ""
    """What is said when there are no rows."""


@dataclass(frozen=True)
class Slide:
    """One slide. `kind` decides its layout: ``cover``, ``tables``, ``item``, ``trend`` or ``method``."""

    kind: str
    title: str
    kicker: str = ""
    lead: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    chart: ControlChart | None = None
    periods: tuple[PeriodChart, ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Titled lists of sentences."""
    item: str = ""
    """Key of the agenda item it is about."""


@dataclass(frozen=True)
class Deck:
    """A whole deck in one language."""

    lang: str
    title: str
    footer: str
    slides: tuple[Slide, ...]
    document: ReviewDocument
    author: str = ""


def build(document: ReviewDocument, words: Words) -> Deck:
    """Say a review in one language."""
    speaker = _Speaker(words, document)
    slides = [speaker.cover(), *speaker.followed_up(), speaker.agenda()]
    slides += [speaker.item(item) for item in document.items]
    slides += [*speaker.objectives(), *speaker.outcome()]
    slides += [speaker.trend(item) for item in document.items if item.numbers and item.numbers.has_values]
    slides.append(speaker.method())
    return Deck(
        words.lang,
        speaker.title,
        speaker.footer,
        tuple(slides),
        document,
        document.closed_by,
    )


def sheets(document: ReviewDocument, words: Words) -> list[tuple[str, Table]]:
    """Return the tables with every number, for those who calculate: name and table."""
    return list(_Speaker(words, document).sheets())


def headline(words: Words, document: ReviewDocument) -> str:
    """Say the week in one sentence: how many signals, of which kind, and how many chance alone would give."""
    _ = words.gettext
    n = len(document.items)
    if n == 0:
        return _("No figure left its usual range this week.")
    worse = sum(item.improvement is False for item in document.items)
    better = sum(item.improvement is True for item in document.items)
    if worse == n:
        return words.ngettext(
            "{n} new signal this week, of worsening.", "{n} new signals this week, all of worsening.", n
        )
    if better == n:
        return words.ngettext(
            "{n} new signal this week, of improvement.", "{n} new signals this week, all of improvement.", n
        )
    parts = []
    if worse:
        parts.append(words.ngettext("{n} of worsening", "{n} of worsening", worse))
    if better:
        parts.append(words.ngettext("{n} of improvement", "{n} of improvement", better))
    said = words.ngettext("{n} new signal this week", "{n} new signals this week", n)
    return f"{said}: {words.listed(parts)}." if parts else f"{said}."


def by_chance(words: Words, document: ReviewDocument) -> str:
    """Say how many signals would appear with nothing going on."""
    expected, charts = words.number(document.expected_false_alarms, 1), document.charts.n_charts
    if document.expected_false_alarms < len(document.items):
        return words.gettext(
            "Of these, about {expected} would appear by chance: {charts} charts were looked at.",
            expected=expected, charts=charts,
        )  # fmt: skip
    return words.gettext(
        "About {expected} would be expected by chance alone: {charts} charts were looked at.",
        expected=expected, charts=charts,
    )  # fmt: skip


@dataclass(frozen=True)
class _Scaled:
    """How an item's numbers are shown: the readable unit and what its own are divided by."""

    unit: str
    divisor: float

    def of(self, value: float | None) -> float | None:
        """Return a value in the readable unit."""
        return None if value is None else value / self.divisor

    def plotted(self, value: float | None) -> float | None:
        """Return a value as charts and cells hold it: shares from 0 to 1, scores of -1 to 1 times a hundred."""
        scaled = self.of(value)
        return scaled if scaled is None or self.unit != "points" else scaled * 100


def scaled_for(item: ReviewItem) -> _Scaled:
    """Choose the unit an item is read in: long durations in minutes or hours."""
    if item.unit != "seconds":
        return _Scaled(item.unit, 1.0)
    values = [item.value, item.target, item.upper, *(point.value for point in item.series)]
    size = max((abs(value) for value in values if value is not None), default=0.0)
    if size < 3 * MINUTE:
        return _Scaled("seconds", 1.0)
    return _Scaled("hours", HOUR) if size >= 2 * HOUR else _Scaled("minutes", MINUTE)


class _Speaker:
    """Makes the slides of one document in one language."""

    def __init__(self, words: Words, document: ReviewDocument) -> None:
        self.words = words
        self.document = document
        self.names = _names(words, document)
        _, monday, sunday = formats.week(document.first)
        week = document.week.partition("W")[2].lstrip("0")
        self.days = words.span(monday, sunday)
        self.title = words.gettext("Weekly review, week {week}", week=week)
        self.data_to = min((item.finished for item in document.as_of), default=document.last)
        self.filters = self.names.perimeter(document.filters)
        as_of = words.gettext("data to {day}", day=self.data_to)
        state = self._state()
        self.footer = " · ".join(part for part in (self.title, self.days, as_of, self.filters, state) if part)

    # Slides, in their order.

    def cover(self) -> Slide:
        """Say the week in one sentence, whose week it is and from which data."""
        _, document = self.words.gettext, self.document
        facts = [(_("Week"), f"{document.week}, {self.days}")]
        facts.append((_("Data as of"), self._as_of_text()))
        facts.append((_("Filters"), self.filters))
        if document.attendees:
            facts.append((_("In the room"), self.words.listed(document.attendees)))
        facts.append((_("State"), self._state_text()))
        lead = by_chance(self.words, document)
        return Slide("cover", headline(self.words, document), self.title, lead, tuple(facts))

    def agenda(self) -> Slide:
        """List what changed, ranked."""
        _, document = self.words.gettext, self.document
        columns = (
            Column("", 0.5, right=True),
            Column(_("What changed"), 5.9),
            Column(_("Signal"), 1.6),
            Column(_("Distance"), 1.0, right=True),
            Column(_("Objective"), 1.8),
            Column(_("Owner"), 2.0),
        )
        rows = tuple(
            (
                Cell(str(item.rank), float(item.rank), "count"),
                Cell(item_sentence(self.words, item, with_side=False), strong=True),
                self._side_cell(item),
                Cell(_("{size} s.d.", size=self.words.number(item.size, 1)), item.size, "ratio"),
                Cell(self.words.label(item.objective) if item.objective else formats.NOTHING),
                Cell(item.owner or formats.NOTHING),
            )
            for item in document.items
        )
        overdue = sum(item.overdue for item in document.actions)
        facts = (
            (_("Decisions to look at"), self.words.number(len(document.decisions_due))),
            (_("Overdue actions"), self.words.number(overdue)),
            (_("New signals"), self.words.number(len(document.items))),
            (_("Expected by chance"), self.words.number(document.expected_false_alarms, 1)),
        )
        table = Table(columns, rows, empty=_("No figure left its usual range this week."))
        lists = ((_("To mind"), tuple(self._findings())),)
        return Slide("tables", _("Agenda"), self.title, by_chance(self.words, document), facts, (table,), lists=lists)

    def followed_up(self) -> list[Slide]:
        """Show first what was decided before: what has come of it, and what is late."""
        _, document = self.words.gettext, self.document
        tables = []
        if document.decisions_due:
            tables.append(self._decision_table(document.decisions_due, _("Decisions to look at this week")))
        overdue = [item for item in document.actions if item.overdue]
        if overdue:
            tables.append(self._action_table(overdue, _("Overdue actions")))
        if not tables:
            return []
        return [Slide("tables", _("First: what we decided, and did it work"), self.title, tables=tuple(tables))]

    def item(self, item: ReviewItem) -> Slide:
        """Show one signal: chart with limits, what it is mixed from, what happened near it."""
        _ = self.words.gettext
        scaled = scaled_for(item)
        lists = []
        notes = [text.text for text in self.document.notes if text.item == item.key and text.text.strip()]
        said = note.sentences(self.words, item.notes, item.unit, self.names)
        events = self._event_lines(item)
        if events:
            lists.append((_("Events near it"), tuple(events)))
        if notes:
            lists.append((_("Notes of the room"), tuple(notes)))
        if said:
            lists.append((_("To mind"), tuple(said)))
        tables = tuple(self._contribution_tables(item, scaled))
        return Slide(
            "item",
            item_sentence(self.words, item),
            f"{item.rank} · {subject(self.words, item)}",
            facts=tuple(self._item_facts(item, scaled)),
            tables=tables,
            chart=self._control_chart(item, scaled),
            lists=tuple(lists),
            item=item.key,
        )

    def objectives(self) -> list[Slide]:
        """List before and after of every objective with its interval."""
        _ = self.words.gettext
        if not self.document.comparisons:
            return []
        table = self._comparison_table(self.document.comparisons)
        lead = _("Against what was to be expected without the initiative, with the 95% interval of the change.")
        return [Slide("tables", _("Objectives before and after"), self.title, lead, tables=(table,))]

    def outcome(self) -> list[Slide]:
        """List what was decided, who does what, and what was noted."""
        _, document = self.words.gettext, self.document
        tables = [self._decision_table(document.decisions, _("Decisions"), _("No decision was taken."))]
        tables.append(self._action_table(document.actions, _("Actions"), _("No action is open.")))
        general = tuple(text.text for text in document.notes if not text.item and text.text.strip())
        lists = ((_("Notes of the room"), general),) if general else ()
        return [Slide("tables", _("Decisions and actions"), self.title, tables=tuple(tables), lists=lists)]

    def trend(self, item: ReviewItem) -> Slide:
        """Show six weeks and twelve months of one item with the figures to date."""
        assert item.numbers is not None
        box = six_twelve.readable_box(item.numbers)
        line = six_twelve.summary(self.words, item.numbers)
        return Slide(
            "trend",
            self.words.gettext("{subject}: weeks, months and the year before", subject=subject(self.words, item)),
            str(item.rank),
            line,
            tables=(self._box_table(box),),
            periods=period_charts(self.words, box),
            lists=(("", tuple(six_twelve.notes(self.words, item.numbers))),),
            item=item.key,
        )

    def method(self) -> Slide:
        """Say how the figures were made and how far each source had come."""
        _, document = self.words.gettext, self.document
        said = [
            _("Weeks run from Monday to Sunday; only weeks that every source has passed are judged."),
            _(
                "Limits are those of a process behaviour chart: centre plus and minus 2.66 mean moving ranges; for "
                "shares and rates p' and u' charts (Laney), whose limits follow the denominator."
            ),
            _(
                "A signal is a point outside the limits, three of four points nearer a limit than the centre, or eight "
                "on one side. Only signals that are new this week are on the agenda."
            ),
            _("Limits are provisional below about 20 weeks, then fixed; moving them is a decision with an author."),
            by_chance(self.words, document),
            _(
                "Charts looked at: {charts}; with provisional limits: {provisional}; without enough data: {without}.",
                charts=document.charts.n_charts,
                provisional=document.charts.n_provisional,
                without=document.charts.n_without,
            ),
            _("A week is matched with the same weekdays 364 days before, a month with the month a year before."),
            _("Months, quarters and years to date are compared on equally many days."),
            _("An interval holds the true change in 95 cases of 100. No interval, no verdict."),
        ]
        sources = Table(
            (
                Column(_("Source"), 2.2),
                Column(_("Last day of data"), 1.2),
                Column(_("Finished to"), 1.2),
                Column(_("Last import"), 1.5),
            ),
            tuple(
                (
                    Cell(self.words.label(item.source)),
                    Cell(self.words.day(item.last_day), day=item.last_day),
                    Cell(self.words.day(item.finished), day=item.finished),
                    Cell(self.words.show(item.imported_at)),
                )
                for item in document.as_of
            ),
            _("Sources"),
            _("No data have been imported."),
        )
        return Slide(
            "method", _("How these figures were made"), self.title, tables=(sources,), lists=((("", tuple(said))),)
        )

    # Tables with every number.

    def sheets(self) -> Iterable[tuple[str, Table]]:
        """Return the tables that hold each number of the review."""
        _ = self.words.gettext
        yield _("Agenda"), self._item_sheet()
        yield _("Charts"), self._series_sheet()
        yield _("Contributions"), self._contribution_sheet()
        yield _("Weeks and months"), self._period_sheet()
        yield _("Figures to date"), self._box_sheet()
        yield _("Objectives"), self._comparison_sheet()
        yield _("Decisions"), self._decision_table(_both(self.document), "")
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
        for item in self.document.items:
            scaled = scaled_for(item)
            numbers = (item.value, item.previous, item.lower, item.centre, item.upper)
            rows.append(
                (
                    Cell(str(item.rank), float(item.rank), "count"),
                    Cell(words.label(item.kpi)),
                    Cell(place(words, item)),
                    Cell(words.listed(signal_word(words, code) for code in item.signals)),
                    self._side_cell(item),
                    Cell(words.number(item.size, 1), item.size, "ratio"),
                    Cell(quantity.unit_word(words, scaled.unit)),
                    *[self._number(scaled, value) for value in numbers],
                    Cell(limits_word(words, item)),
                    _day_cell(words, item.limits_first),
                    _day_cell(words, item.limits_last),
                    self._number(scaled, item.target),
                    Cell(words.label(item.objective) if item.objective else ""),
                    Cell(item.owner),
                    Cell(item_sentence(words, item)),
                )
            )
        return Table(tuple(Column(name) for name in names), tuple(rows))

    def _series_sheet(self) -> Table:
        _, words = self.words.gettext, self.words
        names = (
            "#", _("KPI"), _("Perimeter"), _("Week from"), _("Value"), _("Lower limit"), _("Centre"), _("Upper limit"),
            _("Signal"), _("Left out"), _("Finished"), _("Observations"), _("Unit"),
        )  # fmt: skip
        rows = []
        for item in self.document.items:
            scaled = scaled_for(item)
            for point in item.series:
                rows.append(
                    (
                        Cell(str(item.rank), float(item.rank), "count"),
                        Cell(words.label(item.kpi)),
                        Cell(place(words, item)),
                        _day_cell(words, point.first),
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
                        Cell(str(item.rank), float(item.rank), "count"),
                        Cell(words.label(item.kpi)),
                        Cell(self._dimension(part.dimension)),
                        Cell(words.label(part.member)),
                        self._number(scaled, part.before),
                        self._number(scaled, part.now),
                        _share_cell(words, part.weight_before),
                        _share_cell(words, part.weight_now),
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
            scaled = _Scaled(box.unit, 1.0)
            for name, periods in ((_("Week"), box.weeks), (_("Month"), box.months)):
                for period in periods:
                    goal = box.target.value if box.target and period in box.weeks else None
                    goal = six_twelve.month_target(box, period) if period in box.months else goal
                    rows.append(
                        (
                            Cell(str(item.rank), float(item.rank), "count"),
                            Cell(words.label(item.kpi)),
                            Cell(name),
                            _day_cell(words, period.now.first),
                            _day_cell(words, period.now.last),
                            self._number(scaled, period.now.value),
                            _count_cell(words, period.now.working_days),
                            _day_cell(words, period.year_before.first),
                            _day_cell(words, period.year_before.last),
                            self._number(scaled, period.year_before.value),
                            _count_cell(words, period.year_before.working_days),
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
                first = (Cell(str(item.rank), float(item.rank), "count"), Cell(self.words.label(item.kpi)))
                rows += [(*first, *row) for row in table.rows]
        return Table(columns, tuple(rows))

    def _comparison_sheet(self) -> Table:
        _, words = self.words.gettext, self.words
        names = (
            _("Objective"), _("KPI"), _("Owner"), _("Verdict"), _("Evidence"), _("Before from"), _("Before to"),
            _("Before"), _("After from"), _("After to"), _("After"), _("Expected without the initiative"), _("Change"),
            _("Low end of the interval"), _("High end of the interval"), _("Relevance threshold"), _("Target"),
            _("Unit"), _("What it says"),
        )  # fmt: skip
        rows = []
        for found in self.document.comparisons:
            item = readable(found.comparison)
            scaled = _Scaled(item.unit, 1.0)
            silent = compared.is_silent(item)
            before, after, effect = item.baseline, item.evaluation, item.effect
            ends = (None, None, None) if effect is None or silent else (effect.absolute, effect.low, effect.high)
            rows.append(
                (
                    Cell(words.label(found.objective)),
                    Cell(words.label(found.kpi)),
                    Cell(found.owner),
                    self._verdict_cell(item),
                    Cell(compared.grade_text(words, item) or ""),
                    _day_cell(words, before.first),
                    _day_cell(words, before.last),
                    self._number(scaled, None if silent else before.value),
                    _day_cell(words, after.first),
                    _day_cell(words, after.last),
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
                _day_cell(words, event.first),
                _day_cell(words, event.last),
                Cell(", ".join(event.tags)),
            )
            for event in sorted(known.values(), key=lambda event: (event.first, event.key))
        )
        return Table(columns, rows)

    # Parts.

    def _state(self) -> str:
        return "" if self.document.state == "closed" else self.words.gettext("not closed yet")

    def _state_text(self) -> str:
        _, document = self.words.gettext, self.document
        if document.state != "closed":
            return _("Draft: the review is not closed yet")
        if document.closed_at is None:
            return _("Closed, version {version}", version=document.version)
        return _(
            "Closed by {author} on {day}, version {version}",
            author=document.closed_by or formats.NOTHING,
            day=document.closed_at,
            version=document.version,
        )

    def _as_of_text(self) -> str:
        latest = max((item.imported_at for item in self.document.as_of), default=None)
        text = self.words.gettext("every source finished to {day}", day=self.data_to)
        loaded = self.words.gettext("last import {at}", at=latest)
        return f"{text}; {loaded}" if latest else text

    def _side_cell(self, item: ReviewItem) -> Cell:
        return Cell(side_word(self.words, item.improvement), tone=_tone(item.improvement))

    def _verdict_cell(self, item: Comparison) -> Cell:
        look = compared.verdict_look(self.words, item.verdict)
        return Cell(look.word, tone=look.tone if look.tone in ("good", "bad", "open") else "", strong=True)

    def _number(self, scaled: _Scaled, value: float | None) -> Cell:
        """Write a value with its unit; `value` is in the item's own unit."""
        plotted = scaled.plotted(value)
        return Cell(quantity.value(self.words, scaled.of(value), scaled.unit), plotted, scaled.unit)

    def _dimension(self, dimension: str) -> str:
        return dimension_word(self.words, dimension)

    def _item_facts(self, item: ReviewItem, scaled: _Scaled) -> Iterable[tuple[str, str]]:
        _, words = self.words.gettext, self.words

        def said(value: float | None) -> str:
            return quantity.value(words, scaled.of(value), scaled.unit)

        yield _("This week"), said(item.value)
        if item.previous is not None and item.value is not None:
            change = quantity.difference(words, scaled.of(item.value - item.previous), scaled.unit)
            yield _("Week before"), f"{said(item.previous)} ({change})"
        if item.lower is not None or item.upper is not None:
            yield (
                _("Natural limits"),
                _("{low} to {high}, centre {centre}", low=said(item.lower), high=said(item.upper),
                  centre=said(item.centre)),
            )  # fmt: skip
        yield _("Limits"), limits_text(words, item)
        yield _("Signal"), words.listed(signal_word(words, code) for code in item.signals) or formats.NOTHING
        if item.target is not None:
            yield (
                _("Target value"),
                " · ".join(part for part in (said(item.target), assurance_word(words, item)) if part),
            )
        yield _("Chart"), chart_text(words, item)
        if item.autocorrelation is not None:
            yield _("Resemblance to the week before"), words.number(item.autocorrelation, 2)
        if item.objective:
            yield _("Objective"), words.label(item.objective)
        if item.owner:
            yield _("Owner"), item.owner

    def _findings(self) -> list[str]:
        """Say what the agenda found about the data and the charts themselves."""
        from ocem.reporting.review import finding_text  # that module says items in this one's words

        labels = {item.source.key: self.words.label(item.source) for item in self.document.as_of}
        labels |= {item.key: subject(self.words, item) for item in self.document.items}
        labels |= self.names.kpis
        told = []
        for item in self.document.findings:
            if item.code == "limits_outdated":
                told.append(
                    self.words.ngettext(
                        "{n} chart has lain on one side of its centre for half a year: its limits no longer fit.",
                        "{n} charts have lain on one side of their centre for half a year: their limits no longer fit.",
                        int(item.values["count"]),
                    )
                )
            else:
                told.append(finding_text(self.words, item, labels))
        return [text for text in told if text]

    def _event_lines(self, item: ReviewItem) -> list[str]:
        """Name the events drawn on the chart by their numbers, newest first, then holidays of the last two weeks."""
        drawn = drawn_events(item)
        lines = [f"{number}. {self._event_text(event)}" for number, event in reversed(drawn)][:MOST_EVENTS]
        since = self.document.first - timedelta(days=7)
        near = [event for event in item.events if event.kind == HOLIDAY and event.last >= since]
        return lines + [self._event_text(event) for event in near if event.first <= self.document.last]

    def _event_text(self, event: EventNear) -> str:
        kind = event_kind_word(self.words, event.kind)
        return f"{self.words.span(event.first, event.last)}: {self.words.label(event)} ({kind})"

    def _contribution_tables(self, item: ReviewItem, scaled: _Scaled) -> Iterable[Table]:
        """Return one table a dimension, biggest contributions first."""
        _ = self.words.gettext
        dimensions = list(dict.fromkeys(part.dimension for part in item.contributions))
        most = MOST_CONTRIBUTIONS // max(len(dimensions), 1)
        for dimension in dimensions:
            parts = [part for part in item.contributions if part.dimension == dimension]
            shown = sorted(parts, key=lambda part: -abs(part.total))[:most]
            columns = (
                Column(_("What it is mixed from: {dimension}", dimension=self._dimension(dimension)), 2.6),
                Column(_("Usual"), 1.0, right=True),
                Column(_("Now"), 1.0, right=True),
                Column(_("Mix"), 1.0, right=True),
                Column(_("Within"), 1.0, right=True),
            )
            yield Table(columns, tuple(self._contribution_row(part, scaled) for part in shown))

    def _contribution_row(self, part: Contribution, scaled: _Scaled) -> tuple[Cell, ...]:
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

    def _control_chart(self, item: ReviewItem, scaled: _Scaled) -> ControlChart | None:
        if not item.series:
            return None
        _, words = self.words.gettext, self.words
        names = {
            "value": words.label(item.kpi),
            "lower": _("Lower limit"),
            "centre": _("Centre"),
            "upper": _("Upper limit"),
            "target": _("Target"),
            "signal": _("Signal"),
            "event": _("Event"),
        }
        points = item.series
        return ControlChart(
            title=subject(words, item),
            names=names,
            unit=scaled.unit,
            number_format=number_format(words, scaled.unit),
            days=tuple(point.first for point in points),
            labels=tuple(week_label(words, point.first, len(points) > 26) for point in points),
            value=tuple(scaled.plotted(point.value) for point in points),
            lower=tuple(scaled.plotted(point.lower) for point in points),
            centre=tuple(scaled.plotted(point.centre) for point in points),
            upper=tuple(scaled.plotted(point.upper) for point in points),
            target=scaled.plotted(item.target),
            tones=tuple(_point_tone(item, point) for point in points),
            excluded=tuple(point.excluded for point in points),
            finished=tuple(point.finished for point in points),
            events=tuple(_event_marks(words, item)),
            shown=lambda value: _axis_text(words, value, scaled.unit),
            alt=f"{item_sentence(words, item)} {limits_text(words, item)}",
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
        scaled = _Scaled(box.unit, 1.0)
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
            Column(_("Verdict"), 1.4),
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
            scaled = _Scaled(item.unit, 1.0)
            effect = None if silent or item.effect is None else item.effect
            rows.append(
                (
                    Cell(words.label(entry.objective), strong=True),
                    self._verdict_cell(item),
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
                _day_cell(words, item.look_by),
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
        from ocem.reporting.review import inside_text, outcome_text  # that module says items in this one's words

        _, words = self.words.gettext, self.words
        if item.outcome is None:
            state = {"waiting": _("not yet"), "due": _("to be looked at"), "withdrawn": _("withdrawn")}
            return Cell(state.get(item.state, formats.NOTHING))
        look = compared.verdict_look(words, item.outcome.verdict)
        tone = look.tone if look.tone in ("good", "bad", "open") else ""
        told = outcome_text(words, item)
        parts = dict.fromkeys((look.word, told, inside_text(words, item)))
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
                _day_cell(words, item.due),
                Cell(self._action_state(item), tone="bad" if item.overdue else ""),
            )
            for item in found
        )
        return Table(columns, rows, title, empty)

    def _action_state(self, item: ActionRecord) -> str:
        _, words = self.words.gettext, self.words
        if item.overdue and item.days_late:
            return words.ngettext("{n} day late", "{n} days late", item.days_late)
        if item.overdue:
            return _("overdue")
        return {"open": _("open"), "done": _("done"), "dropped": _("dropped")}.get(item.state, item.state)


def item_sentence(words: Words, item: ReviewItem, with_side: bool = True) -> str:
    """Say in one plain sentence what an item's signal is, and whether it is for better or worse."""
    _ = words.gettext
    scaled = scaled_for(item)

    def said(value: float | None) -> str:
        return quantity.value(words, scaled.of(value), scaled.unit)

    values = {
        "subject": subject(words, item),
        "value": said(item.value),
        "lower": said(item.lower),
        "upper": said(item.upper),
        "centre": said(item.centre),
        "previous": said(item.previous),
    }
    first = item.signals[0] if item.signals else ""
    above = item.value is not None and item.centre is not None and item.value > item.centre
    match first, above:
        case "outside", True:
            line = _("{subject} at {value}, above the upper limit of {upper}", **values)
        case "outside", False:
            line = _("{subject} at {value}, below the lower limit of {lower}", **values)
        case "range", _any:
            line = _("{subject} jumps from {previous} to {value}, more than it usually moves in a week", **values)
        case "near_limit", _any:
            line = _("{subject} at {value}: three of four weeks far from the usual {centre}", **values)
        case "run", True:
            line = _("{subject} at {value}: eight weeks in a row above the usual {centre}", **values)
        case "run", False:
            line = _("{subject} at {value}: eight weeks in a row below the usual {centre}", **values)
        case _:
            line = _("{subject} at {value}, usually {centre}", **values)
    side = {True: _("signal of improvement"), False: _("signal of worsening"), None: ""}[item.improvement]
    return f"{line} ({side})" if side and first and with_side else line


def subject(words: Words, item: ReviewItem) -> str:
    """Name an item: its KPI and where."""
    return " · ".join(part for part in (words.label(item.kpi), place(words, item)) if part)


def place(words: Words, item: ReviewItem) -> str:
    """Name an item's cell."""
    return words.listed(words.label(label) for label in item.cell_labels)


def side_word(words: Words, improvement: bool | None) -> str:
    """Say which way a signal points."""
    _ = words.gettext
    return {True: _("Improvement"), False: _("Worsening"), None: _("Variation")}[improvement]


def signal_word(words: Words, code: str) -> str:
    """Name a signal."""
    _ = words.gettext
    return {
        "outside": _("outside the limits"),
        "range": _("unusual jump"),
        "near_limit": _("three of four near a limit"),
        "run": _("eight on one side"),
    }.get(code, code)


def limits_word(words: Words, item: ReviewItem) -> str:
    """Say whether limits are fixed."""
    return words.gettext("fixed") if item.limits_state == "locked" else words.gettext("provisional")


def limits_text(words: Words, item: ReviewItem) -> str:
    """Say how firm an item's limits are and which weeks they come from."""
    values = {"n": item.n_baseline, "days": words.span(item.limits_first, item.limits_last)}
    if item.limits_state == "locked":
        text = words.gettext("fixed on {n} weeks, {days}", **values)
    else:
        text = words.gettext("provisional, {n} weeks, {days}", **values)
    if item.rebased is None:
        return text
    told = {name: item.rebased.values.get(name) for name in ("author", "reason", "day")}
    moved = words.gettext("moved by {author} on {day}: {reason}", **told)
    return f"{text}; {moved}"


def chart_text(words: Words, item: ReviewItem) -> str:
    """Name the kind of chart and what it charts."""
    _ = words.gettext
    kind = {"xmr": "XmR", "p_prime": "p′ (Laney)", "u_prime": "u′ (Laney)"}.get(item.chart, item.chart)
    group = words.listed(words.label(label) for label in item.comparison_labels)
    if item.charted == "difference":
        what = _("against {group}", group=group) if group else _("against the comparison group")
    elif item.charted == "year":
        what = _("against the same week a year before")
    else:
        what = _("as it is")
    return f"{kind}, {what}"


def assurance_word(words: Words, item: ReviewItem) -> str:
    """Say whether the target will be met by luck, always or never."""
    _ = words.gettext
    return {
        "met": _("will be met"),
        "hit_or_miss": _("hit or miss"),
        "not_met": _("will not be met by luck"),
    }.get(item.assurance or "", "")


def event_kind_word(words: Words, kind: str) -> str:
    """Name a kind of event."""
    _ = words.gettext
    return {
        "go_live": _("go-live"),
        "campaign": _("campaign"),
        "price_list": _("price list"),
        "holiday": _("holiday"),
        "tracking": _("tracking change"),
        "outage": _("outage"),
        "closure": _("closure"),
        "other": _("other"),
    }.get(kind, kind)


def expected_text(words: Words, item: DecisionRecord) -> str:
    """Write the effect that was predicted, with its range."""
    low, high = item.expected_low, item.expected_high
    if item.expected is None and low is None and high is None:
        return formats.NOTHING

    def said(value: float | None) -> str:
        if value is None:
            return formats.NOTHING
        if item.expected_relative:
            return words.percent(value, 0 if abs(value) >= 0.1 else 1, signed=True)
        return quantity.difference(words, value, item.unit)

    text = said(item.expected) if item.expected is not None else ""
    if low is None or high is None:
        return text
    ends = words.gettext("{low} to {high}", low=said(low), high=said(high))
    return f"{text} ({ends})" if text else ends


def period_charts(words: Words, box: NumberBox) -> tuple[PeriodChart, ...]:
    """Return the charts of a readable box: weeks, unless its figures come by the month, and months."""
    _ = words.gettext
    weeks = six_twelve.week_labels(words, box)
    months = six_twelve.month_labels(words, box)
    parts = [] if box.monthly else [(_("Weeks"), box.weeks, weeks)]
    parts.append((_("Months"), box.months, months))
    scaled = _Scaled(box.unit, 1.0)
    names = {
        "value": _("Actual"),
        "before": _("Year before"),
        "unfinished": _("Not finished"),
        "target": _("Target"),
    }
    drawn = []
    for title, periods, labels in parts:
        goals = [None if box.target is None else box.target.value for _period in periods]
        if periods is box.months:
            goals = [six_twelve.month_target(box, period) for period in periods]
        drawn.append(
            PeriodChart(
                title=title,
                names=names,
                unit=box.unit,
                number_format=number_format(words, box.unit),
                is_total=box.is_total,
                labels=tuple(labels),
                value=tuple(scaled.plotted(p.now.value) if p.finished else None for p in periods),
                before=tuple(scaled.plotted(p.year_before.value) for p in periods),
                unfinished=tuple(None if p.finished else scaled.plotted(p.now.value) for p in periods),
                target=tuple(scaled.plotted(goal) for goal in goals),
                low=0.0,
                high=1.0,
                shown=lambda value: _axis_text(words, value, box.unit),
                alt=f"{title}. {six_twelve.summary(words, box)}",
            )
        )
    return tuple(_with_ranges(drawn))


def _with_ranges(charts: list[PeriodChart]) -> list[PeriodChart]:
    """Give rates one scale over weeks and months, totals one each from zero."""
    if charts[0].is_total:
        tops = [rounded_range(0.0, 1.04 * max(_known([chart]), default=1.0) or 1.0)[1] for chart in charts]
        return [replace(chart, high=top) for chart, top in zip(charts, tops, strict=True)]
    known = _known(charts)
    if not known:
        return charts
    low, high = min(known), max(known)
    room = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    bottom = max(low - room, 0.0) if low >= 0 else low - room
    bottom, top, _step = rounded_range(bottom, high + room)
    return [replace(chart, low=bottom, high=top) for chart in charts]


def _known(charts: Sequence[PeriodChart]) -> list[float]:
    series: list[Values] = [s for chart in charts for s in (chart.value, chart.before, chart.unfinished, chart.target)]
    return [value for values in series for value in values if value is not None]


def _axis_text(words: Words, value: float, unit: str) -> str:
    """Write a tick of a scale; `value` as charts hold it."""
    if unit == "share":
        return words.percent(value, 0 if abs(value * 100 - round(value * 100)) < 1e-9 else 1)
    digits = 0 if abs(value - round(value)) < 1e-9 else (1 if abs(value * 10 - round(value * 10)) < 1e-9 else 2)
    if unit in ("count", "eur") and abs(value) >= 10_000:
        return words.compact(value)
    return words.number(value, digits)


def _names(words: Words, document: ReviewDocument) -> Names:
    """Collect every label that the document carries."""
    members: dict[tuple[str, str], str] = {}
    kpis: dict[str, str] = {}
    objectives: dict[str, str] = {}

    def learn(labels: Iterable[Named]) -> None:
        for label in labels:
            for dimension in ("segment", "touchpoint", "phase"):
                members.setdefault((dimension, label.key), words.label(label))

    for item in document.items:
        kpis[item.kpi.key] = words.label(item.kpi)
        learn(item.cell_labels)
        learn(item.comparison_labels)
        learn(part.member for part in item.contributions)
        if item.objective:
            objectives[item.objective.key] = words.label(item.objective)
    for found in document.comparisons:
        kpis[found.kpi.key] = words.label(found.kpi)
        objectives[found.objective.key] = words.label(found.objective)
    for decision in _both(document):
        kpis[decision.kpi.key] = words.label(decision.kpi)
        learn(decision.perimeter_labels)
    return Names(words, members, kpis, objectives)


def _both(document: ReviewDocument) -> tuple[DecisionRecord, ...]:
    """Return the decisions that are due and those that were taken, each once."""
    known = {item.number: item for item in (*document.decisions_due, *document.decisions)}
    return tuple(known.values())


def drawn_events(item: ReviewItem) -> list[tuple[int, EventNear]]:
    """Return the events drawn on an item's chart with the numbers they bear; holidays are too many to draw."""
    if not item.series:
        return []
    start, end = item.series[0].first, item.series[-1].first + timedelta(days=6)
    seen = [e for e in item.events if e.kind != HOLIDAY and e.last >= start and e.first <= end]
    return list(enumerate(seen, 1))


def _event_marks(words: Words, item: ReviewItem) -> Iterable[EventMark]:
    """Return the drawn events with the first and last week they touch."""
    for number, event in drawn_events(item):
        touched = [
            place
            for place, point in enumerate(item.series)
            if event.first <= point.first + timedelta(days=6) and event.last >= point.first
        ]
        if touched:
            yield EventMark(number, touched[0], touched[-1], words.label(event))


def _point_tone(item: ReviewItem, point: SeriesPoint) -> str:
    """Return the tone of a week with a signal: by the side it lies on and the KPI's direction."""
    if point.value is None or point.centre is None or point.excluded or not set(point.signals) - {"range"}:
        return ""
    upward = point.value > point.centre
    return "good" if upward == (item.direction == "up") else "bad"


def _tone(improvement: bool | None) -> str:
    return {True: "good", False: "bad", None: "open"}[improvement]


def _day_cell(words: Words, day: date | None) -> Cell:
    return Cell("" if day is None else words.day(day), day=day)


def _count_cell(words: Words, count: int) -> Cell:
    return Cell(words.number(count), float(count), "count")


def _share_cell(words: Words, share: float | None) -> Cell:
    return Cell("" if share is None else words.percent(share), share, "share")
